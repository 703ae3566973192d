"""Offsets are sacred: whatever is joined or moved, they point into the caller's own text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zhibiao.document import Article, Document
from zhibiao.reading import read_document

PAGE = (
    "一季度外贸增长两成\r\n\r\n本报记者 林远\r\n\r\n😀记者获悉,片区进出口增长２１\r\n\r\n"
    ".5%,用上了Te\n\nslot系统。\r\n\r\n园区道路通车。"
)


def test_a_text_that_needs_no_repair_is_read_as_it_stands() -> None:
    document = Document("a", "全市实现地区生产总值486.3亿元，增长7.2%。\r\n规上工业增长9.6%。")
    reading = read_document(document)
    assert reading.text is document.text
    assert reading.origin is None
    assert reading.places(3, 9) == ((3, 9),)
    assert reading.document.articles == (Article(0, len(document.text), None),)


def test_joined_lines_point_back_to_where_they_stood() -> None:
    reading = read_document(Document("a", PAGE))
    start = reading.text.index("２１.5%")
    (place,) = reading.places(start, start + 5)
    assert "".join(PAGE[slice(*place)].split()) == "２１.5%"
    assert "Te slot" in reading.text
    assert reading.document.articles[0].title == "一季度外贸增长两成"


def test_the_articles_of_the_caller_are_kept() -> None:
    articles = (Article(0, 10), Article(12, 30))
    reading = read_document(Document("a", PAGE, articles=articles))
    assert reading.articles == reading.document.articles == articles
    assert reading.text == PAGE


@given(st.text("甲乙。，,\n \r1记者摄本报讯2年５月😀a", max_size=150))
def test_every_character_comes_from_the_text_and_none_is_lost(text: str) -> None:
    reading = read_document(Document("a", text))
    if reading.origin is None:
        assert reading.text == text
        return
    assert len(reading.origin) == len(reading.text)
    for character, place in zip(reading.text, reading.origin, strict=True):
        assert character == text[place] or character.isspace()
    held = sorted(int(place) for place, character in zip(reading.origin, reading.text, strict=True) if not character.isspace())
    assert held == [place for place, character in enumerate(text) if not character.isspace()]
    previous = 0
    for article in reading.articles:
        assert previous <= article.start <= article.end <= len(reading.text)
        previous = article.end
    inside = [(a.start, a.end) for a in reading.document.articles] + [p for a in reading.document.articles for p in a.parts]
    assert all(start < end <= len(text) for start, end in inside)
