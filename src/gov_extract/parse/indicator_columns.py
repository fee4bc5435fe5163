"""The columns of a table of indicators: which place of a row is its value, which its unit, and what else it holds.

In: the prepared stream, the rows of the table. Out: a `Found` for each row (`Layout.read`), and the rows of a local annex.

Nothing is told by the figures: a value's column is known by its header, by its place behind the unit, or because no row has
another figure. Columns of numbers, of the figures up to now, of other years and of remarks are never the value's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from gov_extract.document import GridCell
from gov_extract.parse.align import slots_behind
from gov_extract.parse.columns.rulers import EDGES, common_edge, edge_of, is_side, nearest, rulers
from gov_extract.parse.indicators import NUMBER, header_of, holds_figures, parted, the_tables, unit_of
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import money_factor

# So many rows or more that count up are numbers, not figures, where they do so in this share of the table.
COUNTED = 10
STEADY = 0.8
# A header stands at most this many rows above the first row of its table.
HEADER_ROWS = 8
# A column of another page's grid is the header's where both of its sides are off by at most this share of its width.
OFF_SIDES = 0.25
# Points by which a page lies sideways of another at least, when its text is not just set a little differently.
SIDEWAYS = 4.0
# Between the parts of a table that a page break tears stand so many lines at most: a number, a running head.
MARGIN_LINES = 3


class Head(NamedTuple):
    """A header row: its columns from left to right as (kind, place). Kinds: ``label``, ``value``, ``year:2016``, the codes of
    the columns that the form knows beside them, and ``part:1`` for one that it does not know."""

    j: int
    row: Row
    columns: tuple[tuple[str, Place], ...]

    @property
    def kinds(self) -> list[str]:
        """The kinds of its columns, in order."""
        return [kind for kind, _ in self.columns]


class Found(NamedTuple):
    """What a row holds: the place of its value (None: none), the unit printed for it, further figures as (kind, header's text,
    place), a remark; `sure` says that the column is known, `open` that it is not although the row has ink."""

    value: Place | None
    unit: str | None
    beside: tuple[tuple[str, str, Place], ...] = ()
    remark: str | None = None
    sure: bool = True
    open: bool = False


class Layout:
    """Where the values of a table of indicators stand.

    `years` says that its columns are years: which of them is the value's depends on the report's own; `numbered` that a row's
    number stands before its label; `money` are the units of money that it prints.
    """

    def __init__(self, rows: Sequence[Row], stands: Sequence[int], year: int | None) -> None:
        self._rows = rows
        self._year = year
        low = max(0, min(stands) - HEADER_ROWS)
        found = [Head(j, rows[j], header_of(rows[j])) for j in range(low, max(stands)) if header_of(rows[j])]
        self.heads = [_with_parts(head, rows) for head in found]
        self.years = any(kind.startswith("year:") for head in self.heads for kind in head.kinds)
        lines = [(rows[j], self._rest(rows[j].slots)) for j in stands]
        self._counted = self._counts_up(lines)
        leading = sum(bool(row.places) and NUMBER.fullmatch(row.places[0].text) is not None for row, _ in lines)
        heads = [head.kinds for head in self.heads]
        self.numbered = 2 * leading > len(lines) or any(kinds[0] == "number" and "label" in kinds for kinds in heads)
        widest = max((sum(bool(p.text) for p in self._figures(rest)) for _, rest in lines), default=0)
        self._single = widest <= 1
        printed = (unit_of(p.text) for row, _ in lines for p in row.slots if p.text)
        self.money = frozenset(unit for unit in printed if unit and money_factor(unit, "元") is not None)
        words = [sorted((p for p in rest if p.text), key=lambda p: p.x0) for row, rest in lines if row.kind == "placed"]
        self._edge = common_edge([p for row, _ in lines if row.kind == "placed" for p in row.slots if p.text])
        self._aside = self._lying_aside([row for row, _ in lines if row.kind == "placed"])
        self._rulers = {n: rulers([row for row in words if len(row) == n]) for n in {len(row) for row in words} if n}

    def _lying_aside(self, rows: Sequence[Row]) -> frozenset[int | None]:
        """The pages that lie sideways of the header's (mirrored margins, cropped edges): what stands under its columns there is
        another column's. Told by the units, which stand in one column on all of them, else by where the labels begin."""
        if not self.heads:
            return frozenset()
        pages: dict[int | None, list[Row]] = {}
        for row in rows:
            pages.setdefault(row.page, []).append(row)
        first = pages.get(self.heads[0].row.page, [])
        return frozenset(page for page, others in pages.items() if first and _sideways(first, others) > SIDEWAYS)

    @staticmethod
    def _rest(slots: Sequence[Place]) -> list[Place]:
        """The places that are not the unit."""
        unit = next((k for k, place in enumerate(slots) if place.text and unit_of(place.text)), None)
        return [place for k, place in enumerate(slots) if k != unit]

    @staticmethod
    def _counts_up(lines: Sequence[tuple[Row, Sequence[Place]]]) -> bool:
        """Whether the first place of every row behind its unit counts the rows."""
        numbers = [
            int("".join(c for c in rest[0].text if c.isdigit())) for _, rest in lines if len(rest) > 1 and _is_number(rest)
        ]
        steps = sum(b == a + 1 for a, b in pairwise(numbers))
        return len(numbers) >= COUNTED and len(numbers) == len(lines) and steps >= STEADY * len(numbers)

    def _figures(self, rest: Sequence[Place]) -> Sequence[Place]:
        return rest[1:] if self._counted else rest

    def head_of(self, j: int) -> Head | None:
        """The header nearest above a row."""
        return next((head for head in reversed(self.heads) if head.j < j), None)

    def _value_kind(self, head: Head) -> str | None:
        """Which kind of column holds the value; None where several may."""
        kinds = head.kinds
        if kinds.count("value") == 1:
            return "value"
        years = [kind for kind in kinds if kind.startswith("year:")]
        if f"year:{self._year}" in years:
            return f"year:{self._year}"
        return years[0] if len(years) == 1 and "value" not in kinds else None

    def read(self, j: int, slots: Sequence[Place]) -> Found:
        """What the row `j` holds in its places behind the label."""
        row = self._rows[j]
        unit = next((text for place in slots if place.text and (text := unit_of(place.text))), None)
        unit = unit or next((text for carried in row.carried if (text := unit_of(carried))), None)
        head = self.head_of(j)
        if head is not None:
            told = self._by_header(row, slots, head, unit)
            if told is None or (row.kind == "grid" and row.space != head.row.space):
                ordered = self._by_order(row, slots, head, unit)
                behind = len(head.kinds) - head.kinds.index("label") - 1 if "label" in head.kinds else 0
                if told and ordered and told.value is not ordered.value and len(slots) != behind:
                    return Found(None, unit, sure=False, open=any(p.text for p in slots if not unit_of(p.text)))
                # On another page the header's columns may lie elsewhere: as many places as columns are told by their order.
                told = ordered if told is None or (ordered and len(slots) == behind) else told
            if told:
                return told
        rest = list(self._figures(self._rest(slots)))
        inked = [place for place in rest if place.text]
        figure_columns = 1 if head is None else sum(map(holds_figures, head.kinds))
        if self._single and figure_columns == 1 and len(inked) <= 1:
            value = inked[0] if inked else rest[-1] if rest else Place("", 0.0, 0.0)
            return Found(value, unit)
        if not inked:
            return Found(rest[0] if rest else Place("", 0.0, 0.0), unit)
        return Found(None, unit, sure=False, open=True)

    def _by_header(self, row: Row, slots: Sequence[Place], head: Head, unit: str | None) -> Found | None:
        """By the intervals of the header's cells, where they can be compared."""
        wanted = self._value_kind(head)
        same = row.space == head.row.space
        alike = row.kind == head.row.kind or (row.kind == "placed" and head.row.kind == "grid" and _in_cells(row, slots, head))
        paged = row.page is not None and head.row.page is not None and alike
        if row.kind not in ("grid", "placed") or wanted is None or not (same or paged):
            return None
        if row.kind == "placed":
            return self._near(row, slots, head, wanted, unit)
        under: dict[str, Place] = {}
        for kind, place in head.columns:
            middle = (place.x0 + place.x1) / 2
            hit = next((p for p in row.places if p.x0 <= middle < p.x1), None)
            if hit is not None and any(hit is p for p in slots):
                under.setdefault(kind, hit)
        if not same and any(_off_sides(place, under[kind]) for kind, place in head.columns if kind in under):
            return None  # another page's edges, or the page lies sideways of the header's: by order
        value = under.get(wanted)
        others = [(kind, place) for kind, place in under.items() if kind != wanted]
        shared = value is not None and any(place is value for _, place in others)
        known = {id(place) for place in under.values()}
        stray = any(p.text and id(p) not in known and not unit_of(p.text) for p in slots)
        if value is None and not same:
            return None  # another grid with other edges: by order
        if stray or shared or (value is not None and value.text and unit_of(value.text)):
            return None if not shared else Found(None, unit, sure=False, open=True)
        return _found(value, unit, head, others)

    def _near(self, row: Row, slots: Sequence[Place], head: Head, wanted: str, unit: str | None) -> Found | None:
        """Words without cells: a full row in the header's order, else each word below the header that it stands under."""
        behind = head.kinds.index("label") + 1 if "label" in head.kinds else 0
        kinds = [(kind, place) for kind, place in head.columns[behind:] if kind != "unit"]
        inked = [p for p in slots if p.text and not unit_of(p.text)]
        if len(inked) == len(kinds):
            pairs = [(kind, p) for (kind, _), p in zip(kinds, sorted(inked, key=lambda p: p.x0), strict=True)]
        elif row.page in self._aside and inked:
            return Found(None, unit, sure=False, open=True)
        else:
            known = self._rulers.get(len(kinds))
            pairs = []
            for p in inked:
                kind = (
                    nearest(p, known, [kind for kind, _ in kinds]) if known else _over(p, kinds) or self._between(p, head, unit)
                )
                if kind is None or any(kind == other for other, _ in pairs):
                    return None if len(kinds) == 1 else Found(None, unit, sure=False, open=True)
                pairs.append((kind, p))
        value = next((p for kind, p in pairs if kind == wanted), Place("", 0.0, 0.0))
        return _found(value, unit, head, [(kind, p) for kind, p in pairs if kind != wanted])

    def _between(self, word: Place, head: Head, unit: str | None) -> str | None:
        """The one column in which a word can stand: a column takes in its own header's text and nothing of its neighbours', and
        what lines up at its left begins left of its header's middle. A row with a unit has no other word in the unit's column.
        """
        columns = [place for _, place in head.columns]
        middles = [(place.x0 + place.x1) / 2 for place in columns]
        lows = [float("-inf"), *(place.x1 for place in columns[:-1])]
        highs = [*(place.x0 for place in columns[1:]), float("inf")]
        fitting = []
        for kind, low, high, middle in zip(head.kinds, lows, highs, middles, strict=True):
            gap = max(abs(middle - other) for other in middles)
            here = self._edge is None or is_side(edge_of(word, self._edge) - middle, self._edge, gap)
            if low <= word.x0 and word.x1 <= high and here and kind != "label" and not (unit and kind == "unit"):
                fitting.append(kind)
        return fitting[0] if len(fitting) == 1 else None

    def _under_unit(self, row: Row) -> bool:
        """Whether a cell of a row above, empty where a page break tore it from its text, reaches down into this row."""
        above = (other for other in self._rows if other.block == row.block and other.grid_row < row.grid_row)
        spans = (p.origin for other in above for p in other.slots if isinstance(p.origin, GridCell) and not p.text)
        return row.kind == "grid" and any(cell.row + cell.rowspan > row.grid_row for cell in spans)

    def _by_order(self, row: Row, slots: Sequence[Place], head: Head, unit: str | None) -> Found | None:
        """By the order of the header's columns: from the unit on, or where the row has as many places."""
        wanted = self._value_kind(head)
        kinds = [kind for kind in head.kinds if kind != "label"]
        if "label" in head.kinds:
            kinds = head.kinds[head.kinds.index("label") + 1 :]
        if wanted is None or wanted not in kinds or row.kind == "placed":
            return None
        at = next((k for k, p in enumerate(slots) if p.text and unit_of(p.text)), None)
        if at is None and len(slots) == len(kinds) - 1 and (unit is not None or self._under_unit(row)):
            kinds = [kind for kind in kinds if kind != "unit"]  # its cell began in a row above
        if at is not None and "unit" in kinds:
            shift = at - kinds.index("unit")
        elif len(slots) >= len(kinds) and not any(p.text for p in slots[len(kinds) :]):
            shift = 0
        else:
            return None
        if at is None and "unit" in kinds and slots[kinds.index("unit")].text:
            return None  # another thing stands where the unit should
        pairs = [(kind, slots[k + shift]) for k, kind in enumerate(kinds) if 0 <= k + shift < len(slots)]
        outside = [p for k, p in enumerate(slots) if p.text and not 0 <= k - shift < len(kinds)]
        if outside:
            return None
        # Flattened text may have lost the empty places at a line's end.
        value = next((p for kind, p in pairs if kind == wanted), Place("", 0.0, 0.0) if row.kind in ("cells", "text") else None)
        others = [(kind, p) for kind, p in pairs if kind not in (wanted, "unit")]
        return _found(value, unit, head, others)


