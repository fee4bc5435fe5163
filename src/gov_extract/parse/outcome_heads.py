"""The header of the table whose rows stand side by side: which cells name outcomes, which rows.

In: the stream, the form's table, a row that holds outcomes. Out: `Heads`, and what order they say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.forms import FormTable
from gov_extract.forms.labels import normalise
from gov_extract.parse.columns.headers import torn_heads
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_unit, names_unit
from gov_extract.parse.vocabulary import WEAK, column_fit, entry_keys, is_header_text, key

# The header has three physical rows; a page break may put it on two grids.
HEADER_ROWS = 6
# A caption that names the one row of a table below it stands at most so many rows above the header.
CAPTION = 3
# Wider than any page: what a caption stands over.
EVERYWHERE = 1e9


class Hit(NamedTuple):
    """A header cell: what it names, where it stands."""

    code: str
    place: Place
    j: int
    fit: float


class Heads(NamedTuple):
    """The header cells of a table or a part of it: outcomes, labels of rows, others beside the outcomes (小计), and the stream
    rows that hold them. `caption`: a line above the table names its one row."""

    outcomes: list[Hit]
    groups: list[Hit]
    others: list[Hit]
    rows: set[int]
    caption: bool = False

    @property
    def own(self) -> list[str]:
        """The codes of the rows that are named, in the order of their labels from left to right."""
        return list(dict.fromkeys(hit.code for hit in sorted(self.groups, key=lambda hit: (hit.j, hit.place.x0))))

    def is_part(self, table: FormTable) -> bool:
        """Whether the header is the whole one of some of the table's rows: each outcome once for each of them."""
        n = len(self.own)
        counts = [sum(hit.code == column.code for hit in self.outcomes) for column in table.columns]
        return 0 < n < len(table.rows) and all(count == n for count in counts)


def texts_of(row: Row) -> list[str]:
    """The texts of a row; of a line its words."""
    if row.kind == "text":
        return [token for place in (*row.labels, *row.slots) for token in place.text.split()]
    return [place.text for place in (*row.labels, *row.slots) if place.text]


def names_row(row: Row, table: FormTable) -> bool:
    """Whether a row's own label is that of one of the table's rows: they stand below each other."""
    return bool(row.labels) and any(normalise(row.label) in entry_keys(spec) for spec in table.rows)


def says_units(row: Row) -> bool:
    """Whether a row says nothing but in which unit the figures are (单位：件)."""
    texts = texts_of(row)
    return bool(texts) and all(is_unit(text) or (names_unit(text) and len(text) <= HEADER_ROWS * 2) for text in texts)


def first_in_order(outcomes: Sequence[Hit], table: FormTable) -> bool:
    """Whether the outcomes of one row at least stand in the form's order, where the others could not be told apart."""
    codes = [column.code for column in table.columns]
    by_row: dict[int, list[Hit]] = {}
    for hit in outcomes:
        by_row.setdefault(hit.j, []).append(hit)
    orders = [[hit.code for hit in sorted(hits, key=lambda h: h.place.x0)] for hits in by_row.values()]
    return any(order[: len(codes)] == codes for order in orders) and all(
        order[k : k + len(codes)] == codes for order in orders for k in range(0, len(order), len(codes))
    )


def all_in_order(outcomes: Sequence[Hit], table: FormTable, rows: Sequence[Row]) -> bool:
    """Whether the outcomes of all rows stand in the form's order from left to right, at whatever heights of one page."""
    if len({rows[hit.j].space for hit in outcomes}) > 1 or any(rows[hit.j].kind not in ("grid", "placed") for hit in outcomes):
        return False
    printed = [hit.code for hit in sorted(outcomes, key=lambda hit: hit.place.x0)]
    return printed == [column.code for _ in table.rows for column in table.columns]


def heads_in_order(header: Sequence[Row], table: FormTable) -> bool:
    """Whether the uppermost labels (行政复议, 行政诉讼) stand in the form's order wherever they stand beside each other."""
    labels = {group.code: group.label for group in table.groups}
    tops = list(dict.fromkeys(normalise(labels.get(row.group or "", row.label)) for row in table.rows))
    for row in header:
        found = [tops.index(text) for text in (normalise(text) for text in texts_of(row)) if text in tops]
        if found != sorted(found):
            return False
    return True


def groups_in_order(groups: Sequence[Hit], table: FormTable) -> bool:
    """Whether the rows' labels stand in the form's order."""
    codes = [hit.code for hit in sorted(groups, key=lambda hit: (hit.j, hit.place.x0))]
    wanted = [row.code for row in table.rows]
    return list(dict.fromkeys(codes)) == [code for code in wanted if code in codes]


def is_complete(outcomes: Sequence[Hit], groups: Sequence[Hit], table: FormTable, rows: Sequence[Row]) -> bool:
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


