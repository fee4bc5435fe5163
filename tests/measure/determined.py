"""Which cells a text tells that keeps the order of its figures and not the empty cells between them.

In: the truth of a document. Out: the cells that such a text does not tell, by the table's form.

A cell is told unless a witness speaks against it: another way to put the same figures, in their order, into the cells, with
which every identity that the printed table obeys still holds, and every total is printed that is printed. All ways of one row,
of up to three rows together and of whole columns are looked at; what more rows together could do is not, so that nothing is
excused too easily. Nothing of the package's reading is used, only its forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

from gov_extract.forms import Form, Identity, load_forms

Key = tuple[str, str, str]
# (value, text) of a cell; None where nothing is printed.
Cell = tuple[float, str] | None
Way = tuple[Cell, ...]


class _Line(NamedTuple):
    """Cells whose figures follow each other in the text: of one row, or of rows that stand side by side."""

    keys: tuple[Key, ...]
    printed: Way
    ways: tuple[Way, ...]


def untold(truth: Mapping[str, Any]) -> set[Key]:
    """The cells that the order of the figures and the identities leave open."""
    found: set[Key] = set()
    forms = load_forms()
    for table, form_id in truth["forms"].items():
        cells = {
            (row, column): _cell(value, state, raw) for t, row, column, value, state, raw, *_ in truth["cells"] if t == table
        }
        if form_id and cells:
            found |= _untold(forms[form_id], table, cells)
    return found


def _cell(value: float | None, state: str, raw: str | None) -> Cell:
    return None if state in ("blank", "missing") else (value or 0.0, raw or "")


def _untold(form: Form, table: str, cells: Mapping[tuple[str, str], Cell]) -> set[Key]:
    by_row = [e for e in form.identities if e.table == table and e.each == "row"]
    by_column = [e for e in form.identities if e.table == table and e.each == "column"]
    columns = {row.code: tuple(column.code for column in row.columns) for row in form.tables[table].rows}
    rows = {code: {c: cells.get((code, c)) for c in own} for code, own in columns.items()}
    total_of = {entry.total for entry in by_row}
    # Where some row with figures has no total, a total that is not printed is nothing out of the ordinary.
    totals = all(any(row.get(c) for c in total_of) or not any(row.values()) for row in rows.values())
    lines = []
    groups = [tuple(rows)] if form.tables[table].layout == "side_by_side" else [(code,) for code in rows]
    for group in groups:
        keys = tuple((table, code, c) for code in group for c in columns[code])
        printed = tuple(rows[code][c] for code in group for c in columns[code])
        holding = [(code, e) for code in group for e in by_row if _holds(e, rows[code], totals=False)]
        lines.append(_Line(keys, printed, tuple(_ways(keys, printed, holding, totals=totals))))
    obeyed = [(e, c) for e in by_column for c in columns[next(iter(columns))] if _adds(e, {r: rows[r].get(c) for r in rows})]
    found: set[Key] = set()
    moves: dict[tuple[float, ...], list[tuple[int, Way]]] = {}
    for n, line in enumerate(lines):
        for way in line.ways:
            delta = _delta(line, way, obeyed)
            if not any(delta):
                found |= _differing(line, way)
            else:
                moves.setdefault(delta, []).append((n, way))
    for delta, own in moves.items():
        for n, way in own:
            if any(m != n for m, _ in moves.get(tuple(-value for value in delta), ())):
                found |= _differing(lines[n], way)
    for one, other in combinations(moves, 2):
        third = moves.get(tuple(-a - b for a, b in zip(one, other, strict=True)))
        if third:
            for (k, a), (m, b), (n, c) in product(moves[one], moves[other], third):
                if len({k, m, n}) == len((k, m, n)):
                    found |= _differing(lines[k], a) | _differing(lines[m], b) | _differing(lines[n], c)
    return found | (_shifted_columns(table, columns, rows, total_of) if by_column else set())


def _shifted_columns(
    table: str, columns: Mapping[str, tuple[str, ...]], rows: Mapping[str, Mapping[str, Cell]], totals: set[str]
) -> set[Key]:
    """The cells that change when whole columns change places with empty ones, so that their order stays."""
    own = [column for column in next(iter(columns.values())) if column not in totals]
    filled = [column for column in own if any(row.get(column) for row in rows.values())]
    found: set[Key] = set()
    for places in combinations(own, len(filled)):
        moved = dict(zip(places, filled, strict=True))
        for code, row in rows.items():
            found |= {(table, code, c) for c in own if row.get(c) != (row.get(moved[c]) if c in moved else None)}
    return found


def _ways(keys: Sequence[Key], printed: Way, holding: Sequence[tuple[str, Identity]], *, totals: bool) -> Iterator[Way]:
    """The other ways to put a line's figures into its cells with which the rows' identities hold that hold as printed."""
    figures = [cell for cell in printed if cell is not None]
    for places in combinations(range(len(keys)), len(figures)):
        inside: list[Cell] = [None] * len(keys)
        for place, figure in zip(places, figures, strict=True):
            inside[place] = figure
        way = tuple(inside)
        rows: dict[str, dict[str, Cell]] = {}
        for (_, code, column), cell in zip(keys, way, strict=True):
            rows.setdefault(code, {})[column] = cell
        if way != printed and all(_holds(entry, rows[code], totals=totals) for code, entry in holding):
            yield way


def _holds(entry: Identity, values: Mapping[str, Cell], *, totals: bool) -> bool:
    """Whether an identity holds; with `totals` only where the total is printed, or nothing is but zeros."""
    if totals and not values.get(entry.total):
        return not any(cell and cell[0] for cell in values.values())
    return _adds(entry, values) or not values.get(entry.total)


def _adds(entry: Identity, values: Mapping[str, Cell]) -> bool:
    left, right = (sum((values.get(code) or (0.0, ""))[0] for code in side) for side in (entry.left, entry.right))
    return abs(left - right) < 1e-9


def _delta(line: _Line, way: Way, obeyed: Sequence[tuple[Identity, str]]) -> tuple[float, ...]:
    """What a way changes in every column's identity."""
    changed = []
    for entry, column in obeyed:
        value = 0.0
        for (_, row, own), before, after in zip(line.keys, line.printed, way, strict=True):
            if own == column:
                sign = (row in entry.left) - (row in entry.right)
                value += sign * ((after or (0.0, ""))[0] - (before or (0.0, ""))[0])
        changed.append(value)
    return tuple(changed)


def _differing(line: _Line, way: Way) -> set[Key]:
    return {key for key, before, after in zip(line.keys, line.printed, way, strict=True) if before != after}
