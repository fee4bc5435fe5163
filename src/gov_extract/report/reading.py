"""A source → its reports: opened, read, parsed, checked.

In: a path or bytes. Out: `Report`s, also of what cannot be read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gov_extract.checks import evaluate_cells
from gov_extract.document import Document, Finding
from gov_extract.errors import MissingExtraError, ReadError
from gov_extract.forms import load_forms
from gov_extract.parse import Parsed, parse
from gov_extract.parse.garbled import NONSENSE, garbled, is_nonsense
from gov_extract.parse.prose import Prose, read_prose
from gov_extract.parse.prose.against import check_claims
from gov_extract.parse.recognised import reader_of, recognised_pages, settle_readings
from gov_extract.parse.regrown import regrown
from gov_extract.parse.settle import doubtful_pages, settle
from gov_extract.parse.several import split_reports
from gov_extract.parse.unbroken import part_lines
from gov_extract.parse.unframed import unframed
from gov_extract.readers import PAGES, TWICE, Limits, read
from gov_extract.readers.contents import Content, contents_of
from gov_extract.report.record import Report
from gov_extract.schema import Cell, Check, Metadata, Status

if TYPE_CHECKING:
    pass


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
    document = part_lines(unframed(regrown(document)))
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
