"""Windows: the stretches of a text that the encoder reads at one go."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Window", "split_windows"]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text, ``text[start:end]``, read with the context it needs.

    Attributes:
        start, end: What the encoder reads, half-open.
        own_start, own_end: The part it answers for. The own parts of all windows tile the text.
    """

    start: int
    end: int
    own_start: int
    own_end: int


def split_windows(text: str, size: int, before: int, after: int, begin: int = 0, stop: int | None = None) -> list[Window]:
    """Cover ``text[begin:stop]`` with overlapping windows of at most ``size`` characters.

    A window answers for a part of what it reads; the characters before and after it are read for their context, so that none
    near an edge is judged without its neighbours. Where a line or sentence ends near an inner edge, the edge is drawn back to it.

    Args:
        text: The whole text.
        size: Most characters a window may hold.
        before, after: Characters of context before and after a window's own part; together less than two thirds of ``size``.
        begin, stop: The part of the text to cover, all of it by default.

    Raises:
        ValueError: If ``size``, ``before`` or ``after`` is out of range.
    """
    if before < 0 or after < 0 or 3 * (before + after) >= 2 * size:
        raise ValueError(f"before ({before}) and after ({after}) must come to less than two thirds of size ({size})")
    stop = len(text) if stop is None else stop
    windows: list[Window] = []
    own_start = begin
    while own_start < stop:
        start = max(begin, own_start - before)
        if stop - start <= size:
            windows.append(Window(start, stop, own_start, stop))
            break
        own_end = _nearest_break(text, own_start + 1, start + size - after)
        windows.append(Window(start, own_end + after, own_start, own_end))
        own_start = own_end
    return windows


def _nearest_break(text: str, low: int, high: int) -> int:
    """The last place in ``low … high`` right after a line or sentence end, searched over the last third; else ``high``."""
    for end in range(high, high - (high - low) // 3, -1):
        if text[end - 1] in "\n。！？":
            return end
    return high
