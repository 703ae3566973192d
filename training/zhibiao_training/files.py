"""Writing a file so that a kill at any moment leaves either the old one or the new one, whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replaced"]


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give the name of a file beside ``path`` to write; once it is written, and on the disk, it takes the place of ``path``.

    If writing fails, ``path`` stays as it was.
    """
    scratch = path.with_name(f"{path.name}.part")
    try:
        yield scratch
        with scratch.open("rb+") as written:
            os.fsync(written.fileno())
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    scratch.replace(path)
