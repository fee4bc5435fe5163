"""What was read, held against figures that somebody typed by hand.

In: a `Dataset` and a truth (`gov_extract.dataset.truth`). Out: `Result`: every stated figure judged.

- ``exact``: the figure that is stated; or none, where it is stated that none is printed;
- ``flagged``: not exact, but told: the cell's state is unreadable (in the panel: or other_unit), or a finding or a failing
  check points at it;
- ``wrong``: another figure than stated, or one where none is printed, and nothing points at it;
- ``missing``: no figure where one is stated, and nothing points at it;
- ``unknown``: there is no such document, or its forms have no such cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract.checks import PLACES
from gov_extract.concepts import load_concepts
from gov_extract.dataset.flags import Flags
from gov_extract.dataset.panel import STATES, unit_factor
from gov_extract.dataset.truth import Stated, read_truth
from gov_extract.store.publishing import COPY

if TYPE_CHECKING:
    from gov_extract.dataset import Dataset

OUTCOMES = ("exact", "flagged", "wrong", "missing", "unknown")
# Figures are the same to so many parts of their size.
_PRECISION = 1e-9
# States that tell of a figure that is on the page and was not taken.
_DOUBTFUL = ("unreadable", "other_unit")


class Judged(NamedTuple):
    """A stated figure with what was read: `document_id` is None where there is no such document."""

    stated: Stated
    outcome: str
    document_id: str | None
    source: str | None
    value: float | None
    state: str | None
    raw: str | None
    flagged: bool


class Result(NamedTuple):
    """Every figure judged; `alarms` counts exact figures that something points at all the same."""

    judged: tuple[Judged, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Outcome → number of figures."""
        found = Counter(one.outcome for one in self.judged)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def alarms(self) -> int:
        """Exact figures that a finding or a failing check points at all the same."""
        return sum(one.outcome == "exact" and one.flagged for one in self.judged)

    @property
    def silent(self) -> int:
        """Figures that are not as stated and of which nothing tells."""
        return sum(one.outcome in ("wrong", "missing", "unknown") for one in self.judged)


def score(dataset: Dataset, truth: Path) -> Result:
    """Judge every figure of a truth, in its order."""
    stated = read_truth(truth)
    find = _Finder(dataset.arrow("documents").to_pylist(), _copies(dataset))
    named = [(one, find(one.document)) for one in stated]
    documents = {document["document_id"]: document for _, document in named if document is not None}
    cells, flags = _read(dataset, documents)
    printed = {(id_, table) for (id_, table, *_), cell in cells.items() if cell["state"] != "missing"}
    return Result(tuple(_judge(one, document, cells, printed, flags) for one, document in named))


class _Finder:
    """The document that a row of a truth names.

    A path, its own or that of a copy, is that document's and no other's; a file's name counts where it is the only one. Of the
    documents of an agency and year the primary one is meant; a name that several agencies print names none of them.
    """

    def __init__(self, documents: Iterable[Mapping[str, Any]], copies: Mapping[str, Sequence[str]]) -> None:
        self._by: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
        for document in documents:
            year = str(document["report_year"])
            self._by["document_id", document["document_id"]].append(document)
            sources = (document["source"], *copies.get(document["document_id"], ()))
            for source in sources:
                self._by["source", source].append(document)
            for name in {source.rsplit("/", 1)[-1] for source in sources}:
                self._by["name", name].append(document)
            for name in ("agency_id", "agency"):
                if document[name] is not None:
                    self._by[name, document[name], year].append(document)

    def __call__(self, named: Mapping[str, str]) -> Mapping[str, Any] | None:
        for name in ("document_id", "source"):
            if name in named:
                found = self._by.get((name, named[name])) or self._by.get(("name", named[name]), []) * (name == "source")
                return found[0] if len(found) == 1 else None
        for name in ("agency_id", "agency"):
            if name in named:
                found = self._by.get((name, named[name], named.get("report_year", "")), [])
                if len({one["agency_id"] or one["document_id"] for one in found}) > 1:
                    return None
                found = [one for one in found if one["primary"]] or found
                return found[0] if len(found) == 1 else None
        return None


def _copies(dataset: Dataset) -> dict[str, list[str]]:
    """The further sources of documents that lie in several places."""
    import pyarrow.compute as pc

    found: dict[str, list[str]] = defaultdict(list)
    findings = dataset.arrow("findings", columns=["document_id", "code", "message"])
    for row in findings.filter(pc.equal(findings["code"], "duplicate_file")).to_pylist():
        found[row["document_id"]].append(row["message"].removesuffix(COPY))
    return found


