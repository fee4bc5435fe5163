"""Where the figures of flattened text stand, for texts that keep some of it: columns by blanks, empty cells as empty lines.

In: a flattened table, the text that it was found in. Out: the table with the columns that its rows' figures can stand in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Rows
from functools import reduce
from itertools import pairwise, product, zip_longest
from math import prod
from operator import or_
from typing import NamedTuple

import regex

from gov_extract.forms import FormTable
from gov_extract.parse.flat import upright
from gov_extract.parse.flat.heads import find_heads, worn_heads
from gov_extract.parse.flat.ink import Ink
from gov_extract.parse.flat.mending import begins_figure
from gov_extract.parse.flat.model import Head, RowFlat, TableFlat
from gov_extract.parse.flat.sequence import Sequence, letters
from gov_extract.parse.flat.solve import Way, adds_up, solve
from gov_extract.parse.flat.spaced import Spaced, Word, is_set_for_terminals, line_number
from gov_extract.parse.flat.upright import Extent, columns_of, keeps_columns, maps_to_stand, ways_to_stand
from gov_extract.parse.stream import Row

# Lines of a header above the first figures.
HEADER_LINES = 12
# The number of the line behind the last one.
END = 10**9
# Rows that must have a line for each of their cells, one of them without empty ones at most.
SHOWN = 2
# Ways in which all sheets of a table can stand that are held against the sums of its columns.
MAPS = 200
# Labels that end at so many places with figures as far behind show that blanks join cells and keep no columns.
ALIKE = 4
# So many gaps that are all multiples of the narrowest one are no chance.
GAPS = 12
# The numbers of labels and headings, each behind a line's beginning or a blank.
_NUMBER = regex.compile(r"(?<!\S)[（(]?\d{1,2}\s*[.．、，,:：)）](?!\d)")

# ── Columns by where words stand ────────────────────────────────────────────────────────────────────────────────────────


class _Sheet(NamedTuple):
    """The rows of one block on one sheet, with the header's cells there."""

    rows: dict[int, list[tuple[str, Extent]]]
    n: int
    heads: tuple[upright.Head, ...]


def place_by_blanks(flat: TableFlat, text: Sequence, spaced: Spaced) -> TableFlat | None:
    """The table with the columns that its figures can stand in, by what stands below what on each sheet; None where the text's
    blanks do not keep columns."""
    torn = _torn_rows(flat, text)
    rows = tuple(row._replace(ink=row.ink._replace(unclear=True)) if n in torn else row for n, row in enumerate(flat.rows))
    words = {row.i: _words_of(row, text, spaced) or [] for row in rows}
    for n, row in enumerate(rows):
        ink, words[row.i] = _whole(row.ink, words[row.i], len(flat.table.rows[row.i].columns))
        rows = (*rows[:n], row._replace(ink=ink), *rows[n + 1 :])
    flat = flat._replace(rows=rows)
    figures = [words[row.i] for row in rows]
    if _is_joined(figures, spaced) or is_set_for_terminals(figures, len(flat.table.columns)):
        return None
    heads = dict(flat.heads)
    sheets: list[_Sheet] = []
    blocks = {flat.table.rows[row.i].block for row in flat.rows}
    corner = [letters(text) for text in flat.table.corner] + [letters(group.label) for group in flat.table.groups]
    for block in blocks:
        own = [row for row in flat.rows if flat.table.rows[row.i].block == block]
        columns = flat.table.rows[own[0].i].columns
        for sheet in {word.sheet for row in own for word in words[row.i]}:
            first = next((row for row in own if any(word.sheet == sheet for word in words[row.i])), own[0])
            at = flat.rows.index(first)
            above = _above(first, flat.rows[at - 1] if at else None, text, spaced)
            known = find_heads(above, columns_labels(flat.table, own[0].i), sheet)
            if not known.pieces and block:
                known = worn_heads(above, columns, corner, sheet)
            if known.whole:
                heads[block] = Head(tuple(column.label for column in columns), True, True, flat.heads[block].lines)
            standing = {
                row.i: [(word.text, word.extent) for word in found]
                for row in own
                if 0 < len(found := words[row.i]) <= len(columns) and all(word.sheet == sheet for word in found)
            }
            if not keeps_columns(standing, len(columns), known.pieces):
                return None
            sound = len(ways_to_stand(standing, len(columns), known.pieces)) == len(standing)
            sheets.append(_Sheet(standing, len(columns), known.pieces if sound else ()))
    flat = flat._replace(heads=heads)
    placed: dict[int, tuple[Way, ...]] = {}
    for sheet_ in sheets:
        placed |= ways_to_stand(*sheet_)
    return flat._replace(placed=placed, summed=_summed(flat, sheets, placed))


