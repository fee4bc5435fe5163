"""The rows that come out of a flattened table, and what is to be said of them.

In: a `TableFlat` with its ways settled. Out: rows of kind ``flat`` for the stream, which hold a place for every column;
those that could not be told apart are marked as unsure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence as Rows
from typing import Literal

from gov_extract.document import Finding
from gov_extract.parse.flat.ink import Token
from gov_extract.parse.flat.model import Head, RowFlat, TableFlat
from gov_extract.parse.flat.sequence import Sequence, words_of
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.vocabulary import CLEAR

# A line of which more letters than these are not the table's is a line of the text as well.
PROSE = 12
# Coordinates of flattened rows are numbers of columns: a space of their own, out of the way of all others.
SPACE = -2_000_000


def emit(flat: TableFlat, text: Sequence, rows: Rows[Row]) -> tuple[list[Row], frozenset[int], list[Finding]]:
    """The table's rows for the stream, the stream rows in whose place they stand, and what is to be said of them."""
    made: list[Row] = []
    findings: list[Finding] = []
    lines = frozenset[int]().union(*(row.lines for row in flat.rows), *(head.lines for head in flat.heads.values()))
    lines = frozenset(range(min(lines), max(lines) + 1)) & frozenset(text.row)
    own = _own_lines(flat, text, lines)
    blocks: set[str | None] = set()
    # Where words stand between a label and figures, the row is not empty: the figures may be its own.
    flat = flat._replace(how={**flat.how, **{row.i: "open" for row in flat.rows if _is_parted(row)}})
    for row in flat.rows:
        spec = flat.table.rows[row.i]
        source = rows[text.row[row.start]]
        parts = tuple(dict.fromkeys(part for j in sorted(own) for part in rows[j].parts)) if not made else ()
        if spec.block not in blocks:
            blocks.add(spec.block)
            made.append(_header_row(flat.heads[spec.block], len(spec.columns), source, parts, flat.table.corner))
        head = flat.heads[spec.block]
        made.append(_flat_row(flat, row, head, source, parts))  # the first row stands for all lines of the table
        finding = _remark(flat, row, head, source.page)
        if finding:
            findings.append(finding)
        name, more = row.ink.more
        if _is_parted(row):
            continue
        if more and len(more) == len(spec.columns) and not any(token.glued for token in more):
            made.append(_added_row(name, more, source))
        elif row.ink.doubt and flat.how[row.i] == "order":
            message = f"{spec.label}: more figures stand behind those of this row, which belong to no row of the form"
            findings.append(Finding("warning", "stray_figures", message, source.page, flat.table.id, spec.code))
    return made, lines, findings


def _is_parted(row: RowFlat) -> bool:
    """Whether a row has no ink of its own, and figures stand behind the words that follow it."""
    return bool(row.ink.more[1]) and all(token.kind == "empty" for token in row.ink.tokens)


def _own_lines(flat: TableFlat, text: Sequence, lines: frozenset[int]) -> frozenset[int]:
    """The stream rows that hold hardly anything but the table's own words."""
    first, last = text.row.index(min(lines)), len(text.row) - 1 - text.row[::-1].index(max(lines))
    low, high = bisect_left(text.at, first), bisect_right(text.at, last)
    known: set[int] = set()
    for row in flat.rows:
        known |= set(range(row.span.start, bisect_left(text.at, row.ink.end)))
    for word in words_of(flat.table):
        at = text.key.find(word, low, high)
        while at >= 0:
            known |= set(range(at, at + len(word)))
            at = text.key.find(word, at + 1, high)
    foreign: Counter[int] = Counter(text.row[text.at[s]] for s in range(low, high) if s not in known)
    return frozenset(j for j in lines if foreign[j] <= PROSE)


def _header_row(head: Head, n: int, source: Row, parts: tuple[tuple[int, int], ...], corner: Rows[str]) -> Row:
    labels = tuple(Place(label, float(k), float(k + 1)) for k, label in enumerate(head.texts, 1))
    if head.units and corner:
        labels = (Place(f"{corner[0]}（单位：{'、'.join(head.units)}）", 0.0, 1.0), *labels)
    return Row("flat", SPACE - n, source.page, source.block, 0, labels, (), (), source.locator, parts, labels)


def _added_row(name: str, tokens: Rows[Token], source: Row) -> Row:
    """A row that the report adds to the form."""
    label = Place(name, 0.0, 1.0)
    texts = ["" if token.kind == "empty" else token.text for token in tokens]
    slots = tuple(Place(text, float(k), float(k + 1)) for k, text in enumerate(texts, 1))
    return Row(
        "flat", SPACE - len(slots), source.page, source.block, 0, (label,), slots, (), source.locator, (), (label, *slots)
    )


def _flat_row(flat: TableFlat, row: RowFlat, head: Head, source: Row, parts: tuple[tuple[int, int], ...]) -> Row:
    n = len(flat.table.rows[row.i].columns)
    ways = flat.ways.get(row.i, ())
    told = flat.how[row.i] != "open" and (head.ordered or n == 1)
    tokens = row.ink.more[1] if _is_parted(row) else row.ink.tokens
    ink = " ".join(token.text for token in tokens if token.kind != "empty")
    slots, unsure = [], set()
    for k in range(n):
        texts = {way[k] for way in ways}
        if told and len(texts) == 1:
            text = texts.pop() or ""
        else:
            text = ink
            unsure.add(k)
        slots.append(Place(text, float(k + 1), float(k + 2)))
    label = Place(row.label, 0.0, 1.0)
    proof: Literal["whole", "digits", "none"] = "none"
    if told and head.whole and row.span.fit >= CLEAR:
        proof = "digits" if flat.how[row.i] == "row" else "whole"
    return Row(
        "flat", SPACE - n, source.page, source.block, 0, (label,), tuple(slots), (), source.locator, parts, (label, *slots),
        frozenset(unsure), proof, flat.lacks,
    )  # fmt: skip


def _remark(flat: TableFlat, row: RowFlat, head: Head, page: int | None) -> Finding | None:
    """What must be said of a row that was not simply read in order."""
    spec = flat.table.rows[row.i]
    how = flat.how[row.i]
    if how in ("order", "position") and (head.ordered or len(spec.columns) == 1):
        if spec.block is None or len(spec.columns) == 1 or not any(t.glued and len(t.text) > 1 for t in row.ink.tokens):
            return None
        message = f"{spec.label}: the figures are glued together, and no sum shows where one ends"
        return Finding("warning", "layout_lost", message, page, flat.table.id, spec.code)
    ways = flat.ways.get(row.i, ())
    if how == "open" or len(ways) != 1:
        message = f"{spec.label}: the text does not tell to which columns the figures of this row belong"
        return Finding("warning", "layout_lost", message, page, flat.table.id, spec.code)
    severity: Literal["info", "warning"] = "info" if how == "table" else "warning"
    message = f"{spec.label}: the text does not keep the figures of this row apart; they were told by the sums"
    return Finding(severity, "told_by_sums", message, page, flat.table.id, spec.code)
