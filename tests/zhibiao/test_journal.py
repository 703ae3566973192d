"""The journal: nothing that was kept is lost, nothing comes twice, and what changed since is not taken for done."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import PIECES, FakeExtractor, FakeLoad

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.inputs import Listed
from zhibiao.jobs import Done, Dropped, Failed, Job, Piece, Settings, work
from zhibiao.journal import Journal, journal_files
from zhibiao.sandbox import Sandbox

OPTIONS = {"model": "a", "published": "None"}
A, B, C = (Listed(name, f"/{name}", 10, "1") for name in "abc")
TABLE = Listed("t.csv", "/t.csv", 100, "1", rows=True)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def open_journal(output: Path, *files: Listed, resume: bool = False) -> Journal:
    journal = Journal(output, OPTIONS, resume=resume)
    journal.begin_list()
    for file in files:
        journal.add_file(file)
    return journal


def numbers(journal: Journal) -> dict[str, int]:
    return {entry.listed.path: entry.id for entry in journal.entries()}


def extract(journal: Journal, file: int, text: str, item: int = 0) -> None:
    """Do a job and keep its answers."""
    document = Document(f"{file}.{item}", text, path="a", row=item or None)
    settings = Settings(FakeLoad(journal.path.parent))
    for answer in work(Job(file, item, document), FakeExtractor(journal.path.parent), Sandbox(), settings):
        journal.add(answer)


def texts(journal: Journal) -> list[str]:
    return [found.document.text for found in journal.extractions() if not found.more]


def unfinished(journal: Journal) -> list[str]:
    return [entry.listed.path for entry in journal.entries() if not entry.finished]


def test_results_come_in_the_order_of_the_files_whatever_order_they_were_made_in(output: Path) -> None:
    with open_journal(output, A, TABLE, B) as journal:
        number = numbers(journal)
        extract(journal, number["b"], "最后")
        extract(journal, number["t.csv"], "表二", 1)
        extract(journal, number["t.csv"], "表一", 0)
        extract(journal, number["a"], "最先")
        assert texts(journal) == ["最先", "表一", "表二", "最后"]
        assert journal.totals().documents == journal.totals().facts == 4


def test_the_result_is_read_back_as_it_was(output: Path) -> None:
    with open_journal(output, A, B) as journal:
        number = numbers(journal)
        for file, text in ((number["a"], "长文产值"), (number["b"], "半个\ud83d字")):
            extract(journal, file, text)
        found = list(journal.extractions())
        wanted: list[Extraction] = []
        for file, text in ((number["a"], "长文产值"), (number["b"], "半个\ud83d字")):
            wanted += FakeExtractor(output.parent).extract_parts(Document(f"{file}.0", text, path="a"))
        assert found == wanted
        assert [each.more for each in found] == [True] * (PIECES - 1) + [False, False]
        # Pieces share the document: a text of ten million characters is not held once for each.
        assert found[0].document is found[1].document


def test_a_later_run_knows_what_is_done(output: Path) -> None:
    with open_journal(output, A, TABLE, B) as journal:
        number = numbers(journal)
        extract(journal, number["a"], "产值")
        extract(journal, number["t.csv"], "表零", 0)
        extract(journal, number["t.csv"], "表二", 2)
        journal.commit()
    with open_journal(output, A, TABLE, B, resume=True) as journal:
        assert unfinished(journal) == ["t.csv", "b"]
        assert [journal.is_done(number["t.csv"], item) for item in range(4)] == [True, False, True, False]
        extract(journal, number["t.csv"], "表一", 1)
        journal.set_items(number["t.csv"], 3)
        assert unfinished(journal) == ["b"]
        assert texts(journal) == ["产值", "表零", "表一", "表二"]


def test_what_was_not_committed_is_lost_and_nothing_else(output: Path) -> None:
    with open_journal(output, A, B) as journal:
        number = numbers(journal)
        extract(journal, number["a"], "产值")
        journal.commit()
        extract(journal, number["b"], "出口")
    with open_journal(output, A, B, resume=True) as journal:
        assert texts(journal) == ["产值"]
        assert unfinished(journal) == ["b"]


def test_pieces_of_a_document_that_was_not_done_are_forgotten(output: Path) -> None:
    with open_journal(output, A) as journal:
        extract(journal, 1, "长文产值")
        journal.add(Piece(1, 1, 0, b"{}", 0.5))
        journal.commit()
    with open_journal(output, A, resume=True) as journal:
        journal.add(Piece(1, 1, 0, b"{}", 0.5))  # the same place again: no clash
        assert len(texts(journal)) == 1


def test_a_document_that_is_begun_anew_or_fails_leaves_no_pieces(output: Path) -> None:
    with open_journal(output, A, B) as journal:
        number = numbers(journal)
        journal.add(Piece(number["a"], 0, 0, b"{}", 0.5))
        journal.add(Dropped(number["a"], 0))
        extract(journal, number["a"], "产值")
        journal.add(Piece(number["b"], 0, 0, b"{}", 0.5))
        journal.add(Failed(number["b"], 0, "b", 7, "b: 坏\udcff"))
        assert texts(journal) == ["产值"]
        assert list(journal.errors()) == [{"path": "b", "row": 7, "error": "b: 坏\udcff"}]
        assert journal.totals().failed == 1


def test_what_failed_is_tried_again(output: Path) -> None:
    with open_journal(output, A, B) as journal:
        extract(journal, numbers(journal)["a"], "产值")
        journal.add(Failed(numbers(journal)["b"], 0, "b", None, "b: gone"))
        journal.commit()
    with open_journal(output, A, B, resume=True) as journal:
        assert unfinished(journal) == ["b"]
        assert list(journal.errors()) == []


def test_files_that_changed_came_or_went_since(output: Path) -> None:
    with open_journal(output, A, B, C) as journal:
        for number in numbers(journal).values():
            extract(journal, number, f"产值{number}")
        journal.commit()
    new = Listed("0", "/0", 10, "1")
    with open_journal(output, new, replace(B, stamp="2"), A, resume=True) as journal:
        assert unfinished(journal) == ["0", "b"]
        assert texts(journal) == ["产值1"]
        assert journal.totals().documents == 1
        for name in ("0", "b"):
            extract(journal, numbers(journal)[name], f"新{name}")
        assert texts(journal) == ["新0", "新b", "产值1"]
        journal.commit()
    # One that is back is done as it was.
    with open_journal(output, A, B, C, resume=True) as journal:
        assert unfinished(journal) == ["b"]


def test_a_file_that_is_named_twice_is_read_once(output: Path) -> None:
    with open_journal(output, A, B, A, replace(A, path="./a")) as journal:
        assert [entry.listed.path for entry in journal.entries()] == ["a", "b"]


def test_a_file_that_cannot_be_listed_is_an_error_until_it_can(output: Path) -> None:
    broken = replace(A, stamp="", error="a: 坏")
    with open_journal(output, broken, B) as journal:
        assert [entry.listed.error for entry in journal.entries()] == ["a: 坏", None]
        extract(journal, numbers(journal)["b"], "产值")
        journal.commit()
    with open_journal(output, A, B, resume=True) as journal:
        assert [(entry.listed.error, entry.finished) for entry in journal.entries()] == [(None, False), (None, True)]


def test_names_in_any_encoding(output: Path) -> None:
    name = os.fsdecode("报告.txt".encode("gbk"))
    with open_journal(output, Listed(name, f"/{name}", error=f"{name}: 坏")) as journal:
        (entry,) = journal.entries()
        assert (entry.listed.path, entry.listed.error) == (name, f"{name}: 坏")


def test_results_are_not_thrown_away_unasked(output: Path) -> None:
    with open_journal(output, A) as journal:
        extract(journal, 1, "产值")
        journal.commit()
    with pytest.raises(InputError, match=r"did not come to its end \(documents: 1\); go on with --resume, or delete it"):
        open_journal(output, A)
    with open_journal(output, A, resume=True) as journal:
        journal.remove()
    assert not journal_files(output)[0].exists()
    with open_journal(output, A) as journal:
        assert texts(journal) == []


def test_a_run_that_did_nothing_is_no_hindrance(output: Path) -> None:
    with open_journal(output, A) as journal:
        journal.add(Failed(1, 0, "a", None, "a: gone"))
        journal.commit()
    with open_journal(output, B) as journal:
        assert list(numbers(journal)) == ["b"]


def test_other_options_are_named(output: Path) -> None:
    open_journal(output, A).close()
    with pytest.raises(InputError, match=r"begun with other options \(labels, published\)"):
        Journal(output, {"model": "a", "published": "2024-10-26", "labels": "VALUE"}, resume=True)


def test_two_runs_cannot_write_one_output(output: Path) -> None:
    with open_journal(output, A), pytest.raises(InputError, match=r"out\.jsonl: another run is writing it"):
        Journal(output, OPTIONS, resume=True)
    Journal(output, OPTIONS, resume=True).close()


def test_what_is_no_journal_is_left_alone(output: Path) -> None:
    path = journal_files(output)[0]
    path.write_text("my notes" * 1000)
    with pytest.raises(InputError, match="is no journal of zhibiao"):
        Journal(output, OPTIONS)
    assert path.read_text().startswith("my notes")
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE notes (x)")
    other.close()
    with pytest.raises(InputError, match="is no journal of zhibiao"):
        Journal(output, OPTIONS)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be"):
        Journal(tmp_path / "closed" / "out.csv", OPTIONS)


def test_many_files_are_listed_and_read_in_pages(output: Path) -> None:
    with open_journal(output, *(Listed(f"{n}", f"/{n}", n, "1") for n in range(2500))) as journal:
        seen = []
        for entry in journal.entries():  # with results coming in meanwhile
            seen.append(entry.listed.path)
            journal.add(Done(entry.id, 0, 0, 1, 0))
        assert seen == [str(n) for n in range(2500)]
        assert unfinished(journal) == []
        assert journal.totals().bytes == sum(range(2500))


def test_results_are_read_without_being_sorted(output: Path) -> None:
    """A sort would hold all results in memory, or write them a second time."""
    with open_journal(output, A) as journal:
        statements: list[str] = []
        journal._database.set_trace_callback(statements.append)
        list(journal.extractions())
        list(journal.errors())
        journal._database.set_trace_callback(None)
        assert len(statements) >= 4
        for statement in statements:
            plan = " ".join(row[3] for row in journal._database.execute(f"EXPLAIN QUERY PLAN {statement}"))
            assert "TEMP B-TREE" not in plan
