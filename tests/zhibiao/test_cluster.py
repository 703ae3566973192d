"""On a local cluster of Ray and of Spark: the facts of one process, also where a worker is killed. Run where the engine is."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhibiao import Extractor, InputError, MissingExtraError, cluster
from zhibiao.arrow import FACT_SCHEMA

TEXT = "今年前三季度，全市工业产值实现123.5亿元，同比增长5.6%。"
DAY = "2020-11-13"
COUNT = 48
BLOCK = 6
MIDDLE = f"d{COUNT // 2:02}"

ray_only = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")
spark_only = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None, reason="pyspark or java is not installed"
)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of documents, each of which has facts, beside a column that is none of zhibiao's."""
    folder = tmp_path_factory.mktemp("documents")
    columns = {
        "id": [f"d{n:02}" for n in range(COUNT)],
        "text": [TEXT * (1 + n % 3) for n in range(COUNT)],
        "source": ["sample"] * COUNT,
    }
    pq.write_table(pa.table(columns), folder / "documents.parquet")
    return folder


@pytest.fixture(scope="module")
def wanted(documents: Path) -> Rows:
    """What one process finds."""
    table = pq.read_table(documents)
    rows = pa.Table.from_batches(Extractor.load(threads=1).extract_arrow(table, published=DAY)).to_pylist()
    assert {row["id"] for row in rows} == set(table["id"].to_pylist())
    return rows


def by_document(rows: Rows) -> Rows:
    """Put the documents in order; the sort leaves the facts of each as they are."""
    return sorted(rows, key=lambda row: row["id"])


@pytest.fixture
def deaths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Kill the worker that meets MIDDLE first, between its facts and the end of its task; the file notes who met it.

    Engines pickle a function within a function whole, so that this one reaches the workers.
    """
    notes = tmp_path / "notes"
    begin = cluster._task

    def task(*arguments: Any) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
        work = begin(*arguments)

        def killed_once(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield from work([batch])
                if MIDDLE in batch.column("id").to_pylist():
                    first = not notes.exists()
                    with notes.open("a") as file:
                        file.write(f"{os.getpid()}\n")
                    if first:
                        os.kill(os.getpid(), signal.SIGKILL)

        return killed_once

    monkeypatch.setattr(cluster, "_task", task)
    return notes


def assert_begun_anew(deaths: Path) -> None:
    """Two workers met MIDDLE: the one that was killed and the one that took its place."""
    first, second = deaths.read_text().split()
    assert first != second


@pytest.mark.parametrize(
    ("package", "function"), [("ray", cluster.extract_ray), ("pyspark", cluster.extract_spark)], ids=["ray", "spark"]
)
def test_an_engine_that_is_not_there_is_named(
    package: str, function: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhibiao.errors.find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(MissingExtraError, match=rf"'{package}': pip install 'zhibiao\[(ray|spark)\]'"):
        function(None)


def test_documents_without_ids_are_left_out() -> None:
    """A number in place of an id would be doubled, as every worker counts for itself."""
    batch = pa.RecordBatch.from_pydict({"id": ["a", None, "c"], "text": [TEXT] * 3})
    with pytest.warns(UserWarning, match="left out: 1 documents without an id"):
        assert cluster._with_ids(batch).column("id").to_pylist() == ["a", "c"]
    with pytest.raises(InputError, match="have the columns text; add id"):
        cluster._with_ids(batch.select(["text"]))


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Ray on two cores, whatever the machine has."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


@ray_only
def test_ray_finds_what_one_process_finds(ray: Any, documents: Path, wanted: Rows, tmp_path: Path) -> None:
    """With files read and written beside the pool, which must leave them a core."""
    facts = cluster.extract_ray(ray.data.read_parquet(str(documents)), published=DAY, documents=BLOCK)
    facts.write_parquet(str(tmp_path / "facts"))
    found = pq.read_table(tmp_path / "facts")
    assert found.schema.names == FACT_SCHEMA.names
    assert by_document(found.to_pylist()) == wanted


@ray_only
def test_ray_goes_on_where_an_actor_was_killed(ray: Any, documents: Path, wanted: Rows, deaths: Path) -> None:
    """The only actor, while tasks wait for it: its place is taken, and nothing is lost or doubled."""
    facts = cluster.extract_ray(ray.data.read_parquet(str(documents)), published=DAY, workers=1, documents=BLOCK)
    found = [row for table in facts.iter_batches(batch_size=None, batch_format="pyarrow") for row in table.to_pylist()]
    assert_begun_anew(deaths)
    assert by_document(found) == wanted


@ray_only
def test_ray_tells_of_missing_columns(ray: Any) -> None:
    facts = cluster.extract_ray(ray.data.from_items([{"text": TEXT}]))
    with pytest.raises(Exception, match="the documents have the columns text; add id"):
        facts.take_all()


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Spark on two cores, with four attempts at a task as a cluster has, where ``local[2]`` has one."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
        session = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
        yield session
        session.stop()


@spark_only
def test_spark_finds_what_one_process_finds(spark: Any, documents: Path, wanted: Rows) -> None:
    facts = cluster.extract_spark(spark.read.parquet(str(documents)).repartition(4), published=DAY)
    assert facts.columns == FACT_SCHEMA.names
    assert by_document([row.asDict() for row in facts.collect()]) == wanted


@spark_only
def test_spark_goes_on_where_a_worker_was_killed(spark: Any, documents: Path, wanted: Rows, tmp_path: Path, deaths: Path) -> None:
    """Its task is begun anew, and none of the facts that the dead one handed on is written twice."""
    output = str(tmp_path / "facts")
    facts = cluster.extract_spark(spark.read.parquet(str(documents)).repartition(COUNT // BLOCK), published=DAY)
    facts.write.parquet(output)
    assert_begun_anew(deaths)
    assert by_document(pq.read_table(output).to_pylist()) == wanted


@spark_only
def test_spark_tells_of_missing_columns(spark: Any) -> None:
    with pytest.raises(InputError, match="the documents have the columns text; add id"):
        cluster.extract_spark(spark.createDataFrame([(TEXT,)], ["text"]))
