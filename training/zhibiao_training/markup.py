"""HTML and SVG put together so that no text can become markup: whatever is not made by :func:`tag` is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["Markup", "join", "tag"]

_VOID = frozenset({"input", "meta"})


class Markup(str):
    """A piece of markup, which :func:`tag` takes as it stands."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element.

    Args:
        name: Its name.
        children: What it holds; everything but :class:`Markup` is text and is escaped.
        attributes: Its attributes, with ``_`` for ``-``, and one more at the end of Python's own words (``class_``). One that is
            None is left out.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items() if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Markup:
    """Pieces of markup and of text, one after the other; the text is escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(str(child)) for child in children))
