"""Names into areas."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Region"]


@dataclass(frozen=True, slots=True)
class Region:
    """A reference area.

    Attributes:
        name: Its canonical name (广东 is 广东省).
        code: Its six-digit GB/T 2260 code, for a development zone that of the division it lies in, for a country its ISO 3166-1 alpha-2
            code; None where it is not known.
    """

    name: str
    code: str | None = None
