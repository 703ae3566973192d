"""Checks of an annotated corpus: what breaks a rule of the notation, and what looks like a slip of the annotator.

Errors are certain: offsets, links, files that disagree, passages on both sides of the split. Warnings are for reading; those
that are right as they stand are listed, with the reason, in a file of explanations. The checks were chosen by what they found:
one that mostly cried wolf (a METRIC without a region, a future verb without ``target``) was left out.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

from zhibiao.labels import LABELS, LINK_HEADS, LINK_TAILS
from zhibiao_training.brackets import write_brackets
from zhibiao_training.corpus import read_folder
from zhibiao_training.counts import with_counts
from zhibiao_training.passage import ATTRIBUTES, GoldMention, Passage
from zhibiao_training.standoff import to_row, write_rows

__all__ = [
    "Finding",
    "check_files",
    "check_folder",
    "check_labels",
    "check_likeness",
    "check_passage",
    "read_explained",
    "render_lines",
    "rewrite",
    "unexplained",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes:
        kind: Which check found it.
        severity: ``error`` or ``warning``.
        passage: The passage's id; a file's name where no passage is meant.
        offset: Where in the passage, in characters.
        words: The words it is about, with which explanations name it.
        message: What is wrong, with the words around.
    """

    kind: str
    severity: str
    passage: str
    offset: int
    words: str
    message: str


# --- Mentions and links: errors ---


def _structure(passage: Passage) -> Iterator[Finding]:
    """What a passage may not have, whatever it says."""
    text = passage.text

    def error(kind: str, mention: GoldMention, message: str) -> Finding:
        return Finding(kind, "error", passage.name, mention.start, text[mention.start : mention.end], message)

    end = 0
    for mention in passage.mentions:
        words = text[max(0, mention.start) : mention.end]
        if not 0 <= mention.start < mention.end <= len(text):
            yield error("mention-range", mention, f"{mention.start}:{mention.end} in a text of {len(text)} characters")
            continue
        if mention.label not in LABELS:
            yield error("mention-label", mention, f"the label {mention.label!r} is unknown")
        if not set(mention.attributes) <= set(ATTRIBUTES if mention.label == "VALUE" else ()):
            yield error("mention-attribute", mention, f"{mention.label} may not carry {' '.join(mention.attributes)}")
        if mention.start < end:
            yield error("mention-overlap", mention, "overlaps the mention before it, or stands out of order")
        if words != words.strip():
            yield error("mention-space", mention, f"white space at an edge of {words!r}")
        end = max(end, mention.end)
    count = len(passage.mentions)
    seen = set()
    for link in passage.links:
        if not (0 <= link.head < count and 0 <= link.tail < count):
            yield Finding(
                "link-illegal", "error", passage.name, 0, link.type, f"{link.type}: {link.head} to {link.tail} of {count}"
            )
            continue
        head, tail = passage.mentions[link.head], passage.mentions[link.tail]
        heads, tails = LINK_HEADS.get(link.type, frozenset()), LINK_TAILS.get(link.type, frozenset())
        if head.label not in heads or tail.label not in tails or link.head == link.tail:
            yield error(
                "link-illegal", head, f"{link.type} may not link {head.label} to {tail.label} {text[tail.start : tail.end]}"
            )
        if link in seen:
            yield error("link-duplicate", head, f"{link.type} to {text[tail.start : tail.end]} is there twice")
        seen.add(link)


# --- One mention and the words around it: warnings ---

