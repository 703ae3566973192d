"""The whole path at run time, on a tiny model: offsets, edges, and no torch anywhere."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhibiao import Article, Document, Extractor, InputError
from zhibiao.extraction import Extraction
from zhibiao.table import render_lines, write_jsonl

HOSTILE = "今年前三季度，该区\n\n工业产\r\n值实现１２３.５亿元😀，同比增长 5.6%。\u3000全市“产值”达９家；"


@pytest.fixture(scope="module")
def extractor(tiny_model: Path) -> Extractor:
    return Extractor.load(tiny_model)


def check(extraction: Extraction, text: str) -> None:
    """Everything the contract promises of offsets and ids."""
    assert extraction.document.text == text
    ids = {m.id: m for m in extraction.mentions}
    assert len(ids) == len(extraction.mentions)
    reached = 0
    for m in extraction.mentions:
        assert reached <= m.start < m.end <= len(text)
        reached = m.end
    for link in extraction.links:
        assert ids[link.head].label in ("VALUE", "METRIC")
        assert link.tail in ids
    for fact in extraction.facts:
        words = text[fact.start : fact.end]
        assert "".join(fact.value.split()) == "".join(words.split())
        assert "\n" not in fact.metric
    assert Extraction.from_json(json.loads(json.dumps(extraction.to_json()))) == extraction


def test_offsets_count_the_callers_code_points(extractor: Extractor) -> None:
    text = HOSTILE * 9
    extraction = extractor.extract(text, published="2020-11-13")
    assert len(extraction.mentions) > 20
    assert extraction.links
    check(extraction, text)


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=150))
def test_any_text_is_read(extractor: Extractor, text: str) -> None:
    check(extractor.extract(text), text)


def test_empty_text_gives_an_empty_extraction(extractor: Extractor) -> None:
    extraction = extractor.extract("")
    assert (extraction.mentions, extraction.links, extraction.facts) == ((), (), ())


def test_a_long_text_comes_in_pieces_that_make_the_whole(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its length, a text is read without holding everything found in it; nothing is lost, doubled or renumbered."""
    text = HOSTILE * 12
    document = Document("long", text, articles=tuple(Article(at, at + len(HOSTILE)) for at in range(0, len(text), len(HOSTILE))))
    whole = extractor.extract(document)
    monkeypatch.setattr("zhibiao.extractor._PART", 2 * len(HOSTILE))
    pieces = list(extractor.extract_parts(document))
    assert [piece.more for piece in pieces] == [True] * 5 + [False]
    assert all(piece.document is pieces[0].document for piece in pieces)
    assert extractor.extract(document) == whole
    stream = io.StringIO()
    write_jsonl([*pieces, whole], stream)
    joined, single = (json.loads(line) for line in stream.getvalue().splitlines())
    assert joined == single == whole.to_json()
    assert "".join(render_lines(pieces, headings=True)).count("==") == 2


@pytest.mark.parametrize(("threads", "ahead"), [(1, 1), (2, 4)])
def test_a_stream_gives_what_extract_gives(tiny_model: Path, threads: int, ahead: int) -> None:
    """In order, whatever stands beside a document, and few of them at a time."""
    extractor = Extractor.load(tiny_model, threads=threads)
    taken: list[int] = []

    def documents() -> Iterator[Document | str | tuple[str, str]]:
        for number, each in enumerate([HOSTILE, ("b", HOSTILE * 5), Document("c", "产值3元"), "", HOSTILE]):
            taken.append(number)
            yield each

    stream = extractor.stream(documents(), published="2020-11-13")
    assert taken == []
    assert next(stream) == extractor.extract(HOSTILE, published="2020-11-13", id="1")
    assert taken == list(range(ahead))
    rest = list(stream)
    assert [each.document.id for each in rest] == ["b", "c", "4", "5"]
    assert rest[0] == extractor.extract(HOSTILE * 5, published="2020-11-13", id="b")
    assert all(each.document.published == date(2020, 11, 13) for each in rest)


def test_a_bad_document_does_not_end_a_stream(extractor: Extractor) -> None:
    overlapping = Document("page", HOSTILE, articles=(Article(0, 9), Article(5, 12)))
    documents: list[Any] = ["产值3元", overlapping, InputError("a.pdf: no text"), ("row 4", float("nan")), None, "产值5元"]
    errors: list[InputError] = []
    extractions = list(extractor.stream(documents, on_error=errors.append))
    assert [each.document.id for each in extractions] == ["1", "6"]
    reasons = ["page: the article at 5:12 overlaps", "a.pdf: no text", r"row 4: is no text but float \(nan\)", "5: is no text"]
    for error, reason in zip(errors, reasons, strict=True):
        assert re.match(reason, str(error))
    with pytest.warns(UserWarning, match="^left out: ") as warned:
        assert len(list(extractor.stream(documents))) == 2
    assert {each.filename for each in warned} == {__file__}


@pytest.mark.parametrize("documents", ["产值3元", Document("a", "产值3元")])
def test_a_stream_of_one_text_is_a_mistake(extractor: Extractor, documents: Any) -> None:
    """A string is an iterable of its characters, each of which would be a document."""
    with pytest.raises(InputError, match="use extract for one text"):
        extractor.stream(documents)


def test_a_stream_checks_the_date_at_once(extractor: Extractor) -> None:
    with pytest.raises(InputError, match="2020-13-01"):
        extractor.stream([], published="2020-13-01")


def test_threads_get_what_one_thread_gets(extractor: Extractor) -> None:
    texts = [HOSTILE * (number % 7 + 1) for number in range(14)]
    single = [extractor.extract(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(extractor.extract, texts)) == single


def test_a_text_without_any_place_to_cut_is_read_to_its_end(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhibiao.extractor._STRETCH", 40)
    text = "产值９亿" * 50
    assert max(m.end for m in extractor.extract(text).mentions) > len(text) - 40


def test_links_stay_within_their_article(extractor: Extractor) -> None:
    text = HOSTILE * 4
    middle = len(HOSTILE) * 2
    document = Document("page", text, articles=(Article(0, middle), Article(middle, len(text))))
    extraction = extractor.extract(document)
    check(extraction, text)
    side = {m.id: m.start < middle for m in extraction.mentions}
    assert set(side.values()) == {True, False}
    assert all(side[link.head] == side[link.tail] for link in extraction.links)


def test_a_date_that_is_none(extractor: Extractor) -> None:
    with pytest.raises(InputError, match="2020-13-01"):
        extractor.extract("产值3元", published="2020-13-01")


def test_importing_and_extracting_load_no_training_library(tiny_model: Path) -> None:
    program = f"""
import sys, zhibiao
early = sorted(set(sys.modules) & {{"numpy", "onnxruntime"}})
extraction = zhibiao.Extractor.load({str(tiny_model)!r}).extract("今年该区产值3亿元，增长5%。")
late = sorted(set(sys.modules) & {{"torch", "transformers", "datasets", "seqeval", "zhibiao_training"}})
print(early, late, len(extraction.mentions))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    early, late, mentions = done.stdout.rsplit(maxsplit=2)[0], done.stdout.split()[-2], done.stdout.split()[-1]
    assert (early, late) == ("[]", "[]")
    assert int(mentions) > 0
