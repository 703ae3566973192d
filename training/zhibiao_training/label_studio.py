"""Label Studio's JSON: a list of tasks.

Sources, in HumanSignal/label-studio: the shape of tasks, ``docs/source/includes/task_format.md`` and
``docs/source/guide/predictions.md``; offsets and line endings, the page of the Text tag (https://labelstud.io/tags/text) and
``web/libs/editor/src/utils/selection-tools.js``; relations, ``web/libs/editor/src/stores/RelationStore.js``.

- A mention is a result of the type ``labels``; its attributes are a result ``choices`` with the same id; a link is a result
  ``relation`` without an id, whose ``direction`` may turn it round.
- Exports of Label Studio 1.23.2 were read, of annotations that its editor submitted (``training/correcting/exported.json``).
- Offsets count code points, and ``\\r\\n`` as two of them, as Python does. Until 2022 they counted UTF-16 code units (issue
  1008). The words that a region repeats tell which; they are no safe copy of the text, as line breaks become a written ``\\n``
  and spaces may be missing.
- Between two regions there is at most one relation: Label Studio drops a second one as a duplicate. Two links of one pair are
  therefore one relation with two labels.
- Skipped tasks are exported too, with ``was_cancelled``. They are left out, as are tasks that nobody annotated, and both are
  told. Of several annotations of a task the one marked as ground truth counts. Drafts and predictions are not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zhibiao.labels import LABELS, LINK_TYPES
from zhibiao_training.passage import ATTRIBUTES, Passage
from zhibiao_training.standoff import from_row
from zhibiao_training.utf16 import code_units

__all__ = ["LabelStudioError", "from_task", "labelling_configuration", "read_label_studio", "to_task", "write_label_studio"]

# As in the page of zhibiao view.
_COLOURS = {
    "ORG": "#5b32a3", "REGION": "#176b32", "PERIOD": "#c28a00", "METRIC": "#14508c", "SUBJECT": "#d6337c", "VALUE": "#d95200",
}  # fmt: skip
# What the editor may change in the words it repeats.
_UNSAFE = re.compile(r"\s|\\n")


class LabelStudioError(ValueError):
    """A task cannot be read as an annotated passage; the message says which and why."""


def labelling_configuration() -> str:
    """The labelling interface of a project (Settings, Labeling Interface, Code) that fits the tasks of this module."""
    labels = "\n".join(f'    <Label value="{label}" background="{_COLOURS[label]}"/>' for label in LABELS)
    relations = "\n".join(f'    <Relation value="{kind}"/>' for kind in LINK_TYPES)
    choices = "\n".join(f'    <Choice value="{attribute}"/>' for attribute in ATTRIBUTES)
    when = 'perRegion="true" visibleWhen="region-selected" whenTagName="label" whenLabelValue="VALUE"'
    return f"""<View>
  <Style>.lsf-htx-richtext, .lsf-richtext__line {{ white-space: pre-wrap; line-height: 2.5; }}</Style>
  <Labels name="label" toName="text">
{labels}
  </Labels>
  <Relations choice="multiple">
{relations}
  </Relations>
  <Text name="text" value="$text" granularity="symbol"/>
  <Choices name="attributes" toName="text" choice="multiple" layout="inline" {when}>
{choices}
  </Choices>
