"""Data frames: types that can be worked with, the same facts in each, and an empty one with all its columns."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import polars as pl
import pytest

from zhibiao import Extraction, MissingExtraError, to_arrow, to_pandas, to_polars
from zhibiao.arrow import FACT_SCHEMA
from zhibiao.document import Document


def test_arrow(extraction: Extraction) -> None:
    table = to_arrow(iter([extraction, extraction]))
    assert table.schema.equals(FACT_SCHEMA)
    assert table.column("value").to_pylist()[:2] == ["1254亿元", "9.8%"]
    assert table.num_rows == 10


def test_pandas(extraction: Extraction) -> None:
    """Numbers can be summed, dates compared, and a page stays a whole number where another fact has none."""
    frame = to_pandas(extraction)
    assert list(frame.columns) == FACT_SCHEMA.names
    assert frame.loc[frame["unit"] == "CNY", "amount"].iloc[0] == 125_400_000_000
    assert frame["period_end"].dt.year.dropna().unique().tolist() == [2020]
    assert frame["period_end"].isna().tolist() == [False, False, True, False, False]
    assert str(frame["row"].dtype) == str(frame["page"].dtype) == str(frame["start_offset"].dtype) == "Int64"
    assert frame["row"].tolist() == [7] * 5
    assert frame["page"].isna().all()
    assert frame["region"].isna().tolist() == [False, False, True, False, False]


def test_polars(extraction: Extraction) -> None:
    frame = to_polars([extraction])
    assert frame.columns == FACT_SCHEMA.names
    assert frame["period_end"].to_list()[0] == date(2020, 9, 30)
    assert frame.filter(pl.col("kind") == "change")["amount"].to_list() == [9.8]
    assert frame["region_candidates"].to_list()[3][0] == {"name": "朝阳区", "code": "110105", "kind": "county"}


def test_nothing_found_has_the_same_columns(extraction: Extraction) -> None:
    """A program that reads a column must not fail on the day that brings no facts."""
    none = Extraction(Document("none", ""))
    for given in ([], none, [none]):
        assert to_arrow(given).schema.equals(FACT_SCHEMA)
        assert dict(to_polars(given).schema) == dict(to_polars(extraction).schema)
        frame = to_pandas(given)
        assert len(frame) == 0
        assert frame.dtypes.astype(str).to_dict() == to_pandas(extraction).dtypes.astype(str).to_dict()
    assert isinstance(to_pandas([]), pd.DataFrame)


@pytest.mark.parametrize(
    ("function", "package"), [(to_arrow, "pyarrow"), (to_pandas, "pandas"), (to_polars, "polars"), (to_pandas, "pyarrow")]
)
def test_a_missing_package_is_named_with_its_extra(
    function: Callable[[Any], Any], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("zhibiao.errors.find_spec", lambda name: None if name == package else found(name))
    with pytest.raises(MissingExtraError, match=rf"{package}.*pip install 'zhibiao\[frames\]'"):
        function([])
