"""A table of indicators printed in two or more parts side by side under one header → the same rows one below the other.

In: the stream. Out: the stream in which such a table's parts follow each other, each with its own header; others are untouched.
What tells them is a header that names the same columns again: 统计指标 | 单位 | 统计数 | 统计指标 | 单位 | 统计数.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gov_extract.parse.indicators import header
from gov_extract.parse.stream import Place, Row, split

# So many parts at most stand side by side.
PARTS = 4
# Columns that a part has at least: an indicator and its value.
COLUMNS = 2


def one_below_another(rows: Sequence[Row]) -> list[Row]:
    """The stream with the parts of such tables one below the other."""
    made: list[Row] = []
    j = 0
    while j < len(rows):
        edges = _edges(rows[j])
        if not edges:
            made.append(rows[j])
            j += 1
            continue
        end = j + 1
        while end < len(rows) and _goes_on(rows[end], rows[j]):
            end += 1
        for low, high in zip(edges, [*edges[1:], float("inf")], strict=True):
            made += _part(rows[j:end], low, high)
        j = end
    return made


def _edges(row: Row) -> list[float]:
    """Where the parts begin that a header names; none where it is no such header."""
    if row.kind not in ("grid", "cells"):
        return []
    found = header(row.places)
    kinds = [kind for kind, _ in found]
    if len(found) != sum(bool(place.text) for place in row.places):
        return []
    for n in range(2, PARTS + 1):
        width = len(kinds) // n
        own = kinds[:width]
        again = len(kinds) % n == 0 and width >= COLUMNS and kinds == own * n
        if again and "label" in own and len(set(own)) == width:
            return [found[k * width][1].x0 for k in range(n)]
    return []


def _goes_on(row: Row, head: Row) -> bool:
    """Whether a row belongs to the header's table: to its grid, or as a line of as many cells."""
    if row.kind != head.kind:
        return False
    return row.block == head.block if row.kind == "grid" else len(row.places) == len(head.places)


def _part(rows: Sequence[Row], low: float, high: float) -> Iterator[Row]:
    """The rows of one part, without those that hold nothing there."""
    for row in rows:
        places = [place for place in row.places if low <= place.x0 < high]
        if not any(place.text for place in places):
            continue
        labels, slots = split(places)
        first = low <= _start(row.places)
        yield row._replace(labels=labels, slots=slots, places=tuple(places), carried=row.carried if first else ())


def _start(places: Sequence[Place]) -> float:
    return min((place.x0 for place in places), default=0.0)
