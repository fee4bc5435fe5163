"""The document as one sequence of characters, and the form's labels in it.

In: the stream's rows. Out: a `Sequence`, whose `key` holds nothing but letters and ideographs, folded like labels, with the
place of each in `text`; and for a table of a form the `Span` of every row's label, in the form's order.
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

from gov_extract.forms import Form, FormColumn, FormGroup, FormRow, FormTable, load_forms
from gov_extract.forms.labels import normalise, simplified, strip_number
from gov_extract.parse.sections.headings import begins_section, meaning, phrases
from gov_extract.parse.stream import Row
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import TELLING, WEAK, Target, header_words, key, similarity, strip_note, vetoed

# Stands for a cell that is there and empty.
EMPTY = "\x1e"
# Stands in the place of what is left out (a reading behind its ideograph): no ink and no gap.
NOTHING = "\x1f"
# Stands for a letter of a label that was found.
LABEL = "\x1d"
# What a chain of labels gains for figures right behind one of them, and pays for each character between two, up to a limit.
FIGURES = 3.0
BETWEEN = 0.1
FAR = 12.0
# A running head is shorter than this.
HEAD = 60
# A page's label has fewer characters.
WIDE = 20
# A label's worth is its length, up to this many characters.
LONG = 10
# Characters in which a worn label between two known ones is looked for; groups' labels may stand before it.
SEGMENT = 120
_READING = regex.compile(r"(?<=\p{Han})[（(][\p{Latin}\p{M}]{1,7}[)）]")
_INK = regex.compile(r"[\s\x1f]*(?:[（(][^（）()\d]{0,60}[)）])?[\s\x1f]*[-−–—－/／无無\d０-９\x1e]")
_NOTHINGS = regex.compile(r"(?<!\S)[无無](?!\S)")
_BREAK = regex.compile(r"[\d０-９\x1e]|(?<!\S)[-–—－/／无無](?!\S)")
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
def row_keys(row: FormRow) -> tuple[tuple[str, bool], ...]:
    """The ways in which a row's label can stand, longest first, and whether its own numbering must be seen beside it."""
    found: dict[str, bool] = {}
    own, _ = strip_number(row.label)
    for text in (row.label, *row.aliases):
        number, rest = strip_number(text)
        if number is None and own is not None and not own.isdigit():
            found[letters(own + text)] = False
        bare = letters(rest)
        found[letters(text)] = number is not None and letters(text) == bare and len(bare) < TELLING
        if number is not None and not number.isdigit():
            found.setdefault(bare, len(bare) < TELLING)
    return tuple(sorted(found.items(), key=lambda item: -len(item[0])))


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


def numbered(row: FormRow) -> str | None:
    """The Arabic number that the form prints before a row's label."""
    number, _ = strip_number(row.label)
    return number if number is not None and number.isdigit() else None


def _number_before(seq: Sequence, start: int, number: str | None) -> bool:
    if number is None:
        return False
    before = unicodedata.normalize("NFKC", seq.text[max(0, seq.at[start] - 8) : seq.at[start]]).replace(NOTHING, "").rstrip()
    return bool(regex.search(rf"{number}\s*[.、,:)]$", before))


def find_labels(seq: Sequence, form: Form, table: FormTable) -> list[Span]:
    """The rows' labels in the form's order: the heaviest rising chain of exact ones, and worn ones between them."""
    found: list[tuple[Span, float]] = []
    for i, row in enumerate(table.rows):
        taken: set[int] = set()
        for word, alone in row_keys(row):
            start = seq.key.find(word)
            while start >= 0:
                end = start + len(word)
                if end - 1 not in taken and (not alone or _number_before(seq, start, key(row.label).number)):
                    taken.add(end - 1)
                    weight = min(len(word), LONG) + (FIGURES if _INK.match(seq.text, seq.at[end - 1] + 1) else 0.0)
                    weight += 1.0 if _number_before(seq, start, numbered(row)) else 0.0
                    found.append((Span(i, start, end, 1.0), weight))
                start = seq.key.find(word, start + 1)
    found.sort(key=lambda entry: (entry[0].start, entry[0].i))
    chained = _chain(found)
    return _with_worn(seq, form, table, chained) if chained else []


