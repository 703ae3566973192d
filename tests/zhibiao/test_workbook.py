"""The workbook: what Excel shows, and that no text in it acts."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhibiao import workbook
from zhibiao.columns import COLUMNS
from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.period import Period
from zhibiao.quantity import Quantity
from zhibiao.sink import save


def rows_of(path: Path, sheet: str = "facts") -> list[dict[str, Any]]:
    head, *rows = openpyxl.load_workbook(path)[sheet].iter_rows()
    return [{str(name.value): cell for name, cell in zip(head, row, strict=True)} for row in rows]


def test_numbers_days_and_texts_are_what_they_are(tmp_path: Path, extraction: Extraction) -> None:
    path = tmp_path / "out.xlsx"
    save([extraction, extraction], path)
    rows = rows_of(path)
    assert len(rows) == 10
    first, change, loose, unclear, hostile = rows[:5]
    assert (first["amount"].value, first["amount"].number_format) == (125400000000, "#,##0")
    assert (change["amount"].value, change["amount"].number_format) == (9.8, "#,##0.0")
    assert first["period_start"].value == datetime(2020, 1, 1)
    assert first["published"].is_date
    assert (loose["amount"].value, loose["lower"].value, loose["upper"].value) == (None, 3.5, 4)
    assert (loose["region"].value, loose["region_candidates"].value) == (None, None)
    assert unclear["region_candidates"].value == "朝阳区 110105 county; 朝阳市 211300 prefecture"
    assert first["region_code"].value == "500000"
    assert first["row"].value == 7
    assert all(row["sentence"].value for row in rows)
    for name, text in (("name", "=1+1"), ("value", "-3.5%"), ("org", "@SUM(A1)")):
        assert (hostile[name].value, hostile[name].data_type, hostile[name].quotePrefix) == (text, "s", True)
    assert hostile["sentence"].value == "＝1\N{REPLACEMENT CHARACTER}?_x005F_x0041_"


def test_the_header_stays_and_filters(tmp_path: Path, extraction: Extraction) -> None:
    path = tmp_path / "out.xlsx"
    save([extraction], path)
    sheet = openpyxl.load_workbook(path)["facts"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == sheet.dimensions == "A1:AJ6"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width == 26
    meanings = rows_of(path, "columns")
    assert {row["column"].value for row in meanings} == {column.name for column in COLUMNS}
    assert all(row["meaning"].value and row["含义"].value for row in meanings)


def test_a_full_sheet_goes_on_in_the_next(tmp_path: Path, extraction: Extraction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 3)
    path = tmp_path / "out.xlsx"
    save([extraction], path)
    assert openpyxl.load_workbook(path).sheetnames == ["facts", "facts 2", "facts 3", "columns"]
    assert [len(rows_of(path, name)) for name in ("facts", "facts 2", "facts 3")] == [2, 2, 1]


def test_what_excel_cannot_hold(tmp_path: Path, fact: Fact) -> None:
    path = tmp_path / "out.xlsx"
    old = Period(date(1899, 1, 1), date(1900, 3, 1), "1899-01-01/P14M", kind="span")
    tiny = Quantity(Decimal("0.000000000001"), unit="t")
    save([Extraction(Document("a", ""), facts=(replace(fact, time=old, sentence="𠀀" * 40_000, quantity=tiny),))], path)
    row = rows_of(path)[0]
    assert row["period_start"].value == "1899-01-01"
    assert row["period_end"].value == datetime(1900, 3, 1)
    assert row["sentence"].value == "𠀀" * 16_383 + "…"
    assert row["amount"].value == 1e-12


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(text=st.text(max_size=30), day=st.dates(), number=st.decimals(allow_nan=False, allow_infinity=False))
def test_any_text_makes_a_readable_workbook(tmp_path: Path, fact: Fact, text: str, day: date, number: Decimal) -> None:
    path = tmp_path / "out.xlsx"
    time = Period(day, day, day.isoformat(), kind="span")
    save([Extraction(Document(text, text, day), facts=(replace(fact, name=text, sentence=text, time=time),))], path)
    row = rows_of(path)[0]
    assert row["name"].data_type != "f"
    if text.isascii() and text.isprintable() and "_x" not in text:
        assert (row["name"].value or "") == text
