"""Where the figures of flattened text stand, for texts that keep some of it: columns by blanks, empty cells as empty lines.

In: the stream with its lines. Out: the text of a spaced table without what stands beside its labels; and, for each row of a
table, the columns that its figures stand in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Rows
from itertools import zip_longest
from typing import NamedTuple

import regex

from gov_extract.document import Document, Line
from gov_extract.forms import FormColumn, FormTable, load_forms
from gov_extract.forms.labels import strip_number
from gov_extract.parse.flat.reading import Head, RowFlat, TableFlat
from gov_extract.parse.flat.sequence import Sequence, letters, running_lines
from gov_extract.parse.flat.solve import Way
from gov_extract.parse.stream import Row
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import CLEAR, column_fit, named_rows, strip_note

# A text keeps its columns by blanks where so many lines have several words with figures among them.
SPACED = 5
# A figure stands in a column when it is off its middle by at most this share of the distance to the next one.
OFF = 0.45
# Lines of a header above the first figures.
HEADER_LINES = 12
# The number of the line behind the last one.
END = 10**9
# Rows with empty cells that must have a line for each of them.
SHOWN = 2
_LINE = regex.compile(r"line (\d+)")


class Word(NamedTuple):
    """A word of a spaced line: its sheet, the characters that it covers."""

    text: str
    sheet: int
    x0: int
    x1: int

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


Spaced = dict[int, tuple[Word, ...]]


def spaced_lines(rows: Rows[Row], document: Document, wanted: Rows[int]) -> Spaced | None:
    """The words of every line of a text that keeps its columns by blanks; None where it does not."""
    found: Spaced = {}
    tabular = 0
    for j in wanted:
        block = document.pages[rows[j].block[0]].blocks[rows[j].block[1]]
        if rows[j].kind != "text" or not isinstance(block, Line) or any(word.at is None for word in block.words):
            continue
        words = [
            Word(match[0], word.at[0], word.at[1] + match.start(), word.at[1] + match.end())
            for word in block.words
            if word.at is not None
            for match in regex.finditer(r"\S+", word.text)
        ]
        found[j] = tuple(words)
        tabular += len(block.words) > 1 and looks_like_figure(block.words[-1].text)
    return found if tabular >= SPACED else None


def spaced_pieces(spaced: Spaced, rows: Rows[Row], wanted: Rows[int]) -> list[tuple[int, str]]:
    """The lines' texts without the pieces of groups' labels beside rows' labels."""
    fragments = _group_letters()
    left_out = running_lines(rows, wanted)
    edges = _edges(spaced)
    pieces: list[tuple[int, str]] = []
    for j in wanted:
        if j in left_out or j not in spaced:
            continue
        words = list(spaced[j])
        texts = [k for k, word in enumerate(words) if not looks_like_figure(word.text)]
        while (
            len(texts) > 1
            and _is_piece(words[texts[0]].text, fragments)
            and not named_rows("".join(words[k].text for k in texts))
        ):
            words[texts.pop(0)] = Word("", 0, 0, 0)
        lone = texts[0] if len(texts) == 1 and not named_rows(words[texts[0]].text) else None
        if lone is not None and _is_piece(words[lone].text, fragments) and words[lone].x1 <= edges.get(words[lone].sheet, 0):
            words[lone] = Word("", 0, 0, 0)
        if not any(word.text for word in words):
            continue
        pieces.append((j, " ".join(word.text for word in words if word.text) + "\n"))
    return pieces


def _group_letters() -> tuple[str, ...]:
    groups = {
        letters(group.label) for form in load_forms().values() for table in form.tables.values() for group in table.groups
    }
    return tuple(group for group in groups if group)


def _is_piece(text: str, groups: Rows[str]) -> bool:
    folded = letters(text)
    return any(folded in group for group in groups)


def _edges(spaced: Spaced) -> dict[int, int]:
    """Where the innermost labels of rows begin, by sheet: those with an Arabic number."""
    edges: dict[int, int] = {}
    for words in spaced.values():
        for word in words:
            number, rest = strip_number(word.text)
            if number is not None and number.isdigit() and len(rest) > 3 and named_rows(word.text):
                edges[word.sheet] = min(word.x0, edges.get(word.sheet, word.x0))
    return edges


# ── Columns by where words stand ────────────────────────────────────────────────────────────────────────────────────────


