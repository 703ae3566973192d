"""Drafts of annotations: raw text marked by a model, the most uncertain first, for a person to correct.

Uncertainty is the mean, over all mentions and links of a passage, of one minus the probability the model gives to its choice:
least confidence, taken choice by choice and normalised by their number, as sequences of different length need it (Settles, Active
Learning, 2012, sections 2.3 and 2.4; Settles and Craven, EMNLP 2008; Shen et al., ICLR 2018, normalise the logarithm). Margin and
entropy would need the choices that were not taken, which the runtime does not give.

Of 48 annotated passages that the default model never saw, it ranks those with most errors (one minus F1; Spearman's rank
correlation) better than its relatives do: 0.51 by mentions and 0.33 by facts, against 0.49 and 0.27 for the geometric mean of the
probabilities, 0.33 and 0.09 for the least of them, 0.28 and 0.08 for the sum. A mention that the model missed has no probability
and raises nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.extractor import Extractor
from zhibiao.formats import read_documents
from zhibiao.labels import LINK_HEADS, LINK_TAILS
from zhibiao.mentions import Mention
from zhibiao_training import doccano
from zhibiao_training.brackets import BracketError, write_brackets
from zhibiao_training.label_studio import labelling_configuration, to_task
from zhibiao_training.passage import GoldLink, GoldMention, Passage
from zhibiao_training.standoff import to_row

__all__ = [
    "DRAFT_FORMATS",
    "Draft",
    "check_output",
    "cut_text",
    "draft_documents",
    "passage_of",
    "uncertain_first",
    "uncertainty_of",
    "write_drafts",
]

#: What :func:`write_drafts` writes.
DRAFT_FORMATS = ("brackets", "standoff", "label-studio", "doccano")

# Characters of a passage: enough for a METRIC and its region and period to stand in one, few enough to be corrected at one go.
_LEAST, _MOST = 150, 600
_CLOSING = "[”’」』）)】》\"']*"
# Where a passage may end, the best first: paragraphs, sentences, lines, clauses.
_BORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\n\s*\n|\n(?=\u3000|[ \t]{{2}})|[。！？!?…]{_CLOSING}[^\S\n]*\n",
        rf"[。！？!?…]+{_CLOSING}",
        r"\n",
        r"[；，、：]|[;,:](?![0-9])|\s",
    )
)
_WORDS = re.compile(r"\S")
_UNFIT = re.compile(r"[^\w.+()（）《》“”—-]+")
_LONGEST_NAME = 120  # bytes: a file system takes 255, and what follows the stem needs some


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage as the model marks it.

    Attributes:
        passage: Its name tells file, row and offset: ``STEM-rowN-OFFSET``.
        uncertainty: How unsure the model is of it, 0 … 1.
        path: The file it comes from.
        row: The row of a table, or line of a JSON Lines file; None for a whole file.
        start: Its offset in the text of that file or row.
    """

    passage: Passage
    uncertainty: float
    path: str | None = None
    row: int | None = None
    start: int = 0


