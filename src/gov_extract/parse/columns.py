"""Which place of a row belongs to which column.

In: the stream, a row, the columns that it should have. Out: column → place, and how sure that is.

Columns are told by the interval of their header cells. Where the header has another coordinate space (another grid, the page
before, flattened text) places are taken in order, if their number leaves no choice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Literal, NamedTuple

from gov_extract.forms import FormColumn
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_aside, looks_like_figure, years_in
from gov_extract.parse.vocabulary import STUMP, WEAK, column_fit, is_header_text, named_columns, named_rows

# A header stands at most this many physical rows above its first row of figures (three, and a page break's repetition).
HEADER_ROWS = 6
# Rows above those with labels of columns that may belong to the header: what spans it all, or the heads of further columns.
FURTHER = 2
# A figure stands in a column when it is off its place by at most this share of the narrowest column.
OFF = 0.4
# A figure is off the middle of its header cell by at most this share of the distance to the farther neighbour: half the width
# of its cell, which is wider than its header's text by what its neighbours are narrower.
IN_CELL = 0.75
# The edge at which figures line up has fewer places than the others by so many.
FEWER = 2
# Points between the figures of neighbouring columns at least: fifteen columns share the width of a narrow page.
NARROWEST = 12.0
# Rows of so many columns have no sums.
FEW = 4
# Clusters of figures are columns when the gaps between them are this many times their widest spread.
CLEAR_GAP = 2.0
# Columns of a table's parts on two pages are off each other by at most this share of their width.
ASKEW = 0.25
# Of a flattened header at least this share of cells is whole; the others are torn by line breaks.
MOST_HEADS = 0.7
# So many rows must agree on how flattened rows end before a row that could be read in two ways is read like them.
WITNESSES = 3

Sure = Literal["header", "order", "window", "none"]


class Header(NamedTuple):
    """The header cells found for a row's columns: column code → (place, space of its row, fit).

    `others` are header cells of columns that the form does not have (备注), `below` those under a header cell of the form,
    which part its column (本年 | 上年). `twice` are columns whose label stands in two cells beside each other.
    """

    places: dict[str, tuple[Place, int, float]]
    space: int | None
    rows: tuple[int, ...]
    others: tuple[Place, ...] = ()
    below: tuple[Place, ...] = ()
    twice: frozenset[str] = frozenset()

    @property
    def exact(self) -> bool:
        """Whether every header cell found has exactly its column's label."""
        return all(fit == 1.0 for _, _, fit in self.places.values())


class Columns(NamedTuple):
    """Column code → place (None: the row has no place there), how they were told, and columns that share one place."""

    places: dict[str, Place | None]
    sure: Sure
    merged: frozenset[str] = frozenset()
    open: bool = False


NO_HEADER = Header({}, None, ())


def find_header(rows: Sequence[Row], top: int, columns: tuple[FormColumn, ...], stop: int) -> Header:
    """The header of `columns` above row `top`, looking no higher than row `stop` (exclusive).

    Header cells may lie in several physical rows. The nearest cell wins; exact labels go before worn ones. Those that stand
    below a head of another year (上年) are passed over where the labels are printed once more.
    """
    header, earlier = _find(rows, top, columns, stop, ())
    if not earlier:
        return header
    other, _ = _find(rows, top, columns, stop, [place for place, _, _ in header.places.values()])
    return other if len(other.places) == len(columns) else header


