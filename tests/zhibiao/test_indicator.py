"""Two texts that speak of one indicator must end in one column, and texts that speak of two must not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhibiao
from zhibiao.indicator import _tidy, find_indicator, indicators


@pytest.mark.parametrize(
    ("metric", "subject", "expected"),
    [
        ("地区生产总值", None, "gdp"),
        ("国内生产总值", None, "gdp"),
        ("ＧＤＰ", None, "gdp"),
        ("gdp", None, "gdp"),
        ("GDP增速", None, "gdp"),
        ("社会消费品零售总额", None, "retail_sales_of_consumer_goods"),
        ("社零", None, "retail_sales_of_consumer_goods"),
        ("规模以上\n工业增加值", None, "industrial_value_added"),
        ("规上工业增加值同比增速", None, "industrial_value_added"),
        ("产值", "电子产业", "output_value"),
        ("电子产业产值", None, "output_value"),
        ("固定资产投资", None, "fixed_asset_investment"),
        ("净利润", None, "net_profit"),
        ("归母净利润", None, "attributable_net_profit"),
        ("全区规上工业增加值", None, "industrial_value_added"),
        ("幸福感", None, None),
        ("人均幸福产值", None, "output_value"),
        ("增速", None, None),
        ("", None, None),
    ],
)
def test_names_lead_to_one_id(metric: str, subject: str | None, expected: str | None) -> None:
    found = find_indicator(metric, subject)
    assert (found.id if found else None) == expected


def test_a_word_that_makes_another_indicator_is_not_passed_over() -> None:
    per_head = find_indicator("人均地区生产总值")
    assert per_head is not None
    assert per_head.id != "gdp"
    assert find_indicator("亩均产值") is None or find_indicator("亩均产值") != find_indicator("产值")


def test_the_list_is_large_and_no_name_has_two_owners() -> None:
    rows = zhibiao.indicators
    assert rows == indicators()
    assert len(rows) >= 400
    assert len({row.id for row in rows}) == len(rows)
    names = [_tidy(name) for row in rows for name in (row.name, *row.aliases)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z][a-z0-9_]*", row.id) and row.english and row.category for row in rows)
    assert len({row.category for row in rows}) >= 13


def test_every_name_leads_to_its_indicator() -> None:
    for row in indicators():
        for name in (row.name, *row.aliases):
            assert find_indicator(name) == row


@given(st.text(max_size=80), st.none() | st.text(max_size=20))
def test_no_name_raises(metric: str, subject: str | None) -> None:
    find_indicator(metric, subject)
