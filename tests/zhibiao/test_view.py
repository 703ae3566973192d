"""The report page: what it holds, that hostile text stays text, and, where Chromium is there, that it works."""

import base64
import csv
import hashlib
import importlib.util
import io
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from zhibiao.cli import main
from zhibiao.document import Article, Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact, assemble_facts
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao.quantity import Quantity
from zhibiao.sink import save
from zhibiao.view import read_extractions, render_report, save_report

# ------------------------------------------------------------------------------------------------------------- made-up input

REGIONS = ("重庆市", "成都市", "四川省", "杭州市", "宁波市", "深圳市", "佛山市", "上海市", "苏州市")
METRICS = ("地区生产总值", "固定资产投资", "社会消费品零售总额", "进出口总额", "出口", "用电量", "房地产开发投资")


class Writer:
    """Puts an article together piece by piece, with its mentions and links."""

    def __init__(self) -> None:
        self.text = ""
        self.mentions: list[Mention] = []
        self.links: list[Link] = []

    def put(self, words: str, label: str | None = None, *attributes: str) -> int:
        start, self.text = len(self.text), self.text + words
        if label:
            self.mentions.append(Mention(len(self.mentions), label, start, len(self.text), 0.96, attributes))
        return len(self.mentions) - 1

    def link(self, kind: str, head: int, tail: int) -> None:
        self.links.append(Link(len(self.links), kind, head, tail, 0.9))

    def done(self, name: str, published: date = date(2024, 12, 28)) -> Extraction:
        document = Document(name, self.text, published, (Article(0, len(self.text)),))
        facts = assemble_facts(document, self.mentions, self.links)
        return Extraction(document, tuple(self.mentions), tuple(self.links), tuple(facts))


