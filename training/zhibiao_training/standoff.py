"""Standoff JSONL: one annotated passage a line, with the field names of doccano and of the output contract.

This is the corpus's canonical form, beside the bracket notation that people read and write. Each is made
from the other without loss.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zhibiao.labels import LABELS, LINK_HEADS, LINK_TAILS
from zhibiao_training.passage import ATTRIBUTES, GoldLink, GoldMention, Passage

__all__ = ["StandoffError", "from_row", "read_rows", "to_row", "write_rows"]


class StandoffError(ValueError):
    """A row is no annotated passage; the message says which and why."""


def to_row(passage: Passage) -> dict[str, Any]:
    """A passage as a JSON object.

    Mentions are numbered from 0 in text order, links from 0 in the order of the passage. ``genre`` and ``split`` stand where the
    passage has them, ``attributes`` where a VALUE has any.
    """
    entities = []
    for number, mention in enumerate(passage.mentions):
        entity = {"id": number, "label": mention.label, "start_offset": mention.start, "end_offset": mention.end}
        entities.append(entity | ({"attributes": list(mention.attributes)} if mention.attributes else {}))
    relations = [
        {"id": number, "type": link.type, "from_id": link.head, "to_id": link.tail} for number, link in enumerate(passage.links)
    ]
    head = {"id": passage.name, "genre": passage.source, "split": passage.split}
    head = {key: words for key, words in head.items() if words}
    return head | {"text": passage.text, "entities": entities, "relations": relations}


def from_row(row: Mapping[str, Any], where: str = "") -> Passage:
    """Read a passage from a JSON object; the reverse of :func:`to_row`.

    Mentions may stand in any order and bear any ids; fields of other programs are left aside.

    Args:
        row: The object.
        where: Its file and line, for messages.

    Raises:
        StandoffError: For a missing field, offsets outside the text, mentions that overlap, or a label, link or attribute
            unknown to the guidelines.
    """
    name = str(row.get("id", where))
    told = f"{where}: {name}" if where and where != name else name
    try:
        text: str = row["text"]
        entities = sorted(row["entities"], key=lambda e: (e["start_offset"], e["end_offset"]))
        position = {entity["id"]: place for place, entity in enumerate(entities)}
        mentions = tuple(
            GoldMention(e["start_offset"], e["end_offset"], e["label"], tuple(e.get("attributes") or ())) for e in entities
        )
        ends = [(link["type"], link["from_id"], link["to_id"]) for link in row.get("relations") or ()]
    except (KeyError, TypeError) as error:
        raise StandoffError(f"{told}: no annotated passage: {error!r}; see the output contract for its fields") from error
    if len(position) < len(entities):
        raise StandoffError(f"{told}: two entities bear the same id")
    end = 0
    for mention in mentions:
        words = text[mention.start : mention.end]
        if mention.label not in LABELS:
            raise StandoffError(f"{told}: the label {mention.label!r} of {words!r} is none of {', '.join(LABELS)}")
        if not 0 <= mention.start < mention.end <= len(text):
            raise StandoffError(f"{told}: offsets {mention.start}:{mention.end} in a text of {len(text)} characters")
        if mention.start < end:
            raise StandoffError(f"{told}: {mention.label} {words!r} at {mention.start} overlaps the mention before it")
        if mention.attributes and (mention.label != "VALUE" or not set(mention.attributes) <= set(ATTRIBUTES)):
            raise StandoffError(f"{told}: {mention.label} {words!r} may not carry {' '.join(mention.attributes)}")
        end = mention.end
    links = []
    for kind, head, tail in ends:
        if head not in position or tail not in position:
            raise StandoffError(f"{told}: the link {kind} from {head} to {tail} leads to no entity")
        link = GoldLink(kind, position[head], position[tail])
        labels = mentions[link.head].label, mentions[link.tail].label
        if kind not in LINK_HEADS or labels[0] not in LINK_HEADS[kind] or labels[1] not in LINK_TAILS[kind]:
            raise StandoffError(f"{told}: {kind} may not link {labels[0]} to {labels[1]}")
        links.append(link)
    links.sort(key=lambda link: link.head)  # stable: the order of one head's links is the annotator's
    return Passage(name, text, mentions, tuple(links), str(row.get("genre", "")), split=str(row.get("split", "")))


def read_rows(path: Path) -> Iterator[Passage]:
    """Read the passages of a JSONL file.

    Raises:
        StandoffError: For a line that is no annotated passage.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise StandoffError(f"{path}, line {number}: no JSON: {error}") from error
                yield from_row(row, f"{path}, line {number}")


def write_rows(passages: Iterable[Passage], path: Path) -> None:
    """Write passages as JSONL, one a line."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(json.dumps(to_row(passage), ensure_ascii=False) + "\n" for passage in passages)
