"""A report as rows of the tables of `gov_extract.schema`.

In: a `Report`. Out: values that fit their columns, whatever the document says; Arrow tables as frames.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from gov_extract import __version__
from gov_extract.schema import BY_NAME, TABLES, Kind, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from gov_extract.report.record import Report


def report_columns(report: Report) -> dict[str, dict[str, list[Any]]]:
    """The rows that a report adds to each table, column by column: table → column → values, fit for its Arrow schema.

    What a document says is not trusted to fit a column: characters that no table can hold (halves of surrogate pairs,
    control characters) and numbers out of range go here, so that one document never spoils a table of thousands.
    ``primary`` is set as for a report that stands alone.
    """
    records: dict[str, Sequence[Any]] = {
        "sections": report.sections,
        "cells": report.cells,
        "checks": report.checks,
        "findings": report.findings,
        "mentions": report.mentions,
        "items": report.items,
    }
    tables: dict[str, dict[str, list[Any]]] = {}
    for table in TABLES:
        if table.name == "documents":
            tables[table.name] = {name: [value] for name, value in document_row(report).items()}
        else:
            tables[table.name] = rows_of(report, table, records.get(table.name, ()))
    return tables


def rows_of(report: Report, table: Table, records: Iterable[Any]) -> dict[str, list[Any]]:
    """A report's records as rows of a table, column by column."""
    same = {
        "document_id": report.document_id,
        "report_year": report.metadata.report_year,
        "agency": report.metadata.agency,
    }
    rows = [record._asdict() for record in records]
    return {
        column.name: [_FIT[column.kind](row.get(column.name, same.get(column.name))) for row in rows]
        for column in table.columns
    }


def document_row(report: Report) -> dict[str, Any]:
    """A report's row of ``documents``: column → value."""
    own = {
        **report.metadata._asdict(),
        **{name: getattr(report, name) for name in ("document_id", "sha256", "source", "media_type", "pages", "bytes", "form")},
        "reader": report.reader,
        "status": report.status,
        "primary": report.status != "failed",
        "cells_read": sum(cell.state in ("read", "corrected") for cell in report.cells),
        "checks_failed": sum(check.passed is False and check.kind == "within" for check in report.checks),
        "error": report.error,
        "extractor_version": __version__,
    }
    return {column.name: _FIT[column.kind](own.get(column.name)) for column in BY_NAME["documents"].columns}


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame whose dtypes hold missing values (integers stay integers)."""
    import pandas as pd
    import pyarrow as pa

    dtypes = {
        pa.string(): pd.StringDtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.date32(): pd.ArrowDtype(pa.date32()),
    }
    frame: pd.DataFrame = table.to_pandas(types_mapper=dtypes.get)
    return frame


# What Arrow refuses (halves of surrogate pairs) or what readers of Parquet stumble over (NUL in R, control characters).
_UNFIT = re.compile("[\ud800-\udfff]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def fit_text(text: str) -> str:
    """Text that every table can hold."""
    return _UNFIT.sub(lambda match: "\ufffd" if match[0] >= "\ud800" else "", text)


def _text(value: object) -> str | None:
    return None if value is None else fit_text(str(value))


def _integer(bits: int) -> Callable[[Any], int | None]:
    def fit(value: Any) -> int | None:
        return None if value is None or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1) else int(value)

    return fit


def _day(value: Any) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        return None


_FIT: dict[Kind, Callable[[Any], Any]] = {
    "string": _text,
    "int32": _integer(32),
    "int64": _integer(64),
    "float64": lambda value: None if value is None else float(value),
    "bool": lambda value: None if value is None else bool(value),
    "date": _day,
}
