"""PDF bytes → `Document`, by pdfium's raw interface and a grid reconstruction of our own.

In: the bytes of a file. Out: a `Document` with grids where rules or tiled backgrounds make cells, lines elsewhere, and the
page's text in stream order. What pdfium cannot open is left to pdfplumber (`gov_extract.readers.second`).
"""

from __future__ import annotations

import logging
from functools import partial

from gov_extract.document import Document, Finding, Page
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.pdf import beside, fields, labels, pdfium
from gov_extract.readers.pdf.glyphs import Run
from gov_extract.readers.pdf.lines import box_of, joined
from gov_extract.readers.pdf.page import Draft, draft_page, finished

MEDIA_TYPE = "application/pdf"

_log = logging.getLogger("gov_extract")


def read_pdf(data: bytes, *, max_pages: int) -> Document:
    """Read a PDF.

    Parameters
    ----------
    data
        The file's content.
    max_pages
        Pages above which the file is refused, before any is loaded.

    Returns
    -------
    Document
        Boxes in points on the upright page, top-down. Cells have one reading (engine ``pdfium``).

    Raises
    ------
    ReadError
        ``encrypted``, ``truncated``, ``no_pages``, ``damaged_pdf``.
    LimitError
        ``too_many_pages``.
    """
    try:
        return _read(data, data, max_pages)
    except LimitError:
        raise
    except ReadError as refusal:
        if refusal.code not in ("damaged_pdf", "truncated", "no_pages"):
            raise
        fallback = _fallback(data, max_pages, None)
        if fallback is None:
            raise
        return fallback


def _read(data: bytes, source: bytes, max_pages: int) -> Document:
    """Read `data`; `source` is the file that it was made from, where text typed over its pages was printed into them."""
    drafts: list[Draft | None] = []
    files: dict[str, None] = {}
    recognised: dict[int, Page] = {}
    with pdfium.opened(data, max_pages) as (document, count):
        for index in range(count):
            with pdfium.loaded(document, index) as handles:
                if handles and data is source and fields.has_typed_text(handles[0]):
                    return _with_typed_text(source, max_pages)
                drafts.append(draft_page(*handles, index + 1) if handles else None)
                if handles and len(files) < beside.MAX_FILES:
                    files.update(dict.fromkeys(beside.files_on_page(document, *handles)))
        files.update(dict.fromkeys(beside.files_within(document)))
        findings = [finding for draft in drafts if draft for finding in draft.findings]
        if any(draft and draft.scanned for draft in drafts):
            from gov_extract.readers.pdf.scanned import recognise_pages

            recognised, findings = recognise_pages(document, drafts, findings)
            drafts = [None if index in recognised else draft for index, draft in enumerate(drafts)]
    lost = [index for index, draft in enumerate(drafts) if draft is None and index not in recognised]
    replaced = _lost_pages(data, max_pages, lost, findings) if lost else {}
    if len(replaced) == len(drafts) and all(not page.blocks for page in replaced.values()):
        raise ReadError("None of the PDF's pages can be read; fetch it again or print it to a new PDF.", "damaged_pdf")
    if pdfium.is_truncated(source):
        message = "The PDF lacks its end mark: it may be cut off, and pages may be missing. Fetch it again."
        findings.append(Finding("warning", "end_mark_missing", message))
    in_margins = _margin_lines(drafts)
    if recognised:
        from gov_extract.readers.scan.margins import lines_in_margins, without_lines

        in_margins += [line for index, page in recognised.items() for line in lines_in_margins(index, page)]
    dropped = labels.drop_page_labels(in_margins, len(drafts))
    pages = [
        finished(draft, {line for page, line in dropped if page == index}) if draft else replaced[index]
        for index, draft in enumerate(drafts)
        if index not in recognised
    ]
    for index, page in recognised.items():
        pages.append(without_lines(page, {line for at, line in dropped if at == index}))
    pages.sort(key=lambda page: page.number or 0)
    pictures = beside.pictures_of([draft.shown for draft in drafts if draft and draft.shown])
    return Document(MEDIA_TYPE, tuple(pages), {}, tuple(findings), pictures, tuple(files)[: beside.MAX_FILES])


def _with_typed_text(source: bytes, max_pages: int) -> Document:
    """Read a file with the text of its fields, which the pages themselves do not draw."""
    with pdfium.opened(source, max_pages) as (document, count):
        undrawn = 0
        for index in range(count):
            with pdfium.loaded(document, index) as handles:
                undrawn += fields.count_undrawn(handles[0]) if handles else 0
    printed = fields.printed(source)
    read = _read(printed if printed is not source else bytes(bytearray(source)), source, max_pages)
    found = [Finding("info", "typed_text", "Fields or notes typed over the pages were read as part of them.")]
    if undrawn:
        message = f"{undrawn} notes typed over the pages have no picture in the file and were not read."
        found.append(Finding("warning", "typed_text", message))
    return read._replace(findings=(*read.findings, *found))


def _lost_pages(data: bytes, max_pages: int, lost: list[int], findings: list[Finding]) -> dict[int, Page]:
    """The pages that pdfium cannot load, by pdfplumber where it can; empty otherwise."""
    pages = {index: Page(index + 1, None, None, (), "") for index in lost}
    fallback = _fallback(data, max_pages, [index + 1 for index in lost])
    if fallback is not None:
        pages.update((page.number - 1, page) for page in fallback.pages if page.number and page.number - 1 in pages)
        findings.extend(fallback.findings)
    for index, page in pages.items():
        if page.width is None:
            message = f"Page {index + 1} is damaged and could not be read."
            findings.append(Finding("error", "damaged_page", message, index + 1))
    return pages


def _fallback(data: bytes, max_pages: int, pages: list[int] | None) -> Document | None:
    from gov_extract.readers.second import read_by_plumber

    try:
        return read_by_plumber(data, max_pages=max_pages, pages=pages)
    except LimitError:
        raise
    except ReadError as error:
        _log.debug("pdfplumber cannot read it either: %s", error)
        return None


def _text_of(loose: list[list[Run]], text: str, index: int) -> str:
    return joined(loose[index], text, 1.0)


def _margin_lines(drafts: list[Draft | None]) -> list[labels.MarginLine]:
    """The lines of every page that may be its label."""
    found = []
    for index, draft in enumerate(drafts):
        if draft is None or not draft.loose:
            continue
        text, loose = draft.text, draft.loose
        grids = [grid.box for grid in draft.grids if grid.box]
        boxes = [box_of(runs) for runs in loose]
        texts = partial(_text_of, loose, text)
        found += labels.margin_lines(index, draft.height, boxes, texts, grids)
    return found


__all__ = ["MEDIA_TYPE", "read_pdf"]
