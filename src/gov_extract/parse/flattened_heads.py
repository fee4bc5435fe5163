"""The header of a flattened table over several lines: which columns it names, from left to right.

In: the stream, the row below the header. Out: the columns in the order in which they are printed. A line of tabs keeps no
intervals: a header's cell that spans others stands on the line above them as one place, and theirs are on the next line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile

from gov_extract.forms import FormColumn
from gov_extract.parse.columns.headers import says_aside
from gov_extract.parse.stream import Row
from gov_extract.parse.values import is_aside, names_earlier_year, years_in
from gov_extract.parse.vocabulary import WEAK, column_fit, is_header_text

# Lines of a header: what spans all columns, what spans some of them, the columns themselves.
LINES = 3
# A header that lacks one of the form's columns has at least so many others.
FEWEST = 3


def printed_columns(rows: Sequence[Row], top: int, columns: Sequence[FormColumn]) -> tuple[str | None, ...] | None:
    """The codes of the columns above row `top` in the order in which they are printed, None for one that the form has not;
    None where the header does not tell each of `columns` once, or all but one of them and nothing else.
    """
    lines: list[list[str]] = []
    for row in reversed(rows[max(0, top - LINES) : top]):
        if row.kind != "cells" or row.has_figures:
            break
        lines.append([place.text for place in row.places if place.text])
    leaves: list[str] = []
    told: tuple[str | None, ...] | None = None
    for line in lines:
        leaves = _spliced(line, leaves, columns)
        if len(set(leaves)) < len(leaves):
            return None
        # Before the first column stands the corner over the labels.
        codes = tuple(dropwhile(lambda code: code is None, (_code(text, columns) for text in leaves)))
        found = [code for code in codes if code is not None]
        if len(found) > len(set(found)):
            return None
        # The uppermost line that still tells each column once may add columns of its own.
        told = codes if len(found) == len(columns) or len(found) == len(codes) == len(columns) - 1 >= FEWEST else None
    return told


def has_two_years(rows: Sequence[Row], top: int) -> bool:
    """Whether the lines of a header above row `top` name several years, or this one and the last: columns of both stand beside
    each other, and no line of text says where one year's end."""
    years: set[int] = set()
    for row in reversed(rows[max(0, top - LINES - 1) : top]):  # the years stand above what spans all columns of one
        if row.kind != "cells" or row.has_figures:
            break
        texts = ["".join(place.text.split()) for place in row.places if place.text]
        years.update(year for text in texts for year in years_in(text))
        if len(years) > 1 or any(names_earlier_year(text) for text in texts if is_aside(text)):
            return True
    return False


def _spliced(line: Sequence[str], below: Sequence[str], columns: Sequence[FormColumn]) -> list[str]:
    """A line with what stands below it in the place of the cell that spans it; without the table's corner."""
    if not below:
        return list(line)
    spans = [k for k, text in enumerate(line) if is_header_text(text) and _code(text, columns) is None]
    if not spans:
        return list(line)
    at = spans[-1]
    # Before the cell that spans every column stands the corner over the labels.
    whole = all(_code(text, columns) is None for text in line)
    return [*([] if whole else line[:at]), *below, *line[at + 1 :]]


def _code(text: str, columns: Sequence[FormColumn]) -> str | None:
    if says_aside(text, columns):
        return None
    fits = sorted(((column_fit(text, column), column.code) for column in columns), reverse=True)
    if fits[0][0] < 1.0 and is_header_text(text):
        return None
    return fits[0][1] if fits[0][0] >= WEAK and (len(fits) == 1 or fits[0][0] - fits[1][0] > 0.1) else None