def uncertain_first(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts in the order in which they are worth correcting."""
    return sorted(drafts, key=lambda draft: (-draft.uncertainty, draft.passage.name))


def uncertainty_of(extraction: Extraction) -> float:
    """How unsure a model is of what it found, 0 … 1; 0 where it found nothing."""
    scores = [mention.score for mention in extraction.mentions] + [link.score for link in extraction.links]
    return 1 - sum(scores) / len(scores) if scores else 0.0


def passage_of(extraction: Extraction) -> Passage:
    """An extraction as an annotated passage.

    Links stay as they come: a METRIC's hold for its VALUEs, which have their own where they differ. Of mentions that overlap the
    longest stays, as the guidelines have it; white space at the edges of a mention is left out; a mention that a page had torn
    apart keeps its longest part. A link goes where one of its mentions went, or where the guidelines do not know it (a VALUE's
    of_subject to a METRIC).
    """
    text = extraction.document.text
    taken = bytearray(len(text))
    kept: list[Mention] = []
    mentions = (_trimmed(mention, text) for mention in extraction.mentions)
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, -m.score, m.start)):
        if mention.start < mention.end and not any(taken[mention.start : mention.end]):
            taken[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
            kept.append(mention)
    kept.sort(key=lambda mention: mention.start)
    place = {mention.id: number for number, mention in enumerate(kept)}
    links = dict.fromkeys(
        GoldLink(link.type, place[link.head], place[link.tail])
        for link in extraction.links
        if link.head in place and link.tail in place and _legal(link.type, kept[place[link.head]], kept[place[link.tail]])
    )
    return Passage(
        extraction.document.id,
        text,
        tuple(GoldMention(m.start, m.end, m.label, m.attributes if m.label == "VALUE" else ()) for m in kept),
        tuple(sorted(links, key=lambda link: link.head)),
    )


def _trimmed(mention: Mention, text: str) -> Mention:
    words = text[mention.start : mention.end]
    start = mention.start + len(words) - len(words.lstrip())
    return replace(mention, start=start, end=start + len(words.strip()))


def _legal(kind: str, head: Mention, tail: Mention) -> bool:
    if head.label == "VALUE" and kind == "of_subject" and tail.label == "METRIC":
        return False  # the brackets would tell it as value_of
    return head.id != tail.id and head.label in LINK_HEADS[kind] and tail.label in LINK_TAILS[kind]


def cut_text(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text into passages of 150 to 600 characters: at the end of a paragraph, else of a sentence, a line or a clause.

    Yields:
        Half-open offsets, in order. All that lies between two passages, before the first and after the last, is white space. A
        passage is shorter where the text or what stands before much white space is.
    """
    end = len(text.rstrip())
    begin = _skip(text, 0)
    while end - begin > _MOST:
        cut = _border(text, begin, min(begin + _MOST, end - _LEAST))
        yield begin, begin + len(text[begin:cut].rstrip())
        begin = _skip(text, cut)
    if begin < end:
        yield begin, end


def _border(text: str, begin: int, high: int) -> int:
    for pattern in _BORDERS:
        ends = [match.end() for match in pattern.finditer(text, begin, high) if match.end() >= begin + _LEAST]
        if ends:
            return ends[-1]
    return high


def _skip(text: str, at: int) -> int:
    """The next place at which no white space stands."""
    found = _WORDS.search(text, at)
    return found.start() if found else len(text)


def draft_documents(extractor: Extractor, inputs: Iterable[Path], text_column: str | None = None) -> Iterator[Draft | InputError]:
    """Mark the passages of files and folders.

    Each passage is read on its own, so that the draft tells what a reader of the passage can know.

    Args:
        extractor: The model.
        inputs: Files and folders of any format that :func:`zhibiao.formats.read_documents` reads.
        text_column: Where tables and JSON Lines have their text.

    Yields:
        The drafts in the order of the text. What cannot be read or marked gives an error in its place, and the rest goes on.
    """
    used: Counter[str] = Counter()
    for path in inputs:
        for document in read_documents(path, None, text_column):
            if isinstance(document, InputError):
                yield document
                continue
            for start, end in cut_text(document.text):
                name = _name(document, start)
                used[name.casefold()] += 1
                if (count := used[name.casefold()]) > 1:  # files of one name in several folders
                    name += f"~{count}"
                try:
                    extraction = extractor.extract(Document(name, document.text[start:end]))
                    draft = Draft(
                        passage_of(extraction), round(uncertainty_of(extraction), 4), document.path, document.row, start
                    )
                # Whatever is wrong with one passage, hours of work on the others are not to be lost to it.
                except Exception as error:
                    yield InputError(f"{document.path}: cannot be marked at {start}:{end} ({type(error).__name__}: {error})")
                else:
                    yield draft


def _name(document: Document, start: int) -> str:
    """A name for the passage at an offset, fit to be a file's."""
    stem = _UNFIT.sub("_", Path(document.path).stem if document.path else document.id).lstrip(".") or "text"
    stem = stem.encode()[:_LONGEST_NAME].decode(errors="ignore")
    return f"{stem}-row{document.row}-{start}" if document.row is not None else f"{stem}-{start}"


def check_output(output: Path) -> None:
    """Make sure that drafts overwrite nothing, least of all drafts that have been corrected.

    Raises:
        InputError: If there is something already, an empty folder excepted, or no folder to write it in.
    """
    if not output.parent.is_dir():
        raise InputError(f"{output}: the folder {output.parent} is not there; make it first")
    if output.is_dir() and not any(output.iterdir()):
        return
    if output.exists():
        raise InputError(f"{output}: is there already, and may hold corrections; name another")


def write_drafts(
    drafts: Sequence[Draft], output: Path, form: str = "brackets", model_version: str = "zhibiao"
) -> list[InputError]:
    """Write drafts in the order given.

    - ``brackets``: a folder of ``NAME.ann.txt`` with a ``manifest.json`` that lists them in order, each with its uncertainty,
      file, row and offsets; every file ends in a line end that is not of its passage, and a line end of two characters (CRLF)
      is one when it is read back, as in any text file.
    - ``standoff``: a JSONL file with the same fields and the text as it was.
    - ``label-studio``: tasks for Label Studio, each with a prediction to start from and the same fields as data, and beside
      the file, as ``.xml``, the labelling configuration. The prediction's score is one minus the uncertainty.
    - ``doccano``: rows for doccano, which knows no predictions: the marks are its annotations from the start.

    Args:
        drafts: The drafts.
        output: The folder or file.
        form: One of :data:`DRAFT_FORMATS`.
        model_version: What Label Studio calls the predictions by.

    Returns:
        An error for each passage that the format cannot hold; the others are written.

    Raises:
        OSError: If nothing can be written there.
        ValueError: For an unknown format.
    """
    match form:
        case "brackets":
            return _write_folder(drafts, output)
        case "standoff":
            _write_lines([to_row(draft.passage) | _origin(draft) for draft in drafts], output)
        case "label-studio":
            tasks = [to_task(draft.passage, model_version, round(1 - draft.uncertainty, 4)) for draft in drafts]
            for task, draft in zip(tasks, drafts, strict=True):
                task["data"] |= _origin(draft)
            _write_json(tasks, output)
            output.with_suffix(".xml").write_text(labelling_configuration(), encoding="utf-8", newline="\n")
        case "doccano":
            errors, rows = [], []
            for draft in drafts:
                try:
                    rows.append(doccano.to_row(draft.passage) | {"uncertainty": draft.uncertainty})
                except doccano.DoccanoError as error:
                    errors.append(InputError(f"{draft.path}: {error}"))
            _write_lines(rows, output)
            return errors
        case _:
            raise ValueError(f"{form!r} is no format of drafts; use {', '.join(DRAFT_FORMATS)}")
    return []


def _write_lines(rows: Iterable[dict[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_json(told: object, path: Path) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _write_folder(drafts: Sequence[Draft], output: Path) -> list[InputError]:
    errors: list[InputError] = []
    output.mkdir(exist_ok=True)
    rows: list[dict[str, object]] = []
    for draft in drafts:
        try:
            marked = write_brackets(draft.passage)
        except BracketError as error:
            errors.append(InputError(f"{draft.path}: {error}; --format standoff can hold it"))
            continue
        (output / f"{draft.passage.name}.ann.txt").write_text(marked + "\n", encoding="utf-8", newline="\n")
        rows.append({"id": draft.passage.name, "order": len(rows) + 1} | _origin(draft))
    _write_json(rows, output / "manifest.json")
    return errors


def _origin(draft: Draft) -> dict[str, object]:
    told: dict[str, object] = {
        "uncertainty": draft.uncertainty,
        "path": draft.path,
        "row": draft.row,
        "start_offset": draft.start,
        "end_offset": draft.start + len(draft.passage.text),
    }
    return {name: value for name, value in told.items() if value is not None}
