"""Which reading of a table's rows its identities leave.

In: for every row of a table the ways to read it, as texts in the columns' order (None: empty). Out: for every row the ways that
some consistent reading of the whole table takes; nothing is chosen between two of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations
from operator import or_
from typing import NamedTuple

from gov_extract.forms import Form, Identity
from gov_extract.parse.flat.ink import WAYS, amount

Way = tuple[str | None, ...]
# So many states are kept while the rows are gone through; beyond them a table is too ambiguous to be worth it.
STATES = 20_000
# A column's figures come to this much at most where the sums that can be reached are looked at one by one.
SUMS = 2_000_000


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
    reading of the whole table is consistent, or there are too many to look at, every way is left and `whole` is False.
    """
    identities = [entry for entry in form.identities if entry.table == table and entry.each == "column"]
    totals = {entry.total for entry in form.identities if entry.table == table and entry.each == "row"}
    columns = [k for k, code in enumerate(codes) if code not in totals]
    if not identities:
        return Solved(ways, False)
    width = len(columns) * len(identities)
    effects: dict[int, list[tuple[int, ...]]] = {}
    for i, choice in ways.items():
        signs = [(rows[i] in entry.left) - (rows[i] in entry.right) for entry in identities]
        effects[i] = []
        for way in choice:
            values = [amount(way[k]) for k in columns]
            if any(value is None for value in values):
                return Solved(ways, False)
            effects[i].append(tuple(sign * (value or 0) for sign in signs for value in values))
    alive = _left(effects, width)
    if alive is None:
        return Solved(ways, False)
    ways = {i: tuple(choice[n] for n in alive[i]) for i, choice in ways.items()}
    effects = {i: [effects[i][n] for n in alive[i]] for i in ways}
    order = sorted(ways, key=lambda i: len(ways[i]))
    low, high = _bounds(order, effects, width)
    layers: list[set[tuple[int, ...]]] = [{(0,) * width}]
    for n, i in enumerate(order):
        after = {
            state
            for before in layers[-1]
            for effect in dict.fromkeys(effects[i])
            if _can_end(state := tuple(map(sum, zip(before, effect, strict=True))), low[n + 1], high[n + 1])
        }
        if not after or len(after) > STATES:
            return Solved(ways, False)
        layers.append(after)
    left: dict[int, tuple[Way, ...]] = {}
    good = {(0,) * width}
    for n in range(len(order) - 1, -1, -1):
        i = order[n]
        kept, before_good = [], set()
        for way, effect in zip(ways[i], effects[i], strict=True):
            hits = {tuple(a - b for a, b in zip(state, effect, strict=True)) for state in good} & layers[n]
            if hits:
                kept.append(way)
                before_good |= hits
        left[i], good = tuple(kept), before_good
    return Solved(left, True)


def _left(effects: Mapping[int, Sequence[tuple[int, ...]]], width: int) -> dict[int, list[int]] | None:
    """The numbers of each row's ways that some ways of the other rows make up for, in every sum by itself; None where a row has
    none.

    The sums that can be reached are the bits of a number, counted from the least one.
    """
    alive = {i: list(range(len(found))) for i, found in effects.items()}
    changed = True
    while changed:
        changed = False
        for k in range(width):
            options = {i: sorted({effects[i][n][k] for n in left}) for i, left in alive.items()}
            low = sum(min(0, values[0]) for values in options.values())
            if sum(max(0, values[-1]) for values in options.values()) - low > SUMS:
                continue
            reached = [1 << -low]
            for values in options.values():
                reached.append(reduce(or_, (_shifted(reached[-1], value) for value in values)))
            wanted = 1 << -low
            for m, (i, values) in reversed(list(enumerate(options.items()))):
                good = {value for value in values if _shifted(reached[m], value) & wanted}
                if not good:
                    return None
                if len(good) < len(values):
                    alive[i] = [n for n in alive[i] if effects[i][n][k] in good]
                    changed = True
                wanted = reduce(or_, (_shifted(wanted, -value) for value in good))
    return alive


def _shifted(bits: int, by: int) -> int:
    return bits << by if by >= 0 else bits >> -by


def _bounds(
    order: Sequence[int], effects: Mapping[int, Sequence[tuple[int, ...]]], width: int
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """What the rows from each one on can add to every sum: at least, at most."""
    low, high = [(0,) * width], [(0,) * width]
    for i in reversed(order):
        low.append(tuple(a + min(e[k] for e in effects[i]) for k, a in enumerate(low[-1])))
        high.append(tuple(a + max(e[k] for e in effects[i]) for k, a in enumerate(high[-1])))
    return low[::-1], high[::-1]


def _can_end(state: tuple[int, ...], low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    return all(low[k] <= -value <= high[k] for k, value in enumerate(state))


def row_ways(readings: Sequence[tuple[str, ...]] | None, n: int, *, blanks: bool) -> list[Way] | None:
    """The ways to put the readings of a row's ink into `n` columns; `blanks`: a column may be empty. None: too many."""
    if readings is None:
        return None
    found: dict[Way, None] = {}
    for figures in readings:
        if len(figures) == n or blanks:
            for way in placements(figures, n):
                found[way] = None
        if len(found) > WAYS:
            return None
    return list(found)
