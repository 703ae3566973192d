"""CoNLL columns: a character, a tab and its BIOES tag a line, a blank line after every passage.

Sources: the columns of the CoNLL-2003 shared task (https://aclanthology.org/W03-0419); tab, two columns and the scheme as
doccano's importer wants them (``CoNLLParser`` in doccano/doccano, ``backend/data_import/pipeline/parsers.py``).

The format holds mentions only. Links, attributes and the names of passages are lost; :func:`write_conll` says how many.
White space and characters without a shape cannot stand in a column: they are written as ``U+000A``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from zhibiao.labels import LABELS, TAGS
from zhibiao_training.passage import GoldMention, Passage

__all__ = ["ConllError", "read_conll", "write_conll"]

_ESCAPED = re.compile(r"U\+([0-9A-F]{4,6})")


class ConllError(ValueError):
    """A line is no character with its tag; the message says which."""


def write_conll(passages: Iterable[Passage], path: Path) -> list[str]:
    """Write the mentions of passages.

    Returns:
        What was left out.

    Raises:
        ConllError: For a passage without text, which would leave no trace.
    """
    links = attributes = names = 0
    lines: list[str] = []
    for passage in passages:
        if not passage.text:
            raise ConllError(f"{passage.name}: CoNLL has no passages without text")
        tags = ["O"] * len(passage.text)
        for mention in passage.mentions:
            inside = ["I"] * (mention.end - mention.start)
            inside[0], inside[-1] = "B", "E"
            if len(inside) == 1:
                inside = ["S"]
            tags[mention.start : mention.end] = [f"{position}-{mention.label}" for position in inside]
            attributes += len(mention.attributes)
        lines += [f"{_escape(character)}\t{tag}\n" for character, tag in zip(passage.text, tags, strict=True)]
        lines.append("\n")
        links += len(passage.links)
        names += 1
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return [f"CoNLL holds mentions only: {links} links, {attributes} attributes and the names of {names} passages were left out"]


def _escape(character: str) -> str:
    return character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"


def read_conll(path: Path) -> list[Passage]:
    """Read passages with mentions only: as ones of a corpus that marks neither links nor attributes.

    They are called by the file's name and a number.

    Raises:
        ConllError: For a line that is no character with its tag, and for tags that may not follow each other.
    """
    passages = []
    text: list[str] = []
    tags: list[str] = []
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    for number, line in enumerate([*lines, ""], 1):
        told = f"{path}, line {number}"
        if line:
            character, tab, tag = line.partition("\t")
            if match := _ESCAPED.fullmatch(character):
                character = chr(min(int(match[1], 16), 0x10FFFF))
            if not tab or len(character) != 1 or tag not in TAGS:
                raise ConllError(f"{told}: {line!r} is no character, tab and BIOES tag of {', '.join(LABELS)}")
            text.append(character)
            tags.append(tag)
        elif text:
            name = f"{path.stem}-{len(passages) + 1}"
            mentions = tuple(_mentions(tags, told))
            passages.append(Passage(name, "".join(text), mentions, link_types=(), attributes=False))
            text, tags = [], []
    return passages


def _mentions(tags: list[str], told: str) -> Iterable[GoldMention]:
    start = 0
    open_label = ""
    for place, tag in enumerate([*tags, "O"]):
        position, _, label = tag.partition("-")
        if (open_label != label) if position in "IE" else open_label:
            raise ConllError(f"{told}: in the passage before, {tag} may not stand where it stands, at its character {place + 1}")
        if position in "BS":
            start = place
        if position in "ES":
            yield GoldMention(start, place + 1, label)
        open_label = label if position in "BI" else ""
