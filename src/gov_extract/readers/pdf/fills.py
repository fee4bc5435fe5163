"""From filled boxes to rules: tables whose cells are backgrounds, without any line drawn.

In: the larger fills of an upright page. Out: groups of fills that tile like the cells of a table, as rules to build a grid
from; and the stripes, whose upper and lower edges separate rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.document import record
from gov_extract.readers.pdf.pdfium import Quad
from gov_extract.readers.pdf.rules import Rule

SEAM = 4.0
"""Points between two fills that are neighbours: white gaps stand for borders (CSS `border-spacing`, cells drawn smaller)."""
INSET = 1.0
"""Points by which a fill may stick out of one that contains it."""
SAME = 1.5
"""Points within which two fills' edges are the same line."""
NARROWEST = 6.0
"""Points of the smallest fill that can be a cell."""
TALLEST_MARKED = 72.0
"""Points of height up to which a fill with smaller ones well inside it is a cell with marked words."""
MOST_MARKS = 4
MAX_FILLS = 1_500
"""Fills of a page that are looked at."""
SHARED = 0.6
"""Share of the inner edges that must be edges of two rows at least: the cells of a table stand above each other, the
backgrounds of words in running text do not."""


class Tiled(NamedTuple):
    """Fills that tile as a table's cells: their edges as rules."""

    level: list[Rule]
    upright: list[Rule]
    box: Quad


def fill_grid(fills: Sequence[Quad]) -> tuple[list[Tiled], list[Quad]]:
    """Tables drawn as backgrounds, and the fills that are none (stripes, paragraph backgrounds)."""
    cells = drop_containers([box for box in fills[:MAX_FILLS] if _is_cell_size(box)])
    tables: list[Tiled] = []
    stripes: list[Quad] = []
    groups = neighbours(cells)
    rows_of = [_rows(group) for group in groups]
    for group, rows in zip(groups, rows_of, strict=True):
        if len(group) > 1 and any(len(row) > 1 for row in rows) and _stands(rows):
            tables.append(_edges(rows))
        else:
            stripes.extend(group)
    return tables, stripes


def _is_cell_size(box: Quad) -> bool:
    return box[2] - box[0] >= NARROWEST and box[3] - box[1] >= NARROWEST


def drop_containers(fills: Sequence[Quad]) -> list[Quad]:
    """Leave out the fills that contain others (a page's or a table's background), marked words
    inside a cell, and repetitions."""
    unique = _without_repetitions(sorted(fills, key=_area))
    inner: dict[int, list[int]] = {}
    ordered = sorted(range(len(unique)), key=lambda i: unique[i][1])
    for position, i in enumerate(ordered):
        box = unique[i]
        for j in ordered[position + 1 :]:
            other = unique[j]
            if other[1] > box[3]:
                break
            if other[0] > box[2] or other[2] < box[0]:  # beside it, and no cell is so narrow that it stands in what sticks out
                continue
            if _contains(box, other):
                inner.setdefault(i, []).append(j)
            elif _contains(other, box):
                inner.setdefault(j, []).append(i)
    gone: set[int] = set()
    for i, within in inner.items():
        gone.update(within if is_marked_cell(unique[i], [unique[j] for j in within]) else {i})
    return [box for i, box in enumerate(unique) if i not in gone]


