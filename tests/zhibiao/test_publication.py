"""今年 counts from the day of publication: a wrong one shifts every period of a text by years."""

from __future__ import annotations

from datetime import date

import pytest

from zhibiao.document import Document
from zhibiao.publication import find_publication, with_publication


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("江州日报 2023年5月6日 星期六 第3版\n一季度外贸增长两成\n全市进出口增长。", (date(2023, 5, 6), "masthead")),
        ("2023年5月6日\n一季度外贸增长两成。", (date(2023, 5, 6), "masthead")),
        ("来源：江州晚报 ２０２３年５月６日 09:30\n全市进出口增长。", (date(2023, 5, 6), "masthead")),
        ("记者10月28日从县统计局获悉，2020年前三季度，全县生产总值增长8%。", (date(2020, 10, 28), "dateline")),
        ("本报江州11月5日电（记者林远）2020年前三季度，全市出口增长8%。", (date(2020, 11, 5), "dateline")),
        ("记者1月20日从市统计局获悉，2023年1—12月，全市出口增长8%。", (date(2024, 1, 20), "dateline")),
        ("新华社江州2021年3月2日电 全市今年计划投资300亿元，到2025年达到500亿元。", (date(2021, 3, 2), "dateline")),
        ("11月3日，全市招商大会召开。2020年前三季度引资6亿元。\n记者11月5日获悉，出口增长。", (date(2020, 11, 5), "dateline")),
        ("记者10月28日从县统计局获悉，前三季度，全县生产总值增长8%。", None),
        ("记者近日获悉，2020年前三季度，全县生产总值增长8%。", None),
        ("项目于2019年5月6日开工，总投资3亿元。", None),
        ("记者13月45日从县统计局获悉，2020年出口增长8%。", None),
        ("", None),
    ],
)
def test_the_day_is_found_or_left_unknown(text: str, expected: tuple[date, str] | None) -> None:
    assert find_publication(text) == expected


def test_what_the_caller_knows_comes_first() -> None:
    told = Document("a", "江州日报 2023年5月6日 星期六", date(2020, 1, 1))
    assert with_publication(told).published == date(2020, 1, 1)
    assert with_publication(told).published_from == "caller"
    found = with_publication(Document("a", "江州日报 2023年5月6日 星期六"))
    assert (found.published, found.published_from) == (date(2023, 5, 6), "masthead")
    assert with_publication(Document("a", "全市出口增长8%。")).published is None
