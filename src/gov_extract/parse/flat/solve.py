"""Which reading of a table's rows its identities leave.

In: for every row of a table the ways to read it, as texts in the columns' order (None: empty). Out: for every row the ways that
some consistent reading of the whole table takes; nothing is chosen between two of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from gov_extract.forms import Form, Identity
from gov_extract.parse.flat.cutting import WAYS, amount, readings, summed_readings
from gov_extract.parse.flat.fitting import Effect, fitting
from gov_extract.parse.flat.ink import Token

Way = tuple[str | None, ...]


class Solved(NamedTuple):
    """Row number → the ways left; `whole`: the identities of rows and columns hold together in each of them."""

    ways: Mapping[int, tuple[Way, ...]]
    whole: bool


def placements(figures: Sequence[str], n: int) -> list[Way]:
    """Every way to put figures, in order, into `n` columns."""
    if len(figures) == n:
        return [tuple(figures)]
    found: list[Way] = []
    for places in combinations(range(n), len(figures)):
        way: list[str | None] = [None] * n
        for place, figure in zip(places, figures, strict=True):
            way[place] = figure
        found.append(tuple(way))
    return found


def adds_up(way: Way, identity: Identity, codes: Sequence[str]) -> bool:
    """Whether a row's identity holds; its total may be without ink only where nothing but zeros is printed."""
    values = dict(zip(codes, (amount(text) for text in way), strict=True))
    printed = dict(zip(codes, way, strict=True))
    if any(value is None for value in values.values()):
        return False
    if not printed[identity.total]:
        return not any(values.values())
    return sum(values[c] or 0 for c in identity.left) == sum(values[c] or 0 for c in identity.right)


def solve(form: Form, table: str, rows: Sequence[str], codes: Sequence[str], ways: Mapping[int, tuple[Way, ...]]) -> Solved:
    """The ways of each row that fit into some reading of the whole table in which every identity of its columns holds.

    `rows` are the codes of the form's rows, by number; a row that is not in `ways` is absent and counts as empty. Where no
    reading of the whole table is consistent, or none is found, every way is left and `whole` is False. A way of which nobody
    found out whether it fits is left.
    """
    identities = [entry for entry in form.identities if entry.table == table and entry.each == "column"]
    totals = {entry.total for entry in form.identities if entry.table == table and entry.each == "row"}
    columns = [k for k, code in enumerate(codes) if code not in totals]
    if not identities:
        return Solved(ways, False)
    effects: dict[int, list[Effect]] = {}
    for i, choice in ways.items():
        signs = [(rows[i] in entry.left) - (rows[i] in entry.right) for entry in identities]
        effects[i] = []
        for way in choice:
            values = [amount(way[k]) for k in columns]
            if any(value is None for value in values):
                return Solved(ways, False)
            effects[i].append(tuple(sign * (value or 0) for sign in signs for value in values))
    alive = fitting(effects, ways)
    if alive is None:
        return Solved(ways, False)
    left = {i: tuple(way for way, effect in zip(ways[i], effects[i], strict=True) if effect in alive[i]) for i in ways}
    return Solved(left, True)


def row_ways(cut: Sequence[tuple[str, ...]] | None, n: int, *, blanks: bool) -> list[Way] | None:
    """The ways to put the readings of a row's ink into `n` columns; `blanks`: a column may be empty. None: too many."""
    if cut is None:
        return None
    found: dict[Way, None] = {}
    for figures in cut:
        if len(figures) == n or blanks:
            for way in placements(figures, n):
                found[way] = None
        if len(found) > WAYS:
            return None
    return list(found)


def summed_ways(tokens: Sequence[Token], n: int, total: int, *, blanks: bool, dash: int = 0) -> list[Way] | None:
    """The ways to put a row's ink into `n` columns of which the one numbered `total`, the last, is the sum of the others.
    None: too many."""
    if total != n - 1:
        return None
    found: dict[Way, None] = {}
    for figures in summed_readings(tokens, n, dash):
        *parts, last = figures
        if len(figures) == n or blanks:
            for way in placements(parts, n - 1):
                found[(*way, last)] = None
        if len(found) > WAYS:
            return None
    if blanks and not any(char.isdecimal() and char not in "0０" for token in tokens for char in token.text):
        for figures in readings(tokens, n - 1, dash) or ():
            for way in placements(figures, n - 1):
                found[(*way, None)] = None
    return list(found) if len(found) <= WAYS else None
