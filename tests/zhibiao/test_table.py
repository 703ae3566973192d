"""Facts on screen, as JSON lines and as CSV."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.period import Period
from zhibiao.quantity import Quantity
from zhibiao.region import Region
from zhibiao.table import CSV_COLUMNS, check_output, render_lines, render_table, save, write_jsonl

FACT = Fact(
    metric="产值",
    subject="电子产业",
    value="1254亿元",
    region="该区",
    period="前三季度",
    org=None,
    name="电子产业产值",
    indicator=None,
    kind="level",
    quantity=Quantity(Decimal("1.254E+11"), unit="CNY"),
    basis=None,
    status="actual",
    time=Period(date(2020, 1, 1), date(2020, 9, 30), "2020-01-01/P9M", "Q", "cumulative"),
    area=Region("青屿高新区", "500000", "zone"),
    sentence="前三季度，该区电子产业产值1254亿元，\n增长9.8%。",
    start=12,
    end=18,
    score=0.875,
)
CHANGE = replace(FACT, value="9.8%", kind="change", basis="yoy", quantity=Quantity(Decimal("9.8"), unit="%"))


def extraction(*facts: Fact, id: str = "page", text: str = "前三季度，该区电子产业产值1254亿元，\n增长9.8%。") -> Extraction:
    return Extraction(Document(id, text, date(2020, 11, 13)), facts=facts)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_a_table_in_full() -> None:
    assert render_table([extraction(FACT, CHANGE)]).split("\n") == [
        "indicator     value                  amount  basis  region             period    dates            status  score",
        "------------  --------  -------------------  -----  -----------------  --------  ---------------  ------  -----",
        "电子产业产值  1254亿元  125,400,000,000 CNY         该区 (青屿高新区)  前三季度  2020-01/2020-09  actual   0.88",
        "电子产业产值  9.8%                   +9.8 %  yoy    该区 (青屿高新区)  前三季度  2020-01/2020-09  actual   0.88",
        "",
        "2 facts in 1 document",
    ]


def test_cells_line_up() -> None:
    lines = render_table([extraction(FACT, CHANGE, replace(FACT, org="澜州材料研究院", name="GDP"))]).split("\n")[:5]
    starts = [columns(line[: line.index("actual")]) for line in lines[2:]]
    assert len(set(starts)) == 1
    assert columns(lines[0][: lines[0].index("status")]) == starts[0]


@pytest.mark.parametrize(
    ("quantity", "kind", "shown"),
    [
        (Quantity(Decimal("1.254E+11"), unit="CNY"), "level", "125,400,000,000 CNY"),
        (Quantity(Decimal("9.80"), unit="%"), "change", "+9.8 %"),
        (Quantity(Decimal("-3.5"), unit="%"), "change", "-3.5 %"),
        (Quantity(Decimal("0"), unit="%"), "change", "0 %"),
        (Quantity(Decimal("39.8"), unit="%"), "share", "39.8 %"),
        (Quantity(Decimal("2600"), unit="家", bound="approx"), "level", "≈ 2,600 家"),
        (Quantity(lower=Decimal("7000"), unit="t", bound="more_than"), "level", "> 7,000 t"),
        (Quantity(upper=Decimal("0.30"), unit=None, bound="at_most"), "level", "≤ 0.3"),
        (Quantity(lower=Decimal("3"), upper=Decimal("5"), unit="%", bound="range"), "change", "+3 to +5 %"),
        (Quantity(Decimal("1"), unit="rank"), "rank", "no. 1"),
        (Quantity(Decimal("10"), unit="rank", bound="at_most"), "rank", "no. ≤ 10"),
    ],
)
def test_amounts(quantity: Quantity, kind: str, shown: str) -> None:
    line = render_table([extraction(replace(FACT, quantity=quantity, kind=kind))]).split("\n")[2]
    assert f"  {shown}  " in line


def test_an_unknown_amount_is_left_open() -> None:
    lines = render_table([extraction(replace(FACT, value="两位数", quantity=Quantity()))]).split("\n")
    assert "amount" not in lines[0]
    assert "两位数" in lines[2]


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (date(2020, 1, 1), date(2020, 12, 31), "  2020  "),
        (date(2021, 1, 1), date(2025, 12, 31), "  2021/2025  "),
        (date(2020, 2, 1), date(2020, 2, 29), "  2020-02  "),
        (date(2020, 10, 24), date(2020, 10, 24), "  2020-10-24  "),
        (date(2020, 10, 24), date(2020, 11, 1), "  2020-10-24/2020-11-01  "),
        (date(2020, 1, 1), date.max, "  2020-01-01/9999-12-31  "),
        (date(2020, 1, 1), None, "前三季度  actual"),
    ],
)
def test_periods(start: date, end: date | None, shown: str) -> None:
    assert shown in render_table([extraction(replace(FACT, time=Period(start, end, kind="span")))])


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_it_fits_the_terminal(width: int) -> None:
    long = replace(FACT, name="规模以上" * 12, org="澜州材料研究院" * 3, region="青屿高新区" * 4)
    lines = list(render_lines([extraction(long, CHANGE)], width))
    table = lines[: lines.index("")]
    assert all(columns(line) <= width for line in table if not line.startswith("(too narrow"))
    assert any("…" in line for line in table)
    assert "125,400,000,000 CNY" in lines[2] or any("amount" in line for line in table if line.startswith("(too narrow"))


def test_what_is_left_out_is_said() -> None:
    assert "(too narrow to show: dates, status, score)" in render_table([extraction(FACT, CHANGE)], 72)


@given(st.text(max_size=30), st.text(max_size=30), st.integers(20, 120))
def test_any_text_makes_whole_lines_without_control_characters(name: str, value: str, width: int) -> None:
    lines = list(render_lines([extraction(replace(FACT, name=name, value=value))], width))
    assert len(lines) in (5, 6)
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for line in lines for c in line)


def test_an_escape_sequence_does_not_reach_the_terminal() -> None:
    assert "\x1b" not in render_table([extraction(replace(FACT, name="产值\x1b[2J"), id="a\x1b]0;x\x07")], headings=True)


def test_several_documents_and_none_found() -> None:
    table = render_table([extraction(FACT, id="one"), extraction(id="two")], headings=True).split("\n")
    assert table[0] == "== one (2020-11-13) =="
    assert table[4:7] == ["", "== two (2020-11-13) ==", "(no facts found)"]
    assert table[-1] == "1 fact in 2 documents"


def test_extractions_are_read_one_at_a_time() -> None:
    read = []

    def source() -> Iterator[Extraction]:
        for number in range(3):
            read.append(number)
            yield extraction(FACT, id=str(number))

    lines = render_lines(source(), headings=True)
    assert read == []
    next(lines)
    assert read == [0]
    stream = io.StringIO()
    seen = []
    write_jsonl((seen.append(stream.tell()) or e for e in source()), stream)  # type: ignore[func-returns-value]
    assert seen[0] == 0 < seen[1] < seen[2]


def test_jsonl_is_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save([extraction(FACT), extraction(CHANGE, id="two")], path)
    data = path.read_bytes()
    assert "电子产业产值".encode() in data
    assert b"\r" not in data
    rows = [Extraction.from_json(json.loads(line)) for line in data.decode().removesuffix("\n").split("\n")]
    assert rows == [extraction(FACT), extraction(CHANGE, id="two")]


def test_jsonl_of_half_a_surrogate_pair_is_valid_utf8(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save([extraction(text="产值\ud83d")], path)
    assert json.loads(path.read_text(encoding="utf-8"))["text"] == "产值\ud83d"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "out.CSV"
    save([extraction(FACT, CHANGE), extraction(FACT, id="two")], path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,metric,subject,value,")
    rows = read_csv(path)
    assert [row["id"] for row in rows] == ["page", "page", "two"]
    assert rows[0]["amount"] == "125400000000"
    assert rows[1]["amount"] == "9.8"
    assert rows[0]["lower"] == rows[0]["org"] == ""
    assert rows[0]["sentence"] == FACT.sentence
    assert rows[0]["period_end"] == "2020-09-30"
    assert rows[0]["region_code"] == "500000"
    assert rows[0]["score"] == "0.875"


def test_csv_has_every_field_of_the_contract() -> None:
    assert ["id", *extraction(FACT).to_json()["facts"][0], "path", "row", "published"] == list(CSV_COLUMNS)


def test_csv_runs_no_formula_and_leaves_numbers_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    evil = replace(
        FACT, metric="=1+1", value="-3.5%", org="@SUM(A1)", sentence="＝1", quantity=Quantity(Decimal("-3.5"), unit="%")
    )
    save([extraction(evil)], path)
    row = read_csv(path)[0]
    assert (row["metric"], row["value"], row["org"], row["sentence"]) == ("'=1+1", "'-3.5%", "'@SUM(A1)", "'＝1")
    assert row["amount"] == "-3.5"


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_a_failure_leaves_the_earlier_file_and_nothing_else(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("earlier", encoding="utf-8")

    def failing() -> Iterator[Extraction]:
        yield extraction(FACT)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        save(failing(), path)
    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_output_is_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end the name in \.jsonl, \.csv, .* or \.duckdb"):
        check_output(tmp_path / "out.xls")
    with pytest.raises(InputError, match="there is no folder"):
        check_output(tmp_path / "gone" / "out.csv")
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(InputError, match="is a directory"):
        check_output(tmp_path / "dir.csv")
