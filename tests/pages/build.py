"""Composes the test pages of this folder from the clean articles in ``articles/``.

``python tests/pages/build.py`` writes them, ``--check`` compares the files with what the recipes give, ``--report`` counts
features. A page is made from its recipe and seed alone, so the same recipe always gives the same bytes.
"""

import argparse
import datetime
import json
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent
ROLES = ("kicker", "headline", "subtitle", "byline", "caption", "subhead", "body")
MARKS = (*ROLES, "dateline", "column", "item")
LONGEST = 6000

Kind = Literal["word", "number", "clause"]
Source = Literal["masthead", "dateline", "text"]

HALF = str.maketrans("，；：！？（）", ",;:!?()")
FULL_DIGITS = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789.%"}
OPENERS = "（“‘《【(●■◆"
CLOSERS = "，。、；：！？）”’》】,;:!?)%…∶—"
DIGITS = "〇一二三四五六七八九"
RUN = re.compile(r"[0-9A-Za-z.%]{2}")
# Words in which a column may end: a break inside one of them is a break in mid-word.
WORDS = (
    "增加值 同比 增长 企业 产业 项目 投资 记者 园区 制造 发展 生产 订单 出口 设备 消费 收入 负责人 创新 "
    "研发 市场 产品 技术 居民 公司 平台 建设 季度 工业 合同 服务 经济 价格 面积 贷款 利润 销售 成本 政策 "
    "农民 就业 人员 补贴 资金 数据 利率 预计 储蓄 存款 农村 行业 机构 规模 全市 全县 高新区 新区 目标 财政 "
    "县里 老人 游客 补偿 收购 营业额 毛利率 工厂 采购 食堂 岗位"
)
NUMBER = re.compile(r"(?<=\d)(?=[亿万家个元吨人户台件])|(?<=[增长降到达为])(?=\d)")


@dataclass(frozen=True)
class Tear:
    """The end of a paragraph that is torn off and stands elsewhere."""

    article: int
    to: Literal["top", "head", "end"] | int
    paragraph: Literal["last", "middle"] = "last"
    kind: Kind = "word"


@dataclass(frozen=True)
class Recipe:
    """How one page is composed."""

    name: str
    articles: str
    published: str | None
    source: Source | None
    seed: int = 0
    lines: Literal["blank", "single", "crlf", "crlf-blank", "mixed"] = "blank"
    wrap: int = 0
    wrapped: Literal["indent", "blank", "flat"] = "blank"
    splits_numbers: bool = False
    half: bool = False
    full_digits: bool = False
    breaks: tuple[Kind, ...] = ()
    torn: tuple[Tear, ...] = ()
    columns: tuple[int, ...] = ()
    interleaved: bool = False
    masthead: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    credit: str = ""
    bylines: bool = True
    datelines: bool = True
    captions: Literal["end", "front", "none"] = "end"
    split_headlines: bool = False


W3: tuple[Kind, ...] = ("word", "word", "number")
JIANGZHOU = ("江州日报 {date} {week} 第3版",)
EDITORS = ("责编 陆小曼青 版式 丁一 校对 冯春生",)