def _with_parts(head: Head, rows: Sequence[Row]) -> Head:
    """A header whose value is parted on the line below (统计数 over 市本级 | 县区 | 合计): the value is their total."""
    value = next((place for kind, place in head.columns if kind == "value"), None)
    if value is None or head.kinds.count("value") > 1 or head.j + 1 >= len(rows) or head.row.kind not in ("grid", "cells"):
        return head
    below = rows[head.j + 1]
    right = min((place.x0 for _, place in head.columns if place.x0 > value.x0), default=float("inf"))
    parts = [p for p in below.places if p.text and value.x0 <= p.x0 < right]
    if below.space != head.row.space or len(parts) < 2 or any(p.text for p in below.places if p not in parts):
        return head
    kinds = parted(parts)
    if kinds.count("value") != 1:
        return head
    rest = [(kind, place) for kind, place in head.columns if kind != "value"]
    columns = (*rest, *zip(kinds, parts, strict=True))
    return Head(head.j + 1, below, tuple(sorted(columns, key=lambda column: column[1].x0)))


def _in_cells(row: Row, slots: Sequence[Place], head: Head) -> bool:
    """Whether a row of words lies below a header of cells: its label begins below that of the labels, and its unit stands below
    that of the units."""
    under = {kind: place for kind, place in head.columns if kind in ("label", "unit")}
    units = [place for place in slots if place.text and unit_of(place.text)]
    words = [("label", row.labels[0].x0)] if row.labels else []
    words += [("unit", (place.x0 + place.x1) / 2) for place in units]
    return {"label", "unit"} <= under.keys() & {kind for kind, _ in words} and all(
        under[kind].x0 <= x < under[kind].x1 for kind, x in words
    )


