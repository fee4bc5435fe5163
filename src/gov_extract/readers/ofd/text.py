"""Text objects → characters with boxes.

In: a TextObject and the matrix that moves its space to the page. Out: characters added to a `Pen`, each with the box of its
advance and the direction of its line, in page space (points, y upwards).

The package rarely holds the fonts that it names, so that advances come from what stands there: the distance to the next
character where it can be an advance, else the usual one of the kind of character.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.readers.ofd.package import children, number
from gov_extract.readers.pdf.boxes import moved
from gov_extract.readers.pdf.glyphs import WIDE
from gov_extract.readers.pdf.pdfium import MAX_CHARACTERS, Matrix, Quad

if TYPE_CHECKING:
    from lxml import etree

ASCENT, DESCENT = 0.88, 0.12
"""Ems that a character's box reaches above and below its baseline: those of the usual Chinese fonts."""
USUAL_SIZE = 3.5
"""Millimetres of an em where a text object names none: ten points."""
APART = 0.3
"""Gap, in ems, between neighbours from which the text has a blank there, as where lines are joined."""
BACK = 0.7
"""Step back, in ems, that is not the next character of a word."""
DRIFT = 0.5
"""Ems by which neighbours of one line may stand higher or lower than each other."""

# Ems of the advance: usual, least and most. A distance beyond the most is a gap, one below the least an overlap. Half-width
# characters are taken a trace wider than half an em: a blank of half an em beside one parts no words.
_IDEOGRAPH = (1.0, 0.5, 1.0)
_DIGIT = (0.52, 0.35, 0.62)
_NARROW = (0.52, 0.15, 0.62)
_BROAD = (0.8, 0.5, 1.05)
_LETTER = (0.52, 0.25, 0.8)
_FULL_WIDTH = frozenset("“”‘’—…·×÷℃‰①②③④⑤⑥⑦⑧⑨⑩㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩■□●○◆◇★☆▲△√※→←↑↓─━│┃┌┐└┘├┤┬┴┼")
_LAYOUT = re.compile(r"[\r\n\t]+ *")
"""A line break of pretty-printed XML, with the indent behind it."""


class Pen:
    """The characters of a page in the order in which it draws them.

    `text` holds them with white space where there is a gap; `boxes` left, top, right, bottom of each; `angles` the clockwise
    angle of its line in radians (-1 for white space); `unseen` the indices of those that leave no ink, `white` of those that
    leave some on a ground only.
    """

    def __init__(self) -> None:
        self.text: list[str] = []
        self.boxes = array("d")
        self.angles: list[float] = []
        self.unseen: set[int] = set()
        self.white: set[int] = set()
        self.complete = True

    def add(self, char: str, box: Quad, angle: float) -> None:
        """Add a character with ink; `box` is left, bottom, right, top."""
        if len(self.text) >= MAX_CHARACTERS:
            self.complete = False
            return
        left, bottom, right, top = box
        self.text.append(char)
        self.boxes.extend((left, top, right, bottom))
        self.angles.append(angle)

    def gap(self, char: str) -> None:
        """Add white space, where none stands yet."""
        if self.text and self.text[-1] not in " \n" and len(self.text) < MAX_CHARACTERS:
            self.text.append(char)
            self.boxes.extend((0.0, 0.0, 0.0, 0.0))
            self.angles.append(-1.0)


class Face(NamedTuple):
    """How a text object sets its characters: em in its own space, width of a glyph by its usual one, quarter turns clockwise
    of the glyphs and of the line, and whether the font draws what the characters say."""

    size: float
    scale: float
    turn: int
    line: int
    readable: bool


def draw_text(element: etree._Element, space: Matrix, pen: Pen, *, inked: bool, readable: bool) -> None:
    """Add the characters of a text object.

    Parameters
    ----------
    element
        The TextObject.
    space
        From its space (millimetres, y downwards) to the page's.
    inked
        Whether it leaves ink.
    readable
        Whether its font draws what its characters say; those of symbol fonts are shown as private-use characters.
    """
    size = number(element.get("Size") or element.get("size"), USUAL_SIZE)
    scale = number(element.get("HScale"), 1.0)
    face = Face(
        size if 0 < size < 1e6 else USUAL_SIZE,
        scale if 0.01 < scale < 100 else 1.0,
        _quarter(element.get("CharDirection")),
        _quarter(element.get("ReadDirection")),
        readable,
    )
    start = len(pen.text)
    codes = list(children(element, "TextCode"))
    transforms = list(children(element, "CGTransform")) if len(codes) == 1 else []
    x = y = 0.0
    for code in codes:
        x, y = number(code.get("X"), x), number(code.get("Y"), y)
        _draw_code(code, (x, y), face, transforms, space, pen)
    if not inked:
        pen.unseen.update(range(start, len(pen.text)))


