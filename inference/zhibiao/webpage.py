"""Reading web pages: the main text with its title and tables, and the date of publication."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.text import decode_text

__all__ = ["read_webpage"]

_HEAD = 4096
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE)
# Pages labelled with the older of the Chinese encodings make use of the newer ones. Others than these are not taken from a page.
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "utf-8": "utf-8", "utf8": "utf-8"}
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# The names that HTML and trafilatura give to what stands on lines of its own.
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl", "dt", "figure",
    "figcaption", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "item", "lb", "li", "list",
    "main", "ol", "p", "pre", "quote", "row", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"cell", "td", "th"})
_ROWS = frozenset({"row", "tr"})
_LEFT_OUT = frozenset({
    "aside", "button", "footer", "head", "iframe", "nav", "noscript", "object", "option", "script", "select", "style", "svg",
    "template", "textarea", "title",
})  # fmt: skip
# A cell that holds more than this is no cell of a table but a part of a page laid out with tables.
_MOST_BLOCKS, _MOST_TEXT = 3, 200
_TITLED = 3  # among the first lines of the main text the title may stand again
_WHITE = re.compile(r"[ \t\r\n\f\v\xa0]+")
# A line end in the source is a space, but not between Chinese characters.
_WRAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*\r?\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")


def read_webpage(path: Path, published: date | None = None) -> Iterator[Document | InputError]:
    """Read a web page saved as .html or .mhtml.

    Navigation, scripts and the like are left out. The title is the first line; a table row is a line with tabs between its cells.

    Args:
        path: The file.
        published: Its date of publication; None to take it from the metadata of the page, if that states one.

    Yields:
        One document.

    Raises:
        InputError: If the page is in an unknown encoding, nested too deeply or without text, or if trafilatura is missing.
    """
    try:
        from htmldate import find_date
        from lxml import etree
        from lxml.html import HTMLParser, document_fromstring
        from trafilatura import bare_extraction
    except ImportError:
        raise InputError(
            f"{path}: reading web pages needs trafilatura; install it with: pip install 'zhibiao[formats]'"
        ) from None

    page = _decoded(path)
    parser = HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        tree = document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.LxmlError as error:
        raise InputError(f"{path}: cannot be read as a web page ({error}); save its text instead") from error
    # libxml2 gives up at a certain depth and what follows is lost.
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise InputError(f"{path}: its elements are nested too deeply to be read; save its text instead")

    whole = _rendered(tree)
    if published is None:
        # The head alone: days in the text may be any.
        head = document_fromstring(b"<html><body></body></html>")
        head[:0] = deepcopy(tree.xpath("/html/head"))
        with suppress(ValueError):
            published = date.fromisoformat(find_date(head, extensive_search=False, original_date=True) or "")
    found: Any = bare_extraction(tree, fast=True, include_comments=False, include_tables=True, with_metadata=True)
    title, text = "", ""
    if found is not None:
        title = " ".join((found.title or "").split())
        # Where it finds no main text it puts everything into one paragraph, and tables are lost.
        if found.body is not None and not (len(found.body) == 1 and "\n" in (found.body[0].text or "").strip()):
            text = _rendered(found.body)
    text = text or whole
    if not text:
        raise InputError(f"{path}: has no text; pages that a script fills must be saved from the browser")
    if title:
        lines = text.split("\n")
        text = "\n".join([title, *(line for line in lines[:_TITLED] if line != title), *lines[_TITLED:]])
    yield Document(path.stem, text, published, path=str(path))


def _decoded(path: Path) -> str:
    data, charset = path.read_bytes(), ""
    if path.suffix.lower() in {".mht", ".mhtml"}:
        data, charset = _main_part(path, data)
    if match := _CHARSET.search(data[:_HEAD]):
        charset = charset or match[1].decode("ascii", "replace")
    encoding = _CHARSETS.get(charset.lower())
    if encoding and not data.startswith(_MARKS):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    try:
        return decode_text(data, str(path))
    except InputError:
        if not encoding:
            raise
    # The page says what it is written in, so it is a page, with a few bytes broken, as many have.
    return data.decode(encoding, "replace")


def _main_part(path: Path, data: bytes) -> tuple[bytes, str]:
    """The page within an archive of a page with its pictures, and the encoding it is labelled with."""
    for part in message_from_bytes(data, policy=policy.default).walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                return content, part.get_content_charset("")
    raise InputError(f"{path}: holds no web page; save it as .html")


def _rendered(tree: Any) -> str:
    """The text of a tree, a line for each block and each table row."""
    from lxml import etree

    pieces: list[str] = []
    plain: list[bool] = []  # of the cells around the place, whether they are cells of a table
    first = [True]  # of the rows around it, whether no cell of theirs has come yet
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        gap = " " if plain and plain[-1] else "\n"
        if event == "start":
            if tag in _LEFT_OUT and not (tag == "head" and element.get("rend")):
                walk.skip_subtree()
                continue
            if tag in _CELLS:
                plain.append(_is_plain(element))
                pieces.append("\n" if not plain[-1] else "" if first[-1] else "\t")
                first[-1] = False
            elif tag in _ROWS:
                pieces.append(gap)
                first.append(True)
            elif tag in _BLOCKS:
                pieces.append(gap)
            pieces.append(_collapsed(element.text))
        else:
            if tag in _CELLS:
                if plain and not plain.pop():
                    pieces.append("\n")
            elif tag in _ROWS:
                pieces.append(gap)
                if len(first) > 1:
                    first.pop()
            elif tag in _BLOCKS:
                pieces.append(gap)
            # White space between the cells of a row would be taken for text.
            if element is not tree and (tag not in _CELLS or (element.tail or "").strip()):
                pieces.append(_collapsed(element.tail))
    lines = ("\t".join(" ".join(cell.split()) for cell in line.split("\t")) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line.strip())


def _is_plain(cell: Any) -> bool:
    blocks = 0
    length = 0
    for element in cell.iter():
        if element is not cell:
            blocks += element.tag in _BLOCKS
            length += len(element.tail or "")
            if element.tag == "table":
                return False
        length += len(element.text or "")
        if blocks > _MOST_BLOCKS or length > _MOST_TEXT:
            return False
    return True


def _collapsed(text: str | None) -> str:
    return _WHITE.sub(" ", _WRAP.sub("", text)) if text else ""
