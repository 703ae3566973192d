"""SDMX-CSV: that pysdmx reads it, that no fact is lost, and that a code means one thing."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysdmx.io import read_sdmx
from pysdmx.model.message import Message

from zhibiao.columns import COLUMNS
from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.sdmx import ATTRIBUTES, DIMENSIONS, SDMX_COLUMNS, area_code
from zhibiao.sink import save


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.sdmx.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_pysdmx_reads_it(path: Path, extraction: Extraction) -> None:
    save([extraction], path)
    message: Message = read_sdmx(path)
    datasets = {dataset.short_urn: dataset.data for dataset in message.data or ()}  # type: ignore[attr-defined]
    assert set(datasets) == {"Dataflow=ZHIBIAO:FACTS(1.0.0)", "Dataflow=ZHIBIAO:UNDATED_FACTS(1.0.0)"}
    dated, undated = datasets["Dataflow=ZHIBIAO:FACTS(1.0.0)"], datasets["Dataflow=ZHIBIAO:UNDATED_FACTS(1.0.0)"]
    assert list(dated.columns) == list(SDMX_COLUMNS[3:])
    assert list(dated["OBS_VALUE"]) == ["125400000000", "9.8", "125400000000", "125400000000"]
    assert list(dated["TIME_PERIOD"]) == ["2020-01-01/P9M"] * 4
    assert list(undated["TIME_PERIOD"]) == [""]
    assert not dated.duplicated(list(DIMENSIONS)).any()


def test_what_the_text_leaves_open_has_a_code(path: Path, extraction: Extraction) -> None:
    save([extraction], path)
    first, change, loose, unclear, hostile = rows_of(path)
    assert (first["INDICATOR"], first["BREAKDOWN"], first["BASIS"], first["OBS_STATUS"]) == ("_U", "_U", "_Z", "A")
    assert (change["INDICATOR"], change["BREAKDOWN"], change["BASIS"], change["UNIT_MEASURE"]) == ("gdp", "_T", "yoy", "%")
    assert (loose["OBS_VALUE"], loose["OBS_STATUS"], loose["LOWER"], loose["UPPER"]) == ("", "O", "3.5", "4")
    assert (loose["REF_AREA"], loose["FREQ"], loose["STATUS"]) == ("_X", "_U", "target")
    assert (unclear["REF_AREA"], unclear["OBS_STATUS"], unclear["REGION"]) == ("_U", "E", "朝阳")
    assert (hostile["NAME"], hostile["VALUE"]) == ("'=1+1", "'-3.5%")
    assert first["UNIT_MULT"] == "0"


def test_a_part_of_an_indicator_is_told_apart(path: Path, extraction: Extraction, fact: Fact) -> None:
    part = replace(fact, indicator="manufacturing_investment", name="高技术制造业投资")
    save([replace(extraction, facts=(part, replace(part, name="制造业投资增速")))], path)
    assert [row["BREAKDOWN"] for row in rows_of(path)] == ["_O", "_T"]


def test_a_zone_is_not_the_division_it_lies_in() -> None:
    assert area_code("广东省", "440000", "province") == "440000"
    assert area_code("德国", "DE", "country") == "DE"
    assert area_code("全球", None, "world") == "001"
    assert area_code("重庆两江新区", "500000", "zone") == "500000_ZD2E37810"
    assert area_code("长三角", None, "group") != area_code("东盟", None, "group")
    assert area_code(None, None, "ambiguous") is None
    assert area_code(None, None, None) is None


def test_every_column_of_a_fact_is_there() -> None:
    said = {"amount": "OBS_VALUE", "unit": "UNIT_MEASURE", "frequency": "FREQ", "id": "DOCUMENT"}
    for column in COLUMNS:
        assert said.get(column.name, column.name.upper()) in SDMX_COLUMNS
    assert set(DIMENSIONS).isdisjoint(ATTRIBUTES)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_makes_a_file_that_pysdmx_reads(path: Path, fact: Fact, text: str) -> None:
    save([Extraction(Document(text, text), facts=(replace(fact, name=text, sentence=text),))], path)
    data = read_sdmx(path).data
    assert data is not None
    assert len(data[0].data) == 1  # type: ignore[attr-defined]