</View>
"""


def to_task(passage: Passage, model_version: str = "", score: float | None = None) -> dict[str, Any]:
    """A passage as a task to import.

    Args:
        passage: The passage.
        model_version: Where given, the mentions and links are a prediction of this model, for annotators to start from; else they
            are a finished annotation.
        score: The prediction's score.
    """
    results: list[dict[str, Any]] = []
    for number, mention in enumerate(passage.mentions):
        region = {"start": mention.start, "end": mention.end, "text": passage.text[mention.start : mention.end]}
        common = {"id": f"m{number}", "to_name": "text"}
        results.append(common | {"from_name": "label", "type": "labels", "value": region | {"labels": [mention.label]}})
        if mention.attributes:
            value = region | {"choices": list(mention.attributes)}
            results.append(common | {"from_name": "attributes", "type": "choices", "value": value})
    pairs: dict[tuple[int, int], list[str]] = {}
    for link in passage.links:
        pairs.setdefault((link.head, link.tail), []).append(link.type)
    for (head, tail), kinds in pairs.items():
        ends = {"from_id": f"m{head}", "to_id": f"m{tail}"}
        results.append(ends | {"type": "relation", "direction": "right", "labels": kinds})
    data = {"text": passage.text, "name": passage.name, "genre": passage.source, "split": passage.split}
    if not model_version:
        return {"data": data, "annotations": [{"result": results}]}
    prediction: dict[str, Any] = {"model_version": model_version, "result": results}
    return {"data": data, "predictions": [prediction if score is None else prediction | {"score": score}]}


def from_task(task: Mapping[str, Any], where: str = "") -> Passage | None:
    """Read a passage from an exported task.

    A task without a ``name`` in its data is called by Label Studio's number.

    Args:
        task: The task.
        where: Its file, for messages.

    Returns:
        The passage; None where every annotation was cancelled or there is none.

    Raises:
        LabelStudioError: For several annotations of which not exactly one is the ground truth, for a result that is neither a
            label nor an attribute nor a link, and for offsets that do not fit the words.
        StandoffError: For what the guidelines do not allow.
    """
    try:
        data = task["data"]
        text: str = data["text"]
        name = str(data.get("name") or task["id"])
    except (AttributeError, KeyError, TypeError) as error:
        raise LabelStudioError(f"{where}: no task of Label Studio's raw JSON (not JSON_MIN): {error!r}") from error
    told = f"{where}: {name}" if where else name
    done = [annotation for annotation in task.get("annotations") or () if not annotation.get("was_cancelled")]
    if not done:
        return None
    if len(done) > 1:
        done = [annotation for annotation in done if annotation.get("ground_truth")] or done
        if len(done) > 1:
            raise LabelStudioError(f"{told}: {len(done)} annotations compete; mark one of them as the ground truth")
    try:
        entities, relations = _read_results(done[0]["result"], told)
        _fit_offsets(entities, text, told)
    except (IndexError, KeyError, TypeError) as error:
        raise LabelStudioError(f"{told}: a result that Label Studio does not write: {error!r}") from error
    row = {"id": name, "text": text, "entities": entities, "relations": relations}
    return from_row(row | {field: data.get(field) or "" for field in ("genre", "split")}, where)


def _read_results(results: Sequence[Mapping[str, Any]], told: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The regions and relations of an annotation, with the field names of :mod:`zhibiao_training.standoff`."""
    entities: dict[str, dict[str, Any]] = {}
    relations = []
    for result in results:
        if result["type"] == "labels":
            value = result["value"]
            if len(value["labels"]) != 1 or result["id"] in entities:
                raise LabelStudioError(f"{told}: {value.get('text', result['id'])!r} does not have one label")
            ends = {"start_offset": int(value["start"]), "end_offset": int(value["end"])}
            entities[result["id"]] = {"id": result["id"], "label": value["labels"][0], "words": value.get("text"), **ends}
    for result in results:
        if result["type"] == "choices":
            if result.get("id") not in entities:
                raise LabelStudioError(f"{told}: {result['value']['choices']} belongs to no labelled words")
            entities[result["id"]]["attributes"] = result["value"]["choices"]
        elif result["type"] == "relation":
            ends = {"from_id": result["from_id"], "to_id": result["to_id"]}
            if result.get("direction") == "left":
                ends = {"from_id": result["to_id"], "to_id": result["from_id"]}
            elif result.get("direction") == "bi" or not result.get("labels"):
                words = " and ".join(repr(entities.get(end, {}).get("words", end)) for end in ends.values())
                raise LabelStudioError(f"{told}: the relation of {words} has no label or goes both ways")
            relations += [{"type": kind, **ends} for kind in result["labels"]]
        elif result["type"] != "labels":
            raise LabelStudioError(
                f"{told}: a result of the type {result['type']!r}; passages have labels, choices and relations"
            )
    return list(entities.values()), relations


def _fit_offsets(entities: Sequence[dict[str, Any]], text: str, told: str) -> None:
    """Turn the offsets of old versions into code points, where the words say that they are none."""
    astray = next((entity for entity in entities if not _fits(entity, text)), None)
    if not astray:
        return
    position = {unit: place for place, unit in enumerate(code_units(text))}
    for entity in entities:
        for end in ("start_offset", "end_offset"):
            entity[end] = position.get(entity[end], -1)
    if not all(_fits(entity, text) for entity in entities):
        raise LabelStudioError(f"{told}: the offsets of {astray['words']!r} do not lead to these words")


def _fits(entity: Mapping[str, Any], text: str) -> bool:
    if entity["words"] is None:  # saveTextResult="no"
        return True
    found = text[max(entity["start_offset"], 0) : max(entity["end_offset"], 0)]
    return _UNSAFE.sub("", found) == _UNSAFE.sub("", entity["words"])


def read_label_studio(path: Path) -> tuple[list[Passage], list[str]]:
    """Read an export in the format JSON.

    Returns:
        The passages, and what was left out.

    Raises:
        LabelStudioError: For a task that cannot be read.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LabelStudioError(f"{path}: no JSON: {error}") from error
    if not isinstance(tasks, list):
        raise LabelStudioError(f"{path}: no list of tasks; export as JSON")
    read = [from_task(task, str(path)) for task in tasks]
    passages = [passage for passage in read if passage]
    idle = len(read) - len(passages)
    return passages, [f"{idle} tasks without an annotation, or with cancelled ones only, were left out"] if idle else []


def write_label_studio(passages: Iterable[Passage], path: Path) -> None:
    """Write passages as annotated tasks to import, and beside them, as ``.xml``, the labelling configuration."""
    tasks = [to_task(passage) for passage in passages]
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    path.with_suffix(".xml").write_text(labelling_configuration(), encoding="utf-8", newline="\n")
