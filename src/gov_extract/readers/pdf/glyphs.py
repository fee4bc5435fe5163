"""From characters to runs: what is seen on the upright page, in pieces that hold together.

In: `Characters` in page space and the text objects that leave no ink. Out: `Glyphs`, the visible characters with boxes on
the upright page (points, top-down), and `Run`s: stretches of neighbours in stream order without a gap, which all later
steps handle instead of characters (a page has 1,000 characters and 100 to 300 runs).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import compress, repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.document import record
from gov_extract.readers.pdf.pdfium import Characters, Quad

SAMPLE = 48
"""Characters of a page whose angle is looked at to find its turn."""
SKEW = math.radians(8)
"""Angle by which a character may lean from its page's quarter turns; watermarks run at 30 to 60 degrees."""
SMALLEST = 2.0
"""Points of an em below which a character is not meant to be seen."""
LARGEST = 300.0
"""Points of height above which a character is decoration."""
TALL, USUAL = 2.0, 1.4
"""Height of a Chinese character's box, in its widths, above which lines would cover each other; what it then is taken for."""
GAP = 0.15
"""Gap between neighbours, in heights, that ends a run. Justified Chinese text stretches by up to .2 of an em; such lines
come in more runs and are joined again."""
BACKWARDS = 0.7
"""Step back, in widths of the character before, that ends a run. Squeezed punctuation steps back by .5; a character drawn
twice by about 1."""
DRIFT = 0.5
"""Vertical distance of two neighbours' centres, in the taller one's heights, within a run."""
RAISED_SIZE = 0.8
"""Height of a digit, in that of the digit beside it, under which it is a footnote's mark: word processors set these at .55
to .7; the digits of one font differ by .03."""
RAISED_LEVEL = 0.2
"""Distance of the feet of two digits of one size, in their heights, from which one of them is raised (a third of an em in
most programs, of a box that is 1.0 to 1.4 em high)."""
BESIDE = 0.3
"""Share of their height by which two digits beside each other may overlap; more is one digit drawn twice."""
DUPLICATE = 0.25
"""Distance, in heights, within which the same character drawn again is the same ink (fake bold moves it by .02 to .1)."""

BROKEN_FONT = 0.3
"""Share of a font's characters flagged as without Unicode above which the whole font is (a font without a map: .6 to 1)."""

CHINESE_STEP = 8
"""Of the Chinese characters every so many are checked for their Unicode: a broken font has it wrong in most of them."""

WHITE = " \t\r\n\f\v\u00a0\u3000"

HYPHENS = {0x02: "-", 0xAD: "-"}
"""pdfium writes \\x02 for a hyphen that ends a line; some fonts map their hyphen to the soft one. Both are ink."""
UNMAPPED = "\ufffd"


Sides = npt.NDArray[np.float64]


class Glyphs(NamedTuple):
    """The characters in stream order, what is not seen as white space; all arrays have the text's length."""

    text: str
    left: Sides
    top: Sides
    right: Sides
    bottom: Sides


class Run(NamedTuple):
    """Neighbours in the stream, on one line, without a gap: ``text[start:end]`` of the page."""

    x0: float
    top: float
    x1: float
    bottom: float
    start: int
    end: int


def fold_hyphens(text: str) -> str:
    """The engine's marks for hyphens become hyphens."""
    return text.translate(HYPHENS) if "\x02" in text or "\xad" in text else text