_NUMERAL = "0-9０-９一二三四五六七八九十百千万亿两几"
_REACH = re.compile(r"突破|达到|高达|多达|达|增至|降至|升至|跌至|减至|增加到|提高到|升到|降到|为|实现")
# 逼近, 签约, 跨过 and 不过 ("only") are no approximators.
_APPROXIMATOR_BEFORE = re.compile(
    r"((?<!逼)近|(?<![签预])约|(?<!赶)超|超过|逾|不足|至少|不到|[低高]于|最长|不少于|(?<![跨迈越冲闯不超要到经通翻])过)$"
)
_APPROXIMATOR_AFTER = re.compile(r"余|多(?!于|个)|以上|以下|左右|上下|以内|不到|有余|出头")
_UNIT = r"万|亿|元|[美欧日港]元|％|%|个百分点|倍|吨|亩|户|人次|公里|平方米|千瓦"
_NUMBER_AFTER = re.compile(rf"[0-9０-９]|({_UNIT})")
_NUMBER_BEFORE = re.compile(rf"[0-9０-９.．]$|(?<![第唯统专])[{_NUMERAL}]*[百千万亿]$")
_PREPOSITION = re.compile(r"在|自|从|截至|截止|到|于")
_VERB_AT_END = re.compile(r"(增长|下降|上升|提高|减少|增加|达到|实现|上涨|下跌)$")
_METRIC_FRONT = re.compile(r"同比|环比|我国|全[国省市区县州](?!性|[人城])|[我该][省市区县]|今年|去年|上半年|前三季度|\d+月")
_POINTS = re.compile(r"百分点|个点|基点|pct|bp|翻.{0,3}番", re.IGNORECASE)
_RATE = re.compile(r"(增速|增幅|涨幅|降幅|跌幅|增长率|增长速度)$")
_SAME_OF_EACH = re.compile(r"均|都|各|皆|双双|同[为居获]|全部|并列")
_ABBREVIATION = 1  # 京|沪 are two mentions without anything between; 昌都市|江达县 is one name torn apart
_CLOSE = 8
_LINK_TO = {"REGION": "in_region", "PERIOD": "in_period", "ORG": "of_org", "SUBJECT": "of_subject"}
_BASIS = {"同比": "yoy", "环比": "mom"}
# What may stand between 同比 and its VALUE: a verb, not the name of a rate, another figure or "to" (增长6%至27亿元).
_BASIS_BEFORE = re.compile(r"(?<!周)(?<!周度)(?<!旬)(同比|环比)(?:[^至到为幅速率的值是占、/]{0,6})$")
_UP = re.compile(r"(?<!负)(?<!少)(增长|提高|上升|上涨|提升|增加|高出|扩大|多|快|升|涨)了?$")
_DOWN = re.compile(r"(下降|降低|下跌|减少|回落|下滑|收窄|缩小|萎缩|低|慢|少|降|跌|减)了?$")
# A named product, project or facility stays a SUBJECT even where it touches its METRIC.
_NAMED = re.compile(
    r"[“”\"'A-Za-z0-9]|(?:[号港河江湖线]|运河|电站|电厂|高铁|铁路|大桥|隧道|机场|项目|工程|基地|系列|水库|口岸|景区|矿|油田|坝址)$"
)
_CLAUSE = re.compile(r"[，。；：\n,;、（）()]")


def _boundaries(passage: Passage) -> Iterator[Finding]:
    """Words that belong to a mention and stand outside it, or the other way round."""
    text = passage.text
    inside = _covered(passage)

    for mention in passage.mentions:
        words = text[mention.start : mention.end]
        # Only words that belong to no mention count.
        before = text[max(0, mention.start - 6) : mention.start]
        free = next((n for n in range(len(before)) if inside[mention.start - 1 - n]), len(before))
        before = before[len(before) - free :]
        after = text[mention.end : mention.end + 4]
        after = after[: next((n for n in range(len(after)) if inside[mention.end + n]), len(after))]
        if mention.label == "VALUE":
            if found := _REACH.match(words):
                yield _warn("value-reach", passage, mention, f"begins with the verb {found[0]}")
            if found := _APPROXIMATOR_BEFORE.search(before):
                yield _warn("value-approximator", passage, mention, f"{found[0]} stands outside")
            if found := _APPROXIMATOR_AFTER.match(after):
                yield _warn("value-approximator", passage, mention, f"{found[0]} stands outside")
            if (found := re.search(r"翻了?$", before)) and words.rstrip("有余多")[-1:] in ("番", "倍"):
                yield _warn("value-torn", passage, mention, f"{found[0]} stands outside")
            if found := _NUMBER_BEFORE.search(before) or _NUMBER_AFTER.match(after):
                yield _warn("value-torn", passage, mention, f"{found[0]} stands outside")
        elif mention.label == "PERIOD":
            if _PREPOSITION.match(words) and words not in ("截至目前", "截止目前") and not words.startswith("从前"):
                yield _warn("period-front", passage, mention, "begins with a preposition")
            if "同比" in words or "环比" in words:
                yield _warn("period-basis", passage, mention, "holds the basis of a change")
        elif mention.label == "METRIC":
            if _VERB_AT_END.search(words):
                yield _warn("metric-end", passage, mention, "ends in a verb")
            if _METRIC_FRONT.match(words):
                yield _warn("metric-front", passage, mention, "begins with a region, a period or a basis")
    for left, right in pairwise(passage.mentions):
        between, one, two = text[left.end : right.start], text[left.start : left.end], text[right.start : right.end]
        if left.label != right.label:
            continue
        torn = not between and (left.label == "PERIOD" or (left.label == "REGION" and min(len(one), len(two)) > _ABBREVIATION))
        if torn:
            yield _warn("name-torn", passage, left, f"{two} follows without anything between: one mention?")
        if (
            left.label == "VALUE"
            and re.fullmatch(r"至|到|—{1,2}|-|~|～|－", between)
            and not (left.attributes or right.attributes)
        ):
            yield _warn("range-torn", passage, left, f"{two} follows after {between}: a range is one VALUE")


