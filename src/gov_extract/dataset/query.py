"""SQL over the published tables, and over nothing else.

In: a `Dataset` and one statement. Out: `Answer`. The tables, `panel` and `indicators` are views over what Arrow reads; DuckDB
itself may open no file, load no extension, reach no network and change no setting, and runs nothing but one SELECT.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract.dataset.export.sheets import sheet_of
from gov_extract.dataset.export.writers import missing
from gov_extract.errors import DatasetError
from gov_extract.schema import schema_of

if TYPE_CHECKING:
    from gov_extract.dataset import Dataset

# Rows fetched at a time.
_ROWS = 10_000
_MADE = ("panel", "indicators")


class Answer(NamedTuple):
    """What a query gives: its columns, and its rows, which are fetched as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def query(dataset: Dataset, sql: str) -> Answer:
    """Run one SELECT (or WITH, FROM, DESCRIBE, SUMMARIZE, SHOW).

    Raises
    ------
    DatasetError
        When the statement is not one of these, is wrong, or asks for what it may not have.
    MissingExtraError
        Without DuckDB.
    """
    try:
        import duckdb
    except ImportError as error:
        raise missing("a query", "duckdb") from error

    settings: dict[str, Any] = {
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
    }
    database = duckdb.connect(":memory:", config=settings)
    try:
        for name in (*dataset.tables, *_MADE):
            # The panel is made and the files are proven where they are asked for. SHOW TABLES reads no rows of what it names.
            if re.search(rf"\b{name}\b", sql, re.IGNORECASE):
                database.register(name, _source(dataset, name))
            elif re.match(r"\s*show\b", sql, re.IGNORECASE):
                database.register(name, schema_of(sheet_of(dataset, name, "code").table).empty_table())
        # With nothing to spill to, a query that outgrows the memory fails.
        database.execute("SET temp_directory = ''")
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        statements = database.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise DatasetError("a query is one SELECT statement; the tables are never written to")
        result = database.execute(statements[0])
        columns = tuple(_distinct([name for name, *_ in result.description]))
        return Answer(columns, _rows(result))
    except duckdb.Error as error:
        raise DatasetError(f"the query cannot be run: {error}") from error


def _source(dataset: Dataset, name: str) -> Any:
    """What DuckDB reads a table from: Arrow's view of its files, of which it takes only the columns and rows it needs."""
    import pyarrow.dataset as arrow_dataset

    if name in _MADE:
        (whole,) = sheet_of(dataset, name, "code").batches()
        return whole
    dataset.prove(name)
    paths = [str(file.path) for file in dataset.files(name)]
    sheet = sheet_of(dataset, name, "code")
    return arrow_dataset.dataset(paths, schema=schema_of(sheet.table), format="parquet") if paths else dataset.arrow(name, [])


def _rows(result: Any) -> Iterator[tuple[Any, ...]]:
    import duckdb

    try:
        while rows := result.fetchmany(_ROWS):
            yield from rows
    except duckdb.Error as error:
        raise DatasetError(f"the query cannot be run: {error}") from error


def _distinct(names: list[str]) -> list[str]:
    """Names of columns, told apart where a query gives one twice."""
    found: list[str] = []
    for name in names:
        number, own = 1, name
        while own in found:
            number += 1
            own = f"{name}_{number}"
        found.append(own)
    return found
