"""Facts: one row of the table for each VALUE that has a METRIC."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zhibiao.document import Article, Document
from zhibiao.errors import InputError
from zhibiao.indicator import find_indicator
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao.period import Period, governs, parse_period
from zhibiao.quantity import Change, Quantity, apply_change, parse_quantity
from zhibiao.region import Region, resolve_region

__all__ = ["Fact", "assemble_facts"]

_LINE_BREAKS = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
# A single line end does not end a sentence: the text layer of a page breaks lines anywhere.
_SENTENCE_END = re.compile(r"[。！？!?]|\r?\n[^\S\n]*\r?\n")
_CLAUSE_END = re.compile(r"[，。！？；,;!?、]|\r?\n[^\S\n]*\r?\n")
# Text without any sentence end (a table) gives evidence of a readable length all the same.
_LONGEST_SENTENCE = 500
_NEAR_REGIONS = 8  # 该区 seldom means a region that stands further back
_SHARE = re.compile(r"占比|比重|份额|占有率|^占|占$")


@dataclass(frozen=True, slots=True)
class Fact:
    """Which indicator, of what, where, when, by whom, how much, on what basis, actual or planned.

    Attributes:
        metric, subject, value, region, period, org: The words of the mentions, line breaks removed; None where there is none.
        name: Subject and metric as one indicator name.
        indicator: Stable id from the project's list of indicators, or None.
        kind: ``level``, ``change``, ``share`` or ``rank``.
        quantity: The value in numbers.
        basis: For a change ``yoy``, ``mom`` or ``other``; None for the rest. The sign is in the quantity.
        status: ``actual``, ``estimate`` or ``target``.
        time: The period in dates, or why it has none; None where there is no period or there are several.
        area: The region with its code; an ambiguous one has candidates in place of a code. None where it is not known.
        sentence: The sentence that holds the VALUE.
        start, end: Offsets of the VALUE in the document's text.
        score: Probability that metric, value, region and period are all right, 0 … 1.
    """

    metric: str
    subject: str | None
    value: str
    region: str | None
    period: str | None
    org: str | None
    name: str
    indicator: str | None
    kind: str
    quantity: Quantity
    basis: str | None
    status: str
    time: Period | None
    area: Region | None
    sentence: str
    start: int
    end: int
    score: float


def assemble_facts(
    document: Document, mentions: Sequence[Mention], links: Sequence[Link], article: Article | None = None
) -> Iterator[Fact]:
    """Yield one fact for each VALUE that has a METRIC, in text order.

    Words come from the mentions; numbers, dates and codes from the words, the VALUE's attributes and the publication date.

    Args:
        document: The document.
        mentions: The mentions of one of its articles, in text order.
        links: The links between them.
        article: That article; None where the document is one.
    """
    article = article or Article(0, len(document.text))
    known = {mention.id: mention for mention in mentions}
    tails: dict[tuple[str, int], list[Link]] = defaultdict(list)
    for link in links:
        tails[link.type, link.head].append(link)
    periods = _resolve_periods(document, mentions)
    regions = _resolve_regions(document, mentions, article)

    for value in mentions:
        metrics = tails.get(("value_of", value.id), [])
        if value.label == "VALUE" and metrics:
            yield _fact(document, article, value, metrics, tails, known, periods, regions)


def _fact(
    document: Document,
    article: Article,
    value: Mention,
    metrics: Sequence[Link],
    tails: Mapping[tuple[str, int], Sequence[Link]],
    known: Mapping[int, Mention],
    periods: Mapping[int, Period],
    regions: Mapping[int, Region],
) -> Fact:
    text = document.text

    def own(kind: str) -> Sequence[Link]:
        """A VALUE's own links outrank its METRIC's."""
        return tails.get((kind, value.id)) or tails.get((kind, metrics[0].tail), [])

    def words(found: Sequence[Link]) -> str | None:
        spans = sorted((known[link.tail].start, known[link.tail].end) for link in found)
        return "、".join(dict.fromkeys(_clean(text[start:end]) for start, end in spans)) or None

    region_links, period_links = own("in_region"), own("in_period")
    metric, subject = words(metrics) or "", words(own("of_subject"))
    before = _clause_before(text, value.start, article.start)
    value_words = _clean(text[value.start : value.end])
    change = _read_value(value_words, before, value.attributes)
    indicator = find_indicator(metric, subject)
    score = value.score
    for link in (*metrics, *region_links, *period_links):
        score *= link.score * known[link.tail].score
    return Fact(
        metric=metric,
        subject=subject,
        value=value_words,
        region=words(region_links),
        period=words(period_links),
        org=words(own("of_org")),
        name=metric if subject is None or metric.startswith(subject) else subject + metric,
        indicator=indicator.id if indicator else None,
        kind=change.kind or ("share" if change.quantity.unit == "%" and _SHARE.search(metric) else "level"),
        quantity=change.quantity,
        basis=change.basis,
        status="target" if "target" in value.attributes else "estimate" if "est" in value.attributes else "actual",
        # One date span or one code can stand for one mention only.
        time=periods.get(period_links[0].tail) if len(period_links) == 1 else None,
        area=regions.get(region_links[0].tail) if len(region_links) == 1 else None,
        sentence=_sentence(text, value.start, value.end, article),
        start=value.start,
        end=value.end,
        score=round(score, 4),
    )


def _read_value(words: str, before: str, attributes: tuple[str, ...]) -> Change:
    try:
        return apply_change(parse_quantity(words, before), attributes, before)
    except InputError:  # absurdly long or large: the words stay, the number does not
        return apply_change(Quantity(), attributes, before)


def _resolve_periods(document: Document, mentions: Sequence[Mention]) -> dict[int, Period]:
    """The PERIOD mentions in dates; one without a year may take it from the one before."""
    periods: dict[int, Period] = {}
    previous: Period | None = None
    for mention in mentions:
        if mention.label == "PERIOD":
            words = _clean(document.text[mention.start : mention.end])
            found = parse_period(words, document.published, previous)
            periods[mention.id] = found
            if found.resolved and governs(words):  # a comparison (去年同期) says nothing of what comes after it
                previous = found
    return periods


def _resolve_regions(document: Document, mentions: Sequence[Mention], article: Article) -> dict[int, Region]:
    """Areas of the REGION mentions.

    该区 and the like take theirs from those before, the nearest first, and at last from the headline: a kicker stands above it.
    """
    regions: dict[int, Region] = {}
    named: list[Region] = []
    words = {m.id: _clean(document.text[m.start : m.end]) for m in mentions if m.label == "REGION"}
    start = document.text.find(article.title, article.start, article.end) if article.title else -1
    end = start + len(article.title or "")
    headline = [
        resolve_region(words[m.id], (), document.published) for m in mentions if m.id in words and 0 <= start <= m.start < end
    ]
    for mention in mentions:
        if mention.id in words:
            found = resolve_region(words[mention.id], [*named[:_NEAR_REGIONS], *headline], document.published)
            if found.kind:
                regions[mention.id] = found
            if found.resolved:
                named.insert(0, found)
    return regions


def _clean(words: str) -> str:
    return _LINE_BREAKS.sub("", words).strip()


def _clause_before(text: str, start: int, begin: int) -> str:
    """The words of the clause that lead up to an offset, at most 20 characters."""
    low = max(begin, start - 20)
    for end in _CLAUSE_END.finditer(text, low, start):
        low = end.end()
    return _clean(text[low:start])


def _sentence(text: str, start: int, end: int, article: Article) -> str:
    """The sentence around a span, as it stands."""
    low = max(article.start, start - _LONGEST_SENTENCE)
    for mark in _SENTENCE_END.finditer(text, low, start):
        low = mark.end()
    after = _SENTENCE_END.search(text, end, min(article.end, end + _LONGEST_SENTENCE))
    high = after.end() if after else min(article.end, end + _LONGEST_SENTENCE)
    return text[low:high].strip()
