"""Text that keeps its columns by blanks: its lines as words with the characters that they cover.

In: the stream with its lines. Out: the words of every line, without the pieces of groups'
labels that stand beside those of rows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from collections.abc import Sequence as Rows
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import regex

from gov_extract.document import Document, Line
from gov_extract.forms import load_forms
from gov_extract.forms.labels import strip_number
from gov_extract.parse.flat.sequence import group_letters, letters
from gov_extract.parse.flat.upright import Extent
from gov_extract.parse.stream import Row
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import named_rows

# A text keeps its columns by blanks where so many lines have several texts, none of them as long as a line of prose.
SPACED = 5
PROSE = 40
# Characters behind a number by more than which the first line of a broken label is known.
BEGINNING = 3
# A label stands behind those of two groups at most; more texts on a line without figures are a header's.
TEXTS = 3
_LINE = regex.compile(r"line (\d+)")


class Word(NamedTuple):
    """A word of a spaced line: its sheet, the characters that it covers; `first`: more than one blank stands before it; `wide`:
    how many characters before it on its line a terminal shows twice as wide as a digit."""

    text: str
    sheet: int
    x0: int
    x1: int
    first: bool = True
    wide: int = 0

    @property
    def extent(self) -> Extent:
        return Extent(self.x0, self.x1, self.first)


Spaced = dict[int, tuple[Word, ...]]


def spaced_lines(rows: Rows[Row], document: Document, wanted: Rows[int]) -> Spaced | None:
    """The words of every line of a text that keeps its columns by blanks; None where it does not."""
    found: Spaced = {}
    tabular = 0
    for j in wanted:
        block = document.pages[rows[j].block[0]].blocks[rows[j].block[1]]
        if rows[j].kind != "text" or not isinstance(block, Line) or any(word.at is None for word in block.words):
            continue
        found[j] = tuple(_words_in(block))
        tabular += len(block.words) > 1 and all(len(word.text) < PROSE for word in block.words)
    return found if tabular >= SPACED else None


def _words_in(line: Line) -> Iterator[Word]:
    wide = 0
    for word in line.words:
        sheet, at = word.at or (0, 0)
        for match in regex.finditer(r"\S+", word.text):
            yield Word(match[0], sheet, at + match.start(), at + match.end(), not match.start(), wide)
            wide += _wide(match[0])


def _wide(text: str) -> int:
    """How many characters of a text are shown twice as wide as a digit."""
    return sum(unicodedata.east_asian_width(char) in "WF" for char in text)


def is_set_for_terminals(rows: Rows[Rows[Word]], n: int) -> bool:
    """Whether figures of `n` columns line up as a terminal shows them, and by the characters before them do not: blanks were
    counted for characters of two widths."""
    words = [word for row in rows for word in row]
    plain = [(word.x0, word.x1) for word in words]
    shown = [(word.x0 + word.wide, word.x1 + word.wide) for word in words]
    return _columns(shown) <= n < _columns(plain)


def _columns(extents: Rows[tuple[int, int]]) -> int:
    """How many places texts have that line up at their left or right edges, or at their middles but for a half."""
    middles = sorted({x0 + x1 for x0, x1 in extents})
    apart = sum(b - a > 1 for a, b in pairwise(middles)) + bool(middles)
    return min(len({x0 for x0, _ in extents}), len({x1 for _, x1 in extents}), apart)


def line_number(row: Row) -> int | None:
    """The number of the line that a stream row was, where it was one."""
    found = _LINE.fullmatch(row.locator or "")
    return int(found[1]) if found else None


def without_groups(spaced: Spaced) -> Spaced:
    """The lines without the pieces of groups' labels, which stand in front of those of rows and below each other."""
    edges = _edges(spaced)
    return {j: _without_groups(words, edges.get(words[0].sheet)) if words else words for j, words in spaced.items()}


def _without_groups(words: tuple[Word, ...], edge: int | None) -> tuple[Word, ...]:
    texts = [word for word in words if not looks_like_figure(word.text)]
    if len(texts) == len(words) > TEXTS:
        return words
    label = next((k for k, word in enumerate(words) if _begins_row(word.text)), None)
    if label is not None and all(_is_piece(word.text) for word in words[:label]):
        return words[label:]
    n = 0
    while n < len(words) and _is_piece(words[n].text):
        rest = [word.text for word in words[n:] if not looks_like_figure(word.text)]
        if named_rows("".join(rest)) or (words[n].x1 > edge if edge is not None else len(rest) < 2):
            break
        n += 1
    return words[n:]


def _is_piece(text: str) -> bool:
    """Whether a word can be a piece of a group's label; its first character (无) may look like a cell that says nothing."""
    folded = letters(text)
    if looks_like_figure(text) and not folded:
        return False
    return any(folded in group for group in group_letters())


def _edges(spaced: Spaced) -> dict[int, int]:
    """Where the innermost labels of rows begin, by sheet: those with an Arabic number."""
    edges: dict[int, int] = {}
    for words in spaced.values():
        for word in words:
            if _begins_row(word.text):
                edges[word.sheet] = min(word.x0, edges.get(word.sheet, word.x0))
    return edges


def _begins_row(text: str) -> bool:
    """Whether a word is, or begins, a row's label with its Arabic number."""
    number, rest = strip_number(text)
    if number is None or not number.isdigit() or len(rest) <= BEGINNING:
        return False
    folded = letters(rest)
    return any(own == number and label.startswith(folded) for own, label in _numbered_labels())


@cache
def _numbered_labels() -> frozenset[tuple[str, str]]:
    rows = [row for form in load_forms().values() for table in form.tables.values() for row in table.rows]
    found = (strip_number(text) for row in rows for text in (row.label, *row.aliases))
    return frozenset((number, letters(rest)) for number, rest in found if number is not None and number.isdigit())
