"""What is known of a document by the names under which copies of it lie.

In: the entry that stands for some copies, and theirs. Out: that entry with what only the name of another copy tells, or what
was told of that copy beside it. What the copies contradict each other in is said, and the first one's stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gov_extract.document import Finding
from gov_extract.parse.metadata.names import same_agency, squeeze
from gov_extract.schema import Metadata

if TYPE_CHECKING:
    from gov_extract.store.entries import Entry

# What belongs together: the first of each group is what the others follow from.
_TOGETHER = (
    ("agency", "agency_id", "agency_level", "agency_kind", "division_code", "province", "city", "county"),
    ("report_year", "period_start", "period_end"),
)
_GROUPS = (*_TOGETHER, *((name,) for name in Metadata._fields if not any(name in group for group in _TOGETHER)))


def told_by_copies(entry: Entry, copies: Sequence[Entry]) -> Entry:
    """The entry with what is known of its copies where it says nothing, and findings for that and for what they contradict."""
    known, laid = dict(entry.known), dict(entry.laid)
    findings = list(entry.findings)
    for copy in copies:
        for group in _GROUPS:
            if _contradicts(group[0], known, copy.known):
                findings.append(_disagreement(group[0], known, entry.source, copy))
                continue
            taken = {name: copy.known[name] for name in group if known.get(name) is None and copy.known.get(name) is not None}
            known |= taken
            laid |= taken
            findings += _sources(taken, copy.source)
        # What contradicts the document contradicts all its copies.
        findings += [finding for finding in copy.findings if finding.severity != "info" and finding not in findings]
    return entry._replace(known=known, laid=laid, findings=tuple(findings))


def _contradicts(name: str, known: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    mine, theirs = known.get(name), other.get(name)
    if mine is None or theirs is None or mine == theirs:
        return False
    if name != "agency":
        return True
    if known.get("agency_id") and other.get("agency_id"):
        return bool(known["agency_id"] != other["agency_id"])
    a, b = squeeze(mine), squeeze(theirs)
    return not (a == b or same_agency(a, b) or same_agency(b, a))


def _disagreement(name: str, known: Mapping[str, Any], source: str, copy: Entry) -> Finding:
    message = (
        f"{name}: {known[name]} by {source}, {copy.known[name]} by {copy.source}, which holds the same bytes; the first is kept"
    )
    return Finding("warning", "copies_disagree", message)


def _sources(taken: Mapping[str, Any], source: str) -> Iterator[Finding]:
    for name, value in taken.items():
        yield Finding("info", "from_copy", f"{name} {value} is known of {source}, which holds the same bytes")