def heads_around(rows: Sequence[Row], table: FormTable, first: int, taken: set[int]) -> Heads:
    """The header cells around row `first`."""
    outcomes: list[Hit] = []
    groups: list[Hit] = []
    header: set[int] = {first}
    loose: list[tuple[Place, int, int | None]] = []
    group_keys = {row.code: entry_keys(row) for row in table.rows}
    for j in range(max(0, first - CAPTION), min(len(rows), first + HEADER_ROWS)):
        row = rows[j]
        if j in taken or (j > first and says_units(row)):
            continue
        if not row.places:
            continue  # what a page break left of a row
        if j < first and row.has_figures:  # what stands above figures is no header of those below
            groups, header = [], {first}
            continue
        if j > first and not row.labels:
            break
        if row.slots and any(place.text for place in row.slots) and j > first:
            break
        places = [place for place in (*row.labels, *row.slots) if place.text]
        if row.kind == "text":
            places = [Place(t, 0.0, 0.0, p.origin) for p in places for t in p.text.split()]
        for place in places:
            label = normalise(place.text)
            code = next((code for code, keys in group_keys.items() if label in keys), None)
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
    others: list[Hit] = []
    for n, (place, j, _) in enumerate(loose):
        fits = sorted(((column_fit(place.text, c), c.code) for c in table.columns), reverse=True)
        if n not in torn and (fits[0][0] == 1.0 or (fits[0][0] >= WEAK and fits[0][0] - fits[1][0] > 0.1)):
            outcomes.append(Hit(fits[0][1], place, j, fits[0][0]))
            header.add(j)
        elif n not in torn and not is_header_text(place.text) and fits[0][0] < WEAK:
            others.append(Hit("", place, j, 0.0))
    # What is only like an outcome is none where each row has that outcome exactly (已审结 beside 尚未审结).
    exact = Counter(hit.code for hit in outcomes if hit.fit == 1.0)
    rest = [hit for hit in outcomes if hit.fit < 1.0 and groups and exact[hit.code] >= len({g.code for g in groups})]
    outcomes = [hit for hit in outcomes if hit not in rest]
    others += [hit._replace(code="") for hit in rest]
    # What stands left of all outcomes is the corner, or the labels' head.
    left = {j: min(hit.place.x0 for hit in outcomes if hit.j == j) for j in {hit.j for hit in outcomes}}
    heads = Heads(outcomes, groups, [hit for hit in others if hit.place.x0 > left.get(hit.j, EVERYWHERE)], header)
    named = None if groups else _caption(rows, table, first)
    return heads._replace(groups=[named], caption=True) if named is not None else heads


def _caption(rows: Sequence[Row], table: FormTable, first: int) -> Hit | None:
    """The row that a line above a table names: its table has no other."""
    for j in range(first - 1, max(-1, first - 1 - CAPTION), -1):
        if rows[j].has_figures:
            return None
        text = key(rows[j].joined).text
        code = next((row.code for row in table.rows if text in entry_keys(row)), None)
        if code is not None and len(rows[j].places) == 1:
            return Hit(code, Place(rows[j].joined, -EVERYWHERE, EVERYWHERE), j, 1.0)
    return None


def printed_order(heads: Heads, table: FormTable, rows: Sequence[Row]) -> list[tuple[str, str] | None] | None:
    """The order of the figures that the header itself says: one line with every outcome for every row, one with every row;
    on a page they may stand on several lines. What stands below another head is nobody's (None)."""
    codes, width = {column.code for column in table.columns}, len(table.columns)
    lines = {hit.j for hit in heads.outcomes}, {hit.j for hit in heads.groups}
    on_page = all(rows[hit.j].page is not None and hit.place.x1 > hit.place.x0 for hit in (*heads.outcomes, *heads.groups))
    if (any(len(js) != 1 for js in lines) and not on_page) or len(heads.groups) != len(table.rows):
        return None
    every = sorted((*heads.outcomes, *heads.others), key=lambda hit: hit.place.x0)
    columns = [hit.code for hit in every if hit.code]
    order = [hit.code for hit in sorted(heads.groups, key=lambda hit: hit.place.x0)]
    parts = [columns[k : k + width] for k in range(0, len(columns), width)]
    if (
        len(set(order)) != len(order)
        or len(parts) != len(order)
        or any(set(part) != codes or len(part) != width for part in parts)
    ):
        return None
    told = iter([(row, column) for row, part in zip(order, parts, strict=True) for column in part])
    return [next(told) if hit.code else None for hit in every]


def nested_order(heads: Heads, table: FormTable, rows: Sequence[Row]) -> list[tuple[str, str] | None] | None:
    """The order that a flattened header over several lines says: 行政复议 and 行政诉讼 on the first, the rows that the latter
    spans on the next, outcomes on the line below each."""
    outcomes, groups = heads.outcomes, heads.groups
    if any(rows[hit.j].kind != "cells" for hit in (*outcomes, *groups)) or not groups or heads.others:
        return None
    keys = {group.code: entry_keys(group) for group in table.groups} | {row.code: entry_keys(row) for row in table.rows}
    top = min(hit.j for hit in groups)
    tops = [next((code for code, known in keys.items() if normalise(text) in known), "") for text in texts_of(rows[top])]
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
    told: list[tuple[str, str] | None] = []
    for k, row in enumerate(order):
        line = whole[k * width :] if whole else second if row in below else first
        part = line[:width]
        if len(set(part)) != width:
            return None
        del line[:width]
        told += [(row, column) for column in part]
    return told
