"""Offsets as browsers count them: in UTF-16 code units, of which a character beyond U+FFFF (an emoji) takes two."""

from __future__ import annotations

from itertools import accumulate

__all__ = ["code_units"]


def code_units(text: str) -> list[int]:
    """The offset of every character of a text, and of its end, in UTF-16 code units."""
    return list(accumulate((1 + (character > "\uffff") for character in text), initial=0))
