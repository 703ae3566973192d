"""A document with facts of every kind, for the tests of the tables."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from zhibiao.document import Article, Document
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao.period import Period
from zhibiao.quantity import Quantity
from zhibiao.region import Region

TEXT = "=前三季度，该区电子产业产值1254亿元，\n增长9.8%。"


@pytest.fixture
def fact() -> Fact:
    """A level with region, period and amount."""
    return Fact(
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
        sentence=TEXT,
        start=14,
        end=20,
        score=0.875,
    )


@pytest.fixture
def extraction(fact: Fact) -> Extraction:
    """A level, a change, a range without a period, an ambiguous region, and one whose words a spreadsheet would run."""
    change = replace(
        fact,
        value="9.8%",
        kind="change",
        basis="yoy",
        indicator="gdp",
        name="地区生产总值",
        quantity=Quantity(Decimal("9.80"), unit="%"),
        area=Region("广东省", "440000", "province"),
    )
    loose = replace(
        fact,
        region=None,
        period="近期",
        time=Period(reason="undated"),
        area=None,
        quantity=Quantity(None, Decimal("3.5"), Decimal("4"), "%", "range"),
        status="target",
    )
    candidates = (Region("朝阳区", "110105", "county"), Region("朝阳市", "211300", "prefecture"))
    unclear = replace(fact, region="朝阳", area=Region("朝阳", None, "ambiguous", candidates), status="estimate")
    hostile = replace(fact, name="=1+1", value="-3.5%", org="@SUM(A1)", sentence="＝1\x00\ud83d_x0041_")
    document = Document("page", TEXT, date(2020, 11, 13), (Article(0, len(TEXT), "题"),), "caller", path="a/page.txt", row=7)
    mentions = (Mention(0, "METRIC", 12, 14, 0.9), Mention(1, "VALUE", 14, 20, 0.8, ("yoy+",)))
    links = (Link(0, "value_of", 1, 0, 0.7),)
    return Extraction(document, mentions, links, (fact, change, loose, unclear, hostile))
