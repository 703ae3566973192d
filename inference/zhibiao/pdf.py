"""Reading PDF files: the text layer of their pages, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.layout import Glyph, arrange

if TYPE_CHECKING:
    from pdfminer.layout import LTChar, LTContainer, LTItem
    from pdfminer.pdfpage import PDFPage

__all__ = ["read_pdf"]

_MOST_PAGES = 2_000
_MOST_CHARACTERS = 50_000  # on a page; a newspaper page has 15,000
# Fonts without a table of their characters give private or unassigned ones, or none.
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_MOST_UNREADABLE = 0.3
_REDRAWN = 0.1


def read_pdf(path: Path, published: date | None = None) -> Iterator[Document | InputError]:
    """Read a PDF file.

    Args:
        path: The file.
        published: Its date of publication. The dates within PDF files tell when they were made or copied and are left aside.

    Yields:
        One document, with the offsets of its pages; then an error if it has pages that show something but hold no text.

    Raises:
        InputError: If the file is damaged, needs a password, is too long or has no text on any page, or if pdfminer.six is
            missing.
    """
    try:
        from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
        from pdfminer.pdfpage import PDFPage
        from pdfminer.pdfparser import PDFParser
        from pdfminer.psexceptions import PSException
    except ImportError:
        raise InputError(f"{path}: reading PDF needs pdfminer.six; install it with: pip install 'zhibiao[formats]'") from None
    count = 0
    pages: list[int] = []
    unread: list[int] = []
    parts: list[str] = []
    length = 0
    with path.open("rb") as stream:
        try:
            for count, page in enumerate(PDFPage.create_pages(PDFDocument(PDFParser(stream))), 1):
                if count > _MOST_PAGES:
                    raise InputError(f"{path}: has more than the {_MOST_PAGES:,} pages that are read; split it")
                pages.append(length)
                words = _read_page(page)
                if words is None:
                    unread.append(count)
                elif words:
                    parts.append(words)
                    length += len(words) + 1
        except PDFPasswordIncorrect:
            raise InputError(f"{path}: is protected by a password; save it without one") from None
        except PSException as error:
            raise InputError(f"{path}: is damaged or no PDF file ({error}); open it in a viewer and save it anew") from error
    if not count:
        raise InputError(f"{path}: is damaged or no PDF file (it has no pages); open it in a viewer and save it anew")
    text = "\n".join(parts)
    if not text:
        which = f"{_listed(unread)} of {count}" if unread else f"all of its {count} pages are blank"
        raise InputError(f"{path}: has no text to read on any page ({which}); if it is scanned, run text recognition (OCR) first")
    yield Document(path.stem, text, published, path=str(path), pages=tuple(min(offset, len(text)) for offset in pages))
    if unread:
        yield InputError(
            f"{path}: no text could be read on {_listed(unread)} of {count}; if scanned, run text recognition (OCR) over the file"
        )


def _read_page(page: PDFPage) -> str | None:
    """The text of a page; empty if the page is blank, None if it shows something but holds no text that can be read."""
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LTChar
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager

    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=None)
    try:
        PDFPageInterpreter(resources, device).process_page(page)
        items = list(_items(device.get_result()))
    except MemoryError:
        raise
    # A damaged page raises whatever the reader stumbles over, and the others may be whole.
    except Exception:
        return None
    characters = [item for item in items if isinstance(item, LTChar)]
    if len(characters) > _MOST_CHARACTERS:
        return None
    text = arrange(list(_glyphs(characters)))
    letters = [character for character in text if character not in "\n\t "]
    unreadable = sum(not character.isprintable() or character == "\N{REPLACEMENT CHARACTER}" for character in letters)
    if not letters or unreadable > _MOST_UNREADABLE * len(letters):
        return None if items else ""
    return text


def _items(container: LTContainer[Any]) -> Iterator[LTItem]:
    """What a page shows, that within figures included."""
    from pdfminer.layout import LTFigure

    for item in container:
        if isinstance(item, LTFigure):
            yield from _items(item)
        else:
            yield item


def _glyphs(characters: Sequence[LTChar]) -> Iterator[Glyph]:
    spaced = False
    drawn: set[tuple[str, int, int]] = set()
    for item in characters:
        text = "\N{REPLACEMENT CHARACTER}" if _UNMAPPED.fullmatch(item.get_text()) else item.get_text().strip()
        if not text:
            spaced = True
            continue
        # Bold letters are sometimes made by drawing them again, a little aside.
        unit = _REDRAWN * (item.height or 1)
        x, y = round(item.x0 / unit), round(item.y0 / unit)
        if not any((text, x + i, y + j) in drawn for i in (-1, 0, 1) for j in (-1, 0, 1)):
            drawn.add((text, x, y))
            yield Glyph(text, item.x0, item.y0, item.x1, item.y1, spaced)
            spaced = False


def _listed(pages: Sequence[int]) -> str:
    """Pages as a list in words, such as "pages 1, 4-6"."""
    spans: list[list[int]] = []
    for page in pages:
        if spans and page == spans[-1][1] + 1:
            spans[-1][1] = page
        else:
            spans.append([page, page])
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
    return f"page{'s' if len(pages) > 1 else ''} {shown}"