def _is_joined(rows: Rows[Rows[Word]], spaced: Spaced) -> bool:
    """Whether blanks join the cells of a table's rows (their figures): so many between any two, empty ones leaving a multiple.

    In columns the figures are the farther away the shorter a label is, by any number of blanks.
    """
    before: dict[int, Word] = {}
    for line in spaced.values():
        before |= {id(right): left for left, right in pairwise([word for word in line if word.text])}
    found = [[before[id(row[0])], *row] for row in rows if row and id(row[0]) in before]
    gaps = [right.x0 - left.x1 for row in found for left, right in pairwise(row)]
    sign = min(gaps, default=0)
    alike = {row[0].x1 for row in found if row[1].x0 - row[0].x1 == sign}
    if len(alike) >= ALIKE:
        return True
    return sign > 1 and len({row[0].x1 for row in found}) >= ALIKE and len(gaps) >= GAPS and not any(gap % sign for gap in gaps)


def _whole(ink: Ink, words: list[Word], n: int) -> tuple[Ink, list[Word]]:
    """A row's figures in `n` columns, those with a blank inside (1 388) put together where that can be told.

    They are one where the second begins with a zero, or where the row has just so many figures too many as have a single blank
    before them.
    """
    if len(words) != len(ink.tokens):
        return ink, words
    close = [k for k in range(1, len(words)) if not words[k].first and (words[k - 1].text + words[k].text).isdecimal()]
    split = [k for k in close if words[k].text[0] == "0" and len(words[k].text) > 1]
    if len(words) - len(split) > n:
        split = close if len(words) - len(close) == n else split
    tokens = list(ink.tokens)
    for k in reversed(split):
        one, other = words[k - 1], words.pop(k)
        words[k - 1] = Word(one.text + other.text, one.sheet, one.x0, other.x1, one.first, one.wide)
        tokens[k - 1 : k + 1] = [tokens[k - 1]._replace(text=one.text + other.text)]
    return ink._replace(tokens=tuple(tokens)), words


def _summed(flat: TableFlat, sheets: Rows[_Sheet], placed: Mapping[int, tuple[Way, ...]]) -> dict[int, tuple[Way, ...]]:
    """The ways of rows whose place leaves several, as far as sums leave them."""
    open_sheets = [sheet for sheet in sheets if any(len(placed.get(i, ())) > 1 for i in sheet.rows)]
    summed: dict[int, tuple[Way, ...]] = {}

    def holds(i: int, way: Way) -> bool:
        return _adds_up(flat, i, way)

    for sheet in open_sheets:
        found = ways_to_stand(*sheet, holds)
        summed |= {i: ways for i, ways in found.items() if len(placed.get(i, ())) != 1}
    if flat.table.layout != "rows" or any(row.ink.unclear or row.ink.doubt for row in flat.rows):
        return summed
    known = {i: ways[0] for i, ways in placed.items() if len(ways) == 1}
    known |= {row.i: (None,) * len(flat.table.columns) for row in flat.rows if not row.ink.tokens}
    maps = [maps_to_stand(*sheet, holds) for sheet in open_sheets]
    if not maps or prod(map(len, maps)) > MAPS:
        return summed
    together = [reduce(or_, choice, known) for choice in product(*maps)]
    codes = [column.code for column in flat.table.columns]
    sound = [
        way
        for way in together
        if solve(
            flat.form, flat.table.id, [row.code for row in flat.table.rows], codes, {i: (w,) for i, w in way.items()}
        ).whole
    ]
    if sound:
        summed |= {i: tuple(dict.fromkeys(way[i] for way in sound)) for i in summed}
    return summed


