"""Tables that are not in the text: pictures and attached files that may hold them.

In: a `Document` and what was read of its tables and sections. Out: findings that name the pictures and files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gov_extract.document import Document, Finding, Picture
from gov_extract.parse.tables import Tables
from gov_extract.schema import Section

NAMED = 5
"""Pictures or files that a finding names; it counts the others."""


def elsewhere(document: Document, tables: Tables, sections: Sequence[Section]) -> tuple[Finding, ...]:
    """A finding for each absent table (or for the document without any) that names where it may be."""
    if not document.pictures and not document.attachments:
        return ()
    absent: list[str | None] = [finding.table for finding in tables.findings if finding.code == "table_missing"]
    return tuple(_findings(document, absent if tables.cells else [None], sections))


def _findings(document: Document, absent: Sequence[str | None], sections: Sequence[Section]) -> Iterator[Finding]:
    for table in absent:
        what = f"the table {table} is" if table else "the tables are"
        pictures = _below_heading(document.pictures, table, sections)
        if pictures:
            message = f"{what} not in the text; it may be in a picture: {_names([picture.name for picture in pictures])}"
            yield Finding("warning", "tables_are_pictures", message, pictures[0].page, table)
        if document.attachments:
            message = f"{what} not in the text; it may be in an attached file: {_names(document.attachments)}"
            yield Finding("warning", "tables_attached", message, None, table)


def _below_heading(pictures: Sequence[Picture], table: str | None, sections: Sequence[Section]) -> Sequence[Picture]:
    """The pictures on the pages of the table's section; all of them where there are none, or no section of it."""
    pages = [
        range(section.page_first, section.page_last + 1)
        for section in sections
        if section.section == table and table and section.page_first and section.page_last
    ]
    near = [picture for picture in pictures if any(picture.page in span for span in pages)]
    return near or pictures


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
