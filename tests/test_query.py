"""SQL over the tables: it answers, and it reaches nothing else."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gov_extract import cli
from gov_extract.dataset import Dataset
from gov_extract.errors import DatasetError, MissingExtraError
from tests.many_years import Corpus, make_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("query"), 2, (2018, 2022))


@pytest.fixture(scope="module")
def dataset(corpus: Corpus) -> Dataset:
    return corpus.dataset


def ask(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["query", *map(str, args)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_tables_panel_and_indicators_are_there(dataset: Dataset) -> None:
    states = dataset.query("SELECT state, count(*) AS n FROM cells WHERE \"table\" = 'applications' GROUP BY state")
    cells = dataset.load("cells")
    counts = cells[cells["table"] == "applications"]["state"].value_counts()
    assert dict(zip(states["state"], states["n"], strict=True)) == counts.to_dict()
    figures = dataset.query('SELECT agency, "applications.received.total" AS received FROM panel ORDER BY agency, report_year')
    assert figures["received"].equals(dataset.panel()["applications.received.total"])
    assert len(dataset.query("FROM indicators")) == 4
    assert dataset.query("SELECT count(*) AS n FROM items")["n"].tolist() == [0]
    joined = "SELECT d.agency, c.value FROM documents d JOIN cells c USING (document_id) WHERE c.report_year = 2022 LIMIT 3"
    assert len(dataset.query(joined)) == 3


@pytest.mark.parametrize(
    "sql", ["DESCRIBE cells", "SUMMARIZE documents", "VALUES (1)", "WITH a AS (SELECT 1 AS n) SELECT * FROM a"]
)
def test_what_only_reads_is_run(dataset: Dataset, sql: str) -> None:
    assert len(dataset.query(sql)) >= 1


def test_the_tables_there_are_can_be_shown(dataset: Dataset) -> None:
    names = {*dataset.tables, "panel", "indicators"}
    assert set(dataset.query("SHOW TABLES")["name"]) == names
    assert set(dataset.query("show all tables")["name"]) == names
    assert "applications.received.total" in set(dataset.query("SHOW panel")["column_name"])


def test_whole_numbers_beside_nulls_keep_every_digit(dataset: Dataset) -> None:
    big = 2**60 + 1
    answer = dataset.query(
        f"SELECT * FROM (VALUES ({big}, 1.5::DOUBLE, 'a', DATE '2022-01-02'), (NULL, NULL, NULL, NULL)) AS t(n, x, s, d)"
    )
    assert int(answer["n"][0]) == big
    assert [str(kind) for kind in answer.dtypes[:3]] == ["Int64", "Float64", "string"]
    assert answer["n"].isna().tolist() == [False, True]
    huge = dataset.query("SELECT sum(n) AS n FROM (VALUES (9223372036854775807), (9223372036854775807)) AS t(n)")
    assert int(huge["n"][0]) == 2 * (2**63 - 1)
    assert dataset.query("SELECT 1 AS n WHERE false").shape == (0, 1)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    (tmp_path / "other.parquet").write_bytes(b"PAR1")
    return tmp_path


REFUSED = (
    "SELECT * FROM read_text('{0}/secret.csv')",
    "SELECT * FROM read_blob('{0}/secret.csv')",
    "SELECT * FROM read_csv('{0}/secret.csv')",
    "SELECT * FROM '{0}/secret.csv'",
    "SELECT * FROM sniff_csv('{0}/secret.csv')",
    "SELECT * FROM glob('{0}/*')",
    "SELECT * FROM parquet_metadata('{0}/other.parquet')",
    "SELECT * FROM read_parquet('{1}/tables/cells/2022.parquet')",
    "SELECT * FROM read_csv('https://example.invalid/x.csv')",
    "SELECT * FROM cells; SELECT * FROM read_text('{0}/secret.csv')",
    "COPY documents TO '{0}/written.csv'",
    "COPY (SELECT 1) TO '{1}/tables/cells/2022.parquet'",
    "EXPORT DATABASE '{0}/written'",
    "ATTACH '{0}/written.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{0}/secret.csv'",
    "SET enable_external_access = true",
    "SET temp_directory = '{0}'",
    "RESET lock_configuration",
    "PRAGMA enable_object_cache",
    "CREATE TABLE x AS SELECT 1",
    "CREATE MACRO f(a) AS a",
    "INSERT INTO documents SELECT * FROM documents",
    "DELETE FROM cells",
    "UPDATE cells SET value = 1",
    "DROP VIEW cells",
    "CHECKPOINT",
    "SELECT * FROM dataset",
    "SELECT * FROM database",
    "SELEC 1",
    "",
)


@pytest.mark.parametrize("sql", REFUSED)
def test_nothing_else_is_read_or_written(dataset: Dataset, secret: Path, sql: str) -> None:
    before = {path: path.read_bytes() for folder in (secret, dataset.folder) for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(DatasetError, match=r"cannot be run|one SELECT"):
        dataset.query(sql.format(secret, dataset.folder) + " -- documents cells")
    after = {path: path.read_bytes() for folder in (secret, dataset.folder) for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_settings_say_so(dataset: Dataset) -> None:
    names = "'enable_external_access', 'lock_configuration', 'temp_directory'"
    sql = f"SELECT name, value FROM duckdb_settings() WHERE name IN ({names})"
    settings = dict(dataset.query(sql).itertuples(index=False, name=None))
    assert settings["enable_external_access"] == "false"
    assert settings["lock_configuration"] == "true"
    assert not settings["temp_directory"]


def test_tables_that_are_not_the_manifests_are_not_asked(tmp_path: Path) -> None:
    made = make_corpus(tmp_path, 1, (2022,)).dataset
    path = tmp_path / "tables" / "cells" / "2022.parquet"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    assert len(made.query("SELECT * FROM documents")) == 3
    with pytest.raises(DatasetError, match="manifest"):
        made.query("SELECT * FROM cells")


def test_the_command_prints_a_table_csv_and_json(dataset: Dataset) -> None:
    sql = "SELECT title, report_year, checks_failed / 3 AS third, null AS n, 1 AS n FROM documents WHERE agency IS NULL"
    code, output = ask(dataset.folder, sql)
    assert code == 0
    assert "title" in output
    assert "=2018/stray.pdf" in output
    code, output = ask(dataset.folder, sql, "--csv")
    lines = list(csv.reader(io.StringIO(output)))
    assert lines[0] == ["title", "report_year", "third", "n", "n_2"]
    assert lines[1][:2] == ["'=2018/stray.pdf", "2018"]
    code, output = ask(dataset.folder, sql, "--json")
    assert json.loads(output)[0] == {"title": "=2018/stray.pdf", "report_year": 2018, "third": 0.0, "n": None, "n_2": 1}
    code, output = ask(dataset.folder, "SELECT * FROM range(10000000000)")
    assert "there are more than these 100 rows; --csv or --json prints all" in output
    assert "there are" not in ask(dataset.folder, "SELECT * FROM range(100)")[1]


def test_wrong_queries_give_exit_code_2_and_say_why(dataset: Dataset, tmp_path: Path) -> None:
    assert ask(dataset.folder, "SELECT nothing FROM documents")[0] == 2
    assert "nothing" in ask(dataset.folder, "SELECT nothing FROM documents")[1]
    assert ask(dataset.folder, "SELECT 1", "--csv", "--json")[0] == 2
    assert ask(tmp_path, "SELECT 1")[0] == 2
    code, output = ask(dataset.folder, "SELECT CAST(agency AS INTEGER) FROM documents")
    assert (code, "cannot be run" in output) == (2, True)


def test_without_the_extra_the_error_names_it(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r"gov-extract\[export\]"):
        dataset.query("SELECT 1")
    code: Any
    code, output = ask(dataset.folder, "SELECT 1")
    assert (code, "gov-extract[export]" in output) == (2, True)
