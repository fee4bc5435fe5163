"""Which columns figures stand in, told by the characters that they cover.

In: the figures of a table's rows on one sheet, each with the characters that it covers, and those of the header's cells. Out:
for every row the ways to put its figures into the columns that what stands below what leaves open; nothing is chosen.

What keeps columns by blanks (``pdftotext -layout``) shifts lines against each other, but a text that stands right of another
on the page, wherever, begins behind its end in the listing. So figures that overlap are of one column, and one that stands
right of another is of the same column or of one farther right. Only words one blank apart are set as one text: there the
first of them stands where it should, and the others may stand too far left, never too far right. Nothing is concluded from
distances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from gov_extract.parse.flat.solve import Way

# Ways to place one row that are looked at before it is given up.
MOST = 200
# Times that what is known of one figure is carried to the others: what is told through more is left open.
ROUNDS = 20
# Columns from which a row's figures tell how far apart cells stand.
CLOSE = 3
# Steps in looking for all ways in which a sheet's rows can stand together.
BRANCHES = 60


class Extent(NamedTuple):
    """The characters that a text covers: from `x0` up to, not with, `x1`; `first`: more than one blank stands before it."""

    x0: int
    x1: int
    first: bool = True


class Head(NamedTuple):
    """A piece of a header's cell over column `k`; `lead` is the column of the first word that is set together with it."""

    extent: Extent
    k: int
    lead: int


Standing = Mapping[int, Sequence[tuple[str, Extent]]]


class _Figure(NamedTuple):
    """The `k`-th figure of row `row`, counted from 0."""

    row: int
    k: int
    extent: Extent


def keeps_columns(rows: Standing, n: int, heads: Sequence[Head]) -> bool:
    """Whether nothing shows that a sheet's blanks do not keep its columns.

    Cells joined by so many blanks each, or lines set for characters of two widths, look alike at first; there the figures of
    full rows stand under each other's columns, or under another header than their own, or most full rows have a single blank
    between their figures, or there is a single one between all cells of the header and between figures of some row.
    """
    close_heads = len(heads) > 1 and not any(head.extent.first for head in heads)
    if close_heads and any(not extent.first for found in rows.values() for _, extent in found[1:]):
        return False
    known = [head for head in _fixed(rows, n, heads) if head.extent.first and head.k == head.lead]
    for one, other in combinations(known, 2):
        left, right = (one, other) if one.k < other.k else (other, one)
        if left.k != right.k and left.extent.x1 > right.extent.x0:
            return False
    full = [found for found in rows.values() if len(found) == n >= CLOSE]
    close = sum(any(not extent.first for _, extent in found[1:]) for found in full)
    return 2 * close <= len(full)


def ways_to_stand(
    rows: Standing, n: int, heads: Sequence[Head] = (), holds: Callable[[int, Way], bool] | None = None
) -> dict[int, tuple[Way, ...]]:
    """The ways in which the figures of each row can stand in `n` columns.

    Parameters
    ----------
    rows
        Row number → its figures on this sheet, from left to right.
    heads
        The pieces of the header's cells that are known; columns count from 0, from the left.
    holds
        Whether a row adds up when it is read so; asked where places leave several ways. None: sums are not asked.

    Returns
    -------
    dict
        Row number → the ways, texts in the columns' order with None for an empty column; rows whose figures contradict the
        others, or for which there are too many, are left out.
    """
    low, high = _bounds(rows, n, heads)
    own = {i: [_Figure(i, k, extent) for k, (_, extent) in enumerate(found)] for i, found in rows.items()}
    placed: dict[int, tuple[Way, ...]] = {}
    while True:
        _settle(_fixed(rows, n, heads), low, high)
        before = placed
        placed = {}
        for i, found in rows.items():
            ways = tuple(_ways([text for text, _ in found], [(low[figure], high[figure]) for figure in own[i]], n))
            if len(ways) > 1 and holds is not None:
                ways = tuple(way for way in ways if holds(i, way)) or ways
                for m, figure in enumerate(own[i]):
                    places = [_column(way, m) for way in ways]
                    low[figure], high[figure] = min(places), max(places)
            if ways:
                placed[i] = ways
        if holds is None or placed == before:
            return placed


def maps_to_stand(rows: Standing, n: int, heads: Sequence[Head], holds: Callable[[int, Way], bool]) -> list[dict[int, Way]]:
    """Every way in which all rows of a sheet can stand in `n` columns together so that each that can add up does.

    Nothing where there is none, or too many to look at.
    """
    adding = {i for i, ways in ways_to_stand(rows, n, heads, holds).items() if any(holds(i, way) for way in ways)}
    found: list[dict[int, Way]] = []
    tried = 0

    def branch(known: Sequence[Head]) -> None:
        nonlocal tried
        tried += 1
        ways = ways_to_stand(rows, n, known, holds)
        if tried > BRANCHES or len(ways) < len(rows) or not all(any(holds(i, way) for way in ways[i]) for i in adding):
            return
        several = next((i for i in ways if len(ways[i]) > 1), None)
        if several is None:
            found.append({i: choice[0] for i, choice in ways.items()})
            return
        for m, (_, extent) in enumerate(rows[several]):
            columns = sorted({_column(way, m) for way in ways[several]})
            if len(columns) > 1:
                for k in columns:
                    branch([*known, Head(extent, k, k)])
                return

    branch(heads)
    return found if tried <= BRANCHES else []


