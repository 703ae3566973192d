"""spaCy: entities at the same characters, whatever the tokenizer. Runs where spaCy is installed."""

from __future__ import annotations

import pytest

from zhibiao import Document, Extraction, Link, Mention, to_spacy

spacy = pytest.importorskip("spacy")

TEXT = "全市GDP达 3亿元，\n\n 增长5%😀\ud83d。"


def mention(id: int, label: str, words: str) -> Mention:
    start = TEXT.index(words)
    return Mention(id, label, start, start + len(words))


EXTRACTION = Extraction(
    Document("a", TEXT),
    (mention(4, "REGION", "全市"), mention(5, "METRIC", "GDP"), mention(6, "VALUE", "3亿元"), mention(7, "VALUE", "5%")),
    (Link(0, "value_of", 6, 5), Link(1, "in_region", 5, 4)),
)


def test_entities_and_links() -> None:
    doc = to_spacy(EXTRACTION)
    assert doc.text == TEXT.replace("\ud83d", "?")
    found = [(span.label_, span.start_char, span.end_char) for span in doc.ents]
    assert found == [(m.label, m.start, m.end) for m in EXTRACTION.mentions]
    spans = doc.spans["zhibiao"]
    links = [(kind, spans[head].text, spans[tail].text) for kind, head, tail in doc.user_data["zhibiao_links"]]
    assert links == [("value_of", "3亿元", "GDP"), ("in_region", "GDP", "全市")]
    assert "GDP" in spacy.displacy.render(doc, style="ent", jupyter=False)


def test_a_pipeline_of_the_callers() -> None:
    """A token of 3亿元 stays whole; what two mentions share is the first one's."""
    doc = to_spacy(EXTRACTION, spacy.blank("en"))
    assert [span.text for span in doc.spans["zhibiao"]] == ["全市GDP达", "全市GDP达", "3亿元", "增长5%"]
    assert [span.label_ for span in doc.ents] == ["REGION", "VALUE", "VALUE"]


def test_nothing_found() -> None:
    assert len(to_spacy(Extraction(Document("a", "")))) == 0
