"""doccano's JSONL for sequence labelling with relations.

Sources, in doccano/doccano: what is imported, ``backend/data_import/datasets.py`` with ``pipeline/label.py`` and
``pipeline/makers.py``; what is exported, ``backend/data_export/models.py`` with ``pipeline/factories.py``; how its editor
counts, ``src/domain/models/Label/Text.ts`` of doccano/v-annotator and issue 2290.

- Files were imported into doccano 1.8.4 and exported from it (``training/correcting/doccano.jsonl``).
- doccano gives documents, spans and relations numbers of its own. Every field of an imported row beside ``text``, ``entities``
  and ``relations`` is kept as metadata and exported again at the top of the row, where an ``id`` of ours would displace
  doccano's. So the passage is called by ``name``, and ``genre`` and ``split`` stand in every row, empty ones too: a column some
  rows lack is filled with NaN.
- It has no attributes of spans. They follow the label after a space: ``VALUE yoy+ target`` is one label type to doccano.
- Its editor counts UTF-16 code units. (In a project with "Count grapheme clusters as one character" it counts something else;
  leave that unticked.)
- Beside ``\\r\\n`` its offsets have been reported wrong (issue 2114), so a carriage return is written as its picture ``␍``, one
  character for one, and read back.
- A project without relation labelling exports ``"label": [[start, end, label], …]`` instead (``labels`` in old versions). Its
  passages are read as ones of a corpus that marks no links.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhibiao_training.passage import Passage
from zhibiao_training.standoff import from_row as from_standoff
from zhibiao_training.standoff import to_row as to_standoff
from zhibiao_training.utf16 import code_units

__all__ = ["DoccanoError", "from_row", "read_doccano", "to_row", "write_doccano"]

_RETURN = "␍"


class DoccanoError(ValueError):
    """A row is none of doccano's, or a passage does not go into one; the message says which and why."""


def to_row(passage: Passage) -> dict[str, Any]:
    """A passage as doccano imports it (format "JSONL(Relation)").

    Raises:
        DoccanoError: If the text holds ``␍``, which stands for a carriage return.
    """
    if _RETURN in passage.text:
        raise DoccanoError(f"{passage.name}: the text holds {_RETURN}, which stands for a carriage return in doccano's file")
    units = code_units(passage.text)
    row = to_standoff(passage)
    entities = [
        {
            "id": entity["id"],
            "label": " ".join((entity["label"], *entity.get("attributes", ()))),
            "start_offset": units[entity["start_offset"]],
            "end_offset": units[entity["end_offset"]],
        }
        for entity in row["entities"]
    ]
    metadata = {"name": passage.name, "genre": passage.source, "split": passage.split}
    text = passage.text.replace("\r", _RETURN)
    return {"text": text, "entities": entities, "relations": row["relations"], **metadata}


def from_row(row: Mapping[str, Any], where: str = "") -> Passage:
    """Read a passage from a row that doccano exported.

    A document without a ``name``, added in doccano itself, is called by doccano's number.

    Args:
        row: The object.
        where: Its file and line, for messages.

    Raises:
        DoccanoError: For a missing field or an offset that is none.
        StandoffError: For what the guidelines do not allow: mentions that overlap, an unknown label, link or attribute.
    """
    name = str(row.get("name") or row.get("id") or where)
    told = f"{where}: {name}" if where and where != name else name
    spans = row.get("label", row.get("labels"))
    bare = "entities" not in row and spans is not None
    try:
        text: str = row["text"]
        position = {unit: place for place, unit in enumerate(code_units(text))}
        if bare:
            marked = [
                {"id": number, "label": label, "start_offset": start, "end_offset": end}
                for number, (start, end, label) in enumerate(spans or ())
            ]
        else:
            marked = row["entities"]
        entities = []
        for entity in marked:
            label, *attributes = entity["label"].split()
            ends = entity["start_offset"], entity["end_offset"]
            if not set(ends) <= position.keys():
                raise DoccanoError(f"{told}: {label} at {ends[0]}:{ends[1]} does not lie between characters of the text")
            start, end = (position[unit] for unit in ends)
            entities.append(
                {"id": entity["id"], "label": label, "start_offset": start, "end_offset": end, "attributes": attributes}
            )
    except (AttributeError, KeyError, TypeError) as error:
        raise DoccanoError(f"{told}: no row of doccano's: {error!r}") from error
    except ValueError as error:
        raise error if isinstance(error, DoccanoError) else DoccanoError(f"{told}: no row of doccano's: {error}") from error
    standoff = {"id": name, "text": text.replace(_RETURN, "\r"), "entities": entities, "relations": row.get("relations") or ()}
    standoff |= {field: row.get(field) or "" for field in ("genre", "split")}
    passage = from_standoff(standoff, where)
    return replace(passage, link_types=()) if bare else passage


def read_doccano(path: Path) -> tuple[list[Passage], list[str]]:
    """Read an exported file.

    Returns:
        The passages, and what the file holds that a passage does not: comments.

    Raises:
        DoccanoError: For a line that is no row of doccano's.
    """
    passages = []
    comments = 0
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DoccanoError(f"{path}, line {number}: no JSON: {error}") from error
            if not isinstance(row, dict):
                raise DoccanoError(f"{path}, line {number}: no JSON object")
            passages.append(from_row(row, f"{path}, line {number}"))
            comments += len(row.get("Comments") or ())
    return passages, [f"{comments} comments in doccano were left out"] if comments else []


def write_doccano(passages: Iterable[Passage], path: Path) -> None:
    """Write passages for doccano, one a line."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(json.dumps(to_row(passage), ensure_ascii=False) + "\n" for passage in passages)