# One or two lines a page, as a table.
# fmt: off
RECIPES = (
    Recipe("party-front", "a01 a05 a02", "2023-05-06", "masthead", 1, half=True, breaks=W3, torn=(Tear(0, "head"),),
           masthead=JIANGZHOU, foot=EDITORS),
    Recipe("party-county", "a07 a03 a09 a06 a08", "2023-05-07", "masthead", 2, "single", breaks=("word", "clause"),
           masthead=("综合新闻", "03", "{date} {week}"), foot=("本版编辑 高远 投稿邮箱 news@jz.example",), captions="front"),
    Recipe("party-dateline", "a03 a10 a08", "2023-05-06", "dateline", 3, half=True, breaks=("word", "word", "clause"),
           torn=(Tear(1, 0, "middle"),), split_headlines=True),
    Recipe("party-noyear", "a02 a04 a06", None, None, 4, "crlf-blank", half=True, breaks=("word",), bylines=False),
    Recipe("party-single-wrapped", "a01", "2023-05-04", "dateline", 5, "single", wrap=20, wrapped="indent"),
    Recipe("party-seven", "a02 a04 a05 a06 a08 a09 a10", "2023-05-06", "dateline", 6, "mixed", half=True,
           breaks=("word", "word", "word", "number"), torn=(Tear(2, "head"), Tear(4, 1, kind="number")), foot=EDITORS),
    Recipe("party-briefs", "a04 g01 a06", "2023-05-06", "masthead", 7, half=True, breaks=("number",), torn=(Tear(0, 6),),
           masthead=("{cn} {week} 县区新闻",), foot=("本版责编 谷雨", "■ 美编 石青"), bylines=False),
    Recipe("zone-torn", "b01 b02 b05 b08", "2020-11-05", "dateline", 8, half=True,
           breaks=("word", "word", "number", "word", "clause"), torn=(Tear(0, "head"),), credit="视觉云岭供图"),
    Recipe("zone-shuffled", "b01", "2020-10-28", "dateline", 9, half=True, columns=(0, 2, 1)),
    Recipe("zone-six", "b02 b03 b04 b05 b06 b07", "2020-11-06", "masthead", 10, "crlf", breaks=("word", "word", "number"),
           torn=(Tear(3, 1, "middle", "number"),), masthead=("云岭科技报", "{dots} {week} 05 园区"), foot=EDITORS,
           captions="front"),
    Recipe("zone-large", "b01 b02 b04 b07 b03 b06 b08", "2020-11-05", "dateline", 37, half=True, breaks=W3 + W3,
           torn=(Tear(0, "head"), Tear(2, 5, "middle")), credit="视觉望川供图"),
    Recipe("zone-briefs", "b03 g02", "2020-11-06", "masthead", 11, "single", half=True, breaks=("word",),
           masthead=("{cn}", "云岭科技报·园区")),
    Recipe("zone-wrapped", "b04 b06", "2020", "text", 12, "crlf", wrap=24, wrapped="flat"),
    Recipe("zone-interleaved", "b02 b01", "2020-11-02", "dateline", 13, half=True, interleaved=True),
    Recipe("tabloid-homes", "c01 c02 c03 c05", "2021-07-22", "masthead", 14, "single", breaks=("clause",),
           masthead=("A08 财经 {iso} 澜州晚报",), foot=("责编 米兰 美编 黑白", "新闻热线 96000")),
    Recipe("tabloid-six", "c01 c03 c04 c06 c07 c05", "2021-07-21", "dateline", 15, half=True, breaks=("word", "word", "word"),
           torn=(Tear(3, "end", "middle"),), credit="晚报资料图"),
    Recipe("tabloid-wrapped", "c01 c02", "2021-07-20", "dateline", 16, "single", wrap=18, wrapped="blank", splits_numbers=True),
    Recipe("tabloid-interview", "c08", None, None, 17, "single"),
    Recipe("tabloid-briefs", "g03 c04", "2021-07-21", "dateline", 18, "crlf", breaks=("word",), foot=("广告热线 96001",)),
    Recipe("nineties-masthead", "d01 d03 d05", "1999-02-12", "masthead", 19, full_digits=True, breaks=("word", "number"),
           torn=(Tear(0, 2, "middle"),), masthead=("江州日报", "{date} {week} 第二版"), foot=("本版编辑 史建国",)),
    Recipe("nineties-five", "d02 d04 d07 d06 d05", "1999-02-11", "dateline", 20, "single", full_digits=True,
           breaks=("word", "word", "clause")),
    Recipe("nineties-wrapped", "d06 d01", "1999-02-10", "dateline", 21, "crlf", wrap=22, wrapped="indent", full_digits=True),
    Recipe("nineties-briefs", "d04 g04", "1999", "text", 22, half=True, breaks=("word",), bylines=False),
    Recipe("report-single", "e01", "2017", "text", 23, "single", wrap=30, wrapped="indent", bylines=False),
    Recipe("report-notice", "e02 e04", "2017-01-19", "text", 24, breaks=("word", "clause")),
    Recipe("report-congress", "e03 e02", "2017-01-17", "dateline", 25, "single", wrap=28, wrapped="flat", half=True,
           torn=(Tear(1, 0),)),
    Recipe("research-single", "f05", "2022-08-19", "text", 26, "single"),
    Recipe("research-mixed", "f01 f03 f04", "2022-08-11", "dateline", 27, "mixed", half=True, breaks=("word", "number"),
           torn=(Tear(1, 0, "middle"),)),
    Recipe("english-names", "f02 f06 f04", "2022-08-18", "dateline", 28, "crlf-blank", breaks=("word", "word")),
    Recipe("undated-torn", "h01 h02 h03", None, None, 29, half=True, breaks=("word", "word"), torn=(Tear(1, "head"),)),
    Recipe("undated-wrapped", "h04 h05", None, None, 30, "single", wrap=26, wrapped="blank"),
    Recipe("undated-six", "h01 h03 h04 h05 h07 h02", None, None, 31, "mixed", half=True, breaks=("word", "clause", "number"),
           torn=(Tear(0, "end"), Tear(4, 1, kind="number")), bylines=False),
    Recipe("undated-month", "h06 h07", None, None, 32, "single", half=True, breaks=("word", "number"), split_headlines=True,
           foot=("责编 米兰",)),
    Recipe("undated-briefs", "g05 h05", None, None, 33, half=True, breaks=("word",)),
    Recipe("annual-torn", "i01 i02 i03", "2019", "text", 34, half=True, breaks=("word", "word"),
           torn=(Tear(1, "top", "middle"),)),
    Recipe("annual-briefs", "g06 i05", "2019", "text", 35, "single", breaks=("clause",)),
    Recipe("annual-shuffled", "i04 i02", "2019", "text", 36, half=True, columns=(1, 0), foot=EDITORS),
)
# fmt: on


