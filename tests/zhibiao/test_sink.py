"""Files that extractions go to: they appear whole or not at all, whatever pieces documents come in."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from zhibiao.document import Document
from zhibiao.errors import InputError, MissingExtraError
from zhibiao.extraction import Extraction
from zhibiao.mentions import Mention
from zhibiao.sink import SUFFIXES, check_output, open_sink, replacing, save

DOCUMENT = Document("page", "产值1254亿元", date(2020, 11, 13))
PIECES = [
    Extraction(DOCUMENT, mentions=(Mention(0, "METRIC", 0, 2, 0.9),), more=True),
    Extraction(DOCUMENT, more=True),
    Extraction(DOCUMENT, mentions=(Mention(1, "VALUE", 2, 8, 0.9),)),
]
WHOLE = Extraction(DOCUMENT, (*PIECES[0].mentions, *PIECES[2].mentions))
OTHER = Extraction(Document("other", "无"))


def read(path: Path) -> list[Extraction]:
    return [Extraction.from_json(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_file_appears_when_the_sink_closes(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("earlier", encoding="utf-8")
    sink = open_sink(path)
    sink.write(OTHER)
    assert path.read_text(encoding="utf-8") == "earlier"
    sink.close()
    sink.close()
    assert read(path) == [OTHER]
    assert list(tmp_path.iterdir()) == [path]


def test_pieces_make_one_document(tmp_path: Path) -> None:
    save([OTHER, *PIECES, OTHER], tmp_path / "out.jsonl")
    assert read(tmp_path / "out.jsonl") == [OTHER, WHOLE, OTHER]


def test_a_document_that_breaks_off_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save([PIECES[0], OTHER, PIECES[0]], path)
    start = replace(PIECES[0], more=False)
    assert read(path) == [start, OTHER, start]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_remains_of_what_is_given_up(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    sink = open_sink(path)

    def give_up() -> None:
        with sink:
            sink.write(PIECES[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        give_up()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="is closed"):
        sink.write(OTHER)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_nothing_is_a_file(tmp_path: Path, suffix: str) -> None:
    open_sink(tmp_path / f"out{suffix}").close()
    assert [path.name for path in tmp_path.iterdir()] == [f"out{suffix}"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = open_sink(tmp_path / "out.jsonl")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match=r"out\.jsonl: cannot be written \(No space left on device\); check the disk"):
        sink.close()
    assert list(tmp_path.iterdir()) == []


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    save([OTHER], tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").is_file()


def test_an_unknown_suffix_names_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"out\.txt: cannot tell the format of the output; end the name in \.jsonl"):
        check_output(Path("out.txt"))


@pytest.mark.parametrize(("name", "package"), [("a.xlsx", "openpyxl"), ("a.parquet", "pyarrow"), ("a.duckdb", "duckdb")])
def test_a_missing_package_is_named_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setattr("zhibiao.errors.find_spec", lambda wanted: None)
    with pytest.raises(MissingExtraError, match=rf"{name}: .* needs the package '{package}': pip install 'zhibiao\[tables\]'"):
        check_output(tmp_path / name)
    check_output(tmp_path / "a.sdmx.csv")


def test_replacing_keeps_the_earlier_file_on_failure(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("earlier", encoding="utf-8")

    def fail() -> None:
        with replacing(path) as part:
            part.write_text("half", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]
