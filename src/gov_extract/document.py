"""The neutral document: what is on the page, before anyone asks what it says.

In: nothing. Out: the types that every reader yields and that `gov_extract.parse` takes. No type here knows a form.

Geometry is in points (1/72 inch) from the top left of the upright page. Pages count from 1. A format without pages yields
one `Page` whose `number` is None; its places are told by `locator` (``"table 2, row 5, column 3"``, ``"line 118"``).

The records are named tuples rather than dataclasses: a report has thousands of them and a named tuple is built three
times faster; they are as frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

record = tuple.__new__
"""``record(Box, (x0, top, x1, bottom))`` is ``Box(x0, top, x1, bottom)`` without a Python call: for what documents have by the
thousand. All fields must be given."""

Engine = Literal["pdfium", "pdfplumber", "ofd", "markup", "text", "ocr", "ocr_again"]
PageReader = Literal["native", "ocr"]
GridKind = Literal["ruled", "filled", "markup"]
LineKind = Literal["text", "cells"]
Severity = Literal["info", "warning", "error"]


class Box(NamedTuple):
    """A rectangle in points, top-down: ``x0 < x1`` and ``top < bottom``."""

    x0: float
    top: float
    x1: float
    bottom: float


class Reading(NamedTuple):
    """One engine's account of one place: `confidence` is None for exact (digital) text.

    What is recognised in a picture has the engine ``ocr``, and is given once more as ``ocr_again`` where every other image and
    decoding of the place says the same and its ink does not contradict it.
    """

    text: str
    engine: str
    confidence: float | None = None


class GridCell(NamedTuple):
    """A cell of a grid: its place and span in grid units (from 0), its readings (the first one counts), its box.

    Line breaks inside a cell are ``"\\n"``. An empty cell has one reading with the empty text.
    """

    row: int
    column: int
    rowspan: int
    colspan: int
    readings: tuple[Reading, ...]
    box: Box | None = None
    locator: str | None = None

    @property
    def text(self) -> str:
        """The first reading's text."""
        return self.readings[0].text


# The upright rules of a grid run on below its last level one: a row without ink stands there, or the table is torn.
OPEN_BELOW = "open_below"


class Grid(NamedTuple):
    """A table with its cells in row-major order.

    `edges` are the x coordinates of the columns' borders, ``n_columns + 1`` of them (empty for markup).
    `doubts` names what was unsure about its reconstruction (``"open_edge"``, ``"ragged"``...); empty for a sound grid.
    """

    cells: tuple[GridCell, ...]
    n_rows: int
    n_columns: int
    kind: GridKind
    page: int | None = None
    box: Box | None = None
    edges: tuple[float, ...] = ()
    doubts: tuple[str, ...] = ()


class Word(NamedTuple):
    """A run of characters without a wide gap, or, in a line of kind ``cells``, the text between two separators.

    `at` is (sheet, character) where a plain text keeps its words in place by blanks: how many form feeds stand before, and how
    many characters from the line's beginning. It tells what stands below what, and is no geometry. `readings` are those of a
    word that was recognised in a picture, the first of them its `text`.
    """

    text: str
    box: Box | None = None
    at: tuple[int, int] | None = None
    readings: tuple[Reading, ...] = ()


class Line(NamedTuple):
    """A line of text outside grids.

    `kind` is ``"text"`` (words in visual order; for PDF a new word starts at every gap wider than about half a character's
    height) or ``"cells"`` (a line of a flattened table: every word is the text between two separators, empty ones kept).
    `level` is the heading level where the markup says one (1 to 6), else None. `number` is an automatic numbering
    (Word's list numbers) that is displayed but is not part of the text; readers put it in front of the text as well.
    """

    words: tuple[Word, ...]
    page: int | None = None
    box: Box | None = None
    kind: LineKind = "text"
    level: int | None = None
    locator: str | None = None

    @property
    def text(self) -> str:
        """The words joined by blanks (``text``) or tabs (``cells``)."""
        words = self.words
        return words[0].text if len(words) == 1 else (" " if self.kind == "text" else "\t").join([word.text for word in words])


class Page(NamedTuple):
    """One page: its blocks in reading order.

    `text` is the page's characters in the order in which the source holds them, white space where the engine sees a gap
    or a cell ends: evidence that does not depend on any grid. `rules` are horizontal rules that belong to no grid.
    `unmapped` is the share (0 to 1) of characters whose font gives no reliable Unicode. `reader` says whether the page's text
    is its own or was recognised in its picture.
    """

    number: int | None
    width: float | None
    height: float | None
    blocks: tuple[Grid | Line, ...]
    text: str
    rules: tuple[Box, ...] = ()
    unmapped: float = 0.0
    reader: PageReader = "native"


class Finding(NamedTuple):
    """A thing the user should know. Codes are listed with meaning and advice in ``data/findings.toml``."""

    severity: Severity
    code: str
    message: str
    page: int | None = None
    table: str | None = None
    row: str | None = None
    column: str | None = None


class Picture(NamedTuple):
    """A picture large enough to hold a table: its name, and where it stands in a format with pages."""

    name: str
    page: int | None = None
    box: Box | None = None


class Document(NamedTuple):
    """What a reader yields.

    `properties` holds what the file says of itself outside its text, each value a printed string: ``title``, ``agency``,
    ``published_on``, ``url``, ``site`` (meta tags, a page's info box). `findings` are the reader's own remarks.
    `pictures` are those large enough to hold a table, `attachments` names the files that it links to or holds.
    """

    media_type: str
    pages: tuple[Page, ...]
    properties: Mapping[str, str] = {}
    findings: tuple[Finding, ...] = ()
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[str, ...] = ()
