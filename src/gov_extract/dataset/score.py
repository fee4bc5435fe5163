"""What was read, held against figures that somebody typed by hand.

In: a `Dataset` and a truth (`gov_extract.dataset.truth`). Out: `Result`: every stated figure judged.

- ``exact``: the figure that is stated; or none, where it is stated that none is printed;
- ``flagged``: not exact, but told: the cell's state is unreadable, or a finding or a failing check points at it;
- ``wrong``: another figure than stated, or one where none is printed, and nothing points at it;
- ``missing``: no figure where one is stated, and nothing points at it;
- ``unknown``: there is no such document, or its forms have no such cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract.concepts import load_concepts
from gov_extract.dataset.flags import Flags
from gov_extract.dataset.truth import Stated, read_truth

if TYPE_CHECKING:
    from gov_extract.dataset import Dataset

OUTCOMES = ("exact", "flagged", "wrong", "missing", "unknown")
# Figures are the same to so many parts of their size.
_PRECISION = 1e-9


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
    find = _Finder(dataset.arrow("documents").to_pylist())
    named = [(one, find(one.document)) for one in stated]
    documents = {document["document_id"]: document for _, document in named if document is not None}
    cells, flags = _read(dataset, documents)
    return Result(tuple(_judge(one, document, cells, flags) for one, document in named))


class _Finder:
    """The document that a row of a truth names; of several of an agency and year the primary one."""

    def __init__(self, documents: Iterable[Mapping[str, Any]]) -> None:
        self._by: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
        for document in documents:
            year = str(document["report_year"])
            self._by["document_id", document["document_id"]].append(document)
            self._by["source", document["source"]].append(document)
            if "/" in document["source"]:
                self._by["source", document["source"].rsplit("/", 1)[1]].append(document)
            for name in ("agency_id", "agency"):
                if document[name] is not None:
                    self._by[name, document[name], year].append(document)

    def __call__(self, named: Mapping[str, str]) -> Mapping[str, Any] | None:
        for name in ("document_id", "source", "agency_id", "agency"):
            if name not in named:
                continue
            key = (name, named[name]) + ((named.get("report_year", ""),) if name.startswith("agency") else ())
            found = self._by.get(key, [])
            found = [one for one in found if one["primary"]] or found if len(found) > 1 else found
            return found[0] if len(found) == 1 else None
        return None


def _read(dataset: Dataset, documents: Mapping[str, Mapping[str, Any]]) -> tuple[dict[tuple[str, ...], Any], Flags]:
    """The cells of some documents by document, table, row and column, and what points at them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(list(documents), pa.string())
    rows: dict[str, list[dict[str, Any]]] = {"cells": [], "findings": [], "checks": []}
    columns = {
        "cells": ["document_id", "table", "row", "column", "value", "state", "raw"],
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


def _judge(stated: Stated, document: Mapping[str, Any] | None, cells: Mapping[tuple[str, ...], Any], flags: Flags) -> Judged:
    if document is None:
        return Judged(stated, "unknown", None, None, None, None, None, False)
    id_, source = document["document_id"], document["source"]
    cell = cells.get((id_, stated.table, stated.row, stated.column)) or _summed(id_, stated, cells)
    if cell is None:
        return Judged(stated, "unknown", id_, source, None, None, None, False)
    value, state = cell["value"], cell["state"]
    flagged = any(flags.covers(id_, stated.table, row, stated.column) for row in cell.get("rows", (stated.row,)))
    if stated.value is None:
        same = value is None and state != "unreadable"
    else:
        same = value is not None and abs(value - stated.value) <= _PRECISION * max(1.0, abs(stated.value))
    told = flagged or state == "unreadable"
    outcome = "exact" if same else "flagged" if told else "missing" if value is None else "wrong"
    return Judged(stated, outcome, id_, source, value, state, cell["raw"], flagged)


def _summed(id_: str, stated: Stated, cells: Mapping[tuple[str, ...], Any]) -> dict[str, Any] | None:
    """A figure of the panel that is a sum of cells, where a truth states it by the panel's code."""
    concept = load_concepts()[f"{stated.table}.{stated.row}.{stated.column}"]
    for parts in concept.sources.values():
        places = [(table, row.rpartition(".")) for table, _, row in (part.partition(".") for part in parts)]
        found = [cells.get((id_, table, row, column)) for table, (row, _, column) in places]
        if all(cell is not None for cell in found):
            there = [cell for cell in found if cell is not None]
            lost = next((cell["state"] for cell in there if cell["value"] is None), None)
            total = None if lost else round(sum(cell["value"] for cell in there), 6)
            return {"value": total, "state": lost or "read", "raw": None, "rows": [row for _, (row, _, _) in places]}
    return None
