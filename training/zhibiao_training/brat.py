"""brat's standoff: a folder of ``NAME.txt`` and ``NAME.ann`` with the ``annotation.conf`` that fits.

Sources: https://brat.nlplab.org/standoff.html and https://brat.nlplab.org/configuration.html; what the server makes of them,
``server/src/annotation.py`` and ``server/src/projectconfig.py`` in nlplab/brat.

- ``T1<TAB>VALUE 4 8<TAB>words``: offsets count code points. A ``.ann`` line cannot hold a line break, so a mention over one is
  in fragments, ``0 2;3 5``, whose words stand with a space between them. Fragments with other text between them are no mention
  here.
- ``R1<TAB>value_of Arg1:T2 Arg2:T1``; ``A1<TAB>change T2 yoy+``. Names of attributes are confined to letters, digits, ``_`` and
  ``-``, values are not. brat shows one value of an attribute; of a second ``change`` on a mention only the file knows.
- Notes (``#1``) are left out, and told. Events, equivalences, normalisations and modifications (E, ``*``, N, M) are refused.
- brat has counted ``\\r\\n`` as one character (issue 853). The words of the mentions tell which way they are counted; this
  module counts two. Offsets set in the browser after an emoji are wrong by one (issue 1115), which the file does not tell.
- A ``manifest.json`` keeps what brat has no place for: genre and split, as in ``annotations/corpus``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from zhibiao.labels import LABELS, LINK_HEADS, LINK_TAILS, LINK_TYPES
from zhibiao_training.corpus import read_manifest, write_manifest
from zhibiao_training.passage import ATTRIBUTES, Passage
from zhibiao_training.standoff import from_row

__all__ = ["BratError", "annotation_configuration", "from_document", "read_brat", "to_document", "write_brat"]

_STATUSES = ("est", "target")
_TEXT_BOUND = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)", re.DOTALL)
_RELATION = re.compile(r"R\d+\t(\S+) Arg1:(T\d+) Arg2:(T\d+)\s*")
_ATTRIBUTE = re.compile(r"A\d+\t(change|status) (T\d+) (\S+)\s*")


class BratError(ValueError):
    """A document cannot be read as an annotated passage or written as one of brat's; the message says which and why."""


def annotation_configuration() -> str:
    """The ``annotation.conf`` of a collection that fits the guidelines."""
    relations = [
        f"{kind}\tArg1:{'|'.join(sorted(LINK_HEADS[kind]))}, Arg2:{'|'.join(sorted(LINK_TAILS[kind]))}" for kind in LINK_TYPES
    ]
    changes = "|".join(attribute for attribute in ATTRIBUTES if attribute not in _STATUSES)
    attributes = [f"change\tArg:VALUE, Value:{changes}", f"status\tArg:VALUE, Value:{'|'.join(_STATUSES)}"]
    sections = {"entities": LABELS, "relations": relations, "events": (), "attributes": attributes}
    return "\n".join("\n".join((f"[{name}]", *lines, "")) for name, lines in sections.items())


def to_document(passage: Passage) -> str:
    """The ``.ann`` file of a passage, whose text is the ``.txt`` file.

    Raises:
        BratError: For a mention that begins or ends with a line break.
    """
    lines = []
    attributes = []
    for number, mention in enumerate(passage.mentions, 1):
        fragments = []
        cursor = mention.start
        # Every line break of Unicode: brat's server ends a line of the .ann file at any.
        for piece in passage.text[mention.start : mention.end].splitlines(keepends=True):
            words = piece.splitlines()[0]
            if words:
                fragments.append((cursor, cursor + len(words), words))
            cursor += len(piece)
        if not fragments or fragments[0][0] != mention.start or fragments[-1][1] != mention.end:
            raise BratError(f"{passage.name}: the {mention.label} at {mention.start} begins or ends with a line break")
        offsets = ";".join(f"{start} {end}" for start, end, _ in fragments)
        lines.append(f"T{number}\t{mention.label} {offsets}\t{' '.join(words for *_, words in fragments)}")
        attributes += [(number, attribute) for attribute in mention.attributes]
    for number, link in enumerate(passage.links, 1):
        lines.append(f"R{number}\t{link.type} Arg1:T{link.head + 1} Arg2:T{link.tail + 1}\t")
    for number, (mention_number, attribute) in enumerate(attributes, 1):
        name = "status" if attribute in _STATUSES else "change"
        lines.append(f"A{number}\t{name} T{mention_number} {attribute}")
    return "".join(line + "\n" for line in lines)