def columns_of(rows: Standing, n: int, heads: Sequence[Head]) -> dict[int, list[tuple[int, int]]]:
    """The first and last column in which each figure of each row can stand."""
    low, high = _bounds(rows, n, heads)
    _settle(_fixed(rows, n, heads), low, high)
    return {i: [(low[f], high[f]) for f in (_Figure(i, k, e) for k, (_, e) in enumerate(found))] for i, found in rows.items()}


def _column(way: Way, m: int) -> int:
    """The column in which a way has the `m`-th figure."""
    return [k for k, text in enumerate(way) if text is not None][m]


def _fixed(rows: Standing, n: int, heads: Sequence[Head]) -> list[Head]:
    return [*heads, *_full_rows(rows, n)]


def _bounds(rows: Standing, n: int, heads: Sequence[Head]) -> tuple[dict[_Figure, int], dict[_Figure, int]]:
    """The first and last column of each figure, by its order in the row and by what it overlaps."""
    figures = [_Figure(i, k, extent) for i, found in rows.items() for k, (_, extent) in enumerate(found)]
    low = {figure: figure.k for figure in figures}
    high = {figure: n - len(rows[figure.row]) + figure.k for figure in figures}
    fixed = _fixed(rows, n, heads)
    for figure in figures:
        over = [head for head in fixed if overlap(head.extent, figure.extent)]
        if over:
            low[figure] = max(low[figure], min(head.k if head.extent.first else head.lead for head in over))
        if over and figure.extent.first:
            high[figure] = min(high[figure], max(head.k for head in over))
    return low, high


def _settle(fixed: Sequence[Head], low: dict[_Figure, int], high: dict[_Figure, int]) -> None:
    """Carry what is known of each figure's column to the others."""
    figures = list(low)
    first = [figure for figure in figures if figure.extent.first]
    below = [(one, other) for one, other in combinations(first, 2) if overlap(one.extent, other.extent)]
    for _ in range(ROUNDS):
        before = dict(low), dict(high)
        standing = [(f.extent, low[f], high[f]) for f in figures if low[f] <= high[f]]
        standing += [(head.extent, head.k, head.k) for head in fixed]
        _from_left(figures, [(extent, least) for extent, least, _ in standing if extent.first], low)
        _from_right(figures, [(extent, greatest) for extent, _, greatest in standing], high)
        _within_rows(figures, low, high)
        for one, other in below:
            if low[one] <= high[one] and low[other] <= high[other]:
                low[one] = low[other] = max(low[one], low[other])
                high[one] = high[other] = min(high[one], high[other])
        if (low, high) == before:
            break


def overlap(one: Extent, other: Extent) -> bool:
    """Whether two texts cover a character in common."""
    return one.x0 < other.x1 and other.x0 < one.x1


def _full_rows(rows: Standing, n: int) -> Iterator[Head]:
    """The figures of rows with one for every column: they show the columns as well as a header does."""
    for found in rows.values():
        # Two figures one blank apart may as well be one.
        if len(found) == n and all(extent.first for _, extent in found[1:]):
            yield from (Head(extent, k, k) for k, (_, extent) in enumerate(found))


def _from_left(figures: Sequence[_Figure], others: Sequence[tuple[Extent, int]], low: dict[_Figure, int]) -> None:
    """No figure is of a column left of that of a text that ends before it."""
    ends = sorted((extent.x1, least) for extent, least in others)
    n = least = 0
    for figure in sorted(figures, key=lambda f: f.extent.x0):
        while n < len(ends) and ends[n][0] <= figure.extent.x0:
            least = max(least, ends[n][1])
            n += 1
        low[figure] = max(low[figure], least)


def _from_right(figures: Sequence[_Figure], others: Sequence[tuple[Extent, int]], high: dict[_Figure, int]) -> None:
    """No figure that stands where it should is of a column right of that of a text that begins behind it."""
    starts = sorted(((extent.x0, greatest) for extent, greatest in others), reverse=True)
    n, greatest = 0, max(high.values(), default=0)
    for figure in sorted((f for f in figures if f.extent.first), key=lambda f: -f.extent.x1):
        while n < len(starts) and starts[n][0] >= figure.extent.x1:
            greatest = min(greatest, starts[n][1])
            n += 1
        high[figure] = min(high[figure], greatest)


def _within_rows(figures: Sequence[_Figure], low: dict[_Figure, int], high: dict[_Figure, int]) -> None:
    """The figures of a row stand in columns of their own, in their order."""
    beside = [(left, right) for left, right in pairwise(figures) if left.row == right.row]
    for left, right in beside:
        low[right] = max(low[right], low[left] + 1)
    for left, right in reversed(beside):
        high[left] = min(high[left], high[right] - 1)


def _ways(texts: Sequence[str], bounds: Sequence[tuple[int, int]], n: int) -> Iterator[Way]:
    found: list[tuple[int, ...]] = [()]
    for low, high in bounds:
        found = [(*way, k) for way in found for k in range(max(low, way[-1] + 1 if way else 0), high + 1)]
        if len(found) > MOST:
            return
    for places in found:
        way: list[str | None] = [None] * n
        for place, text in zip(places, texts, strict=True):
            way[place] = text
        yield tuple(way)
