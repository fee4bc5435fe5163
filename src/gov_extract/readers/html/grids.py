"""A page's table → blocks.

In: a ``<table>`` element, the walk's state, and the function that walks a cell. Out: its blocks; none for an info box, whose
pairs go to the walk, and none for a table of links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.document import Line
from gov_extract.readers.html.chrome import info_table
from gov_extract.readers.html.hidden import is_gone, is_hidden
from gov_extract.readers.html.state import NOT_COUNTED, Walk, number_attribute
from gov_extract.readers.lines import is_figure
from gov_extract.readers.tables import Block, Placed, check_cells, check_columns, unfold

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

Flow = Callable[["LexborNode", Walk], list[Block]]

MAX_COLSPAN = 1000
MAX_ROWSPAN = 65_534
"""Spans beyond these mean these: the HTML standard's own bounds."""

NAVIGATION_LINKS = 3
NAVIGATION_SHARE = 0.6
"""Links, and the share of the characters that they cover, from which a table is navigation. Hyperlinked editions
(超链版) link labels or figures of a statutory table, but hold figures."""

_SPANNED = frozenset({"thead", "tbody", "tfoot"})


class _Above(NamedTuple):
    """Columns that a cell from above covers, up to the row `until`."""

    start: int
    end: int
    until: int


def _rows(table: LexborNode) -> Iterator[list[LexborNode]]:
    """The table's rows by group, in the order in which they are shown: head, bodies, foot. Spans end with their group."""
    groups: dict[str, list[list[LexborNode]]] = {"thead": [], "tbody": [], "tfoot": []}
    loose: list[LexborNode] = []
    for child in table.iter():
        if child.tag in _SPANNED:
            groups[child.tag or ""].append([row for row in child.iter() if row.tag == "tr"])
        elif child.tag == "tr":
            loose.append(child)
    if loose:
        groups["tbody"].append(loose)
    yield from groups["thead"]
    yield from groups["tbody"]
    yield from groups["tfoot"]


def table_blocks(table: LexborNode, walk: Walk, flow: Flow) -> list[Block]:
    """A table's blocks: none for an info box (its pairs go to the walk) and for navigation."""
    walk.depth += 1
    blocks: list[Block] = []
    for child in table.iter():
        if child.tag == "caption":
            blocks.extend(flow(child, walk))
    cells: list[Placed] = []
    doubts: set[str] = set()
    first = 0
    for group in _rows(table):
        rows = [row for row in group if not is_gone(row.attributes, walk.hidden)]
        _place(rows, first, cells, doubts, walk, flow)
        first += len(rows)
    walk.depth -= 1
    pairs = None
    if not any(cell.nests for cell in cells):
        by_row: dict[int, list[str]] = {}
        for cell in cells:
            by_row.setdefault(cell.row, []).append(cell.text)
        pairs = info_table(list(by_row.values()))
    if pairs is not None:
        walk.info.extend(pairs)
        return blocks
    if _is_navigation(cells, walk):
        return blocks
    return [*blocks, *unfold(cells, walk.limits, tuple(sorted(doubts)))]


def _place(rows: list[LexborNode], first: int, cells: list[Placed], doubts: set[str], walk: Walk, flow: Flow) -> None:
    """Place a row group's cells: each takes the next column that no cell from above still covers."""
    above: list[_Above] = []
    for at, row in enumerate(rows):
        above = [span for span in above if span.until > at]
        begun: list[_Above] = []
        column = passed = 0
        for node in row.iter():
            if node.tag not in ("td", "th"):
                continue
            attributes = node.attributes
            if is_gone(attributes, walk.hidden):
                continue
            walk.cells += 1
            check_cells(walk.cells, walk.limits)
            while passed < len(above) and above[passed].start <= column:
                column = max(column, above[passed].end)
                passed += 1
            colspan = min(max(1, number_attribute(attributes.get("colspan"), 1)), MAX_COLSPAN)
            rowspan = min(number_attribute(attributes.get("rowspan"), 1), MAX_ROWSPAN) or len(rows)
            rowspan = min(rowspan, len(rows) - at)
            if passed < len(above) and column + colspan > above[passed].start:
                colspan = above[passed].start - column
                doubts.add("overlap")
            blocks = () if is_hidden(attributes, walk.hidden) else tuple(flow(node, walk))
            cells.append(Placed(first + at, column, rowspan, colspan, blocks))
            if rowspan > 1:
                begun.append(_Above(column, column + colspan, at + rowspan))
            column += colspan
        if begun:
            above = sorted([*above, *begun])
            check_columns(len(above), walk.limits)


def _is_navigation(cells: list[Placed], walk: Walk) -> bool:
    """Whether a table is a list of links. Nested grids have been judged on their own."""
    if any(cell.nests for cell in cells):
        return False
    lines = [block for cell in cells for block in cell.blocks if isinstance(block, Line)]
    found = [walk.links[id(line)] for line in lines if id(line) in walk.links]
    linked = sum(links.linked for links in found)
    if sum(links.links for links in found) < NAVIGATION_LINKS:
        return False
    ink = sum(len(NOT_COUNTED.sub("", line.text)) for line in lines)
    return linked >= NAVIGATION_SHARE * ink and sum(is_figure(cell.text) for cell in cells) < NAVIGATION_LINKS
