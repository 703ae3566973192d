"""The table of regions and indicators: what is one cell, what is a disagreement, and that nothing is left out in silence."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from zhibiao.cli import main
from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.period import Period
from zhibiao.pivot import Figure, Heading, pivot, render_pivot, save_pivot
from zhibiao.quantity import Quantity
from zhibiao.region import Region
from zhibiao.sink import save

GUANGDONG = Region("广东省", "440000", "province")
GDP = Heading("地区生产总值", "level", "", "CNY")


@pytest.fixture
def gdp(fact: Fact) -> Fact:
    """486.3亿元 of 广东省 in the first three quarters of 2020."""
    return replace(
        fact,
        name="GDP",
        metric="GDP",
        subject=None,
        indicator="gdp",
        area=GUANGDONG,
        region="广东",
        value="486.3亿元",
        quantity=Quantity(Decimal(48630000000), unit="CNY"),
    )


def written(tmp_path: Path, **documents: Fact | list[Fact]) -> Path:
    path = tmp_path / "facts.parquet"
    save(
        (
            Extraction(Document(name, "", path=f"{name}.txt"), facts=tuple(facts if isinstance(facts, list) else [facts]))
            for name, facts in documents.items()
        ),
        path,
    )
    return path


def as_told(fact: Fact, value: str, amount: str, bound: str = "exact") -> Fact:
    return replace(fact, value=value, quantity=Quantity(Decimal(amount), unit="CNY", bound=bound))


def test_what_sources_agree_on_is_one_number(tmp_path: Path, gdp: Fact) -> None:
    path = written(tmp_path, a=gdp, b=replace(gdp, name="地区生产总值", region="全省"))
    assert list(render_pivot(pivot([path]))) == [
        "period 2020-01-01 to 2020-09-30",
        "",
        "region  code    地区生产总值 (CNY)",
        "------  ------  ------------------",
        "广东省  440000      48,630,000,000",
        "",
        "2 facts in 1 cell",
    ]


def test_a_disagreement_is_marked_and_its_sources_listed(tmp_path: Path, gdp: Fact) -> None:
    wrong = as_told(gdp, "480.1亿元", "48010000000")
    path = written(tmp_path, a=gdp, b=gdp, c=wrong, d=as_told(gdp, "486亿元", "48600000000"))
    table = pivot([path])
    assert table.cells[("440000", "广东省"), GDP][0].amount == 48630000000
    lines = list(render_pivot(table))
    assert lines[4] == "广东省  440000     48,630,000,000*"
    assert lines[6:8] == [
        "* sources disagree:",
        "  广东省, 地区生产总值 (CNY): 486.3亿元 (a, b); 480.1亿元 (c); 486亿元 (d)",
    ]


@pytest.mark.parametrize(
    ("value", "amount", "bound", "mark"),
    [
        ("486.3亿元", "48630000000", "exact", ""),
        ("486亿元", "48600000000", "exact", "~"),
        ("487亿元", "48700000000", "exact", "*"),
        ("约490亿元", "49000000000", "approx", "~"),
        ("约400亿元", "40000000000", "approx", "~"),
        ("约300亿元", "30000000000", "approx", "*"),
        ("超过480亿元", "48000000000", "more_than", "~"),
        ("超过500亿元", "50000000000", "more_than", "*"),
        ("不足500亿元", "50000000000", "less_than", "~"),
        ("四百八十六亿元", "48600000000", "exact", "*"),
    ],
)
def test_rounding_and_bounds_are_no_contradiction(
    tmp_path: Path, gdp: Fact, value: str, amount: str, bound: str, mark: str
) -> None:
    table = pivot([written(tmp_path, a=gdp, b=as_told(gdp, value, amount, bound))])
    assert table.mark(("440000", "广东省"), GDP) == mark


def test_the_place_of_the_last_digit() -> None:
    def place(value: str, amount: str, bound: str = "exact") -> Decimal:
        return Figure("a", None, None, value, Decimal(amount), bound, 1.0, "").place

    assert place("486.30亿元", "48630000000") == 1_000_000
    assert place("-3.5%", "-3.5") == Decimal("0.1")
    assert place("约180亿元", "18000000000", "approx") == 1_000_000_000
    assert place("0", "0") == place("两成", "20") == 0


def test_what_differs_in_unit_basis_kind_or_scope_is_apart(tmp_path: Path, gdp: Fact) -> None:
    growth = replace(gdp, kind="change", basis="yoy", quantity=Quantity(Decimal("7.2"), unit="%"))
    facts = [
        gdp,
        as_told(replace(gdp, name="工业GDP"), "1亿元", "100000000"),
        replace(gdp, quantity=Quantity(Decimal(70), unit="USD")),
        growth,
        replace(growth, basis="mom", quantity=Quantity(Decimal("1.1"), unit="%")),
    ]
    table = pivot([written(tmp_path, a=facts)])
    assert sorted(map(str, table.headings)) == [
        "地区生产总值 (CNY)",
        "地区生产总值 (USD)",
        "地区生产总值 mom (%)",
        "地区生产总值 yoy (%)",
        "工业GDP (CNY)",
    ]
    assert not any(table.disagreements("*"))


def test_an_unknown_region_is_its_documents_own(tmp_path: Path, gdp: Fact) -> None:
    here = replace(gdp, area=None, region="该区")
    table = pivot([written(tmp_path, a=here, b=as_told(here, "1亿元", "100000000"), c=gdp)])
    assert table.regions == (("440000", "广东省"), ("", "该区 (a)"), ("", "该区 (b)"))
    assert not any(table.disagreements("*"))


def test_a_zone_does_not_stand_for_its_division(tmp_path: Path, gdp: Fact) -> None:
    zone = as_told(replace(gdp, area=Region("广州开发区", "440000", "zone")), "1亿元", "100000000")
    assert pivot([written(tmp_path, a=gdp, b=zone)]).regions == (("440000", "广东省"), ("440000", "广州开发区"))


def test_nothing_is_left_out_in_silence(tmp_path: Path, gdp: Fact) -> None:
    whole = Period(date(2020, 1, 1), date(2020, 12, 31), "2020", "A", "span")
    facts = [
        gdp,
        gdp,
        replace(gdp, status="target"),
        replace(gdp, score=0.1),
        replace(gdp, region=None, area=None),
        replace(gdp, quantity=Quantity(unit="CNY")),
        replace(gdp, time=whole),
        replace(gdp, time=None),
    ]
    table = pivot([written(tmp_path, a=facts)], min_score=0.5)
    assert table.left_out == {
        "target in place of actual": 1,
        "of a score below 0.5": 1,
        "without a region": 1,
        "without an amount (a range, or no number)": 1,
    }
    assert table.others == (("2020", 1),)
    assert pivot([written(tmp_path, a=facts)], status="target").cells


@pytest.mark.parametrize("period", ["2020-01-01/P9M", "2020-01-01/2020-09-30", "2020年前三季度", "2020年1-9月"])
def test_ways_to_name_a_period(tmp_path: Path, gdp: Fact, period: str) -> None:
    later = replace(gdp, time=Period(date(2021, 1, 1), date(2021, 12, 31), "2021", "A", "span"))
    table = pivot([written(tmp_path, a=[gdp, later, later])], period)
    assert (table.start, table.end, len(table.cells)) == (date(2020, 1, 1), date(2020, 9, 30), 1)


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2020", date(2020, 12, 31)),
        ("2020-Q2", date(2020, 6, 30)),
        ("2020-S1", date(2020, 6, 30)),
        ("2020-02", date(2020, 2, 29)),
    ],
)
def test_sdmx_names_of_periods_without_facts(tmp_path: Path, gdp: Fact, period: str, end: date) -> None:
    table = pivot([written(tmp_path, a=gdp)], period)
    assert (table.end, table.cells) == (end, {})


def test_a_period_that_is_not_understood_names_those_there_are(tmp_path: Path, gdp: Fact) -> None:
    path = written(tmp_path, a=gdp)
    with pytest.raises(InputError, match=r"'春天' is no period that is understood; there are facts of 2020-01-01/P9M"):
        pivot([path], "春天")
    with pytest.raises(InputError, match="no fact has a period"):
        pivot([written(tmp_path, a=replace(gdp, time=None))])


def test_several_files_make_one_table(tmp_path: Path, gdp: Fact) -> None:
    paths = [tmp_path / f"out{suffix}" for suffix in (".jsonl", ".csv", ".duckdb", ".parquet")]
    for path in paths:
        save([Extraction(Document(path.suffix[1:], "x" * 20), facts=(gdp,))], path)
    table = pivot(paths)
    assert {figure.document for figure in table.cells[("440000", "广东省"), GDP]} == {"jsonl", "csv", "duckdb", "parquet"}


def test_a_csv_has_numbers_and_notes(tmp_path: Path, gdp: Fact) -> None:
    path = written(tmp_path, a=gdp, b=as_told(gdp, "480.1亿元", "48010000000"))
    save_pivot(pivot([path]), tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["region", "region_code", "地区生产总值 (CNY)", "disagreements", "rounding"],
        ["广东省", "440000", "48630000000", "地区生产总值 (CNY): 486.3亿元 (a); 480.1亿元 (b)", ""],
    ]


def test_the_command(tmp_path: Path, gdp: Fact, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(tmp_path, a=[gdp, replace(gdp, indicator=None, name="粮食")]))
    assert main(["pivot", path, "--period", "2020-01-01/P9M", "--indicator", "gdp"]) == 0
    out = capsys.readouterr().out
    assert "48,630,000,000" in out
    assert "粮食" not in out
    assert main(["pivot", path, "-o", str(tmp_path / "out.csv")]) == 0
    assert capsys.readouterr().out == "2 facts in 2 cells\n"
    assert main(["pivot", path, "-o", str(tmp_path / "out.txt")]) == 2
    assert "end the name in .csv" in capsys.readouterr().err
