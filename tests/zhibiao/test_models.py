"""The models that are shipped, on the sample article: the facts a reader would type first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from zhibiao import Document, Extraction, Extractor, Fact

SAMPLE = Path(__file__).parents[2] / "annotations" / "samples" / "park-2024.txt"


@pytest.fixture(scope="module", params=["default", "small"])
def extraction(request: pytest.FixtureRequest) -> Extraction:
    document = Document("park-2024", SAMPLE.read_text(encoding="utf-8"), date(2024, 10, 26))
    return Extractor.load(request.param).extract(document)


def fact(extraction: Extraction, value: str, metric: str) -> Fact:
    (found,) = [f for f in extraction.facts if f.value == value and f.metric == metric]
    return found


def test_a_level_with_its_region_and_period(extraction: Extraction) -> None:
    gdp = fact(extraction, "486.3亿元", "地区生产总值")
    assert (gdp.region, gdp.period) == ("该区", "2024年前三季度")
    assert (gdp.quantity.amount, gdp.quantity.unit, gdp.kind) == (Decimal("48630000000"), "CNY", "level")
    assert gdp.time is not None
    assert (gdp.time.start, gdp.time.end) == (date(2024, 1, 1), date(2024, 9, 30))


def test_its_change_on_the_year_before(extraction: Extraction) -> None:
    growth = fact(extraction, "7.2%", "地区生产总值")
    assert (growth.kind, growth.basis, growth.quantity.amount, growth.quantity.unit) == ("change", "yoy", Decimal("7.2"), "%")
    assert (growth.region, growth.period) == ("该区", "2024年前三季度")


def test_a_decrease_is_negative(extraction: Extraction) -> None:
    (decrease,) = [f for f in extraction.facts if f.value == "3.5%"]
    assert (decrease.quantity.amount, decrease.basis) == (Decimal("-3.5"), "yoy")


def test_most_of_the_articles_figures_are_found(extraction: Extraction) -> None:
    assert 26 <= len(extraction.facts) <= 36
