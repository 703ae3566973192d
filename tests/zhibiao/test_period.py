"""A figure under the wrong dates is a wrong figure, and one under guessed dates is worse."""

from __future__ import annotations

import dataclasses
import json
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.period import Period, governs, parse_period

_PUBLISHED = date(2020, 11, 13)
CASES = json.loads((Path(__file__).parents[1] / "spec" / "period.json").read_text(encoding="utf-8"))


def _name(text: str, published: date | None = _PUBLISHED, previous: Period | None = None) -> str | None:
    return parse_period(text, published, previous).time_period


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020年", "2020"),
        ("２０２０年", "2020"),
        ("二〇二〇年", "2020"),
        ("2020年度", "2020"),
        ("2020年全年", "2020"),
        ("2019年上半年", "2019-S1"),
        ("2019年半年度", "2019-S1"),
        ("2019年下半年", "2019-S2"),
        ("2020年前三季度", "2020-01-01/P9M"),
        ("2020年第二季度", "2020-Q2"),
        ("2020年1—9月", "2020-01-01/P9M"),
        ("2020年1-9月份", "2020-01-01/P9M"),
        ("2020年1月至9月", "2020-01-01/P9M"),
        ("2020年前10个月", "2020-01-01/P10M"),
        ("2020年 9 月", "2020-09"),
        ("2020年十月份", "2020-10"),
        ("2020年9月末", "2020-09-30"),
        ("2020年2月底", "2020-02-29"),
        ("2020年二季度末", "2020-06-30"),
        ("2019年底", "2019-12-31"),
        ("2019年年末", "2019-12-31"),
        ("2019年初", "2019-01-01"),
        ("2020年9月28日", "2020-09-28"),
        ("2020年9月下旬", "2020-09-21/P10D"),
        ("2020年9月1日至5日", "2020-09-01/P5D"),
        ("2019—2023年", "2019-01-01/P5Y"),
        ("2018年到2020年", "2018-01-01/P3Y"),
        ("2019年10月16日至2020年6月20日", "2019-10-16/P249D"),
        ("2020年底至2021年6月末", "2020-12-31/P182D"),
        ("2020-09-28", "2020-09-28"),
        ("2020/9/28", "2020-09-28"),
        ("2020-09", "2020-09"),
        ("1990年代", "1990-01-01/P10Y"),
        ("“十四五”时期", "2021-01-01/P5Y"),
        ("“十四五”末", "2025-12-31"),
        ("十二五期间", "2011-01-01/P5Y"),
        ("“十五五”", "2026-01-01/P5Y"),
        ("1Q20", "2020-Q1"),
        ("20Q3", "2020-Q3"),
        ("2020Q1", "2020-Q1"),
        ("2020H1", "2020-S1"),
        ("9M20", "2020-01-01/P9M"),
        ("2019A", "2019"),
        ("2021E", "2021"),
        ("08年4季度", "2008-Q4"),
    ],
)
def test_words_that_name_their_year_need_nothing_else(text: str, expected: str) -> None:
    assert _name(text, None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今年", "2020"),
        ("今年上半年", "2020-S1"),
        ("去年", "2019"),
        ("去年底", "2019-12-31"),
        ("明年", "2021"),
        ("今天", "2020-11-13"),
        ("昨天", "2020-11-12"),
        ("本月", "2020-11"),
        ("上月", "2020-10"),
        ("上季度", "2020-Q3"),
        ("截至目前", "2020-11-13"),
        ("今年以来", "2020-01-01/P318D"),
        ("年初至今", "2020-01-01/P318D"),
        ("近3年来", "2017-11-14/P1096D"),
        ("5年内", "2020-11-14/P1826D"),
        ("未来三年", "2020-11-14/P1095D"),
        ("三季度", "2020-Q3"),
        ("四季度", "2020-Q4"),
        ("上半年", "2020-S1"),
        ("前三季度", "2020-01-01/P9M"),
        ("12月", "2019-12"),
        ("11月", "2020-11"),
        ("1—11月", "2020-01-01/P11M"),
        ("1—12月", "2019"),
        ("1—6月", "2020-S1"),
        ("9月末", "2020-09-30"),
        ("10月24日", "2020-10-24"),
        ("12月24日", "2019-12-24"),
        ("2日", "2020-11-02"),
        ("28日", "2020-10-28"),
    ],
)
def test_relative_words_count_from_the_publication(text: str, expected: str) -> None:
    assert _name(text) == expected
    assert parse_period(text).start is None, "without a publication date nothing is guessed"


