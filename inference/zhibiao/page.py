"""Pages: which lines of a text are headlines, bylines or running text, which belong together, and which articles they make.

The text layer of a newspaper page breaks sentences in the middle of a word, sets several articles below one another and leaves
pieces of columns where they do not belong. :func:`read_page` finds the lines of each article and the order to read them in. What
a line looks like decides most of it; whether one piece goes on where another breaks off is judged by :mod:`zhibiao.ngram`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from zhibiao.document import Join
from zhibiao.ngram import Ngrams, default_ngrams

__all__ = ["Line", "Page", "PageArticle", "read_page"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank.

    Attributes:
        start, end: Offsets in the text, white space at both ends left out.
        kind: ``head`` (kicker, headline, sub-head), ``byline``, ``caption``, ``furniture`` (masthead, page number, editors),
            ``row`` (of a table) or ``body``.
    """

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class PageArticle:
    """An article as it is to be read.

    Attributes:
        title: Offsets of its headline, or None.
        paragraphs: Its lines in reading order; those of a paragraph belong together.
    """

    title: tuple[int, int] | None
    paragraphs: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds.

    Attributes:
        articles: In the order of their first lines; every line that is not blank is in exactly one of them.
        joins: The breaks that were repaired, in text order.
        breaks: Offsets where a paragraph breaks off and nothing was found to go on with.
    """

    articles: tuple[PageArticle, ...]
    joins: tuple[Join, ...] = ()
    breaks: tuple[int, ...] = ()


_LONGEST_HEAD, _LONGEST_HEAD_WITH_COMMA = 40, 22
_LINE = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BYLINE = re.compile(
    r"[□■◎●(（\s]*(?:[一-鿿]{0,10}(?:报|网|刊|台|社|所|证券|公司|[宏观策略]{2}组))?\s*(?:特约|见习|实习|首席|驻[一-鿿]{2,6})*"
    r"(?:记者|通讯员|实习生|评论员|分析师|研究员|撰稿|作者|文[/／:：]|[一-鿿]{2}组$)"
)
_CAPTION = re.compile(r"供图|资料图|图为|图片来源|视觉中国|制图[:：]?|[一-鿿]{2,4}\s*[/／]?\s*摄(?:影)?[)）]?$|^图[①-⑩\d]")
_FURNITURE = re.compile(
    r"第\s*[A-Z0-9０-９一二三四五六七八九十]+\s*版|责任?编辑?[:：]|责编|本版|校对|版式|美编|统筹[:：]|热线|邮箱|e-?mail|https?:"
    r"|星期[一二三四五六日天]|^[A-Z][0-9]{2}\s|电话[:：]|国内统一刊号|邮发代号"
    r"|[0-9]{4}(?:年|[./-])[0-9]{1,2}(?:月|[./-])[0-9]{1,2}.*[报刊网]|[报刊网][^。,]*[0-9]{4}(?:年|[./-])[0-9]{1,2}"
    r"|^\s*[0-9０-９]{4}年[0-9０-９]{1,2}月[0-9０-９]{1,2}日\s*$|^[—\-·•\s]*[0-9０-９]{1,3}[—\-·•\s]*$",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"(?:[一-鿿]{0,12}(?:日报|晚报|商报|时报|本报|新华社|中新社|新华网|央视网|本网|本台)[一-鿿]{0,6}(?:[0-9]{1,2}月[0-9]{1,2}日)?(?:讯|电|消息)"
    r"|(?:【[^】]{2,12}】)|[(（]记者[^)）]{2,20}[)）]|记者(?:[0-9]{1,2}月[0-9]{1,2}日|近日|昨日|昨天|日前|今天)?从[^,，。]{2,20}(?:获悉|了解到)"
    r"|[0-9]{1,2}月[0-9]{1,2}日[,，]?记者)"
)
_FULL_STOP = re.compile(r"[。！？!?…；;：:][”’」』)）]*$|[.][”’」』)）]*$")
_TERMINAL = re.compile(r"[。！？!?…]+[”’」』)）]*$|[)）]$")
_CUT = re.compile("[,。、;:.)”’」』%]")  # what no line begins with
_ITEM = re.compile(r"[●■◆▲★◇○□▶►•]\s*\S")
# The next point of a list, which goes on from nothing.
_POINT = re.compile(
    r"[一二三四五六七八九十]{1,3}[、是]|[(（][0-9一二三四五六七八九十]{1,3}[)）]|[0-9]{1,2}[.、．](?![0-9])|第[一二三四五六七八九十][,，、]|[—–-]{2}"
)
# Of a page whose lines are cut to one width.
_WRAPPED_WIDTH, _WRAPPED_SHARE, _FEWEST_LINES = 48, 0.5, 5
# Log odds from which a line that looks like a headline is the rest of the line before.
_GOES_ON = 1.0
# What a piece that follows on the page has over one from elsewhere.
_NEXT = 2.0
# A logistic regression on 1,900 sentences of annotations/corpus, cut at random, against pieces of others: right for 82 %.
_WEIGHTS, _BIAS = (0.538, 0.429, -0.035, -0.301, -0.403, -0.035), 0.698
_LOOKED_AT = 3  # characters of a piece that are judged
# A torn piece is looked for among so many paragraphs on either side: more than a page has.
_FURTHEST = 100
# Where more paragraphs than this have no full stop, they are a list and not torn.
_MOST_ENDS = 30
# A paragraph hardly ever begins with characters less likely than this.
_NO_START = -12.5


def read_page(text: str, ngrams: Ngrams | None = None) -> Page:
    """Find the articles of a page and the order in which their lines are to be read.

    Args:
        text: The whole text; an ordinary text, a paragraph a line, comes back as one article that reads as it stands.
        ngrams: The judge of what goes on where; by default the one that comes with zhibiao.
    """
    judge = _Judge(ngrams)
    lines = _find_lines(text)
    width = _wrapped_width(lines)
    lines = _classify(text, lines, width, judge)
    groups = _group(text, lines)
    articles = [PageArticle(title, _paragraphs(text, members, width)) for title, members in groups]
    wrapped = [
        Join(before.end, after.start)
        for article in articles
        for paragraph in article.paragraphs
        for before, after in pairwise(paragraph)
    ]
    articles, joins = _tie(text, articles, judge)
    breaks = [
        paragraph[-1].end
        for article in articles
        for paragraph in article.paragraphs
        if paragraph[-1].kind == "body" and _is_open(text[paragraph[-1].start : paragraph[-1].end])
    ]
    return Page(tuple(articles), tuple(sorted([*wrapped, *joins], key=lambda join: join.before)), tuple(sorted(breaks)))


@dataclass
class _Judge:
    """Scores joins; the trigrams are loaded when first needed."""

    ngrams: Ngrams | None
    loaded: list[Ngrams] = field(default_factory=list)

    def fit(self, before: str, after: str) -> float:
        """Log odds that ``after`` goes on from ``before``, rather than being any other piece of text."""
        steps = [*self._steps(before, after), *self._steps("", after)]
        return _BIAS + sum(weight * step for weight, step in zip(_WEIGHTS, steps, strict=True))

    def start(self, words: str) -> float:
        """Logarithm of the probability that a paragraph begins so."""
        return sum(self._steps("", words))

    def _steps(self, before: str, after: str) -> list[float]:
        steps = self._model().steps(before, after, _LOOKED_AT)
        return steps + [0.0] * (_LOOKED_AT - len(steps))

    def _model(self) -> Ngrams:
        if not self.loaded:
            self.loaded.append(self.ngrams or default_ngrams())
        return self.loaded[0]


# --- Lines ----------------------------------------------------------------------------------------------------------------------


def _find_lines(text: str) -> list[Line]:
    lines = []
    for found in _LINE.finditer(text):
        words = found.group()
        start = found.start() + len(words) - len(words.lstrip())
        if words.strip():
            lines.append(Line(start, start + len(words.strip()), "body"))
    return lines


def _wrapped_width(lines: Sequence[Line]) -> int:
    """The width that the lines are cut to, in characters; 0 where they are not."""
    lengths = [line.end - line.start for line in lines]
    if len(lengths) < _FEWEST_LINES:
        return 0
    counts = Counter(lengths)
    around = {length: counts[length - 1] + counts[length] + counts[length + 1] for length in counts}
    width = max(around, key=lambda length: (around[length], length))
    near = around[width]
    over = sum(length > width + 2 for length in lengths)
    wrapped = width <= _WRAPPED_WIDTH and near >= _WRAPPED_SHARE * len(lengths) and over <= 0.1 * len(lengths)
    return width if wrapped else 0


def _classify(text: str, lines: Sequence[Line], width: int, judge: _Judge) -> list[Line]:
    """Give every line its kind."""
    kinds: list[str] = []
    for number, line in enumerate(lines):
        words = _plain(text[line.start : line.end])
        kind = _looks(words)
        if kind == "head":
            before = lines[number - 1] if number else None
            after = lines[number + 1] if number + 1 < len(lines) else None
            goes_on = before is not None and _goes_on(text, before, kinds[-1], line, width, judge)
            if goes_on or (after is not None and _breaks_off(text, line, after, width, judge)):
                kind = "body"
        kinds.append(kind)
    return [replace(line, kind=kind) for line, kind in zip(lines, kinds, strict=True)]


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words)


def _looks(words: str) -> str:
    """The kind of a line by its words alone."""
    if "\t" in words:
        return "row"
    short = len(words) <= _LONGEST_HEAD
    if short and not _TERMINAL.search(words.rstrip(")")) and (_FURNITURE.search(words)):
        return "furniture"
    if short and _BYLINE.match(words) and not re.search("[。,;!?]", words):
        return "byline"
    if len(words) <= 2 * _LONGEST_HEAD and _CAPTION.search(words) and (short or not re.search("。.", words)):
        return "caption"
    question = re.search("[!?]$", words) and len(words) <= _LONGEST_HEAD_WITH_COMMA + 6 and "," not in words
    if (
        not short
        or _CUT.match(words)
        or (_FULL_STOP.search(words) and not question)
        or re.search("[。;]", words)
        or words.endswith((",", "、"))
        or _ITEM.match(words)
    ):
        return "body"
    if "," in words and len(words) > _LONGEST_HEAD_WITH_COMMA:
        return "body"  # headlines part their halves with a space
    return "head"


def _goes_on(text: str, before: Line, kind: str, line: Line, width: int, judge: _Judge) -> bool:
    """Whether a line that looks like a headline is the rest of the line before."""
    left, right = text[before.start : before.end], text[line.start : line.end]
    if kind != "body" or _TERMINAL.search(left):
        return False
    if width:
        # A full line goes on; so does anything right below an open line with no blank line in between.
        full = abs(before.end - before.start - width) <= 1
        return full or text.count("\n", before.end, line.start) < 2
    return judge.fit(left, right) > _GOES_ON


def _breaks_off(text: str, line: Line, after: Line, width: int, judge: _Judge) -> bool:
    """Whether a line that looks like a headline is a sentence whose rest is the line after."""
    left, right = text[line.start : line.end], text[after.start : after.end]
    if width and abs(line.end - line.start - width) <= 1 and text.count("\n", line.end, after.start) < 2:
        return True
    if _looks(_plain(right)) != "body" or _ITEM.match(right):
        return False
    return _torn(right, judge) and judge.fit(left, right) > _GOES_ON / 2


# --- Articles -------------------------------------------------------------------------------------------------------------------


def _group(text: str, lines: Sequence[Line]) -> list[tuple[tuple[int, int] | None, list[Line]]]:
    """Split the lines into articles: each with its title and its lines."""
    starts = _article_starts(text, lines)
    groups: list[tuple[tuple[int, int] | None, list[Line]]] = []
    edges = [*starts, len(lines)]
    if not starts or starts[0] > 0:
        edges = [0, *edges]
    for begin, end in pairwise(edges):
        members = list(lines[begin:end])
        groups.append((_title(text, members), members))
    # What stands before the first headline (a masthead, a photo credit) goes with the first article.
    if len(groups) > 1 and all(line.kind in ("furniture", "caption") for line in groups[0][1]):
        first, second = groups[0], groups[1]
        groups[:2] = [(second[0], first[1] + second[1])]
    return groups


def _article_starts(text: str, lines: Sequence[Line]) -> list[int]:
    """The places in ``lines`` at which an article begins."""
    starts: list[int] = []
    items = sum(bool(_ITEM.match(text[line.start : line.end])) for line in lines)
    number = 0
    while number < len(lines):
        if lines[number].kind == "head":
            run = number
            while run < len(lines) and lines[run].kind == "head":
                run += 1
            if _begins_article(text, lines, number, run):
                starts.append(number)
            number = run
            continue
        line = lines[number]
        if items > 1 and line.kind == "body" and _ITEM.match(text[line.start : line.end]):
            starts.append(number)
        elif line.kind == "body" and number and _DATELINE.match(_plain(text[line.start : line.start + 60])):
            headed = lines[number - 1].kind in ("head", "byline")
            if not headed and _TERMINAL.search(text[lines[number - 1].start : lines[number - 1].end]):
                starts.append(number)
        number += 1
    return starts


def _begins_article(text: str, lines: Sequence[Line], begin: int, end: int) -> bool:
    """Whether the headlines ``lines[begin:end]`` open an article, or are a sub-head of one."""
    before = next((lines[n] for n in range(begin - 1, -1, -1) if lines[n].kind not in ("furniture", "caption")), None)
    if before is None:
        return True
    after = next((lines[n] for n in range(end, len(lines)) if lines[n].kind not in ("furniture", "caption")), None)
    if after is None:
        return False
    if after.kind == "byline":
        return True
    opening = _plain(text[after.start : after.start + 60])
    if _DATELINE.search(opening[:45]):
        return True
    return end - begin >= 2 and before.kind == "body"


def _title(text: str, members: Sequence[Line]) -> tuple[int, int] | None:
    """The headline among the lines an article opens with: kickers stand above it, sub-headlines (——…) below."""
    heads = []
    for line in members:
        if line.kind == "head":
            heads.append(line)
        elif line.kind not in ("furniture", "caption") or heads:
            break
    heads = [line for line in heads if line.end - line.start > 4] or heads
    if not heads:
        return None
    asked = len(heads) > 1 and text[heads[0].end - 1] in "？?！!"
    place = 1 if len(heads) > 1 and not asked and not re.match("[—–-]", text[heads[1].start :][:1]) else 0
    return heads[place].start, heads[place].end


# --- Joins ----------------------------------------------------------------------------------------------------------------------


def _paragraphs(text: str, members: Sequence[Line], width: int) -> tuple[tuple[Line, ...], ...]:
    """Put the lines together that are cut to a width."""
    paragraphs: list[list[Line]] = []
    for line in members:
        last = paragraphs[-1][-1] if paragraphs else None
        if last and width and last.kind == line.kind == "body" and _wraps(text, last, line, width):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return tuple(map(tuple, paragraphs))


def _wraps(text: str, last: Line, line: Line, width: int) -> bool:
    """Whether a line that fills the width goes on in the next: no blank line and no indent in between."""
    between = text[last.end : line.start]
    indented = between[len(between.rstrip(" \t\u3000")) :]
    full = abs(last.end - last.start - width) <= 1 or not _TERMINAL.search(text[last.start : last.end])
    return full and between.count("\n") < 2 and not indented and not _ITEM.match(text[line.start : line.end])


@dataclass(frozen=True, slots=True)
class _Offer:
    """A piece of text offered to an end that breaks off, both by their numbers among the paragraphs of the page."""

    score: float
    end: int
    piece: int
    moved: bool


def _tie(text: str, articles: Sequence[PageArticle], judge: _Judge) -> tuple[list[PageArticle], list[Join]]:
    """Tie the paragraphs that break off to the pieces they go on in: the best fitting pairs first.

    What follows on the page has a head start; a piece from elsewhere has to lack its beginning. What fits nowhere stays where it
    stands.
    """
    flat = [(number, paragraph) for number, article in enumerate(articles) for paragraph in article.paragraphs]
    words = [[text[line.start : line.end] for line in paragraph] for _, paragraph in flat]
    body = [paragraph[0].kind == "body" for _, paragraph in flat]
    ends = [n for n, own in enumerate(body) if own and _is_open(words[n][-1])]
    offers = []
    for end in ends:
        after = _following(flat, body, end)
        if after is not None and not _ITEM.match(words[after][0]) and not _POINT.match(words[after][0]):
            offers.append(_Offer(judge.fit(words[end][-1], words[after][0]) + _NEXT, end, after, moved=False))
    torn = [n for n, own in enumerate(body) if own and _torn(words[n][0], judge)] if ends else []
    for piece in torn:
        near = ends[bisect_left(ends, piece - _FURTHEST) : bisect_right(ends, piece + _FURTHEST)]
        if len(near) > _MOST_ENDS:
            continue
        fits = [_Offer(judge.fit(words[end][-1], words[piece][0]), end, piece, moved=True) for end in near if end != piece]
        offers += [offer for offer in fits if offer.score > 0 and _following(flat, body, offer.end) != piece]
    follows: dict[int, _Offer] = {}
    taken: set[int] = set()
    for offer in sorted(offers, key=lambda offer: -offer.score):
        if (
            offer.score > 0
            and offer.end not in follows
            and offer.piece not in taken
            and _chain_end(follows, offer.piece) != offer.end
        ):
            follows[offer.end] = offer
            taken.add(offer.piece)
    joins = [Join(flat[o.end][1][-1].end, flat[o.piece][1][0].start, o.moved) for o in follows.values()]
    return _rebuild(articles, flat, follows, taken), joins


def _following(flat: Sequence[tuple[int, Sequence[Line]]], body: Sequence[bool], place: int) -> int | None:
    """The next running text of the same article, past captions and furniture but not past a headline."""
    for after in range(place + 1, len(flat)):
        if flat[after][0] != flat[place][0] or flat[after][1][0].kind in ("head", "byline"):
            return None
        if body[after]:
            return after
    return None


def _chain_end(follows: dict[int, _Offer], place: int) -> int:
    while place in follows:
        place = follows[place].piece
    return place


def _rebuild(
    articles: Sequence[PageArticle], flat: Sequence[tuple[int, tuple[Line, ...]]], follows: dict[int, _Offer], taken: set[int]
) -> list[PageArticle]:
    rows: list[list[tuple[Line, ...]]] = [[] for _ in articles]
    for place, (number, paragraph) in enumerate(flat):
        if place not in taken:
            chain = list(paragraph)
            while place in follows:
                place = follows[place].piece
                chain += flat[place][1]
            rows[number].append(tuple(chain))
    rebuilt = [replace(article, paragraphs=tuple(row)) for article, row in zip(articles, rows, strict=True)]
    return [article for article in rebuilt if article.paragraphs]


def _torn(words: str, judge: _Judge) -> bool:
    """Whether a line lacks its beginning: it begins as no paragraph does."""
    return bool(_CUT.match(_plain(words))) or judge.start(words) < _NO_START


def _is_open(words: str) -> bool:
    """Whether a paragraph breaks off."""
    return not _FULL_STOP.search(words)
