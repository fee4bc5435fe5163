"""One function a format: sheets to a file.

In: a path and `Sheet`s. Out: the file, and a list of what it could not hold as it is. A text that a spreadsheet would take for
a formula is made harmless in CSV (`escaped`), and is a text by type in a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gov_extract.dataset.export.sheets import Sheet, cut, short_names, text_columns
from gov_extract.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# What makes spreadsheets take a text for a formula, in half and full width; an apostrophe, so that the escape can be undone.
FORMULA = "^[=+\\-@\t\r'＝＋－＠]"
# What begins so and is nothing but a dash or a number.
HARMLESS = "^[-+－＋]?[0-9.,０-９]*[%％]?$"
# The limits of a worksheet and of its cells (Excel's specifications).
SHEET_ROWS, CELL_CHARACTERS = 1_048_576, 32_767
# Bytes of a text that Stata keeps in a column of fixed width; longer ones go to a strL.
_FIXED_BYTES = 2045
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_EXTRA = "{what} needs {package}, which is not installed: pip install 'gov-extract[export]'"


def missing(what: str, package: str) -> MissingExtraError:
    """The error that names the extra."""
    return MissingExtraError(_EXTRA.format(what=what, package=package), "missing_extra")


def escaped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts with an apostrophe before what a spreadsheet would take for a formula.

    Undone by taking one apostrophe off the beginning of every text that has one there.
    """
    import pyarrow.compute as pc

    risky = pc.and_(
        pc.match_substring_regex(column, pattern=FORMULA),
        pc.invert(pc.match_substring_regex(column, pattern=HARMLESS)),
    )
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def safe_text(text: str) -> str:
    """One text as `escaped` writes it.

    >>> safe_text("=1+1"), safe_text("-3"), safe_text("'a")
    ("'=1+1", '-3', "''a")
    """
    return f"'{text}" if re.match(FORMULA, text) and not re.fullmatch(HARMLESS.strip("^$"), text) else text


def write_csv(path: Path, sheets: Sequence[Sheet]) -> list[str]:
    """CSV as Excel opens it: UTF-8 with a mark, every text in quotes, a null as nothing between commas."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    (sheet,) = sheets
    names = list(sheet.names.values())
    writer = None
    with pa.OSFile(str(path), "wb") as handle:
        handle.write(b"\xef\xbb\xbf")
        for batch in sheet.batches():
            for column in text_columns(sheet.table):
                place = batch.schema.get_field_index(column.name)
                batch = batch.set_column(place, column.name, escaped(batch[column.name]))
            batch = batch.rename_columns(names)
            # One writer for all: pyarrow 26 puts stale bytes before rows that it is told to write without a header.
            writer = writer or pa_csv.CSVWriter(handle, batch.schema)
            writer.write_table(batch)
        if writer is not None:
            writer.close()
    return []


def write_feather(path: Path, sheets: Sequence[Sheet]) -> list[str]:
    """Feather (an Arrow file, zstd), with unit, meaning and Chinese label as the fields' metadata."""
    import pyarrow as pa

    (sheet,) = sheets
    writer = None
    with pa.OSFile(str(path), "wb") as handle:
        for batch in sheet.batches():
            batch = batch.rename_columns(list(sheet.names.values()))
            writer = writer or pa.ipc.new_file(handle, batch.schema, options=pa.ipc.IpcWriteOptions(compression="zstd"))
            writer.write_table(batch)
        if writer is not None:
            writer.close()
    return []


