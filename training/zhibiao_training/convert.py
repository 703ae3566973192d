"""Annotated passages from one format into another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

from zhibiao_training.brackets import read_brackets, write_brackets
from zhibiao_training.brat import read_brat, write_brat
from zhibiao_training.conll import read_conll, write_conll
from zhibiao_training.corpus import read_folder, write_manifest
from zhibiao_training.doccano import read_doccano, write_doccano
from zhibiao_training.label_studio import read_label_studio, write_label_studio
from zhibiao_training.passage import Passage
from zhibiao_training.standoff import read_rows, write_rows

__all__ = ["convert"]

_FOLDERS = {"*.ann.txt": "brackets", "*.ann": "brat"}
_SUFFIXES = {".jsonl": "standoff", ".json": "label-studio", ".conll": "conll"}
_READERS: dict[str, Callable[[Path], tuple[list[Passage], list[str]]]] = {
    "brackets": lambda path: (read_folder(path), []),
    "standoff": lambda path: (list(read_rows(path)), []),
    "doccano": read_doccano,
    "label-studio": read_label_studio,
    "brat": read_brat,
    "conll": lambda path: (read_conll(path), []),
}


def convert(source: Path, target: Path, from_: str | None = None, to: str | None = None) -> list[str]:
    """Read passages in one format and write them in another.

    Args:
        source: The file or folder to read.
        target: The file or new folder to write.
        from_: The source's format: ``brackets``, ``standoff``, ``doccano``, ``label-studio``, ``brat`` or ``conll``. Where it is
            not given, ``.jsonl`` means standoff, ``.json`` Label Studio, ``.conll`` CoNLL, and a folder is what lies in it.
        to: The target's format, likewise; a folder needs it.

    Returns:
        What the passages lost on the way, a sentence each.

    Raises:
        FileExistsError: If the target is a folder with something in it.
        ValueError: For an unknown format, a source without passages, names that the target cannot hold, or a passage that one
            of the formats cannot.
    """
    reader = _READERS[_format(source, from_, "--from")]
    name = _format(target, to, "--to")
    passages, remarks = reader(source)
    if not passages:
        raise ValueError(f"{source} holds no annotated passage")
    unlinked = sum(not passage.link_types for passage in passages)
    if unlinked:
        remarks.append(f"{unlinked} of {len(passages)} passages come from a format or project without links")
    twice = [name for name, count in Counter(passage.name for passage in passages).items() if count > 1]
    if twice:
        raise ValueError(f"{source}: {len(twice)} names are borne by several passages, such as {twice[0]!r}")
    if name in _FOLDERS.values():
        astray = next((passage.name for passage in passages if Path(passage.name).name != passage.name), None)
        if astray is not None:
            raise ValueError(f"{source}: {astray!r} cannot be the name of a file in {target}")
        if target.exists() and any(target.iterdir()):
            raise FileExistsError(f"{target} is not empty; name a new folder")
    match name:
        case "brackets":
            unix = [_with_line_feeds(passage) for passage in passages]
            if changed := sum(passage is not other for passage, other in zip(passages, unix, strict=True)):
                remarks.append(f"brackets have line ends of one character: CRLF became LF in {changed} passages")
            _write_folder(unix, target)
        case "standoff":
            write_rows(passages, target)
        case "doccano":
            write_doccano(passages, target)
        case "label-studio":
            write_label_studio(passages, target)
        case "brat":
            write_brat(passages, target)
        case "conll":
            remarks += write_conll(passages, target)
    return remarks


def _format(path: Path, given: str | None, option: str) -> str:
    if given is None and path.is_dir():
        given = next((name for pattern, name in _FOLDERS.items() if any(path.glob(pattern))), None)
    elif given is None:
        given = _SUFFIXES.get(path.suffix)
    if given not in _READERS:
        known = ", ".join(_READERS)
        raise ValueError(
            f"{path}: {f'the format {given!r} is unknown' if given else 'which format?'} Say {option} one of {known}"
        )
    return given


def _with_line_feeds(passage: Passage) -> Passage:
    """The passage with LF for CRLF, and itself where it has none."""
    if "\r\n" not in passage.text:
        return passage
    dropped = list(accumulate((pair == "\r\n" for pair in map("".join, pairwise(passage.text + " "))), initial=0))
    mentions = tuple(replace(m, start=m.start - dropped[m.start], end=m.end - dropped[m.end]) for m in passage.mentions)
    return replace(passage, text=passage.text.replace("\r\n", "\n"), mentions=mentions)


def _write_folder(passages: Sequence[Passage], folder: Path) -> None:
    """Write a folder as :func:`zhibiao_training.corpus.read_folder` reads it.

    Raises:
        ValueError: For a passage that the notation cannot hold: with a carriage return, or with a link whose type the labels that
            it ties do not tell.
    """
    marked = {passage.name: write_brackets(passage) for passage in passages}
    for passage in passages:
        read = read_brackets(marked[passage.name], passage.name)
        if "\r" in passage.text or read.mentions != passage.mentions or set(read.links) != set(passage.links):
            raise ValueError(
                f"{passage.name}: brackets do not hold lone carriage returns, or links other than the guidelines' usual ones"
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, words in marked.items():
        (folder / f"{name}.ann.txt").write_text(words, encoding="utf-8", newline="\n")
    write_manifest(passages, folder)
