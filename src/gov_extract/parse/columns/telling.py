"""Which place of a row belongs to which column.

In: the stream, a row, the columns that it should have. Out: column → place, and how sure that is.

Columns are told by the interval of their header cells. Where the header has another coordinate space (another grid, the page
before, flattened text) places are taken in order, if their number leaves no choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Literal, NamedTuple

from gov_extract.forms import FormColumn
from gov_extract.parse.columns.headers import Header, overlap
from gov_extract.parse.columns.rulers import Rulers, nearest
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_aside, years_in

# So many rows must agree on how flattened rows end before a row that could be read in two ways is read like them.
WITNESSES = 3
# A header that lacks one of the form's columns has at least so many others.
FEWEST = 3
Sure = Literal["header", "order", "window", "none"]


class Columns(NamedTuple):
    """Column code → place (None: the row has no place there), how they were told, and columns that share one place; `absent`
    are columns that the table's whole header does not have."""

    places: dict[str, Place | None]
    sure: Sure
    merged: frozenset[str] = frozenset()
    open: bool = False
    absent: frozenset[str] = frozenset()


def told_by_header(
    row: Row, slots: Sequence[Place], columns: Sequence[FormColumn], header: Header, known: Rulers | None = None
) -> Columns | None:
    """Columns by the intervals of their header cells; None where the header does not cover them all, unless it is whole without
    one of them."""
    absent = frozenset(column.code for column in columns if column.code not in header.places)
    if absent:
        if len(absent) > 1 or not _is_whole(row, slots, header):
            return None
        columns = [column for column in columns if column.code not in absent]
        told = told_by_header(row, slots, columns, header, known)
        if told is None or told.open or told.merged:
            return None
        return told._replace(places=told.places | dict.fromkeys(absent), absent=absent)
    if row.kind == "placed" and header.years:  # as many figures as columns may be another year's
        return Columns(dict.fromkeys(header.places), "none", open=any(place.text for place in slots))
    if row.kind == "placed":
        return _nearest(slots, header, None if header.others else known)
    if row.kind == "grid" and not header.below and _one_below_each(slots, columns, header):  # as most rows stand
        places: dict[str, Place | None] = dict(zip([column.code for column in columns], slots, strict=True))
        return Columns(places, "header", header.twice)
    found: dict[str, Place | None] = {}
    merged: set[str] = set()
    owner: dict[int, str] = {}
    flattened, wide = row.kind == "cells", row.kind == "grid" and len(slots) > len(columns)
    below = header.below
    for column in columns:
        head = header.places[column.code][0]
        covered = _across(head, slots) if flattened else under(head, slots)
        several = [place for place in slots if place.text and _covers(head, place)] if wide else []
        if below and any(_covers(head, part) for part in below):
            # Parted by heads of its own: the report's year is meant, whether or not it is printed.
            several = [place for place in slots if _covers(head, place)]
        if len(several) > 1 or (several and below):
            covered = _this_year(several, below)
            if not covered and any(place.text for place in several):
                return None
            covered = covered or several[:1]  # whichever is meant, it is blank
            owner |= {id(place): column.code for place in several}
        if len(covered) == 1:
            found[column.code] = covered[0]
        else:
            # In flattened text a span is written once and left empty, or written again in each of its places.
            inked = [place for place in covered if place.text]
            found[column.code] = None if len({p.text for p in inked}) > 1 else next(iter(inked or covered), None)
        for place in covered:
            other = owner.setdefault(id(place), column.code)
            if other != column.code:
                merged |= {other, column.code}
    inked = [place for place in slots if place.text and id(place) not in owner and place.origin is not None]
    if any(not any(_covers(head, place) for head in (*header.others, *header.again)) for place in inked):
        return None  # ink that no header cell explains: the header is not this row's
    return Columns(found, "header", frozenset(merged) | header.twice)


def _one_below_each(slots: Sequence[Place], columns: Sequence[FormColumn], header: Header) -> bool:
    """Whether a row's places are as many as the columns, in the same order, each alone under the middle of its header cell."""
    if len(slots) != len(columns):
        return False
    end = -inf
    for column, (_, x0, x1, _) in zip(columns, slots, strict=True):
        _, left, right, _ = header.places[column.code][0]
        if not (end <= x0 <= (left + right) / 2 < x1):
            return False
        end = x1
    return True


