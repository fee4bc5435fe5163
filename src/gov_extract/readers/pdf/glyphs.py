"""From characters to runs: what is seen on the upright page, in pieces that hold together.

In: `Characters` in page space and the text objects that leave no ink. Out: `Glyphs`, the visible characters with boxes on
the upright page (points, top-down), and `Run`s: stretches of neighbours in stream order without a gap, which all later
steps handle instead of characters (a page has 1,000 characters and 100 to 300 runs).
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import compress
from operator import add, sub
from typing import NamedTuple

from gov_extract.readers.pdf.pdfium import Characters, Quad

SAMPLE = 48
"""Characters of a page whose angle is looked at to find its turn."""
SKEW = math.radians(8)
"""Angle by which a character may lean from its page's quarter turns; watermarks run at 30 to 60 degrees."""
SMALLEST = 2.0
"""Points of an em below which a character is not meant to be seen."""
LARGEST = 300.0
"""Points of height above which a character is decoration."""
GAP = 0.15
"""Gap between neighbours, in heights, that ends a run. Justified Chinese text stretches by up to .2 of an em; such lines
come in more runs and are joined again."""
BACKWARDS = 0.7
"""Step back, in widths of the character before, that ends a run. Squeezed punctuation steps back by .5; a character drawn
twice by about 1."""
DRIFT = 0.5
"""Vertical distance of two neighbours' centres, in the taller one's heights, within a run."""
DUPLICATE = 0.25
"""Distance, in heights, within which the same character drawn again is the same ink (fake bold moves it by .02 to .1)."""

BROKEN_FONT = 0.3
"""Share of a font's characters flagged as without Unicode above which the whole font is (a font without a map: .6 to 1)."""

WHITE = " \t\r\n\f\v\u00a0\u3000"
_TOKEN = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")

RADICALS_SUPPLEMENT = (
    "⺁厂⺃乚⺄乙⺅亻⺈⺈⺉刂⺋㔾⺌小⺍小⺎兀⺏尣⺐尢⺑尣⺒巳⺓幺⺔彐⺕彐⺖忄⺗小⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭"
    "⺪疋⺫目⺬示⺭礻⺮竹⺯糹⺰纟⺱网⺲罒⺳网⺴网⺵网⺶羊⺷羊⺸羊⺹老⺺聿⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃西⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长"
    "⻔门⻕阝⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
"""Pairs of a CJK Radicals Supplement character and the character that it stands for; Unicode gives no such mapping."""


def _folds() -> dict[int, str]:
    folds = {c: unicodedata.normalize("NFKC", chr(c)) for c in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFADA))}
    folds.update(zip(map(ord, RADICALS_SUPPLEMENT[0::2]), RADICALS_SUPPLEMENT[1::2], strict=True))
    return {code: text for code, text in folds.items() if len(text) == 1}


FOLDS = _folds()
HYPHENS = {0x02: "-", 0xAD: "-"}
"""pdfium writes \\x02 for a hyphen that ends a line; some fonts map their hyphen to the soft one. Both are ink."""
UNMAPPED = "\ufffd"


class Glyphs(NamedTuple):
    """The visible characters in stream order, white space included; all sequences have one length."""

    text: str
    left: Sequence[float]
    top: Sequence[float]
    right: Sequence[float]
    bottom: Sequence[float]


class Run(NamedTuple):
    """Neighbours in the stream, on one line, without a gap: ``text[start:end]`` of the page."""

    x0: float
    top: float
    x1: float
    bottom: float
    start: int
    end: int


def fold_radicals(text: str) -> str:
    """Radicals and compatibility forms, which look like characters and are not, become the characters."""
    return text.translate(FOLDS)


def fold_hyphens(text: str) -> str:
    """The engine's marks for hyphens become hyphens."""
    return text.translate(HYPHENS)