def _read(dataset: Dataset, documents: Mapping[str, Mapping[str, Any]]) -> tuple[dict[tuple[str, ...], Any], Flags]:
    """The cells of some documents by document, table, row and column, and what points at them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(list(documents), pa.string())
    rows: dict[str, list[dict[str, Any]]] = {"cells": [], "findings": [], "checks": []}
    columns = {
        "cells": ["document_id", "form", "table", "row", "column", "value", "unit", "state", "raw"],
        "findings": ["document_id", "severity", "code", "table", "row", "column"],
        "checks": ["document_id", "check", "table", "scope", "passed"],
    }
    for year in {document["report_year"] for document in documents.values()}:
        for name, found in rows.items():
            table = dataset.arrow(name, [year], columns[name])
            found += table.filter(pc.is_in(table["document_id"], value_set=wanted)).to_pylist()
    cells: dict[tuple[str, ...], Any] = {
        (cell["document_id"], cell["table"], cell["row"], cell["column"]): cell for cell in rows["cells"]
    }
    return cells, Flags(rows["findings"], rows["checks"])


def _judge(
    stated: Stated,
    document: Mapping[str, Any] | None,
    cells: Mapping[tuple[str, ...], Any],
    printed: AbstractSet[tuple[str, str]],
    flags: Flags,
) -> Judged:
    if document is None:
        return Judged(stated, "unknown", None, None, None, None, None, False)
    id_, source = document["document_id"], document["source"]
    found = _found(id_, stated, cells, printed)
    if found is None:
        return Judged(stated, "unknown", id_, source, None, None, None, False)
    value, state = found.value, found.state
    flagged = any(flags.covers(id_, *place) for place in found.places)
    if stated.value is None:
        same = value is None and state not in _DOUBTFUL
    else:
        same = value is not None and abs(value - stated.value) <= _PRECISION * max(1.0, abs(stated.value))
    told = flagged or state in _DOUBTFUL
    outcome = "exact" if same else "flagged" if told else "missing" if value is None else "wrong"
    return Judged(stated, outcome, id_, source, value, state, found.raw, flagged)


class _Found(NamedTuple):
    """What a document has for a code of the panel: `places` are the cells that it is made of (table, row, column)."""

    value: float | None
    state: str
    raw: str | None
    places: tuple[tuple[str, str, str], ...]


def _found(
    id_: str, stated: Stated, cells: Mapping[tuple[str, ...], Any], printed: AbstractSet[tuple[str, str]]
) -> _Found | None:
    """The figure of a code as the panel has it: a cell, a sum of cells, or the annex's cell that means the same.

    `printed` are the tables (document, table) of which anything is on the page.
    """
    concept = load_concepts()[f"{stated.table}.{stated.row}.{stated.column}"]
    absent = None
    for form, parts in concept.sources.items():
        places = tuple(_place(part) for part in parts)
        own = [cells.get((id_, *place)) for place in places]
        there = [cell for cell in own if cell is not None and cell["form"] == form]
        if len(there) < len(parts):
            continue
        one = _sum(there, concept.unit, places)
        if (id_, places[0][0]) in printed:
            return one
        absent = absent or one
    return absent


def _place(code: str) -> tuple[str, str, str]:
    table, _, rest = code.partition(".")
    row, _, column = rest.rpartition(".")
    return table, row, column


def _sum(there: list[Mapping[str, Any]], unit: str, places: tuple[tuple[str, str, str], ...]) -> _Found:
    """The sum of cells in a unit: its state is the worst of theirs, and without a figure of every one it has none."""
    raw = there[0]["raw"] if len(there) == 1 else None
    values, states = [], []
    for cell in there:
        value, factor = cell["value"], 1.0 if cell["unit"] == unit else unit_factor(cell["unit"], unit)
        states.append("other_unit" if value is not None and factor is None else cell["state"])
        if value is not None and factor is not None:
            values.append(value if factor == 1 else round(value * factor, 10))
    whole = len(values) == len(there)
    total = None if not whole else values[0] if len(values) == 1 else round(sum(values), PLACES)
    return _Found(total, max(states, key=STATES.index), raw, places)
