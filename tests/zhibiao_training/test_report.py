"""The report: its figures are those of the score, its errors are every wrong fact, and each is told for what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao_training import cli
from zhibiao_training.brackets import read_brackets
from zhibiao_training.evaluate import score
from zhibiao_training.misses import CAUSES
from zhibiao_training.report import Report, build_report

Found = Callable[..., Extraction]

# A headline with a region; a sentence of its own region and period; one that takes both from before.
GOLD = (
    "⟦R1:甲市⟧经济一览\n⟦P1:今年⟧⟦R2:乙县⟧⟦M1 R2 P1:产值⟧达到⟦V1 M1:9元⟧，增长⟦V2 M1 yoy+:8%⟧。"
    "⟦S1:稻米⟧⟦M2 S1 R1 P1:产量⟧⟦V3 M2:7吨⟧，预计⟦O1:甲厂⟧⟦M3 O1:税收⟧⟦V4 M3 est:3元⟧，全国⟦V5 rank:第一⟧。"
)


def report_of(found_as: Found, found: str, gold: str = GOLD) -> Report:
    return build_report([read_brackets(gold, "a")], [found_as(found)], "model", "gold")


def test_the_gold_itself_is_all_right(found_as: Found) -> None:
    report = report_of(found_as, GOLD)
    figures = [*report.entities.values(), *report.links.values(), *report.facts.values()]
    assert all(each.precision == each.recall == each.f1 == 1.0 for each in figures)
    assert all(each.accuracy == 1.0 for each in report.attributes.aspects.values())
    assert (report.misses, report.causes) == ((), {})
    assert (report.passages, report.values) == (1, 5)


FOUND = (
    "⟦R1:甲市⟧经济一览\n⟦P1:今年⟧⟦R2:乙县⟧⟦M1 R2 P1:产值⟧达到⟦V1 M1:9元⟧，增长⟦V2 M1 yoy-:8%⟧。"
    "⟦O2:稻米⟧⟦M2 R2 P1:产量⟧⟦V3 M2:7吨⟧，预计甲⟦O1:厂⟧⟦M3 O1:税收⟧⟦V4 M3 target:3元⟧，⟦R3:全国⟧⟦V5 rank:第一⟧。"
)


def test_figures_are_those_of_the_score(found_as: Found) -> None:
    """What a run is judged by and what its report says must be one."""
    report = report_of(found_as, FOUND)
    scores = score([read_brackets(GOLD, "a")], [found_as(FOUND)])
    assert report.facts["core"].f1 == scores.facts
    assert report.attributes.all.accuracy == scores.attributes
    assert {label: each.f1 for label, each in report.entities.items() if label in scores.labels} == scores.labels
    assert report.entities["all"].f1 == scores.entities
    for each in report.entities.values():  # seqeval's, and our own counts
        assert (each.precision, each.recall) == (each.right / max(1, each.found), each.right / max(1, each.gold))


def test_links_within_a_sentence_and_across(found_as: Found) -> None:
    """Regions: of two VALUEs in their sentence, of one in the headline, of one none. Periods: two, one, and none."""
    reach = report_of(found_as, FOUND).reach
    assert [(each.right, each.of) for each in (reach["in_region"].same, reach["in_region"].cross, reach["in_region"].none)] == [
        (2, 2),
        (0, 1),
        (1, 1),
    ]
    assert [(each.right, each.of) for each in (reach["in_period"].same, reach["in_period"].cross, reach["in_period"].none)] == [
        (2, 2),
        (1, 1),
        (1, 1),
    ]


def test_reach_counts_found_values_only(found_as: Found) -> None:
    """A VALUE that was not found says nothing of links; one without a METRIC has its region wrong."""
    gold = "⟦R1:甲市⟧⟦M1 R1:产值⟧⟦V1 M1:9元⟧、⟦V2 M1:8元⟧"
    same = report_of(found_as, "⟦R1:甲市⟧⟦M1 R1:产值⟧9元、⟦V2:8元⟧", gold).reach["in_region"].same
    assert (same.right, same.of) == (0, 1)


def test_attributes_by_kind(found_as: Found) -> None:
    """The sign is wrong and the basis is right; an estimate was taken for a target."""
    aspects = report_of(found_as, FOUND).attributes.aspects
    told = {name: (each.figures.gold, each.figures.found, each.figures.right) for name, each in aspects.items()}
    assert told == {"basis": (1, 1, 1), "sign": (1, 1, 0), "rank": (1, 1, 1), "est": (1, 0, 0), "target": (0, 1, 0)}
    assert aspects["sign"].accuracy == pytest.approx(4 / 5)


def test_labels_taken_for_others(found_as: Found) -> None:
    confusion = report_of(found_as, FOUND).confusion
    row = dict(zip(confusion.labels, confusion.cells[confusion.labels.index("SUBJECT")], strict=True))
    assert row["ORG"] == 1
    assert confusion.kinds["ORG"] == {"right": 0, "boundary": 1, "label": 0, "both": 0, "missed": 0, "added": 0}
    assert confusion.kinds["REGION"]["added"] == 1


# ------------------------------------------------------------------------------------------------------------------- errors

SMALL = "⟦R1:甲市⟧与⟦R2:乙县⟧，⟦P1:今年⟧⟦S1:稻米⟧⟦M1 S1 R1 P1:产量⟧⟦V1 M1:9吨⟧"


@pytest.mark.parametrize(
    ("found", "cause", "slots"),
    [
        (SMALL.replace("⟦V1 M1:9吨⟧", "9吨"), "value missed", ("value",)),
        (SMALL.replace("⟦V1 M1:9吨⟧", "⟦V1 M1:9⟧吨"), "value boundary", ("value",)),
        (SMALL.replace("⟦V1 M1:9吨⟧", "⟦V1:9吨⟧"), "metric link", ("metric",)),
        (SMALL.replace("⟦M1 S1 R1 P1:产量⟧⟦V1 M1:9吨⟧", "产量⟦V1:9吨⟧"), "metric mention", ("metric",)),
        (SMALL.replace("⟦M1 S1 R1 P1:产量⟧", "产⟦M1 S1 R1 P1:量⟧"), "metric mention", ("metric",)),
        (SMALL.replace("⟦S1:稻米⟧⟦M1 S1 R1", "稻米⟦M1 R2"), "subject mention", ("subject", "region")),
        (SMALL.replace("M1 S1", "M1"), "subject link", ("subject",)),
        (SMALL.replace("R1 P1", "R2 P1"), "region link", ("region",)),
        (SMALL.replace("⟦R1:甲市⟧", "甲市").replace("R1 P1", "P1"), "region mention", ("region",)),
        (SMALL.replace("R1 P1", "R1"), "period link", ("period",)),
        (SMALL.replace("⟦P1:今年⟧", "今⟦P1:年⟧"), "period mention", ("period",)),
    ],
)
def test_what_went_wrong_first(found_as: Found, found: str, cause: str, slots: tuple[str, ...]) -> None:
    report = report_of(found_as, found, SMALL)
    [miss] = report.misses
    assert (miss.cause, miss.slots) == (cause, slots)
    assert report.causes == {cause: 1}
    assert cause in CAUSES
    assert (miss.value, miss.wanted) == (
        "9吨",
        {"subject": "稻米", "metric": "产量", "region": "甲市", "period": "今年", "org": ""},
    )
    assert (miss.found is None) == (miss.score is None) == (cause in ("value missed", "metric link") or "产量⟦V1:" in found)


@pytest.mark.parametrize("slot", ["subject", "region", "period"])
def test_what_the_gold_has_not(found_as: Found, slot: str) -> None:
    """A link too many is told from a link gone astray."""
    letter = {"subject": "S1", "region": "R1", "period": "P1"}[slot]
    [miss] = report_of(found_as, SMALL, SMALL.replace(f" {letter}", "")).misses
    assert (miss.cause, miss.slots) == (f"{slot} unwanted", (slot,))


def test_a_fact_where_the_gold_has_none(found_as: Found) -> None:
    """A VALUE without a METRIC in the gold is no fact. Offsets and sentence are those of the VALUE found."""
    [miss] = report_of(found_as, "今年。⟦M1:产量⟧⟦V1 M1:9吨⟧", "今年。⟦M1:产量⟧⟦V1:9吨⟧").misses
    assert (miss.cause, miss.wanted, miss.sentence, miss.sentence_start) == ("value added", None, "产量9吨", 3)
    assert miss.gold_mentions == miss.found_mentions == (("METRIC", 3, 5), ("VALUE", 5, 7))


def test_every_wrong_fact_is_listed_once(found_as: Found) -> None:
    """As many as the gold's facts that were not found right, and the facts added beside them."""
    report = report_of(found_as, FOUND)
    core = report.facts["core"]
    wanted = [miss for miss in report.misses if miss.wanted]
    assert len(wanted) == core.gold - core.right
    assert sum(report.causes.values()) == len(report.misses)
    assert [miss.start for miss in report.misses] == sorted(miss.start for miss in report.misses)