def _changes(passage: Passage) -> Iterator[Finding]:
    """Attributes against the words before."""
    metrics: dict[int, list[str]] = defaultdict(list)
    for link in passage.links:
        if link.type == "value_of":
            tail = passage.mentions[link.tail]
            metrics[link.head].append(passage.text[tail.start : tail.end])
    for number, mention in enumerate(passage.mentions):
        if mention.label != "VALUE":
            continue
        words = passage.text[mention.start : mention.end]
        clause = _CLAUSE.split(passage.text[max(0, mention.start - 16) : mention.start])[-1]
        change = next((a for a in mention.attributes if a[:3] in ("yoy", "mom", "chg")), "")
        basis = _BASIS_BEFORE.search(clause)
        listed = re.search(r"同比[、/和]环比|环比[、/和]同比", passage.text[max(0, mention.start - 16) : mention.start])
        if basis and not listed and change[:3] != _BASIS[basis[1]]:
            yield _warn("change-basis", passage, mention, f"{basis[1]} before it, but {change or 'no change'}")
        against = {"+": _DOWN, "-": _UP}.get(change[-1:])
        if against and (found := against.search(clause)):
            yield _warn("change-direction", passage, mention, f"{found[0]} before it, but {change}")
        if not change and _POINTS.search(words):
            yield _warn("change-missing", passage, mention, "points or a doubling, but no change")
        rates = [metric for metric in metrics[number] if _RATE.search(metric)]
        if rates and change and re.search(r"[%％]$", words):
            yield _warn("change-of-rate", passage, mention, f"{change} beside the METRIC {rates[0]}")


# Numbers with a unit, and words that are VALUEs themselves. Left aside: 每百人, 第1.4条, 一公里, 三家 (two to nine of them, which
# mostly takes up what was named).
_QUANTITY = re.compile(
    r"(?<![0-9０-９.．第每A-Za-z])("
    r"[0-9０-９][0-9０-９.,，．]*(万亿|亿|万|元|美元|[％%]|个?百分点|倍|成|户|家|人|吨|辆|台|公里|平方米|亩|公顷|千瓦|项|所|种|名|件|套|头)"
    r"|[二三四五六七八九两十百千万]+(万亿|亿|万)?(元|倍|成|个百分点|亩|吨|万人|公里)"
    r"|[十百千万亿]{1,2}(元|亩|吨|公里)"
    r"|(接近)?翻(了)?(近)?[一两]?(番|倍)|(?<!保)持平(?!稳)|(?<![暑春]运)过半)"
)


_TITLES = ("《》", "“”")  # names inside them are not marked


def _unmarked(passage: Passage) -> Iterator[Finding]:
    """Quantities, and names marked elsewhere in the passage, that stand outside every mention."""
    inside = _covered(passage)
    for found in _QUANTITY.finditer(passage.text):
        if not any(inside[found.start() : found.end()]):
            plain = GoldMention(found.start(), found.end(), "VALUE")
            yield _warn("quantity-unmarked", passage, plain, "a quantity outside every mention")
    surfaces = {passage.text[m.start : m.end]: m.label for m in passage.mentions if m.label in ("REGION", "ORG")}
    for words, label in surfaces.items():
        for found in re.finditer(re.escape(words), passage.text) if len(words) > 1 else ():
            titled = any(
                passage.text.rfind(mark[0], 0, found.start()) > passage.text.rfind(mark[1], 0, found.start()) for mark in _TITLES
            )
            if not titled and not any(inside[found.start() : found.end()]):
                yield _warn("name-unmarked", passage, GoldMention(*found.span(), label), f"{label} elsewhere in the passage")


