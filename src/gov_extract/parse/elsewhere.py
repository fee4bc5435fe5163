"""Tables that are not in the text: pictures and attached files that may hold them.

In: a `Document` and what was read of its tables. Out: findings that name the pictures and files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gov_extract.document import Document, Finding
from gov_extract.parse.tables import Tables

NAMED = 5
"""Pictures or files that a finding names; it counts the others."""


def elsewhere(document: Document, tables: Tables) -> tuple[Finding, ...]:
    """A finding for each absent table (or for the document without any) that names where it may be."""
    if not document.pictures and not document.attachments:
        return ()
    absent: list[str | None] = [finding.table for finding in tables.findings if finding.code == "table_missing"]
    return tuple(_findings(document, absent if tables.cells else [None]))


def _findings(document: Document, absent: Sequence[str | None]) -> Iterator[Finding]:
    for table in absent:
        what = f"the table {table} is" if table else "the tables are"
        if document.pictures:
            message = f"{what} not in the text; it may be in a picture: {_names(document.pictures)}"
            yield Finding("warning", "tables_are_pictures", message, None, table)
        if document.attachments:
            message = f"{what} not in the text; it may be in an attached file: {_names(document.attachments)}"
            yield Finding("warning", "tables_attached", message, None, table)


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