def quarter_turn(characters: Characters) -> int:
    """The quarter turns that set most characters upright, from a sample of their angles.

    /Rotate is ignored: a page may be turned by its content, by /Rotate, or by both.
    """
    step = max(1, len(characters.text) // SAMPLE)
    votes = [0, 0, 0, 0]
    for char, angle in zip(characters.text[::step], characters.angles[::step], strict=True):
        if char > " " and angle >= 0:
            votes[round(-angle / (math.pi / 2)) % 4] += 1
    return votes.index(max(votes))


def upright(box: Quad, turn: int, page: Quad) -> Quad:
    """A box of page space (left, bottom, right, top) on the upright page: x0, top, x1, bottom."""
    x0, y0, x1, y1 = box
    left, bottom, right, top = page
    if turn == 0:
        return x0 - left, top - y1, x1 - left, top - y0
    if turn == 1:
        return y0 - bottom, x0 - left, y1 - bottom, x1 - left
    if turn == 2:
        return right - x1, y0 - bottom, right - x0, y1 - bottom
    return top - y1, right - x1, top - y0, right - x0


def upright_size(turn: int, page: Quad) -> tuple[float, float]:
    """Width and height of the upright page."""
    width, height = page[2] - page[0], page[3] - page[1]
    return (width, height) if turn % 2 == 0 else (height, width)


def upright_glyphs(characters: Characters, turn: int, page: Quad) -> Glyphs:
    """The characters' boxes on the upright page."""
    x0, y1, x1, y0 = (characters.boxes[i::4] for i in range(4))
    left, bottom, right, top = page

    def minus(values: Sequence[float], origin: float) -> list[float]:
        return list(map(sub, values, (origin,) * len(values))) if origin else list(values)

    def from_(origin: float, values: Sequence[float]) -> list[float]:
        return list(map(origin.__sub__, values))

    if turn == 0:
        sides = minus(x0, left), from_(top, y1), minus(x1, left), from_(top, y0)
    elif turn == 1:
        sides = minus(y0, bottom), minus(x0, left), minus(y1, bottom), minus(x1, left)
    elif turn == 2:
        sides = from_(right, x1), minus(y0, bottom), from_(right, x0), minus(y1, bottom)
    else:
        sides = from_(top, y1), from_(right, x1), from_(top, y0), from_(right, x0)
    if turn:
        sides = (
            list(map(min, sides[0], sides[2])),
            list(map(min, sides[1], sides[3])),
            list(map(max, sides[0], sides[2])),
            list(map(max, sides[1], sides[3])),
        )
    return Glyphs(characters.text, *sides)


def kept(glyphs: Glyphs, keep: Sequence[bool]) -> Glyphs:
    """Only the characters marked True."""
    return Glyphs("".join(compress(glyphs.text, keep)), *(list(compress(side, keep)) for side in glyphs[1:]))


def skewed(angles: Sequence[float]) -> list[int]:
    """The characters that stand at no quarter turn (watermarks)."""
    quarter = math.pi / 2
    if not angles or (max(angles) <= SKEW and min(angles) >= 0):
        return []
    return [i for i, a in enumerate(angles) if a >= 0 and abs(a - round(a / quarter) * quarter) > SKEW]


def absurd(glyphs: Glyphs, width: float, height: float) -> list[int]:
    """The characters whose place or size makes no sense: more than a page away, or not a number."""
    return _outside(glyphs, (-width, -height, 2 * width, 2 * height))


def off_page(glyphs: Glyphs, width: float, height: float) -> list[int]:
    """The characters whose centre lies outside the page."""
    return _outside(glyphs, (0.0, 0.0, width, height))


def _outside(glyphs: Glyphs, box: Quad) -> list[int]:
    x0, top, x1, bottom = (2 * side for side in box)
    middles = list(map(add, glyphs.left, glyphs.right))
    levels = list(map(add, glyphs.top, glyphs.bottom))
    heights = list(map(sub, glyphs.bottom, glyphs.top))
    if not middles:
        return []
    inside = x0 <= min(middles) and max(middles) <= x1 and top <= min(levels) and max(levels) <= bottom
    if inside and max(heights) <= LARGEST and math.isfinite(sum(middles) + sum(levels) + sum(heights)):
        return []
    return [
        i
        for i, (x, y, h) in enumerate(zip(middles, levels, heights, strict=True))
        if not (x0 <= x <= x1 and top <= y <= bottom and h <= LARGEST)
    ]


def tiny(glyphs: Glyphs) -> list[int]:
    """The characters whose box is so small that their font's size must be asked for: hidden ones, or a Type 3 font's point
    (its boxes are the ink)."""
    heights = list(map(sub, glyphs.bottom, glyphs.top))
    return [
        i
        for i, height in enumerate(heights)
        if height < SMALLEST and glyphs.right[i] - glyphs.left[i] < SMALLEST and glyphs.text[i] not in WHITE
    ]


def unmapped_text(characters: Characters, fonts: Callable[[], Sequence[int]]) -> tuple[str, float]:
    """The text with every character of uncertain Unicode replaced by U+FFFD, and their share among the visible ones.

    A font without a map gives plausible garbage, digits among it: nothing may be read from it. The engine flags most of such
    a font's characters, not all; where it flags many of them, none of the font's is believed. `fonts` gives the characters'
    fonts and is called only where there are flags.
    """
    text = characters.text
    if 1 in characters.unmapped:
        owners = fonts()
        used = Counter(owners)
        flagged = Counter(font for font, flag in zip(owners, characters.unmapped, strict=True) if flag == 1)
        broken = {font for font, count in flagged.items() if font and count >= BROKEN_FONT * used[font]}
        text = "".join(
            UNMAPPED if flag == 1 or font in broken else char
            for char, flag, font in zip(text, characters.unmapped, owners, strict=True)
        )
    text = _PRIVATE.sub(UNMAPPED, text)
    if UNMAPPED not in text:
        return text, 0.0
    return text, text.count(UNMAPPED) / max(sum(char not in WHITE for char in text), 1)


_PRIVATE = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")


def runs_of(glyphs: Glyphs) -> list[Run]:
    """Cut the stream into runs: at white space, gaps, steps back and changes of line."""
    text, left, top, right, bottom = glyphs
    heights = list(map(sub, bottom, top))
    levels = list(map(add, bottom, top))
    cuts = [
        i
        for i, (gap, back, drift, h, g) in enumerate(
            zip(
                map(sub, left[1:], right),
                map(sub, right, left),
                map(sub, levels[1:], levels),
                heights,
                heights[1:],
                strict=False,
            ),
            1,
        )
        if gap > GAP * (h if h > g else g) or gap < -BACKWARDS * back or abs(drift) > 2 * DRIFT * (h if h > g else g)
    ]
    runs: list[Run] = []
    for token in _TOKEN.finditer(text):
        start, stop = token.span()
        at = bisect_right(cuts, start)
        while start < stop:
            end = cuts[at] if at < len(cuts) and cuts[at] < stop else stop
            at += 1
            runs.append(run_between(glyphs, start, end))
            start = end
    return runs


def run_between(glyphs: Glyphs, start: int, end: int) -> Run:
    """The run of the characters from `start` up to `end`."""
    if end - start == 1:
        return Run(glyphs.left[start], glyphs.top[start], glyphs.right[start], glyphs.bottom[start], start, end)
    return Run(
        glyphs.left[start], min(glyphs.top[start:end]), max(glyphs.right[start:end]), max(glyphs.bottom[start:end]), start, end
    )


def has_overlap(runs: Sequence[Run]) -> bool:
    """Whether two runs on one line cover each other, as they do where text is drawn twice."""
    ordered = sorted(runs, key=lambda run: run.top + run.bottom)
    for i, run in enumerate(ordered):
        limit = run.bottom + run.top + 0.6 * (run.bottom - run.top)
        for other in ordered[i + 1 :]:
            if other.top + other.bottom > limit:
                break
            common = min(run.x1, other.x1) - max(run.x0, other.x0)
            if common > 0.5 * min(run.x1 - run.x0, other.x1 - other.x0) or common > 0.5 * (run.bottom - run.top):
                return True
    return False


def drop_duplicates(glyphs: Glyphs) -> list[int]:
    """The characters that repeat the same character within a fraction of its size: fake bold, or text drawn twice."""
    seen: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    again = []
    for i, char in enumerate(glyphs.text):
        if char in WHITE:
            continue
        height = max(glyphs.bottom[i] - glyphs.top[i], glyphs.right[i] - glyphs.left[i], 1.0)
        reach = DUPLICATE * min(height, max(glyphs.right[i] - glyphs.left[i], height / 4))
        x, y = glyphs.left[i], glyphs.bottom[i]
        if not (math.isfinite(x) and math.isfinite(y)):
            continue
        column, row = int(x // 4), int(y // 4)
        near = (
            place
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for place in seen.get((char, column + dx, row + dy), ())
        )
        if any(abs(px - x) <= reach and abs(py - y) <= reach for px, py in near):
            again.append(i)
        else:
            seen.setdefault((char, column, row), []).append((x, y))
    return again
