"""The units that are printed around figures.

In: headers, labels, captions. Out: the factor of each column of money, and what is not understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from gov_extract.forms import FormColumn
from gov_extract.parse.columns.headers import Header
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.tables.model import TITLES
from gov_extract.parse.values import has_sign_alone, header_units, is_multiple, money_factor, names_unit, unit_at_end
from gov_extract.parse.vocabulary import named_rows
from gov_extract.schema import Cell

# A caption with the table's unit stands at most this many rows above its first row of figures, and is this short (characters).
SURE = 0.9
"""Confidence of a recognised header from which the unit that it names is believed where it is not the form's."""
CAPTIONS = 8
CAPTION = 60


def sign_unsure(cell: Cell, factor: float | None) -> bool:
    """Whether a figure with a currency's sign alone stands where another unit than 元 counts: it may be meant in that one.
    `factor` is that of the unit printed around it."""
    if not cell.value or not has_sign_alone(cell.raw or ""):
        return False
    return factor is None or factor != money_factor("元", cell.unit or "")


@lru_cache(maxsize=4096)
def is_caption(text: str) -> bool:
    """Whether a text says what a table's unit is."""
    return names_unit(text)


@lru_cache(maxsize=4096)
def _own_units(head: str, unit: str) -> tuple[str, ...]:
    """The units that a header cell over values in `unit` names."""
    return header_units(head) or unit_at_end(head, unit)


def _is_guess(head: Place) -> bool:
    """Whether a header was recognised on a picture, and not surely: one stroke parts 万元 from 元."""
    readings = head.origin.readings if head.origin is not None else ()
    sure = readings[0].confidence if readings else None
    return sure is not None and sure < SURE


def captions_above(rows: Sequence[Row], first: int, last: int) -> list[str]:
    """The texts around a table, up to the next rows of a form, that name a unit: its caption, the note below it."""
    found = []
    for step, start, reach in ((-1, first - 1, CAPTIONS), (1, last + 1, TITLES)):
        for j in range(start, start + step * reach, step):
            if not 0 <= j < len(rows) or any(named_rows(place.text) for place in rows[j].labels):
                break
            found += [p.text for p in rows[j].places if len(p.text) <= CAPTION and is_caption(p.text)]
    return found


def _units_beyond(label: str, around: Sequence[Sequence[str]], money: bool) -> list[tuple[str, ...]]:
    """The units that a row's label, and each group of texts, gives for columns of money or counts."""
    groups = [tuple(unit for text in texts for unit in header_units(text)) for texts in around]
    return [header_units(label), *(tuple(u for u in group if (money_factor(u, "元") is not None) == money) for group in groups)]


class Units(NamedTuple):
    """What is printed of a row's units, by column: `factors` of money in another unit than the form's; `unsure` are units that
    are not understood, and `contrary` such as contradict each other, of which the nearest to the figures was taken."""

    factors: dict[str, float]
    unsure: set[str]
    contrary: dict[str, tuple[str, ...]]


def header_factors(header: Header, columns: Sequence[FormColumn], label: str, around: Sequence[Sequence[str]]) -> Units:
    """The units of a row's columns.

    The header cell goes before the row's label, and both before the texts `around`, of which the first group goes before the
    second. What these say of units of counting is nothing to a column of money.
    """
    found = Units({}, set(), {})
    beyond: dict[bool, list[tuple[str, ...]]] = {}
    for column in columns:
        entry = header.places.get(column.code)
        own = _own_units(entry[0].text, column.unit) if entry else ()
        money = column.unit.endswith("元")
        if money not in beyond:
            beyond[money] = _units_beyond(label, around, money)
        named = own or next((units for units in beyond[money] if units), ())
        if not money:
            if any(is_multiple(unit) or (unit in own and money_factor(unit, "元") is not None) for unit in named):
                found.unsure.add(column.code)
            continue
        if not named:
            continue
        factor = money_factor(named[0], column.unit)
        unread = bool(own) and factor != 1.0 and entry is not None and _is_guess(entry[0])
        if factor is None or unread or len(set(named)) > 1:
            found.unsure.add(column.code)
            continue
        if factor != 1.0:
            found.factors[column.code] = factor
        others = [u for units in beyond[money] for u in units if money_factor(u, column.unit) not in (None, factor)]
        if others:
            found.contrary[column.code] = (named[0], *dict.fromkeys(others))
    return found
