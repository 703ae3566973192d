"""The columns of a fact: every table zhibiao writes has these names, types and meanings.

The JSON form of a fact, the CSV, the workbook, the Parquet schema and the tables of DuckDB are all made from :data:`COLUMNS`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from zhibiao.document import Document
from zhibiao.facts import Fact
from zhibiao.period import Period
from zhibiao.region import Region

__all__ = ["COLUMNS", "FACT_COLUMNS", "Cell", "Column", "fact_cells", "rows"]

Cell: TypeAlias = str | int | float | Decimal | date | tuple[Region, ...] | None
"""What a column holds: its type says which of these."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of facts.

    Attributes:
        name: Its name in every format.
        type: ``text``, ``number`` (a decimal), ``integer``, ``score`` (0 … 1), ``date`` or ``areas`` (a list of regions). Any
            cell may be empty but those of ``id``, ``metric``, ``value``, ``name``, ``kind``, ``bound``, ``status``, ``sentence``,
            the offsets and ``score``.
        meaning: What it holds, in English.
        chinese: The same in Chinese.
        width: Characters to show in a spreadsheet.
    """

    name: str
    type: Literal["text", "number", "integer", "score", "date", "areas"]
    meaning: str
    chinese: str
    width: int


FACT_COLUMNS = (
    Column(
        "metric", "text", "words of the METRIC, line breaks removed, as in the next five", "指标原文（去掉换行，以下五列同）", 20
    ),
    Column("subject", "text", "words of the SUBJECT: what the metric is of", "主体原文：指标说的是什么", 16),
    Column("value", "text", "words of the VALUE", "数值原文", 14),
    Column("region", "text", "words of the REGION", "地区原文", 16),
    Column("period", "text", "words of the PERIOD", "时期原文", 16),
    Column("org", "text", "words of the ORG: the organisation whose figure it is", "机构原文", 18),
    Column("name", "text", "subject and metric as one indicator name", "指标全称", 26),
    Column("indicator", "text", "id of the indicator in zhibiao.indicators; empty if it is not listed", "指标代码", 24),
    Column("kind", "text", "level, change, share or rank", "类型：水平、变化、占比、位次", 9),
    Column("amount", "number", "the number in base units (1254亿元 is 125400000000)", "数值（基本单位）", 20),
    Column("lower", "number", "lower end of a range or bound", "下限", 18),
    Column("upper", "number", "upper end of a range or bound", "上限", 18),
    Column("unit", "text", "ISO 4217 for money, %, ‰, pp, times, rank, a UCUM code, or the counted unit", "单位", 9),
    Column("bound", "text", "exact, approx, at_least, more_than, at_most, less_than or range", "精确程度", 11),
    Column("basis", "text", "of a change: yoy, mom or other", "变化的基准：同比、环比、其他", 8),
    Column("status", "text", "actual, estimate or target", "性质：实际、预计、目标", 10),
    Column("period_start", "date", "first day of the period", "起始日", 12),
    Column("period_end", "date", "last day of the period, inclusive", "截止日（含）", 12),
    Column("time_period", "text", "the period as an SDMX time period", "SDMX 时期", 16),
    Column("frequency", "text", "unit that the period counts in: A, S, Q, M, W or D", "频率", 10),
    Column("period_kind", "text", "span, cumulative or point", "时期类型：时段、累计、时点", 12),
    Column("period_open", "text", "side that the period leaves open: start or end", "未交代的一端", 12),
    Column("period_reason", "text", "why the period has no dates: published, previous, undated or invalid", "没有日期的原因", 14),
    Column("region_name", "text", "canonical name of the region", "地区规范名称", 20),
    Column(
        "region_code",
        "text",
        "its GB/T 2260 code (for a zone that of the division it lies in); for a country ISO 3166-1 alpha-2",
        "地区代码",
        12,
    ),
    Column(
        "region_kind",
        "text",
        "province, prefecture, county, zone, country, group, world or ambiguous",
        "地区类型",
        12,
    ),
    Column("region_candidates", "areas", "of an ambiguous name all that it may mean: name, code, kind", "可能的地区", 24),
    Column("sentence", "text", "the evidence: the sentence that holds the VALUE", "原文依据", 80),
    Column("start_offset", "integer", "where the VALUE begins in the text, in code points from 0", "数值起始位置", 11),
    Column("end_offset", "integer", "where the VALUE ends, exclusive", "数值结束位置", 11),
    Column("score", "score", "probability that metric, value, region and period are all right, 0 to 1", "可信度", 8),
    Column("page", "integer", "page of a PDF that the VALUE stands on, from 1", "页码", 7),
)
"""What is told of a fact alone, in the order of the output contract."""

COLUMNS = (
    Column("id", "text", "id of the document", "文档编号", 20),
    *FACT_COLUMNS,
    Column("path", "text", "file the document was read from", "文件路径", 30),
    Column("row", "integer", "row of a table, or line of a JSON Lines file, that the document was, from 1", "行号", 7),
    Column("published", "date", "day of publication, which relative periods count from", "发布日期", 12),
)
"""All columns of a table of facts: those of the fact, with what is told of its document around them."""


def fact_cells(document: Document, fact: Fact) -> dict[str, Cell]:
    """The cells of a fact by the names of :data:`FACT_COLUMNS`, in their order."""
    time, area, quantity = fact.time or Period(), fact.area, fact.quantity
    return {
        "metric": fact.metric,
        "subject": fact.subject,
        "value": fact.value,
        "region": fact.region,
        "period": fact.period,
        "org": fact.org,
        "name": fact.name,
        "indicator": fact.indicator,
        "kind": fact.kind,
        "amount": quantity.amount,
        "lower": quantity.lower,
        "upper": quantity.upper,
        "unit": quantity.unit,
        "bound": quantity.bound,
        "basis": fact.basis,
        "status": fact.status,
        "period_start": time.start,
        "period_end": time.end,
        "time_period": time.time_period,
        "frequency": time.frequency,
        "period_kind": time.kind or None,
        "period_open": time.open or None,
        "period_reason": time.reason or None,
        "region_name": area.name if area and area.resolved else None,
        "region_code": area.code if area else None,
        "region_kind": area.kind if area else None,
        "region_candidates": area.candidates if area else (),
        "sentence": fact.sentence,
        "start_offset": fact.start,
        "end_offset": fact.end,
        "score": fact.score,
        "page": bisect_right(document.pages, fact.start) or None,
    }


def rows(document: Document, facts: Iterable[Fact]) -> Iterator[dict[str, Cell]]:
    """Yield the cells of each fact of a document by the names of :data:`COLUMNS`, in their order."""
    origin: dict[str, Cell] = {"path": document.path, "row": document.row, "published": document.published}
    for fact in facts:
        yield {"id": document.id} | fact_cells(document, fact) | origin
