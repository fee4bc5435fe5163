"""From rules to grids: which places the rules of a page close in.

In: level and upright `Rule`s of an upright page. Out: `Lattice`s: coordinates, cells with spans, and what was unsure. Text
plays no part here, except that rows or columns which only loose rule ends suggest must hold some.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gov_extract.document import OPEN_BELOW, record
from gov_extract.readers.pdf.pdfium import Quad
from gov_extract.readers.pdf.rules import TOUCH, Rule

OPEN = 6.0
"""Points by which loose rule ends must stand out of a grid to make a row or column: text needs as much."""
TORN_SHARE = 0.5
"""Share of a cell's side that a rule from the next cell must cover to close it (underlines do not cross borders)."""
MAX_RULES = 4_000
"""Rules of a page that are joined to grids; the densest real page has about 150."""
MAX_PLACES = 60_000
"""Rows times columns of one grid."""

OPEN_EDGE = "open_edge"
RAGGED = "ragged"


class Slot(NamedTuple):
    """A cell without its text: place and span in grid units."""

    row: int
    column: int
    rowspan: int
    colspan: int


class Lattice(NamedTuple):
    """A grid without its text.

    `owner[row][column]` is the index of the slot that covers a place, -1 for none. `loose` marks the slots that lie beside
    the table where another of its parts is wider: they count only if they hold text. `torn` are those of the last row that no
    rule closes below.
    """

    xs: list[float]
    ys: list[float]
    slots: list[Slot]
    owner: list[list[int]]
    loose: list[bool]
    doubts: tuple[str, ...]
    kind: str = "ruled"
    torn: frozenset[int] = frozenset()

    @property
    def box(self) -> Quad:
        """x0, top, x1, bottom."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


HoldsText = Callable[[Quad], bool]


def lattices(level: Sequence[Rule], upright: Sequence[Rule], holds_text: HoldsText) -> tuple[list[Lattice], bool]:
    """All grids of a page, and whether the page kept within the caps.

    Parameters
    ----------
    level, upright
        The page's rules.
    holds_text
        Whether any text has its centre in a box (x0, top, x1, bottom).
    """
    if len(level) + len(upright) > MAX_RULES:
        return [], False
    found = []
    complete = True
    for some_level, some_upright in crossing_groups(level, upright):
        lattice = _lattice(some_level, some_upright, holds_text)
        if lattice is None:
            complete = False
        elif len(lattice.slots) > 0:
            found.append(lattice)
    return sorted(found, key=lambda lattice: (lattice.ys[0], lattice.xs[0])), complete


def crossing_groups(level: Sequence[Rule], upright: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """The rules that hang together by touching each other, or stand beside each other at the same heights: a group for each
    table."""
    standing = sorted(upright)
    places = [rule.at for rule in standing]
    parent = list(range(len(level) + len(standing)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    count = len(level)
    reaches = [(start - TOUCH, end + TOUCH) for _, start, end in standing]
    for i, (y, start, end) in enumerate(level):
        own = i
        first, last = bisect_left(places, start - TOUCH), bisect_right(places, end + TOUCH)
        for node, (top, bottom) in enumerate(reaches[first:last], count + first):
            if not top <= y <= bottom or parent[node] == own or (other := root(node)) == own:
                continue
            if own == i:  # joins those that it touches first
                parent[i] = own = other
            else:
                parent[other] = own
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate(level):
        groups.setdefault(root(i), ([], []))[0].append(rule)
    for j, rule in enumerate(standing):
        groups.setdefault(root(count + j), ([], []))[1].append(rule)
    return _beside([group for group in groups.values() if group[0] and group[1]])


def _beside(groups: list[tuple[list[Rule], list[Rule]]]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups whose level rules lie at all the same heights are one table: where a cell that covers its rows began on the page
    before, producers leave out its borders, and nothing joins what stands on both sides of it."""
    tables: list[tuple[list[Rule], list[Rule]]] = []
    at_heights: dict[frozenset[float], tuple[list[Rule], list[Rule]]] = {}
    for level, upright in groups:
        heights = frozenset([at for at, _, _ in level])
        known = at_heights.setdefault(heights, (level, upright))
        if known[0] is level or len(heights) == 1:
            tables.append((level, upright))
        else:
            known[0].extend(level)
            known[1].extend(upright)
    return tables