def sample(text: str) -> range:
    """The indices of the characters whose angles tell the page's turn."""
    return range(0, len(text), max(1, len(text) // SAMPLE))


def quarter_turn(text: str, angles: Sequence[float]) -> int:
    """The quarter turns that set most characters upright, from the angles of a `sample` of them.

    /Rotate is ignored: a page may be turned by its content, by /Rotate, or by both.
    """
    if max(angles, default=0.0) <= 0:
        return 0
    votes = [0, 0, 0, 0]
    for index, angle in zip(sample(text), angles, strict=True):
        if text[index] > " " and angle >= 0:
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
    x0, y1, x1, y0 = characters.boxes.astype(np.float64).T
    left, top, right, bottom = upright((x0, y0, x1, y1), turn, page)
    if turn:
        left, right = np.minimum(left, right), np.maximum(left, right)
        top, bottom = np.minimum(top, bottom), np.maximum(top, bottom)
    return Glyphs(characters.text, left, top, right, bottom)  # type: ignore[arg-type]


def lowered(glyphs: Glyphs) -> Glyphs:
    """The glyphs, with boxes of an em's height where a font's are so tall that those of two lines cover each other.

    Some producers give a font the box around all its characters for its ascent and descent: 2.9 em for a Chinese one, where
    others say 1.0 to 1.4. What is of such a font is told by the heights of its Chinese characters, whose width is an em.
    """
    text, left, top, right, bottom = glyphs
    codes = _codes(text)
    height, width = bottom - top, right - left
    tall = (codes >= 0x4E00) & (codes <= 0x9FFF) & (height > TALL * width) & (width > 0)
    if not tall.any():
        return glyphs
    limit = height.copy()
    for value in np.unique(np.round(height[tall], 2)).tolist():
        alike = np.abs(height - value) <= 0.01
        limit[alike] = np.minimum(limit[alike], USUAL * np.median(width[alike & tall]))
    middle = (top + bottom) / 2
    return glyphs._replace(top=middle - limit / 2, bottom=middle + limit / 2)


def kept(glyphs: Glyphs, gone: Collection[int]) -> Glyphs:
    """The glyphs without some."""
    keep = np.ones(len(glyphs.text), bool)
    keep[list(gone)] = False
    return Glyphs("".join(compress(glyphs.text, keep)), *(side[keep] for side in glyphs[1:]))


def blanked(glyphs: Glyphs, gone: Collection[int]) -> Glyphs:
    """The glyphs with some made white space, so that their neighbours are not glued together."""
    return glyphs._replace(text="".join(" " if i in gone else char for i, char in enumerate(glyphs.text)))


def skewed(angles: Sequence[float]) -> list[int]:
    """Which of these angles are no quarter turns (watermarks)."""
    quarter = math.pi / 2
    return [i for i, a in enumerate(angles) if a > 0 and abs(a - round(a / quarter) * quarter) > SKEW]


def absurd(glyphs: Glyphs, width: float, height: float) -> list[int]:
    """The characters whose place or size makes no sense: more than a page away, or not a number."""
    return _outside(glyphs, (-width, -height, 2 * width, 2 * height))


def off_page(glyphs: Glyphs, width: float, height: float) -> list[int]:
    """The characters whose centre lies outside the page."""
    return _outside(glyphs, (0.0, 0.0, width, height))


def _outside(glyphs: Glyphs, box: Quad) -> list[int]:
    if not glyphs.text:
        return []
    x, y, height = (glyphs.left + glyphs.right) / 2, (glyphs.top + glyphs.bottom) / 2, glyphs.bottom - glyphs.top
    # Of most pages none: then the outermost are inside.
    least, most = np.minimum.reduce, np.maximum.reduce
    if least(x) >= box[0] and most(x) <= box[2] and least(y) >= box[1] and most(y) <= box[3] and most(height) <= LARGEST:
        return []
    inside = (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3]) & (height <= LARGEST)
    return [i for i in np.flatnonzero(~inside).tolist() if glyphs.text[i] not in WHITE]


def tiny(runs: Sequence[Run]) -> list[int]:
    """The runs so low that their font's size must be asked for: hidden ones, or a flat stroke of a Type 3 font, whose boxes
    are the ink."""
    return [at for at, run in enumerate(runs) if run.bottom - run.top < SMALLEST]


def suspects(text: str) -> list[int]:
    """The characters whose Unicode is checked: all that are not Chinese (figures, and what broken fonts give), and of the
    Chinese ones a few."""
    codes = _codes(text)
    checked = ((codes < 0x2E80) & (codes != 0x20) & (codes != 0x0A) & (codes != 0x0D)) | (codes >= 0xE000)
    checked[::CHINESE_STEP] = True
    return np.flatnonzero(checked).tolist()


@lru_cache(maxsize=4)
def _codes(text: str) -> npt.NDArray[np.uint32]:
    """The characters' numbers; a page's are asked for again and again."""
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)


