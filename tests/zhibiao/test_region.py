"""A code joins tables: a wrong one joins what does not belong together, so doubt must stay doubt."""

from __future__ import annotations

import json
import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.region import Region, resolve_region
from zhibiao.stored import read_stored

CASES = json.loads((Path(__file__).parents[1] / "spec" / "region.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("group", sorted({case["group"] for case in CASES}))
def test_the_specification(group: str) -> None:
    wrong = []
    for case in CASES:
        if case["group"] == group:
            found = resolve_region(case["text"], case.get("within"), date.fromisoformat(case["on"]) if "on" in case else None)
            if _row(found) != case.get("expect", {}):
                wrong.append((case, found))
    assert not wrong


def _row(found: Region) -> dict[str, object]:
    candidates = [area.code for area in found.candidates]
    row = {"name": found.name if found.resolved else "", "code": found.code, "kind": found.kind, "candidates": candidates}
    return {name: value for name, value in row.items() if value}


def test_the_specification_is_large_and_has_no_doubles() -> None:
    assert len(CASES) >= 400
    inputs = [json.dumps([case["text"], case.get("within"), case.get("on")]) for case in CASES]
    assert len(set(inputs)) == len(inputs)


def test_what_was_found_before_serves_as_context_like_words() -> None:
    assert resolve_region("全市", [resolve_region("绵阳")]) == resolve_region("全市", ["绵阳"]) == resolve_region("全市", "绵阳")
    assert resolve_region("朝阳区", [Region("某地")]).kind == "ambiguous"


def test_every_division_country_and_zone_resolves_to_itself() -> None:
    for code, name in read_stored("divisions.json")["divisions"]:
        if code.endswith("00"):
            assert resolve_region(name) == Region(name, code, "province" if code.endswith("0000") else "prefecture")
    for code, name in read_stored("countries.json")["countries"]:
        assert re.fullmatch("[A-Z]{2}", code)
        assert resolve_region(name) == Region(name, code, "country")
    zones = read_stored("zones.json")["zones"]
    assert len([kind for _, _, kind, _, _ in zones if kind == "new_area"]) == 19
    for name, code, _, _, words in zones:
        for word in (name, *words):
            assert resolve_region(word) == Region(name, code, "zone")


def test_a_division_is_the_one_of_its_day() -> None:
    assert resolve_region("江宁县").code == "320121"
    assert resolve_region("江宁", on=date(1999, 1, 1)) == Region("江宁县", "320121", "county")
    assert resolve_region("江宁", on=date(2020, 1, 1)) == Region("江宁区", "320115", "county")
    assert resolve_region("江宁") == Region("江宁区", "320115", "county")


def test_the_data_names_its_source() -> None:
    for name in ("divisions.json", "former_divisions.json", "countries.json"):
        for source in read_stored(name)["source"]:
            assert source["package"]
            assert source["version"]
            assert re.fullmatch(r"\d{4}-\d\d(-\d\d)?", source["published"])
    codes = [code for code, _ in read_stored("divisions.json")["divisions"]]
    assert len([code for code in codes if code.endswith("0000")]) == 34
    assert len(set(codes)) == len(codes)
    for _, _, since, until in read_stored("former_divisions.json")["divisions"]:
        assert not since or not until or since < until
    assert {code for _, code, *_ in read_stored("zones.json")["zones"] if code} <= set(codes)


@pytest.mark.parametrize("code", ["US", "JP", "IN", "BR", "ZA", "VN", "MM", "LA", "MN", "KP", "KG", "TJ", "HU", "MT", "BN", "TL"])
def test_large_economies_neighbours_and_union_members_are_known(code: str) -> None:
    assert code in {known for known, _ in read_stored("countries.json")["countries"]}


@given(st.text(max_size=50), st.lists(st.text(max_size=20), max_size=5))
def test_no_name_raises(name: str, context: list[str]) -> None:
    resolve_region(name, context)


@given(st.text("北京海南江苏省市区县州全该我高新区开发园中国", max_size=12), st.sampled_from(["北京", "成都高新区", "平武县"]))
def test_what_is_found_has_a_name_and_a_code_of_its_kind(name: str, before: str) -> None:
    found = resolve_region(name, [before])
    assert found.code is None or (found.resolved and re.fullmatch(r"\d{6}|[A-Z]{2}", found.code))
    assert bool(found.candidates) == (found.kind == "ambiguous")


def test_hostile_input_is_left_at_once() -> None:
    resolve_region("北京")
    begin = time.perf_counter()
    assert not resolve_region("北京" * 500_000, ["全市" * 500_000] * 1000).resolved
    assert time.perf_counter() - begin < 0.5
