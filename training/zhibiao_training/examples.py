"""From passages to arrays: what one window of annotated text teaches."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zhibiao.characters import CharacterTable
from zhibiao.labels import LABELS, LINK_HEADS, LINK_TYPES, TAGS, parse_attributes
from zhibiao.pairs import FEATURE_SIZES, mark_breaks, pair_features
from zhibiao.windows import split_windows
from zhibiao_training.passage import GoldMention, Passage

__all__ = ["IGNORED", "Batch", "Example", "collate", "crop", "disturb", "make_examples", "rewrap"]

#: A target that teaches nothing.
IGNORED = -100


@dataclass(frozen=True)
class Example:
    """One window, as arrays.

    Attributes:
        ids: Int64 ``(t,)``: token ids, the window's edges marked by ``[CLS]`` and ``[SEP]``.
        tags: Int64 ``(t,)``: tag numbers; :data:`IGNORED` at the edges and where nothing is annotated.
        habit: The tagging head these tags belong to; '' for plain text.
        firsts, lasts, labels: Int64 ``(n,)``: the mentions' outer tokens and labels.
        features: Int64 ``(n, n, 4)``: see :func:`zhibiao.pairs.pair_features`.
        targets: Float32 ``(link types, n, n + 1)``: the share of each candidate among a head's right answers (last column: none);
            all zero where the head is not supervised.
        alike: Bool ``(n, n)``: whether two mentions have the same label and words, as 全市 and 全市 do; true on the diagonal.
        attributes: Int64 ``(3, n)``: kinds, directions and statuses, or :data:`IGNORED`.
    """

    ids: NDArray[np.int64]
    tags: NDArray[np.int64]
    habit: str
    firsts: NDArray[np.int64]
    lasts: NDArray[np.int64]
    labels: NDArray[np.int64]
    features: NDArray[np.int64]
    targets: NDArray[np.float32]
    alike: NDArray[np.bool_]
    attributes: NDArray[np.int64]


def rewrap(passage: Passage, rng: random.Random) -> Passage:
    """Break the lines of a passage anew, as a page's text layer does: at random places, inside words too, over blank lines.

    Mentions keep their words; one that a break falls into holds the break.
    """
    places: list[int] = []
    at = 0
    mean = rng.choice((25, 60, 200))
    while (at := at + max(1, round(rng.expovariate(1 / mean)))) < len(passage.text):
        places.append(at)
    ends = ["\n", "\n\n", "\r\n", " "]
    chosen = rng.choices(ends, (5, 4, 2, 1))[0]
    pieces: list[str] = []
    shift = np.zeros(len(passage.text) + 1, dtype=np.int64)
    previous = 0
    for place in places:
        pieces += [passage.text[previous:place], chosen]
        shift[place:] += len(chosen)
        previous = place
    pieces.append(passage.text[previous:])
    moved = tuple(
        replace(m, start=m.start + int(shift[m.start]), end=m.end - 1 + int(shift[m.end - 1]) + 1) for m in passage.mentions
    )
    return replace(passage, text="".join(pieces), mentions=moved)


def crop(text: str, rng: random.Random) -> tuple[int, int]:
    """Choose one to three sentences of a text: their start and end. Passages are long, but users also bring single sentences."""
    edges = [0, *(place for place, mark in enumerate(text, start=1) if mark in "。！？\n"), len(text)]
    first = rng.randrange(len(edges) - 1)
    return edges[first], edges[min(first + rng.randint(1, 3), len(edges) - 1)]


def disturb(passage: Passage, rng: random.Random, share: float) -> tuple[Passage, frozenset[int], frozenset[int]]:
    """Spoil the mentions of a passage as a tagger's mistakes do, so that the linker learns to live with them.

    About ``share`` of the mentions are lost, as many get a wrong boundary, and as many again are put where none is.

    Returns:
        The passage with the mentions changed, the positions of the lost ones and those of the invented ones: see ``lost`` and
        ``silent`` of :func:`make_examples`.
    """
    mixed: list[tuple[GoldMention, int]] = []  # with the position it had, -1 for an invented one
    lost_before = set()
    reached = 0
    for number, mention in enumerate(passage.mentions):
        if mention.start - reached > 8 and rng.random() < share:
            start = rng.randrange(reached, mention.start - 6)
            label = rng.choice(("ORG", "REGION", "PERIOD", "METRIC", "METRIC", "SUBJECT"))
            mixed.append((GoldMention(start, start + rng.randint(2, 6), label), -1))
        following = passage.mentions[number + 1].start if number + 1 < len(passage.mentions) else len(passage.text)
        roll = rng.random()
        if roll < share:
            lost_before.add(number)
        elif roll < 2 * share:
            earliest = max(reached, mixed[-1][0].end if mixed else 0)
            step = rng.choice((-3, -2, -1, 1, 2, 3))
            if rng.random() < 0.5:
                mention = replace(mention, start=min(max(mention.start + step, earliest), mention.end - 1))
            else:
                mention = replace(mention, end=max(min(mention.end + step, following), mention.start + 1))
        mixed.append((mention, number))
        reached = mention.end
    place = {old: new for new, (_, old) in enumerate(mixed) if old >= 0}
    links = tuple(replace(link, head=place[link.head], tail=place[link.tail]) for link in passage.links)
    spoilt = replace(passage, mentions=tuple(mention for mention, _ in mixed), links=links)
    lost = frozenset(place[number] for number in lost_before)
    return spoilt, lost, frozenset(new for new, (_, old) in enumerate(mixed) if old < 0)


def _effective_tails(passage: Passage) -> dict[tuple[str, int], list[int]]:
    """Tails by (link type, head): a VALUE has its METRIC's links where it has none of its own."""
    tails: dict[tuple[str, int], list[int]] = defaultdict(list)
    for link in passage.links:
        tails[link.type, link.head].append(link.tail)
    for number, mention in enumerate(passage.mentions):
        metrics = tails.get(("value_of", number), [])
        if mention.label == "VALUE" and metrics:
            for kind in LINK_TYPES[1:]:
                if not tails.get((kind, number)):
                    inherited = [tail for tail in tails.get((kind, metrics[0]), []) if tail != number]
                    if inherited:
                        tails[kind, number] = inherited
    return tails