def report(number: int, pairs: int = 3) -> Extraction:
    """An article of so many levels, each with its change; the numbers depend on ``number`` alone."""
    writer, year = Writer(), 2021 + number % 4
    writer.put(f"第{number}号经济运行情况\n\n")
    for n in range(pairs):
        region = writer.put(REGIONS[(number + n) % len(REGIONS)], "REGION")
        period = writer.put(f"{year}年{1 + (number + n) % 12}月", "PERIOD")
        metric = writer.put(METRICS[(number + n // 2) % len(METRICS)], "METRIC")
        writer.put("为")
        level = writer.put(f"{(number * 37 + n * 101) % 9000 + 5}.{n}亿元", "VALUE")
        writer.put("，同比增长")
        change = writer.put(f"{(number * 13 + n * 29) % 200 / 10 - 3:.1f}%", "VALUE", "yoy+", *(["target"] if n == 2 else []))
        writer.put("。全市上下坚持稳中求进，发展质量稳步提升。" + ("\n\n" if n % 4 == 3 else ""))
        for value in (level, change):
            writer.link("value_of", value, metric)
        writer.link("in_region", metric, region)
        writer.link("in_period", metric, period)
    return writer.done(f"report-{number:03}", date(year, 12, 28))


HOSTILE = (
    "</script><script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 2'>",
    "<!--<script>",
    "{{script}}{{data}}",
    "\u202e反向\u2066文字\u200f",
    "\u0000\u001b[31m\u007f\u0085",
    "\udfff",  # in this order, for the other way round JSON takes the two for one character
    "\ud800",
    "\u2028\u2029",
    "javascript:alert(1)",
    "&lt;b&gt;&amp;",
    '=HYPERLINK("http://a")',
    "😀🏭",
)


def hostile() -> Extraction:
    """An extraction that tries everything everywhere."""
    evil = "".join(HOSTILE)
    writer = Writer()
    writer.put(evil + "\n")
    region, period = writer.put(evil, "REGION"), writer.put("2024年", "PERIOD")
    metric, value = writer.put(evil + "产值", "METRIC"), writer.put("12亿元", "VALUE")
    for kind, head, tail in (("value_of", value, metric), ("in_region", metric, region), ("in_period", metric, period)):
        writer.link(kind, head, tail)
    made = writer.done(evil)
    facts = tuple(
        replace(fact, org=evil, subject=evil, kind="<b>", status="constructor", indicator="__proto__") for fact in made.facts
    )
    articles = (Article(0, 5, evil), Article(5, len(writer.text), "<h1>标题</h1>"))
    document = replace(made.document, articles=articles, path=f"/tmp/{evil}.txt")
    return replace(
        made, document=document, facts=facts, mentions=(replace(made.mentions[0], label="x onclick=y"), *made.mentions[1:])
    )


def torn() -> Extraction:
    """A page whose layout tore a METRIC in two, after a character outside the basic plane."""
    text = "🏭产值为12亿元。\n别的话。\n全部工业"
    metric = Mention(0, "METRIC", 15, 19, 0.9, (), ((15, 19), (1, 3)))
    value = Mention(1, "VALUE", 4, 8, 0.9)
    amount = Quantity(Decimal(1_200_000_000), unit="CNY")
    fact = Fact(
        "全部工业产值", None, "12亿元", None, None, None, "全部工业产值", None, "level", amount, None, "actual", None, None,
        "全部工业产值为12亿元。", 4, 8, 0.8,
    )  # fmt: skip
    return Extraction(Document("torn", text), (metric, value), (Link(0, "value_of", 1, 0),), (fact,))


# --------------------------------------------------------------------------------------------------------- reading the page


class Page(HTMLParser):
    """What a browser's parser sees: the tags with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": [], "json": []}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open = "json" if dict(attrs).get("type") == "application/json" else tag
            self.inside[self._open].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inside[self._open][-1] += data

    @property
    def data(self) -> dict[str, Any]:
        (text,) = self.inside["json"]
        found: dict[str, Any] = json.loads(text)
        return found


def stored(name: str) -> str:
    return resources.files("zhibiao").joinpath("data", name).read_text(encoding="utf-8")


def test_the_page_needs_nothing_else() -> None:
    """Protects offline use: no address but the empty icon, no handler in an attribute, two scripts and one style of its own."""
    page = Page(render_report([report(1)]))
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action", "style")], tag
        assert attributes.get("href") in (None, "data:,")
    assert [len(page.inside[kind]) for kind in ("script", "style", "json")] == [2, 1, 1]
    assert "@import" not in page.inside["style"][0]
    assert "url(" not in page.inside["style"][0]
    addresses = re.findall(r"https?://[^\"'\s]+", "".join(page.inside["script"]))
    assert set(addresses) == {"http://www.w3.org/2000/svg"}  # a name, which nothing loads


def test_the_policy_allows_these_scripts_and_no_others() -> None:
    """Protects against a page whose own script is refused, and against one that would run another."""
    page = Page(render_report([report(1)]))
    (policy,) = (a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in (policy or "").split("; "))

    def digests(kind: str) -> list[str]:
        hashes = (hashlib.sha256(text.encode()).digest() for text in page.inside[kind])
        return [f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes]

    assert rules["script-src"].split() == digests("script")
    assert rules["style-src"].split() == digests("style")
    assert (rules["default-src"], rules["img-src"], rules["base-uri"]) == ("'none'", "data:", "'none'")
    order = [tag for tag, attributes in page.tags if tag in ("script", "style") or attributes.get("http-equiv")]
    assert order[0] == "meta"  # a policy counts from where it stands


def test_the_data_come_back_as_they_were() -> None:
    """Protects the evidence: text, offsets, links and numbers in the page are those of the extraction, even hostile ones."""
    extractions = [report(1), hostile(), torn(), Extraction(Document("empty", "没有数字。"))]
    page = Page(render_report(extractions))
    assert page.data["documents"] == [extraction.to_json() for extraction in extractions]
    assert [Extraction.from_json(row) for row in page.data["documents"]][2] == extractions[2]


def test_only_the_indicators_there_are_named() -> None:
    """Protects the size of the page, and the names that the English view shows."""
    assert Page(render_report([torn()])).data["indicators"] == {}
    assert Page(render_report([report(0)])).data["indicators"]["gdp"] == ["地区生产总值", "Gross domestic product"]


def test_hostile_text_is_no_markup() -> None:
    """Protects against text that ends the script element, opens a comment, turns the direction of the page or breaks UTF-8."""
    plain, page = render_report([report(1)]), render_report([hostile()])
    assert [tag for tag, _ in Page(page).tags] == [tag for tag, _ in Page(plain).tags]
    assert Page(page).inside["script"] == Page(plain).inside["script"]
    (data,) = Page(page).inside["json"]
    assert not re.search("[<>&\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]", data)
    page.encode("utf-8")


def test_the_same_extractions_give_the_same_page(tmp_path: Path) -> None:
    """Protects comparisons between runs: no date, no counter, no order of a set; and the file is the string."""
    extractions = [report(n) for n in range(5)]
    page = render_report(extractions)
    assert render_report(iter(extractions)) == page
    save_report(extractions, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == page.encode()


def test_the_pieces_of_a_long_document_are_one() -> None:
    """Protects books: they come in pieces, and their facts must not be spread over several documents."""
    whole = report(1, 4)
    pieces = [
        replace(whole, mentions=whole.mentions[:9], links=whole.links[:5], facts=whole.facts[:3], more=True),
        replace(whole, mentions=whole.mentions[9:], links=whole.links[5:], facts=whole.facts[3:]),
    ]
    assert Page(render_report([*pieces, torn()])).data["documents"] == [whole.to_json(), torn().to_json()]


def test_a_report_of_nothing() -> None:
    """Protects a run whose filter left no document: there is a page, which says so."""
    assert Page(render_report([])).data["documents"] == []


def test_a_number_that_json_lacks_is_refused() -> None:
    """Protects the whole page from one number: a script could not read any of it."""
    with pytest.raises(InputError, match="report-001: holds a number that cannot be written"):
        render_report([replace(report(1), mentions=(replace(report(1).mentions[0], score=float("nan")),))])


@pytest.mark.parametrize("name", ["view.js", "view.charts.js"])
def test_the_scripts_make_no_markup(name: str) -> None:
    """Protects against the one slip that would undo the escaping, and keeps a script element from ending early."""
    script = stored(name)
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "DOMParser", "srcdoc"):
        assert word not in script
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "localStorage", "sessionStorage", "cookie", "import("):
        assert word not in script
    assert "</script" not in script.lower()
    assert "<!--" not in script


def test_both_languages_have_every_word() -> None:
    """Protects readers of either language from a bare key on the page."""
    words, html = json.loads(stored("view.words.json")), stored("view.html")
    script = stored("view.js") + stored("view.charts.js")
    assert words["zh"].keys() == words["en"].keys()
    for key in words["zh"]:
        assert set(re.findall(r"\{\d\}", words["zh"][key])) == set(re.findall(r"\{\d\}", words["en"][key])), key
    used = {*re.findall(r'data-(?:text|label|title|hint)="(\w+)"', html), *re.findall(r'(?:say|named)\("(\w+)"', script)}
    assert used
    assert used <= words["zh"].keys()


def test_every_part_the_script_asks_for_is_there() -> None:
    """Protects against a renamed element, which would stop the script at its first line."""
    asked = set(re.findall(r'\$\("(\w[\w-]*)"\)', stored("view.js") + stored("view.charts.js")))
    asked |= set(re.findall(r'on\("(\w[\w-]*)",', stored("view.js")))
    assert asked
    assert asked <= set(re.findall(r'id="([\w-]+)"', stored("view.html")))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2."""

    def light(color: str) -> float:
        parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read() -> None:
    """Protects readers with poor eyesight: every pair of text and ground that the style uses has the contrast of WCAG AA."""
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", stored("view.css")))
    for label in ("metric", "value", "region", "period", "org", "subject"):
        assert contrast(colors["ink"], colors[label]) >= 7
        assert contrast(colors[f"{label}-ink"], colors["paper"]) >= 4.5
    for ground in ("paper", "ground", "chosen"):
        assert contrast(colors["ink"], colors[ground]) >= 7
        assert contrast(colors["muted"], colors[ground]) >= 4.5
    assert contrast("#ffffff", colors["accent"]) >= 7


# ------------------------------------------------------------------------------------------------------------ command line


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "out.jsonl"
    save([report(1), torn()], path)
    return path


def test_view_writes_the_report(lines: Path, tmp_path: Path) -> None:
    """Protects the command: documents of several files in their order, in one page."""
    more, out = tmp_path / "more.jsonl", tmp_path / "report.html"
    save([report(2)], more)
    assert main(["view", str(lines), str(more), "-o", str(out)]) == 0
    assert [row["id"] for row in Page(out.read_text(encoding="utf-8")).data["documents"]] == ["report-001", "torn", "report-002"]


def test_a_byte_order_mark_and_blank_lines_are_nothing(lines: Path) -> None:
    """Protects files that went through an editor."""
    lines.write_bytes(b"\xef\xbb\xbf" + lines.read_bytes().replace(b"\n", b"\r\n\r\n"))
    assert [extraction.document.id for extraction in read_extractions(lines)] == ["report-001", "torn"]


GOOD = json.dumps(torn().to_json())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; zhibiao extract FILE -o out.jsonl writes one"),
        (b"\n\n", "the file is empty"),
        (b"id,value\r\n", "line 1: is not JSON"),
        (b"PK\x03\x04\xff\xfe", "line 1: is not JSON"),
        (b"[" * 100_000, "line 1: is not JSON"),
        (b'{"text": "1"}', "line 1: is no extraction, for it lacks id, text or entities"),
        (b"[1]", "line 1: is no extraction"),
        (GOOD.encode() + b'\n{"id": 1, "text": 2, "entities": []}', "line 2: does not keep to the output contract"),
        (GOOD.replace('"end_offset": 8', '"end_offset": 99').encode(), "line 1: torn: entity 1 at 4:99 lies outside the text"),
        (GOOD.replace('"start_offset": 4', '"start_offset": "4"').encode(), "line 1: does not keep to the output contract"),
        (GOOD.replace('"facts": [{', '"facts": [{"a": 1}, {').encode(), "line 1: torn: the field 'period_start' is missing"),
        (GOOD.replace("0.8", "NaN").encode(), "line 1: is not JSON"),
        (GOOD.replace("0.8", "1e999").encode(), "line 1: is not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_extraction_is_refused(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Protects an earlier report, and tells file, line and what to do instead."""
    path, out = tmp_path / "out.jsonl", tmp_path / "report.html"
    path.write_bytes(content)
    out.write_text("earlier", encoding="utf-8")
    assert main(["view", str(path), "-o", str(out)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"zhibiao: error: {path}")
    assert message in error
    assert out.read_text(encoding="utf-8") == "earlier"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.jsonl", "report.html"]


@pytest.mark.parametrize(
    ("output", "message"),
    [("report.pdf", "end the name of the output in .html"), ("no/report.html", "there is no folder"), ("", "end the name")],
)
def test_a_bad_output_is_told_first(output: str, message: str, lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Protects the time of whoever reads a large file for a page that cannot be written."""
    assert main(["view", str(lines), "-o", str(lines.parent / output)]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Protects against a report that silently lacks one of its files."""
    assert main(["view", str(tmp_path / "gone.jsonl"), "-o", str(tmp_path / "report.html")]) == 2
    assert "gone.jsonl: cannot be read (No such file or directory)" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


# ----------------------------------------------------------------------------------------------------------- in a browser

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=zh-CN",
)  # fmt: skip


class Browser:
    """A report in headless Chromium."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def show(self, *extractions: Extraction, width: int = 1280, height: int = 900) -> None:
        path = self.folder / "report.html"
        save_report(extractions, path)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get_log("browser")
        self.driver.get(path.as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def settle(self) -> None:
        """Wait for the next frame to be painted."""
        self.driver.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")

    def click(self, selector: str) -> None:
        self.run("document.querySelector(arguments[0]).dispatchEvent(new MouseEvent('click', {bubbles: true}))", selector)
        self.settle()

    def press(self, name: str) -> None:
        """Press a button with the pointer: only then may a page save several files."""
        self.driver.find_element("id", name).click()

    def put(self, name: str, value: str) -> None:
        self.run(
            "const node = document.getElementById(arguments[0]); node.value = arguments[1];"
            "for (const kind of ['input', 'change']) node.dispatchEvent(new Event(kind, {bubbles: true}))",
            name,
            value,
        )
        self.settle()

    def texts(self, selector: str) -> list[str]:
        found: list[str] = self.run("return [...document.querySelectorAll(arguments[0])].map((n) => n.textContent)", selector)
        return found

    def wait(self, condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < limit, "waited in vain"
            time.sleep(0.05)

    def problems(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if importlib.util.find_spec("selenium") is None:
        pytest.skip("selenium is not installed: pip install selenium")
    if not CHROMIUM or not DRIVER:
        pytest.skip("chromium or chromedriver is not installed: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    folder = tmp_path_factory.mktemp("browser")
    options = Options()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": "zh-CN", "download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_script_timeout(60)
    yield Browser(driver, folder)
    driver.quit()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    yield chromium
    assert chromium.problems() == []  # neither an error of the script nor a breach of the policy


IN_SIGHT = "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight"


def test_a_chosen_fact_lights_up_its_evidence(browser: Browser) -> None:
    """Protects the way from the table to the text: marks, links, sentence, details and scrolling."""
    browser.show(report(1, 20), report(2))
    browser.run("document.getElementById('scroll').scrollTop = 1e6")
    browser.settle()
    browser.click("#fact-36")
    fact = report(1, 20).facts[36]
    assert browser.texts("mark.on") == [fact.region, fact.period, fact.metric, fact.value]
    assert browser.run("return [...document.querySelectorAll('#links .link')].map((n) => n.classList[1])") == [
        "METRIC",
        "REGION",
        "PERIOD",
    ]
    assert fact.value in browser.texts("#detail")[0]
    assert browser.run("return [...CSS.highlights.get('evidence')].map(String).join('')").startswith("为，同比增长。")
    browser.wait(lambda: browser.run(IN_SIGHT, "mark.on"))
    assert browser.texts("tr[aria-selected=true] td.region") == [fact.region]


def test_a_mark_leads_to_its_row(browser: Browser) -> None:
    """Protects the way back; a mark of several facts goes through all of them."""
    browser.show(report(1, 40))
    for expected in ("fact-78", "fact-79", "fact-78"):
        browser.run("[...document.querySelectorAll('mark.METRIC')].at(-1).click()")
        assert browser.run("return document.querySelector('tr[aria-selected=true]').id") == expected
        browser.wait(lambda: browser.run(IN_SIGHT, "tr[aria-selected=true]"))


def test_links_follow_the_pointer(browser: Browser) -> None:
    """Protects the picture of a fact: its links are drawn while the pointer is on it, and no others."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    browser.show(report(1))
    assert browser.texts("#links path") == []
    mark = browser.driver.find_elements(By.CSS_SELECTOR, "mark.VALUE")[1]
    ActionChains(browser.driver).move_to_element(mark).perform()
    browser.wait(lambda: browser.run("return document.querySelectorAll('#links .link').length") == 3)
    ActionChains(browser.driver).move_to_element(browser.driver.find_element(By.TAG_NAME, "h1")).perform()
    browser.wait(lambda: browser.run("return document.querySelectorAll('#links .link').length") == 0)


def test_a_torn_mention_is_shown_in_all_parts(browser: Browser) -> None:
    """Protects newspaper pages, and offsets after a character that JavaScript counts twice."""
    browser.show(torn())
    browser.click("#fact-0")
    assert browser.texts("mark") == ["产值", "12亿元", "全部工业"]
    assert browser.texts("mark.on.torn") == ["产值", "全部工业"]
    assert browser.run("return document.querySelectorAll('#links .torn').length") == 1


def test_the_filter_reaches_table_counts_and_charts(browser: Browser) -> None:
    """Protects what an analyst reads off: all parts of the page show the same facts."""
    browser.show(*(report(n) for n in range(30)))
    browser.put("query", "深圳市 同比")
    facts = [fact for n in range(30) for fact in report(n).facts if fact.region == "深圳市"]
    assert browser.texts("#shown") == [f"显示 {len(facts)} 条"]
    assert set(browser.texts("#levels .group")) == {"深圳市"}
    assert all("深圳市" in row for row in browser.texts("#rows td.region"))
    browser.put("kind", "change")
    assert browser.texts("#levels") == ["筛选结果中没有带数值的水平。"]
    assert browser.texts("#changes svg")
    browser.put("query", "没有这样的话")
    assert browser.run("return document.getElementById('empty').hidden") is False
    browser.click("button[type=reset]")
    browser.wait(lambda: browser.texts("#shown") == ["显示 180 条"])
    browser.put("score", "0.95")
    assert browser.texts("#shown") == ["显示 0 条"]


def test_columns_sort(browser: Browser) -> None:
    """Protects orders: numbers by size within a unit, a second press turns them, a third gives the order of the text."""
    browser.show(report(3, 8))
    levels = sorted((fact.quantity.amount for fact in report(3, 8).facts if fact.kind == "level"), reverse=True)
    browser.put("kind", "level")
    before = browser.texts("#rows td.value b")
    browser.click("th.value button")
    assert [Decimal(text.removesuffix("亿元").replace(",", "")) * 10**8 for text in browser.texts("#rows td.value b")] == levels
    browser.click("th.value button")
    assert browser.run("return document.querySelector('th.value').getAttribute('aria-sort')") == "ascending"
    browser.click("th.value button")
    assert browser.texts("#rows td.value b") == before


def test_what_is_filtered_is_exported(browser: Browser) -> None:
    """Protects the tables people take along: the CSV says what zhibiao extract writes, numbers and all, and so does the JSON."""
    extractions = [report(1), hostile(), report(2)]
    browser.show(*extractions)
    browser.put("status", "actual")
    browser.press("csv")
    path = browser.folder / "zhibiao-facts.csv"
    browser.wait(path.exists)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    save(extractions, browser.folder / "expected.csv")
    with (browser.folder / "expected.csv").open(encoding="utf-8-sig", newline="") as stream:
        expected = [row for row in csv.DictReader(stream) if row["status"] == "actual"]
    found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert found == expected
    browser.put("status", "constructor")
    browser.press("json")
    browser.wait((browser.folder / "zhibiao-facts.json").exists)
    (row,) = json.loads((browser.folder / "zhibiao-facts.json").read_text(encoding="utf-8"))
    assert {name: row[name] for name in ("amount", "status", "published")} == {
        "amount": 1_200_000_000,
        "status": "constructor",
        "published": "2024-12-28",
    }


def test_hostile_text_stays_text_in_the_browser(browser: Browser) -> None:
    """Protects the reader: nothing of the text runs, becomes an element, or turns the direction of what stands around it."""
    browser.show(hostile(), report(1))
    browser.click("#fact-0")
    for name in ("language", "language"):
        browser.click(f"#{name}")
    assert browser.run("return window.pwned === undefined && Object.prototype.pwned === undefined")
    assert browser.run("return document.querySelectorAll('img, #text script, #text h1, mark[onclick]').length") == 0
    body = browser.run("return document.body.innerText")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200f\u0000]", body)
    assert "<img src=x onerror='window.pwned = 2'>" in browser.texts("#text")[0]
    assert "😀🏭" in browser.texts("#text mark")[0]


def test_two_languages(browser: Browser) -> None:
    """Protects readers of either language: the browser's comes first, the switch changes labels and numbers."""
    browser.show(report(0))
    assert browser.texts("h1") == ["经济指标报告"]
    assert browser.texts("#rows td.value b")[0] == "5亿元"
    browser.click("#language")
    assert browser.run("return [document.documentElement.lang, document.title]") == ["en", "Economic indicators"]
    assert browser.texts("#rows td.value b")[0] == "CNY 500 m"
    assert browser.texts("#rows td.indicator")[0] == "地区生产总值 Gross domestic product"
    assert browser.texts("#rows td.period")[0] == "Jan 2021"


def test_keys_are_enough(browser: Browser) -> None:
    """Protects those who use no pointer: arrows choose in the table, Enter on a mark or a bar chooses its fact."""
    from selenium.webdriver import ActionChains, Keys

    browser.show(report(1, 40))
    browser.run("document.getElementById('table').focus()")
    ActionChains(browser.driver).send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.END).perform()
    browser.settle()
    assert browser.run("return document.getElementById('table').getAttribute('aria-activedescendant')") == "fact-79"
    browser.wait(lambda: browser.run(IN_SIGHT, "#fact-79"))
    browser.run("document.querySelector('mark.VALUE').focus()")
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    assert browser.run("return document.querySelector('tr[aria-selected=true]').id") == "fact-0"
    browser.run("document.querySelectorAll('#levels .bar-row')[1].focus()")
    ActionChains(browser.driver).send_keys(" ").perform()
    assert browser.run("return document.querySelector('tr[aria-selected=true]').id") != "fact-0"


def test_a_telephone_is_wide_enough(browser: Browser) -> None:
    """Protects small screens: nothing has to be scrolled sideways, and a chosen fact brings its text into sight."""
    browser.show(report(1, 12), report(2), width=390, height=844)
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    browser.click("#fact-1")
    browser.wait(lambda: browser.run(IN_SIGHT, "mark.on"))
    browser.show(report(1, 12), report(2), width=1280)
    assert browser.run("return document.documentElement.scrollHeight") <= 900


def test_all_that_is_filtered_is_printed(browser: Browser) -> None:
    """Protects paper: rows out of sight are printed too, and the screen is as before afterwards."""
    browser.show(report(1, 60))
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert len(browser.texts("#rows tr:not(.gap)")) == 120
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert len(browser.texts("#rows tr:not(.gap)")) < 60


def test_five_thousand_facts_without_lag(browser: Browser) -> None:
    """Protects large reports: few rows are in the page, and a keystroke in the filter takes under 100 ms of processor."""
    browser.show(*(report(n, 13) for n in range(200)))
    browser.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = browser.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    assert browser.texts("#summary") == ["200 份文档，5,200 条事实"]
    costs = []
    for query in ("深", "深圳", "深圳市", "深圳市 出口", "", "2", "20", "202", "2023"):
        before = spent()
        browser.put("query", query)
        costs.append(spent() - before)
    assert sorted(costs)[len(costs) // 2] < 0.1, costs
    assert browser.run("return document.querySelectorAll('*').length") < 2500
    browser.run("document.getElementById('scroll').scrollTop = 1e9")
    browser.settle()
    assert browser.run("return document.querySelector('#rows tr:nth-last-child(2)').getAttribute('aria-rowindex')") is not None
    browser.driver.execute_cdp_cmd("Performance.disable", {})
