"""The DuckDB database: documents, mentions, links and facts that join."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhibiao import database
from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.sink import open_sink, save


def ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


def test_the_tables_join(path: Path, extraction: Extraction) -> None:
    save([extraction, Extraction(Document("bare", "")), extraction], path)
    assert ask(path, "select document, id, row, published::varchar, articles[1].title from documents order by 1") == [
        (1, "page", 7, "2020-11-13", "题"),
        (2, "bare", None, None, None),
        (3, "page", 7, "2020-11-13", "题"),
    ]
    words = """
        select value.words, metric.words, value.attributes, type from links
        join mentions value on value.document = links.document and value.id = from_id
        join mentions metric on metric.document = links.document and metric.id = to_id
    """
    assert ask(path, words) == [("1254亿元", "产值", ["yoy+"], "value_of")] * 2
    assert ask(path, "select document, count(*) from facts group by 1 order by 1") == [(1, 5), (3, 5)]
    slices = "select substring(text, start_offset + 1, end_offset - start_offset) from facts join documents using (document)"
    assert set(ask(path, slices)) == {("1254亿元",)}
    assert not list(path.parent.glob("*.wal"))


def test_every_column_says_what_it_means(path: Path) -> None:
    save([], path)
    assert ask(path, "select table_name, column_name from duckdb_columns() where comment is null and not internal") == []


def test_a_document_in_pieces_is_one(path: Path, extraction: Extraction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BLOCK", 1)
    save([replace(extraction, more=True), replace(extraction, more=True), extraction, extraction], path)
    assert ask(path, "select count(*) from documents") == [(2,)]
    assert ask(path, "select document, count(*) from facts group by 1 order by 1") == [(1, 15), (2, 5)]


def test_nothing_remains_of_what_is_given_up(path: Path, extraction: Extraction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BLOCK", 1)
    sink = open_sink(path)
    sink.write(extraction)
    sink.discard()
    assert list(path.parent.iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_makes_a_readable_database(path: Path, fact: Fact, text: str) -> None:
    document = Document(text, text, path=text)
    save([Extraction(document, facts=(replace(fact, name=text, sentence=text),))], path)
    assert ask(path, "select name from facts") == [(text.encode("utf-8", "replace").decode(),)]