def place_by_blanks(flat: TableFlat, text: Sequence, spaced: Spaced) -> TableFlat:
    """The table with the columns of its figures, by what stands below what on each sheet."""
    placed: dict[int, Way] = {}
    heads = dict(flat.heads)
    blocks = {flat.table.rows[row.i].block for row in flat.rows}
    corner = [letters(text) for text in flat.table.corner] + [letters(group.label) for group in flat.table.groups]
    for block in blocks:
        own = [row for row in flat.rows if flat.table.rows[row.i].block == block]
        columns = flat.table.rows[own[0].i].columns
        before = flat.rows[flat.rows.index(own[0]) - 1] if own[0] is not flat.rows[0] else None
        above = _above(own[0], before, text, spaced)
        head = _block_header(above, columns, corner) if block else _header(above, columns_labels(flat.table, own[0].i))
        if head is not None:
            lines = flat.heads[block].lines
            heads[block] = Head(tuple(column.label for column in columns), True, True, lines)
        words = {row.i: _words_of(row, text, spaced) for row in own}
        for sheet in {word.sheet for found in words.values() for word in found or ()}:
            middles = _middles([found for found in words.values() if found and found[0].sheet == sheet], len(columns), head)
            for row in own:
                found = words[row.i]
                if middles is not None and found and found[0].sheet == sheet:
                    way = _placed(found, middles)
                    if way is not None:
                        placed[row.i] = way
    torn = _torn_rows(flat, text, spaced)
    rows = tuple(row._replace(ink=row.ink._replace(unclear=True)) if n in torn else row for n, row in enumerate(flat.rows))
    return flat._replace(rows=rows, placed=placed, loose=True, heads=heads)


def _torn_rows(flat: TableFlat, text: Sequence, spaced: Spaced) -> set[int]:
    """The rows, by number, whose figures do not stand on one line beside their label: a figure broken over lines stands partly
    above or below it, and may as well be the next row's."""
    torn: set[int] = set()
    for n, row in enumerate(flat.rows):
        first, last = text.row[row.start], text.row[max(text.at[row.span.end - 1], row.ink.tail - 1)]
        beside = {text.row[token.at] for token in row.ink.tokens}
        if len(beside) > 1:
            torn.add(n)
        if any(not first <= line <= last for line in beside):
            torn |= {n, n + 1}
        before = [j for j in spaced if text.row[flat.rows[n - 1].bound - 1] < j < first] if n and flat.rows[n - 1].bound else []
        if any(spaced[j] and all(looks_like_figure(word.text) for word in spaced[j]) for j in before):
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


def _middles(rows: Rows[Rows[Word]], n: int, head: list[float] | None) -> list[float] | None:
    """The middles of `n` columns: those of full rows, of all figures where they make `n` clusters, or of the header."""
    full = [row for row in rows if len(row) == n]
    if full:
        return [sum(row[k].middle for row in full) / len(full) for k in range(n)]
    spans = sorted((word.x0, word.x1) for row in rows for word in row)
    clusters: list[list[int]] = []
    for x0, x1 in spans:
        if clusters and x0 < clusters[-1][1]:
            clusters[-1][1] = max(clusters[-1][1], x1)
        else:
            clusters.append([x0, x1])
    if len(clusters) == n:
        return [(x0 + x1) / 2 for x0, x1 in clusters]
    return head


def _placed(words: Rows[Word], middles: Rows[float]) -> Way | None:
    """A row's figures in the columns whose middles they are nearest to; None where one is not clearly in its column."""
    way: list[str | None] = [None] * len(middles)
    for word in words:
        distances = sorted((abs(word.middle - middle), k) for k, middle in enumerate(middles))
        near, k = distances[0]
        pitch = min((abs(middles[k] - other) for m, other in enumerate(middles) if m != k), default=float("inf"))
        if near > OFF * pitch or way[k] is not None:
            return None
        way[k] = word.text
    order = [k for k, text in enumerate(way) if text is not None]
    return tuple(way) if len(order) == len(words) else None


def _header(lines: Rows[Rows[Word]], labels: Rows[set[str]]) -> list[float] | None:
    """The middles of a header's columns: stacks of words that make up the columns' labels, in the form's order."""
    wanted = {label for names in labels for label in names}
    words = [word for line in lines for word in line if any(_letters(word.text) in label for label in wanted)]
    stacks = _stacks([word for word in words if _letters(word.text)])
    if len(stacks) != len(labels):
        return None
    if any(_letters(stack.text) not in names for stack, names in zip(stacks, labels, strict=True)):
        return None
    return [stack.middle for stack in stacks]


def _letters(text: str) -> str:
    return letters(strip_note(text))


def _stacks(words: Rows[Word]) -> list[Word]:
    """Words that stand below each other, joined, from left to right."""
    stacks: list[Word] = []
    for word in words:
        below = next((k for k, stack in enumerate(stacks) if word.x0 < stack.x1 and stack.x0 < word.x1), None)
        if below is None:
            stacks.append(word)
        else:
            above = stacks[below]
            stacks[below] = Word(above.text + word.text, above.sheet, min(above.x0, word.x0), max(above.x1, word.x1))
    return sorted(stacks, key=lambda stack: stack.x0)


def _above(row: RowFlat, before: RowFlat | None, text: Sequence, spaced: Spaced) -> list[list[Word]]:
    """The words on the lines above a row, down from the row before it."""
    top = text.row[row.start]
    floor = text.row[max(before.ink.end, before.ink.tail) - 1] if before is not None else -1
    lines = [j for j in sorted(spaced) if floor < j < top][-HEADER_LINES:]
    return [list(spaced[j]) for j in lines]


