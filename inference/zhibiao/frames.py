"""Facts as a data frame, one row a fact: pyarrow, pandas or polars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zhibiao.errors import require
from zhibiao.extraction import Extraction

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["to_arrow", "to_pandas", "to_polars"]


def to_arrow(extractions: Extraction | Iterable[Extraction]) -> pa.Table:
    """Put the facts of one or more extractions into an Arrow table of :data:`zhibiao.arrow.FACT_SCHEMA`.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    require("pyarrow", "frames", "to_arrow")
    import pyarrow as pa

    from zhibiao.arrow import FACT_SCHEMA, fact_batches

    given = [extractions] if isinstance(extractions, Extraction) else extractions
    return pa.Table.from_batches(fact_batches(given), schema=FACT_SCHEMA)


def to_pandas(extractions: Extraction | Iterable[Extraction]) -> pd.DataFrame:
    """Put the facts of one or more extractions into a pandas data frame.

    Dates are ``datetime64``, ``page`` and ``row`` are ``Int64``, and what a fact does not have is missing.

    Raises:
        MissingExtraError: If pandas or pyarrow is not installed.
    """
    require("pandas", "frames", "to_pandas")
    import pandas as pd

    table = to_arrow(extractions)
    whole = {field.name for field in table.schema if str(field.type) == "int64"}
    frame: pd.DataFrame = table.drop_columns(list(whole)).to_pandas(date_as_object=False)
    for place, name in enumerate(table.schema.names):
        if name in whole:
            frame.insert(place, name, pd.array(table[name].to_pylist(), dtype="Int64"))
    return frame


def to_polars(extractions: Extraction | Iterable[Extraction]) -> pl.DataFrame:
    """Put the facts of one or more extractions into a polars data frame.

    Raises:
        MissingExtraError: If polars or pyarrow is not installed.
    """
    require("polars", "frames", "to_polars")
    import polars as pl

    frame = pl.from_arrow(to_arrow(extractions))
    assert isinstance(frame, pl.DataFrame)
    return frame
