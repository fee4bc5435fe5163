"""What was read of one report: a frozen record, and its tables as the form prints them.

In: what the parser found. Out: frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gov_extract.document import Finding
from gov_extract.forms import FormTable, load_forms
from gov_extract.report.rows import report_columns, to_pandas
from gov_extract.schema import Cell, Check, Item, Mention, Metadata, Section, Status, arrow_schema

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Report:
    """What was read of one report.

    `pages` and `bytes` are the document's counts; `sha256` is None where nothing could be opened. Of a document that holds
    several reports the first one's `others` are the further ones, in reading order; so are those of an archive.
    """

    document_id: str
    source: str
    sha256: str | None
    media_type: str | None
    pages: int | None
    bytes: int | None
    metadata: Metadata
    form: str | None
    reader: str | None
    status: Status
    error: str | None
    sections: tuple[Section, ...]
    cells: tuple[Cell, ...]
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    mentions: tuple[Mention, ...] = ()
    items: tuple[Item, ...] = ()
    url: str | None = None
    others: tuple[Report, ...] = ()

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """The tables of `gov_extract.schema.TABLES`, each as a frame, empty ones too.

        Returns
        -------
        dict of str to DataFrame
            Name of the table → its rows. Dtypes hold missing values: string, Int32, Int64, Float64, boolean, and
            ``date32[pyarrow]`` for days.
        """
        import pyarrow as pa

        columns = report_columns(self)
        return {name: to_pandas(pa.table(columns[name], schema=arrow_schema(name))) for name in columns}

    def table(self, name: str, *, labels: Literal["zh", "code"] = "zh") -> pd.DataFrame:
        """The figures of a table as the form prints it: rows and columns in the form's order.

        Parameters
        ----------
        name
            A table of the form: ``"active_disclosure"``, ``"applications"``, ``"review_litigation"``, ``"statistics"``.
        labels
            ``"zh"``: the form's wording, with a level of the index for each level of groups that it prints;
            ``"code"``: the codes that `cells` uses. Rows that the report adds stand last, under their printed label.

        Returns
        -------
        DataFrame
            Float64, in the unit of the row's column; missing where nothing was read and where a block of the form has
            no such column. Without rows where the report has no such table.

        Raises
        ------
        KeyError
            When no form has such a table.
        """
        import pandas as pd

        forms = load_forms()
        if not any(name in form.tables for form in forms.values()):
            known = sorted({table for form in forms.values() for table in form.tables})
            raise KeyError(f"no table {name!r}; the forms have {', '.join(known)}")
        if labels not in ("zh", "code"):
            raise ValueError(f"labels is {labels!r}; it can be 'zh' or 'code'")
        cells = [cell for cell in self.cells if cell.table == name]
        if not cells:
            return pd.DataFrame(dtype="Float64")
        table = forms[cells[0].form].tables[name]
        rows = list(dict.fromkeys([*(row.code for row in table.rows), *(cell.row for cell in cells)]))
        columns = list(dict.fromkeys([*(c.code for c in table.columns), *(cell.column for cell in cells)]))
        frame = pd.DataFrame(index=rows, columns=columns, dtype="Float64")
        for column in columns:
            values = {cell.row: cell.value for cell in cells if cell.column == column}
            frame[column] = pd.array([values.get(row) for row in rows], dtype="Float64")
        frame.index.name, frame.columns.name = "row", "column"
        if labels == "zh":
            printed = {cell.row: cell.label for cell in cells if cell.row.startswith("extra.")}
            frame.index = _index(row_paths(table, printed), rows)
            wording = {column.code: column.label for column in table.columns}
            frame.columns = pd.Index([wording.get(column, column) for column in columns])
        return frame


def row_paths(table: FormTable, extra: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Row code → the labels that the form prints for it, from the outermost group to the row's own.

    `extra` holds the printed labels of rows that a report adds, by their code.
    """
    groups = {group.code: group for group in (*table.groups, *table.headings)}
    paths: dict[str, tuple[str, ...]] = {}
    for row in table.rows:
        path = [row.label]
        code = row.group or row.block
        while code in groups:
            path.insert(0, groups[code].label)
            code = groups[code].parent
        paths[row.code] = tuple(path)
    return paths | {code: (label or code,) for code, label in extra.items()}


def _index(paths: Mapping[str, tuple[str, ...]], rows: Sequence[str]) -> pd.Index[str]:
    import pandas as pd

    depth = max(len(path) for path in paths.values())
    if depth == 1:
        return pd.Index([paths[row][0] for row in rows])
    # The row's own label stands in the last level, groups fill from the first, as on paper.
    return pd.MultiIndex.from_tuples([(*paths[row][:-1], *[""] * (depth - len(paths[row])), paths[row][-1]) for row in rows])