def _lattice(level: list[Rule], upright: list[Rule], holds_text: HoldsText) -> Lattice | None:
    xs, ys = sorted({at for at, _, _ in upright}), sorted({at for at, _, _ in level})
    below = max([end for _, _, end in upright])
    xs, ys = close_open_ends(xs, ys, level, upright, holds_text)
    if (len(xs) - 1) * (len(ys) - 1) > MAX_PLACES:
        return None
    if len(xs) < 2 or len(ys) < 2:
        return Lattice(xs, ys, [], [], [], ())
    across, down = _walls(xs, ys, level, upright)
    slots, owner = _slots(across, down)
    loose, doubts = _doubts(slots, across, down)
    if below - ys[-1] >= OPEN and _most(upright, lambda rule: rule.end, below):
        doubts = (*doubts, OPEN_BELOW)
    torn = frozenset(_open_below(slots, across[-1], len(ys) - 1)) if OPEN_EDGE in doubts else frozenset()
    return drop_unused_lines(Lattice(xs, ys, slots, owner, loose, doubts, torn=torn))


def _open_below(slots: Sequence[Slot], last: bytearray, n_rows: int) -> Iterator[int]:
    """The slots of the last row of `n_rows` that its lower rule does not close."""
    for index, (row, column, rowspan, colspan) in enumerate(slots):
        if row + rowspan == n_rows and 0 in last[column : column + colspan]:
            yield index


MOST = 0.6
"""Share of the level rules that must end in the open at one place for an empty column to stand there: the last one of a table
without outer borders, whose totals are blank. Rows are another matter: upright rules run on below a table's last one."""


TEETH = 3
"""Upright rules of one length on a single level one from which they are a blank row, torn from its table."""


def close_open_ends(
    xs: list[float], ys: list[float], level: Sequence[Rule], upright: Sequence[Rule], holds_text: HoldsText
) -> tuple[list[float], list[float]]:
    """Add the coordinates where rules end in the open: a table torn by a page break lacks its last or first rule, a table
    without outer borders all four."""
    left, right = min([start for _, start, _ in level]), max([end for _, _, end in level])
    top, bottom = min([start for _, start, _ in upright]), max([end for _, _, end in upright])
    x0, x1, y0, y1 = xs[0], xs[-1], ys[0], ys[-1]
    if max(x0 - left, right - x1, y0 - top, bottom - y1) < OPEN:  # none does, of most tables
        return xs, ys
    low, high = min(top, y0), max(bottom, y1)
    before, behind = holds_text((left, low, x0, high)), holds_text((x1, low, right, high))
    # A torn row may have a single rule: a border between two columns ends at it, and only the one beside it has ink; or many
    # such borders stand on it in a comb, and none has.
    alone = len(level) == 1
    comb = alone and len(xs) >= TEETH and all(abs(r.start - top) <= TOUCH and abs(r.end - bottom) <= TOUCH for r in upright)
    if x0 - left >= OPEN and (before or comb or (alone and behind) or _most(level, lambda rule: rule.start, left)):
        xs = [left, *xs]
    if right - x1 >= OPEN and (behind or comb or (alone and before) or _most(level, lambda rule: rule.end, right)):
        xs = [*xs, right]
    if y0 - top >= OPEN and (comb or holds_text((xs[0], top, xs[-1], y0))):
        ys = [top, *ys]
    if bottom - y1 >= OPEN and (comb or holds_text((xs[0], y1, xs[-1], bottom))):
        ys = [*ys, bottom]
    return xs, ys


def _most(rules: Sequence[Rule], end: Callable[[Rule], float], at: float) -> bool:
    """Whether most of several rules end at the same place: the edge of a column without ink, not a stray rule."""
    there = sum(abs(end(rule) - at) <= TOUCH for rule in rules)
    return there > 1 and there > MOST * len(rules)


def _walls(
    xs: list[float], ys: list[float], level: Sequence[Rule], upright: Sequence[Rule]
) -> tuple[list[bytearray], list[bytearray]]:
    """Which edges of the places are ruled: `across[line][column]` and `down[line][row]`."""
    across = [bytearray(len(xs) - 1) for _ in ys]
    down = [bytearray(len(ys) - 1) for _ in xs]
    for walls, along, lines, rules in ((across, ys, xs, level), (down, xs, ys, upright)):
        index = {place: i for i, place in enumerate(along)}
        for at, start, end in extend_torn_rules(rules, lines):
            first, last = bisect_left(lines, start - TOUCH), bisect_right(lines, end + TOUCH) - 1
            if last > first:
                walls[index[at]][first:last] = b"\1" * (last - first)
    return across, down


def extend_torn_rules(rules: Sequence[Rule], lines: list[float]) -> list[tuple[float, float, float]]:
    """Rules that end inside a cell after they crossed most of it reach its border: WeasyPrint leaves out the part of a row's
    rule where a torn group cell stands."""
    extended = []
    for at, start, end in rules:
        first, last = bisect_right(lines, start + TOUCH), bisect_left(lines, end - TOUCH) - 1
        before = lines[first - 1] if 0 < first <= last else start
        after = lines[last + 1] if first <= last < len(lines) - 1 else end
        if start - before > TOUCH and lines[first] - start >= TORN_SHARE * (lines[first] - before):
            start = before
        if after - end > TOUCH and end - lines[last] >= TORN_SHARE * (after - lines[last]):
            end = after
        extended.append((at, start, end))
    return extended