def _block_header(lines: Rows[Rows[Word]], columns: Rows[FormColumn], beside: Rows[str]) -> list[float] | None:
    """The middles of a block's header: all words above its rows but what stands in the corner (`beside`), worn or not."""
    words = [word for line in lines for word in line if letters(word.text) not in beside]
    stacks = _stacks(words)[-len(columns) :]
    if len(stacks) != len(columns):
        return None
    if any(column_fit(strip_note(stack.text), column) < CLEAR for stack, column in zip(stacks, columns, strict=True)):
        return None
    return [stack.middle for stack in stacks]


def place_review(flat: TableFlat, text: Sequence, spaced: Spaced) -> TableFlat:
    """The table whose rows stand side by side, with its figures below the outcomes that they belong to."""
    row = flat.rows[0]
    labels = columns_labels(flat.table, 0) * len(flat.table.rows)
    first, last = text.row[text.at[row.span.start]], text.row[text.at[row.span.end - 1]]
    middles = _header([spaced[j] for j in sorted(spaced) if first <= j <= last], labels)
    if middles is None:
        return flat
    heads: dict[str | None, Head] = {None: flat.heads[None]._replace(whole=True)}
    words = _words_of(row, text, spaced)
    way = _placed(words, middles) if words else None
    if way is None or len({word.sheet for word in words or ()}) > 1 or len({text.row[t.at] for t in row.ink.tokens}) > 1:
        return flat._replace(heads=heads)
    width = len(flat.table.columns)
    placed = {k: tuple(way[k * width : (k + 1) * width]) for k in range(len(flat.table.rows))}
    return flat._replace(heads=heads, placed=placed, loose=True)


# ── Columns by the number of the line ───────────────────────────────────────────────────────────────────────────────────


def place_by_lines(tables: Rows[TableFlat], text: Sequence, rows: Rows[Row]) -> list[TableFlat]:
    """The tables with the columns of their figures, where every cell has a line of its own and empty cells are empty lines.

    Believed where rows with fewer figures than columns show it: as many lines lie between such a row's label and what follows
    it as the row has columns, and nowhere fewer; behind a table's or page's last row other empty lines may stand.
    """
    shown = 0
    gaps: list[dict[int, int]] = []
    for flat in tables:
        lines = dict(_numbers(flat, text, rows)) if flat.table.layout != "side_by_side" else {}
        gaps.append({i: behind - first - 1 for i, (first, behind) in lines.items()})
        for row, below in zip_longest(flat.rows, flat.rows[1:]):
            n = len(flat.table.rows[row.i].columns)
            if row.i not in gaps[-1] or len(row.ink.tokens) >= n:
                continue
            last = below is None or flat.table.rows[below.i].block != flat.table.rows[row.i].block
            if gaps[-1][row.i] < n:
                return list(tables)
            shown += not last and gaps[-1][row.i] == n
    if shown < SHOWN:
        return list(tables)
    return [
        place_review_by_lines(flat, text, rows)
        if flat.table.layout == "side_by_side"
        else flat._replace(placed=_by_lines(flat, text, rows, gap))
        for flat, gap in zip(tables, gaps, strict=True)
    ]


def _by_lines(flat: TableFlat, text: Sequence, rows: Rows[Row], gaps: Mapping[int, int]) -> dict[int, Way]:
    """The rows whose figures' lines tell their columns."""
    placed: dict[int, Way] = {}
    for row in flat.rows:
        n = len(flat.table.rows[row.i].columns)
        first = _line_number(rows[text.row[text.at[row.span.end - 1]]])
        if first is None or gaps.get(row.i, -1) < n:
            continue
        way: list[str | None] = [None] * n
        for token in row.ink.tokens:
            k = (_line_number(rows[text.row[token.at]]) or 0) - first - 1
            if token.glued or not 0 <= k < n or way[k] is not None:
                break
            way[k] = token.text
        else:
            placed[row.i] = tuple(way)
    return placed


def place_review_by_lines(flat: TableFlat, text: Sequence, rows: Rows[Row]) -> TableFlat:
    """The table whose rows stand side by side, where other tables of the document have a line for every cell."""
    row = flat.rows[0]
    first = _line_number(rows[text.row[text.at[row.span.end - 1]]])
    width, n = len(flat.table.columns), len(flat.table.rows)
    way: list[str | None] = [None] * (width * n)
    for token in row.ink.tokens:
        k = (_line_number(rows[text.row[token.at]]) or 0) - (first or 0) - 1
        if first is None or token.glued or not 0 <= k < len(way) or way[k] is not None:
            return flat
        way[k] = token.text
    return flat._replace(placed={k: tuple(way[k * width : (k + 1) * width]) for k in range(n)})


def _numbers(flat: TableFlat, text: Sequence, rows: Rows[Row]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Form row → the numbers of the lines of its label's end and of what follows the row."""
    for row in flat.rows:
        first = _line_number(rows[text.row[text.at[row.span.end - 1]]])
        label = _line_number(rows[text.row[max(text.at[row.span.end - 1], row.ink.label_end - 1)]])
        behind = _line_number(rows[text.row[row.bound]]) if row.bound < len(text.row) else END
        if first is not None and label == first and behind is not None:
            yield row.i, (first, behind)


def _line_number(row: Row) -> int | None:
    found = _LINE.fullmatch(row.locator or "")
    return int(found[1]) if found else None