def _without_repetitions(fills: Sequence[Quad]) -> list[Quad]:
    """Fills of which none repeats an earlier one: looked up by their corner, since all cells of a row may have one size."""
    unique: list[Quad] = []
    corners: dict[tuple[int, int], list[Quad]] = {}
    for box in fills:
        column, row = int(box[0] // SAME), int(box[1] // SAME)
        near = [
            other
            for c in (column - 1, column, column + 1)
            for r in (row - 1, row, row + 1)
            for other in corners.get((c, r), ())
        ]
        if not any(all(abs(a - b) <= SAME for a, b in zip(box, other, strict=True)) for other in near):
            unique.append(box)
            corners.setdefault((column, row), []).append(box)
    return unique


def is_marked_cell(box: Quad, within: Sequence[Quad]) -> bool:
    """Whether a fill that contains others is a cell with marked words in it, not a background for cells."""
    return (
        box[3] - box[1] <= TALLEST_MARKED
        and len(within) <= MOST_MARKS
        and all(min(mark[0] - box[0], mark[1] - box[1], box[2] - mark[2], box[3] - mark[3]) > INSET / 2 for mark in within)
    )


def _area(box: Quad) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _contains(outer: Quad, box: Quad) -> bool:
    return (
        outer[0] - INSET <= box[0]
        and outer[1] - INSET <= box[1]
        and box[2] <= outer[2] + INSET
        and box[3] <= outer[3] + INSET
        and _area(outer) > 1.05 * _area(box)
    )


def neighbours(cells: Sequence[Quad]) -> list[list[Quad]]:
    """Fills grouped by touching sides."""
    ordered = sorted(cells, key=lambda box: box[1])
    parent = list(range(len(ordered)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for i, (x0, top, x1, bottom) in enumerate(ordered):
        for j in range(i + 1, len(ordered)):
            left, upper, right, lower = ordered[j]
            if upper > bottom + SEAM:
                break
            if left > x1 + 2 * SEAM or right < x0 - 2 * SEAM:
                continue
            beside = min(x1, right) - max(x0, left)
            above = min(bottom, lower) - max(top, upper)
            if beside >= -SEAM and above >= -SEAM and max(beside, above) > SEAM:
                parent[root(j)] = root(i)
    groups: dict[int, list[Quad]] = {}
    for i, box in enumerate(ordered):
        groups.setdefault(root(i), []).append(box)
    return list(groups.values())


def _rows(group: Sequence[Quad]) -> list[list[Quad]]:
    """A group's fills by where they begin, top down."""
    rows: list[list[Quad]] = []
    for box in sorted(group, key=lambda box: (box[1], box[0])):
        if rows and abs(rows[-1][0][1] - box[1]) <= SAME:
            rows[-1].append(box)
        else:
            rows.append([box])
    return rows


def _stands(rows: Sequence[Sequence[Quad]]) -> bool:
    """Whether the inner upright edges of the fills stand above each other, and the fills do not overlap.

    Edges below a cell that spans them have no counterpart in it: where that cell's own edges go on, they say nothing.
    """
    boxes = [box for row in rows for box in row]
    area = sum(map(_area, boxes))
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    if not 0.5 * (right - left) * (bottom - top) <= area <= 1.1 * (right - left) * (bottom - top):
        return False
    if len(rows) == 1:
        return True
    edges: dict[int, set[int]] = {}
    for i, row in enumerate(rows):
        for box in row:
            for x in (box[0], box[2]):
                if left + SEAM < x < right - SEAM:
                    edges.setdefault(round(x / (2 * SEAM)), set()).add(i)
    near = {key: edges.get(key - 1, set()) | at | edges.get(key + 1, set()) for key, at in edges.items()}
    shared = {key for key, at in near.items() if len(at) > 1}
    spanned: set[int] = set()
    for box in boxes:
        own = [round(x / (2 * SEAM)) for x in (box[0], box[2]) if left + SEAM < x < right - SEAM]
        if own and shared.issuperset(own):
            spanned |= {key for key in near if box[0] + SEAM < 2 * SEAM * key < box[2] - SEAM}
    return len(shared) >= SHARED * len(shared | near.keys() - spanned)


def _edges(rows: Sequence[Sequence[Quad]]) -> Tiled:
    """The fills' edges as rules; the seam between two fills becomes one rule in its middle."""
    boxes = [box for row in rows for box in row]
    xs = _lines([x for box in boxes for x in (box[0], box[2])])
    ys = _lines([y for box in boxes for y in (box[1], box[3])])
    level: set[tuple[float, float, float]] = set()
    upright: set[tuple[float, float, float]] = set()
    for x0, top, x1, bottom in boxes:
        left, right, above, below = xs[x0], xs[x1], ys[top], ys[bottom]
        level |= {(above, left, right), (below, left, right)}
        upright |= {(left, above, below), (right, above, below)}
    around = (min(xs.values()), min(ys.values()), max(xs.values()), max(ys.values()))
    return Tiled([record(Rule, rule) for rule in sorted(level)], [record(Rule, rule) for rule in sorted(upright)], around)


def _lines(values: Sequence[float]) -> dict[float, float]:
    """Every coordinate → the line that it belongs to: coordinates within a seam are one line."""
    lines: dict[float, float] = {}
    group: list[float] = []
    for value in sorted(set(values)):
        if group and value - group[0] > SEAM:
            lines.update(dict.fromkeys(group, (group[0] + group[-1]) / 2))
            group = []
        group.append(value)
    if group:
        lines.update(dict.fromkeys(group, (group[0] + group[-1]) / 2))
    return lines