def make_examples(
    passage: Passage,
    table: CharacterTable,
    size: int,
    before: int,
    after: int,
    habit: str,
    lost: frozenset[int] = frozenset(),
    silent: frozenset[int] = frozenset(),
    stretch: tuple[int, int] | None = None,
) -> list[Example]:
    """Cut a passage into windows and turn each into arrays.

    ``lost`` mentions (their positions in the passage) are left out as if nobody had found them, and links to them teach nothing;
    ``silent`` ones are there to be chosen, but what they choose themselves teaches nothing.

    ``stretch`` (start and end) reads only a part of the passage.

    A mention that a window's edge cuts is left out and its characters teach nothing there; a link that leaves the window neither.
    """
    sentences, clauses = mark_breaks(passage.text)
    tails = _effective_tails(passage)
    all_ids = table.encode(passage.text)
    examples = []
    for window in split_windows(passage.text, size, before, after, *(stretch or (0, len(passage.text)))):
        length = window.end - window.start
        ids = np.concatenate([[table.start], all_ids[window.start : window.end], [table.end]])
        tags = np.full(length + 2, IGNORED, dtype=np.int64)
        kept: list[int] = []
        if passage.labels:
            tags[1:-1] = 0
            for number, mention in enumerate(passage.mentions):
                first, last = mention.start - window.start + 1, mention.end - window.start
                if number in lost:
                    continue
                if mention.start >= window.start and mention.end <= window.end:
                    kept.append(number)
                    _tag(tags, first, last, mention)
                elif mention.end > window.start and mention.start < window.end:
                    tags[max(1, first) : min(length, last) + 1] = IGNORED
        place = {number: position for position, number in enumerate(kept)}
        mentions = [passage.mentions[number] for number in kept]
        starts = np.array([m.start for m in mentions], dtype=np.int64)
        ends = np.array([m.end for m in mentions], dtype=np.int64)
        labels = np.array([LABELS.index(m.label) for m in mentions], dtype=np.int64)
        count = len(kept)
        targets = np.zeros((len(LINK_TYPES), count, count + 1), dtype=np.float32)
        attributes = np.full((3, count), IGNORED, dtype=np.int64)
        for position, (number, mention) in enumerate(zip(kept, mentions, strict=True)):
            if number in silent:
                continue
            if passage.attributes and mention.label == "VALUE":
                attributes[:, position] = parse_attributes(mention.attributes)
            for row, kind in enumerate(LINK_TYPES):
                if kind not in passage.link_types or mention.label not in LINK_HEADS[kind]:
                    continue
                wanted = tails.get((kind, number), [])
                inside = [place[tail] for tail in wanted if tail in place]
                if inside:
                    targets[row, position, inside] = 1.0 / len(inside)
                elif not wanted:
                    targets[row, position, count] = 1.0
        examples.append(
            Example(
                ids=ids.astype(np.int64),
                tags=tags,
                habit=habit if passage.labels else "",
                firsts=starts - window.start + 1,
                lasts=ends - window.start,
                labels=labels,
                features=pair_features(starts, ends, labels, sentences, clauses),
                targets=targets,
                alike=_alike([(m.label, "".join(passage.text[m.start : m.end].split())) for m in mentions]),
                attributes=attributes,
            )
        )
    return examples


