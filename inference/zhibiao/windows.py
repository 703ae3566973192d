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


def split_windows(text: str, size: int, context: int, begin: int = 0, stop: int | None = None) -> list[Window]:
    """Cover ``text[begin:stop]`` with overlapping windows of at most ``size`` characters.

    A window answers for its middle only: ``context`` characters on either inner side are read for their context, so that no character
    near an edge is judged without its neighbours. A window's edge is drawn back to a line or sentence end where one is near.

    Args:
        text: The whole text.
        size: Most characters a window may hold.
        context: Characters of context on each inner side, less than a third of ``size``.
        begin, stop: The part of the text to cover, all of it by default.

    Raises:
        ValueError: If ``size`` or ``context`` is out of range.
    """
    if size < 3 or not 0 <= context * 3 < size:
        raise ValueError(f"context ({context}) must be less than a third of size ({size}), and size at least 3")
    stop = len(text) if stop is None else stop
    if stop <= begin:
        return []
    windows = []
    own_start = begin
    while True:
        start = max(begin, own_start - context)
        if stop - start <= size:
            windows.append(Window(start, stop, own_start, stop))
            return windows
        own_end = _nearest_break(text, own_start + 1, start + size - context)
        windows.append(Window(start, min(stop, own_end + context), own_start, own_end))
        own_start = own_end


def _nearest_break(text: str, low: int, high: int) -> int:
    """The last place in ``low … high`` right after a line or sentence end, searched over the last third; else ``high``."""
    floor = max(low, high - (high - low) // 3)
    for end in range(high, floor, -1):
        if text[end - 1] in "\n。！？":
            return end
    return high
