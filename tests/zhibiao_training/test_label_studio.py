"""Label Studio's JSON: regions, choices and relations become mentions, attributes and links; nothing is dropped unsaid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from zhibiao.labels import LABELS, LINK_TYPES
from zhibiao_training.brackets import read_brackets
from zhibiao_training.label_studio import (
    LabelStudioError,
    from_task,
    labelling_configuration,
    read_label_studio,
    to_task,
    write_label_studio,
)
from zhibiao_training.passage import ATTRIBUTES, GoldLink, GoldMention, Passage
from zhibiao_training.standoff import StandoffError

TEXT = "🍊云溪县\r\n柑橘产\n量为12万吨，同比下降3%。"


def region(identifier: str, start: int, end: int, text: str, label: str) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"value": value, "id": identifier, "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual"}


RESULTS = [
    region("Qx8_k2", 1, 4, "云溪县", "REGION"),
    # Line breaks of the text come as a written \n.
    region("aa-11", 6, 11, "柑橘产\\n量", "METRIC"),
    region("bb-22", 12, 16, "12万吨", "VALUE"),
    region("cc-33", 21, 23, "3%", "VALUE"),
    {
        "value": {"start": 21, "end": 23, "text": "3%", "choices": ["yoy-", "est"]},
        "id": "cc-33", "from_name": "attributes", "to_name": "text", "type": "choices", "origin": "manual",
    },
    {"from_id": "bb-22", "to_id": "aa-11", "type": "relation", "direction": "right", "labels": ["value_of"]},
    {"from_id": "aa-11", "to_id": "cc-33", "type": "relation", "direction": "left", "labels": ["value_of"]},
    {"from_id": "aa-11", "to_id": "Qx8_k2", "type": "relation", "direction": "right", "labels": ["in_region"]},
]  # fmt: skip


def annotation(results: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    usual = {
        "id": 77,
        "completed_by": 1,
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": 81.2,
        "task": 5,
        "project": 2,
    }
    return usual | {"result": results, "prediction": {}, "result_count": 8} | fields


def task(*annotations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A task as the export format JSON has it."""
    data = {"text": TEXT, "name": "甲-1", "genre": "local", "split": "train"}
    usual = {"id": 5, "drafts": [], "predictions": [], "meta": {}, "inner_id": 1, "total_annotations": 1, "project": 2}
    return usual | {"annotations": list(annotations), "data": data} | fields


def test_an_exported_task() -> None:
    passage = from_task(task(annotation(RESULTS)))
    assert passage is not None
    assert (passage.name, passage.text, passage.source, passage.split) == ("甲-1", TEXT, "local", "train")
    assert passage.mentions == (
        GoldMention(1, 4, "REGION"), GoldMention(6, 11, "METRIC"), GoldMention(12, 16, "VALUE"),
        GoldMention(21, 23, "VALUE", ("yoy-", "est")),
    )  # fmt: skip
    assert TEXT[6:11] == "柑橘产\n量"
    assert passage.links == (GoldLink("in_region", 1, 0), GoldLink("value_of", 2, 1), GoldLink("value_of", 3, 1))


def test_offsets_of_old_versions_are_code_units() -> None:
    # Version 1.4 and before counted the emoji as two.
    old = [
        result | {"value": result["value"] | {"start": result["value"]["start"] + 1, "end": result["value"]["end"] + 1}}
        if "value" in result
        else result
        for result in RESULTS
    ]
    assert from_task(task(annotation(old))) == from_task(task(annotation(RESULTS)))


def test_offsets_that_lead_elsewhere() -> None:
    with pytest.raises(LabelStudioError, match="the offsets of '3%' do not lead"):
        from_task(task(annotation([*RESULTS[:3], region("dd", 19, 21, "3%", "VALUE")])))


def test_words_need_not_be_stored() -> None:
    bare = {key: value for key, value in RESULTS[0]["value"].items() if key != "text"}  # saveTextResult="no"
    passage = from_task(task(annotation([RESULTS[0] | {"value": bare}])))
    assert passage is not None
    assert passage.mentions == (GoldMention(1, 4, "REGION"),)