def _links(passage: Passage) -> Iterator[Finding]:
    """VALUEs without a METRIC and the like, and links that pass by a nearer mention of the same words."""
    text, mentions = passage.text, passage.mentions
    words = [text[m.start : m.end] for m in mentions]
    reached = Counter(link.tail for link in passage.links)
    measured = Counter(link.tail for link in passage.links if link.type == "value_of")
    tails: dict[tuple[int, str], list[int]] = defaultdict(list)
    for link in passage.links:
        tails[link.head, link.type].append(link.tail)
    for number, mention in enumerate(mentions):
        metrics = tails[number, "value_of"]
        if mention.label == "VALUE" and not metrics:
            yield _warn("value-unlinked", passage, mention, "measures no METRIC")
        ends = [(mentions[one].end, mentions[two].start) for one, two in pairwise(sorted(metrics))]
        listed = all(re.fullmatch(r"[、和及与,，]*", text[end:start]) for end, start in ends)
        if len(metrics) > 1 and not listed and not _SAME_OF_EACH.search(text[max(0, mention.start - 14) : mention.start]):
            yield _warn("value-shared", passage, mention, f"measures {'、'.join(words[metric] for metric in metrics)}")
        if mention.label == "METRIC" and not measured[number]:
            yield _warn("metric-unmeasured", passage, mention, "no VALUE measures it")
        if mention.label == "SUBJECT" and not reached[number]:
            yield _warn("subject-unlinked", passage, mention, "no figure is about it")
    values: dict[int, list[int]] = defaultdict(list)
    for link in passage.links:
        if link.type == "value_of":
            values[link.tail].append(link.head)
    heads: dict[int, set[int]] = defaultdict(set)
    for link in passage.links:
        heads[link.tail].add(link.head)
    for number, (left, right) in enumerate(pairwise(mentions)):
        kind = _LINK_TO.get(left.label)
        touching = right.label == "METRIC" and left.end == right.start
        if kind and touching and not any(tails[at, kind] for at in (number + 1, *values[number + 1])):
            yield _warn("link-missing", passage, right, f"no {kind}, though {words[number]} stands right before it")
        own = {number + 1, *values[number + 1]}
        if left.label == "SUBJECT" and touching and heads[number] <= own and not _NAMED.search(words[number]):
            yield _warn("subject-touching", passage, left, f"one METRIC with {words[number + 1]}: nothing else is about it")
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        places[mention.label, words[number]].append(number)
    for link in passage.links:
        head, tail = mentions[link.head], mentions[link.tail]
        same = [n for n in places[tail.label, words[link.tail]] if n < link.head]
        gap = text[head.end : tail.start]
        close = link.tail > link.head and len(gap) <= _CLOSE and not re.search(r"[。；\n]", gap)  # ⟦出口⟧⟦5月⟧为…
        if link.type != "value_of" and same and same[-1] != link.tail and same[-1] != link.head and not close:
            yield _warn(
                "link-nearer", passage, head, f"{link.type} {words[link.tail]} at {tail.start}, but {mentions[same[-1]].start}"
            )
        if head.label == "VALUE" and link.type != "value_of" and len(tails[link.head, "value_of"]) == 1:
            metric = tails[link.head, "value_of"][0]
            if set(tails[metric, link.type]) == set(tails[link.head, link.type]):
                yield _warn("link-inherited", passage, head, f"{link.type} {words[link.tail]}, which its METRIC has already")


