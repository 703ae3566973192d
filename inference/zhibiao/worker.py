"""The process that parses files for :mod:`zhibiao.sandbox`: requests come in on standard input, answers go out on the output.

Both are JSON, one value a line. A request holds the arguments of :func:`_read`; the answer to it is lists of documents and
errors and then ``null``. The first argument of the process is the memory it may use, in bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from zhibiao.document import Document
from zhibiao.errors import InputError

__all__ = ["main"]

_MEGABYTE = 1_000_000
# A file is read whole, except for tables and JSON Lines.
_LARGEST = {"webpage": 20 * _MEGABYTE, "word": 100 * _MEGABYTE, "workbook": 100 * _MEGABYTE, "pdf": 300 * _MEGABYTE}
_LONGEST = 10_000_000  # characters of a document
_BATCH, _BATCH_SIZE = 100, 1_000_000  # documents, and characters, that are answered together


def main() -> None:
    """Answer requests until standard input ends."""
    # Whatever a library prints must not get among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _limit_memory(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        batch: list[dict[str, Any]] = []
        size = 0
        for item in _answers(json.loads(line)):
            batch.append(_to_json(item))
            size += len(item.text) if isinstance(item, Document) else 0
            if len(batch) >= _BATCH or size >= _BATCH_SIZE:
                _write(answers, batch)
                batch, size = [], 0
        _write(answers, batch)
        _write(answers, None)


def _write(answers: BinaryIO, value: Any) -> None:
    answers.write(json.dumps(value).encode() + b"\n")
    answers.flush()


def _limit_memory(size: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ImportError, ValueError, OSError):
        return  # Windows and macOS have no such limit: the one of time remains


def _answers(request: dict[str, Any]) -> Iterator[Document | InputError]:
    path = Path(request["path"])
    published = date.fromisoformat(request["published"]) if request["published"] else None
    try:
        for item in _read(request["kind"], path, published, request["text_column"]):
            if isinstance(item, Document) and len(item.text) > _LONGEST:
                yield InputError(f"{path}: has {len(item.text):,} characters, more than the {_LONGEST:,} that are read; split it")
            else:
                yield item
    except InputError as error:
        yield error
    except MemoryError:
        yield InputError(f"{path}: needs too much memory; split it, or save its text instead")
    except OSError as error:
        yield InputError(f"{path}: cannot be read ({error.strerror or error}); check the file and its permissions")
    # Libraries raise whatever they like at damaged files.
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        yield InputError(f"{path}: is damaged and cannot be read ({reason}); save it anew, or its text instead")


def _read(kind: str, path: Path, published: date | None, text_column: str | None) -> Iterator[Document | InputError]:
    size = path.stat().st_size
    if size > _LARGEST.get(kind, size):
        raise InputError(f"{path}: has {size:,} bytes, more than the {_LARGEST[kind]:,} that are read; split it")
    if kind == "webpage":
        from zhibiao.webpage import read_webpage

        return read_webpage(path, published)
    if kind == "pdf":
        from zhibiao.pdf import read_pdf

        return read_pdf(path, published)
    if kind == "word":
        from zhibiao.word import read_word

        return read_word(path, published)
    from zhibiao import rows

    read = {"csv": rows.read_csv, "jsonl": rows.read_jsonl, "parquet": rows.read_parquet, "workbook": rows.read_workbook}[kind]
    return read(path, published, text_column)


def _to_json(item: Document | InputError) -> dict[str, Any]:
    if isinstance(item, InputError):
        return {"error": str(item), "row": item.row}
    published = item.published.isoformat() if item.published else None
    return {"id": item.id, "text": item.text, "published": published, "path": item.path, "row": item.row, "pages": item.pages}


if __name__ == "__main__":
    main()
