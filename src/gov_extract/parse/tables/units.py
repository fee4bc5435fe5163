"""The units that are printed around figures.

In: headers, labels, captions. Out: the factor of each column of money, and what is not understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from gov_extract.forms import FormColumn
from gov_extract.forms.labels import simplified
from gov_extract.parse.columns.headers import Header
from gov_extract.parse.stream import Row
from gov_extract.parse.tables.model import TITLES
from gov_extract.parse.values import header_units, is_multiple, money_factor, unit_at_end
from gov_extract.parse.vocabulary import named_rows

# A caption with the table's unit stands at most this many rows above its first row of figures, and is this short (characters).
CAPTIONS = 8
CAPTION = 60


@lru_cache(maxsize=4096)
def is_caption(text: str) -> bool:
    """Whether a text says what a table's unit is."""
    return "单位" in simplified(text)


@lru_cache(maxsize=4096)
def _own_units(head: str, unit: str) -> tuple[str, ...]:
    """The units that a header cell over values in `unit` names."""
    return header_units(head) or unit_at_end(head, unit)


def captions_above(rows: Sequence[Row], first: int, last: int) -> list[str]:
    """The texts around a table, up to the next rows of a form, that name a unit: its caption, the note below it."""
    found = []
    for step, start, reach in ((-1, first - 1, CAPTIONS), (1, last + 1, TITLES)):
        for j in range(start, start + step * reach, step):
            if not 0 <= j < len(rows) or any(named_rows(place.text) for place in rows[j].labels):
                break
            found += [p.text for p in rows[j].places if "单位" in p.text and len(p.text) <= CAPTION]
    return found


def _units_beyond(label: str, around: Sequence[Sequence[str]], money: bool) -> tuple[str, ...]:
    """The units that a row's label, or else the first group of texts that names any, gives for columns of money or counts."""
    named = header_units(label)
    for texts in around:
        named = named or tuple(u for text in texts for u in header_units(text) if (money_factor(u, "元") is not None) == money)
    return named


def header_factors(
    header: Header, columns: Sequence[FormColumn], label: str, around: Sequence[Sequence[str]]
) -> tuple[dict[str, float], set[str]]:
    """The factors of columns of money for which another unit than the form's is named; and the columns for which a unit is
    named that is not understood, or two that differ.

    The header cell goes before the row's label, and both before the texts `around`, of which the first group goes before the
    second. What these say of units of counting is nothing to a column of money.
    """
    factors: dict[str, float] = {}
    unsure: set[str] = set()
    beyond: dict[bool, tuple[str, ...]] = {}
    for column in columns:
        entry = header.places.get(column.code)
        own = _own_units(entry[0].text, column.unit) if entry else ()
        money = column.unit.endswith("元")
        if not own and money not in beyond:
            beyond[money] = _units_beyond(label, around, money)
        named = own or beyond[money]
        if not money:
            if any(is_multiple(unit) or (unit in own and money_factor(unit, "元") is not None) for unit in named):
                unsure.add(column.code)
            continue
        if not named:
            continue
        factor = money_factor(named[0], column.unit)
        if factor is None or len(set(named)) > 1:
            unsure.add(column.code)
        elif factor != 1.0:
            factors[column.code] = factor
    return factors, unsure