def unmapped_text(text: str, flags: Sequence[bool], fonts: Sequence[int]) -> str:
    """The text with every character of uncertain Unicode replaced by U+FFFD.

    A font without a map gives plausible garbage, digits among it: nothing may be read from it. The engine flags most of such
    a font's characters, not all; where it flags many of them, none of the font's is believed. `fonts` holds the font of
    each character, 0 for inserted white space.
    """
    used = Counter(fonts)
    flagged = Counter(font for font, flag in zip(fonts, flags, strict=True) if flag)
    broken = {font for font, count in flagged.items() if font and count >= BROKEN_FONT * used[font]}
    return "".join(UNMAPPED if flag or font in broken else char for char, flag, font in zip(text, flags, fonts, strict=True))


def fold_private(text: str) -> str:
    """Private-use characters mean what their font draws: nobody can tell."""
    return _PRIVATE.sub(UNMAPPED, text)


def unmapped_share(text: str) -> float:
    """The share of the visible characters that have no Unicode."""
    if UNMAPPED not in text:
        return 0.0
    return text.count(UNMAPPED) / max(sum(char not in WHITE for char in text), 1)


_PRIVATE = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")


NO_INK = ((0, 0x20), (0x7F, 0xA0), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x2064), (0x3000, 0x3000), (0xFEFF, 0xFEFF))
"""Ranges of white space, control and formatting characters."""
WIDE = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFF60), (0x20000, 0x3FFFF))
"""Ranges of characters that are as wide as they are high."""


