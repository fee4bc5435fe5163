"""One document in, one `Report` out: status, sections, cells, checks, findings.

In: a path or bytes. Out: a frozen record of everything that was read, with where it was read.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gov_extract import __version__
from gov_extract.checks import evaluate_cells
from gov_extract.document import Document, Finding
from gov_extract.errors import MissingExtraError, ReadError
from gov_extract.forms import FormTable, load_forms
from gov_extract.parse import Parsed, parse
from gov_extract.parse.garbled import NONSENSE, garbled, is_nonsense
from gov_extract.parse.prose import Prose, read_prose
from gov_extract.parse.prose.against import check_claims
from gov_extract.parse.recognised import reader_of, recognised_pages, settle_readings
from gov_extract.parse.settle import doubtful_pages, settle
from gov_extract.parse.several import split_reports
from gov_extract.parse.unbroken import part_lines
from gov_extract.parse.unframed import unframed
from gov_extract.readers import PAGES, TWICE, Limits, read
from gov_extract.readers.contents import Content, contents_of
from gov_extract.schema import TABLES, Cell, Check, Item, Kind, Mention, Metadata, Section, Status, arrow_schema

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


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


def report_columns(report: Report) -> dict[str, dict[str, list[Any]]]:
    """The rows that a report adds to each table, column by column: table → column → values, fit for its Arrow schema.

    What a document says is not trusted to fit a column: characters that no table can hold (halves of surrogate pairs,
    control characters) and numbers out of range go here, so that one document never spoils a table of thousands.
    ``primary`` is set as for a report that stands alone.
    """
    same = {
        "document_id": report.document_id,
        "report_year": report.metadata.report_year,
        "agency": report.metadata.agency,
    }
    own = {
        **report.metadata._asdict(),
        **{name: getattr(report, name) for name in ("sha256", "source", "media_type", "pages", "bytes", "form")},
        "reader": report.reader,
        "status": report.status,
        "primary": report.status != "failed",
        "cells_read": sum(cell.state in ("read", "corrected") for cell in report.cells),
        "checks_failed": sum(check.passed is False and check.kind == "within" for check in report.checks),
        "error": report.error,
        "extractor_version": __version__,
    }
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
        rows = [own] if table.name == "documents" else [record._asdict() for record in records.get(table.name, ())]
        tables[table.name] = {
            column.name: [_FIT[column.kind](row.get(column.name, same.get(column.name))) for row in rows]
            for column in table.columns
        }
    return tables


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


# ── From a source to its report ───────────────────────────────────────────────────────────────────────────────────────


def extract(source: str | os.PathLike[str] | bytes, *, name: str | None = None, limits: Limits | None = None) -> Report:
    """Read one document, or those of an archive.

    Parameters
    ----------
    source
        A path, or the content itself. Of a web page on disk the folder that was saved with it is looked into.
    name
        The name to report as `source` and to look for agency and year in when nothing else tells; by default the path's
        last part.

    Returns
    -------
    Report
        Also for content that cannot be read: its `status` is ``failed`` and `error` says why. Of a document with several
        reports the first, with a finding ``several_reports``; of an archive the first document that can be read. Its `others`
        are all further ones; `extract_all` gives them all in their order.

    Raises
    ------
    OSError
        When there is no such file, or it may not be opened.
    """
    reports = _each(source, name, limits or Limits())
    if len(reports) == 1:
        return reports[0]
    apart = _apart(reports)
    lead = next((report for report in apart if report.status != "failed"), apart[0])
    return replace(lead, others=tuple(report for report in apart if report is not lead))


def extract_all(
    source: str | os.PathLike[str] | bytes, *, name: str | None = None, limits: Limits | None = None
) -> tuple[Report, ...]:
    """Every report of one document, in reading order, or of each document of an archive, by their names; arguments and errors
    are those of `extract`.

    Of several reports in a document the first has ``#1`` behind its `source`, the next ``#2``, and each a `document_id` of its
    own. Of an archive each document has ``!`` and its own name behind the archive's.
    """
    return tuple(part for report in _each(source, name, limits or Limits()) for part in (report, *report.others))


def _each(source: str | os.PathLike[str] | bytes, name: str | None, limits: Limits) -> list[Report]:
    """The report of a document, or of each document of an archive."""
    given = source if isinstance(source, bytes) else Path(source)
    label = name if name is not None else "" if isinstance(given, bytes) else given.name
    try:
        return [report_of(content, limits) for content in contents_of(given, label, limits)]
    except ReadError as error:
        return [failed(label, error, size=len(given) if isinstance(given, bytes) else given.stat().st_size)]


def _apart(reports: Sequence[Report]) -> list[Report]:
    """The reports with those that documents hold further, none of them within another."""
    return [part for report in reports for part in (replace(report, others=()), *report.others)]


def report_of(content: Content, limits: Limits) -> Report:
    """The report of a document whose content is at hand, also where it cannot be read."""
    if content.error is not None:
        return failed(content.name, content.error)
    data, name = content.data, content.name
    opened = partial(read, data, name=name, limits=limits, fetch=content.fetch, converted=content.converted)
    try:
        document = opened()
        report = understand(document, data, name)
        if document.media_type in PAGES and any(f.code == "tables_are_pictures" for f in report.findings):
            report = understand(opened(pictures=True), data, name)
    except (ReadError, MissingExtraError) as error:
        return failed(name, error, size=len(data))
    return report


def understand(document: Document, data: bytes, label: str) -> Report:
    """The report of a document that has been read; `data` is its content, for a second reading where one is called for.

    Of several reports the first, with the `others`.
    """
    document = part_lines(unframed(document))
    parts, told = split_reports(document)
    if len(parts) == 1:
        return _understand(document._replace(findings=(*document.findings, *told)), data, label, None)
    first, *others = (
        _understand(part._replace(findings=(*part.findings, *told)), data, label, n) for n, part in enumerate(parts, 1)
    )
    return replace(first, others=tuple(others))


def _understand(document: Document, data: bytes, label: str, part: int | None) -> Report:
    """One report; `part` is its number among several of one document, whose name then tells nothing of it."""
    said = label if part is None else ""
    parsed = parse(document, said)
    tables = settle_readings(document, parsed.tables)
    evaluated = tables.cells
    results: Sequence[Check] = evaluate_cells(load_forms(), evaluated)
    pages = doubtful_pages(document, tables, results) - recognised_pages(document)
    if pages and document.media_type in TWICE:
        from gov_extract.readers.second import reread

        again = reread(data, document, pages)
        if again is not document:
            document = again
            parsed = parse(document, said)
            tables = settle_readings(document, parsed.tables)
    parsed = parsed._replace(tables=tables)
    cells, doubts, results = settle(tables, results, evaluated)
    prose = read_prose(parsed.sections, parsed.metadata.report_year)
    held, doubted = check_claims(prose.claims, cells)
    report = _report(data, label, document, parsed, prose, cells, (*results, *held), (*doubts, *doubted))
    if part is None:
        return report
    own = hashlib.sha256(f"{report.sha256}#{part}".encode()).hexdigest()
    return replace(report, source=f"{label}#{part}", document_id=own[:16])


def _report(
    data: bytes,
    label: str,
    document: Document,
    parsed: Parsed,
    prose: Prose,
    cells: tuple[Cell, ...],
    results: tuple[Check, ...],
    doubts: tuple[Finding, ...],
) -> Report:
    digest = hashlib.sha256(data).hexdigest()
    forms = set(parsed.tables.forms.values())
    status: Status = "no_tables"
    if cells:
        whole = {cell.state for cell in cells} <= {"read", "blank", "dash", "corrected"}
        status = "complete" if whole else "partial"
    elif not _has_text(document):
        status = "failed"
    numbered = [page.number for page in document.pages if page.number is not None]
    findings = (*document.findings, *garbled(document), *parsed.findings, *doubts)
    if status == "no_tables" and is_nonsense(document):
        status, findings = "failed", (NONSENSE, *findings)
    error = _why_empty(findings) if status == "failed" else None
    if error == NO_TEXT.message:
        findings = (NO_TEXT, *findings)
    return Report(
        document_id=digest[:16],
        source=label,
        sha256=digest,
        media_type=document.media_type,
        pages=len(numbered) or None,
        bytes=len(data),
        metadata=parsed.metadata._replace(contact=prose.contact),
        form=None if not forms else forms.pop() if len(forms) == 1 else "mixed",
        reader=reader_of(document),
        status=status,
        error=error,
        sections=parsed.sections,
        cells=cells,
        checks=results,
        findings=findings,
        mentions=prose.mentions,
        items=prose.items,
        url=document.properties.get("url") or None,
    )


def _has_text(document: Document) -> bool:
    """Whether a document holds any character that can be read (U+FFFD stands for one that cannot)."""
    return any(char not in _NO_TEXT for page in document.pages for char in page.text)


_NO_TEXT = frozenset(" \t\r\n\f\u00a0\u3000\ufeff\ufffd")


def _why_empty(findings: Sequence[Finding]) -> str:
    """Why nothing could be read of a document that could be opened: its reader's own word, or that it holds no text."""
    told = next((finding.message for finding in findings if finding.severity in ("error", "warning")), None)
    return told or NO_TEXT.message


NO_TEXT = Finding(
    "error", "no_text", "The document holds no character that can be read; look at it, and ask for the report as text."
)


def failed(source: str, error: Exception, *, size: int | None = None) -> Report:
    """The report of a document that could not be read: nothing but its source and the reason."""
    finding = Finding("error", getattr(error, "code", "") or "failed", str(error))
    return Report(
        document_id=hashlib.sha256(f"source:{source}".encode("utf-8", "surrogateescape")).hexdigest()[:16],
        source=source,
        sha256=None,
        media_type=None,
        pages=None,
        bytes=size,
        metadata=Metadata(),
        form=None,
        reader=None,
        status="failed",
        error=str(error),
        sections=(),
        cells=(),
        checks=(),
        findings=(finding,),
    )
