"""Arrow in and out: what is read from a row, what is refused, and one schema whatever comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from zhibiao import Document, Extraction, Extractor, InputError
from zhibiao.arrow import FACT_SCHEMA, batch_documents, fact_batches
from zhibiao.columns import COLUMNS

TEXT = "今年前三季度，全市工业产值实现123.5亿元，同比增长5.6%。"
LONG = TEXT * 3


@pytest.fixture(scope="module")
def extractor(tiny_model: Path) -> Extractor:
    return Extractor.load(tiny_model, threads=1)


def texts(count: int, first: int = 0) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {"id": [f"d{first + n}" for n in range(count)], "text": [TEXT * (n + 1) for n in range(count)]}
    )


def test_facts_are_those_of_the_documents(extractor: Extractor) -> None:
    """In their order, with their ids, batch by batch: a batch is taken when its facts are asked for."""
    taken: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(2):
            taken.append(number)
            yield texts(3, 3 * number)

    found = extractor.extract_arrow(batches(), published="2020-11-13")
    assert taken == []
    first = next(found)
    assert taken == [0]
    rows = [*first.to_pylist(), *(row for batch in found for row in batch.to_pylist())]
    wanted = [
        (document.id, fact.value, fact.start, fact.score)
        for document in (Document(f"d{n}", TEXT * (n % 3 + 1), date(2020, 11, 13)) for n in range(6))
        for fact in extractor.extract(document).facts
    ]
    assert len(wanted) > 5
    assert [(row["id"], row["value"], row["start_offset"], row["score"]) for row in rows] == wanted
    assert {row["published"] for row in rows} == {date(2020, 11, 13)}


def test_a_table_and_a_single_batch_are_taken_too(extractor: Extractor) -> None:
    batch = texts(2)
    tables = [pa.Table.from_batches(extractor.extract_arrow(given)) for given in ([batch], batch, pa.Table.from_batches([batch]))]
    assert tables[0].num_rows > 0
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_the_schema_holds_whatever_comes(extractor: Extractor, extraction: Extraction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhibiao.arrow._GROUP", 4)
    assert FACT_SCHEMA.names == [column.name for column in COLUMNS]
    batches = list(fact_batches([extraction, Extraction(Document("none", "")), extraction, extraction]))
    assert [batch.num_rows for batch in batches] == [5, 5, 5]
    assert all(batch.schema.equals(FACT_SCHEMA, check_metadata=True) for batch in batches)
    for batch in batches:
        batch.validate(full=True)
    assert list(extractor.extract_arrow(pa.RecordBatch.from_pydict({"text": pa.array(["", "。"])}))) == []
    assert list(extractor.extract_arrow([])) == []


DAY = date(2020, 11, 13)


@pytest.mark.parametrize(
    "days",
    [
        pa.array([DAY]),
        pa.array([datetime(2020, 11, 13, 23, 59)]),
        pa.array(["2020-11-13"], pa.large_string()),
        pa.array(["2020-11-13"]).dictionary_encode(),
    ],
)
def test_the_day_of_publication_of_a_row(days: pa.Array) -> None:
    batch = pa.RecordBatch.from_pydict({"published": days, "text": pa.array(["产值"]).dictionary_encode()})
    assert list(batch_documents(batch, 7)) == [Document("7", "产值", DAY)]


def test_rows_that_cannot_be_read_are_left_out(extractor: Extractor) -> None:
    """One bad row in a hundred million must not end the work, and a document without a day has none."""
    batch = pa.RecordBatch.from_pydict(
        {"id": [3, None, 5, 6], "text": [LONG, None, TEXT, LONG], "published": ["2020-11-13", None, "13.11.2020", None]}
    )
    good, missing, wrong, dayless = batch_documents(batch, 10)
    assert (good, dayless) == (Document("3", LONG, DAY), Document("6", LONG))
    assert str(missing) == "11: the text is missing"
    assert str(wrong).startswith("5: published: '13.11.2020' is not a date")
    errors: list[InputError] = []
    ids = {id for facts in extractor.extract_arrow(batch, on_error=errors.append) for id in facts.column("id").to_pylist()}
    assert ids == {"3", "6"}
    assert len(errors) == 2


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"title": ["a"], "body": ["b"]}, "a batch has the columns title, body; call that of the texts text"),
        ({"text": [1.5]}, "the column text is of the type double; give it strings"),
        ({"text": ["a"], "published": [20201113]}, "the column published is of the type int64; give it dates"),
    ],
)
def test_columns_of_another_kind(extractor: Extractor, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        list(extractor.extract_arrow(pa.RecordBatch.from_pydict(columns)))


def test_columns_of_one_name(extractor: Extractor) -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    with pytest.raises(InputError, match="several columns text"):
        list(extractor.extract_arrow(batch))


def test_the_date_is_checked_at_once(extractor: Extractor) -> None:
    with pytest.raises(InputError, match="2020-13-01"):
        extractor.extract_arrow([], published="2020-13-01")
