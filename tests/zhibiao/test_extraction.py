"""The output contract: what is written reads back, and what others wrote is checked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from zhibiao.document import Article, Document
from zhibiao.extraction import Extraction
from zhibiao.facts import assemble_facts
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao.period import Period
from zhibiao.quantity import Quantity

TEXT = "海棠新区公报\r\n今年前三季度，该区工业总产\n值１２．５亿元😀，同比下降3.1%。"


def at(words: str, label: str, id: int, *attributes: str) -> Mention:
    start = TEXT.index(words)
    return Mention(id, label, start, start + len(words), 0.9, attributes)


MENTIONS = (
    at("今年前三季度", "PERIOD", 4),
    at("该区", "REGION", 7),
    at("工业总产\n值", "METRIC", 9),
    at("１２．５亿元", "VALUE", 2),
    at("3.1%", "VALUE", 3, "yoy-"),
)
LINKS = (
    Link(0, "value_of", 2, 9, 0.8),
    Link(1, "value_of", 3, 9, 0.8),
    Link(2, "in_period", 9, 4, 0.7),
    Link(3, "in_region", 9, 7, 0.6),
)
DOCUMENT = Document("gazette", TEXT, date(2020, 11, 13), (Article(0, len(TEXT), "海棠新区公报"),))


def extraction() -> Extraction:
    return Extraction(DOCUMENT, MENTIONS, LINKS, tuple(assemble_facts(DOCUMENT, MENTIONS, LINKS)))


def test_facts_of_a_level_and_its_change() -> None:
    level, change = extraction().facts
    assert (level.metric, level.value, level.region, level.period) == ("工业总产值", "１２．５亿元", "该区", "今年前三季度")
    assert level.quantity == Quantity(Decimal("1250000000"), unit="CNY")
    assert level.time == Period(date(2020, 1, 1), date(2020, 9, 30), "2020-01-01/P9M", "Q", "cumulative")
    assert (level.kind, level.basis, level.status) == ("level", None, "actual")
    assert (change.kind, change.basis, change.quantity.amount, change.quantity.unit) == ("change", "yoy", Decimal("-3.1"), "%")
    assert TEXT[change.start : change.end] == "3.1%"
    assert change.score == pytest.approx(0.9 * 0.8 * 0.9 * 0.6 * 0.9 * 0.7 * 0.9, abs=1e-4)


def test_json_reads_back_as_it_was() -> None:
    once = extraction()
    assert Extraction.from_json(json.loads(json.dumps(once.to_json(), ensure_ascii=False))) == once


def test_a_torn_mention_keeps_its_pieces() -> None:
    once = extraction()
    torn = replace(once, mentions=(replace(once.mentions[0], parts=((0, 2), (5, 7))), *once.mentions[1:]))
    assert Extraction.from_json(json.loads(json.dumps(torn.to_json()))) == torn


def test_json_has_the_contracts_names() -> None:
    row = extraction().to_json()
    assert list(row) == [
        "id", "text", "published", "published_from", "articles", "entities", "relations", "facts",
    ]  # fmt: skip
    assert row["entities"][4] == {
        "id": 3, "label": "VALUE", "start_offset": TEXT.index("3.1%"), "end_offset": TEXT.index("3.1%") + 4,
        "score": 0.9, "attributes": ["yoy-"],
    }  # fmt: skip
    assert row["relations"][0] == {"id": 0, "type": "value_of", "from_id": 2, "to_id": 9, "score": 0.8}
    assert set(row["facts"][0]) == {
        "metric", "subject", "value", "region", "period", "org", "name", "indicator", "kind", "amount", "lower", "upper", "unit",
        "bound", "basis", "status", "period_start", "period_end", "time_period", "region_name", "region_code", "sentence",
        "start_offset", "end_offset", "score",
        "frequency", "period_kind", "period_open", "period_reason", "region_kind", "region_candidates",
        "page",
    }  # fmt: skip
    assert row["facts"][0]["amount"] == 1250000000


def test_each_fact_points_to_its_file_and_page() -> None:
    once = extraction()
    placed = replace(once, document=replace(once.document, path="report.pdf", row=None, pages=(0, once.facts[-1].start)))
    row = placed.to_json()
    assert row["path"] == "report.pdf"
    assert [fact["page"] for fact in row["facts"]] == [1] * (len(once.facts) - 1) + [2]
    assert Extraction.from_json(row) == placed


def test_a_values_own_link_outranks_its_metrics() -> None:
    own = Link(4, "in_region", 3, 4, 1.0)  # nonsense as a region, but it is what the link says
    facts = list(assemble_facts(DOCUMENT, MENTIONS, (*LINKS, own)))
    assert [fact.region for fact in facts] == ["该区", "今年前三季度"]


def test_the_barest_row_that_others_write() -> None:
    row = {"id": 5, "text": "产值3元", "entities": [{"id": 0, "label": "METRIC", "start_offset": 0, "end_offset": 2}]}
    read = Extraction.from_json(row)
    assert read.document.id == "5"
    assert read.mentions == (Mention(0, "METRIC", 0, 2),)


@pytest.mark.parametrize(
    ("entities", "relations", "message"),
    [
        ([{"id": 0, "label": "METRIC", "start_offset": 0, "end_offset": 9}], [], "outside the text"),
        ([], [{"id": 1, "type": "value_of", "from_id": 3, "to_id": 4}], "relation 1 names an entity"),
    ],
)
def test_broken_rows_are_refused(entities: list[dict], relations: list[dict], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Extraction.from_json({"id": "x", "text": "产值3元", "entities": entities, "relations": relations})


def test_a_kicker_takes_its_region_from_the_headline_below_it() -> None:
    text = "用电量居全市前列\n青岛西海岸新区忙生产\n全市用电9亿度。"
    document = Document("page", text)
    at = text.index("青岛")
    mentions = (
        Mention(0, "METRIC", 0, 3),
        Mention(1, "REGION", 4, 6),
        Mention(2, "VALUE", 6, 8, attributes=("rank",)),
        Mention(3, "REGION", at, at + 7),
    )
    links = (Link(0, "value_of", 2, 0), Link(1, "in_region", 0, 1))
    article = Article(0, len(text), "青岛西海岸新区忙生产")
    (fact,) = assemble_facts(document, mentions, links, article)
    assert fact.area is not None
    assert (fact.area.name, fact.area.code) == ("青岛市", "370200")
    (fact,) = assemble_facts(document, mentions, links)  # without a headline nothing is guessed
    assert fact.area is None