def _adds_up(flat: TableFlat, i: int, way: Way) -> bool:
    codes = [column.code for column in flat.table.rows[i].columns]
    own = flat.own
    return all(adds_up(way, identity, codes) for identity in own)


def _torn_rows(flat: TableFlat, text: Sequence) -> set[int]:
    """The rows, by number, whose figures do not stand on one line beside their label: a figure broken over lines stands partly
    above or below it, and may as well be the next row's."""
    torn: set[int] = set()
    for n, row in enumerate(flat.rows):
        first, last = text.row[row.start], text.row[max(text.at[row.span.end - 1], row.ink.tail - 1)]
        beside = {text.row[token.at] for token in row.ink.tokens}
        if len(beside) > 1:
            torn.add(n)
        if any(not first <= line <= last for line in beside) and not row.lent:
            torn |= {n, n + 1}
        between = text.text[flat.rows[n - 1].bound if n else row.start : row.start]
        if any(begins_figure(word) for word in _NUMBER.sub("", between).split()) and not row.lent:
            torn.add(n)
    return torn


def columns_labels(table: FormTable, i: int) -> list[set[str]]:
    """The letters of each column's labels."""
    return [{letters(name) for name in (column.label, *column.aliases)} for column in table.rows[i].columns]


def _words_of(row: RowFlat, text: Sequence, spaced: Spaced) -> list[Word] | None:
    """The words that a row's figures are, in order; None where one is not found."""
    found: list[Word] = []
    for token in row.ink.tokens:
        line = text.row[token.at]
        start = text.text.rfind("\n", 0, token.at) + 1
        before = len(text.text[start : token.at].split())
        shown = [word for word in spaced.get(line, ()) if word.text]
        whole = len(text.text[start : text.text.find("\n", start)].split())
        at = len(shown) - whole + before
        if not 0 <= at < len(shown) or not shown[at].text.startswith(token.text[:1]):
            return None
        found.append(shown[at])
    return found


def _above(row: RowFlat, before: RowFlat | None, text: Sequence, spaced: Spaced) -> list[list[Word]]:
    """The words on the lines above a row, down from the row before it."""
    top = text.row[row.start]
    floor = text.row[max(before.ink.end, before.ink.tail) - 1] if before is not None else -1
    lines = [j for j in sorted(spaced) if floor < j < top and spaced[j]][-HEADER_LINES:]
    return [list(spaced[j]) for j in lines]


def place_review(flat: TableFlat, text: Sequence, spaced: Spaced) -> TableFlat:
    """The table whose rows stand side by side, with its figures below the outcomes that they belong to."""
    row = flat.rows[0]
    labels = columns_labels(flat.table, 0) * len(flat.table.rows)
    words = _words_of(row, text, spaced) or []
    lines = [spaced[j] for j in sorted(set(text.row[slice(*text.slice(row.span.start, row.span.end))]))]
    known = find_heads(lines, labels, words[0].sheet if words else lines[-1][0].sheet)
    if not known.pieces:
        return flat
    heads: dict[str | None, Head] = {None: flat.heads[None]._replace(whole=True)}
    ink, words = _whole(row.ink, words, len(labels))
    flat = flat._replace(rows=tuple(other._replace(ink=ink) for other in flat.rows))
    if len({word.sheet for word in words}) > 1 or len({text.row[token.at] for token in row.ink.tokens}) > 1:
        return flat._replace(heads=heads)
    figures = {0: [(word.text, word.extent) for word in words]}
    return flat._replace(heads=heads, within=tuple(columns_of(figures, len(labels), known.pieces).get(0, ())))


