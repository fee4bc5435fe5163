"""Where the figures of each column stand in tables without cells.

In: rows of words with their places, a header. Out: `Rulers`, which tell the column of a figure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations, pairwise
from math import inf
from typing import Literal, NamedTuple

from gov_extract.forms import FormColumn
from gov_extract.parse.columns.headers import Header, overlap
from gov_extract.parse.stream import Place

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
Edge = Literal["left", "middle", "right"]
EDGES: tuple[Edge, ...] = ("right", "middle", "left")


class Rulers(NamedTuple):
    """Where the figures of each column stand in rows that have one in every column: their `edge` in points, by column.

    `anchored`: in each column some of these rows have a figure under that column's header and under no other.
    """

    edge: Edge
    points: tuple[float, ...]
    anchored: bool = False


def edge_of(place: Place, edge: Edge) -> float:
    return place.x0 if edge == "left" else place.x1 if edge == "right" else (place.x0 + place.x1) / 2


def _distance(x: float, points: Sequence[float]) -> float:
    """How far the nearest of some sorted points is."""
    k = bisect_left(points, x)
    before = x - points[k - 1] if k else inf
    behind = points[k] - x if k < len(points) else inf
    return min(before, behind)


def rulers(rows: Sequence[Sequence[Place]], others: Sequence[Sequence[Place]] = ()) -> Rulers | None:
    """The rulers that full rows (all of as many places) give: by the edge at which their figures, and those of the `others`,
    line up best. Where all full rows have figures of one width, only the others tell the edge."""
    if not rows:
        return None
    places = [place for row in others for place in row if place.text]
    best: tuple[float, Rulers] | None = None
    for edge in EDGES:
        lines = [sorted(edge_of(row[k], edge) for row in rows) for k in range(len(rows[0]))]
        points = tuple(line[len(line) // 2] for line in lines)
        off = sum(line[-1] - line[0] for line in lines)
        ordered = sorted(points)
        off += sum([_distance(edge_of(place, edge), ordered) for place in places])
        if best is None or off < best[0]:
            best = off, Rulers(edge, points)
    return best[1] if best else None


def anchored(rows: Sequence[Sequence[Place]], heads: Sequence[Place]) -> bool:
    """Whether full rows have in each column a figure under its header, of `heads` from left to right, and under no other."""
    return all(
        any(overlap(row[k], head) > 0 and sum(overlap(row[k], other) > 0 for other in heads) == 1 for row in rows)
        for k, head in enumerate(heads)
    )


def clustered(rows: Sequence[Sequence[Place]], n: int) -> Rulers | None:
    """The rulers that rows with gaps give together: their figures' edges fall into exactly `n` clear clusters, or into none."""
    places = [place for row in rows for place in row if place.text]
    best: tuple[float, Rulers] | None = None
    for edge in EDGES:
        edges = sorted(edge_of(place, edge) for place in places)
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
    counted = sorted((len({round(edge_of(place, edge)) for place in places}), edge) for edge in EDGES)
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
        for x in (edge_of(place, edge) for place in row if place.text):
            over = [
                k
                for k, (head, pair) in enumerate(zip(heads, zip([0.0, *gaps], [*gaps, 0.0], strict=True), strict=True))
                if is_side(x - head, edge, max(pair))
            ]
            if len(over) != 1:
                return None
            seen.setdefault(over[0], []).append(x)
    if not seen or any(max(xs) - min(xs) > NARROWEST for xs in seen.values()):
        return None
    off = sum(min(xs) - heads[k] for k, xs in seen.items()) / len(seen)
    return Rulers(edge, tuple(min(seen[k]) if k in seen else head + off for k, head in enumerate(heads)))


def is_side(offset: float, edge: Edge, gap: float) -> bool:
    """Whether an edge of a figure can be so far from the middle of its header, whose farther neighbour is a `gap` away."""
    if edge == "middle":
        return abs(offset) <= OFF * gap
    return -IN_CELL * gap <= (offset if edge == "left" else -offset) <= 0.0


def told_apart(
    rows: Sequence[Sequence[Place]], columns: Sequence[FormColumn], header: Header, edge: Edge | None
) -> Rulers | None:
    """The rulers of rows none of which has a figure in every column; `edge` is where the table's figures line up."""
    told = clustered(rows, len(columns))
    if told is not None and _beside_heads(rows, told, columns, header):
        told = None
    if told is None and len(columns) <= FEW:
        told = under_heads(rows, columns, header, edge)
    return told or (under_header(rows, columns, header) if edge is None or len(columns) > FEW else None)


def _beside_heads(rows: Sequence[Sequence[Place]], known: Rulers, columns: Sequence[FormColumn], header: Header) -> bool:
    """Whether some figure stands under the header of another column than that of its cluster, and beside its own: a column is
    blank in all rows, and a cluster is none of the form's."""
    if len(header.places) < len(columns):
        return False
    heads = sorted((place for place, _, _ in header.places.values()), key=lambda place: place.x0)
    for place in (place for row in rows for place in row if place.text):
        k = min(range(len(heads)), key=lambda n: abs(edge_of(place, known.edge) - known.points[n]))
        if overlap(place, heads[k]) <= 0 and any(overlap(place, head) > 0 for head in heads):
            return True
    return False


def nearest(place: Place, known: Rulers, order: Sequence[str]) -> str | None:
    """The column, of those in `order`, in which a figure stands by the rulers; None where it is in none for certain."""
    points = known.points
    pitch = min((b - a for a, b in pairwise(points)), default=float("inf"))
    distances = sorted((abs(edge_of(place, known.edge) - point), k) for k, point in enumerate(points))
    return order[distances[0][1]] if distances[0][0] <= OFF * pitch else None
