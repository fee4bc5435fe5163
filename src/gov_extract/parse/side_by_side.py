"""The table whose rows stand side by side: 行政复议、行政诉讼 over five outcomes each, one row of figures below.

In: the stream, the form's table. Out: (row, column) → place. A figure's column is the outcome printed above it, its row the
group cell that spans it; flattened text, which has no intervals, is read in order where the number of places leaves no choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.forms import FormTable
from gov_extract.forms.labels import normalise
from gov_extract.parse.columns.headers import torn_heads
from gov_extract.parse.columns.telling import windows
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_aside, looks_like_figure, read_figure
from gov_extract.parse.vocabulary import WEAK, column_fit, entry_keys

# The header has three physical rows; a page break may put it on two grids.
HEADER_ROWS = 6
# Outcome labels that a row must hold to be this table's header.
OUTCOMES = 3
# Or labels of rows, where the outcomes' cells could not be told apart.
GROUPS = 2


class Found(NamedTuple):
    """The table's places; `ordered` is the row of figures from left to right; `worn`: a header label is not exact; `partial`:
    figures without cells stand under some of the headers only."""

    places: dict[tuple[str, str], Place]
    figures: list[int]
    header: list[int]
    ordered: list[Place]
    worn: bool
    open: bool
    partial: bool = False


class Hit(NamedTuple):
    """A header cell: what it names, where it stands."""

    code: str
    place: Place
    j: int
    fit: float


def find(rows: Sequence[Row], table: FormTable, taken: set[int], margin: int | None = None) -> Found | None:
    """The table in the stream, or None. `margin`: empty places that flattened rows of the document leave at their end."""
    telling = {normalise(c.label) for c in table.columns if not c.label.startswith(("总", "其"))}
    telling |= {normalise(row.label) for row in table.rows if row.group}
    for j, row in enumerate(rows):
        if j in taken or not row.labels or row.kind == "flat" or (row.kind == "text" and row.page is not None):
            continue
        texts = _texts(row)
        if sum(normalise(text) in telling for text in texts) >= 2:
            found = _read(rows, table, j, taken, margin)
            if found:
                return found
    return None


def _texts(row: Row) -> list[str]:
    if row.kind == "text":
        return [token for place in (*row.labels, *row.slots) for token in place.text.split()]
    return [place.text for place in (*row.labels, *row.slots) if place.text]


def _read(rows: Sequence[Row], table: FormTable, first: int, taken: set[int], margin: int | None) -> Found | None:
    outcomes, groups, header = _hits(rows, table, first, taken)
    if len(outcomes) < OUTCOMES and len({hit.code for hit in groups}) < GROUPS:
        return None
    last = max(header)
    places: dict[tuple[str, str], Place] = {}
    figures: list[int] = []
    got_by_order = False
    wanted = len(table.rows) * len(table.columns)
    opened = False
    nested = _nested_order(outcomes, groups, table, rows)
    order = _printed_order(outcomes, groups, table, rows) or nested
    for j in range(last + 1, min(last + 1 + HEADER_ROWS, len(rows))):
        row = rows[j]
        slots = row.places
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
        told_by_order = _by_order(slots, table, margin if row.kind == "cells" else None, order)
        full = row.kind == "placed" and sum(bool(place.text) for place in slots) == wanted
        by_interval = None if full else _by_interval(row, slots, outcomes, groups, rows)
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
    if not figures and empty and rows[first].kind == "placed" and _complete(outcomes, groups, table, rows):
        # No ink below a header without rulings: every place is blank.
        blank = {(row.code, column.code): Place("", 0.0, 0.0) for row in table.rows for column in table.columns}
        return Found(blank, [last], sorted(header), [], False, False)
    if not figures:
        return None
    figures.sort(key=lambda j: not rows[j].has_figures)
    again = _figures_again(rows, max(figures), taken, len(table.columns))
    in_order = _first_in_order(outcomes, table) or _all_in_order(outcomes, table, rows)
    whole = nested is not None or _complete(outcomes, groups, table, rows)
    worn = again or not (whole or in_order)
    if got_by_order and order is None:
        worn = worn or not (in_order and _groups_in_order(groups, table))
    worn = worn or (got_by_order and nested is None and not _heads_in_order([rows[j] for j in header], table))
    ordered = [place for j in figures for place in rows[j].places if any(place is p for p in places.values())]
    partial = rows[figures[0]].kind == "placed" and sum(bool(place.text) for place in ordered) < wanted
    return Found(places, figures, sorted(header), ordered, worn, opened and not places, partial)


def _figures_again(rows: Sequence[Row], last: int, taken: set[int], width: int) -> bool:
    """Whether another row of figures follows at once: nothing says then which of them is the report's."""
    for j in range(last + 1, min(last + 1 + HEADER_ROWS, len(rows))):
        row = rows[j]
        if j in taken or row.block != rows[last].block or (row.labels and not row.has_figures):
            return False
        if sum(looks_like_figure(place.text) for place in row.slots if place.text) >= width:
            return not any(is_aside(place.text) for place in row.labels)
    return False


