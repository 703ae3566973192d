"""What an annotated corpus holds: passages, mentions, links and attributes, by genre and split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from zhibiao.labels import LABELS, LINK_TYPES
from zhibiao_training.passage import ATTRIBUTES, Passage

__all__ = ["count", "tables", "with_counts"]

_PLACE = re.compile(r"(<!-- counts -->\n).*?(<!-- /counts -->)", re.DOTALL)


def count(passages: Sequence[Passage]) -> dict[str, dict[str, Any]]:
    """Count a corpus.

    Returns:
        By genre, then by split, then for ``all``: the number of ``passages`` and ``characters``, the shortest, median and longest
        passage as ``lengths``, and how often each of ``labels``, ``links`` and ``attributes`` occurs (a VALUE without any counts
        under the empty name). ``surfaces`` under ``all`` tells how many different words bear each label.
    """
    groups: dict[str, list[Passage]] = {}
    for passage in sorted(passages, key=lambda p: p.source):
        groups.setdefault(passage.source or "?", []).append(passage)
    for split in ("train", "dev"):
        if chosen := [passage for passage in passages if passage.split == split]:
            groups[split] = chosen
    groups["all"] = list(passages)
    told = {name: _count(group) for name, group in groups.items()}
    surfaces: dict[str, set[str]] = {label: set() for label in LABELS}
    for passage in passages:
        for mention in passage.mentions:
            surfaces.setdefault(mention.label, set()).add("".join(passage.text[mention.start : mention.end].split()))
    told["all"]["surfaces"] = {label: len(words) for label, words in surfaces.items()}
    return told


def _count(passages: Iterable[Passage]) -> dict[str, Any]:
    labels: Counter[str] = Counter()
    links: Counter[str] = Counter()
    attributes: Counter[str] = Counter()
    lengths = []
    for passage in passages:
        lengths.append(len(passage.text))
        labels.update(mention.label for mention in passage.mentions)
        links.update(link.type for link in passage.links)
        for mention in passage.mentions:
            if mention.label == "VALUE":
                attributes.update(mention.attributes or ("",))
    return {
        "passages": len(lengths),
        "characters": sum(lengths),
        "lengths": [min(lengths, default=0), int(median(lengths or [0])), max(lengths, default=0)],
        "labels": dict(labels),
        "links": dict(links),
        "attributes": dict(attributes),
    }


def tables(told: Mapping[str, Mapping[str, Any]]) -> str:
    """Lay the counts of :func:`count` out as text: passages and mentions, links, attributes."""
    head = ["", "passages", "characters", "shortest", "median", "longest"]
    rows = [
        [name, row["passages"], row["characters"], *row["lengths"], *_row(row, "labels", LABELS)] for name, row in told.items()
    ]
    if "all" in told:
        rows.append(["different", *[""] * 5, *(told["all"]["surfaces"].get(label, 0) for label in LABELS)])
    pieces = [_table([*head, *LABELS], rows)]
    for key, names in (("links", LINK_TYPES), ("attributes", ("", *ATTRIBUTES))):
        head = ["", *(name or "(none)" for name in names)]
        pieces.append(_table(head, [[name, *_row(row, key, names)] for name, row in told.items()]))
    return "\n\n".join(pieces)


def with_counts(page: str, passages: Sequence[Passage]) -> str:
    """A Markdown page with the tables of :func:`tables` between its marks ``<!-- counts -->`` and ``<!-- /counts -->``."""
    block = f"```text\n{tables(count(passages))}\n```\n"
    return _PLACE.sub(lambda found: f"{found[1]}{block}{found[2]}", page)


def _row(row: Mapping[str, Any], key: str, names: Iterable[str]) -> list[int]:
    return [row[key].get(name, 0) for name in names]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = (
        "  ".join(
            cell.ljust(width) if not at else cell.rjust(width) for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
    return "\n".join(line.rstrip() for line in shown)
