"""What a model may have found, written in brackets; a few passages and a run over them that takes a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.facts import assemble_facts
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao_training.brackets import read_brackets
from zhibiao_training.config import CorpusConfig, RunConfig

MARKED = [
    "⟦P1:今年⟧⟦R1:该区⟧⟦M1 R1 P1:产值⟧达到⟦V1 M1:{}亿元⟧，同比增长⟦V2 M1 yoy+:{}%⟧。",
    "⟦R1:全市⟧⟦P1:上半年⟧实现⟦M1 R1 P1:总额⟧⟦V1 M1:近{}万元⟧，下降⟦V2 M1 yoy-:{}%⟧。",
]


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


@pytest.fixture(scope="session")
def two_folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders of annotated passages."""
    folders = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    for place, folder in enumerate(folders):
        for number in range(9 + place):
            marked = MARKED[number % 2].format(number + 3, number * 0.7 + 1.1 + place)
            (folder / f"p{number:02}.ann.txt").write_text(marked, encoding="utf-8")
    return folders


@pytest.fixture(scope="session")
def short_run(tiny_base: Path, two_folders: tuple[Path, Path]) -> RunConfig:
    """A run that uses everything random there is: two habits, chances of every kind, dropout, masked characters."""
    one, other = two_folders
    return RunConfig(
        base=str(tiny_base), out=Path("nowhere"),
        corpora=(
            CorpusConfig(one, "brackets", 2.0, "gold", rewrap=0.3, crop=0.3),
            CorpusConfig(other, "brackets", 1.0, "other", rewrap=0.3, limit=300),
        ),
        dev=one, characters=4200, batch_characters=300, learning_rate=5e-3, head_learning_rate=5e-3, layer_decay=0.9, dropout=0.1,
        masked_share=0.1, average=0.9, window=62, before=12, after=8, evaluations=3, save_minutes=0,
    )  # fmt: skip
