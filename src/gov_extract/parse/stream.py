"""A document → one stream of physical rows in reading order, text outside grids included.

In: a `Document`. Out: `Row` objects: every row of every grid, every line. Their places keep where they stand, so that
columns can be told by position; nothing here knows what a row means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice, pairwise, takewhile
from typing import Literal, NamedTuple

from gov_extract.document import OPEN_BELOW, Document, Grid, GridCell, Line, Word, record
from gov_extract.parse.abreast import put_together
from gov_extract.parse.once import once
from gov_extract.parse.turned import turned_back
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import begins_row, is_header_text, named_rows, resembles_header, resembles_row

RowKind = Literal["grid", "cells", "placed", "text", "flat"]


# Flattened rows of as many places have a space in common; its number is out of the way of grids (counted up from 0) and
# pages (counted down from -1).
FLATTENED = -1_000_000
# Digits of a row's number in a column of its own: the longest table has 25 rows.
ROW_NUMBER = 2
# Labels of groups that can stand before a row's own.
GROUPS = 2
# More blank places than this part no two labels.
BLANKS = 2


class Place(NamedTuple):
    """A place in a row: its text, its interval (points, grid units or cell numbers, after the row's `space`)."""

    text: str
    x0: float
    x1: float
    origin: GridCell | Word | None = None


class _Row(NamedTuple):
    """A physical row.

    `labels` are its places with text before any figure, `slots` all places behind the last of them; `places` is everything.
    `carried` are the texts of cells that began in a row above. Rows of equal `space` have comparable intervals.
    `block` is (page index, block index) in the document; `parts` are all blocks that it was made from.
    Rows of kind ``flat`` were made from text that lost its layout: slots stand in the form's order, those numbered in `unsure`
    could not be told apart and hold all that is printed, `proof` says what supports them; `lacks` are columns that their table
    has not.
    """

    kind: RowKind
    space: int
    page: int | None
    block: tuple[int, int]
    grid_row: int
    labels: tuple[Place, ...]
    slots: tuple[Place, ...]
    carried: tuple[str, ...] = ()
    locator: str | None = None
    parts: tuple[tuple[int, int], ...] = ()
    places: tuple[Place, ...] = ()
    unsure: frozenset[int] = frozenset()
    proof: Literal["whole", "digits", "none"] = "none"
    lacks: frozenset[str] = frozenset()


NONE_UNSURE, NONE_LACKING = _Row._field_defaults["unsure"], _Row._field_defaults["lacks"]


class Row(_Row):
    """A physical row; what is asked of it again and again is found out once."""

    @property
    def label(self) -> str:
        """The text of the label place nearest to the figures; empty where the row has none."""
        return self.labels[-1].text if self.labels else ""

    @property
    def number(self) -> int | None:
        """The row's number, where it has one in a place of its own before the label."""
        return next((int(text) for place in self.labels[:-1] if (text := unbroken(place.text)).isdecimal()), None)

    @once
    def joined(self) -> str:
        """All label places as one text: a label whose numbering or beginning has a cell of its own."""
        return "".join(place.text for place in self.labels)

    @once
    def has_figures(self) -> bool:
        """Whether any slot holds a figure or a dash."""
        return any(map(looks_like_figure, [place.text for place in self.slots if place.text]))


def stream(document: Document) -> list[Row]:
    """All rows of a document in reading order."""
    rows: list[Row] = []
    for p, page in enumerate(document.pages):
        turned = turned_back(page.blocks)
        beside = put_together(page.blocks) if sum(isinstance(block, Grid) for block in page.blocks) > 1 else {}
        for b, block in enumerate(page.blocks):
            if b in beside:
                together = beside[b]
                if together is not None:
                    parts = tuple((p, k) for k in together[1])
                    rows.extend(row._replace(parts=parts) for row in grid_rows(together[0], (p, b), len(rows)))
            elif b in turned:
                whole = turned[b]
                further = next(k for k in count(b + 1) if turned.get(k, block) is not None)
                parts = tuple((p, k) for k in range(b, further))
                rows.extend(row._replace(parts=parts) for row in (grid_rows(whole, (p, b), len(rows)) if whole else ()))
            elif isinstance(block, Grid):
                rows.extend(grid_rows(block, (p, b), len(rows)))
            else:
                rows.append(line_row(block, (p, b), len(rows)))
    return rows


def grid_rows(grid: Grid, block: tuple[int, int], space: int) -> Iterator[Row]:
    """The rows of a grid; a cell belongs to the row in which it begins."""
    starting: list[list[Place]] = [[] for _ in range(grid.n_rows)]
    carried: list[list[str]] = [[] for _ in range(grid.n_rows)]
    edges = grid.edges or tuple(map(float, range(grid.n_columns + 1)))
    for cell in grid.cells:
        row, column, rowspan, colspan, readings, _, _ = cell
        text = readings[0].text
        starting[row].append(record(Place, (text.strip(), edges[column], edges[column + colspan], cell)))
        if rowspan > 1 and text:
            for below in range(row + 1, min(row + rowspan, grid.n_rows)):
                carried[below].append(text)
    for r, places in enumerate(starting):
        labels, slots = split(places)
        yield record(Row, (
            "grid", space, grid.page, block, r, labels, slots, tuple(carried[r]), None, (block,), tuple(places),
            NONE_UNSURE, "none", NONE_LACKING,
        ))  # fmt: skip
    if grid.edges and OPEN_BELOW in grid.doubts:
        # The uprights run on below the last rule: a row without ink, or the empty end of a torn table. It has no label.
        empty = tuple(Place("", x0, x1) for x0, x1 in pairwise(edges))
        yield Row("grid", space, grid.page, block, grid.n_rows, (), empty, (), None, (block,), empty)


def line_row(line: Line, block: tuple[int, int], number: int) -> Row:
    """A line as a row of its own: the cells of a flattened table, or words with a run of figures at their end."""
    if line.kind == "cells":
        places = [Place(word.text.strip(), float(k), float(k + 1), word) for k, word in enumerate(line.words)]
        labels, slots = split(places)
        return Row(
            "cells", FLATTENED - len(places), line.page, block, 0, labels, slots, (), line.locator, (block,), tuple(places)
        )
    placed = _placed_line(line, block)
    if placed is not None:
        return placed
    tokens = [(token, word) for word in line.words for token in word.text.split()]
    first = len(tokens)
    while first and looks_like_figure(tokens[first - 1][0]):
        first -= 1
    text = " ".join(token for token, _ in tokens[:first])
    slots = tuple(Place(token, float(k), float(k + 1), word) for k, (token, word) in enumerate(tokens[first:]))
    labels = (Place(text, -1.0, 0.0, line.words[0] if line.words else None),) if text else ()
    return record(Row, (
        "text", number, line.page, block, 0, labels, slots, (), line.locator, (block,), (*labels, *slots),
        NONE_UNSURE, "none", NONE_LACKING,
    ))  # fmt: skip


def _placed_line(line: Line, block: tuple[int, int]) -> Row | None:
    """A line of words with boxes that is a row of a table: a label and figures behind it."""
    if line.page is None or len(line.words) < 2:
        return None
    places = [record(Place, (word.text, word.box.x0, word.box.x1, word)) for word in line.words if word.box is not None]
    if len(places) < 2:
        return None
    labels, slots = split(places)
    if not labels or not slots or not named_rows(labels[-1].text):
        return None
    if not all(not place.text or looks_like_figure(place.text) for place in slots):
        return None
    return Row("placed", -line.page, line.page, block, 0, labels, slots, (), line.locator, (block,), tuple(places))


def split(places: list[Place]) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """Places with text before the first figure (labels), and the places behind the last of them (slots).

    A figure in front of a row's label is the row's number in a column of its own: it belongs to the labels.
    """
    last = -1
    for k, (text, _, _, _) in enumerate(places):
        if not text:
            continue
        if looks_like_figure(text) and not is_row_number(places, k):
            break
        last = k
    last = _before_remark(places, last)
    return tuple([place for place in places[: last + 1] if place.text]), tuple(places[last + 1 :])


def _before_remark(places: Sequence[Place], last: int) -> int:
    """The last place of a row's labels, where a remark in an added column is the only text behind its blank figures: between
    the labels of groups and rows are no such gaps."""
    gap = next((k for k in range(last - 1, -1, -1) if places[k].text), last)
    if last - gap <= BLANKS or is_header_text(places[last].text) or resembles_row(places[last].text):
        return last
    return last if any(resembles_header(place.text) for place in places[: gap + 1] if place.text) else gap


def unbroken(text: str) -> str:
    """A number without the line breaks that a narrow column put into it."""
    return text.replace("\n", "") if "\n" in text else text


def is_row_number(places: Sequence[Place], k: int) -> bool:
    """Whether a place holds a whole number before a text that is, or resembles, a row's label, the first one there; labels
    of groups may stand between."""
    number = unbroken(places[k].text).strip("()（） ")
    if not (number.isdecimal() and len(number) <= ROW_NUMBER):
        return False
    texts = [place.text for place in places[k + 1 :] if place.text]
    if not texts or looks_like_figure(texts[0]):
        return False
    behind = list(islice(takewhile(lambda text: not looks_like_figure(text), texts), GROUPS + 1))
    torn = len(behind) == len(texts) and begins_row(behind[-1])  # a label whose rest is on the next line
    if not torn and not any(map(resembles_row, behind)):
        return False
    return not any(place.text and resembles_row(place.text) for place in places[:k])
