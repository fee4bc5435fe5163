"""What there is to tell of all documents of an index, without opening a shard.

In: an index. Out: `Told`.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from gov_extract.store.entries import Facts, overlays_from
from gov_extract.store.index import Index
from gov_extract.store.settling import place_of


class Told(NamedTuple):
    """Counts over all documents: status → reports, finding → times, source → why it failed, failing checks of kind within."""

    statuses: Counter[str]
    findings: Counter[str]
    failures: dict[str, str]
    checks_failed: int


def tell(index: Index) -> Told:
    """What the documents of this run and of earlier ones came to."""
    shards, parts = index.shards(), index.parts()
    mended = index.fact("mended") or {}
    statuses: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    failures: dict[str, str] = {}
    checks_failed = 0
    for row in index.rows():
        of_shard = parts.get(row.shard, ())
        if row.shard in shards:
            findings.update(shards[row.shard].codes)
        for overlay in overlays_from(row.overlay, len(of_shard)):
            findings.update(finding.code for finding in overlay.findings)
        for n, part in enumerate(of_shard, 1):
            corrected = mended.get(place_of(row.shard, n - 1), {}).get("facts")
            facts = Facts(*corrected) if corrected else Facts(part.status, part.cells_read, part.checks_failed)
            statuses[facts.status] += 1
            checks_failed += facts.checks_failed
            if part.status == "failed":
                failures[row.source if len(of_shard) == 1 else f"{row.source}#{n}"] = part.error or ""
    return Told(statuses, findings, failures, checks_failed)
