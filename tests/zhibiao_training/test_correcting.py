"""The tutorial on correcting: its commands run as they stand there, on files that Label Studio and doccano themselves wrote."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from zhibiao_training.brackets import write_brackets
from zhibiao_training.cli import main
from zhibiao_training.doccano import read_doccano
from zhibiao_training.label_studio import labelling_configuration, read_label_studio
from zhibiao_training.passage import Passage

ROOT = Path(__file__).parents[2]
FILES = ROOT / "training" / "correcting"
TUTORIAL = ROOT / "training" / "correcting.md"


def words(passage: Passage, label: str) -> list[str]:
    return [passage.text[m.start : m.end] for m in passage.mentions if m.label == label]


def linked(passage: Passage, head: str) -> set[tuple[str, str]]:
    """The types and tails of the links of a mention."""
    mentions = [passage.text[m.start : m.end] for m in passage.mentions]
    return {(link.type, mentions[link.tail]) for link in passage.links if mentions[link.head] == head}


@pytest.fixture(scope="module")
def exported() -> dict[str, Passage]:
    """What Label Studio 1.23.2 exported: one task skipped, two corrected and submitted in its editor."""
    passages, remarks = read_label_studio(FILES / "exported.json")
    assert remarks == ["1 tasks without an annotation, or with cancelled ones only, were left out"]
    return {passage.name: passage for passage in passages}


def test_label_studio_counts_code_points_and_both_characters_of_a_line_end(exported: dict[str, Passage]) -> None:
    """The span was drawn with the mouse behind two emoji and six line ends of two characters."""
    orchard = exported["orchard-0"]
    text = orchard.text
    at = text.index("🍊") + 1
    assert text[:at].count("\r\n") == 3
    assert text[:at].count("📈") + text[:at].count("🍊") == 2
    (subject,) = (m for m in orchard.mentions if m.label == "SUBJECT")
    assert (subject.start, text[subject.start : subject.end]) == (at, "柑橘")
    # What was not touched comes back as the model had marked it.
    assert "近4亿元" in words(orchard, "VALUE")
    assert [m.attributes for m in orchard.mentions if text[m.start : m.end] == "2.3%"] == [("yoy-",)]


def test_label_studio_tells_the_direction_of_relations(exported: dict[str, Passage]) -> None:
    """One relation was drawn from the region to the metric, and its arrow turned to the left."""
    results = [
        result
        for task in json.loads((FILES / "exported.json").read_text(encoding="utf-8"))
        for annotation in task["annotations"]
        for result in annotation["result"]
    ]
    assert [result["direction"] for result in results if result.get("direction") not in (None, "right")] == ["left"]
    harbour = exported["harbour-0"]
    assert ("in_region", "云滩市") in linked(harbour, "集装箱吞吐量")
    assert linked(harbour, "集装箱吞吐量") == linked(harbour, "货物吞吐量")
    assert linked(exported["orchard-0"], "销售额") >= {("of_subject", "柑橘"), ("in_period", "上半年")}


def test_both_tools_give_the_same_passage(exported: dict[str, Passage]) -> None:
    """The same correction was made in doccano 1.8.4, which counts code units and cannot hold carriage returns."""
    passages, remarks = read_doccano(FILES / "doccano.jsonl")
    assert remarks == []
    orchard = next(passage for passage in passages if passage.name == "orchard-0")
    assert "\r\n" in orchard.text
    assert write_brackets(orchard) == write_brackets(exported["orchard-0"])


def read_commands() -> list[str]:
    """The lines of the tutorial's blocks that need no server."""
    blocks = re.findall(r"<!-- tested -->\n```sh\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_the_commands_of_the_tutorial(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step works on what the step before left, up to the exported model that extracts."""
    from zhibiao.cli import main as extract

    for name in ("training", "annotations"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    commands = read_commands()
    for command in commands:
        program, *arguments = shlex.split(command)
        match program:
            case "zhibiao-train":
                assert main(arguments) == 0, command
            case "zhibiao":
                assert extract(arguments) == 0, command
            case "cp":
                shutil.copy(arguments[0], arguments[1])
            case "mkdir":
                Path(arguments[0]).mkdir()
            case "mv":
                shutil.move(arguments[0], arguments[1])
            case _:
                pytest.fail(f"the test does not know {command}")
        if "annotate" in arguments and "tasks.json" in arguments:
            assert Path("tasks.xml").read_text(encoding="utf-8") == labelling_configuration()
            tasks = json.loads(Path("tasks.json").read_text(encoding="utf-8"))
            doubts = [task["data"]["uncertainty"] for task in tasks]
            assert doubts == sorted(doubts, reverse=True)
            assert {task["data"]["name"] for task in tasks} == {"notice-0", "orchard-0", "harbour-0"}
            assert all(task["predictions"][0]["result"] for task in tasks)
    done = {shlex.split(command)[1] for command in commands if command.startswith("zhibiao-train")}
    assert done == {"annotate", "convert", "check", "evaluate", "fit", "export"}
    assert Path("models/corrected/SHA256SUMS").exists()
    assert "facts" in capsys.readouterr().out
