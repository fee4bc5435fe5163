"""A document → what it says: tables, sections, metadata. Pure functions, no input or output.

In: a `Document` and the name that it came under. Out: `Parsed`.
"""

from __future__ import annotations

from typing import NamedTuple

from gov_extract.document import Document, Finding
from gov_extract.parse.elsewhere import elsewhere
from gov_extract.parse.metadata import find_metadata
from gov_extract.parse.sections import find_sections
from gov_extract.parse.tables import Tables, read_tables
from gov_extract.schema import Metadata, Section


class Parsed(NamedTuple):
    """What a document says."""

    tables: Tables
    sections: tuple[Section, ...]
    metadata: Metadata
    findings: tuple[Finding, ...]


def parse(document: Document, source: str) -> Parsed:
    """Tables, sections and metadata of a document; `source` is its name, the last place to look for agency and year."""
    tables = read_tables(document)
    sections = find_sections(document, tables.used)
    metadata, findings = find_metadata(document, sections, source)
    findings = (*findings, *elsewhere(document, tables, sections))
    if tables.tied and metadata.report_year is not None:
        tables = read_tables(document, metadata.report_year)
    return Parsed(tables, sections, metadata, findings)