def _covered(passage: Passage) -> bytearray:
    """Which characters belong to a mention."""
    inside = bytearray(len(passage.text))
    for mention in passage.mentions:
        inside[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
    return inside


def _warn(kind: str, passage: Passage, mention: GoldMention, message: str) -> Finding:
    text, start, end = passage.text, mention.start, mention.end
    around = f"{text[max(0, start - 12) : start]}⟦{text[start:end]}⟧{text[end : end + 10]}".replace("\n", " ")
    return Finding(kind, "warning", passage.name, start, text[start:end], f"{message}: …{around}…")


def check_passage(passage: Passage) -> list[Finding]:
    """Check one passage by itself; where its offsets are wrong, nothing else is looked at."""
    found = list(_structure(passage))
    if any(finding.kind in ("mention-range", "mention-overlap", "link-illegal") for finding in found):
        return found
    return [*found, *_boundaries(passage), *_changes(passage), *_unmarked(passage), *_links(passage)]


# --- Several passages ---

# Whether a product is a SUBJECT or counted itself, and whether three years are a span or a quantity, depends on the sentence.
_BY_CONTEXT = (frozenset({"METRIC", "SUBJECT"}), frozenset({"PERIOD", "VALUE"}))


def check_labels(passages: Iterable[Passage]) -> list[Finding]:
    """Find words that bear one label nearly everywhere and another here.

    A label is reported where the words bear a more frequent one five times or more, and this one at most a fifth as often (a
    tenth for METRIC and SUBJECT, and for PERIOD and VALUE, which the sentence decides).
    """
    seen: dict[str, dict[str, list[tuple[Passage, GoldMention]]]] = defaultdict(lambda: defaultdict(list))
    for passage in passages:
        for mention in passage.mentions:
            seen[passage.text[mention.start : mention.end]][mention.label].append((passage, mention))
    found = []
    for labels in seen.values():
        usual = max(labels, key=lambda label: len(labels[label]))
        most = len(labels[usual])
        counts = ", ".join(f"{label} {len(places)}" for label, places in sorted(labels.items()))
        for label, places in labels.items():
            rare = most // (10 if frozenset({label, usual}) in _BY_CONTEXT else 5)
            if label != usual and most >= 5 and len(places) <= rare:
                found += [_warn("label-rare", passage, mention, f"{label}, but {counts}") for passage, mention in places]
    return found


_SHINGLE = 8
_ALIKE = 0.2
_RUN = 40


def check_likeness(passages: Sequence[Passage]) -> list[Finding]:
    """Find passages written twice.

    Two passages are near-duplicates if a fifth of the shorter one's runs of eight characters (white space left aside) stand in
    the other, or if any 40 characters in a row do. The most alike of the project's corpus share a tenth, the stock phrases of
    communiqués. Across train and dev that is an error, inside a split a warning; the same text twice is an error anywhere.
    """
    texts = ["".join(passage.text.split()) for passage in passages]
    shingles = [{text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1)} for text in texts]
    holders: dict[str, list[int]] = defaultdict(list)
    runs: dict[str, int] = {}
    shared: Counter[tuple[int, int]] = Counter()
    same_run: dict[tuple[int, int], str] = {}
    for number, text in enumerate(texts):
        for shingle in shingles[number]:
            holders[shingle].append(number)
        for at in range(len(text) - _RUN + 1):
            first = runs.setdefault(text[at : at + _RUN], number)
            if first != number:
                same_run.setdefault((first, number), text[at : at + _RUN])
    for numbers in holders.values():
        shared.update(combinations(numbers, 2))
    found = []
    for pair in sorted(shared.keys() | same_run.keys()):
        one, two = (passages[number] for number in pair)
        part = shared[pair] / max(1, min(len(shingles[number]) for number in pair))
        if texts[pair[0]] == texts[pair[1]]:
            found.append(Finding("duplicate", "error", two.name, 0, one.name, f"the same text as {one.name}"))
        elif part >= _ALIKE or pair in same_run:
            severity = "error" if one.split != two.split else "warning"
            where = f"{one.split or '?'} and {two.split or '?'}" if severity == "error" else f"both {one.split or 'unsplit'}"
            told = f"; e.g. {same_run[pair]}" if pair in same_run else ""
            message = f"shares {part:.0%} of its runs of {_SHINGLE} characters with {one.name} ({where}){told}"
            found.append(Finding("near-duplicate", severity, two.name, 0, one.name, message))
    return found


def check_files(folder: Path, passages: Iterable[Passage]) -> list[Finding]:
    """Check the files of a corpus against each other: brackets, manifest, and the standoff JSONL if it stands beside the folder.

    Raises:
        ValueError: If the JSONL holds a line that is no JSON object.
    """

    def error(kind: str, passage: str, message: str) -> Finding:
        return Finding(kind, "error", passage, 0, "", message)

    found = []
    expected = {}
    for passage in passages:
        expected[passage.name] = json.dumps(to_row(passage), ensure_ascii=False)
        written = (folder / f"{passage.name}.ann.txt").read_bytes()
        if written != write_brackets(passage).encode():
            found.append(error("brackets-form", passage.name, "not as write_brackets writes it; --write does"))
    manifest = folder / "manifest.json"
    if manifest.exists():
        rows = Counter(str(row["id"]) for row in json.loads(manifest.read_text(encoding="utf-8")))
        found += [error("manifest", name, "missing from manifest.json") for name in expected if name not in rows]
        found += [error("manifest", name, "in manifest.json, but no such file") for name in rows if name not in expected]
        found += [error("manifest", name, f"{count} rows in manifest.json") for name, count in rows.items() if count > 1]
    standoff = folder.with_name(f"{folder.name}.jsonl")
    if standoff.exists():
        names = []
        for number, line in enumerate(standoff.read_text(encoding="utf-8").removesuffix("\n").split("\n"), 1):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"{standoff}, line {number}: no JSON object")
            name = str(row.get("id", f"line {number}"))
            names.append(name)
            if name not in expected:
                found.append(error("standoff", name, f"line {number} of {standoff.name}, but no such file"))
            elif line != expected[name]:
                found.append(error("standoff", name, f"line {number} of {standoff.name} says something else than the brackets"))
        found += [error("standoff", name, f"missing from {standoff.name}") for name in expected if name not in names]
        if len(names) != len(set(names)) or (set(names) == set(expected) and names != list(expected)):
            found.append(error("standoff", standoff.name, "passages twice or out of order"))
    return found


