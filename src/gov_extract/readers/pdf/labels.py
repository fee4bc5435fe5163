"""Page labels: numbers and running heads in a page's margin, which are no part of the text.

In: for each page the lines outside grids, with where the page's other content begins and ends. Out: which lines to drop.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from gov_extract.document import Box

NUMBER_MARGIN = 0.12
"""Share of a page's height at its top and bottom where a page number can stand (WPS: 60 of 842 points)."""
HEAD_MARGIN = 0.075
"""Share of a page's height where a running head can stand: it lies above the text's own margin."""
CLEAR = 0.8
"""Distance to the rest of the page, in the label's heights, that a bare number or a running head must keep."""
OFTEN = 0.6
"""Share of a document's pages on which a running head must be repeated, whatever its numbers, of at least three pages."""
OUTERMOST = 2
"""Lines at each end of a page that can be labels (a running head above a page number)."""


class MarginLine(NamedTuple):
    """A line near a page's end: page index, line index, its text, vertical place, and the distance to other content."""

    page: int
    line: int
    text: str
    top: float
    bottom: float
    distance: float
    height: float
    at_top: bool


def margin_lines(
    page: int, height: float, boxes: Sequence[Box], text_of: Callable[[int], str], grids: Sequence[Box]
) -> list[MarginLine]:
    """The outermost lines of a page that stand in its margins, outside and beyond all grids.

    Parameters
    ----------
    page
        Its index.
    height
        Points.
    boxes, text_of
        Of its lines outside grids.
    grids
        Where its grids lie.
    """
    found = []
    tops, bottoms = [box.top for box in grids], [box.bottom for box in grids]
    by_top = sorted(range(len(boxes)), key=lambda i: boxes[i].top)
    for position in range(min(OUTERMOST, len(by_top))):
        for at_top in (True, False):
            order = by_top if at_top else by_top[::-1]
            i = order[position]
            box = boxes[i]
            if at_top:
                beyond = box.bottom <= NUMBER_MARGIN * height and all(box.bottom <= top for top in tops)
                rest = [boxes[j].top for j in order[position + 1 :]] + tops
                distance = min(rest, default=height) - box.bottom
            else:
                beyond = box.top >= (1 - NUMBER_MARGIN) * height and all(box.top >= b for b in bottoms)
                rest = [boxes[j].bottom for j in order[position + 1 :]] + bottoms
                distance = box.top - max(rest, default=0.0)
            if beyond:
                found.append(MarginLine(page, i, text_of(i), box.top, box.bottom, distance, height, at_top))
    return found


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    source = resources.files("gov_extract").joinpath("data/page_labels.toml").read_text("utf-8")
    data = tomllib.loads(source)
    decorated, bare = ("|".join(f"(?:{p})" for p in data[key]) for key in ("decorated", "bare"))
    return re.compile(decorated), re.compile(bare)


def drop_page_labels(candidates: Sequence[MarginLine], pages: int) -> set[tuple[int, int]]:
    """The lines to drop, as pairs of page index and line index.

    Decorated numbers (- 5 -, 第5页) go by their place alone; bare numbers only where they run with the pages, since a figure
    of a table without rules may stand last on a page; running heads where most pages repeat them.
    """
    decorated, bare = _patterns()
    dropped: set[tuple[int, int]] = set()
    numbers: list[tuple[MarginLine, int]] = []
    repeated: dict[tuple[str, int], list[MarginLine]] = {}
    for line in candidates:
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", line.text))
        if decorated.fullmatch(text):
            dropped.add((line.page, line.line))
        elif line.distance < CLEAR * (line.bottom - line.top):
            continue
        elif bare.fullmatch(text):
            if text.isascii() and text.isdigit():
                numbers.append((line, int(text) - line.page))
        elif line.top < HEAD_MARGIN * line.height or line.bottom > (1 - HEAD_MARGIN) * line.height:
            repeated.setdefault((re.sub(r"\d+", "#", text), round(line.top / 4)), []).append(line)
    offsets = Counter(offset for _, offset in numbers)
    for line, offset in numbers:
        if offsets[offset] > 1 or offset == 1:
            dropped.add((line.page, line.line))
    for same in repeated.values():
        if len({line.page for line in same}) >= max(3, OFTEN * pages):
            dropped.update((line.page, line.line) for line in same)
    return dropped
