"""What a downloader knows, laid over readings without touching them.

In: a `Sidecar`, and a report as it was read, now or by an earlier run. Out: `Overlay`s for the publish: a table that has
changed needs no document to be read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from gov_extract.document import Finding
from gov_extract.report import Report, document_row, rows_of
from gov_extract.run.sidecar import Sidecar
from gov_extract.schema import BY_NAME, Metadata
from gov_extract.store.entries import Overlay
from gov_extract.store.shards import Part


def lay_over(sidecar: Sidecar, source: str, url: str | None, parts: Sequence[Part]) -> list[Overlay]:
    """What the table lays over the reports of a document that an earlier run has read."""
    if not any(sidecar.rows_of(source, url, len(parts))):
        return [Overlay()] * len(parts)
    names = [source] if len(parts) == 1 else [f"{source}#{n}" for n in range(1, len(parts) + 1)]
    reports = [_outline(name, url, part) for name, part in zip(names, parts, strict=True)]
    first, *others = reports
    return overlays(replace(first, others=tuple(others)), sidecar.lay(replace(first, others=tuple(others))))


def told_key(sidecar: Sidecar | None, source: str, url: str | None, parts: int) -> str:
    """The key of what the table says of a document: its overlay is the same where this is; empty for nothing."""
    rows = () if sidecar is None else sidecar.rows_of(source, url, parts)
    if sidecar is None or not any(rows):
        return ""
    told = [sidecar.name, *((row.line, dict(row.facts)) if row is not None else None for row in rows)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def overlays(read: Report, laid: Report) -> list[Overlay]:
    """What was laid over each report of a document, in the form of the tables."""
    return [_overlay(a, b) for a, b in zip((read, *read.others), (laid, *laid.others), strict=True)]


def _overlay(read: Report, laid: Report) -> Overlay:
    if laid is read:
        return Overlay()
    before, after = (_row(report) for report in (read, laid))
    metadata = {name: after[name] for name in Metadata._fields if after[name] != before[name]}
    told = rows_of(laid, BY_NAME["findings"], laid.findings[len(read.findings) :])
    return Overlay(metadata, tuple(Finding(*values) for values in zip(*(told[name] for name in Finding._fields), strict=True)))


def _row(report: Report) -> dict[str, Any]:
    """A report's values in ``documents``, days as text."""
    values = document_row(report)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _outline(source: str, url: str | None, part: Part) -> Report:
    """A report without its tables: as much of it as a table can be laid over."""
    return Report(
        document_id=part.document_id,
        source=source,
        sha256=part.sha256,
        media_type=None,
        pages=None,
        bytes=None,
        metadata=Metadata(**part.metadata),
        form=None,
        reader=None,
        status="failed",
        error=None,
        sections=(),
        cells=(),
        checks=(),
        findings=(),
        url=url,
    )
