"""The table whose rows stand side by side: 行政复议、行政诉讼 over five outcomes each, one row of figures below.

In: the stream, the form's table. Out: (row, column) → place. A figure's column is the outcome printed above it, its row the
group cell that spans it; flattened text, which has no intervals, is read in order where the number of places leaves no choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.forms import FormTable
from gov_extract.forms.labels import normalise
from gov_extract.parse.columns.telling import windows
from gov_extract.parse.outcome_heads import (
    HEADER_ROWS,
    Heads,
    Hit,
    all_in_order,
    first_in_order,
    groups_in_order,
    heads_around,
    heads_in_order,
    is_complete,
    names_row,
    nested_order,
    printed_order,
    says_units,
    texts_of,
)
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_aside, looks_like_figure, read_figure

# Outcome labels that a row must hold to be this table's header.
OUTCOMES = 3
# Or labels of rows, where the outcomes' cells could not be told apart.
GROUPS = 2


class Found(NamedTuple):
    """The table's places, or those of the rows that one header has; `ordered` is the row of figures from left to right;
    `worn`: a header label is not exact; `partial`: figures without cells stand under some of the headers only; `others` are
    the heads of columns that the report adds."""

    places: dict[tuple[str, str], Place]
    figures: list[int]
    header: list[int]
    ordered: list[Place]
    worn: bool
    open: bool
    partial: bool = False
    others: tuple[str, ...] = ()


def find(rows: Sequence[Row], table: FormTable, taken: set[int], margin: int | None = None) -> Found | None:
    """The table in the stream, or None. `margin`: empty places that flattened rows of the document leave at their end."""
    telling = {normalise(c.label) for c in table.columns if not c.label.startswith(("总", "其"))}
    telling |= {normalise(row.label) for row in table.rows if row.group}
    for j, row in enumerate(rows):
        if j in taken or not row.labels or row.kind == "flat" or (row.kind == "text" and row.page is not None):
            continue
        texts = texts_of(row)
        if sum(normalise(text) in telling for text in texts) >= 2:
            found = _read(rows, table, j, taken, margin)
            if found:
                return found
    return None


def _read(rows: Sequence[Row], table: FormTable, first: int, taken: set[int], margin: int | None) -> Found | None:
    heads = heads_around(rows, table, first, taken)
    if heads.is_part(table):
        table = table._replace(rows=tuple(row for row in table.rows if row.code in heads.own))
    elif heads.caption:
        heads = heads._replace(groups=[], caption=False)
    outcomes, groups, header = heads.outcomes, heads.groups, heads.rows
    if len(outcomes) < OUTCOMES and len({hit.code for hit in groups}) < GROUPS:
        return None
    last = max(header)
    places: dict[tuple[str, str], Place] = {}
    figures: list[int] = []
    got_by_order = False
    wanted = len(table.rows) * len(table.columns)
    opened = False
    nested = nested_order(heads, table, rows)
    order = printed_order(heads, table, rows) or nested
    for j in range(last + 1, min(last + 1 + HEADER_ROWS, len(rows))):
        row = rows[j]
        slots = row.places
        if says_units(row):
            continue
        if not heads.groups and names_row(row, table):
            return None
        if j in taken or (row.labels and not row.slots):
            if row.kind in ("text", "placed"):
                continue  # a page's label, or header cells that could not be told apart, between header and figures
            break
        if row.kind == "text" and row.page is not None:
            continue  # a sentence with numbers; figures of a table on a page are never mere text
        if any(is_aside(place.text) for place in row.labels):
            continue  # the figures of another year
        if row.kind == "cells" and row.labels and len(row.slots) >= wanted:
            slots = row.slots
        if len(slots) < len(table.columns):
            continue
        told_by_order = _by_order(
            slots, table, margin if row.kind == "cells" else None, order, _first_place(row, slots, heads, rows)
        )
        full = row.kind == "placed" and sum(bool(place.text) for place in slots) == wanted
        by_interval = None if full else _by_interval(row, slots, heads, rows)
        got = by_interval or told_by_order
        got_by_order = got_by_order or (bool(got) and not by_interval)
        if not got:
            opened = opened or (not figures and any(slot.text for slot in slots))
            if opened and not figures:
                figures.append(j)
            continue
        # A page break may leave a piece of the row without ink before the piece with the figures.
        fresh = {key: place for key, place in got.items() if key not in places or (place.text and not places[key].text)}
        if not fresh:
            break
        places |= fresh
        figures.append(j)
        if len(places) == wanted and any(place.text for place in places.values()):
            break
    below = rows[last + 1 : last + 1 + HEADER_ROWS]
    empty = not any(row.has_figures for row in below if row.kind != "text")
    if not figures and empty and rows[first].kind == "placed" and is_complete(outcomes, groups, table, rows):
        # No ink below a header without rulings: every place is blank.
        blank = {(row.code, column.code): Place("", 0.0, 0.0) for row in table.rows for column in table.columns}
        return Found(blank, [last], sorted(header), [], False, False)
    if not figures:
        return None
    figures.sort(key=lambda j: not rows[j].has_figures)
    again = _figures_again(rows, max(figures), taken, len(table.columns))
    in_order = first_in_order(outcomes, table) or all_in_order(outcomes, table, rows)
    whole = nested is not None or is_complete(outcomes, groups, table, rows)
    worn = again or not (whole or in_order)
    if got_by_order and order is None:
        worn = worn or not (in_order and groups_in_order(groups, table))
    worn = worn or (got_by_order and nested is None and not heads_in_order([rows[j] for j in header], table))
    known = places.values()
    ordered = [place for j in figures for place in rows[j].places if heads.others or any(place is p for p in known)]
    partial = rows[figures[0]].kind == "placed" and sum(bool(place.text) for place in ordered) < wanted
    others = tuple(hit.place.text for hit in heads.others)
    return Found(places, figures, sorted(header), ordered, worn, opened and not places, partial, others)


def _figures_again(rows: Sequence[Row], last: int, taken: set[int], width: int) -> bool:
    """Whether another row of figures follows at once: nothing says then which of them is the report's."""
    for j in range(last + 1, min(last + 1 + HEADER_ROWS, len(rows))):
        row = rows[j]
        if j in taken or row.block != rows[last].block or (row.labels and not row.has_figures):
            return False
        if sum(looks_like_figure(place.text) for place in row.slots if place.text) >= width:
            return not any(is_aside(place.text) for place in row.labels)
    return False


