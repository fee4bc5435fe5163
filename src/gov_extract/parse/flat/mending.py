"""Figures that their cell broke over two lines, in text that keeps its columns by blanks.

In: the words of a spaced text's lines. Out: the same with such figures in one piece, on the line of their row.

A figure of two lines is set round the middle of its row: one piece stands on the line above the row's other figures, one below,
under each other, and nothing stands between them. Put together they must read as one figure.
"""

from __future__ import annotations

from collections.abc import Sequence as Rows

import regex

from gov_extract.forms.labels import strip_number
from gov_extract.parse.flat.spaced import Spaced, Word, line_number
from gov_extract.parse.flat.upright import overlap
from gov_extract.parse.stream import Row
from gov_extract.parse.values import looks_like_figure

# Characters by which the pieces of a figure may miss each other: lines are shifted against each other.
MISS = 1
# What the pieces of a figure look like: digits, and a note in brackets that the lower one may end.
_UPPER = regex.compile(r"\d[\d,，.．]*(?:[（(][^（）()]*[）)]?)?")
_LOWER = regex.compile(r"[\d,，.．]*[^（）()]{0,30}[）)]")


def begins_figure(text: str) -> bool:
    """Whether a word is a figure, or the beginning of one."""
    return looks_like_figure(text) or _UPPER.fullmatch(text) is not None


def mended(spaced: Spaced, rows: Rows[Row]) -> Spaced:
    """The lines with broken figures put together."""
    lines = dict(spaced)
    for above, row, below in zip(sorted(spaced), sorted(spaced)[1:], sorted(spaced)[2:], strict=False):
        numbers = [line_number(rows[j]) or 0 for j in (above, row, below)]
        if [number - numbers[0] for number in numbers] != [0, 1, 2]:
            continue
        upper = _pieces(lines[above])
        # The end of a label (情形）) looks like that of a note; it stands below no figure.
        lower = tuple(word for word in _pieces(lines[below]) if any(_is_below(word, one) for one in upper))
        labels = [line[: len(line) - len(end)] for line, end in ((lines[above], upper), (lines[below], lower))]
        if not upper or len(upper) != len(lower) or not _is_one_row(labels[0], lines[row], labels[1]):
            continue
        whole = [_joined(one, other) for one, other in zip(upper, lower, strict=True)]
        if any(not looks_like_figure(word.text) or any(overlap(word.extent, w.extent) for w in lines[row]) for word in whole):
            continue
        if not all(_is_below(other, one) for one, other in zip(upper, lower, strict=True)):
            continue
        beside = labels[0] if labels[0] and not labels[1] else ()  # a label of one line belongs to the line of its figures
        lines[above], lines[below] = () if beside else labels[0], labels[1]
        lines[row] = (*beside, *sorted((*lines[row], *whole), key=lambda word: word.x0))
    return lines


def _is_below(lower: Word, upper: Word) -> bool:
    return upper.x0 - MISS < lower.x1 and lower.x0 - MISS < upper.x1


def _pieces(words: Rows[Word]) -> tuple[Word, ...]:
    """The words at a line's end that can be pieces of figures: behind its label, or all of them."""
    n = len(words)
    while n and _is_piece(words[n - 1].text):
        n -= 1
    return tuple(words[n:])


def _is_piece(text: str) -> bool:
    return _UPPER.fullmatch(text) is not None or _LOWER.fullmatch(text) is not None


def _is_one_row(upper: Rows[Word], middle: Rows[Word], lower: Rows[Word]) -> bool:
    """Whether three lines are the lines of one row: its label stands on the middle one, on the upper one, or on both others; or
    it has none, as the figures of rows that stand side by side."""
    label = [word for word in middle if not looks_like_figure(word.text)]
    if label or not upper:
        return not upper and not lower
    return bool(middle) and strip_number("".join(word.text for word in lower))[0] is None


def _joined(upper: Word, lower: Word) -> Word:
    return Word(upper.text + lower.text, upper.sheet, min(upper.x0, lower.x0), max(upper.x1, lower.x1))