def _first_in_order(outcomes: Sequence[Hit], table: FormTable) -> bool:
    """Whether the outcomes of one row at least stand in the form's order, where the others could not be told apart."""
    codes = [column.code for column in table.columns]
    by_row: dict[int, list[Hit]] = {}
    for hit in outcomes:
        by_row.setdefault(hit.j, []).append(hit)
    orders = [[hit.code for hit in sorted(hits, key=lambda h: h.place.x0)] for hits in by_row.values()]
    return any(order[: len(codes)] == codes for order in orders) and all(
        order[k : k + len(codes)] == codes for order in orders for k in range(0, len(order), len(codes))
    )


def _all_in_order(outcomes: Sequence[Hit], table: FormTable, rows: Sequence[Row]) -> bool:
    """Whether the outcomes of all rows stand in the form's order from left to right, at whatever heights of one page."""
    if len({rows[hit.j].space for hit in outcomes}) > 1 or any(rows[hit.j].kind not in ("grid", "placed") for hit in outcomes):
        return False
    printed = [hit.code for hit in sorted(outcomes, key=lambda hit: hit.place.x0)]
    return printed == [column.code for _ in table.rows for column in table.columns]


def _heads_in_order(header: Sequence[Row], table: FormTable) -> bool:
    """Whether the uppermost labels (行政复议, 行政诉讼) stand in the form's order wherever they stand beside each other."""
    labels = {group.code: group.label for group in table.groups}
    tops = list(dict.fromkeys(normalise(labels.get(row.group or "", row.label)) for row in table.rows))
    for row in header:
        found = [tops.index(text) for text in (normalise(text) for text in _texts(row)) if text in tops]
        if found != sorted(found):
            return False
    return True


def _groups_in_order(groups: Sequence[Hit], table: FormTable) -> bool:
    """Whether the rows' labels stand in the form's order."""
    codes = [hit.code for hit in sorted(groups, key=lambda hit: (hit.j, hit.place.x0))]
    wanted = [row.code for row in table.rows]
    return list(dict.fromkeys(codes)) == [code for code in wanted if code in codes]


def _complete(outcomes: Sequence[Hit], groups: Sequence[Hit], table: FormTable, rows: Sequence[Row]) -> bool:
    """Whether every header cell was found: each outcome once for each row, each row's label.

    Where a span is written again in every row that it covers, places in one column count once.
    """
    for column in table.columns:
        hits = [hit for hit in outcomes if hit.code == column.code]
        in_text = any(rows[hit.j].kind == "text" for hit in hits)
        columns = {(rows[hit.j].space, hit.place.x0) for hit in hits}
        if (len(hits) if in_text else len(columns)) != len(table.rows):
            return False
    return {hit.code for hit in groups} >= {row.code for row in table.rows}


def _hits(rows: Sequence[Row], table: FormTable, first: int, taken: set[int]) -> tuple[list[Hit], list[Hit], set[int]]:
    """The header cells around row `first`: outcomes, row labels, and the stream rows that hold them."""
    outcomes: list[Hit] = []
    groups: list[Hit] = []
    header: set[int] = {first}
    loose: list[tuple[Place, int, int | None]] = []
    group_keys = {row.code: entry_keys(row) for row in table.rows}
    for j in range(max(0, first - 3), min(len(rows), first + HEADER_ROWS)):
        row = rows[j]
        if j in taken:
            continue
        if not row.places:
            continue  # what a page break left of a row
        if j > first and not row.labels:
            break
        if row.slots and any(place.text for place in row.slots) and j > first:
            break
        places = [place for place in (*row.labels, *row.slots) if place.text]
        if row.kind == "text":
            places = [Place(t, 0.0, 0.0, p.origin) for p in places for t in p.text.split()]
        for place in places:
            code = next((code for code, keys in group_keys.items() if normalise(place.text) in keys), None)
            if code:
                groups.append(Hit(code, place, j, 1.0))
                header.add(j)
                continue
            if j >= first:
                loose.append((place, j, row.page))
    loose.reverse()
    torn: set[int] = set()
    for n, m, column in torn_heads([(place, page) for place, _, page in loose], table.columns):
        outcomes.append(Hit(column.code, loose[m][0], loose[m][1], 1.0))
        header |= {loose[n][1], loose[m][1]}
        torn |= {n, m}
    for n, (place, j, _) in enumerate(loose):
        fits = sorted(((column_fit(place.text, c), c.code) for c in table.columns), reverse=True)
        if n not in torn and (fits[0][0] == 1.0 or (fits[0][0] >= WEAK and fits[0][0] - fits[1][0] > 0.1)):
            outcomes.append(Hit(fits[0][1], place, j, fits[0][0]))
            header.add(j)
    return outcomes, groups, header