def _is_whole(row: Row, slots: Sequence[Place], header: Header) -> bool:
    """Whether a header has as many cells, each exactly a column's label, as the row has places for figures, one below each."""
    heads = [place for place, _, _ in header.places.values()]
    if (header.space != row.space and row.page is None) or not header.exact or header.others or header.below or header.twice:
        return False
    if row.kind == "placed":
        return len(heads) >= FEWEST and all(
            sum(overlap(place, head) > 0 for head in heads) == 1 for place in slots if place.text
        )
    if len(heads) < FEWEST or any(sum(_covers(head, place) for place in slots) != 1 for head in heads):
        return False
    ordered = sorted(heads, key=lambda head: head.x0)
    if any(before.x1 < head.x0 for before, head in pairwise(ordered)):
        return False  # a cell lies between them, whatever it says
    left = min(head.x0 for head in heads)
    beside = [place for place in slots if not any(_covers(head, place) for head in heads)]
    return all(not place.text and place.x0 < left for place in beside)  # places of labels that the row has not


def _covers(head: Place, place: Place) -> bool:
    return head.x0 <= (place.x0 + place.x1) / 2 < head.x1


def _this_year(places: Sequence[Place], heads: Sequence[Place]) -> list[Place]:
    """Of several places below one header cell the one whose own header says that it is the report's year; else none."""
    named = [(place, [head.text for head in heads if _covers(head, place)]) for place in places]
    if not all(texts for _, texts in named):
        return []
    years = {year for head in heads for year in years_in(head.text)}
    latest = max(years, default=None)
    left = [
        place
        for place, texts in named
        if not any(is_aside(text) or (latest is not None and latest not in years_in(text)) for text in texts)
    ]
    return left if len(left) == 1 else []


def _across(head: Place, slots: Sequence[Place]) -> list[Place]:
    """The places below a header cell of flattened text: all that it covers."""
    return [place for place in slots if head.x0 <= place.x0 and place.x1 <= head.x1]


def under(head: Place, slots: Sequence[Place]) -> list[Place]:
    """The place below a header cell: the one under its middle."""
    middle = (head[1] + head[2]) / 2
    for place in slots:
        _, x0, x1, _ = place
        if x0 <= middle < x1:
            return [place]
    return []


def told_by_rulers(slots: Sequence[Place], columns: Sequence[FormColumn], known: Rulers) -> Columns:
    """Words without a header over them: by where the figures of other rows stand, in the form's order."""
    header = Header({c.code: (Place("", x, x), 0, 1.0) for c, x in zip(columns, known.points, strict=True)}, None, ())
    return _nearest(slots, header, known)


def _nearest(slots: Sequence[Place], header: Header, known: Rulers | None) -> Columns:
    """Words without cells: a full row is read in order; in any other a word stands where figures of full rows stand, or, where
    there are none, under the header word over it. A word that is not clearly in one column leaves the row open.
    """
    placed = sorted((place for place in slots if place.text), key=lambda place: place.x0)
    heads = {code: place for code, (place, _, _) in header.places.items()}
    more = header.again if len(placed) > len(heads) else ()
    heads |= {f"other.{n}": place for n, place in enumerate((*header.others, *more))}
    order = sorted(heads, key=lambda code: heads[code].x0)
    if len(placed) == len(order) and in_order(placed, [heads[code] for code in order]):
        told: dict[str, Place | None] = {c: p for c, p in zip(order, placed, strict=True) if c in header.places}
        return Columns(told, "header" if known is not None and known.anchored else "order", header.twice)
    found: dict[str, Place | None] = dict.fromkeys(order, Place("", 0.0, 0.0))
    for place in placed:
        code = _column_of(place, order, heads, known)
        if code is None or (taken := found[code]) is None or taken.text:
            return Columns(dict.fromkeys(header.places), "none", open=True)
        found[code] = place
    return Columns({code: place for code, place in found.items() if code in header.places}, "header", header.twice)


