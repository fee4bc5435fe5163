"""Figures that are struck out: a rule through their middle that no border of a table is.

In: the runs of a page's cells and lines, and its level rules as they were drawn. Out: the characters that are struck out beside
others that are not, and those of which nothing else stands in their place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from gov_extract.readers.pdf.glyphs import Glyphs, Run
from gov_extract.readers.pdf.grids import Lattice
from gov_extract.readers.pdf.pdfium import Quad
from gov_extract.readers.pdf.placing import Bags
from gov_extract.readers.pdf.white import Unseen

HIGHEST, LOWEST = 0.35, 0.72
"""Part of a figure's height, from its top, in which a rule strikes it out: browsers and word processors draw it at .47 to .6,
an underline at .9."""
INSIDE = 1.0
"""Points by which a rule must end short of a border of its cell: what goes from border to border is one."""
APART = 1.0
"""Gap between two figures on one line outside cells, in heights, within which the one is written for the other."""


def struck_figures(
    made: Sequence[Lattice], cells: Bags, loose: Sequence[Run], figures: Sequence[Run], visible: Glyphs, rules: Sequence[Quad]
) -> Unseen:
    """The figures' characters that are struck out. `figures` are the runs of cells and lines that end with a digit, `rules` the
    level ones of the page."""
    found = Unseen(set(), set())
    text = visible.text
    crossed = _crossed({(top, bottom) for _, top, _, bottom, _, _ in figures}, rules)
    if not crossed:
        return found
    for lattice, bags in zip(made, cells, strict=True):
        for slot, bag in zip(lattice.slots, bags, strict=True):
            if not any((run.top, run.bottom) in crossed for run in bag):
                continue
            inside = [run for run in bag if text[run.end - 1].isdecimal()]
            left, right = lattice.xs[slot.column] + INSIDE, lattice.xs[slot.column + slot.colspan] - INSIDE
            struck = [_struck(run, visible, crossed, (left, right)) for run in inside]
            if any(struck):
                _sort(inside, struck, found)
    for run in loose:
        if (run.top, run.bottom) in crossed and text[run.end - 1].isdecimal():
            reach = run.bottom - run.top
            if struck_here := _struck(run, visible, crossed, (run.x0 - reach, run.x1 + reach), whole=True):
                beside = [other for other in loose if other is not run and _is_beside(other, run, text)]
                others = [_struck(other, visible, crossed, (run.x0 - 2 * reach, run.x1 + 2 * reach)) for other in beside]
                _sort([run, *beside], [struck_here, *others], found)
    return found


Line = tuple[float, float]
"""Top and bottom of the characters of a line."""


def _crossed(lines_: Iterable[Line], rules: Sequence[Quad]) -> dict[Line, list[Quad]]:
    """Of some lines those through whose middle rules go, with these."""
    ordered = sorted(rules, key=lambda rule: rule[1] + rule[3])
    heights = [(rule[1] + rule[3]) / 2 for rule in ordered]
    found = {}
    for top, bottom in lines_:
        height = bottom - top
        first, last = bisect_right(heights, top + HIGHEST * height), bisect_left(heights, top + LOWEST * height)
        if first < last:
            found[top, bottom] = ordered[first:last]
    return found


def _struck(
    run: Run, visible: Glyphs, crossed: Mapping[Line, Sequence[Quad]], reach: tuple[float, float], *, whole: bool = False
) -> set[int]:
    """The characters of a run through whose middle a rule goes that has an end, or lies as a `whole`, within reach."""
    struck: set[int] = set()
    left, right = reach
    for x0, _, x1, _ in crossed.get((run.top, run.bottom), ()):
        begins, ends = left <= x0 < right, left < x1 <= right
        if x0 < run.x1 and x1 > run.x0 and (begins and ends if whole else begins or ends):
            middles = ((visible.left[i] + visible.right[i]) / 2 for i in range(run.start, run.end))
            struck.update(i for i, x in enumerate(middles, run.start) if x0 <= x <= x1)
    return struck


def _is_beside(run: Run, other: Run, text: str) -> bool:
    height = other.bottom - other.top
    level = abs(run.top + run.bottom - other.top - other.bottom) < height
    return level and text[run.end - 1].isdecimal() and max(run.x0 - other.x1, other.x0 - run.x1) <= APART * height


def _sort(figures: Sequence[Run], struck: Sequence[set[int]], found: Unseen) -> None:
    """Struck out characters are gone where another figure stands in their place, else nobody can tell what counts."""
    alone = all(len(some) == run.end - run.start for run, some in zip(figures, struck, strict=True))
    for some in struck:
        (found.doubtful if alone else found.gone).update(some)
