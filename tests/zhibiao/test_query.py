"""SQL over the files that zhibiao wrote: every format gives the same facts with the same types."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from zhibiao.cli import main
from zhibiao.columnar import FACT_SCHEMA
from zhibiao.columns import COLUMNS
from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.query import open_facts, render_query, save_query
from zhibiao.sink import save

FORMATS = [".parquet", ".jsonl", ".csv", ".duckdb"]
NAMES = ", ".join(f'"{column.name}"' for column in COLUMNS)


@pytest.fixture(params=FORMATS)
def path(request: pytest.FixtureRequest, tmp_path: Path, extraction: Extraction) -> Path:
    path = tmp_path / f"a'b[1]*{request.param}"
    save([extraction, Extraction(Document("bare", ""))], path)
    return path


def ask(path: Path, query: str) -> list[tuple[object, ...]]:
    with open_facts([path]) as connection:
        return connection.execute(query).fetchall()


def test_every_format_gives_the_same(path: Path, tmp_path: Path, extraction: Extraction) -> None:
    save([extraction], tmp_path / "same.parquet")
    expected = ask(tmp_path / "same.parquet", f"select {NAMES} from facts")
    found = ask(path, f"select {NAMES} from facts")
    assert len(found) == 5
    assert found == expected
    kinds = f"select column_type from (describe select {NAMES} from facts)"
    assert ask(path, kinds) == ask(tmp_path / "same.parquet", kinds)


def test_an_answer_on_screen(path: Path) -> None:
    query = "select name, amount, period_start from facts order by amount, score limit 2"
    assert list(render_query(path, query)) == [
        "name                amount  period_start",
        "------------  ------------  ------------",
        "地区生产总值           9.8  2020-01-01",
        "电子产业产值  125400000000  2020-01-01",
        "",
        "2 rows",
    ]


def test_an_answer_as_csv_is_that_of_extract(path: Path, tmp_path: Path, extraction: Extraction) -> None:
    save([extraction], tmp_path / "same.csv")
    assert save_query(path, f"select {NAMES} from facts", tmp_path / "out.csv") == 5
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "same.csv").read_bytes()
    save_query(path, "select -3.5 as a, '-3.5' as b, [1, 2] as c, {'d': 1} as d, 'nan'::double as e", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[1] == ["-3.5", "'-3.5", "[1, 2]", '{"d": 1}', "nan"]


def test_an_answer_as_parquet(path: Path, tmp_path: Path) -> None:
    assert save_query(path, f"select {NAMES} from facts where score > 2", tmp_path / "out.parquet") == 0
    schema = pq.read_schema(tmp_path / "out.parquet")
    assert schema.names == FACT_SCHEMA.names
    flat = [field.name for field in FACT_SCHEMA if field.name != "region_candidates"]
    assert [schema.field(name).type for name in flat] == [FACT_SCHEMA.field(name).type for name in flat]


@pytest.mark.parametrize("suffix", [".jsonl", ".duckdb"])
def test_the_other_tables(tmp_path: Path, extraction: Extraction, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    save([extraction], path)
    assert ask(path, "select words, type from links join mentions m on m.document = links.document and m.id = to_id") == [
        ("产值", "value_of")
    ]
    assert ask(path, "select count(*) from facts join documents using (document)") == [(5,)]


def test_much_is_cut_on_screen_and_said(path: Path) -> None:
    lines = list(render_query(path, "select * from range(2000)"))
    assert len(lines) == 1004
    assert lines[-1] == "the first 1,000 rows; -o FILE writes all"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select * from factz", r"Did you mean \"facts\""),
        ("selekt", "cannot be answered"),
        ("select amount / 'x' from facts", "cannot be answered"),
    ],
)
def test_a_wrong_query_is_explained(tmp_path: Path, extraction: Extraction, query: str, message: str) -> None:
    path = tmp_path / "facts.parquet"
    save([extraction], path)
    for ending in (".csv", ".parquet"):
        with pytest.raises(InputError, match=message):
            save_query(path, query, tmp_path / f"out{ending}")
    with pytest.raises(InputError, match=message):
        list(render_query(path, query))
    assert not list(tmp_path.glob("*out*"))


def test_a_query_changes_no_file(path: Path) -> None:
    before = path.read_bytes()
    for query in ("delete from facts", "drop view facts", "create table x as select 1", "drop table file0.facts"):
        with pytest.raises(InputError):
            list(render_query(path, query + "; select broken"))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "can be asked"),
        ("a.sdmx.csv", "", "can be asked"),
        ("a.csv", "x,y\n1,2\n", "has no column 'name'"),
        ("a.parquet", "nothing of the kind", "cannot be read"),
        ("a.duckdb", "nothing of the kind" * 1000, "cannot be read"),
        ("a.jsonl", '\n{"id": 1}\n', "line 2 is no document"),
        ("a.jsonl", "[1]\n", "line 1 is no document"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"{name}: .*{message}"):
        ask(path, "select 1")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        ask(tmp_path / "a.parquet", "select 1")


def test_columns_that_an_older_file_lacks_are_empty(tmp_path: Path, extraction: Extraction) -> None:
    path = tmp_path / "out.csv"
    save([extraction], path)
    rows = [row[:-1] for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True))]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert ask(path, "select distinct published from facts") == [(None,)]


def test_the_command(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", str(path), "select count(*) as n from facts"]) == 0
    assert capsys.readouterr().out == "n\n-\n5\n\n1 row\n"
    assert main(["query", str(path), "select 1 as n", "-o", str(tmp_path / "n.csv")]) == 0
    assert main(["query", str(path), "select 1 as n", "-o", str(tmp_path / "n.txt")]) == 2
    assert "end the name in .csv or .parquet" in capsys.readouterr().err


def test_json_lines_of_a_foreign_hand(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(json.dumps({"id": "a", "text": "产值", "entities": []}), encoding="utf-8")
    assert ask(path, "select id from documents") == [("a",)]
