"""The names of the field: mention labels, BIOES tags, link types and VALUE attributes.

Their meaning is laid down in ``annotations/guidelines.md``; their order is part of a model's format.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DIRECTIONS",
    "KINDS",
    "LABELS",
    "LINK_HEADS",
    "LINK_TAILS",
    "LINK_TYPES",
    "STATUSES",
    "TAGS",
    "attributes_of",
    "legal_transitions",
    "parse_attributes",
]

LABELS = ("ORG", "REGION", "PERIOD", "METRIC", "SUBJECT", "VALUE")
#: BIOES: begin, inside, outside, end, single (Ratinov and Roth, CoNLL 2009, under the name BILOU).
TAGS = ("O", *(f"{position}-{label}" for label in LABELS for position in "BIES"))

LINK_TYPES = ("value_of", "in_region", "in_period", "of_org", "of_subject")
LINK_HEADS = {
    "value_of": frozenset({"VALUE"}),
    "in_region": frozenset({"VALUE", "METRIC"}),
    "in_period": frozenset({"VALUE", "METRIC"}),
    "of_org": frozenset({"VALUE", "METRIC"}),
    "of_subject": frozenset({"VALUE", "METRIC"}),
}
LINK_TAILS = {
    "value_of": frozenset({"METRIC"}),
    "in_region": frozenset({"REGION"}),
    "in_period": frozenset({"PERIOD"}),
    "of_org": frozenset({"ORG"}),
    "of_subject": frozenset({"SUBJECT", "METRIC"}),
}

# An attribute such as "yoy+" is read as three independent choices.
KINDS = ("", "yoy", "mom", "chg", "rank")
DIRECTIONS = ("", "+", "-")
STATUSES = ("", "est", "target")


def legal_transitions() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which tag may open, follow and close a sequence.

    Returns:
        ``(first, follows, last)`` with shapes ``(tags,)``, ``(tags, tags)`` and ``(tags,)``; ``follows[a, b]`` tells whether tag
        ``b`` may stand right after tag ``a``.
    """

    def inside(tag: str) -> str:
        """The label that a tag leaves open, or ''."""
        return tag[2:] if tag[0] in "BI" else ""

    def wants(tag: str) -> str:
        """The label that must be open before a tag, or ''."""
        return tag[2:] if tag[0] in "IE" else ""

    follows = np.array([[inside(a) == wants(b) for b in TAGS] for a in TAGS])
    first = np.array([wants(tag) == "" for tag in TAGS])
    last = np.array([inside(tag) == "" for tag in TAGS])
    return first, follows, last


def parse_attributes(attributes: tuple[str, ...]) -> tuple[int, int, int]:
    """Turn attributes such as ``("yoy+", "est")`` into indices of :data:`KINDS`, :data:`DIRECTIONS` and :data:`STATUSES`.

    Of two attributes of one kind (``yoy+ mom+``), the first counts.
    """
    kind = direction = status = 0
    for attribute in attributes:
        if attribute in STATUSES:
            status = status or STATUSES.index(attribute)
        elif not kind:
            sign = attribute[-1] if attribute[-1] in "+-" else ""
            kind, direction = KINDS.index(attribute.removesuffix(sign) if sign else attribute), DIRECTIONS.index(sign)
    return kind, direction, status


def attributes_of(kind: int, direction: int, status: int) -> tuple[str, ...]:
    """The inverse of :func:`parse_attributes`; a direction counts only for a change."""
    name = KINDS[kind]
    if name in ("yoy", "mom", "chg"):
        name += DIRECTIONS[direction]
    return tuple(part for part in (name, STATUSES[status]) if part)
