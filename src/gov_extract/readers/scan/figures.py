"""Several looks at the ink of one place → its readings, the best first, with how sure each is.

In: what the recogniser says of each line of a place in each image of it, and the ink itself. Out: `Reading`s. Nothing here
knows a form: a figure is told by its characters.

Of a place that may hold a figure there are six decodings: three images (as it is, its specks taken off, its pale ink taken
off), each read freely and as a figure only. All distinct texts stay. Where all are one and the ink does not contradict it,
that text is given twice, by two engines: the reading has been made a second time.
"""

from __future__ import annotations

import re
import string
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from gov_extract.document import Reading
from gov_extract.readers.scan.engine import MINUS, Decoded
from gov_extract.readers.scan.ink import Blot, InkLine, has_dash_before, is_flat

ENGINE, SECOND = "ocr", "ocr_again"
UNTOLD = "\ufffd"
"""Stands for ink that nobody can tell."""
DOUBTED = 0.5
"""What a place whose ink contradicts its reading, or is not all its own, is worth at most."""
DOT, DOT_LOW = 0.3, 0.6
"""Size of a decimal point, in the height of its figures, and how low it stands: its top, in that height from theirs."""
APART = 0.5
"""Gap between two digits, in their height, that no digit has in itself."""
SMALLEST_DOT = 4
"""Pixels of a decimal point."""
LONGEST_FIGURE = 24
"""Characters of a place that may hold a figure with its unit or note; labels are told by their numbering or are longer."""

_LOOKALIKES = str.maketrans("OoQ〇○口lI|丨│", "00000011111")
_BARE = re.compile(r"[0-9][0-9.,]*")
_NUMBERING = re.compile(r"\d{1,2}\s*[.、,．)）]\s*[^\d\s.,]")
_MISTAKABLE = re.compile(r"[A-Za-z0-9()|.,'\"{}\[\]]{1,3}")
"""What dirt makes of one or two digits; dashes and words are no mistaken digits."""
_NOTED = re.compile(r"(-?[0-9][0-9.,]*)(\s*[（(].*)", re.DOTALL)
"""A figure with a note behind it: 22（其中修订16件）."""
SLASHES = ("/", "／", "1", "l", "I", "丿", "ノ")
"""What a slash is read as."""
NEARLY = 0.25
"""Share of the characters of a note that its readings may differ in."""
MOSTLY, THIN = 2 / 3, 2.0
"""Share of a place's images that show a dash, and its width in its height, where the others show something else."""
MISTAKEN = 0.9
"""Weight of a figure where the free decoding saw none."""
_DIGIT = re.compile(r"\d")
_DASHES = re.compile(r"[-–—―─━一_~－‐]+|\.")


class View(NamedTuple):
    """One image of a place: what the recogniser says of each of its lines."""

    lines: tuple[Decoded, ...]

    @property
    def text(self) -> str:
        return "\n".join(tidy(line.text) for line in self.lines)

    @property
    def confidence(self) -> float:
        return min((line.confidence for line in self.lines), default=0.0)


def tidy(text: str) -> str:
    """A line as it is kept: figures in plain digits, whatever look-alikes were seen in their place."""
    text = text.strip()
    plain = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES).replace(" ", "")
    return plain if _BARE.fullmatch(plain) else text


def may_be_figure(text: str) -> bool:
    """Whether a place whose text was read so may hold a figure: then it is looked at again."""
    bare = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if len(bare) <= 3:
        return True
    if len(bare) > LONGEST_FIGURE or _NUMBERING.match(bare):
        return False
    digits = len(_DIGIT.findall(bare))
    return 2 * digits >= len(bare) or (digits > 0 and (bare[0].isdigit() or bare[0] in "-¥"))


def readings_of(
    views: Sequence[View],
    lines: Sequence[InkLine],
    *,
    doubted: bool,
    flat: bool,
    slash: bool = False,
    centred: bool = False,
) -> tuple[Reading, ...]:
    """The readings of a place that may hold a figure.

    Parameters
    ----------
    views
        What was read in each image, the place as it is first.
    lines
        The place's ink.
    doubted
        Whether the place's ink is not all its own: a seal lies over it, or it runs over its borders.
    flat
        Whether its first line begins with a level stroke (`begins_flat`): the recogniser overlooks dashes of figures.
    slash
        Whether its only line is a slash (`is_slash`).
    centred
        Whether its only line lies at half the height of its cell, as the foot or the bar of a digit does not.
    """
    votes: dict[str, float] = {}
    signed = len(lines) == 1 and has_dash_before(lines[0])
    noted = _NOTED.match(views[0].text)
    for view in views:
        for decoded, chance in _decodings(view):
            text = f"-{decoded}" if signed and _BARE.fullmatch(decoded) else decoded
            same = _NOTED.match(text)
            if noted and same and _say_the_same(noted[2], same[2]):
                text, chance = same[1] + noted[2], view.lines[0].leading
            votes[text] = votes.get(text, 0.0) + chance / (2 * len(views))
    first = views[0].text
    order = sorted(votes, key=lambda text: (-votes[text], text != first))
    best = order[0]
    if len(lines) == 1 and is_flat(lines[0]):
        dashes = sum(bool(_DASHES.fullmatch(view.text)) for view in views)
        if dashes == len(views):
            return _agreed("-", min(1.0, 0.9 + votes[best] / 10), doubted=doubted)
        # Noise around a single thin stroke that lies down makes another character of it in some image, but no digit.
        digits = any(_DIGIT.search(view.text) for view in views)
        if centred and dashes >= MOSTLY * len(views) and _is_thin(lines[0]) and not digits:
            return _agreed("-", 1.0, doubted=doubted)
    if slash and best in SLASHES and best != "/":  # or a leaning 1: sums may tell
        return tuple(Reading(text, ENGINE, calibrated(DOUBTED)) for text in ("/", best))
    if not best.strip():
        return (Reading(UNTOLD, ENGINE, 0.0),)
    contradicted = not _sign_fits(best, flat=flat) or (len(lines) == 1 and not _fits(best, lines[0]))
    # A small mark that reads as a dash may be a speck.
    contradicted |= len(lines) == 1 and _is_signed(best) and not signed
    contradicted |= slash and best not in SLASHES
    if len(order) == 1 or all(not text.strip() or votes[text] < 1e-6 for text in order[1:]):
        return _agreed(best, votes[best], doubted=doubted or contradicted)
    worth = [min(votes[text], DOUBTED) if doubted or contradicted else votes[text] for text in order]
    return tuple(Reading(text or UNTOLD, ENGINE, calibrated(value)) for text, value in zip(order, worth, strict=True))


