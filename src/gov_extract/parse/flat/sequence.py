"""The document as one sequence of characters.

In: the stream's rows. Out: a `Sequence`, whose `key` holds nothing but letters and ideographs, folded like labels, with the
place of each in `text`.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Rows
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

import regex

from gov_extract.forms import FormColumn, FormGroup, FormRow, FormTable, load_forms
from gov_extract.forms.labels import normalise, simplified, strip_number
from gov_extract.parse.sections.headings import phrases
from gov_extract.parse.stream import Row
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import TELLING, header_words, strip_note

# Stands for a cell that is there and empty.
EMPTY = "\x1e"
# Stands in the place of what is left out (a reading behind its ideograph): no ink and no gap.
NOTHING = "\x1f"
# Stands for a letter of a label that was found.
LABEL = "\x1d"
# A running head is shorter than this.
HEAD = 60
# A page's label has fewer characters.
WIDE = 20
_READING = regex.compile(r"(?<=\p{Han})[（(][\p{Latin}\p{M}]{1,7}[)）]")
_NOTHINGS = regex.compile(r"(?<!\S)[无無](?!\S)")
BREAK = regex.compile(r"[\d０-９\x1e]|(?<!\S)[-–—－/／无無](?!\S)")
_DIGITS = regex.compile(r"[\d０-９]")


class Sequence(NamedTuple):
    """`text` as it stands, `?` and readings blanked; `row[t]` the stream row of a character; `key` the folded letters, `at[s]`
    the place in `text` of each."""

    text: str
    row: tuple[int, ...]
    key: str
    at: tuple[int, ...]

    def slice(self, start: int, end: int) -> tuple[int, int]:
        """The interval of `text` that the characters `start` to `end` of `key` cover."""
        return self.at[start], self.at[end - 1] + 1


class Span(NamedTuple):
    """A row's label: form row `i`, its interval in `key`, its likeness (1: exactly)."""

    i: int
    start: int
    end: int
    fit: float


@lru_cache(maxsize=8192)
def _folded(char: str) -> str:
    """A character's letters, without digits."""
    return _DIGITS.sub("", normalise(char))


@lru_cache(maxsize=2048)
def letters(text: str) -> str:
    """A label as it stands in `Sequence.key`: normalised, without digits."""
    return _DIGITS.sub("", normalise(text))


def sequence(pieces: Iterable[tuple[int, str]]) -> Sequence:
    """The sequence of (stream row, text); the texts follow each other with nothing between but what they hold."""
    texts: list[str] = []
    rows: list[int] = []
    for j, text in pieces:
        texts.append(text)
        rows.extend([j] * len(text))
    whole = "".join(texts).replace("?", " ").replace("？", " ")
    if "(" in whole or "（" in whole:
        whole = _READING.sub(lambda match: NOTHING * len(match[0]), whole)
    keys: list[str] = []
    at: list[int] = []
    for t, char in enumerate(
        _NOTHINGS.sub(lambda match: NOTHING * len(match[0]), whole) if "无" in whole or "無" in whole else whole
    ):
        folded = _folded(char) if char > "@" else ""
        for letter in folded:
            keys.append(letter)
            at.append(t)
    joined = "".join(keys)
    return Sequence(whole, tuple(rows), _same_length(joined), tuple(at))


def _same_length(text: str) -> str:
    """Words that differ between the scripts, put as labels have them; their length stays."""
    folded = normalise.__wrapped__(text)  # not kept: as long as the document
    return folded if len(folded) == len(text) else text


def row_pieces(rows: Rows[Row], wanted: Rows[int]) -> Iterator[tuple[int, str]]:
    """The texts of stream rows, a tab between places, a line's end behind each row; without page numbers and running heads."""
    left_out = running_lines(rows, wanted)
    for j in wanted:
        if j in left_out:
            continue
        row = rows[j]
        if row.kind == "text":
            yield j, " ".join(place.text for place in row.places) + "\n"
        else:
            yield j, "\t".join(place.text or EMPTY for place in row.places) + "\n"


def bare_text(rows: Rows[Row], wanted: Iterable[int]) -> str:
    """The text of stream rows in simplified script without white space, `?` and readings: quick to make and to search."""
    text = "".join("".join(place.text for place in rows[j].places) for j in wanted)
    text = _READING.sub("", "".join(text.replace("?", "").split())) if "(" in text or "（" in text else "".join(text.split())
    return simplified(text.replace("?", ""))


@cache
def bare_labels(table: FormTable) -> tuple[str, ...]:
    """The labels of a table's rows and columns as they stand in `bare_text`, without numbers and notes."""
    entries: list[FormRow | FormColumn] = [*table.rows, *table.columns]
    texts = (strip_note(strip_number(entry.label)[1]) for entry in entries)
    return tuple(dict.fromkeys("".join(simplified(text).split()) for text in texts))