def _quarter(told: str | None) -> int:
    return round(number(told, 0.0) / 90) % 4 if told else 0


def _draw_code(
    code: etree._Element,
    start: tuple[float, float],
    face: Face,
    transforms: Sequence[etree._Element],
    space: Matrix,
    pen: Pen,
) -> None:
    across, down = deltas(code.get("DeltaX")), deltas(code.get("DeltaY"))
    text = text_of(code, max(across.total, down.total))[:MAX_CHARACTERS]
    if not text:
        return
    told = bool(across.total or down.total)
    steps = list(zip(across.first(len(text) - 1), down.first(len(text) - 1), strict=True)) if told else []
    glyphs = glyph_of_each(transforms, len(text))
    if glyphs and max(across.total, down.total) == glyphs[-1] != len(text) - 1:
        steps = _steps_of_glyphs(steps, glyphs)
    a, b, _, _, _, _ = space
    angle = (face.turn * math.pi / 2 - math.atan2(b, a)) % (2 * math.pi)
    em, unit = face.size * math.hypot(a, b), face.size * face.scale
    x, y = start
    for k, char in enumerate(text):
        usual, least, most = advances(char)
        usual, least, most = usual * unit, least * unit, most * unit
        step = steps[k] if k < len(steps) else None
        width = usual
        if step is not None:
            along = (step[0], step[1], -step[0], -step[1])[face.turn]
            width = along if least <= along <= most else usual
        if char.isspace():
            pen.gap(" ")
        else:
            box = moved(_glyph_box(x, y, width, face), space)
            _part(pen, box, angle, em)
            if not told:
                _give_way(pen, box, angle, em)
            pen.add(char if face.readable else "\ue000", box, angle)
        if step is not None:
            x, y = x + step[0], y + step[1]
        else:
            onward = width if (face.turn - face.line) % 2 == 0 else face.size
            x += (onward, 0.0, -onward, 0.0)[face.line]
            y += (0.0, onward, 0.0, -onward)[face.line]


def _glyph_box(x: float, y: float, width: float, face: Face) -> Quad:
    """The box of a glyph that begins at a point: x0, top, x1, bottom, y downwards."""
    above, below = ASCENT * face.size, DESCENT * face.size
    if face.turn == 0:
        return x, y - above, x + width, y + below
    if face.turn == 1:
        return x - below, y, x + above, y + width
    if face.turn == 2:
        return x - width, y - below, x, y + above
    return x - above, y - width, x + below, y


def _part(pen: Pen, box: Quad, angle: float, em: float) -> None:
    """Set white space before a character that does not go on where the one before it ended."""
    if not pen.text or pen.angles[-1] < 0:
        return
    left, top, right, bottom = pen.boxes[-4:]
    before, here = _along((left, bottom, right, top), angle), _along(box, angle)
    if abs(before[2] + before[3] - here[2] - here[3]) > 2 * DRIFT * em:
        pen.gap("\n")
    elif here[0] - before[1] > APART * em or here[0] < before[0] - BACK * em:
        pen.gap(" ")


def _give_way(pen: Pen, box: Quad, angle: float, em: float) -> None:
    """Make the half-width character before no wider than up to this one, where that stands alone in its object: how wide it is
    nobody says."""
    if not pen.text or pen.angles[-1] != angle or pen.text[-1] > "~":
        return
    left, top, right, bottom = pen.boxes[-4:]
    before, here = _along((left, bottom, right, top), angle), _along(box, angle)
    level = abs(before[2] + before[3] - here[2] - here[3]) <= 2 * DRIFT * em
    if level and before[0] + _NARROW[1] * em <= here[0] < before[1]:
        side = (-2, -1, -4, -3)[_turns(angle)]
        pen.boxes[side] = here[0] if side in (-2, -3) else -here[0]


def _turns(angle: float) -> int:
    return round(angle / (math.pi / 2)) % 4


