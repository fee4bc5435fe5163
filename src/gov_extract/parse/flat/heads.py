"""The header's cells of a table that keeps its columns by blanks.

In: the lines above the table's figures as words with the characters that they cover, the columns' labels. Out: the pieces of
each column's cell.

A cell's text may be broken over lines, and lines are shifted against each other, so that its pieces need not stand below each
other. What holds is the order: on each line the pieces of one column stand before those of the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from gov_extract.forms import FormColumn
from gov_extract.parse.flat.sequence import letters
from gov_extract.parse.flat.spaced import Word
from gov_extract.parse.flat.upright import Head
from gov_extract.parse.vocabulary import CLEAR, column_fit, strip_note

# Steps in making up the columns' labels of pieces before it is given up.
STEPS = 4000
# Columns and pieces in all that may be left over: worn ones.
SPARE = 2

Lines = Sequence[Sequence[Word]]
Made = tuple[tuple[int, Word], ...]


class Heads(NamedTuple):
    """The pieces of header cells that stand on one sheet; `whole`: the cells of all columns are known, there or on the sheet
    before."""

    pieces: tuple[Head, ...] = ()
    whole: bool = False


def find_heads(lines: Lines, names: Sequence[Collection[str]], sheet: int) -> Heads:
    """The pieces of the cells that are labelled with `names` (folded letters, for each column), of the nearest lines that make
    them up; with at most `SPARE` worn ones left out; none where they do not."""
    for spare in range(SPARE + 1 if len(names) > 2 * SPARE else 1):
        for count in range(1, len(lines) + 1):
            made = spell([pieces_of(line, names) for line in lines[-count:]], names, spare)
            if made is not None:
                return _with_leads(lines[-count:], dict(_by_word(made)), sheet, len(names))
    return Heads()


def pieces_of(line: Sequence[Word], names: Sequence[Collection[str]]) -> list[Word]:
    """The words of a line that can be pieces of cells with these labels."""
    return [word for word in line if (text := _letters(word)) and any(text in name for own in names for name in own)]


def spell(lines: Lines, names: Sequence[Collection[str]], spare: int = 0) -> Made | None:
    """The pieces of the cells with these labels, from left to right; None where the lines' words do not make them up."""
    return _Speller(lines, names).make(0, (0,) * len(lines), spare)


def _by_word(made: Made) -> Iterator[tuple[int, int]]:
    for k, word in made:
        yield id(word), k


def _with_leads(lines: Lines, columns: dict[int, int], sheet: int, n: int) -> Heads:
    found = []
    for line in lines:
        lead = 0
        for word in line:
            k = columns.get(id(word))
            if word.first:
                lead = k or 0
            if k is not None and word.sheet == sheet:
                found.append(Head(word.extent, k, lead))
    # So is a word on another line that begins one character behind a cell before it: the lines of one text are set together.
    for at, head in enumerate(found):
        near = [other for other in found if other.k < head.k and other.extent.x1 + 1 == head.extent.x0]
        if near:
            found[at] = head._replace(lead=min(head.lead, *(other.lead for other in near)))
    # What stands below a word that may be shifted may be shifted with it.
    leads = {k: min(head.lead for head in found if head.k == k) for k in {head.k for head in found}}
    found = [
        head if leads[head.k] == head.k else Head(head.extent._replace(first=False), head.k, leads[head.k]) for head in found
    ]
    # A cell that begins left of the end of one before it is shifted out of its place.
    sound = [head for head in found if not any(other.k < head.k and other.extent.x1 > head.extent.x0 for other in found)]
    return Heads(tuple(sound), len(set(columns.values())) == n)


class _Speller:
    """Makes up labels of the pieces of several lines, each line's in their order."""

    def __init__(self, lines: Lines, names: Sequence[Collection[str]]) -> None:
        self._lines, self._names = lines, names
        self._failed: set[tuple[int, tuple[int, ...], int]] = set()
        self._steps = 0

    def make(self, k: int, at: tuple[int, ...], spare: int) -> Made | None:
        """The pieces of the columns from `k` on, from the places `at` of the lines on, with at most `spare` left over."""
        state = (k, at, spare)
        self._steps += 1
        if state in self._failed or self._steps > STEPS:
            return None
        left = sum(len(line) - n for line, n in zip(self._lines, at, strict=True))
        if k == len(self._names):
            return () if left <= spare else None
        for name in sorted(self._names[k]):
            for after, used in self._spelled(name, 0, at):
                rest = self.make(k + 1, after, spare)
                if rest is not None:
                    return (*((k, word) for word in used), *rest)
        if spare:
            skipped = self.make(k + 1, at, spare - 1)
            for n, place in enumerate(at):
                if skipped is None and place < len(self._lines[n]):
                    skipped = self.make(k, (*at[:n], place + 1, *at[n + 1 :]), spare - 1)
            if skipped is not None:
                return skipped
        self._failed.add(state)
        return None

    def _spelled(self, name: str, n: int, at: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[Word, ...]]]:
        """The ways to spell `name` with the next pieces of the lines from the `n`-th on, one a line at most."""
        if not name:
            yield at, ()
        elif n < len(at):
            word = self._lines[n][at[n]] if at[n] < len(self._lines[n]) else None
            if word is not None and name.startswith(text := _letters(word)):
                for after, used in self._spelled(name[len(text) :], n + 1, (*at[:n], at[n] + 1, *at[n + 1 :])):
                    yield after, (word, *used)
            yield from self._spelled(name, n + 1, at)


def _letters(word: Word) -> str:
    return letters(strip_note(word.text))


def worn_heads(lines: Lines, columns: Sequence[FormColumn], beside: Collection[str], sheet: int) -> Heads:
    """The cells of a header that may be worn, by the nearest word that is like each; none where not all columns have one.

    What stands in the corner (`beside`) is no such word.
    """
    words = [word for line in reversed(lines) for word in line if letters(word.text) not in beside]
    found: dict[int, int] = {}
    last = None
    for k, column in enumerate(columns):
        word = next((w for w in words if id(w) not in found and column_fit(strip_note(w.text), column) >= CLEAR), None)
        if word is None or (last is not None and word.x0 < last.x1):
            return Heads()
        found[id(word)] = k
        last = word
    return _with_leads(lines, found, sheet, len(columns))
