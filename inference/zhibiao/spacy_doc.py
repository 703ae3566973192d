"""An extraction as a spaCy ``Doc``, for displacy and for pipelines that go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhibiao.errors import require
from zhibiao.extraction import Extraction
from zhibiao.lines import utf8

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["to_spacy"]


def to_spacy(extraction: Extraction, nlp: Language | None = None) -> Doc:
    """Make a spaCy ``Doc`` of an extraction.

    The mentions are its entities, which ``displacy.render(doc, style="ent")`` draws, and its spans ``doc.spans["zhibiao"]``, in
    the same order. ``doc.user_data["zhibiao_links"]`` has a triple of type, head and tail for each link, where head and tail
    are positions among those spans.

    Args:
        extraction: A whole one, not a piece.
        nlp: The pipeline whose tokenizer cuts the text. Where a mention ends within a token, its span takes all of the token; and
            of two that would share a token, only the first is an entity. None for one token a character, which fits exactly.

    Raises:
        MissingExtraError: If spaCy is not installed.
    """
    require("spacy", "spacy", "to_spacy")
    from spacy.tokens import Doc, Span
    from spacy.util import filter_spans
    from spacy.vocab import Vocab

    text = utf8(extraction.document.text)
    if nlp is None:
        doc = Doc(Vocab(), words=list(text), spaces=[False] * len(text))
        spans = [Span(doc, m.start, m.end, m.label) for m in extraction.mentions]
    else:
        doc = nlp.make_doc(text)
        spans = [doc.char_span(m.start, m.end, m.label, alignment_mode="expand") for m in extraction.mentions]
    doc.spans["zhibiao"] = spans
    doc.set_ents(filter_spans(spans))
    places = {mention.id: place for place, mention in enumerate(extraction.mentions)}
    doc.user_data["zhibiao_links"] = [(link.type, places[link.head], places[link.tail]) for link in extraction.links]
    return doc