def _along(box: Quad, angle: float) -> Quad:
    """A box of page space (left, bottom, right, top) as its line runs: from, to, and across the line from, to."""
    left, bottom, right, top = box
    turns = _turns(angle)
    if turns == 0:
        return left, right, bottom, top
    if turns == 1:
        return -top, -bottom, left, right
    if turns == 2:
        return -right, -left, bottom, top
    return bottom, top, left, right


class Deltas(NamedTuple):
    """Distances between neighbours, counted: how often each comes, and how many there are in all."""

    runs: tuple[tuple[int, float], ...]
    total: int

    def first(self, wanted: int) -> list[float]:
        """As many distances as wanted. A list that ends early goes on with its last one, as viewers have it; an empty one is
        all zeros."""
        found: list[float] = []
        for times, value in self.runs:
            found.extend([value] * min(times, wanted - len(found)))
        last = self.runs[-1][1] if self.runs else 0.0
        return found + [last] * (wanted - len(found))


def deltas(told: str | None) -> Deltas:
    """A list of distances; ``g 4 1.5`` stands for four times 1.5."""
    words = (told or "").replace(",", " ").split()
    runs: list[tuple[int, float]] = []
    at = 0
    while at < len(words):
        if words[at] in ("g", "G"):
            times, value = _finite(words[at + 1 : at + 2]), _finite(words[at + 2 : at + 3])
            if times is not None and value is not None and times >= 1:
                runs.append((int(min(times, MAX_CHARACTERS)), value))
            at += 3
            continue
        value = _finite(words[at : at + 1])
        if value is not None:
            runs.append((1, value))
        at += 1
    return Deltas(tuple(runs), sum(times for times, _ in runs))


def _finite(words: Sequence[str]) -> float | None:
    try:
        value = float(words[0])
    except (IndexError, ValueError):
        return None
    return value if math.isfinite(value) else None


def text_of(code: etree._Element, distances: int) -> str:
    """The characters of a TextCode, without what a pretty printer set around them; where the distances count them, they decide
    whether blanks at the ends are the text's own."""
    text = _LAYOUT.sub("", code.text or "")
    bare = text.strip(" ")
    return bare if bare and len(text) - 1 != distances == len(bare) - 1 else text


@lru_cache(maxsize=8192)
def advances(char: str) -> tuple[float, float, float]:
    """Ems of a character's advance: usual, least, most."""
    point = ord(char)
    if point < 0x80:
        if char.isdecimal():
            return _DIGIT
        if char in "iljtfrI.,:;'!|()[]{} -":
            return _NARROW
        return _BROAD if char.isupper() or char in "mw%@&" else _LETTER
    if char in _FULL_WIDTH or any(low <= point <= high for low, high in WIDE) or 0xE000 <= point <= 0xF8FF:
        return _IDEOGRAPH
    return _LETTER


def glyph_of_each(transforms: Sequence[etree._Element], count: int) -> list[int]:
    """For each of so many characters the number of the glyph that draws it, where some glyphs draw several (ligatures), or
    some characters take several; empty where glyphs and characters run alike."""
    spans = []
    for transform in transforms:
        at, codes, glyphs = (int(number(transform.get(name), 1.0)) for name in ("CodePosition", "CodeCount", "GlyphCount"))
        if codes != glyphs and 0 <= at < count and codes > 0 and glyphs > 0:
            spans.append((at, min(codes, count - at), min(glyphs, count)))
    if not spans:
        return []
    found: list[int] = []
    glyph = 0
    starts = {at: (codes, glyphs) for at, codes, glyphs in spans}
    while len(found) < count:
        codes, glyphs = starts.get(len(found), (1, 1))
        found.extend(glyph + k * glyphs // codes for k in range(codes))
        glyph += glyphs
    return found[:count]


def _steps_of_glyphs(steps: Sequence[tuple[float, float]], glyphs: Sequence[int]) -> list[tuple[float, float]]:
    """Distances between glyphs as distances between characters; those of one ligature share its place evenly."""
    found = []
    k = 0
    while k < len(glyphs) - 1:
        same = k
        while same + 1 < len(glyphs) and glyphs[same + 1] == glyphs[k]:
            same += 1
        end = glyphs[same + 1] if same + 1 < len(glyphs) else glyphs[k] + 1
        whole = steps[glyphs[k] : min(end, len(steps))]
        parts = same - k + 1
        x, y = sum(step[0] for step in whole) / parts, sum(step[1] for step in whole) / parts
        found += [(x, y)] * parts
        k = same + 1
    return found[: len(glyphs) - 1]
