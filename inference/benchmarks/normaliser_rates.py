"""How many expressions a second each normaliser reads, on one core.

    python inference/benchmarks/normaliser_rates.py [--corpus annotations/corpus] [--rounds 5]

The expressions are the mentions of the project's own corpus: all of them in the order they stand ("as in text", where some come
again and again), and each different one once ("different"). Every round begins with empty caches; the median of the rounds is
told, with the slowest and the fastest. A short sum of squares before and after each part tells whether the machine was busy.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from zhibiao import find_indicator, parse_period, parse_quantity, quantity, resolve_region

_MENTION = re.compile(r"⟦([VPRM])\d+[^:⟦⟧]*:([^⟦⟧]*)⟧")
_PUBLISHED = date(2024, 10, 26)


def _expressions(corpus: Path) -> dict[str, list[str]]:
    """The words of VALUEs, PERIODs, REGIONs and METRICs by their letter."""
    found: dict[str, list[str]] = {letter: [] for letter in "VPRM"}
    for path in sorted(corpus.glob("*.ann.txt")):
        for letter, words in _MENTION.findall(path.read_text(encoding="utf-8")):
            found[letter].append(words)
    return found


def _forget() -> None:
    quantity._read_any.cache_clear()


def _rates(read: Callable[[str], object], expressions: Sequence[str], rounds: int) -> list[float]:
    rates = []
    for _ in range(rounds):
        _forget()
        begin = time.perf_counter()
        for words in expressions:
            read(words)
        rates.append(len(expressions) / (time.perf_counter() - begin))
    return sorted(rates)


def _probe() -> float:
    """Milliseconds of a fixed piece of work: about the same each time on a quiet machine."""
    begin = time.perf_counter()
    sum(number * number for number in range(300_000))
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("annotations/corpus"))
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    found = _expressions(args.corpus)
    readers: dict[str, tuple[str, Callable[[str], object]]] = {
        "parse_quantity": ("V", parse_quantity),
        "parse_period": ("P", lambda words: parse_period(words, _PUBLISHED)),
        "resolve_region": ("R", resolve_region),
        "find_indicator": ("M", find_indicator),
    }
    print(
        f"{'parser':16}{'expressions':14}{'number':>8}{'a second':>12}{'slowest':>12}{'fastest':>12}  probe before and after, ms"
    )
    for name, (letter, read) in readers.items():
        read("全国")  # loads the data
        for kind, expressions in (("as in text", found[letter]), ("different", sorted(set(found[letter])))):
            before = _probe()
            rates = _rates(read, expressions, args.rounds)
            row = f"{statistics.median(rates):12,.0f}{rates[0]:12,.0f}{rates[-1]:12,.0f}"
            print(f"{name:16}{kind:14}{len(expressions):8,}{row}  {before:.0f} {_probe():.0f}")


if __name__ == "__main__":
    main()