@dataclass(frozen=True)
class Paragraph:
    """One clean paragraph of a page: of an article, or (article None) of the page's furniture."""

    article: int | None
    index: int
    role: str
    text: str


@dataclass(frozen=True)
class Chunk:
    """A stretch of a paragraph that stands on the page as one."""

    paragraph: Paragraph
    start: int
    end: int


@dataclass
class Page:
    """A page while it is made: its paragraphs, and its chunks in text order."""

    recipe: Recipe
    rng: random.Random
    articles: list[list[Paragraph]] = field(default_factory=list)
    cuts: dict[Paragraph, int] = field(default_factory=dict)
    chunks: list[Chunk] = field(default_factory=list)
    torn: list[Paragraph] = field(default_factory=list)


def read_article(path: Path) -> list[tuple[str, str]]:
    """Reads the marked lines of a clean article."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        mark, _, text = line.partition(": ")
        if mark not in MARKS or not text or text != text.strip():
            raise ValueError(f"{path.name}: {line!r}")
        lines.append((mark, text))
    return lines


def articles_of(recipe: Recipe) -> tuple[list[list[Paragraph]], dict[int, str]]:
    """The page's articles, and the heads of brief columns by the article before which they stand."""
    articles: list[list[Paragraph]] = []
    heads: dict[int, str] = {}
    for prefix in recipe.articles.split():
        (path,) = (HERE / "articles").glob(f"{prefix}-*.txt")
        kept: list[tuple[str, str]] = []
        dateline = ""
        for mark, text in read_article(path):
            if mark == "column":
                heads[len(articles)] = text
            elif mark == "item":
                articles.append([Paragraph(len(articles), 0, "body", text)])
            elif mark == "dateline":
                dateline = f"{text} " if recipe.datelines else ""
            elif mark == "body":
                kept.append((mark, dateline + text))
                dateline = ""
            elif {"byline": recipe.bylines, "caption": recipe.captions != "none"}.get(mark, True):
                kept.append((mark, text))
        if kept:
            articles.append([Paragraph(len(articles), i, mark, text) for i, (mark, text) in enumerate(kept)])
    return articles, heads


def breakable(text: str, at: int, splits_numbers: bool = False) -> bool:
    """Whether a line may end before the character at ``at``: no space is lost, no comma begins a line."""
    before, after = text[at - 1], text[at]
    if before.isspace() or after.isspace() or after in CLOSERS or before in OPENERS or (before == after and before in "…—"):
        return False
    return splits_numbers or RUN.fullmatch(before + after) is None


