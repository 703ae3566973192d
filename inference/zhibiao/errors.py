"""The one root of every error zhibiao raises on purpose."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["InputError", "MissingExtraError", "ModelError", "ZhibiaoError", "require"]


class ZhibiaoError(Exception):
    """Something zhibiao was given cannot be used; the message says what, why and what to do."""


class InputError(ZhibiaoError, ValueError):
    """A document, a file or an argument of the caller's cannot be read or understood.

    Attributes:
        path: The file it is about, where its reader knows it.
        row: The row or line of that file, from 1; None where it is about all of it.
    """

    path: str | None = None
    row: int | None = None


class ModelError(ZhibiaoError):
    """A model folder is missing, incomplete, damaged or of another format."""


class MissingExtraError(ZhibiaoError, ImportError):
    """A package that belongs to an optional extra is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package!r}: pip install 'zhibiao[{extra}]'")
        self.package = package
        self.extra = extra


def require(package: str, extra: str, purpose: str) -> None:
    """Find out whether a package of an extra is installed, without importing it.

    Args:
        package: The name it is imported by.
        extra: The extra of zhibiao that has it.
        purpose: What needs it, as the subject of a sentence.

    Raises:
        MissingExtraError: If it is not.
    """
    if find_spec(package) is None:
        raise MissingExtraError(package, extra, purpose)