def _by_interval(
    row: Row, slots: Sequence[Place], outcomes: Sequence[Hit], groups: Sequence[Hit], rows: Sequence[Row]
) -> dict[tuple[str, str], Place] | None:
    """Figures by what stands above them; None where intervals cannot be compared or leave a figure without a name."""
    if row.kind not in ("grid", "placed"):
        return None
    comparable = all(
        rows[hit.j].space == row.space or (rows[hit.j].page is not None and row.page is not None)
        for hit in (*outcomes, *groups)
    )
    if not comparable or not groups:
        return None
    got: dict[tuple[str, str], Place] = {}
    for slot in slots:
        middle = (slot.x0 + slot.x1) / 2
        column = _above(middle, outcomes, row.kind == "placed")
        group = _above(middle, groups, row.kind == "placed")
        if column is None or group is None or (group, column) in got:
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


def _printed_order(
    outcomes: Sequence[Hit], groups: Sequence[Hit], table: FormTable, rows: Sequence[Row]
) -> list[tuple[str, str]] | None:
    """The order of the figures that the header itself says: one line with every outcome for every row, one with every row;
    on a page they may stand on several lines."""
    codes, width = {column.code for column in table.columns}, len(table.columns)
    lines = {hit.j for hit in outcomes}, {hit.j for hit in groups}
    on_page = all(rows[hit.j].page is not None and hit.place.x1 > hit.place.x0 for hit in (*outcomes, *groups))
    if (any(len(js) != 1 for js in lines) and not on_page) or len(groups) != len(table.rows):
        return None
    columns = [hit.code for hit in sorted(outcomes, key=lambda hit: hit.place.x0)]
    order = [hit.code for hit in sorted(groups, key=lambda hit: hit.place.x0)]
    parts = [columns[k : k + width] for k in range(0, len(columns), width)]
    if (
        len(set(order)) != len(order)
        or len(parts) != len(order)
        or any(set(part) != codes or len(part) != width for part in parts)
    ):
        return None
    return [(row, column) for row, part in zip(order, parts, strict=True) for column in part]


def _nested_order(
    outcomes: Sequence[Hit], groups: Sequence[Hit], table: FormTable, rows: Sequence[Row]
) -> list[tuple[str, str]] | None:
    """The order that a flattened header over several lines says: 行政复议 and 行政诉讼 on the first, the rows that the latter
    spans on the next, outcomes on the line below each."""
    if any(rows[hit.j].kind != "cells" for hit in (*outcomes, *groups)) or not groups:
        return None
    keys = {group.code: entry_keys(group) for group in table.groups} | {row.code: entry_keys(row) for row in table.rows}
    top = min(hit.j for hit in groups)
    tops = [next((code for code, known in keys.items() if normalise(text) in known), "") for text in _texts(rows[top])]
    below = [hit.code for hit in sorted(groups, key=lambda hit: (hit.j, hit.place.x0)) if hit.j > top]
    parents = {row.code: row.group for row in table.rows}
    order: list[str] = []
    for code in dict.fromkeys(tops):
        order += [code] if code in parents else [row for row in dict.fromkeys(below) if parents[row] == code]
    if sorted(order) != sorted(parents):
        return None
    width, lines = len(table.columns), dict[int, list[str]]()
    for hit in sorted(outcomes, key=lambda hit: (hit.j, hit.place.x0)):
        lines.setdefault(hit.j, []).append(hit.code)
    whole = next((line for line in lines.values() if len(line) == width * len(order)), None)
    first = next((line for line in lines.values() if len(line) == width * (len(order) - len(set(below)))), [])
    second = next((line for line in lines.values() if len(line) == width * len(set(below))), [])
    told: list[tuple[str, str]] = []
    for k, row in enumerate(order):
        line = whole[k * width :] if whole else second if row in below else first
        part = line[:width]
        if len(set(part)) != width:
            return None
        del line[:width]
        told += [(row, column) for column in part]
    return told


def _by_order(
    slots: Sequence[Place], table: FormTable, margin: int | None, order: list[tuple[str, str]] | None
) -> dict[tuple[str, str], Place] | None:
    """All figures in the printed order, or the form's, when the row has exactly their number of places, empty ones outside
    left aside."""
    keys = order or [(row.code, column.code) for row in table.rows for column in row.columns]
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
    return dict(zip(keys, slots[m - n - k : m - k], strict=True))


def _sums(window: Sequence[Place], width: int) -> bool:
    """Whether every group's last figure is the sum of the others, and is printed."""
    for k in range(0, len(window), width):
        values = [read_figure(place.text, "件").value for place in window[k : k + width]]
        if values[-1] is None or sum(value or 0.0 for value in values[:-1]) != values[-1]:
            return False
    return True
