"""Scores made probabilities: logistic curves that were fitted on text the model had not seen.

A network is surer of itself than it is right (Guo et al., ICML 2017). A curve of two parameters on the log odds of a score
(Platt, 1999) mends most of that; the ``config.json`` of a model holds one each for mentions, links and facts, as
``calibration``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Calibration", "Curve"]

_LEAST = 1e-4  # scores are given with four digits


@dataclass(frozen=True, slots=True)
class Curve:
    """``1 / (1 + exp(-(slope * log(s / (1 - s)) + offset)))``; by default the score itself."""

    slope: float = 1.0
    offset: float = 0.0

    def apply(self, score: float) -> float:
        """The probability, 0 … 1, that something of this score is right."""
        if self == Curve():
            return score
        kept = min(max(score, _LEAST), 1 - _LEAST)
        return round(1 / (1 + math.exp(-(self.slope * math.log(kept / (1 - kept)) + self.offset))), 4)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves of a model.

    Attributes:
        mentions, links, facts: For the scores of each. That of a fact is applied to the product of the raw scores of its parts.
    """

    mentions: Curve = Curve()
    links: Curve = Curve()
    facts: Curve = Curve()

    @classmethod
    def from_json(cls, curves: Mapping[str, Mapping[str, Any]]) -> Calibration:
        """Read what ``zhibiao-train calibrate`` wrote.

        Raises:
            ValueError: If a curve is of another method than ``platt``.
            KeyError, TypeError: If a curve or a parameter is missing or of another kind.
        """
        read = {name: curves[name] for name in ("mentions", "links", "facts")}
        if other := {curve["method"] for curve in read.values()} - {"platt"}:
            raise ValueError(f"calibration by {other.pop()!r}; only 'platt' is read")
        return cls(**{name: Curve(float(curve["slope"]), float(curve["offset"])) for name, curve in read.items()})
