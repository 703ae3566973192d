"""A report to look at: one HTML page with articles, facts and charts, which needs nothing but itself.

The page is ``data/view.html`` with the style, the script, the words and the data put in. It runs offline, from a file. Text of
documents can neither run nor change it: it is embedded as JSON without any character that means something in HTML, the script
makes text nodes of it, and the page's policy allows no other script and no connection.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn, TextIO

from zhibiao.columns import COLUMNS
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.indicator import indicators
from zhibiao.sink import check_place, replacing

__all__ = ["check_report", "read_extractions", "render_report", "save_report", "write_report"]

# What ends or begins a tag, a comment or a line of script, what turns the direction of the text around it, and what UTF-8 or HTML
# cannot hold. JSON has an escape for each.
_UNSAFE = re.compile("[<>&\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
# What the pieces of a long document have each on its own.
_LISTS = ("entities", "relations", "facts")
_ENDINGS = (".html", ".htm")


def render_report(extractions: Iterable[Extraction]) -> str:
    """Return the page as one string; see :func:`write_report`."""
    return "".join(_page(extractions))


def write_report(extractions: Iterable[Extraction], stream: TextIO) -> None:
    """Write one self-contained HTML page that shows extractions.

    The same extractions give the same page.

    Args:
        extractions: Read one document at a time; a long one may come in pieces.
        stream: What to write to, in UTF-8.

    Raises:
        InputError: If an extraction holds a number that JSON has no form for.
    """
    stream.writelines(_page(extractions))


def save_report(extractions: Iterable[Extraction], path: Path) -> None:
    """Write the page to a file, which appears when all of it is there.

    Raises:
        InputError: If :func:`check_report` finds fault with ``path``, or it cannot be written.
    """
    check_report(path)
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        write_report(extractions, stream)


def check_report(path: Path) -> None:
    """Find out whether :func:`save_report` can write a file, before any work is done.

    Raises:
        InputError: If its name ends in neither ``.html`` nor ``.htm``, its folder is missing, or it is a directory itself.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(f"{path}: a report is a web page; end the name of the output in .html")
    check_place(path)


def read_extractions(path: Path) -> Iterator[Extraction]:
    """Read the file that ``zhibiao extract -o out.jsonl`` writes, one document at a time.

    Raises:
        InputError: If the file cannot be read, holds nothing, or one of its lines is no extraction; the message names the line.
    """
    found = False
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    found = True
                    yield _read_line(line, f"{path}, line {number}")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); name a file of zhibiao extract -o") from error
    if not found:
        raise InputError(f"{path}: the file is empty; zhibiao extract FILE -o {path.stem}.jsonl writes one to look at")


def _read_line(line: bytes, place: str) -> Extraction:
    try:
        row = json.loads(line.decode("utf-8-sig"), parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: is not JSON ({error}); only what zhibiao extract -o out.jsonl writes can be shown") from error
    if not isinstance(row, dict) or not {"id", "text", "entities"} <= row.keys():
        raise InputError(
            f"{place}: is no extraction, for it lacks id, text or entities; write one with zhibiao extract -o out.jsonl"
        )
    try:
        if not isinstance(row["text"], str):
            raise TypeError("its text is no string")
        return Extraction.from_json(row)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise InputError(
            f"{place}: does not keep to the output contract ({error}); write it anew with zhibiao extract"
        ) from error


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _refuse(digits: str) -> NoReturn:
    raise ValueError(f"{digits} is no number")


def _page(extractions: Iterable[Extraction]) -> Iterator[str]:
    """The page in pieces, so that no more than one document is in memory."""
    style, charts, script = _file("view.css"), _file("view.charts.js"), _file("view.js")
    known = {"policy": _policy(style, charts, script), "style": style, "charts": charts, "script": script}
    # Split before anything is put in: a document may hold {{script}} as well.
    for number, piece in enumerate(re.split(r"\{\{(\w+)\}\}", _file("view.html"))):
        if number % 2 == 0:
            yield piece
        elif piece == "data":
            yield from _data(extractions)
        else:
            yield known[piece]


def _file(name: str) -> str:
    return resources.files("zhibiao").joinpath("data", name).read_text(encoding="utf-8")


def _policy(style: str, *scripts: str) -> str:
    """What the page may do: run these scripts, show this style, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_digest, scripts))}",
            f"style-src {_digest(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _data(extractions: Iterable[Extraction]) -> Iterator[str]:
    """The data of the page as one JSON object."""
    named: set[str] = set()
    yield '{"documents":['
    for number, row in enumerate(_rows(extractions)):
        named.update(fact["indicator"] for fact in row["facts"] if fact["indicator"])
        yield ("," if number else "") + _json(row)
    names = {each.id: [each.name, each.english] for each in indicators() if each.id in named}
    rest = {"indicators": names, "columns": [column.name for column in COLUMNS], "words": json.loads(_file("view.words.json"))}
    yield "]," + _json(rest)[1:]


def _rows(extractions: Iterable[Extraction]) -> Iterator[dict[str, Any]]:
    """The extractions as JSON objects, the pieces of a long document as one."""
    whole: dict[str, Any] | None = None
    for extraction in extractions:
        row = extraction.to_json()
        if whole is None:
            whole = row
        else:
            for name in _LISTS:
                whole[name] += row[name]
        if not extraction.more:
            yield whole
            whole = None
    if whole is not None:
        yield whole


def _json(value: Any) -> str:
    """JSON that can stand within a script element of a page in UTF-8."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise InputError(f"{value.get('id')}: holds a number that cannot be written ({error}); leave it out") from error
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