def from_document(text: str, annotations: str, name: str, manifest: Mapping[str, str] | None = None) -> tuple[Passage, int]:
    """Read a passage from a text and its ``.ann`` file.

    Args:
        text: The text, its line endings as they are.
        annotations: The content of the ``.ann`` file.
        name: The document's name.
        manifest: Its ``source`` and ``split``.

    Returns:
        The passage, and how many notes were left out.

    Raises:
        BratError: For a line that is neither mention, link nor attribute, and for offsets that do not lead to the words.
        StandoffError: For what the guidelines do not allow.
    """
    entities: dict[str, dict[str, Any]] = {}
    relations = []
    notes = 0
    attributes = []
    for number, line in enumerate(annotations.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        told = f"{name}.ann, line {number}"
        if match := _TEXT_BOUND.fullmatch(line):
            identifier, label, offsets, words = match.groups()
            if identifier in entities:
                raise BratError(f"{told}: {identifier} is used twice")
            pairs = [(int(start), int(end)) for start, end in (pair.split() for pair in offsets.split(";"))]
            entities[identifier] = {"id": identifier, "label": label, "pairs": pairs, "words": words, "attributes": []}
        elif match := _RELATION.fullmatch(line):
            kind, head, tail = match.groups()
            relations.append({"type": kind, "from_id": head, "to_id": tail})
        elif match := _ATTRIBUTE.fullmatch(line):
            attributes.append((told, *match.groups()[1:]))
        elif line.startswith("#"):
            notes += 1
        elif line.strip():
            raise BratError(f"{told}: {line!r} is no mention, link or attribute of the guidelines")
    for told, identifier, value in attributes:
        if identifier not in entities:
            raise BratError(f"{told}: there is no {identifier}")
        entities[identifier]["attributes"].append(value)
    _fit_offsets(list(entities.values()), text, name)
    row = {"id": name, "text": text, "entities": list(entities.values()), "relations": relations}
    row |= {"genre": (manifest or {}).get("source", ""), "split": (manifest or {}).get("split", "")}
    return from_row(row), notes


def _fit_offsets(entities: Sequence[dict[str, Any]], text: str, name: str) -> None:
    """Give every mention its start and end in the text, whichever way ``\\r\\n`` was counted."""
    places = list(range(len(text) + 1))
    if not all(_leads(entity, text, places) for entity in entities):
        # Where \r\n is one character, it stands at the place of its \r.
        places = [place for place in places if text[max(place - 1, 0) : place + 1] != "\r\n"]
    for entity in entities:
        pairs = entity["pairs"]
        if not _leads(entity, text, places):
            raise BratError(f"{name}.ann: the offsets of {entity['id']}, {pairs}, do not lead to {entity['words']!r}")
        for (_, end), (start, _) in pairwise(pairs):
            between = text[places[end] : places[start]]
            if between.strip() or start < end:
                raise BratError(f"{name}.ann: {entity['id']} is not one piece of text: {between!r} stands between its fragments")
        entity["start_offset"], entity["end_offset"] = places[pairs[0][0]], places[pairs[-1][1]]


def _leads(entity: Mapping[str, Any], text: str, places: Sequence[int]) -> bool:
    pairs = entity["pairs"]
    if max(end for _, end in pairs) >= len(places):
        return False
    # Until version 1.3 the words of fragments stood without a space (server/src/annotation.py).
    pieces = [text[places[start] : places[end]] for start, end in pairs]
    return entity["words"] in (" ".join(pieces), "".join(pieces))


def read_brat(folder: Path) -> tuple[list[Passage], list[str]]:
    """Read every document that lies in a folder, sorted by name; folders in it are not opened.

    Returns:
        The passages, and what was left out: notes.

    Raises:
        FileNotFoundError: If one of ``NAME.txt`` and ``NAME.ann`` lacks the other.
        BratError: If a document cannot be read.
    """
    rows = read_manifest(folder)
    names = sorted({path.stem for path in folder.iterdir() if path.suffix in (".txt", ".ann")})
    passages = []
    notes = 0
    for name in names:
        # Not read_text: it would make one character of \r\n.
        text, annotations = ((folder / f"{name}{suffix}").read_bytes().decode("utf-8") for suffix in (".txt", ".ann"))
        passage, left_out = from_document(text, annotations, name, rows.get(name))
        passages.append(passage)
        notes += left_out
    return passages, [f"{notes} notes in brat were left out"] if notes else []


def write_brat(passages: Sequence[Passage], folder: Path) -> None:
    """Write passages as a collection of brat's.

    Raises:
        BratError: For a mention that begins or ends with a line break.
    """
    documents = [to_document(passage) for passage in passages]  # before anything is written: one may be refused
    folder.mkdir(parents=True, exist_ok=True)
    for passage, document in zip(passages, documents, strict=True):
        (folder / f"{passage.name}.ann").write_text(document, encoding="utf-8", newline="\n")
        (folder / f"{passage.name}.txt").write_bytes(passage.text.encode("utf-8"))
    (folder / "annotation.conf").write_text(annotation_configuration(), encoding="utf-8", newline="\n")
    write_manifest(passages, folder)