# ------------------------------------------------------------------------------------------------------- scores, JSON, command


def test_facts_from_a_score_on(found_as: Found) -> None:
    """Half of the facts are right, and those with the better score: links 0.9 against 0.6."""
    gold = ["⟦M1:产值⟧⟦V1 M1:9元⟧"] * 4
    passages = [read_brackets(marked, str(number)) for number, marked in enumerate(gold)]
    extractions = [found_as(gold[0], score=0.9), found_as(gold[0], score=0.9)]
    extractions += [found_as("产⟦M1:值⟧⟦V1 M1:9元⟧", score=0.6)] * 2
    report = build_report(passages, extractions, "model", "gold")
    told = {each.score: (each.kept, each.precision, each.coverage, each.recall) for each in report.thresholds}
    assert list(told) == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    assert (told[0.5], told[0.65], told[0.95]) == ((4, 0.5, 1.0, 0.5), (2, 1.0, 0.5, 0.5), (0, 0.0, 0.0, 0.0))
    assert report.calibration["facts"].ece == pytest.approx(0.5 * 0.1 + 0.5 * 0.6)


KEYS = {
    "format", "model", "gold", "passages", "characters", "values", "entities", "links", "reach", "facts", "attributes",
    "confusion", "calibration", "thresholds", "coverage", "causes", "slots", "misses",
}  # fmt: skip


