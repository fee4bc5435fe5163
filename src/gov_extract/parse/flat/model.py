"""A flattened table: what it is made of.

In: nothing. Out: `RowFlat`, `Head`, `TableFlat`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from gov_extract.forms import Form, FormTable, Identity
from gov_extract.parse.flat.ink import Ink
from gov_extract.parse.flat.sequence import Span
from gov_extract.parse.flat.solve import Way

How = Literal["order", "position", "table", "row", "open"]


class RowFlat(NamedTuple):
    """A row with its ink: `start` is where its label begins in the text, `bound` where what follows the row does; `lines` are
    the stream rows that it came from. `split`: its figures stand on several lines, several on one. `lent`: its figures stood on
    a line of their own behind those of the row before it, or those of the next row behind its own."""

    i: int
    span: Span
    label: str
    ink: Ink
    start: int
    lines: frozenset[int]
    bound: int
    split: bool = False
    lent: bool = False


class Head(NamedTuple):
    """The header of a block: the columns' labels as printed, in their order in the text; whether they are the form's, and
    whether enough of them stand there in another order to say that the columns do. `units` are those printed beside them."""

    texts: tuple[str, ...]
    whole: bool
    ordered: bool
    lines: frozenset[int]
    contrary: bool = False
    units: tuple[str, ...] = ()


class TableFlat(NamedTuple):
    """A flattened table. `placed` are the ways to read rows that where their figures stand leaves, `summed` those of them that
    are left where rows add up, `ways` those that are left after all, `how` what told them. `within`: of a table whose rows
    stand side by side the first and last column, counted through, in which each figure can stand. `lacks` are columns that the
    form has and the printed table has not: `table` is the form's without them."""

    form: Form
    table: FormTable
    rows: tuple[RowFlat, ...]
    heads: dict[str | None, Head]
    plain: bool
    placed: dict[int, tuple[Way, ...]] = {}  # noqa: RUF012
    summed: dict[int, tuple[Way, ...]] = {}  # noqa: RUF012
    within: tuple[tuple[int, int], ...] = ()
    ways: dict[int, tuple[Way, ...]] = {}  # noqa: RUF012
    how: dict[int, How] = {}  # noqa: RUF012
    lacks: frozenset[str] = frozenset()

    @property
    def own(self) -> tuple[Identity, ...]:
        """The identities of each row, as far as the table has their columns."""
        codes = {column.code for column in self.table.columns}
        return tuple(
            entry
            for entry in self.form.identities
            if entry.table == self.table.id and entry.each == "row" and codes.issuperset((*entry.left, *entry.right))
        )