def running_lines(rows: Rows[Row], wanted: Rows[int]) -> set[int]:
    """The stream rows that are pages' numbers or running heads."""
    return _running_heads(rows, wanted) | _page_labels(rows, wanted)


@cache
def _page_label() -> regex.Pattern[str]:
    data = tomllib.loads(resources.files("gov_extract").joinpath("data/page_labels.toml").read_text("utf-8"))
    return regex.compile("|".join(f"(?:{pattern})" for pattern in data["decorated"]))


def _page_labels(rows: Rows[Row], wanted: Rows[int]) -> set[int]:
    """Lines that are nothing but the number of a page, with what decorates it (- 5 -, 第5页).

    Between dashes it may as well be a row of cells: there the numbers must follow each other.
    """
    found: set[int] = set()
    dashed: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for j in wanted:
        folded = "".join(unicodedata.normalize("NFKC", "".join(place.text for place in rows[j].places)).split())
        if not 1 < len(folded) < WIDE or not _page_label().fullmatch(folded):
            continue
        number = regex.fullmatch(r"([^\p{L}\d]+)([1-9]\d*)([^\p{L}\d]+)", folded)
        if number is None and not any(char.isalpha() for char in folded):
            continue
        if number is None:
            found.add(j)
        else:
            dashed.setdefault((number[1], number[3]), []).append((j, int(number[2])))
    for alike in dashed.values():
        found |= {line for (j, n), (k, m) in pairwise(alike) if m == n + 1 for line in (j, k)}
    return found


def _running_heads(rows: Rows[Row], wanted: Rows[int]) -> set[int]:
    """Lines of text that stand in the document several times, whatever their numbers, and hold none of the form's words."""
    lines: dict[str, list[int]] = {}
    for j in wanted:
        if rows[j].kind == "text":
            texts = [place.text for place in rows[j].places]
            # A figure with a note of several words is one too: 5（含自然失效 2 件）.
            figures = all(looks_like_figure(text) or all(map(looks_like_figure, text.split())) for text in texts)
            folded = letters("".join(texts)) if len(rows[j].joined) < HEAD and not figures else ""
            if len(folded) >= TELLING * 2:
                lines.setdefault(folded, []).append(j)
    again = {line: places for line, places in lines.items() if len(places) > 1}
    return {j for line, places in again.items() if not any(word in line for word in _form_words()) for j in places}


@cache
def _form_words() -> frozenset[str]:
    words = {word for word in header_words() if len(word) > TELLING}
    for form in load_forms().values():
        for table in form.tables.values():
            words |= {letters(strip_number(row.label)[1]) for row in table.rows}
    return frozenset(word for word in words if len(word) > 1)


@cache
def words_of(table: FormTable) -> tuple[str, ...]:
    """What a table holds beside its rows: groups, titles, column headers, corners; longest first."""
    entries: list[FormGroup | FormColumn] = [*table.groups, *(c for row in table.rows for c in row.columns)]
    found = {letters(text) for entry in entries for text in (entry.label, *entry.aliases)}
    found |= {letters(strip_number(group.label)[1]) for group in table.groups}
    found |= {letters(text) for text in table.corner}
    return tuple(sorted((word for word in found if len(word) > 1), key=lambda word: (-len(word), word)))


# A piece of a group's label has at least so many letters.
PIECE = 2


@cache
def group_letters() -> tuple[str, ...]:
    """The letters of all groups' labels."""
    groups = (group.label for form in load_forms().values() for table in form.tables.values() for group in table.groups)
    return tuple(dict.fromkeys(filter(None, map(letters, groups))))


@cache
def section_letters() -> tuple[str, ...]:
    """The letters of the sections' official headings."""
    return tuple(map(letters, phrases()))


@lru_cache(maxsize=1024)
def is_of_groups(text: str) -> bool:
    """Whether a text is nothing but labels of groups, or pieces of them, one behind the other (办理结果法提供)."""
    folded = letters(text)
    reached = {0}
    for end in range(PIECE, len(folded) + 1):
        pieces = (folded[start:end] for start in reached if end - start >= PIECE)
        if any(piece in group for piece in pieces for group in group_letters()):
            reached.add(end)
    return bool(folded) and len(folded) in reached


def without_figures(seq: Sequence, start: int, end: int) -> int:
    """Where a run of letters ends at the latest: before the first figure inside."""
    return next((s for s in range(start + 1, end) if BREAK.search(seq.text, seq.at[s - 1], seq.at[s] + 1)), end)