def test_json_keys_stay_what_they_are(found_as: Found) -> None:
    """Programs read them: a change of these must raise the format."""
    told = json.loads(json.dumps(report_of(found_as, FOUND).to_json()))
    assert told.keys() == KEYS
    assert told["format"] == 1
    assert told["entities"]["all"].keys() == {"precision", "recall", "f1", "gold", "found", "right"}
    assert told["reach"]["in_region"]["cross"].keys() == {"accuracy", "right", "of"}
    assert told["calibration"]["facts"].keys() == {"ece", "floor", "brier", "count", "score", "right", "bins"}
    assert told["thresholds"][0].keys() == {"score", "kept", "right", "precision", "coverage", "recall"}
    assert told["misses"][0].keys() == {
        "passage", "start", "end", "value", "cause", "slots", "wanted", "found", "score", "sentence_start", "sentence",
        "gold_mentions", "found_mentions",
    }  # fmt: skip


def test_a_model_that_finds_nothing(found_as: Found) -> None:
    """Nothing is divided by nothing."""
    passage = read_brackets(SMALL, "a")
    report = build_report([passage], [Extraction(Document("a", passage.text))], "model", "gold")
    assert (report.entities["all"].f1, report.facts["core"].recall, report.causes) == (0.0, 0.0, {"value missed": 1})
    assert report.coverage == ()


class _Reader:
    """A model that makes the same mistake in every text."""

    def __init__(self, extractions: Sequence[Extraction]) -> None:
        self.extractions = {each.document.id: each for each in extractions}

    def extract(self, document: Document) -> Extraction:
        return self.extractions[document.id]


@pytest.fixture
def gold(tmp_path: Path, found_as: Found, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three passages, and a model that knows one of them."""
    folder = tmp_path / "gold"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.ann.txt").write_text(SMALL, encoding="utf-8")
    wrong = SMALL.replace("R1 P1", "R2 P1")
    reader = _Reader([found_as(SMALL, "a", 0.9), found_as(SMALL, "b", 0.9), found_as(wrong, "c", 0.6)])
    monkeypatch.setattr(cli, "_extractor", lambda model, calibrated=True: reader)
    return folder


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(capsys.readouterr().out)
    return row


def test_evaluate_writes_both_forms(gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    assert cli.main(["evaluate", "--gold", str(gold), "--report", str(report), "--page", str(page)]) == 0
    assert told(capsys)["facts"] == pytest.approx(2 / 3, abs=1e-4)
    assert json.loads(report.read_text(encoding="utf-8"))["causes"] == {"region link": 1}
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_nothing_is_read_where_nothing_can_be_written(gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in a path is told before the model reads for minutes."""
    for path in (tmp_path / "none" / "report.json", tmp_path):
        assert cli.main(["evaluate", "--gold", str(gold), "--report", str(path)]) == 2
        assert "nothing can be written there" in capsys.readouterr().err


def test_calibrate_prints_or_writes_the_curves(gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrate", "--gold", str(gold), "--method", "isotonic"]) == 0
    printed = told(capsys)
    path = tmp_path / "calibration.json"
    assert cli.main(["calibrate", "--gold", str(gold), "--method", "isotonic", "-o", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8")) == printed
    assert told(capsys) == printed["measured"]
    assert printed["facts"]["method"] == "isotonic"


def test_find_threshold(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["find-threshold", "--gold", str(gold)]) == 0
    found = told(capsys)
    assert found["threshold"]["precision"] == 1.0
    assert found["threshold"]["recall"] == pytest.approx(2 / 3, abs=1e-4)
    assert cli.main(["find-threshold", "--gold", str(gold), "--precision", "1.5"]) == 2
    assert "must be above 0" in capsys.readouterr().err
