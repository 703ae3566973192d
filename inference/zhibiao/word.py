"""Reading Word files: paragraphs and tables in their order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from zhibiao.archive import check_archive
from zhibiao.document import Document
from zhibiao.errors import InputError

__all__ = ["read_word"]

# What was deleted or moved away, and the copy of a text box for older programs.
_LEFT_OUT = frozenset({"del", "moveFrom", "Fallback", "pPr", "rPr", "tblPr", "tcPr", "sectPr"})


def read_word(path: Path, published: date | None = None) -> Iterator[Document | InputError]:
    """Read a Word file (.docx).

    A paragraph is a line, and so is a table row, with tabs between its cells. Text boxes and content controls are read where they
    are anchored; headers, footnotes and what tracked changes have deleted are not.

    Args:
        path: The file.
        published: Its date of publication; the dates in the file tell when it was edited.

    Yields:
        One document.

    Raises:
        InputError: If the file is damaged, too large or without text, or if python-docx is missing.
    """
    try:
        import docx
        from docx.opc.exceptions import OpcError
    except ImportError:
        raise InputError(f"{path}: reading .docx needs python-docx; install it with: pip install 'zhibiao[formats]'") from None
    check_archive(path)
    try:
        body = docx.Document(str(path)).element.body
    except (OpcError, KeyError, ValueError) as error:
        raise InputError(f"{path}: is damaged or no Word file ({error}); open it in Word and save it as .docx") from error
    text = "\n".join(line for line in _lines(body) if line.strip())
    if not text:
        raise InputError(f"{path}: has no text; if it holds pictures of text, run text recognition (OCR) first")
    yield Document(path.stem, text, published, path=str(path))


def _lines(element: Any) -> Iterator[str]:
    """The lines of all paragraphs and tables below an element."""
    for child in element.iterchildren("{*}*"):
        name = _name(child)
        if name == "p":
            boxes: list[str] = []
            yield "".join(_pieces(child, boxes))
            yield from boxes
        elif name == "tr":
            cells = (" ".join(" ".join(_lines(cell)).split()) for cell in child.iterdescendants("{*}tc"))
            yield "\t".join(cells) if _is_plain(child) else "\n".join(_lines_of_cells(child))
        elif name not in _LEFT_OUT:
            yield from _lines(child)


def _is_plain(row: Any) -> bool:
    """Whether a row's cells hold no tables themselves, as those of a layout do."""
    return next(row.iterdescendants("{*}tbl"), None) is None


def _lines_of_cells(row: Any) -> Iterator[str]:
    for child in row.iterchildren("{*}*"):
        yield from _lines(child)


def _pieces(element: Any, boxes: list[str]) -> Iterator[str]:
    """The text of a paragraph; the lines of text boxes in it are put into ``boxes``."""
    for child in element.iterchildren("{*}*"):
        name = _name(child)
        if name == "t":
            yield child.text or ""
        elif name in {"tab", "ptab"}:
            yield "\t"
        elif name in {"br", "cr"}:
            yield "\n"
        elif name == "noBreakHyphen":
            yield "-"
        elif name == "txbxContent":
            boxes += _lines(child)
        elif name not in _LEFT_OUT:
            yield from _pieces(child, boxes)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