# ── Columns by the number of the line ───────────────────────────────────────────────────────────────────────────────────


def place_by_lines(tables: Rows[TableFlat], text: Sequence, rows: Rows[Row]) -> list[TableFlat]:
    """The tables with the columns of their figures, where every cell has a line of its own and empty cells are empty lines.

    Believed where rows with fewer figures than columns show it: as many lines lie between such a row's label and what follows
    it as the row has columns, and nowhere fewer; behind a table's or page's last row other empty lines may stand. Where a row
    with a figure for every column has more lines than these, lines are empty for another reason.
    """
    shown = full = 0
    gaps: list[dict[int, int]] = []
    for flat in tables:
        lines = dict(_numbers(flat, text, rows)) if flat.table.layout != "side_by_side" else {}
        gaps.append({i: behind - first - 1 for i, (first, behind) in lines.items()})
        for row, below in zip_longest(flat.rows, flat.rows[1:]):
            n = len(flat.table.rows[row.i].columns)
            if row.i not in gaps[-1]:
                continue
            last = below is None or flat.table.rows[below.i].block != flat.table.rows[row.i].block
            if len(row.ink.tokens) >= n:
                if n > 1 and not last and len(row.ink.tokens) == n != gaps[-1][row.i]:
                    return list(tables)
                full += n > 1 and gaps[-1][row.i] == n
                continue
            if gaps[-1][row.i] < n:
                return list(tables)
            shown += not last and gaps[-1][row.i] == n
    if shown + min(full, 1) < SHOWN or not shown:
        return list(tables)
    return [
        place_review_by_lines(flat, text, rows)
        if flat.table.layout == "side_by_side"
        else flat._replace(placed={i: (way,) for i, way in _by_lines(flat, text, rows, gap).items()})
        for flat, gap in zip(tables, gaps, strict=True)
    ]


def _by_lines(flat: TableFlat, text: Sequence, rows: Rows[Row], gaps: Mapping[int, int]) -> dict[int, Way]:
    """The rows whose figures' lines tell their columns."""
    placed: dict[int, Way] = {}
    for row in flat.rows:
        n = len(flat.table.rows[row.i].columns)
        first = line_number(rows[text.row[text.at[row.span.end - 1]]])
        if first is None or gaps.get(row.i, -1) < n:
            continue
        way: list[str | None] = [None] * n
        for token in row.ink.tokens:
            k = (line_number(rows[text.row[token.at]]) or 0) - first - 1
            if token.glued or not 0 <= k < n or way[k] is not None:
                break
            way[k] = token.text
        else:
            placed[row.i] = tuple(way)
    return placed


def place_review_by_lines(flat: TableFlat, text: Sequence, rows: Rows[Row]) -> TableFlat:
    """The table whose rows stand side by side, where other tables of the document have a line for every cell."""
    row = flat.rows[0]
    first = line_number(rows[text.row[text.at[row.span.end - 1]]])
    width, n = len(flat.table.columns), len(flat.table.rows)
    way: list[str | None] = [None] * (width * n)
    for token in row.ink.tokens:
        k = (line_number(rows[text.row[token.at]]) or 0) - (first or 0) - 1
        if first is None or token.glued or not 0 <= k < len(way) or way[k] is not None:
            return flat
        way[k] = token.text
    return flat._replace(placed={k: (tuple(way[k * width : (k + 1) * width]),) for k in range(n)})


def _numbers(flat: TableFlat, text: Sequence, rows: Rows[Row]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Form row → the numbers of the lines of its label's end and of what follows the row."""
    for row in flat.rows:
        first = line_number(rows[text.row[text.at[row.span.end - 1]]])
        label = line_number(rows[text.row[max(text.at[row.span.end - 1], row.ink.label_end - 1)]])
        behind = line_number(rows[text.row[row.bound]]) if row.bound < len(text.row) else END
        if first is not None and label == first and behind is not None:
            yield row.i, (first, behind)