def _by_interval(row: Row, slots: Sequence[Place], heads: Heads, rows: Sequence[Row]) -> dict[tuple[str, str], Place] | None:
    """Figures by what stands above them; None where intervals cannot be compared or leave a figure without a name.

    Flattened rows of as many cells can be compared where every span is written again in each cell that it covers, or is written
    once and left empty in the others, and every outcome of every row is found so.
    """
    outcomes, groups = heads.outcomes, heads.groups
    flattened = row.kind == "cells"
    if flattened and (heads.caption or any(rows[hit.j].space != row.space for hit in (*outcomes, *groups, *heads.others))):
        return None
    if not flattened and row.kind not in ("grid", "placed"):
        return None
    comparable = flattened or all(
        rows[hit.j].space == row.space or (rows[hit.j].page is not None and row.page is not None)
        for hit in (*outcomes, *(() if heads.caption else groups))
    )
    if not comparable or not groups:
        return None
    got = _below(row, slots, heads, groups)
    if got is None and flattened:
        got = _below(row, slots, heads, [_spread(hit, rows[hit.j]) for hit in groups])
        pairs = len({hit.code for hit in groups}) * len({hit.code for hit in outcomes})
        return got if got is not None and len(got) == pairs == len(outcomes) else None
    return got


def _spread(group: Hit, row: Row) -> Hit:
    """A label of flattened text with the empty cells behind it, which it spans."""
    behind = next((place.x0 for place in row.places if place.x0 > group.place.x0 and place.text), row.places[-1].x1)
    return group._replace(place=group.place._replace(x1=behind))