@pytest.mark.parametrize(
    ("text", "published", "governing", "expected"),
    [
        ("前三季度", None, "2020年", "2020-01-01/P9M"),
        ("三季度", date(2021, 4, 20), "2020年", "2020-Q3"),
        ("一季度", date(2021, 4, 20), "2020年", "2020-Q1"),
        ("一季度", date(2021, 4, 20), "2015年", "2021-Q1"),
        ("去年同期", _PUBLISHED, "2020年前三季度", "2019-01-01/P9M"),
        ("上年同期", None, "2020年9月末", "2019-09-30"),
        ("上年同期", None, "2020年2月", "2019-02"),
        ("2015年同期", None, "2020年上半年", "2015-S1"),
        ("上年", date(2021, 1, 20), "2020年", "2019"),
        ("上月", _PUBLISHED, "2020年10月", "2020-09"),
        ("当月", None, "2020年10月", "2020-10"),
        ("同年10月", None, "2018年", "2018-10"),
        ("全年", date(2021, 1, 20), "2020年", "2020"),
        ("1—6月", date(2021, 3, 1), "2015年", "2020-S1"),
    ],
)
def test_the_governing_period_fills_what_the_words_leave_out(
    text: str, published: date | None, governing: str, expected: str
) -> None:
    assert _name(text, published, parse_period(governing)) == expected


@pytest.mark.parametrize("group", sorted({case["group"] for case in CASES}))
def test_the_specification(group: str) -> None:
    wrong = []
    for case in CASES:
        if case["group"] == group:
            published = date.fromisoformat(case["published"]) if "published" in case else None
            previous = parse_period(case["previous"], published) if "previous" in case else None
            found = _row(parse_period(case["text"], published, previous))
            wanted = {"reason": case["unsupported"]} if "unsupported" in case else case["expect"]
            if found != wanted:
                wrong.append((case, found))
    assert not wrong


def _row(period: Period) -> dict[str, str]:
    row = {field.name: getattr(period, field.name) for field in dataclasses.fields(period)}
    return {name: str(value) for name, value in row.items() if value}


def test_the_specification_is_large_and_has_no_doubles() -> None:
    assert len(CASES) >= 500
    inputs = [(case["text"], case.get("published"), case.get("previous")) for case in CASES]
    assert len(set(inputs)) == len(inputs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020年", True),
        ("前三季度", True),
        ("9月末", True),
        ("10月24日", True),
        ("去年同期", False),
        ("上年", False),
        ("今天", False),
        ("目前", False),
        ("今年以来", False),
    ],
)
def test_comparisons_do_not_govern_what_follows(text: str, expected: bool) -> None:
    """上年 told twice would lead two years back."""
    assert governs(text) is expected


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_any_day_comes_back_from_every_spelling(day: date) -> None:
    expected = Period(day, day, day.isoformat(), "D", "span")
    for text in (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}-{day.month:02}-{day.day:02}",
        f"{day.year}年{day.month}月{day.day}号",
    ):
        assert parse_period(text) == expected


@given(st.integers(1950, 2099), st.integers(1, 12), st.integers(1, 12))
def test_a_span_of_months_runs_from_its_first_to_its_last_day(year: int, first: int, last: int) -> None:
    found = parse_period(f"{year}年{first}—{last}月")
    if first > last:
        assert found == Period(reason="invalid")
    else:
        assert found.start == date(year, first, 1)
        assert found.end is not None
        assert (found.end.year, found.end.month) == (year, last)


@given(st.text(max_size=30), st.none() | st.dates(), st.none() | st.dates())
def test_no_text_raises(text: str, published: date | None, before: date | None) -> None:
    parse_period(text, published, Period(before, before, before.isoformat(), "D", "span") if before else None)


@given(st.text("今去上前本同年月日季度期末底初以来内近个一二三十0129-—至到半QH天", max_size=14), st.none() | st.dates())
def test_ends_never_stand_before_beginnings(text: str, published: date | None) -> None:
    found = parse_period(text, published, Period(date(2020, 1, 1), date(2020, 12, 31), "2020", "A", "span"))
    assert found.start is None or found.end is None or found.start <= found.end


def test_hostile_input_is_left_at_once() -> None:
    begin = time.perf_counter()
    for text in ("9" * 1_000_000, "年月" * 500_000, "—" * 1_000_000, "一" * 1_000_000):
        assert not parse_period(text).resolved
    assert time.perf_counter() - begin < 0.5


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.integers(1, 5000))
def test_any_range_of_days_comes_back(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    told = f"{start.year}年{start.month}月{start.day}日{{}}{end.year}年{end.month}月{end.day}日"
    for dash in ("至", "—", "-", "～", "到"):
        found = parse_period(told.format(dash))
        assert (found.start, found.end) == (start, end)
        assert found.time_period is not None


@given(st.integers(1950, 2090), st.integers(0, 30))
def test_any_range_of_years_comes_back(first: int, more: int) -> None:
    last = first + more
    for text in (f"{first}—{last}年", f"{first}年至{last}年", f"{first}-{last}年"):
        assert parse_period(text) == Period(
            date(first, 1, 1), date(last, 12, 31), f"{first}-01-01/P{more + 1}Y" if more else str(first), "A", "span"
        )