def write_duckdb(path: Path, sheets: Sequence[Sheet]) -> list[str]:
    """A DuckDB database with a table each, meanings as comments on its columns."""
    try:
        import duckdb
    except ImportError as error:
        raise missing("a DuckDB database", "duckdb") from error

    with duckdb.connect(str(path)) as database:
        for sheet in sheets:
            table = _quoted(sheet.title)
            for number, batch in enumerate(sheet.batches()):
                database.register("batch", batch.rename_columns(list(sheet.names.values())))
                verb = f"CREATE TABLE {table} AS" if number == 0 else f"INSERT INTO {table}"
                database.execute(f"{verb} SELECT * FROM batch")
                database.unregister("batch")
            database.execute(f"COMMENT ON TABLE {table} IS {_literal(f'one row per {sheet.table.row}')}")
            for column in sheet.table.columns:
                said = f"{column.meaning}{f' ({column.unit})' if column.unit else ''}"
                database.execute(f"COMMENT ON COLUMN {table}.{_quoted(sheet.names[column.name])} IS {_literal(said)}")
    return []


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def write_xlsx(path: Path, sheets: Sequence[Sheet]) -> list[str]:
    """A workbook with a sheet each; a table with more rows than a sheet holds goes on in further sheets."""
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ERROR_CODES
    except ImportError as error:
        raise missing("a workbook", "openpyxl") from error

    book = Workbook(write_only=True)
    notes = []
    for sheet in sheets:
        names = list(sheet.names.values())
        count, part, longer = SHEET_ROWS, 0, 0
        page: Any = None

        def cell(value: Any, page: Any) -> Any:
            if not isinstance(value, str):
                return value
            # openpyxl takes a text like #N/A for a cell with an error.
            if value not in ERROR_CODES and not re.match(FORMULA, value):
                return value
            made = WriteOnlyCell(page, value)
            made.data_type, made.quotePrefix = "s", True
            return made

        for batch in sheet.batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if count == SHEET_ROWS:
                    part += 1
                    page = book.create_sheet(sheet.title if part == 1 else f"{sheet.title}.{part}")
                    page.freeze_panes = "A2"
                    page.append(names)
                    count = 1
                values = [_for_xml(value) for value in row]
                longer += sum(isinstance(value, str) and len(value) > CELL_CHARACTERS for value in values)
                page.append([cell(v[:CELL_CHARACTERS] if isinstance(v, str) else v, page) for v in values])
                count += 1
        if page is None:
            page = book.create_sheet(sheet.title)
            page.freeze_panes = "A2"
            page.append(names)
        if longer:
            notes.append(
                f"{sheet.title}: {longer} texts are cut after {CELL_CHARACTERS} characters, the most that a cell holds"
            )
    book.save(path)
    return notes


def _for_xml(value: Any) -> Any:
    return _NOT_XML.sub("\ufffd", value) if isinstance(value, str) else value


def write_stata(path: Path, sheets: Sequence[Sheet]) -> list[str]:
    """A Stata file (version 118, UTF-8): short names, labels in the language of the headers; null texts are empty ones."""
    import pyarrow as pa

    (sheet,) = sheets
    names, labels = short_names(sheet.table), sheet.labels()
    frame = _stata_frame(pa.concat_tables(sheet.batches()), names)
    long = [name for name in frame if frame[name].dtype == object and _bytes(frame[name]) > _FIXED_BYTES]
    days: dict[Any, Any] = {names[column.name]: "td" for column in sheet.table.columns if column.kind == "date"}
    frame.to_stata(
        path,
        write_index=False,
        version=118,
        convert_dates=days,
        convert_strl=long,
        data_label=cut(f"{sheet.title}: one row per {sheet.table.row}"),
        variable_labels={names[code]: cut(label) for code, label in labels.items()},
    )
    return []


def _bytes(texts: pd.Series[Any]) -> int:
    return max((len(text.encode()) for text in texts), default=0)


def _stata_frame(table: pa.Table, names: dict[str, str]) -> pd.DataFrame:
    """A frame of the types that Stata has: whole numbers of 32 bits, doubles (nan is missing), texts, days."""
    import pandas as pd

    columns = {}
    for code, name in names.items():
        values = table[code].to_pylist()
        kind = str(table[code].type)
        if kind == "string":
            columns[name] = pd.Series(["" if value is None else value for value in values], dtype=object)
        elif kind == "date32[day]":
            columns[name] = pd.Series([_moment(value) for value in values], dtype="datetime64[s]")
        elif kind in ("int32", "bool") and None not in values:
            columns[name] = pd.Series(values, dtype="int8" if kind == "bool" else "int32")
        else:
            columns[name] = pd.Series([float("nan") if value is None else float(value) for value in values], dtype="float64")
    return pd.DataFrame(columns)


def _moment(value: date | None) -> Any:
    import pandas as pd

    return pd.NaT if value is None else pd.Timestamp(value)
