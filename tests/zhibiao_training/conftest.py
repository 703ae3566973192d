"""What a model may have found, written in brackets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.facts import assemble_facts
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao_training.brackets import read_brackets


@pytest.fixture(scope="session")
def found_as() -> Callable[..., Extraction]:
    """Make the extraction that finds what the brackets mark, every link with one score, with the facts that follow from it."""

    def make(marked: str, name: str = "a", score: float = 1.0) -> Extraction:
        passage = read_brackets(marked, name)
        mentions = tuple(Mention(n, m.label, m.start, m.end, 1.0, m.attributes) for n, m in enumerate(passage.mentions))
        links = tuple(Link(n, link.type, link.head, link.tail, score) for n, link in enumerate(passage.links))
        document = Document(name, passage.text)
        return Extraction(document, mentions, links, tuple(assemble_facts(document, mentions, links)))

    return make
