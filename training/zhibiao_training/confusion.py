"""Which labels a model takes for which, and whether it errs in labels or in boundaries.

Gold and found mentions that overlap are paired one to one: those that share most of their characters first (intersection over
union), of equals those with one label. Every mention is thus counted once, and the kinds of errors are those of MUC (Chinchor
and Sundheim, MUC-5, 1993) with the partial matches told apart as in SemEval-2013 task 9 (Segura-Bedmar et al.).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from zhibiao.labels import LABELS

__all__ = ["KINDS", "NONE", "Confusion", "Span", "confuse"]

#: ``(label, start, end)``.
Span = tuple[str, int, int]

#: Stands for no mention at all.
NONE = "none"

#: What can become of a mention, see :class:`Confusion`.
KINDS = ("right", "boundary", "label", "both", "missed", "added")


@dataclass(frozen=True, slots=True)
class Confusion:
    """Gold labels against found ones.

    Attributes:
        labels: The names of rows and columns; the last one is ``none``.
        cells: How many mentions of the label of the row (gold) were found with that of the column. The last column counts the
            gold mentions that nothing found overlaps, the last row the found ones that overlap no gold.
        kinds: By gold label, how many mentions are ``right``, have another ``boundary`` only, another ``label`` only, ``both`` of
            these, or were ``missed``; by found label, how many were ``added``.
    """

    labels: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    kinds: dict[str, dict[str, int]]


def confuse(readings: Iterable[tuple[Iterable[Span], Iterable[Span]]]) -> Confusion:
    """Compare the gold and the found mentions of several texts."""
    cells: Counter[tuple[str, str]] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    for gold, found in readings:
        for wanted, got in _pairs(sorted(gold, key=_place), sorted(found, key=_place)):
            label = wanted[0] if wanted else got[0] if got else NONE
            cells[wanted[0] if wanted else NONE, got[0] if got else NONE] += 1
            kinds[label, _kind(wanted, got)] += 1
    labels = (*LABELS, NONE)
    return Confusion(
        labels,
        tuple(tuple(cells[row, column] for column in labels) for row in labels),
        {label: {kind: kinds[label, kind] for kind in KINDS} for label in LABELS},
    )


def _place(span: Span) -> tuple[int, int]:
    return span[1:]


def _pairs(gold: Sequence[Span], found: Sequence[Span]) -> Iterator[tuple[Span | None, Span | None]]:
    """Pair mentions that overlap; those left over stand by themselves."""
    holders: dict[int, list[int]] = defaultdict(list)
    for number, (_, start, end) in enumerate(found):
        for offset in range(start, end):
            holders[offset].append(number)
    candidates = []
    for number, (label, start, end) in enumerate(gold):
        for other, common in Counter(holder for offset in range(start, end) for holder in holders.get(offset, ())).items():
            other_label, other_start, other_end = found[other]
            share = common / (end - start + other_end - other_start - common)
            candidates.append((-share, label != other_label, number, other))
    free_gold, free_found = set(range(len(gold))), set(range(len(found)))
    for _, _, number, other in sorted(candidates):
        if number in free_gold and other in free_found:
            free_gold.remove(number)
            free_found.remove(other)
            yield gold[number], found[other]
    yield from ((gold[number], None) for number in sorted(free_gold))
    yield from ((None, found[other]) for other in sorted(free_found))


def _kind(wanted: Span | None, got: Span | None) -> str:
    if wanted is None:
        return "added"
    if got is None:
        return "missed"
    if wanted[0] == got[0]:
        return "right" if wanted == got else "boundary"
    return "label" if wanted[1:] == got[1:] else "both"
