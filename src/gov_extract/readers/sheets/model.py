"""What a workbook's sheet shows: texts in their places, before anyone asks what is a table.

In: nothing. Out: the records that the readers of every kind of workbook yield, and the counting that keeps them to the limits.
Rows and columns count from 0.
"""

from __future__ import annotations

from typing import NamedTuple

from gov_extract.readers.limits import Limits
from gov_extract.readers.tables import check_cells

UNREAD = "\ufffd"
"""Stands for ink that cannot be told: a formula whose result is not in the file, a format that changes what a figure says."""
BLANK_ROWS = 40
"""Rows with borders and nothing in them that are kept behind the last one with text: forms have two or three of them, and
whole columns that are formatted go on for a million."""

Place = tuple[int, int]
Span = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells."""


class Tally(NamedTuple):
    """How many cells could not be told, by why: formulas without a result, formats that change figures; how many figures were
    rounded, and how many cells are struck out or white on white."""

    formulas: int = 0
    formats: int = 0
    rounded: int = 0
    unseen: int = 0

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))


class Sheet(NamedTuple):
    """A sheet: the `texts` of its cells, the places with `borders`, merged cells, rows and columns that are hidden."""

    name: str
    hidden: bool
    texts: dict[Place, str]
    borders: set[Place]
    merged: tuple[Span, ...]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    tally: Tally = Tally()


class Book(NamedTuple):
    """A workbook's sheets in order, and the names of its pictures."""

    sheets: tuple[Sheet, ...]
    pictures: tuple[str, ...] = ()


class Gathered:
    """A sheet while it is read, row by row."""

    def __init__(self, limits: Limits, *, kept: int = 0) -> None:
        self.texts: dict[Place, str] = {}
        self.borders: set[Place] = set()
        self.last = -1
        self._limits, self._kept = limits, kept
        self.formulas = self.formats = self.rounded = self.unseen = 0
        self.white: set[Place] = set()

    def put(self, row: int, column: int, text: str, *, bordered: bool) -> None:
        """Add a cell; one without text counts where it has borders, near the last text."""
        if text.strip():
            self.texts[row, column] = text
            self.last = max(self.last, row)
        if bordered and row - max(self.last, 0) <= BLANK_ROWS:
            self.borders.add((row, column))
        if len(self.texts) + len(self.borders) > self._limits.max_cells:
            check_cells(len(self.texts), self._limits)
            check_cells(len(self.borders), self._limits)

    def put_seen(self, row: int, column: int, text: str, *, bordered: bool, struck: bool, white: bool) -> None:
        """Add a cell, without its text where all of it is struck out; one that is white is noted."""
        if text.strip() and struck:
            self.unseen += 1
            text = ""
        if text.strip() and white:
            self.white.add((row, column))
        self.put(row, column, text, bordered=bordered)

    def drop_white(self) -> None:
        """Leave out the texts that are white on white."""
        for place in self.white:
            self.unseen += self.texts.pop(place, None) is not None

    def tally(self) -> Tally:
        """What could not be told."""
        return Tally(self.formulas, self.formats, self.rounded, self.unseen)