def places(text: str, kind: Kind) -> list[int]:
    """The places where a column may end inside a paragraph."""
    found: set[int] = set()
    if kind == "word":
        found.update(match.start() + 1 for word in WORDS.split() for match in re.finditer(word, text))
    elif kind == "number":
        found.update(match.start() for match in NUMBER.finditer(text))
    else:
        found.update(match.end() for match in re.finditer("[，；]", text))
    low, high = max(10, len(text) // 6), min(len(text) - 10, len(text) * 5 // 6)
    return sorted(at for at in found if low <= at <= high and breakable(text, at))


def cut(page: Page, candidates: list[Paragraph], kind: Kind, latest: float = 1) -> Paragraph:
    """Cuts one of the paragraphs, a long one that is still whole, if it can be before ``latest`` of it, and returns it."""
    fit = [paragraph for paragraph in candidates if paragraph not in page.cuts and len(paragraph.text) >= 45]
    fit = [paragraph for paragraph in fit if places(paragraph.text, kind)]
    if not fit:
        raise ValueError(f"{page.recipe.name}: no place for a break of kind {kind}")
    paragraph = page.rng.choice(fit)
    found = places(paragraph.text, kind)
    page.cuts[paragraph] = page.rng.choice([at for at in found if at <= latest * len(paragraph.text)] or found)
    return paragraph


def bodies(article: list[Paragraph]) -> list[Paragraph]:
    """The body paragraphs of an article."""
    return [paragraph for paragraph in article if paragraph.role == "body"]


def pieces_of(page: Page, article: list[Paragraph]) -> list[Chunk]:
    """An article's chunks in reading order, captions in front of the headline if the recipe says so."""
    if page.recipe.captions == "front":
        article = sorted(article, key=lambda paragraph: paragraph.role != "caption")
    chunks = []
    for paragraph in article:
        marks = [0, *([page.cuts[paragraph]] if paragraph in page.cuts else []), len(paragraph.text)]
        chunks += [Chunk(paragraph, start, end) for start, end in pairwise(marks)]
    return chunks


def columns_of(page: Page, article: list[Paragraph], count: int) -> list[list[Chunk]]:
    """An article in so many columns, each ending in mid-word."""
    body = [paragraph for paragraph in bodies(article) if len(paragraph.text) >= 45 and places(paragraph.text, "word")]
    ends = [cut(page, [body[len(body) * (i + 1) // count - (1 if count == 2 else 0)]], "word") for i in range(count - 1)]
    columns: list[list[Chunk]] = [[]]
    for chunk in pieces_of(page, article):
        if chunk.start and chunk.paragraph in ends:
            columns.append([])
        columns[-1].append(chunk)
    return columns


def tear_off(page: Page, tear: Tear, paragraph: Paragraph) -> None:
    """Moves the torn end of a paragraph to its place."""
    (tail,) = (chunk for chunk in page.chunks if chunk.paragraph == paragraph and chunk.start)
    page.chunks.remove(tail)
    if tear.to == "top":
        at = 0
    elif tear.to == "end":
        at = len(page.chunks)
    else:
        target = 0 if tear.to == "head" else tear.to
        body = [
            i
            for i, chunk in enumerate(page.chunks)
            if chunk.paragraph.article == target
            and chunk.paragraph.role == "body"
            and chunk.end == len(chunk.paragraph.text)
            and chunk.paragraph != paragraph
        ]
        at = (body[0] if tear.to == "head" else page.rng.choice(body)) + 1
    page.chunks.insert(at, tail)


def compose(recipe: Recipe) -> Page:
    """Puts the articles of a recipe on a page: every chunk of every paragraph, in text order."""
    page = Page(recipe, random.Random(recipe.seed))
    page.articles, heads = articles_of(recipe)
    for tear in recipe.torn:
        body = bodies(page.articles[tear.article])
        page.torn.append(cut(page, body[-1:] if tear.paragraph == "last" else body[1:-1] or body[:-1], tear.kind, 0.55))
    if recipe.split_headlines:
        for article in page.articles:
            for paragraph in article:
                if paragraph.role == "headline" and len(paragraph.text) > 10:
                    middle = range(len(paragraph.text) // 2, len(paragraph.text) - 3)
                    page.cuts[paragraph] = next(at for at in middle if breakable(paragraph.text, at))
    if recipe.interleaved:
        left, right = (columns_of(page, article, 2) for article in page.articles)
        page.chunks = [chunk for pair in zip(left, right, strict=True) for column in pair for chunk in column]
    else:
        shuffled: list[Chunk] = []
        if recipe.columns:
            first = columns_of(page, page.articles[0], len(recipe.columns))
            shuffled = [chunk for i in recipe.columns for chunk in first[i]]
        for kind in recipe.breaks:
            cut(page, [paragraph for article in page.articles for paragraph in bodies(article)], kind)
        for number, article in enumerate(page.articles):
            if number in heads:
                page.chunks.append(furniture(heads[number], number))
            page.chunks += shuffled if shuffled and number == 0 else pieces_of(page, article)
    for tear, paragraph in zip(recipe.torn, page.torn, strict=True):
        tear_off(page, tear, paragraph)
    top = [*(dated(line, recipe.published) for line in recipe.masthead), *([recipe.credit] if recipe.credit else [])]
    page.chunks = [*(furniture(line) for line in top), *page.chunks, *(furniture(line) for line in recipe.foot)]
    number_furniture(page)
    return page


def furniture(text: str, index: int = 0) -> Chunk:
    """A line that belongs to the page and to no article."""
    return Chunk(Paragraph(None, index, "furniture", text), 0, len(text))


def number_furniture(page: Page) -> None:
    """Counts the page's furniture in text order."""
    count = 0
    for i, chunk in enumerate(page.chunks):
        if chunk.paragraph.article is None:
            page.chunks[i] = replace(chunk, paragraph=replace(chunk.paragraph, index=count))
            count += 1


def dated(template: str, published: str | None) -> str:
    """A masthead line with its date."""
    if published is None:
        raise ValueError("a masthead without a date")
    day = datetime.date.fromisoformat(published)

    def spell(number: int) -> str:
        tens, ones = divmod(number, 10)
        return ["", "十", "二十", "三十"][tens] + (DIGITS[ones] if ones else "")

    year = "".join(DIGITS[int(digit)] for digit in str(day.year))
    return template.format(
        date=f"{day.year}年{day.month}月{day.day}日",
        iso=published,
        dots=published.replace("-", "."),
        cn=f"{year}年{spell(day.month)}月{spell(day.day)}日",
        week="星期" + "一二三四五六日"[day.weekday()],
    )


def wrap(page: Page, chunk: Chunk) -> Iterator[Chunk]:
    """The lines of a chunk."""
    recipe, text, start = page.recipe, chunk.paragraph.text, chunk.start
    if not recipe.wrap:
        yield chunk
        return
    room = recipe.wrap - (2 if indented(recipe, chunk) else 0)
    while chunk.end - start > room:
        end = start + room
        while not breakable(text, end, recipe.splits_numbers):
            end -= 1
        if end <= start:
            raise ValueError(f"{recipe.name}: cannot wrap {text[start:]!r}")
        yield Chunk(chunk.paragraph, start, end)
        start, room = end, recipe.wrap
    yield Chunk(chunk.paragraph, start, chunk.end)


def indented(recipe: Recipe, chunk: Chunk) -> bool:
    """Whether a chunk's first line begins with two wide spaces."""
    return bool(recipe.wrap) and recipe.wrapped == "indent" and chunk.paragraph.role == "body" and chunk.start == 0


def styled(recipe: Recipe, text: str) -> str:
    """A text in the page's widths, character for character."""
    if recipe.half:
        text = text.translate(HALF)
    return text.translate(FULL_DIGITS) if recipe.full_digits else text


def render(page: Page) -> dict[str, Any]:
    """Sets a page and notes where each piece stands."""
    recipe, rng = page.recipe, page.rng
    end_of_line = {"blank": "\n\n", "single": "\n", "crlf": "\r\n", "crlf-blank": "\r\n\r\n", "mixed": ""}[recipe.lines]
    text = rng.choice(["", "\n\n"]) if recipe.lines == "blank" else ""
    parts: Counter[Paragraph] = Counter()
    placed: list[tuple[Chunk, int, int]] = []
    for chunk in page.chunks:
        for line in wrap(page, chunk):
            text += "　　" if indented(recipe, line) else ""
            start = len(text)
            text += styled(recipe, line.paragraph.text[line.start : line.end])
            placed.append((line, start, len(text)))
            text += end_of_line or rng.choice(["\n", "\n\n", "\r\n", "\n \n", "\n\n\n", "\r\n\r\n"])
        if recipe.wrap and recipe.wrapped == "blank":
            text += end_of_line
    order: dict[tuple[Paragraph, int], int] = {}
    for line, _, _ in sorted(placed, key=lambda entry: entry[0].start):
        order[line.paragraph, line.start] = parts[line.paragraph]
        parts[line.paragraph] += 1
    titles = [next((p.text for p in article if p.role == "headline"), None) for article in page.articles]
    return {
        "name": recipe.name,
        "text": text,
        "published": recipe.published,
        "published_from": recipe.source,
        "articles": [{"title": None if title is None else styled(recipe, title)} for title in titles],
        "segments": [
            {
                "start": start,
                "end": end,
                "article": line.paragraph.article,
                "paragraph": line.paragraph.index,
                "part": order[line.paragraph, line.start],
                "role": line.paragraph.role,
            }
            for line, start, end in placed
        ],
    }


def check(data: dict[str, Any], page: Page) -> None:
    """Raises AssertionError if the truth of a page does not hold, read from the finished page alone."""
    text, segments = data["text"], data["segments"]
    assert len(text) <= LONGEST, f"{data['name']}: {len(text)} characters"
    at = 0
    joined: dict[tuple[int | None, int], dict[int, str]] = defaultdict(dict)
    roles: dict[tuple[int | None, int], str] = {}
    for segment in segments:
        start, end = segment["start"], segment["end"]
        piece = text[start:end]
        assert not text[at:start].strip()
        assert piece
        assert piece == piece.strip()
        assert "\n" not in piece
        at = end
        key = (segment["article"], segment["paragraph"])
        assert segment["part"] not in joined[key]
        joined[key][segment["part"]] = piece
        assert roles.setdefault(key, segment["role"]) == segment["role"]
    assert not text[at:].strip()
    for key, pieces in joined.items():
        assert sorted(pieces) == list(range(len(pieces))), key
    for number, article in enumerate(page.articles):
        assert sorted(i for a, i in joined if a == number) == list(range(len(article)))
        for paragraph in article:
            pieces = joined[number, paragraph.index]
            whole = "".join(pieces[i] for i in sorted(pieces))
            assert plain(whole) == plain(paragraph.text), whole
            assert roles[number, paragraph.index] == paragraph.role
            if paragraph.role == "headline":
                assert data["articles"][number]["title"] == whole
    for paragraph in page.torn:
        tail = next(i for i, s in enumerate(segments) if is_tail(s, paragraph, page, text))
        before = segments[tail - 1] if tail else None
        assert before is None or (before["article"], before["paragraph"]) != (paragraph.article, paragraph.index)
    check_date(data)


def is_tail(segment: dict[str, Any], paragraph: Paragraph, page: Page, text: str) -> bool:
    """Whether a piece begins the torn end of the paragraph."""
    if (segment["article"], segment["paragraph"]) != (paragraph.article, paragraph.index):
        return False
    piece = plain(text[segment["start"] : segment["end"]])
    return plain(paragraph.text[page.cuts[paragraph] :]).startswith(piece)


def check_date(data: dict[str, Any]) -> None:
    """Raises AssertionError if the publication date is not to be found where the page says."""
    text, published, source = plain(data["text"]), data["published"], data["published_from"]
    loose = "".join(plain(data["text"][s["start"] : s["end"]]) + "\n" for s in data["segments"] if s["article"] is None)
    days = [(int(m), int(d)) for m, d in re.findall(r"(\d+)月(\d+)日", re.sub(r"\s", "", text))]
    years = {int(y) if len(y) == 4 else 1900 + int(y) for y in re.findall(r"(?<!\d)(\d{4}|\d{2})年(?!代)", text)}
    if source is None:
        assert published is None
        assert not years, years
    elif source == "masthead":
        assert any(dated(form, published) in loose for form in ("{date}", "{iso}", "{dots}", "{cn}"))
    elif len(published) == 4:
        assert not days, days
        assert int(published) in years or int(published) - 1 in years
    else:
        day = datetime.date.fromisoformat(published)
        assert max(days) == (day.month, day.day), days
        assert day.year in years or day.year - 1 in years
        assert source == "dateline" or f"{day.year}年{day.month}月{day.day}日" in text


def plain(text: str) -> str:
    """A text whatever the width of its characters."""
    return unicodedata.normalize("NFKC", text)


def dump(data: dict[str, Any]) -> str:
    """JSON with one article and one segment a line."""
    rows = []
    for key, value in data.items():
        if isinstance(value, list):
            body = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in value)
            rows.append(f' "{key}": [\n{body}\n ]')
        else:
            rows.append(f' "{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(rows) + "\n}\n"


def features(recipe: Recipe, data: dict[str, Any]) -> Iterator[str]:
    """What a page shows, for the count."""
    text, count = data["text"], len(recipe.articles.split())
    numbers = {"1": count == 1, "5-7": 5 <= count <= 7 and "g0" not in recipe.articles}
    yield from (f"articles {key}" for key, holds in numbers.items() if holds)
    flags = {
        "torn fragments": recipe.torn,
        "torn fragments, two": len(recipe.torn) == 2,
        "mid-word column breaks": "word" in recipe.breaks or recipe.columns or recipe.interleaved,
        "number or clause breaks": {"number", "clause"} & set(recipe.breaks),
        "shuffled or interleaved columns": recipe.columns or recipe.interleaved,
        "hard-wrapped": recipe.wrap,
        "CRLF": recipe.lines.startswith("crlf"),
        "mixed line ends": recipe.lines == "mixed",
        "blank line after every line": recipe.lines.endswith("blank"),
        "half-width punctuation": recipe.half,
        "full-width digits": recipe.full_digits,
        "brief column": "g0" in recipe.articles,
        "English inserts": re.search("[A-Z][a-z]{3,}", text),
        "two-digit years": re.search(r"(?<!\d)9\d年(?!代)", plain(text)),
        "bylines left out": not recipe.bylines,
        "page furniture": recipe.masthead or recipe.foot or recipe.credit,
        "split headlines": recipe.split_headlines,
        "captions": any(segment["role"] == "caption" for segment in data["segments"]),
    }
    yield from (key for key, holds in flags.items() if holds)
    published = data["published"]
    yield f"date: {data['published_from']}{' (year only)' if published and len(published) == 4 else ''}"


def main() -> int:
    """Writes, checks or counts the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the files with the recipes and write nothing")
    parser.add_argument("--report", action="store_true", help="count the pages by feature")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    stale = []
    for recipe in RECIPES:
        page = compose(recipe)
        data = render(page)
        check(data, page)
        counts.update(features(recipe, data))
        path, content = HERE / f"{recipe.name}.json", dump(data)
        assert json.loads(content) == data
        if not options.check:
            path.write_text(content, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_bytes() != content.encode():
            stale.append(path.name)
    stale += sorted(path.name for path in HERE.glob("*.json") if path.stem not in {recipe.name for recipe in RECIPES})
    used = {prefix for recipe in RECIPES for prefix in recipe.articles.split()}
    unused = [path.name for path in (HERE / "articles").glob("*.txt") if path.name.split("-")[0] not in used]
    if options.report:
        sys.stdout.write("".join(f"{count:3d}  {key}\n" for key, count in sorted(counts.items())))
        sys.stdout.write(f"{len(RECIPES):3d}  pages\n")
    for name in stale + unused:
        sys.stderr.write(f"{name}: not what the recipes give\n")
    return 1 if stale or unused else 0


if __name__ == "__main__":
    sys.exit(main())