def _chain(found: Rows[tuple[Span, float]]) -> list[Span]:
    best: list[float] = []
    back: list[int] = []
    for n, (span, weight) in enumerate(found):
        top, parent = 0.0, -1
        for m in range(n):
            other = found[m][0]
            if other.i >= span.i or other.end > span.start:
                continue
            value = best[m] - min(FAR, BETWEEN * (span.start - other.end))
            if value > top:
                top, parent = value, m
        best.append(top + weight)
        back.append(parent)
    if not best:
        return []
    n = max(range(len(best)), key=lambda k: (best[k], -k))
    picked = []
    while n >= 0:
        picked.append(found[n][0])
        n = back[n]
    return picked[::-1]


def _with_worn(seq: Sequence, form: Form, table: FormTable, known: list[Span]) -> list[Span]:
    """Add rows whose label is worn: between two known ones a run of text that is like a label and no other known word."""
    have = {span.i for span in known}
    bounds = [Span(-1, max(0, known[0].start - SEGMENT), max(0, known[0].start - SEGMENT), 1.0), *known]
    bounds.append(Span(len(table.rows), min(len(seq.key), known[-1].end + SEGMENT), len(seq.key), 1.0))
    added: list[Span] = []
    for before, behind in pairwise(bounds):
        missing = [i for i in range(before.i + 1, behind.i) if i not in have]
        if not missing:
            continue
        at = before.end
        for i in missing:
            best: Span | None = None
            for start, end in _runs(seq, table, at, behind.start):
                text = seq.text[slice(*seq.slice(start, end))]
                bare = strip_number(text)[1]
                if begins_section(bare) or meaning(bare)[1]:
                    continue
                folded = key(f"{_printed_number(seq, start)}{text}")
                fit = similarity(folded, form.id, Target(table.id, table.rows[i].code))
                if (
                    fit >= WEAK
                    and (best is None or fit > best.fit)
                    and not vetoed(folded, form, Target(table.id, table.rows[i].code))
                ):
                    best = Span(i, start, end, min(fit, 0.99))
            if best is not None:
                added.append(best)
                at = best.end
    return sorted([*known, *added], key=lambda span: span.start)


def _printed_number(seq: Sequence, start: int) -> str:
    found = regex.search(r"(?<!\d)\d{1,2}\s*[.、．]\s*$", seq.text[max(0, seq.at[start] - 6) : seq.at[start]])
    return found[0] if found else ""


def _runs(seq: Sequence, table: FormTable, low: int, high: int) -> Iterator[tuple[int, int]]:
    """The runs of letters between `low` and `high` without a figure inside, known words before them cut off in every way."""
    words = words_of(table)
    start = low
    while start < high:
        end = start + 1
        while end < high and not _BREAK.search(seq.text, seq.at[end - 1], seq.at[end] + 1):
            end += 1
        run = start
        while run < end:
            word = next((w for w in words if seq.key.startswith(w, run) and run + len(w) <= end), None)
            if word is None:
                break
            run += len(word)
        if run < end:
            # A label ends where its figures begin, or, without any, where a group, a header or another line follows; they
            # may stand before it too.
            found = {(k, k + len(w)) for w in words for k in _places(seq.key, w, run, end)}
            found |= {(k, k) for k in range(run + 1, end) if "\n" in seq.text[seq.at[k - 1] : seq.at[k]]}
            ends = [end, *sorted({k for k, _ in found if k > run}, reverse=True)]
            for first in [run, *sorted({stop for _, stop in found if stop < end})]:
                yield from ((first, last) for last in ends if last > first)
        start = end


def without_figures(seq: Sequence, start: int, end: int) -> int:
    """Where a run of letters ends at the latest: before the first figure inside."""
    return next((s for s in range(start + 1, end) if _BREAK.search(seq.text, seq.at[s - 1], seq.at[s] + 1)), end)


def _places(text: str, word: str, low: int, high: int) -> Iterator[int]:
    k = text.find(word, low, high)
    while k >= 0:
        yield k
        k = text.find(word, k + 1, high)


def printed_label(seq: Sequence, start: int, end: int, number: str | None) -> str:
    """A label as printed: with its Arabic number and the brackets around its numeral, without gaps."""
    first, last = seq.slice(start, end)
    before = seq.text[max(0, first - 8) : first]
    if number is not None:
        found = regex.search(rf"[（(]?{number}\s*[.、．,，:：)）]\s*$", unicodedata.normalize("NFKC", before))
        first -= len(found[0]) if found else 0
    elif before[-1:] in "（([【":
        first -= 1
    while seq.text[last : last + 1] in {"”", '"', "」", "』"}:
        last += 1
    return "".join(seq.text[first:last].replace(NOTHING, "").split())
