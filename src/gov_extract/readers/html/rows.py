"""Tables that a page builds of other elements than a table's: rows of divisions or lists, their cells side by side.

In: an element. Out: its rows where it is such a table, each the elements of its cells. Pages made for telephones lay tables out
so; as plain blocks their empty cells would be lost.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gov_extract.readers.html.chrome import info_label
from gov_extract.readers.lines import is_figure

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

CONTAINERS = frozenset({"div", "section", "article", "ul", "ol", "dl", "li"})
_ROWS = frozenset({"div", "section", "ul", "ol", "dl", "li"})
_CELLS = frozenset({"div", "li", "span", "p", "dt", "dd", "b", "strong"})

FEWEST = 2
"""Rows with a figure in a cell of its own, and cells of a row, at least."""
IN_ONE_ROW = 10
"""Figures in the only row that has any: the outcomes of 行政复议、行政诉讼 have 15."""
MOST_CELLS, MOST_ROWS = 20, 1000
LONGEST = 80
"""Characters of a cell; the longest label of any form has 60 with its note."""


def rows_of(node: LexborNode) -> dict[int, list[LexborNode]]:
    """The rows among an element's children, by their identity; empty where it is no table."""
    found: dict[int, list[LexborNode]] = {}
    with_figures = figures = 0
    for child in islice(node.iter(), MOST_ROWS):
        cells = _cells(child) if child.tag in _ROWS else []
        if not cells:
            continue
        found[child.mem_id] = cells
        beside = sum(is_figure(cell.text(deep=True)) for cell in cells)
        with_figures += beside > 0
        figures += beside
    return found if with_figures >= FEWEST or figures >= IN_ONE_ROW else {}


def _cells(row: LexborNode) -> list[LexborNode]:
    """A row's cells: nothing but short elements side by side, of one kind, that hold no further ones of that kind."""
    cells = list(islice(row.iter(), MOST_CELLS + 1))
    kind = cells[0].tag if cells else None
    if not FEWEST <= len(cells) <= MOST_CELLS or kind not in _CELLS or any(cell.tag != kind for cell in cells):
        return []
    if any(child.tag == "-text" and (child.text_content or "").strip() for child in row.iter(include_text=True)):
        return []
    if any(len(cell.text(deep=True)) > LONGEST or any(inner.tag in _ROWS for inner in cell.iter()) for cell in cells):
        return []
    # The pairs of an info box (发布日期：2024-01-20) are no rows.
    first = cells[0].text(deep=True).strip()
    return [] if first.endswith(("：", ":")) or info_label(first) is not None else cells