def _find(
    rows: Sequence[Row], top: int, columns: tuple[FormColumn, ...], stop: int, passed: Sequence[Place]
) -> tuple[Header, bool]:
    """The header without the cells `passed` over, and whether it stands below a head of another year."""
    places: dict[str, tuple[Place, int, float]] = {}
    seen: list[int] = []
    loose: list[tuple[Place, int]] = []
    every: list[tuple[Place, int, int | None]] = []
    again: list[tuple[str, Place]] = []
    low = max(stop, top - 1 - HEADER_ROWS)
    for j in range(top - 1, low, -1):
        row = rows[j]
        texts = [place for place in (*row.labels, *row.slots) if place.text]
        if row.kind == "text" and len(texts) == 1:
            continue
        if row.kind == "cells":
            # Empty places belong to the label before them only where one row holds the whole header.
            whole = all(any(column_fit(p.text, c) >= WEAK for p in row.places) for c in columns)
            texts = _spread(row.places, over_empty=whole)
        texts = [place for place in texts if place not in passed]
        hits = 0
        here: dict[str, Place] = {}
        for place in texts:
            named = named_columns(place.text, columns)
            exact = next((code for code in named if code not in places), None)
            again += [(code, place) for code in named if exact is None and code in here and _overlap(here[code], place) <= 0]
            if exact is not None:
                places[exact] = (place, row.space, 1.0)
                here[exact] = place
                hits += 1
            else:
                loose.append((place, row.space))
            every.append((place, row.space, row.page))
        if hits:
            seen.append(j)
        if len(places) == len(columns):
            break
    for n, m, column in torn_heads([(place, page) for place, _, page in every], columns):
        known = places.get(column.code)
        if known is None or known[0] in (every[n][0], every[m][0]):
            places[column.code] = (every[m][0], every[m][1], 1.0)
    if len(places) < len(columns):
        open_columns = [c for c in columns if c.code not in places]
        scored = sorted(
            ((column_fit(p.text, c), n, c.code) for n, (p, _) in enumerate(loose) for c in open_columns), reverse=True
        )
        used: set[int] = set()
        for fit, n, code in scored:
            if fit < WEAK or code in places or n in used:
                continue
            # Nearly another column's label as well: undecided, left to the order of the places.
            if any(f > fit - 0.1 and k == n and c != code and c not in places for f, k, c in scored):
                continue
            used.add(n)
            places[code] = (loose[n][0], loose[n][1], fit)
        if len(places) < len(columns):
            places |= _stumps(places, columns, [entry for n, entry in enumerate(loose) if n not in used])
    if not places:
        return NO_HEADER, False
    spaces = [space for _, space, _ in places.values()]
    main = max(set(spaces), key=spaces.count)
    on_pages = rows[top].kind == "placed" or (rows[top].page is not None and len(places) == len(columns) and _apart(places))
    places = {code: entry for code, entry in places.items() if entry[1] == main or on_pages}
    heads = [place for place, _, _ in places.values()]
    others, below, earlier = _further_heads(rows, top, seen, heads, main, columns)
    # Below a head of another year the labels stand once more, and are that year's.
    twice = frozenset(code for code, place in again if not any(_overlap(place, other) > 0 for other in others))
    return Header(places, main, tuple(seen), others, below, twice), earlier


def _further_heads(
    rows: Sequence[Row], top: int, seen: Sequence[int], heads: Sequence[Place], space: int, columns: Sequence[FormColumn]
) -> tuple[tuple[Place, ...], tuple[Place, ...], bool]:
    """The header cells of columns that the form does not have, those that part a column of it, and whether one that spans
    several of its columns says that they are another year's.

    What resembles a label of these columns is neither: it may be theirs. Over the labels of rows stands the table's corner.
    """
    if not seen:
        return (), (), False
    first = min(seen)
    for _ in range(FURTHER):
        if first == 0 or rows[first - 1].space != space or rows[first - 1].has_figures or rows[first - 1].kind == "text":
            break
        first -= 1
    labels = rows[top].labels
    left = next((place.x1 for place in labels if named_rows(place.text)), min(head.x0 for head in heads))
    others: list[Place] = []
    below: list[Place] = []
    spans: list[Place] = []
    alike: list[Place] = []
    for j in range(first, top):
        if rows[j].space != space or rows[j].kind == "text":
            continue
        for place in rows[j].places:
            if not place.text or looks_like_figure(place.text) or place in heads:
                continue
            if any(column_fit(place.text, column) >= WEAK for column in columns):
                alike.append(place)
                continue
            over = [head for head in heads if _overlap(place, head) > 0.5 * min(place.x1 - place.x0, head.x1 - head.x0)]
            if over:
                if j > first and len(over) == 1 and place.x1 - place.x0 < over[0].x1 - over[0].x0:
                    below.append(place)
                elif len(over) > 1:
                    spans.append(place)
            elif place.x0 >= left and not is_header_text(place.text):
                others.append(place)
    latest = max((year for place in (*others, *spans) for year in years_in(place.text)), default=0)

    def another_year(text: str) -> bool:
        return is_aside(text) or bool(years_in(text) and latest not in years_in(text))

    # Labels of the form printed again below a head: another year's, if the head says so; else nobody knows which are meant.
    told = [head for head in others if another_year(head.text) or not any(_overlap(place, head) > 0 for place in alike)]
    return tuple(told), tuple(below), any(another_year(head.text) for head in spans)