def check_folder(folder: Path) -> list[Finding]:
    """Make every check of a folder of ``*.ann.txt``, its manifest, and the JSONL beside it.

    Raises:
        FileNotFoundError: If the folder holds no passage.
        ValueError: If a file cannot be read at all.
    """
    passages = read_folder(folder)
    found = [*check_files(folder, passages), *check_likeness(passages), *check_labels(passages)]
    for passage in passages:
        found += check_passage(passage)
    return sorted(found, key=lambda f: (f.severity, f.kind, f.passage, f.offset))


def rewrite(folder: Path) -> None:
    """Write a folder's passages again in both forms, brackets with identifiers in text order and the JSONL beside the folder.

    The counts of a ``datasheet.md`` beside the folder are brought up to date, where it has a place for them.
    """
    passages = read_folder(folder)
    for passage in passages:
        path, written = folder / f"{passage.name}.ann.txt", write_brackets(passage).encode()
        if path.read_bytes() != written:
            path.write_bytes(written)
    write_rows(passages, folder.with_name(f"{folder.name}.jsonl"))
    datasheet = folder.with_name("datasheet.md")
    if datasheet.exists():
        datasheet.write_text(with_counts(datasheet.read_text(encoding="utf-8"), passages), encoding="utf-8", newline="\n")


# --- Explanations ---


def read_explained(path: Path) -> dict[tuple[str, str, str], str]:
    """Read the warnings that are right as they stand.

    The TOML file holds tables ``[[explained]]``, each with a ``kind``, a ``reason`` and ``cases``: strings of a passage's id, a
    space, and the words of the finding (white space left out).

    Returns:
        The reason by kind, passage and words.

    Raises:
        ValueError: If a table lacks one of the three, or a case names no passage.
    """
    reasons = {}
    for number, table in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("explained", ()), 1):
        kind, reason, cases = (table.get(key) for key in ("kind", "reason", "cases"))
        if not (isinstance(kind, str) and isinstance(reason, str) and reason and isinstance(cases, list)):
            raise ValueError(f"{path}: table {number} of [[explained]] needs a kind, a reason and a list of cases")
        for case in cases:
            passage, _, words = str(case).partition(" ")
            if not words:
                raise ValueError(f"{path}: the case {case!r} is no passage and words")
            reasons[kind, passage, words] = reason
    return reasons


def unexplained(
    findings: Iterable[Finding], reasons: Mapping[tuple[str, str, str], str], path: str = "explained.toml"
) -> list[Finding]:
    """The findings that no explanation covers, errors always among them, and a warning for each that covers nothing."""
    left = []
    used = set()
    for finding in findings:
        key = finding.kind, finding.passage, "".join(finding.words.split())
        if finding.severity == "warning" and key in reasons:
            used.add(key)
        else:
            left.append(finding)
    for kind, passage, words in reasons.keys() - used:
        left.append(Finding("explanation-idle", "warning", passage, 0, words, f"{path} explains {kind}, which is not found here"))
    return sorted(left, key=lambda f: (f.severity, f.kind, f.passage, f.offset))


def render_lines(findings: Sequence[Finding], explained: int = 0) -> Iterator[str]:
    """The findings for reading, errors first, then how many of each kind there are.

    Args:
        findings: What is left to look at.
        explained: How many explanations were given.
    """
    for finding in findings:
        yield f"{finding.severity}: {finding.kind}: {finding.passage} at {finding.offset}: {finding.message}"
    kinds = Counter((finding.severity, finding.kind) for finding in findings)
    for (severity, kind), number in sorted(kinds.items()):
        yield f"{number:6} {severity} {kind}"
    errors = sum(finding.severity == "error" for finding in findings)
    yield f"{errors} errors, {len(findings) - errors} warnings, {explained} warnings explained"
