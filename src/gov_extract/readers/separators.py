"""Tables flattened with commas, semicolons or strokes → the same text with tabs.

In: a text. Out: the text in which the lines of tables have a tab for each separator, everything else untouched.

Commas also stand in prose and in labels. So the text is asked first: a separator makes tables where several lines have a
label and figures between nothing but that sign. Then the lines with one figure, and the header lines beside, are rows too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from gov_extract.readers.lines import BLANKS

SEPARATORS = ",，;；|｜│¦"
ROWS = 3
"""Lines with a label and figures that a text must have before one of these signs is taken for a separator of cells."""
FIGURES = 2
"""Figures, or places for them, that such a line has at least."""
LONGEST = 80
"""Characters of a label's or header's cell at most (the longest label has about 60 with its note); longer ones are prose."""
SHORT = 30
"""The same of a row with a single place, and of its head."""
GROUP = 3
"""Digits between two commas of a figure with thousands."""
HEADER_LINES = 3
"""Lines of a header at most, which have no figures, above a row."""

_FIGURE = re.compile(
    r"[-+－−–—]?[¥￥]?(?:[0-9０-９]{1,3}(?:[,，][0-9０-９]{3})+|[0-9０-９])[0-9０-９.．]*"
    r"(?: ?[\u4e00-\u9fff]{0,3})?(?:[（(][^（()）]{1,30}[）)])?|[-－−–—/／]+|无"
)
_PIPE = re.compile(r"(?<!\\)\|")
_THOUSANDS = re.compile(r"(?<![\d,，])\d{1,3}(?:[,，]\d{3})+(?![\d,，])")


def tabbed(text: str) -> str:
    """The text with tabs in the lines of tables that have other separators."""
    if not any(sign in text for sign in SEPARATORS):
        return text
    lines = text.split("\n")
    sign, rows = max(((sign, _rows(lines, sign)) for sign in SEPARATORS), key=lambda found: sum(found[1].values()))
    if sum(rows.values()) < ROWS:
        return text
    for at in [*rows, *_headers(lines, sign, rows)]:
        if sign != "|" or len(_PIPE.findall(lines[at])) == 1:  # several pipes are a row of Markdown, frame and all
            lines[at] = "\t".join(_cells(lines[at], sign))
    return "\n".join(lines)


def _cells(line: str, sign: str) -> list[str]:
    line = line.rstrip("\r")
    if '"' in line:
        try:
            return [cell.strip(BLANKS) for cell in next(csv.reader([line], delimiter=sign, strict=False), [])]
        except csv.Error:
            pass  # quotes that are no CSV's: a line's end inside, a cell without end
    cells = (_PIPE if sign == "|" else re.compile(re.escape(sign))).split(line)
    return [cell.strip(BLANKS) for cell in cells]


def _rows(lines: Sequence[str], sign: str) -> dict[int, bool]:
    """The lines that are a label and figures between separators: number → whether it has several places for figures."""
    found = {}
    for at, line in enumerate(lines):
        if sign not in line or "\t" in line or "。" in line:
            continue
        if sign not in _THOUSANDS.sub("", line) and not line.lstrip(BLANKS)[:1].isdigit():
            continue  # a label and figures with thousands, held apart by something else
        if _THOUSANDS.fullmatch(line.strip(BLANKS)):
            continue  # one figure with its thousands, on a line of its own
        cells = _cells(line, sign)
        figures = [bool(_FIGURE.fullmatch(cell)) for cell in cells]
        if not any(figures):
            # A blank row: its label, and nothing in any of its places.
            label = [cell for cell in cells if cell]
            several = len(cells) > FIGURES
            if not label or any(cells[-FIGURES if several else -1 :]) or max(map(len, label)) > (LONGEST if several else SHORT):
                continue
            if several or (len(label) == 1 and _is_head(lines, at - 1, sign, len(cells))):
                found[at] = several
            continue
        first = figures.index(True)
        tail = cells[first:]
        if all(figure or not cell for figure, cell in zip(figures[first:], tail, strict=True)):
            label = [cell for cell in cells[:first] if cell]
            if label and label[-1][-1].isdecimal() and all(cell.isdecimal() and len(cell) == GROUP for cell in tail):
                continue  # a figure with its thousands behind another one, or behind its label
            if all(len(cell) <= LONGEST for cell in label) and (label or len(tail) > FIGURES):
                found[at] = len(tail) >= FIGURES
    return found


def _is_head(lines: Sequence[str], at: int, sign: str, width: int) -> bool:
    """Whether line `at` is the head of a row of so many places: a short text in each, none a figure. Sentences and points in a
    list, too, may end in a separator."""
    while at >= 0 and not lines[at].strip(BLANKS):
        at -= 1
    if at < 0 or sign not in lines[at] or "。" in lines[at]:
        return False
    cells = _cells(lines[at], sign)
    return len(cells) == width and all(0 < len(cell) <= SHORT and not _FIGURE.fullmatch(cell) for cell in cells)


def _headers(lines: Sequence[str], sign: str, rows: dict[int, bool]) -> list[int]:
    """The lines without figures beside rows that are cut by the same separator."""
    found: list[int] = []
    for step in (-1, 1):
        for row in rows:
            at, count = row + step, 0
            while 0 <= at < len(lines) and count < HEADER_LINES and at not in rows:
                if lines[at].strip(BLANKS):
                    cells = _cells(lines[at], sign)
                    if len(cells) < 2 or "\t" in lines[at] or "。" in lines[at] or max(map(len, cells)) > LONGEST:
                        break
                    found.append(at)
                    count += 1
                at += step
    return list(dict.fromkeys(found))