def _apart(places: dict[str, tuple[Place, int, float]]) -> bool:
    """Whether header cells stand beside each other, none over another: parts of one header on two pages."""
    ordered = sorted((place for place, _, _ in places.values()), key=lambda place: place.x0)
    return all(left.x1 - right.x0 <= ASKEW * min(left.x1 - left.x0, right.x1 - right.x0) for left, right in pairwise(ordered))


def torn_heads(
    loose: Sequence[tuple[Place, int | None]], columns: Sequence[FormColumn]
) -> Iterator[tuple[int, int, FormColumn]]:
    """Header cells that a page break tore: the indices of an upper part and of its rest below it on the next page, and the
    column of which they are exactly the label together. `loose` are places with their pages, from below upwards."""
    if len({page for _, page in loose}) < 2:
        return
    for n, (lower, page) in enumerate(loose):
        for m in range(n + 1, len(loose)):
            upper, before = loose[m]
            if page is None or before is None or page != before + 1:
                continue
            if _overlap(upper, lower) <= (1 - ASKEW) * min(upper.x1 - upper.x0, lower.x1 - lower.x0):
                continue
            column = next((c for c in columns if column_fit(upper.text + lower.text, c) == 1.0), None)
            if column:
                yield n, m, column
            break


def _stumps(
    places: dict[str, tuple[Place, int, float]], columns: Sequence[FormColumn], loose: Sequence[tuple[Place, int]]
) -> dict[str, tuple[Place, int, float]]:
    """Header cells cut to stumps that fit several columns alike (本年新 | 本年新): told by their order beside a known one.

    Only where as many stumps are left as columns, and all header cells then stand in the form's order.
    """
    missing = [c for c in columns if c.code not in places]
    stumps = [(p, s) for p, s in loose if any(column_fit(p.text, c) >= STUMP for c in missing)]
    if len(stumps) < len(missing) == sum(len(_numbers(p)) for p, _ in stumps):
        # Equal neighbours in flattened text were taken for one cell written again.
        stumps = [(p._replace(x0=float(x), x1=x + 1.0), s) for p, s in stumps for x in _numbers(p)]
    if len(stumps) != len(missing):
        return {}
    stumps.sort(key=lambda entry: entry[0].x0)
    found = {c.code: (p, s, column_fit(p.text, c)) for c, (p, s) in zip(missing, stumps, strict=True)}
    together = places | found
    xs = [together[c.code][0].x0 for c in columns]
    same = len({space for _, space, _ in together.values()}) == 1
    return found if same and xs == sorted(xs) and min(fit for _, _, fit in found.values()) >= STUMP else {}


def _numbers(place: Place) -> range:
    """The numbers of the places that a spread cell of flattened text covers."""
    return range(int(place.x0), int(place.x1))


def _spread(places: Sequence[Place], *, over_empty: bool) -> list[Place]:
    """The header cells of a flattened row: a label that is repeated in the places behind it is one cell over all of them, and,
    with `over_empty`, so is one that is followed by empty places. The same label behind an empty place is another cell."""
    spread: list[Place] = []
    for before, place in zip((None, *places), places, strict=False):
        again = bool(spread) and (before is not None and place.text == before.text if place.text else over_empty)
        if again and spread[-1].x1 == place.x0:
            spread[-1] = spread[-1]._replace(x1=place.x1)
        elif place.text:
            spread.append(place)
    return spread


