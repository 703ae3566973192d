"""zhibiao turns Chinese economic text into a table of indicator facts.

>>> import zhibiao
>>> extractor = zhibiao.Extractor.load()
>>> extraction = extractor.extract("2024年前三季度，青屿高新区实现地区生产总值486.3亿元。", published="2024-10-26")
>>> for fact in extraction.facts:
...     print(fact.name, fact.value, fact.region, fact.period)

Every public name is imported when it is first used, so ``import zhibiao`` costs nothing: numpy and onnxruntime come with the
first name that needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhibiao.document import Article, Document, Join
    from zhibiao.errors import InputError, MissingExtraError, ModelError, ZhibiaoError
    from zhibiao.extraction import Extraction
    from zhibiao.extractor import Extractor
    from zhibiao.facts import Fact
    from zhibiao.formats import read_documents
    from zhibiao.frames import to_arrow, to_pandas, to_polars
    from zhibiao.indicator import Indicator, find_indicator
    from zhibiao.links import Link
    from zhibiao.mentions import Mention
    from zhibiao.period import Period, parse_period
    from zhibiao.quantity import Change, Quantity, apply_change, parse_quantity
    from zhibiao.region import Region, resolve_region
    from zhibiao.spacy_doc import to_spacy

    __version__: str
    indicators: tuple[Indicator, ...]

__all__ = [
    "Article",
    "Change",
    "Document",
    "Extraction",
    "Extractor",
    "Fact",
    "Indicator",
    "InputError",
    "Join",
    "Link",
    "Mention",
    "MissingExtraError",
    "ModelError",
    "Period",
    "Quantity",
    "Region",
    "ZhibiaoError",
    "__version__",
    "apply_change",
    "find_indicator",
    "indicators",
    "parse_period",
    "parse_quantity",
    "read_documents",
    "resolve_region",
    "to_arrow",
    "to_pandas",
    "to_polars",
    "to_spacy",
]

_MODULES = {
    "Article": "document",
    "Change": "quantity",
    "Document": "document",
    "Extraction": "extraction",
    "Extractor": "extractor",
    "Fact": "facts",
    "Indicator": "indicator",
    "InputError": "errors",
    "Join": "document",
    "Link": "links",
    "Mention": "mentions",
    "MissingExtraError": "errors",
    "ModelError": "errors",
    "Period": "period",
    "Quantity": "quantity",
    "Region": "region",
    "ZhibiaoError": "errors",
    "apply_change": "quantity",
    "find_indicator": "indicator",
    "parse_period": "period",
    "parse_quantity": "quantity",
    "read_documents": "formats",
    "resolve_region": "region",
    "to_arrow": "frames",
    "to_pandas": "frames",
    "to_polars": "frames",
    "to_spacy": "spacy_doc",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("zhibiao")
    if name == "indicators":
        from zhibiao.indicator import indicators

        return indicators()
    if name in _MODULES:
        return getattr(import_module(f"zhibiao.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'zhibiao' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
