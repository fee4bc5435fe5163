"""The words of a page as tokens: which are figures, which belong together.

In: a page's lines of words. Out: `Token`s, and whether they can hold a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import regex

from gov_extract.document import Box, Line, Page, Word, record
from gov_extract.forms.labels import normalise
from gov_extract.parse.indicators import header, unit_of
from gov_extract.parse.once import once
from gov_extract.parse.stream import Place, is_row_number
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import header_words, named_rows

# A page holds parts of a table without cells when it has this many words that are labels, or a line of this many figures.
LABELS = 3
FIGURES = 5
OVERLAP = 0.3
# A label without a known wording ends where the next line is this many heights away.
LOOSE = 0.6
# A blank inside a text is at most this wide, in heights of the text.
BLANK = 0.8
# A text of more characters is prose, not a label or header cell: the longest label has 36, and notes add to it.
PROSE = 60
# The first line of a figure that was broken within its thousands (1,46 of 1,463), or its second one (,463).
_PIECE = regex.compile(r"\p{Nd}*(?:[.,，．]\p{Nd}+)+")


class _Token(NamedTuple):
    """A word with its box and the stream rows (blocks) that it comes from."""

    text: str
    box: Box
    word: Word
    block: tuple[int, int]
    figure: bool


class Token(_Token):
    """A word with its box and the stream rows (blocks) that it comes from."""

    @once
    def height(self) -> float:
        return self.box.bottom - self.box.top

    @once
    def middle(self) -> float:
        return (self.box.top + self.box.bottom) / 2


def header_places(line: Line) -> tuple[Place, ...]:
    """The words of a line that is a header of indicators; none where it is not."""
    places = tuple(place_of(word.text, word.box, word) for word in line.words if word.box is not None)
    return places if len(places) > 1 and header(places) else ()


def words_of(page: Page, p: int, *, with_units: bool) -> list[Token]:
    """The words of a page's lines, each told whether it can only be a figure."""
    if page.number is None:
        return []
    tokens = []
    for b, block in enumerate(page.blocks):
        if not isinstance(block, Line) or (with_units and header_places(block)):
            continue
        words = _whole_words([(word.text, word.box, word) for word in block.words if word.box is not None])
        places = [record(Place, (text, 0.0, 0.0, None)) for text, _, _ in words]
        for k, (text, box, word) in enumerate(words):
            piece = not text[:1].isalpha() and _PIECE.fullmatch(text) is not None
            figure = (piece or looks_like_figure(text)) and not (k == 0 and is_row_number(places, 0))
            figure |= with_units and unit_of(text) is not None
            tokens.append(record(Token, (text, box, word, (p, b), figure)))
    return tokens


def told_by_neighbours(tokens: list[Token], *, with_units: bool) -> list[Token]:
    """Words with what their neighbours say of them: a row's number, or a word (无) of a group's label, is no figure."""
    named = [token for token in tokens if not token.figure and named_rows(token.text)]
    if with_units:  # what stands left of all labels is the number of a row
        left = min((token.box.x0 for token in named), default=0.0)
        tokens = [token._replace(figure=token.figure and token.box.x1 > left) for token in tokens]
    return [token._replace(figure=False) if _is_before_label(token, named) else token for token in tokens]


def _whole_words(words: Sequence[tuple[str, Box, Word]]) -> list[tuple[str, Box, Word]]:
    """The words of a line, those put together that blanks inside a bracket parted: ( 二 ), 3（含自然失效 1 件）."""
    whole: list[tuple[str, Box, Word]] = []
    for n, (text, box, word) in enumerate(words):
        if whole:
            before, around, first = whole[-1]
            near = 0 <= box.x0 - around.x1 <= BLANK * (box.bottom - box.top)
            parted = before.count("(") + before.count("（") > before.count(")") + before.count("）")
            # A bracket that another line closes belongs to a label; what stands behind it is a figure.
            if near and parted and any(")" in other or "）" in other for other, _, _ in words[n:]):
                union = Box(around.x0, min(around.top, box.top), box.x1, max(around.bottom, box.bottom))
                whole[-1] = before + text, union, first
                continue
        whole.append((text, box, word))
    return whole


def _is_before_label(token: Token, named: Sequence[Token]) -> bool:
    """Whether a word that says nothing (无) is a part of a group's label: the label of a row stands behind it."""
    if not token.figure or token.text.isascii():
        return False
    return any(other.box.x0 >= token.box.x1 and is_level(token, other) for other in named)


def is_level(token: Token, other: Token) -> bool:
    """Whether two words stand beside each other, wholly or in part."""
    (_, top, _, bottom), (_, upper, _, lower) = token.box, other.box
    return top < lower and upper < bottom


def holds_row(tokens: Sequence[Token]) -> bool:
    """Whether a line has the label and the unit of an indicator: a page may begin with the last row of a table."""
    named = {token.block for token in tokens if not token.figure and named_rows(token.text)}
    return any(token.block in named and unit_of(token.text) for token in tokens)


def promising(tokens: Sequence[Token]) -> bool:
    """Whether a page's lines can hold a table: several labels among their words, or a line full of figures."""
    words = header_words()
    labels = 0
    figures: dict[tuple[int, int], int] = {}
    for token in tokens:
        if token.figure:
            figures[token.block] = figures.get(token.block, 0) + 1
        elif len(token.text) <= PROSE and (normalise(token.text) in words or named_rows(token.text)):
            labels += 1
    return labels >= LABELS or any(count >= FIGURES for count in figures.values())


def texts_of(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if not token.figure and len(token.text) <= PROSE]


def continues(label: Token, token: Token) -> bool:
    """Whether a word is the next line of a label."""
    return over(label.box, token.box) and 0 <= token.box.top - label.box.bottom + 1 <= LOOSE * token.height + 1


def lines_of(tokens: Iterable[Token]) -> list[list[Token]]:
    """Tokens grouped by height on the page, each line from left to right."""
    lines: list[list[Token]] = []
    for token in sorted(tokens, key=lambda t: t.middle):
        if lines and token.middle - lines[-1][0].middle <= 0.5 * max(token.height, lines[-1][0].height):
            lines[-1].append(token)
        else:
            lines.append([token])
    return [sorted(line, key=lambda t: t.box.x0) for line in lines]


def over(upper: Box, lower: Box) -> bool:
    """Whether two words stand over each other."""
    (x0, _, x1, _), (left, _, right, _) = upper, lower
    if x0 > right or left > x1:
        return False
    return min(x1, right) - max(x0, left) >= OVERLAP * min(x1 - x0, right - left)


def place_of(text: str, box: Box, word: Word) -> Place:
    return record(Place, (text, box.x0, box.x1, word))