def _say_the_same(note: str, other: str) -> bool:
    """Whether two readings of a note differ in a few characters only, and in none that could change its figure: not in digits,
    in a unit, or in what makes it approximate."""
    ours, theirs = (unicodedata.normalize("NFKC", text) for text in (note, other))
    if len(ours) != len(theirs):
        return False
    apart = [(one, two) for one, two in zip(ours, theirs, strict=True) if one != two]
    telling = _telling()
    return len(apart) <= NEARLY * len(ours) and not any(telling.intersection(pair) for pair in apart)


@cache
def _telling() -> frozenset[str]:
    """The characters that can change what a figure says: digits, dashes, and those of units, scales, and words for nothing or
    about so much."""
    data = tomllib.loads(resources.files("gov_extract").joinpath("data/values.toml").read_text("utf-8"))
    words = (*data["approximate"], *data["counting"], *data["words"], data["scales"], data["dashes"], data["telling"])
    return frozenset("".join(words) + string.digits)


def _is_thin(line: InkLine) -> bool:
    """Whether a line is one stroke, much longer than high."""
    return len(line.blots) == 1 and line.blots[0].width >= THIN * line.blots[0].height


def agree(views: Sequence[View]) -> bool:
    """Whether all decodings of a place in its images say the same."""
    return len({text for view in views for text, _ in _decodings(view)}) == 1


def _agreed(text: str, value: float, *, doubted: bool) -> tuple[Reading, ...]:
    """The one reading of a place; twice where its ink does not contradict it."""
    if doubted:
        return (Reading(text, ENGINE, calibrated(min(value, DOUBTED))),)
    return Reading(text, ENGINE, calibrated(value)), Reading(text, SECOND, calibrated(value))


def _decodings(view: View) -> list[tuple[str, float]]:
    """The two decodings of an image: freely, and, where that can be a figure, as a figure."""
    text = view.text
    if len(view.lines) == 1:
        line = view.lines[0]
        if _BARE.fullmatch(text) or not text:
            return [(text, line.confidence), (line.figure.rstrip(".,"), line.figure_confidence)]
        if _MISTAKABLE.fullmatch(text):
            return [(text, line.confidence), (line.figure.rstrip(".,"), MISTAKEN * line.figure_confidence)]
    return [(text, view.confidence)] * 2


def _sign_fits(text: str, *, flat: bool) -> bool:
    """Whether a text that begins with a figure has a sign if, and only if, its ink begins with a level stroke."""
    return flat == _is_signed(text) if _is_signed(text) or text[:1].isdigit() else True


def _is_signed(text: str) -> bool:
    return text[:1] in MINUS and text[1:2].isdigit()


def _fits(text: str, line: InkLine) -> bool:
    """Whether a line's ink can be that figure: not of more digits than it has, nor a single stroke that lies down, and with a
    dot if, and only if, the figure has a point or comma."""
    bare = text.lstrip("".join(MINUS))
    if not _BARE.fullmatch(bare):
        return True
    if is_flat(line) or _clusters(line) > sum(char.isdigit() for char in bare):
        return False
    return any(_is_dot(blot, line) for blot in line.blots) == any(not char.isdigit() for char in bare)


def _clusters(line: InkLine) -> int:
    """How many digits a line's ink has at least: parts of one are not so far apart."""
    height, count, reach = line.bottom - line.top, 1, line.blots[0].x1
    for blot in line.blots:
        if max(blot.width, blot.height) < DOT * height:
            continue
        if blot.x0 - reach >= APART * height:
            count += 1
        reach = max(reach, blot.x1)
    return count


def _is_dot(blot: Blot, line: InkLine) -> bool:
    """Whether ink is a decimal point: small, low, between others, and none of them above it, as above a part of a digit."""
    height = line.bottom - line.top
    inside = line.x0 < blot.x0 and blot.x1 < line.x1
    small = max(blot.width, blot.height) <= DOT * height and blot.area >= SMALLEST_DOT
    if not (inside and small and blot.top - line.top >= DOT_LOW * height):
        return False
    return not any(other is not blot and other.x0 < blot.x1 and blot.x0 < other.x1 for other in line.blots)


@cache
def _calibration() -> tuple[tuple[float, ...], tuple[float, ...]]:
    source = resources.files("gov_extract").joinpath("data/ocr_confidence.toml").read_text("utf-8")
    data = tomllib.loads(source)
    return tuple(data["from"]), tuple(data["right"])


def calibrated(value: float) -> float:
    """The share of figures read with so many of the decodings' chances that were right: see ``data/ocr_confidence.toml``."""
    bounds, right = _calibration()
    return right[max(0, bisect_right(bounds, value) - 1)]
