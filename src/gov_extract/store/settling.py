"""The documents of an index and what people say of them → the entries of a publish.

In: an index, corrections, readings. Out: `Settled`. The only readings that are looked into are those with corrections, and of
these the ones that the last publish did not know as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gov_extract.store.corrections import NAME, Corrections
from gov_extract.store.entries import Entry, Facts, Reading, entries_of, one_of_each, over_years, standing, with_corrections
from gov_extract.store.index import Index
from gov_extract.store.keys import code_key
from gov_extract.store.mending import REFUSED, mend
from gov_extract.store.readings import Readings

UNUSABLE, ABSENT = "correction_unusable", "document_absent"


class Told(NamedTuple):
    """What became of the corrections: outcome → times, and those that are not applied, each with its line.

    Outcomes are codes of findings, and `ABSENT` for those of documents that are not in the tables.
    """

    outcomes: Mapping[str, int]
    refused: tuple[str, ...]


class Settled(NamedTuple):
    """The entries of a publish, what became of the corrections, and what the next publish need not find out again."""

    entries: list[Entry]
    told: Told
    mended: dict[str, Any]


def settle_entries(index: Index, corrections: Corrections, readings: Readings) -> Settled:
    """What the tables hold of the documents of an index.

    Raises
    ------
    TornError
        When the shard of a corrected document is torn.
    """
    entries = with_corrections(one_of_each(entries_of(index)), corrections)
    known: Mapping[str, Any] = index.fact("mended") or {}
    mended: dict[str, Any] = {}
    for n, entry in enumerate(entries):
        if entry.reading.corrections:
            name, key = place_of(entry.reading.shard, entry.reading.part), _key(entry.reading)
            if known.get(name, {}).get("key") != key:
                facts, outcomes = _mended(entry, readings)
                mended[name] = {"key": key, "facts": facts, "outcomes": outcomes}
            else:
                mended[name] = known[name]
            if mended[name]["facts"] is not None:
                entries[n] = entry._replace(facts=Facts(*mended[name]["facts"]))
    told = _told(entries, corrections, mended)
    return Settled(over_years(standing(entries)), told, mended)


def place_of(shard: str, part: int) -> str:
    """What a report is called in the index's fact ``mended``."""
    return f"{shard}#{part}"


def _key(reading: Reading) -> str:
    return hashlib.sha256(json.dumps([reading.corrections, code_key()]).encode()).hexdigest()[:16]


def _mended(entry: Entry, readings: Readings) -> tuple[Facts | None, list[tuple[str, str]]]:
    mended = mend(readings.tables(entry.reading), entry.reading.corrections)
    return mended.facts, [(finding.code, finding.message) for finding in mended.findings]


def _told(entries: Sequence[Entry], corrections: Corrections, mended: Mapping[str, Any]) -> Told:
    outcomes: Counter[str] = Counter()
    refused: list[tuple[int, str]] = []
    there = set()
    for entry in entries:
        there.add(entry.document_id)
        reading = entry.reading
        if reading.corrections:
            of = mended[place_of(reading.shard, reading.part)]["outcomes"]
            for one, (code, message) in zip(reading.corrections, of, strict=True):
                outcomes[code] += 1
                if code in REFUSED:
                    refused.append((corrections.lines[one], message))
    for document, own in corrections.of.items():
        if document not in there:
            outcomes[ABSENT] += len(own)
            refused += [(corrections.lines[one], f"no document {document} is in the tables") for one in own]
    if corrections.problems:
        outcomes[UNUSABLE] += len(corrections.problems)
    lines = [(line, f"{NAME}, line {line}: {message}") for line, message in refused]
    lines += [(problem.line or 0, str(problem)) for problem in corrections.problems]
    return Told(dict(sorted(outcomes.items())), tuple(text for _, text in sorted(lines)))