def told_by_header(
    row: Row, slots: Sequence[Place], columns: Sequence[FormColumn], header: Header, known: Rulers | None = None
) -> Columns | None:
    """Columns by the intervals of their header cells; None where the header does not cover them all."""
    if len(header.places) < len(columns):
        return None
    if row.kind == "placed":
        return _nearest(slots, header, None if header.others else known)
    found: dict[str, Place | None] = {}
    merged: set[str] = set()
    owner: dict[int, str] = {}
    for column in columns:
        head = header.places[column.code][0]
        covered = _under(head, slots, loose=row.kind == "cells")
        wide = row.kind == "grid" and len(slots) > len(columns)
        several = [place for place in slots if place.text and _covers(head, place)] if wide else []
        if len(several) > 1:
            covered = _this_year(several, header.below)
            if not covered:
                return None
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
    if any(not any(_covers(head, place) for head in header.others) for place in inked):
        return None  # ink that no header cell explains: the header is not this row's
    return Columns(found, "header", frozenset(merged) | header.twice)


def _covers(head: Place, place: Place) -> bool:
    return head.x0 <= (place.x0 + place.x1) / 2 < head.x1


def _this_year(places: Sequence[Place], heads: Sequence[Place]) -> list[Place]:
    """Of several places below one header cell the one whose own header says that it is the report's year; else none."""
    named = [(place, [head.text for head in heads if _covers(head, place)]) for place in places]
    if not all(texts for _, texts in named):
        return []
    years = {year for _, texts in named for text in texts for year in years_in(text)}
    latest = max(years, default=None)
    left = [
        place
        for place, texts in named
        if not any(is_aside(text) or (latest is not None and latest not in years_in(text)) for text in texts)
    ]
    return left if len(left) == 1 else []


def _under(head: Place, slots: Sequence[Place], *, loose: bool) -> list[Place]:
    """The places below a header cell: the one under its middle, or, in flattened text (`loose`), all that it covers."""
    if loose:
        return [place for place in slots if head.x0 <= place.x0 and place.x1 <= head.x1]
    middle = (head.x0 + head.x1) / 2
    return [place for place in slots if place.x0 <= middle < place.x1][:1]


Edge = Literal["left", "middle", "right"]
EDGES: tuple[Edge, ...] = ("right", "middle", "left")


class Rulers(NamedTuple):
    """Where the figures of each column stand in rows that have one in every column: their `edge` in points, by column."""

    edge: Edge
    points: tuple[float, ...]


def _edge(place: Place, edge: Edge) -> float:
    return place.x0 if edge == "left" else place.x1 if edge == "right" else (place.x0 + place.x1) / 2


def _distance(x: float, points: Sequence[float]) -> float:
    """How far the nearest of some sorted points is."""
    k = bisect_left(points, x)
    return min(abs(x - point) for point in points[max(0, k - 1) : k + 1])