def _below(row: Row, slots: Sequence[Place], heads: Heads, groups: Sequence[Hit]) -> dict[tuple[str, str], Place] | None:
    """The figures below each outcome and label."""
    flattened = row.kind == "cells"
    got: dict[tuple[str, str], Place] = {}
    for slot in slots:
        middle = (slot.x0 + slot.x1) / 2
        if any(hit.place.x0 <= middle < hit.place.x1 for hit in heads.others):
            continue
        column = _above(middle, heads.outcomes, row.kind == "placed")
        group = _above(middle, groups, row.kind == "placed")
        if column is None or group is None or (group, column) in got:
            if flattened:
                return None
            if slot.text and (row.kind == "placed" or looks_like_figure(slot.text) or (column and group)):
                return None
            continue  # a text beside the figures: the row's own label, a remark
        got[group, column] = slot
    return got or None


def _above(middle: float, hits: Sequence[Hit], loose: bool) -> str | None:
    over = [hit for hit in hits if hit.place.x0 <= middle < hit.place.x1]
    if over:
        return max(over, key=lambda hit: hit.j).code
    if loose and hits:
        near = min(hits, key=lambda hit: abs((hit.place.x0 + hit.place.x1) / 2 - middle))
        return near.code
    return None


def _first_place(row: Row, slots: Sequence[Place], heads: Heads, rows: Sequence[Row]) -> int | None:
    """In which of its `slots` the figures of a row of cells begin, where the header shows it: in a grid by the interval of its
    first outcome, in flattened text where its rows have as many places."""
    if row.kind == "grid" and all(rows[hit.j].space == row.space for hit in heads.outcomes):
        first = min(heads.outcomes, key=lambda hit: hit.place.x0, default=None)
        middles = [(place.x0 + place.x1) / 2 for place in slots]
        return next((k for k, x in enumerate(middles) if first and first.place.x0 <= x < first.place.x1), None)
    if row.kind != "cells":
        return None
    wide = [hit for hit in heads.outcomes if rows[hit.j].kind == "cells" and len(rows[hit.j].places) == len(row.places)]
    if not wide or len(wide) < len(heads.outcomes):
        return None
    return min(int(hit.place.x0) for hit in wide) - (len(row.places) - len(slots))


def _by_order(
    slots: Sequence[Place],
    table: FormTable,
    margin: int | None,
    order: list[tuple[str, str] | None] | None,
    start: int | None = None,
) -> dict[tuple[str, str], Place] | None:
    """All figures in the printed order, or the form's, when the row has exactly their number of places, empty ones outside
    left aside; none where the first of them is not in place `start`, if that is known."""
    keys: list[tuple[str, str] | None] = order or [(row.code, column.code) for row in table.rows for column in row.columns]
    n, m = len(keys), len(slots)
    ways = windows(slots, n) if m >= n else {}
    if not ways:
        return None
    behind = set(ways.values())
    if len(ways) > 1 and margin in behind:
        behind = {margin}
    elif len(ways) > 1:
        behind = {k for k in behind if order is None and _sums(slots[m - n - k : m - k], len(table.columns))}
    if len(behind) != 1:
        return None
    k = behind.pop()
    if start is not None and m > n and m - n - k != start:
        return None
    return {key: place for key, place in zip(keys, slots[m - n - k : m - k], strict=True) if key is not None}


def _sums(window: Sequence[Place], width: int) -> bool:
    """Whether every group's last figure is the sum of the others, and is printed."""
    for k in range(0, len(window), width):
        values = [read_figure(place.text, "件").value for place in window[k : k + width]]
        if values[-1] is None or sum(value or 0.0 for value in values[:-1]) != values[-1]:
            return False
    return True
