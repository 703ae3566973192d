"""Documents of a Ray dataset or a Spark data frame into facts, in the workers of a cluster.

Both hand Arrow batches to :meth:`zhibiao.Extractor.extract_arrow`, one worker a core. The facts of a document stay together and
in their order; the documents need not come in theirs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from zhibiao.errors import InputError, require
from zhibiao.extractor import Extractor
from zhibiao.text import parse_date

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from ray.data import Dataset

__all__ = ["extract_ray", "extract_spark"]

_COLUMNS = ("id", "text", "published")


def extract_ray(
    dataset: Dataset,
    *,
    model: str | Path | None = None,
    published: date | str | None = None,
    workers: int | None = None,
    threads: int = 1,
    documents: int = 500,
) -> Dataset:
    """Extract the documents of a Ray dataset by a pool of actors, each of which opens the model when it begins.

    Nothing is extracted before the result is asked for. Where an actor dies, Ray begins another one and gives it the
    tasks that were not done.

    Args:
        dataset: A row a document, with the columns ``id`` and ``text``, and ``published`` if you have it
            (:func:`zhibiao.arrow.batch_documents`). A row without an id or a text, or with a date that is none, is left out
            with a warning in its worker's log.
        model: See :meth:`zhibiao.Extractor.load`. A worker whose machine has another model by that name refuses to begin.
        published: Date of publication of all documents; None for the documents' own.
        workers: Most actors; None for as many as the cluster has room for. There is one at first, since reading needs a core too.
        threads: Cores that each actor takes.
        documents: Most documents of a task, the unit that is begun anew.

    Returns:
        A row a fact, of :data:`zhibiao.arrow.FACT_SCHEMA`.

    Raises:
        InputError: If ``published`` is no date. While facts are made, inside Ray's error: if there is no column ``id`` or
            ``text``, or one is of the wrong type.
        ModelError: If there is no such model, or it is damaged.
        MissingExtraError: If Ray is not installed.
    """
    require("ray", "ray", "extract_ray")
    from ray.data import ActorPoolStrategy

    # Blocks as they are read have up to 128 MB, which are hours of work; and a pool that takes every core at once waits for ever
    # for documents that nobody has a core left to read.
    return dataset.repartition(target_num_rows_per_block=documents).map_batches(
        _Worker,
        fn_constructor_args=(_task(model, published, threads),),
        batch_size=None,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(min_size=1, max_size=workers),
        num_cpus=threads,
    )


def extract_spark(
    frame: DataFrame,
    *,
    model: str | Path | None = None,
    published: date | str | None = None,
    threads: int = 1,
) -> DataFrame:
    """Extract the documents of a Spark data frame by ``mapInArrow``; each Python worker opens the model once.

    Nothing is extracted before the result is asked for. A partition is a task; where its worker dies, Spark begins it anew,
    ``spark.task.maxFailures`` times at most. Cut the frame into partitions of minutes.

    Args:
        frame: A row a document; see ``dataset`` of :func:`extract_ray`.
        model, published: See :func:`extract_ray`.
        threads: Cores that each worker takes; ``spark.task.cpus`` should say the same.

    Returns:
        A row a fact, of :data:`zhibiao.arrow.FACT_SCHEMA`.

    Raises:
        InputError: If ``published`` is no date, or there is no column ``id`` or ``text``. While facts are made, inside Spark's
            error: if one is of the wrong type.
        ModelError: If there is no such model, or it is damaged.
        MissingExtraError: If pyspark is not installed.
    """
    require("pyspark", "spark", "extract_spark")
    from pyspark.sql.pandas.types import from_arrow_schema

    from zhibiao.arrow import FACT_SCHEMA

    _check_columns(frame.columns)
    kept = frame.select([name for name in frame.columns if name in _COLUMNS])
    return kept.mapInArrow(_task(model, published, threads), from_arrow_schema(FACT_SCHEMA))


@dataclass(frozen=True, slots=True)
class _Task:
    """What every worker does; pickled, it names the model, which the worker opens once.

    Attributes:
        extractor: What extracts.
        published: See :func:`extract_ray`.
    """

    extractor: Extractor
    published: date | None

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return self.extractor.extract_arrow(map(_with_ids, batches), published=self.published)


class _Worker:
    """An actor of Ray's pool."""

    def __init__(self, task: _Task) -> None:
        self._task = task

    def __call__(self, table: pa.Table) -> pa.Table:
        import pyarrow

        from zhibiao.arrow import FACT_SCHEMA

        # An empty block need not have columns.
        batches = table.to_batches() if table.num_rows else []
        return pyarrow.Table.from_batches(self._task(batches), schema=FACT_SCHEMA)


def _task(model: str | Path | None, published: date | str | None, threads: int) -> _Task:
    day = None if published is None else parse_date(published)
    return _Task(Extractor.load(model, threads=threads), day)


def _check_columns(names: list[str]) -> None:
    """Documents of a cluster have ids of their own: a number counts within one worker only.

    Raises:
        InputError: If the column of the ids or that of the texts is missing.
    """
    missing = [name for name in ("id", "text") if name not in names]
    if missing:
        raise InputError(f"the documents have the columns {', '.join(names) or '(none)'}; add {' and '.join(missing)}")


def _with_ids(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of a batch that have an id.

    Raises:
        InputError: See :func:`_check_columns`.
    """
    _check_columns(batch.schema.names)
    ids = batch.column("id")
    if ids.null_count:
        warnings.warn(f"left out: {ids.null_count} documents without an id", stacklevel=2)
        batch = batch.filter(ids.is_valid())
    return batch
