"""A figure read with another article's region is a wrong figure, and half a sentence gives half a fact."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from zhibiao.page import read_page

TWO = """江州日报 2023年5月6日 星期六 第3版

一季度外贸增长两成

临港片区开放发展交出新答卷

本报记者 林远 通讯员 周宁

记者4月28日从临港片区管委会获悉,今年一季度,该片区外贸进出口总额达到86.4亿元,同比增长21

.5%。其中出口增长18.2%。

平台集聚 夯实产业根基

截至目前,片区已集聚跨境电商企业320

家,比年初新增41家。

青禾县粮食收购突破百万吨

本报讯(记者陈立)5月5日,青禾县粮食收购现场会召开。今年以来,全县累计收购粮食105万吨。

王强摄
"""


def _read(text: str) -> list[tuple[str | None, list[str]]]:
    return [
        (
            text[slice(*article.title)] if article.title else None,
            ["".join(text[line.start : line.end] for line in paragraph) for paragraph in article.paragraphs],
        )
        for article in read_page(text).articles
    ]


def test_articles_are_told_apart_with_their_titles_and_broken_lines_are_joined() -> None:
    first, second = _read(TWO)
    assert first[0] == "临港片区开放发展交出新答卷"
    assert second[0] == "青禾县粮食收购突破百万吨"
    assert any(paragraph.endswith("同比增长21.5%。其中出口增长18.2%。") for paragraph in first[1])
    assert "截至目前,片区已集聚跨境电商企业320家,比年初新增41家。" in first[1]
    assert "平台集聚 夯实产业根基" in first[1]
    assert second[1][-1] == "王强摄"


def test_joins_are_told_by_their_offsets() -> None:
    joins = read_page(TWO).joins
    assert [(TWO[join.before - 2 : join.before], TWO[join.after : join.after + 2], join.moved) for join in joins] == [
        ("21", ".5", False),
        ("20", "家,", False),
    ]


def test_a_piece_torn_off_is_put_back_where_it_fits() -> None:
    torn = TWO.replace("\n\n.5%。其中出口增长18.2%。", "").replace(
        "平台集聚 夯实产业根基", "园区道路全部通车。\n\n.5%。其中出口增长18.2%。\n\n平台集聚 夯实产业根基"
    )
    # 增长21 is now followed by a complete sentence that does not go on from it.
    torn = torn.replace("同比增长21\n\n园区道路全部通车。", "同比增长21\n\n服务提质 营商环境更优\n\n园区道路全部通车。")
    first, _ = _read(torn)
    assert any("同比增长21.5%。其中出口增长18.2%。" in paragraph for paragraph in first[1])
    page = read_page(torn)
    assert any(join.moved for join in page.joins)
    assert page.breaks == ()


def test_what_breaks_off_for_good_is_told() -> None:
    cut = TWO[: TWO.index(".5%")].rstrip()
    assert read_page(cut).breaks == (len(cut),)


def test_an_ordinary_text_is_one_article_and_nothing_is_joined() -> None:
    text = "前三季度经济运行情况\n全市地区生产总值486.3亿元，增长7.2%。\r\n工业增加值增长9.6%。\n下一步工作安排\n抓好项目建设。"
    page = read_page(text)
    assert len(page.articles) == 1
    assert page.joins == page.breaks == ()


def test_the_points_of_a_list_are_not_run_together() -> None:
    text = "主要工作如下：\n一是抓项目，全年完成投资286亿元，同比增长11.4%\n二是稳外贸，进出口总额达到93亿元，同比增长6.2%\n"
    assert read_page(text).joins == ()


def test_lines_cut_to_one_width_are_joined() -> None:
    paragraph = "今年以来，青禾县坚持以项目建设为抓手，上半年实现地区生产总值58.6亿元，同比增长6.9%，固定资产投资增长12.4%。"
    text = "\n".join(paragraph[at : at + 12] for at in range(0, len(paragraph), 12))
    ((_, paragraphs),) = _read(text)
    assert paragraphs == [paragraph]


def test_items_of_a_column_are_articles_of_their_own() -> None:
    text = "综合快讯\n●青禾县一季度旅游收入增长15.2%。\n●江口市新增企业1200家，同比增长8%。\n"
    assert len(read_page(text).articles) == 3


PAGES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((Path(__file__).parents[1] / "pages").glob("*.json"))]


def test_most_pieces_of_the_test_pages_are_joined_rightly() -> None:
    """Benchmarks tell the figures (inference/benchmarks/pages.py); this holds the floor under them."""
    right = told = true = 0
    for page in PAGES:
        pieces = defaultdict(list)
        for segment in page["segments"]:
            if segment["article"] is not None:
                pieces[segment["article"], segment["paragraph"]].append((segment["part"], segment["start"], segment["end"]))
        wanted = {(a[2], b[1]) for parts in pieces.values() for a, b in pairwise(sorted(parts))}
        found = {(join.before, join.after) for join in read_page(page["text"]).joins}
        right, told, true = right + len(wanted & found), told + len(found), true + len(wanted)
    assert len(PAGES) >= 25
    assert right / told > 0.9
    assert right / true > 0.85


def test_most_articles_of_the_test_pages_have_their_titles() -> None:
    wanted = found = 0
    for page in PAGES:
        titles = {page["text"][slice(*article.title)] for article in read_page(page["text"]).articles if article.title}
        wanted += sum(article["title"] is not None for article in page["articles"])
        found += sum(article["title"] in titles for article in page["articles"])
    assert found / wanted > 0.8


@given(st.text("甲乙。，,\n \r1记者摄本报讯《》2020年5月6日■●", max_size=200))
def test_every_line_is_in_exactly_one_article(text: str) -> None:
    page = read_page(text)
    places = sorted((line.start, line.end) for article in page.articles for paragraph in article.paragraphs for line in paragraph)
    assert "".join("".join(text[start:end] for start, end in places).split()) == "".join(text.split())
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
    assert all(text[join.before - 1].strip() and text[join.after].strip() for join in page.joins)


def test_a_long_text_is_read_in_time_that_grows_with_its_length() -> None:
    begin = time.perf_counter()
    read_page("全市实现地区生产总值486.3亿元\n" * 20_000)
    assert time.perf_counter() - begin < 20
