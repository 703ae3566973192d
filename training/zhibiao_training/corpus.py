"""Reading annotated corpora and plain text from disk."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhibiao_training.brackets import read_brackets
from zhibiao_training.passage import GoldLink, GoldMention, Passage

__all__ = ["read_folder", "read_manifest", "read_plain_lines", "read_standoff", "write_manifest"]


def read_folder(folder: Path, split: str = "") -> list[Passage]:
    """Read every ``NAME.ann.txt`` of a folder, in bracket notation, sorted by name.

    A ``manifest.json`` beside them may name the ``source`` and ``split`` of each.

    Args:
        folder: The folder.
        split: Only the passages of this split; all where empty.

    Raises:
        FileNotFoundError: If the folder holds none (of that split).
        BracketError: If one is broken.
    """
    rows = read_manifest(folder)
    passages = []
    for path in sorted(folder.glob("*.ann.txt")):
        name = path.name.removesuffix(".ann.txt")
        row = rows.get(name, {})
        if not split or row.get("split") == split:
            # Not read_text: it would make one character of \r\n.
            passage = read_brackets(path.read_bytes().decode("utf-8"), name, row.get("source", folder.name))
            passages.append(replace(passage, split=row.get("split", "")))
    if not passages:
        raise FileNotFoundError(f"{folder} holds no *.ann.txt file{f' of the split {split!r}' if split else ''}")
    return passages


def read_manifest(folder: Path) -> dict[str, dict[str, str]]:
    """Read the rows of a folder's ``manifest.json`` by their ``id``; none where it has no manifest."""
    manifest = folder / "manifest.json"
    return {row["id"]: row for row in json.loads(manifest.read_text(encoding="utf-8"))} if manifest.exists() else {}


def write_manifest(passages: Iterable[Passage], folder: Path) -> None:
    """Write the ``manifest.json`` of a folder, one passage a line."""
    rows = [{"id": passage.name, "source": passage.source, "split": passage.split} for passage in passages]
    lines = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "manifest.json").write_text(f"[\n {lines}\n]\n", encoding="utf-8", newline="\n")


def read_standoff(path: Path) -> Iterator[Passage]:
    """Read a JSONL file of other people's annotations (``.jsonl`` or ``.jsonl.xz``), each set marking only some labels.

    The field names are those of the output contract. What the file never names counts as unmarked, not as absent. Overlapping
    mentions are resolved to the longest; links to a dropped mention are dropped with it.
    """
    from datasets import load_dataset  # slow to import, and reading brackets does not need it

    rows = list(load_dataset("json", data_files=str(path), split="train"))
    labels = tuple(sorted({entity["label"] for row in rows for entity in row["entities"]}))
    link_types = tuple(sorted({link["type"] for row in rows for link in row.get("relations") or ()}))
    source = path.name.split(".")[0]
    for number, row in enumerate(rows):
        kept = _longest(row["entities"], len(row["text"]))
        position = {entity["id"]: place for place, entity in enumerate(kept)}
        mentions = tuple(GoldMention(e["start_offset"], e["end_offset"], e["label"]) for e in kept)
        links = tuple(
            GoldLink(link["type"], position[link["from_id"]], position[link["to_id"]])
            for link in row.get("relations") or ()
            if link["from_id"] in position and link["to_id"] in position
        )
        yield Passage(f"{source}-{number}", row["text"], mentions, links, source, labels, link_types, attributes=False)


def _longest(entities: Sequence[dict[str, Any]], length: int) -> list[dict[str, Any]]:
    """The entities that overlap no longer one, in text order."""
    taken = bytearray(length)
    kept = []
    for entity in sorted(entities, key=lambda e: (e["start_offset"] - e["end_offset"], e["start_offset"])):
        start, end = entity["start_offset"], entity["end_offset"]
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            kept.append(entity)
    return sorted(kept, key=lambda e: e["start_offset"])


def read_plain_lines(path: Path) -> Iterator[str]:
    """Read the lines of a plain text file (``.txt`` or ``.txt.xz``) that hold more than white space."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield line.rstrip("\n")