def _slots(across: list[bytearray], down: list[bytearray]) -> tuple[list[Slot], list[list[int]]]:
    """Grow a cell from every free place: to the right until an upright rule, then down until a level one."""
    n_rows, n_columns = len(across) - 1, len(down) - 1
    owner = [[-1] * n_columns for _ in range(n_rows)]
    slots: list[Slot] = []
    for row, (mine, floor) in enumerate(zip(owner, across[1:], strict=True)):
        closed = [line[row] for line in down[1:]]
        for column in range(n_columns):
            if mine[column] >= 0:
                continue
            if closed[column] and floor[column]:  # most cells
                mine[column] = len(slots)
                slots.append(record(Slot, (row, column, 1, 1)))
                continue
            right = column + 1
            while right < n_columns and not down[right][row] and mine[right] < 0:
                right += 1
            below = row + 1
            while (
                below < n_rows
                and 1 not in across[below][column:right]
                and not any(down[x][below] for x in range(column + 1, right))
                and all(place < 0 for place in owner[below][column:right])
            ):
                below += 1
            for covered in range(row, below):
                owner[covered][column:right] = [len(slots)] * (right - column)
            slots.append(Slot(row, column, below - row, right - column))
    return slots, owner


def _doubts(slots: Sequence[Slot], across: list[bytearray], down: list[bytearray]) -> tuple[list[bool], tuple[str, ...]]:
    """Which slots lie beside the table, and what is unsure of the others: sides that a rule should close and none does, on
    the grid's outside or within."""
    last_row, last_column = len(across) - 1, len(down) - 1
    closed = {id(line) for line in (across[0], across[-1], down[0], down[-1]) if any(line)}
    loose: list[bool] = []
    doubts: set[str] = set()
    for row, column, rowspan, colspan in slots:
        below, right = row + rowspan, column + colspan
        if rowspan == 1 == colspan:
            closes = across[row][column] and across[below][column] and down[column][row] and down[right][row]
        else:
            closes = not (
                0 in across[row][column:right]
                or 0 in across[below][column:right]
                or 0 in down[column][row:below]
                or 0 in down[right][row:below]
            )
        if closes:
            loose.append(False)
            continue
        sides = (
            (row == 0, across[row], across[row][column:right]),
            (below == last_row, across[below], across[below][column:right]),
            (column == 0, down[column], down[column][row:below]),
            (right == last_column, down[right], down[right][row:below]),
        )
        # What two rules of the table close in lies between its rows or columns: there its outer border was left out.
        within = (all(across[row][column:right]) and all(across[below][column:right])) or (
            all(down[column][row:below]) and all(down[right][row:below])
        )
        beside = not within and any(outside and id(line) in closed and not any(part) for outside, line, part in sides)
        loose.append(beside)
        if not beside:
            doubts.update(OPEN_EDGE if outside else RAGGED for outside, _, part in sides if not all(part))
    return loose, tuple(sorted(doubts))


def drop_unused_lines(lattice: Lattice) -> Lattice:
    """Leave out the coordinates at which no cell begins or ends (an underline that touches a border adds one)."""
    slots = lattice.slots
    used_rows, used_columns = {row for row, _, _, _ in slots}, {column for _, column, _, _ in slots}
    if len(used_rows) == len(lattice.ys) - 1 and len(used_columns) == len(lattice.xs) - 1:  # all but the last ones, of most
        return lattice
    used_rows |= {row + span for row, _, span, _ in slots}
    used_columns |= {column + span for _, column, _, span in slots}
    if len(used_rows) == len(lattice.ys) and len(used_columns) == len(lattice.xs):
        return lattice
    rows = {line: i for i, line in enumerate(sorted(used_rows))}
    columns = {line: i for i, line in enumerate(sorted(used_columns))}
    slots = []
    owner = [[-1] * (len(columns) - 1) for _ in range(len(rows) - 1)]
    for row, column, rowspan, colspan in lattice.slots:
        top, left = rows[row], columns[column]
        slot = Slot(top, left, rows[row + rowspan] - top, columns[column + colspan] - left)
        for covered in range(top, top + slot.rowspan):
            owner[covered][left : left + slot.colspan] = [len(slots)] * slot.colspan
        slots.append(slot)
    return lattice._replace(xs=[lattice.xs[i] for i in columns], ys=[lattice.ys[i] for i in rows], slots=slots, owner=owner)