def _alike(names: list[tuple[str, str]]) -> NDArray[np.bool_]:
    numbers = {name: number for number, name in enumerate(names)}
    kinds = np.array([numbers[name] for name in names], dtype=np.int64)
    return kinds[:, None] == kinds[None, :]


def _tag(tags: NDArray[np.int64], first: int, last: int, mention: GoldMention) -> None:
    if first == last:
        tags[first] = TAGS.index(f"S-{mention.label}")
    else:
        tags[first] = TAGS.index(f"B-{mention.label}")
        tags[first + 1 : last] = TAGS.index(f"I-{mention.label}")
        tags[last] = TAGS.index(f"E-{mention.label}")


@dataclass(frozen=True)
class Batch:
    """Examples of one habit, padded: see :class:`Example` for the fields, each with a leading batch axis."""

    ids: Tensor
    mask: Tensor
    tags: Tensor
    habit: str
    firsts: Tensor
    lasts: Tensor
    labels: Tensor
    features: Tensor
    present: Tensor
    targets: Tensor
    alike: Tensor
    attributes: Tensor


def collate(examples: list[Example], pad: int) -> Batch:
    """Pad examples to one shape; ``pad`` is the padding token's id."""
    rows, longest = len(examples), max(len(e.ids) for e in examples)
    most = max(1, *(len(e.labels) for e in examples)) if rows > 1 else max(1, len(examples[0].labels))
    ids = np.full((rows, longest), pad, dtype=np.int64)
    mask = np.zeros((rows, longest), dtype=np.int64)
    tags = np.full((rows, longest), IGNORED, dtype=np.int64)
    firsts, lasts, labels = (np.zeros((rows, most), dtype=np.int64) for _ in range(3))
    features = np.zeros((rows, most, most, len(FEATURE_SIZES)), dtype=np.int64)
    present = np.zeros((rows, most), dtype=bool)
    targets = np.zeros((rows, len(LINK_TYPES), most, most + 1), dtype=np.float32)
    alike = np.broadcast_to(np.eye(most, dtype=bool), (rows, most, most)).copy()
    attributes = np.full((3, rows, most), IGNORED, dtype=np.int64)
    for row, example in enumerate(examples):
        t, n = len(example.ids), len(example.labels)
        ids[row, :t], mask[row, :t], tags[row, :t] = example.ids, 1, example.tags
        firsts[row, :n], lasts[row, :n], labels[row, :n] = example.firsts, example.lasts, example.labels
        features[row, :n, :n], present[row, :n] = example.features, True
        targets[row, :, :n, :n], targets[row, :, :n, most] = example.targets[:, :, :n], example.targets[:, :, n]
        alike[row, :n, :n] = example.alike
        attributes[:, row, :n] = example.attributes
    tensor = torch.from_numpy
    return Batch(
        tensor(ids), tensor(mask), tensor(tags), examples[0].habit, tensor(firsts), tensor(lasts), tensor(labels),
        tensor(features), tensor(present), tensor(targets), tensor(alike), tensor(attributes),
    )  # fmt: skip