def rulers(rows: Sequence[Sequence[Place]], others: Sequence[Sequence[Place]] = ()) -> Rulers | None:
    """The rulers that full rows (all of as many places) give: by the edge at which their figures, and those of the `others`,
    line up best. Where all full rows have figures of one width, only the others tell the edge."""
    if not rows:
        return None
    places = [place for row in others for place in row if place.text]
    best: tuple[float, Rulers] | None = None
    for edge in EDGES:
        lines = [sorted(_edge(row[k], edge) for row in rows) for k in range(len(rows[0]))]
        points = tuple(line[len(line) // 2] for line in lines)
        off = sum(line[-1] - line[0] for line in lines)
        ordered = sorted(points)
        off += sum(_distance(_edge(place, edge), ordered) for place in places)
        if best is None or off < best[0]:
            best = off, Rulers(edge, points)
    return best[1] if best else None


def clustered(rows: Sequence[Sequence[Place]], n: int) -> Rulers | None:
    """The rulers that rows with gaps give together: their figures' edges fall into exactly `n` clear clusters, or into none."""
    places = [place for row in rows for place in row if place.text]
    best: tuple[float, Rulers] | None = None
    for edge in EDGES:
        edges = sorted(_edge(place, edge) for place in places)
        if len(edges) <= n:
            return None
        cuts = sorted(range(1, len(edges)), key=lambda k: edges[k] - edges[k - 1], reverse=True)[: n - 1]
        if not cuts:
            continue
        bounds = [0, *sorted(cuts), len(edges)]
        groups = [edges[a:b] for a, b in pairwise(bounds)]
        spread = max(group[-1] - group[0] for group in groups)
        gap = min(b[0] - a[-1] for a, b in pairwise(groups))
        if gap > max(CLEAR_GAP * spread, NARROWEST) and (best is None or spread < best[0]):
            best = spread, Rulers(edge, tuple(group[len(group) // 2] for group in groups))
    return best[1] if best else None


def under_header(rows: Sequence[Sequence[Place]], columns: Sequence[FormColumn], header: Header) -> Rulers | None:
    """The rulers that the fullest rows give where a column is blank in all of them: the columns that their figures stand under.

    Which columns these are must be clear: their distances from the headers must differ least by far.
    """
    if len(header.places) < len(columns):
        return None
    m = max((sum(bool(p.text) for p in row) for row in rows), default=0)
    full = [sorted((p for p in row if p.text), key=lambda p: p.x0) for row in rows]
    known = rulers([row for row in full if len(row) == m], full) if 1 < m < len(columns) else None
    if known is None:
        return None
    heads = sorted(((p.x0 + p.x1) / 2 for p, _, _ in header.places.values()))
    gaps = [b - a for a, b in pairwise(heads)]
    pitch = min(gaps)
    # Few columns line up with the wrong headers as easily as with their own, and no sum covers them.
    reach = [
        OFF * pitch if len(columns) <= FEW else IN_CELL * max(pair) for pair in zip([0.0, *gaps], [*gaps, 0.0], strict=True)
    ]
    residues = []
    for chosen in combinations(range(len(heads)), m):
        offsets = [point - heads[k] for point, k in zip(known.points, chosen, strict=True)]
        if all(abs(offset) <= reach[k] for offset, k in zip(offsets, chosen, strict=True)):
            residues.append((max(offsets) - min(offsets), max(map(abs, offsets)), chosen))
    residues.sort()
    if not residues or residues[0][0] > OFF * pitch:
        return None
    if len(residues) > 1 and residues[1][0] < CLEAR_GAP * max(residues[0][0], 1.0):
        return None
    chosen = residues[0][2]
    points = list(heads)
    for point, k in zip(known.points, chosen, strict=True):
        points[k] = point
    return Rulers(known.edge, tuple(points))


def common_edge(places: Sequence[Place]) -> Edge | None:
    """The edge at which a table's figures line up, known by how few places it has on the page; None where none is clear."""
    counted = sorted((len({round(_edge(place, edge)) for place in places}), edge) for edge in EDGES)
    return counted[0][1] if counted[0][0] + FEWER <= counted[1][0] else None


def under_heads(
    rows: Sequence[Sequence[Place]], columns: Sequence[FormColumn], header: Header, edge: Edge | None
) -> Rulers | None:
    """The rulers of rows with few figures in a table whose figures line up at `edge`: each stands in the column whose header it
    is on the right side of. None where a figure may be in two columns, or two of a column do not line up."""
    if edge is None or len(header.places) < len(columns):
        return None
    heads = sorted((p.x0 + p.x1) / 2 for p, _, _ in header.places.values())
    gaps = [b - a for a, b in pairwise(heads)]
    seen: dict[int, list[float]] = {}
    for row in rows:
        for x in (_edge(place, edge) for place in row if place.text):
            over = [
                k
                for k, (head, pair) in enumerate(zip(heads, zip([0.0, *gaps], [*gaps, 0.0], strict=True), strict=True))
                if _is_side(x - head, edge, max(pair))
            ]
            if len(over) != 1:
                return None
            seen.setdefault(over[0], []).append(x)
    if not seen or any(max(xs) - min(xs) > NARROWEST for xs in seen.values()):
        return None
    off = sum(min(xs) - heads[k] for k, xs in seen.items()) / len(seen)
    return Rulers(edge, tuple(min(seen[k]) if k in seen else head + off for k, head in enumerate(heads)))


def _is_side(offset: float, edge: Edge, gap: float) -> bool:
    """Whether an edge of a figure can be so far from the middle of its header, whose farther neighbour is a `gap` away."""
    if edge == "middle":
        return abs(offset) <= OFF * gap
    return -IN_CELL * gap <= (offset if edge == "left" else -offset) <= 0.0


def told_apart(
    rows: Sequence[Sequence[Place]], columns: Sequence[FormColumn], header: Header, edge: Edge | None
) -> Rulers | None:
    """The rulers of rows none of which has a figure in every column; `edge` is where the table's figures line up."""
    told = clustered(rows, len(columns))
    if told is None and len(columns) <= FEW:
        told = under_heads(rows, columns, header, edge)
    return told or (under_header(rows, columns, header) if edge is None or len(columns) > FEW else None)


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
    heads |= {f"other.{n}": place for n, place in enumerate(header.others)}
    order = sorted(heads, key=lambda code: heads[code].x0)
    if len(placed) == len(order):
        told: dict[str, Place | None] = {c: p for c, p in zip(order, placed, strict=True) if c in header.places}
        return Columns(told, "order", header.twice)
    found: dict[str, Place | None] = dict.fromkeys(order, Place("", 0.0, 0.0))
    for place in placed:
        code = _column_of(place, order, heads, known)
        if code is None or (taken := found[code]) is None or taken.text:
            return Columns(dict.fromkeys(header.places), "none", open=True)
        found[code] = place
    return Columns({code: place for code, place in found.items() if code in header.places}, "header", header.twice)


def _column_of(place: Place, order: Sequence[str], heads: Mapping[str, Place], known: Rulers | None) -> str | None:
    if known is not None:
        return nearest(place, known, order)
    over = [code for code in order if _overlap(place, heads[code]) > 0]
    return over[0] if len(over) == 1 else None


def nearest(place: Place, known: Rulers, order: Sequence[str]) -> str | None:
    """The column, of those in `order`, in which a figure stands by the rulers; None where it is in none for certain."""
    points = known.points
    pitch = min((b - a for a, b in pairwise(points)), default=float("inf"))
    distances = sorted((abs(_edge(place, known.edge) - point), k) for k, point in enumerate(points))
    return order[distances[0][1]] if distances[0][0] <= OFF * pitch else None


def _overlap(place: Place, other: Place) -> float:
    return min(place.x1, other.x1) - max(place.x0, other.x0)


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
    return Columns(found, with_ink.sure, merged, any(c.open for c in pieces)), frozenset(torn)


def printed_in_order(rows: Sequence[Row], top: int, columns: Sequence[FormColumn], share: float) -> bool:
    """Whether the header lines above row `top` name this share of the columns, on every line in the form's order.

    The lines of one header have no places in common where text is flattened, or a page break stands between them: 自然人 and
    总计 are on one, what is between them on the next.
    """
    seen: set[str] = set()
    for row in rows[max(0, top - HEADER_ROWS) : top]:
        texts = [place.text for place in row.places if place.text]
        if row.kind == "text":
            texts = [token for text in texts for token in text.split()]
        named = [next((k for k, c in enumerate(columns) if column_fit(text, c) == 1.0), None) for text in texts]
        found = list(dict.fromkeys(k for k in named if k is not None))
        if found != sorted(found):
            return False
        seen.update(columns[k].code for k in found)
    return len(seen) >= share * len(columns)


def ordered_headers(header: Header, columns: Sequence[FormColumn]) -> bool:
    """Whether the header cells stand in the form's order."""
    xs = [header.places[c.code][0].x0 for c in columns if c.code in header.places]
    return xs == sorted(xs)
