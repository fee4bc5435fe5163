"""What is read of tables: the records that all modules here fill.

In: nothing. Out: `Tables`, `TableRead`, `Unproven`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.document import Finding
from gov_extract.forms import Form, FormTable
from gov_extract.schema import Cell

if TYPE_CHECKING:
    from gov_extract.parse.indicator_columns import Layout

# A block's title and header stand at most this many rows above its first row.
TITLES = 3
# Of a table whose source holds label and figures in order at least this share of rows is proven by it.
ORDERLY = 0.7
# A table of which this share of rows stands a second time is printed twice; fewer are rows of some other table.
REPEATED = 0.7
# A table of which fewer than this share of rows is found, and no more than one row, is a chance likeness in the prose.
LIKENESS = 2


class Unproven(NamedTuple):
    """A row whose figures no independent evidence supports.

    `contradicted`: a second reading saw another label or header; `digits`: the source has the same digits behind the label, but
    does not tell where one figure ends, so that the row's own sum must; `overleaf` are the pages of its further pieces.
    """

    table: str
    row: str
    page: int | None
    contradicted: bool
    digits: bool
    overleaf: tuple[int, ...] = ()


class Tables(NamedTuple):
    """Everything read from a document's tables.

    `unproven` are the rows without independent evidence so far; `used` the blocks that hold tables; `tied` says that the
    labels fit several forms equally well, so that the report's year would decide.
    """

    forms: Mapping[str, str]
    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]
    used: frozenset[tuple[int, int]]
    unproven: tuple[Unproven, ...]
    tied: bool = False


class TableRead(NamedTuple):
    """One table read: its form, its cells in the form's order, rows without evidence."""

    form: Form
    table: FormTable
    cells: list[Cell]
    findings: list[Finding]
    used: set[tuple[int, int]]
    unproven: list[Unproven]
    proven: list[Unproven]
    layout: Layout | None = None
    """Of a table of indicators: which of its columns is which."""
