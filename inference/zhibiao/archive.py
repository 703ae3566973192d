"""Looking into a ZIP-based office file before anything unpacks it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from zhibiao.errors import InputError

__all__ = ["check_archive"]

_MOST_ENTRIES = 10_000
_MOST_UNPACKED = 500_000_000  # bytes
# Spreadsheets shrink to a twentieth, bombs to a thousandth; small files may be anything.
_MOST_RATIO, _RATIO_COUNTS_FROM = 200, 10_000_000
_HEAD = 4096


def check_archive(path: Path) -> None:
    """Check that an office file is a ZIP archive that unpacks to a reasonable size and declares no entities.

    What an entry says of its size can be believed: :mod:`zipfile` never unpacks more than that.

    Raises:
        InputError: If it is none, or holds too many parts, too much, or a document type, which office files never have.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > _MOST_ENTRIES or unpacked > _MOST_UNPACKED:
                raise InputError(
                    f"{path}: unpacks to {len(parts):,} parts and {unpacked:,} bytes, more than the {_MOST_ENTRIES:,} parts "
                    f"and {_MOST_UNPACKED:,} bytes that are read; split it, or take the pictures out"
                )
            if unpacked > _RATIO_COUNTS_FROM and unpacked > _MOST_RATIO * path.stat().st_size:
                raise InputError(f"{path}: unpacks to {unpacked:,} bytes, too many for its size (a ZIP bomb?); it is not read")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        head = stream.read(_HEAD).replace(b"\0", b"")  # which UTF-16 puts between the letters
                    if b"<!DOCTYPE" in head:
                        raise InputError(f"{path}: its part {part.filename} declares a document type; it is not read")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(
            f"{path}: is damaged, protected by a password or of another format ({error}); open it in an office program "
            f"and save it anew"
        ) from error
