"""Reading input: bytes into text, and the date of publication."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from zhibiao.errors import InputError

__all__ = ["BYTE_ORDER_MARKS", "decode_text", "parse_date", "read_text"]

#: Byte order marks, each with the codec that drops it and the encoding's name.
#: UTF-32 comes first: its little-endian mark begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# White space aside. Text layers of PDF files carry a few of these, binary files many.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_MOST_CONTROLS = 0.1
# GB18030 gives nearly any bytes some meaning, but what was never meant so lands on rare characters: of prose, simplified or
# traditional, nearly all characters belong to the everyday set of the one or the other; of Big5 or Shift JIS read that way, half.
_SIMPLIFIED, _TRADITIONAL = "gb2312", "big5"
_LEAST_EVERYDAY = 0.85
# The accents of Latin-1 with the letters after them land on traditional characters too, but are few among the letters.
_LEAST_HANZI = 1 / 3
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_text(path: Path) -> str:
    """Read a text file, see :func:`decode_text`.

    Raises:
        InputError: If there is no such file, it cannot be read, is empty or is not text.
    """
    # Asked first, since opening a directory fails in ways that differ from system to system.
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a directory; name the files in it")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the file and its permissions") from error
    return decode_text(data, str(path))


def decode_text(data: bytes, name: str) -> str:
    """Decode the bytes of a file: UTF-8, UTF-16 or UTF-32 with a byte order mark, or GB18030 (and so GBK and GB2312).

    UTF-8 is tried first and GB18030 only where the bytes are not UTF-8 and what comes out looks like Chinese text. A byte order
    mark is part of the encoding and not of the text: it is dropped here, so offsets count from the character after it. Everything
    else is kept, line endings too: CRLF stays two characters.

    Args:
        data: The whole file.
        name: What to call it in error messages.

    Raises:
        InputError: If it is empty, holds only white space, is in another encoding or is no text at all.
    """
    text = _decode(data, name)
    if not text.strip():
        raise InputError(f"{name}: is empty; there is nothing to extract from")
    if len(_CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        raise InputError(f"{name}: is not text (a binary file, or UTF-16 without its byte order mark?); save it as UTF-8 text")
    return text


def _decode(data: bytes, name: str) -> str:
    for mark, encoding, title in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                offset = error.start + (len(mark) if encoding == "utf-8-sig" else 0)
                raise InputError(
                    f"{name}: begins as {title} but is not: {_at(data, offset)} ({error.reason}); save it as UTF-8 and try again"
                ) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        failure = error
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        # A damaged file is one encoding up to the damage: name the place where the one that reads further stops.
        further = error if error.start > failure.start else failure
        raise InputError(_neither(name, data, further)) from further
    if not _is_plausible(text):
        raise InputError(_neither(name, data, failure)) from failure
    return text


def _is_plausible(text: str) -> bool:
    """Whether text decoded as GB18030 was meant so."""
    if _CONTROLS.search(text):
        return False
    counts = Counter(character for character in text if not character.isascii())
    least = _LEAST_EVERYDAY * counts.total()
    if _count_in(_SIMPLIFIED, counts) >= least:
        return True
    return counts.total() >= _LEAST_HANZI * len(text) and _count_in(_TRADITIONAL, counts) >= least


def _count_in(encoding: str, counts: Counter[str]) -> int:
    """How many of the characters counted an encoding has."""
    return sum(count for character, count in counts.items() if character.encode(encoding, "ignore"))


def _neither(name: str, data: bytes, error: UnicodeDecodeError) -> str:
    return f"{name}: is neither UTF-8 nor GB18030: {_at(data, error.start)} ({error.reason}); save it as UTF-8 and try again"


def _at(data: bytes, offset: int) -> str:
    return f"byte 0x{data[offset]:02x} at offset {offset}"


def parse_date(value: date | str) -> date:
    """Read a date of publication.

    Args:
        value: ``YYYY-MM-DD``, or a date.

    Raises:
        InputError: If it is written in another way or is no day of the calendar.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    # date.fromisoformat alone takes 20201113 and 2020-W46-5 too.
    if _ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise InputError(f"published: {value!r} is not a date; write it as YYYY-MM-DD, such as 2020-11-13")
