"""How well pages are read: articles, joins and dates on the pages of ``tests/pages``, whose truth is known by construction.

    python inference/benchmarks/pages.py [--pages tests/pages] [--misses]

- articles: F1 of the places between neighbouring lines where one article ends and another begins;
- titles: share of the articles with a headline whose title is told;
- joins: precision and recall of pairs of pieces of a paragraph, both those next to each other and those moved;
- dates: share of the pages whose date of publication is right, unknown included.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from zhibiao.page import read_page
from zhibiao.publication import find_publication


@dataclass
class Tally:
    """Right, told and true ones."""

    right: int = 0
    told: int = 0
    true: int = 0

    def add(self, told: set[Any], true: set[Any]) -> None:
        """Count the members of both sets."""
        self.right += len(told & true)
        self.told += len(told)
        self.true += len(true)

    def __str__(self) -> str:
        precision, recall = self.right / max(1, self.told), self.right / max(1, self.true)
        f1 = 2 * self.right / max(1, self.told + self.true)
        return f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} ({self.right} of {self.told} told, {self.true} true)"


def _true_edges(segments: list[dict[str, Any]]) -> set[tuple[int, int]]:
    """Neighbouring pieces of the page that belong to different articles."""
    owned = [segment for segment in segments if segment["article"] is not None]
    return {(a["end"], b["start"]) for a, b in pairwise(owned) if a["article"] != b["article"]}


def _true_joins(segments: list[dict[str, Any]]) -> set[tuple[int, int]]:
    pieces: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for segment in segments:
        if segment["article"] is not None:
            pieces.setdefault((segment["article"], segment["paragraph"]), []).append(segment)
    joins = set()
    for parts in pieces.values():
        ordered = sorted(parts, key=lambda segment: segment["part"])
        joins |= {(a["end"], b["start"]) for a, b in pairwise(ordered)}
    return joins


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=Path("tests/pages"))
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    edges, joins, moved = Tally(), Tally(), Tally()
    titles = dates = pages = headed = 0
    for path in sorted(args.pages.glob("*.json")):
        page = json.loads(path.read_text(encoding="utf-8"))
        text, segments = page["text"], page["segments"]
        told = read_page(text)
        articles, told_joins = told.articles, told.joins
        owner = {
            place: number
            for number, article in enumerate(articles)
            for paragraph in article.paragraphs
            for line in paragraph
            for place in range(line.start, line.end)
        }
        owned = [s for s in segments if s["article"] is not None]
        told_edges = {(a["end"], b["start"]) for a, b in pairwise(owned) if owner.get(a["end"] - 1) != owner.get(b["start"])}
        true_edges, true_joins = _true_edges(segments), _true_joins(segments)
        found_joins = {(join.before, join.after) for join in told_joins}
        edges.add(told_edges, true_edges)
        joins.add(found_joins, true_joins)
        order = {segment["start"]: number for number, segment in enumerate(segments)}
        ends = {segment["end"]: number for number, segment in enumerate(segments)}
        apart = {(a, b) for a, b in true_joins if order[b] != ends[a] + 1}
        moved.add({(join.before, join.after) for join in told_joins if join.moved}, apart)
        told_titles = {text[slice(*article.title)] for article in articles if article.title}
        for article in page["articles"]:
            headed += article["title"] is not None
            titles += article["title"] in told_titles
        found = find_publication(text)
        day = found[0].isoformat() if found else None
        right = day == page["published"]
        if page["published_from"] == "text" and len(page["published"]) == 4:
            # A page that tells only its year: no day can be right, the year may be.
            right = day is None or day.startswith(page["published"])
        dates += right
        pages += 1
        if args.misses:
            for name, wrong in (("edge", told_edges ^ true_edges), ("join", found_joins ^ true_joins)):
                for a, b in sorted(wrong):
                    kind = "extra" if (a, b) in told_edges | found_joins else "missing"
                    print(f"{path.stem}: {kind} {name}: {text[max(0, a - 14) : a]!r} | {text[b : b + 14]!r}")
            if not right:
                print(f"{path.stem}: date {found} is {page['published']} ({page['published_from']})")
            for article in page["articles"]:
                if article["title"] and article["title"] not in told_titles:
                    print(f"{path.stem}: title {article['title']!r} not among {sorted(told_titles)}")
    print(f"{pages} pages")
    print(f"articles  {edges}")
    print(f"titles    {titles} of {headed}")
    print(f"joins     {joins}")
    print(f"moved     {moved}")
    print(f"dates     {dates} of {pages}")


if __name__ == "__main__":
    main()