def _off_sides(head: Place, place: Place) -> bool:
    """Whether a place of another grid has not the sides of a header's cell."""
    most = OFF_SIDES * min(head.x1 - head.x0, place.x1 - place.x0)
    return abs(head.x0 - place.x0) > most or abs(head.x1 - place.x1) > most


def _sideways(first: Sequence[Row], others: Sequence[Row]) -> float:
    """By how many points some rows without cells lie to the side of others of their table."""
    units = [[p for row in rows for p in row.slots if p.text and unit_of(p.text)] for rows in (first, others)]
    if not all(units):
        left, right = (min((p.x0 for row in rows for p in row.labels if p.text), default=0.0) for rows in (first, others))
        return abs(left - right)
    # They line up at one of their edges, whatever their lengths.
    middles = [[sorted(edge_of(place, edge) for place in places)[len(places) // 2] for places in units] for edge in EDGES]
    return min(abs(a - b) for a, b in middles)


def _over(word: Place, kinds: Sequence[tuple[str, Place]]) -> str | None:
    """The one column under whose header a word stands."""
    over = [kind for kind, place in kinds if min(word.x1, place.x1) > max(word.x0, place.x0)]
    return over[0] if len(over) == 1 else None


def _found(value: Place | None, unit: str | None, head: Head, others: Sequence[tuple[str, Place]]) -> Found:
    titles = {kind: place.text for kind, place in head.columns}
    figures = tuple((kind, titles.get(kind, kind), place) for kind, place in others if place.text and holds_figures(kind))
    remark = next((place.text for kind, place in others if kind == "remark" and place.text), None)
    return Found(value, unit, figures, remark)


def _is_number(rest: Sequence[Place]) -> bool:
    return NUMBER.fullmatch(rest[0].text) is not None


def _body(rows: Sequence[Row], head: int, end: int) -> Iterator[int]:
    """The rows below a header, up to `end`: of flattened text all lines of cells; of a grid its own, and those of grids that
    follow it with as many columns, at once or at the top of the next page (a page break tears a table in two)."""
    block, last = rows[head].block, head
    for k in range(head + 1, end):
        row = rows[k]
        if row.kind != rows[head].kind:
            continue
        overleaf = row.page is not None and row.page == (rows[last].page or 0) + 1 and k - last <= MARGIN_LINES + 1
        follows = (last == k - 1 or overleaf) and len(row.places) == len(rows[head].places)
        if row.kind == "cells" or row.block == block or follows:
            block, last = row.block, k
            yield k


def annex_rows(rows: Sequence[Row], year: int | None) -> Iterator[tuple[int, Found]]:
    """The rows of a local annex with what they hold, in order: those below a header of indicators, if they are of that kind."""
    heads = [j for j, row in enumerate(rows) if header_of(row) and row.kind in ("grid", "cells")]
    local = next((table.local for table in the_tables() if table.local), None)
    found: list[tuple[int, Found]] = []
    for n, j in enumerate(heads):
        end = heads[n + 1] if n + 1 < len(heads) else len(rows)
        body = [k for k in _body(rows, j, end) if rows[k].labels and rows[k].slots]
        if not body:
            continue
        layout = Layout(rows, body, year)
        for k in body:
            told = layout.read(k, slots_behind(rows[k], len(rows[k].labels) - 1))
            if told.unit or rows[k].has_figures:
                found.append((k, told))
    telling = sum(any(word in rows[k].label for word in local.words) for k, _ in found) if local else 0
    if local and len(found) >= local.rows and telling >= local.telling:
        yield from found
