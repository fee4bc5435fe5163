"""What a publish is made from: a record of every report, with all that the tables say beyond its shard.

In: the documents of an index, corrections. Out: `Entry` records. Here is what only all reports together tell: copies of the
same bytes, which document stands for its agency and year, and which is the agency's of the year before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from gov_extract.document import Finding
from gov_extract.store.copies import told_by_copies
from gov_extract.store.corrections import Correction, Corrections
from gov_extract.store.index import Index
from gov_extract.store.shards import Part
from gov_extract.store.standing import Rank, because, rank


class Overlay(NamedTuple):
    """What is laid over one report's reading without touching it: values of ``documents``, and findings."""

    metadata: Mapping[str, Any] = MappingProxyType({})
    findings: tuple[Finding, ...] = ()


class Facts(NamedTuple):
    """What a report's cells and checks come to, as ``documents`` has it."""

    status: str
    cells_read: int
    checks_failed: int


class Reading(NamedTuple):
    """Where a report's reading lies (`shard`, and `part`, from 0, of several there), and what people say of its figures."""

    shard: str
    part: int
    document_id: str
    source: str
    corrections: tuple[Correction, ...] = ()


class Entry(NamedTuple):
    """A report in a publish: where its reading lies, and all that the tables say beyond it.

    `known` are values of its row in ``documents``, with what is laid over them; `laid` are those of them that are not in the
    shard; `findings` follow those of the shard. `copies` are further sources of the same bytes. `facts` are those of the
    corrected cells.

    `peers` are the other documents of its agency and year, where this one is primary; else the one that is, which stands
    `because` of that. `before` is the primary document of the agency's year before, of a primary one.
    """

    reading: Reading
    sha256: str | None
    facts: Facts
    reader: str | None
    known: Mapping[str, Any]
    laid: Mapping[str, Any] = MappingProxyType({})
    findings: tuple[Finding, ...] = ()
    copies: tuple[str, ...] = ()
    primary: bool = False
    peers: tuple[Reading, ...] = ()
    because: str | None = None
    before: Reading | None = None

    @property
    def source(self) -> str:
        """The document's source."""
        return self.reading.source

    @property
    def document_id(self) -> str:
        """The document's key."""
        return self.reading.document_id

    @property
    def failed(self) -> bool:
        """Whether nothing could be read of it."""
        return self.facts.status == "failed"

    @property
    def year(self) -> str:
        """The year under which it is published."""
        year = self.known.get("report_year")
        return "unknown" if year is None else str(year)


def entries_of(index: Index) -> list[Entry]:
    """A record of every report of every document, by source."""
    parts = index.parts()
    entries = []
    for row in index.rows():
        of_shard = parts.get(row.shard, ())
        overlays = overlays_from(row.overlay, len(of_shard))
        for n, (part, overlay) in enumerate(zip(of_shard, overlays, strict=True)):
            source = row.source if len(of_shard) == 1 else f"{row.source}#{n + 1}"
            entries.append(_entry(Reading(row.shard, n, part.document_id, source), part, overlay))
    return sorted(entries, key=lambda entry: entry.source)


def _entry(reading: Reading, part: Part, overlay: Overlay) -> Entry:
    known = {**part.metadata, **overlay.metadata} if overlay.metadata else part.metadata
    facts = Facts(part.status, part.cells_read, part.checks_failed)
    return Entry(reading, part.sha256, facts, part.reader, known, overlay.metadata, overlay.findings)


def overlays_from(text: str, parts: int) -> list[Overlay]:
    """What is laid over each of the `parts` of a shard, from its form in the index; over one that is lost lies nothing."""
    if not text or not parts:
        return [Overlay()] * parts
    return [Overlay(metadata, tuple(Finding(*finding) for finding in findings)) for metadata, findings in json.loads(text)]


def overlays_to(overlays: Sequence[Overlay]) -> str:
    """The form of overlays in the index, empty where nothing is laid over anything."""
    return (
        json.dumps([[dict(overlay.metadata), overlay.findings] for overlay in overlays])
        if any(overlay.metadata or overlay.findings for overlay in overlays)
        else ""
    )


# ── Across documents ──────────────────────────────────────────────────────────────────────────────────────────────────


def one_of_each(entries: Iterable[Entry]) -> list[Entry]:
    """Of entries with the same content one: the first path's, but never one that failed where another copy was read. What only
    another one's name tells is kept."""
    kept: dict[str, Entry] = {}
    same: dict[str, list[Entry]] = {}
    read = {entry.sha256 for entry in entries if not entry.failed}
    for entry in entries:
        same.setdefault(entry.document_id, []).append(entry)
        if entry.failed and entry.sha256 is not None and entry.sha256 in read:
            continue
        known = kept.get(entry.document_id)
        if known is None or (known.failed and not entry.failed):
            kept[entry.document_id] = entry
    found = []
    for entry in sorted(kept.values(), key=lambda entry: entry.source):
        copies = [copy for copy in same[entry.document_id] if copy.source != entry.source]
        entry = told_by_copies(entry, copies) if copies else entry
        found.append(entry._replace(copies=tuple(copy.source for copy in copies)))
    return found


def with_corrections(entries: Iterable[Entry], corrections: Corrections) -> list[Entry]:
    """The entries with what people say of their figures, and of what they say what cannot be used."""
    if not corrections.of and not corrections.problems:
        return list(entries)
    faulty: dict[str | None, list[Finding]] = {}
    for problem in corrections.problems:
        faulty.setdefault(problem.document, []).append(Finding("warning", "correction_unusable", str(problem)))
    found = []
    for entry in entries:
        own = corrections.of.get(entry.document_id, ())
        told = faulty.get(entry.document_id, ())
        if own or told:
            reading = entry.reading._replace(corrections=own)
            entry = entry._replace(reading=reading, findings=(*entry.findings, *told))
        found.append(entry)
    return found


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, told which stands for its agency and year (`gov_extract.store.standing`), and which are its peers.

    Agencies are told by `agency_id` alone: two of one name need not be one. A document without it stands for itself.
    """
    groups: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in entries:
        if entry.failed:
            continue
        agency, year = entry.known.get("agency_id"), entry.known.get("report_year")
        key = (agency, year) if agency is not None and year is not None else (entry.document_id,)
        groups.setdefault(key, []).append(entry)
    found = {}
    for group in groups.values():
        if len(group) == 1:
            found[group[0].document_id] = group[0]._replace(primary=True)
            continue
        (best, first), *others = sorted(((_rank(entry), entry) for entry in group), key=itemgetter(0))
        found[first.document_id] = first._replace(primary=True, peers=tuple(entry.reading for _, entry in others))
        for worse, entry in others:
            found[entry.document_id] = entry._replace(peers=(first.reading,), because=because(best, worse))
    return [found.get(entry.document_id, entry) for entry in entries]


def _rank(entry: Entry) -> Rank:
    return rank({**entry.known, **entry.facts._asdict(), "reader": entry.reader, "source": entry.source})


def over_years(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, those that stand for their agency and year told which stands for the year before.

    Agencies are told by `agency_id` alone: two of one name need not be one.
    """
    there = {_agency_year(entry, 0): entry.reading for entry in entries if entry.primary}
    there.pop(None, None)
    found = []
    for entry in entries:
        before = there.get(_agency_year(entry, -1)) if entry.primary else None
        found.append(entry if before is None else entry._replace(before=before))
    return found


def _agency_year(entry: Entry, offset: int) -> tuple[str, int] | None:
    agency, year = entry.known.get("agency_id"), entry.known.get("report_year")
    return None if agency is None or year is None else (agency, year + offset)