def test_cancelled_and_missing_annotations_are_told(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    tasks = [task(annotation([], was_cancelled=True)), task(), task(annotation(RESULTS, was_cancelled=True), annotation([]))]
    path.write_text(json.dumps(tasks), encoding="utf-8")
    passages, remarks = read_label_studio(path)
    assert passages == [Passage("甲-1", TEXT, (), source="local", split="train")]  # annotated, with nothing to mark
    assert remarks == ["2 tasks without an annotation, or with cancelled ones only, were left out"]


def test_of_several_annotations_the_ground_truth_counts() -> None:
    passage = from_task(task(annotation([]), annotation(RESULTS, ground_truth=True), annotation([])))
    assert passage is not None
    assert len(passage.mentions) == 4
    for several in ((annotation(RESULTS), annotation([])), (annotation([], ground_truth=True),) * 2):
        with pytest.raises(LabelStudioError, match="甲-1: 2 annotations compete"):
            from_task(task(*several))


def test_predictions_are_no_annotations() -> None:
    passage = read_brackets("⟦M1:产量⟧⟦V1 M1 yoy:持平⟧", "乙")
    prediction = to_task(passage, "zhibiao 0.1.0", 0.75)
    assert prediction["predictions"][0].keys() == {"model_version", "score", "result"}
    assert "annotations" not in prediction
    assert from_task(prediction) is None
    accepted = {"data": prediction["data"], "annotations": [{"result": prediction["predictions"][0]["result"]}]}
    assert from_task(accepted) == passage


def test_two_links_of_a_pair_are_one_relation() -> None:
    # Label Studio drops a second relation between the same regions.
    mentions = (GoldMention(0, 2, "METRIC"), GoldMention(2, 4, "VALUE"))
    passage = Passage("丙", "产量9吨", mentions, (GoldLink("value_of", 1, 0), GoldLink("of_subject", 1, 0)))
    relations = [result for result in to_task(passage)["annotations"][0]["result"] if result["type"] == "relation"]
    assert [relation["labels"] for relation in relations] == [["value_of", "of_subject"]]
    assert from_task(to_task(passage)) == passage


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ([{"id": "t", "from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["?"]}}], "type 'textarea'"),
        ([RESULTS[4]], r"\['yoy-', 'est'\] belongs to no labelled words"),
        ([region("a", 1, 4, "云溪县", "REGION"), region("a", 1, 4, "云溪县", "ORG")], "'云溪县' does not have one label"),
        ([RESULTS[0], RESULTS[1], RESULTS[7] | {"direction": "bi"}], "goes both ways"),
        ([RESULTS[0], RESULTS[1], RESULTS[7] | {"labels": []}], "has no label"),
        ([RESULTS[1], RESULTS[7]], "leads to no entity"),
        ([{"type": "labels", "value": {}}], "does not write: KeyError"),
    ],
)
def test_what_cannot_be_read_is_named(results: list[dict[str, Any]], message: str) -> None:
    with pytest.raises((LabelStudioError, StandoffError), match=message):
        from_task(task(annotation(results)))


@pytest.mark.parametrize("content", ["{}", "nonsense", '[{"id": 1, "text": "JSON_MIN", "label": []}]', "[3]"])
def test_files_of_other_formats(content: str, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LabelStudioError, match=r"export\.json: no "):
        read_label_studio(path)


def test_the_configuration_names_what_the_guidelines_do(tmp_path: Path) -> None:
    tree = ElementTree.fromstring(labelling_configuration())
    assert tuple(label.get("value") for label in tree.iter("Label")) == LABELS
    assert tuple(relation.get("value") for relation in tree.iter("Relation")) == LINK_TYPES
    assert tuple(choice.get("value") for choice in tree.iter("Choice")) == ATTRIBUTES
    names = {element.get("name") for element in tree}
    task_names = {result.get("from_name") for result in RESULTS} | {result.get("to_name") for result in RESULTS}
    assert task_names - {None} <= names
    write_label_studio([], tmp_path / "tasks.json")
    assert (tmp_path / "tasks.xml").read_text(encoding="utf-8") == labelling_configuration()
