"""The page: texts of a corpus come from anywhere, and must not be able to do anything in a reader's browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from zhibiao.extraction import Extraction
from zhibiao_training.brackets import read_brackets
from zhibiao_training.markup import Markup, join, tag
from zhibiao_training.report import Report, build_report
from zhibiao_training.report_page import render_page

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"
_VOID = {"meta", "input"}


class _Page(HTMLParser):
    """Reads a page strictly: every element must be closed by its own end tag."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def report(found_as: Callable[..., Extraction]) -> Report:
    """A text, a passage's name and the names of model and gold that all try to become markup."""
    gold = f"{HOSTILE}⟦R1:甲市{HOSTILE}⟧⟦M1 R1:产值⟧⟦V1 M1:9元⟧，⟦M2:税收⟧⟦V2 M2:3元⟧"
    found = gold.replace("M1 R1", "M1").replace("⟦V2 M2:3元⟧", "3元")
    return build_report([read_brackets(gold, HOSTILE)], [found_as(found, HOSTILE)], HOSTILE, HOSTILE)


@pytest.fixture(scope="module")
def page(report: Report) -> _Page:
    return _Page(render_page(report))


def test_hostile_text_stays_text(page: _Page) -> None:
    """It is shown as it stands, and no element or attribute comes of it."""
    assert "".join(page.words).count(HOSTILE) >= 5
    assert not page.named("script") + page.named("img")
    assert all(not name.startswith("on") and name != "style" for _, attributes in page.elements for name in attributes)


def test_nothing_is_loaded(page: _Page) -> None:
    assert all(name not in ("src", "href", "srcset", "action") for _, attributes in page.elements for name in attributes)
    [style] = [words for words in page.words if ":root" in words]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_the_own_style_sheet_and_nothing_else(page: _Page) -> None:
    [style] = [words for words in page.words if ":root" in words]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = [each["content"] for each in page.named("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_errors_can_be_filtered_by_cause(page: _Page, report: Report) -> None:
    """A button each, the first for all; every error has the class that its button leaves in sight."""
    buttons = [each["id"] for each in page.named("input")]
    assert buttons == [f"pick-{n}" for n in range(len(report.causes) + 1)]
    assert [each["for"] for each in page.named("label")] == buttons
    [style] = [words for words in page.words if ":root" in words]
    errors = [str(each["class"]).split()[1] for each in page.named("article")]
    assert len(errors) == len(report.misses) == 2
    for number, cause in enumerate(report.causes, 1):
        assert f"#pick-{number}:checked~.misses .miss:not(.cause-{number})" in style
        assert errors.count(f"cause-{number}") == report.causes[cause]


def test_mentions_are_marked_in_place(page: _Page) -> None:
    marks = [each["class"] for each in page.named("mark")]
    assert {"REGION", "METRIC", "VALUE here"} <= set(marks)


def test_plots_hold_numbers_only(page: _Page) -> None:
    """One for each: mentions, links, confusion, three kinds of scores, coverage."""
    assert len(page.named("svg")) == 7
    for name, attributes in page.elements:
        if name in ("rect", "line", "circle"):
            for key in set(attributes) - {"class"}:
                assert re.fullmatch(r"-?\d+(\.\d+)?(e-\d+)?", str(attributes[key])), (name, key, attributes[key])


def test_a_report_without_anything_is_a_page(report: Report) -> None:
    empty = replace(report, misses=(), causes={}, coverage=())
    assert _Page(render_page(empty)).named("input") == [
        {"type": "radio", "name": "pick", "id": "pick-0", "class": "pick", "checked": ""}
    ]


def test_only_markup_is_taken_as_it_stands() -> None:
    assert tag("b", "<", tag("i", "&"), 3, class_='"') == '<b class="&quot;">&lt;<i>&amp;</i>3</b>'
    assert tag("line", stroke_width=2, name=None) == '<line stroke-width="2"></line>'
    assert join(["<", Markup("<hr>")]) == "&lt;<hr>"
