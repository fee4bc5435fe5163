"""The form's labels in a document that is one sequence of characters.

In: the sequence, a table of a form. Out: the `Span` of every row's label, in the form's order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from collections.abc import Sequence as Rows
from functools import cache
from itertools import pairwise

import regex

from gov_extract.forms import Form, FormRow, FormTable
from gov_extract.forms.labels import strip_number
from gov_extract.parse.flat.sequence import BREAK, NOTHING, Sequence, Span, letters, words_of
from gov_extract.parse.sections.headings import begins_section, meaning
from gov_extract.parse.vocabulary import TELLING, WEAK, Target, key, similarity, vetoed

# What a chain of labels gains for figures right behind one of them, and pays for each character between two, up to a limit.
FIGURES = 3.0
BETWEEN = 0.1
FAR = 12.0
# A label's worth is its length, up to this many characters.
LONG = 10
# Characters in which a worn label between two known ones is looked for; groups' labels may stand before it.
SEGMENT = 120
_INK = regex.compile(r"[\s\x1f]*(?:[（(][^（）()\d]{0,60}[)）])?[\s\x1f]*[-−–—－/／无無\d０-９\x1e]")


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
        while end < high and not BREAK.search(seq.text, seq.at[end - 1], seq.at[end] + 1):
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
