"""Figures printed over other text in one cell: what was typed over a patch, or twice and differently.

In: the runs of a page's cells, where some cover each other and none repeats another. Out: the characters that cannot be told.
"""

from __future__ import annotations

from itertools import combinations

from gov_extract.readers.pdf.glyphs import WHITE, Glyphs, Run
from gov_extract.readers.pdf.placing import Bags

HALF = 0.5
"""Share of a character, in both directions, that lies on another one where neither can be told."""
ALIKE = 1.6
"""Ratio of heights up to which two characters are of one size: a watermark's are larger, a raised one is smaller."""


def overprinted(cells: Bags, glyphs: Glyphs) -> set[int]:
    """The figures' characters that lie on characters of another run of their cell, and these."""
    lost: set[int] = set()
    for bags in cells:
        for bag in bags:
            for one, other in combinations(bag, 2) if len(bag) > 1 else ():
                if one.x0 < other.x1 and other.x0 < one.x1 and one.top < other.bottom and other.top < one.bottom:
                    lost.update(_over(one, other, glyphs))
    return lost


def _over(one: Run, other: Run, glyphs: Glyphs) -> set[int]:
    text, left, top, right, bottom = glyphs
    found: set[int] = set()
    for i in range(one.start, one.end):
        for j in range(other.start, other.end):
            if text[i] in WHITE or text[j] in WHITE or not (text[i].isdecimal() or text[j].isdecimal()):
                continue
            widths = (float(right[i] - left[i]), float(right[j] - left[j]))
            heights = (float(bottom[i] - top[i]), float(bottom[j] - top[j]))
            across = float(min(right[i], right[j]) - max(left[i], left[j]))
            along = float(min(bottom[i], bottom[j]) - max(top[i], top[j]))
            alike = max(heights) <= ALIKE * min(heights)
            if alike and across >= HALF * min(widths) > 0 and along >= HALF * min(heights) > 0:
                found |= {i, j}
    return found