def _within(ranges: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """For each number of a character whether it lies in a range; the last stands for all above."""
    within = np.zeros(0x40001, bool)
    for low, high in ranges:
        within[low : high + 1] = True
    return within


_IS_INK, _IS_WIDE = ~_within(NO_INK), _within(WIDE)


def is_wide(text: str) -> npt.NDArray[np.bool_]:
    """Which characters are Chinese, as wide as they are high."""
    return _IS_WIDE.take(_codes(text), mode="clip")


def runs_of(glyphs: Glyphs) -> list[Run]:
    """Cut the stream into runs: at white space, gaps, steps back, changes of line, and between digits of other sizes."""
    text, left, top, right, bottom = glyphs
    if not text:
        return []
    ink = _IS_INK.take(_codes(text), mode="clip")
    height, level = bottom - top, bottom + top
    taller = np.maximum(height[1:], height[:-1])
    gap = left[1:] - right[:-1]
    cut = (gap > GAP * taller) | (gap < -BACKWARDS * (right - left)[:-1])
    cut |= np.abs(level[1:] - level[:-1]) > 2 * DRIFT * taller
    codes = _codes(text)
    digit = (codes >= 0x30) & (codes <= 0x39)
    uneven = (np.minimum(height[1:], height[:-1]) < RAISED_SIZE * taller) | (
        np.abs(bottom[1:] - bottom[:-1]) > RAISED_LEVEL * taller
    )
    cut |= uneven & digit[1:] & digit[:-1] & (gap > -BESIDE * taller)
    first, last = ink.copy(), ink.copy()
    first[1:] &= cut | ~ink[:-1]
    last[:-1] &= cut | ~ink[1:]
    starts, ends = np.flatnonzero(first), np.flatnonzero(last) + 1
    if not len(starts):
        return []
    bounds = np.stack((starts, ends), axis=1).ravel()
    if bounds[-1] == len(text):
        bounds = bounds[:-1]
    return list(
        map(
            record,
            repeat(Run),
            zip(
                left[starts].tolist(),
                np.minimum.reduceat(top, bounds)[::2].tolist(),
                np.maximum.reduceat(right, bounds)[::2].tolist(),
                np.maximum.reduceat(bottom, bounds)[::2].tolist(),
                starts.tolist(),
                ends.tolist(),
                strict=True,
            ),
        )
    )


def raised(run: Run, beside: Run) -> bool:
    """Whether a run of digits is a mark above the line of the digits beside it: smaller, or of their size and higher."""
    height, other = run.bottom - run.top, beside.bottom - beside.top
    if min(run.x1, beside.x1) - max(run.x0, beside.x0) >= BESIDE * max(height, other):
        return False
    if height < RAISED_SIZE * other:
        return True
    return height * RAISED_SIZE <= other and beside.bottom - run.bottom > RAISED_LEVEL * max(height, other)


def run_between(glyphs: Glyphs, start: int, end: int) -> Run:
    """The run of the characters from `start` up to `end`."""
    return Run(
        float(glyphs.left[start]),
        float(glyphs.top[start:end].min()),
        float(glyphs.right[start:end].max()),
        float(glyphs.bottom[start:end].max()),
        start,
        end,
    )


def has_overlap(runs: Sequence[Run]) -> bool:
    """Whether two runs on one line cover each other, as they do where text is drawn twice."""
    ordered = sorted(runs, key=lambda run: run[1] + run[3])
    for i, (x0, top, x1, bottom, _, _) in enumerate(ordered):
        limit = bottom + top + 0.6 * (bottom - top)
        for left, upper, right, lower, _, _ in ordered[i + 1 :]:
            if upper + lower > limit:
                break
            if left >= x1 or x0 >= right:
                continue
            common = min(x1, right) - max(x0, left)
            if common > 0.5 * min(x1 - x0, right - left) or common > 0.5 * (bottom - top):
                return True
    return False


def part_ligatures(glyphs: Glyphs) -> Glyphs:
    """The Latin letters that one glyph stands for (office) side by side: the engine gives each of them the glyph's box."""
    text, left, top, right, bottom = glyphs
    codes = _codes(text)
    letters = (codes >= ord("a")) & (codes <= ord("z"))
    shared = letters[1:] & letters[:-1] & (left[1:] == left[:-1]) & (right[1:] == right[:-1]) & (bottom[1:] == bottom[:-1])
    if not shared.any():
        return glyphs
    left, right = left.copy(), right.copy()
    for start, end in _stretches(shared):
        x0, step = left[start], (right[start] - left[start]) / (end + 1 - start)
        for k in range(start, end + 1):
            left[k], right[k] = x0 + step * (k - start), x0 + step * (k - start + 1)
    return Glyphs(text, left, top, right, bottom)


def _stretches(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where flags are set without a gap: first index, and the one behind the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def drop_duplicates(glyphs: Glyphs) -> list[int]:
    """The characters that repeat the same character within a fraction of its size: fake bold, or text drawn twice."""
    seen: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    again = []
    left, top, right, bottom = glyphs[1:]
    height = bottom - top
    width = np.maximum(right - left, 0.25 * height)
    reaches, drops = DUPLICATE * width, DUPLICATE * np.maximum(height, width)
    alike = _twins(glyphs.text, left, bottom, reaches, drops)
    places = (values[alike].tolist() for values in (left, bottom, reaches, drops))
    for i, x, y, reach, drop in zip(alike.tolist(), *places, strict=True):
        char = glyphs.text[i]
        column, row = int(x // 4), int(y // 4)
        near = (place for dx in (-1, 0, 1) for dy in (-1, 0, 1) for place in seen.get((char, column + dx, row + dy), ()))
        if any(abs(px - x) <= reach and abs(py - y) <= drop for px, py in near):
            again.append(i)
        else:
            seen.setdefault((char, column, row), []).append((x, y))
    return again


def _twins(text: str, x: Sides, y: Sides, reaches: Sides, drops: Sides) -> npt.NDArray[np.intp]:
    """The visible characters that have the same character near by, as far away as any character of the page could reach."""
    codes = _codes(text)
    inked = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & ~np.isin(codes, [ord(char) for char in WHITE]))
    order = inked[np.lexsort((y[inked], codes[inked]))]
    if not len(order):
        return order
    codes, x, y = codes[order], x[order], y[order]
    reach, drop = reaches[order].max(), drops[order].max()
    twin = np.zeros(len(order), bool)
    for lag in range(1, len(order)):
        level = (codes[lag:] == codes[:-lag]) & (y[lag:] - y[:-lag] <= drop)
        if not level.any():
            break
        level &= np.abs(x[lag:] - x[:-lag]) <= reach
        twin[lag:] |= level
        twin[:-lag] |= level
    return np.sort(order[twin])
