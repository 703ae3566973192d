"""The Parquet file: a fixed schema, whatever the facts hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhibiao import columnar
from zhibiao.columnar import FACT_SCHEMA
from zhibiao.columns import COLUMNS
from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.sink import save


def test_cells_have_their_types(tmp_path: Path, extraction: Extraction) -> None:
    path = tmp_path / "out.parquet"
    save([extraction], path)
    table = pq.read_table(path)
    assert table.schema.equals(FACT_SCHEMA)
    first, change, loose, unclear, hostile = table.to_pylist()
    assert (first["amount"], change["amount"], loose["amount"]) == (125400000000.0, 9.8, None)
    assert (first["period_start"], first["published"]) == (date(2020, 1, 1), date(2020, 11, 13))
    assert (first["id"], first["path"], first["row"], first["page"]) == ("page", "a/page.txt", 7, None)
    assert [area["code"] for area in unclear["region_candidates"]] == ["110105", "211300"]
    assert first["region_candidates"] == []
    assert hostile["name"] == "=1+1"  # no apostrophe: nothing runs a Parquet file
    assert hostile["sentence"] == "＝1\x00?_x0041_"


def test_the_schema_does_not_depend_on_the_facts(tmp_path: Path) -> None:
    save([Extraction(Document("empty", ""))], tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.num_rows == 0
    assert table.schema.names == [column.name for column in COLUMNS]
    assert table.schema.field("period_start").type == pa.date32()
    assert table.schema.field("amount").metadata[b"description"].startswith(b"the number in base units")


def test_facts_are_written_in_groups(tmp_path: Path, extraction: Extraction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "_GROUP", 10)
    save([extraction] * 5, tmp_path / "out.parquet")
    file = pq.ParquetFile(tmp_path / "out.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [10, 10, 5]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_makes_a_readable_file(tmp_path: Path, fact: Fact, text: str) -> None:
    path = tmp_path / "out.parquet"
    save([Extraction(Document(text, text), facts=(replace(fact, name=text, sentence=text),))], path)
    assert pq.read_table(path).to_pylist()[0]["name"] == text.encode("utf-8", "replace").decode()