def in_order(placed: Sequence[Place], heads: Sequence[Place]) -> bool:
    """Whether as many words as header cells, from left to right, can be one under each: none stands beside its own and under
    another's, as where a column is blank and a word that is no figure of the form stands behind them."""
    return not any(
        overlap(place, head) <= 0 and any(overlap(place, other) > 0 for other in heads)
        for place, head in zip(placed, heads, strict=True)
    )


def _column_of(place: Place, order: Sequence[str], heads: Mapping[str, Place], known: Rulers | None) -> str | None:
    if known is not None:
        return nearest(place, known, order)
    over = [code for code in order if overlap(place, heads[code]) > 0]
    return over[0] if len(over) == 1 else None


def windows(slots: Sequence[Place], n: int) -> dict[tuple[str, ...], int]:
    """The ways to read `n` columns from more places, those outside being empty: texts → places left behind the window.

    Of windows that read alike the last one stands.
    """
    m = len(slots)
    return {
        tuple(place.text for place in slots[k : k + n]): m - n - k
        for k in range(m - n + 1)
        if not any(place.text for place in (*slots[:k], *slots[k + n :]))
    }


def common_margin(rows: Sequence[tuple[Sequence[Place], int]]) -> int | None:
    """How many empty places every flattened row of a document leaves behind its last column; None where they differ.

    `rows` are (slots, number of columns). Rows that can be read in several ways are no witnesses.
    """
    margins = set()
    witnesses = 0
    for slots, n in rows:
        ways = windows(slots, n) if len(slots) >= n else {}
        if len(ways) == 1 and any(place.text for place in slots):
            margins |= set(ways.values())
            witnesses += 1
    return margins.pop() if len(margins) == 1 and witnesses >= WITNESSES else None


def told_by_order(
    slots: Sequence[Place],
    columns: Sequence[FormColumn],
    holds: Callable[[dict[str, Place | None]], bool | None],
    margin: int | None = None,
) -> Columns:
    """Columns by the order of the places.

    Where a row has more places than columns, those outside the window must be empty. Among windows that read differently the
    one with the `margin` of all other rows stands, or the only one for which the row's own identity holds (and fails for
    all others); where neither decides, the row stays open.
    """
    codes = [column.code for column in columns]
    n, m = len(codes), len(slots)
    if m < n:
        return Columns(dict.fromkeys(codes), "none", open=any(place.text for place in slots))
    ways = windows(slots, n)

    def window(behind: int) -> dict[str, Place | None]:
        return dict(zip(codes, slots[m - n - behind : m - behind], strict=True))

    if len(ways) == 1:
        return Columns(window(next(iter(ways.values()))), "order")
    if margin is not None and margin in ways.values():
        return Columns(window(margin), "order")
    # A window wins only where its sum holds and every other one's fails: an empty total decides nothing.
    verdicts = [(holds(window(behind)), behind) for behind in ways.values()]
    right = [behind for verdict, behind in verdicts if verdict is True]
    if len(right) == 1 and all(verdict is not None for verdict, _ in verdicts):
        return Columns(window(right[0]), "window")
    return Columns(dict.fromkeys(codes), "none", open=any(place.text for place in slots))


def merge_pieces(pieces: Sequence[Columns]) -> tuple[Columns, frozenset[str]]:
    """One row from the pieces that a page break tore: the ink of each column, and the columns with ink in two pieces."""
    if len(pieces) == 1:
        return pieces[0], frozenset()
    found: dict[str, Place | None] = {}
    torn: set[str] = set()
    for columns in pieces:
        for code, place in columns.places.items():
            known = found.get(code)
            if known is None or (not known.text and place is not None and place.text):
                found[code] = place
            elif place is not None and place.text:
                torn.add(code)
    with_ink = next((c for c in pieces if any(p and p.text for p in c.places.values())), pieces[0])
    # A column without a place in the piece that holds the figures is not blank because an empty piece has one.
    for code, place in found.items() if with_ink.sure == "header" else ():
        if with_ink.places.get(code) is None and not (place is not None and place.text):
            found[code] = None
        elif not (place is not None and place.text):
            found[code] = with_ink.places[code]
    merged = frozenset[str]().union(*(c.merged for c in pieces))
    absent = frozenset[str].intersection(*(c.absent for c in pieces))
    return Columns(found, with_ink.sure, merged, any(c.open for c in pieces), absent), frozenset(torn)
