"""A flattened table: its rows' ink.

In: the text, the labels found in it. Out: a `TableFlat`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as Rows
from functools import cache
from itertools import pairwise

import regex

from gov_extract.forms import Form, FormTable, load_forms
from gov_extract.parse.flat.ink import Ink, Token, read_ink
from gov_extract.parse.flat.labels import numbered, printed_label
from gov_extract.parse.flat.model import RowFlat, TableFlat
from gov_extract.parse.flat.sequence import LABEL, Sequence, Span, is_of_groups, letters, words_of
from gov_extract.parse.flat.tops import heads_above, lacking
from gov_extract.parse.vocabulary import TELLING

# Behind the last label of a table its ink is looked for in so many characters.
TAIL = 400
# A table of which this share of rows stands in the text once more is printed twice.
REPEATED = 0.7


def gather(text: Sequence, form: Form, table: FormTable, spans: Rows[Span], walls: Rows[int] = ()) -> TableFlat:
    """The rows with their ink, the headers of all blocks; `walls` are where copies of the table begin, in the key."""
    masked = list(text.text)
    for span in spans:
        for s in range(span.start, span.end):
            masked[text.at[s]] = LABEL
    whole = "".join(masked)
    words = words_of(table)
    rows = []
    for n, span in enumerate(spans):
        row = table.rows[span.i]
        start = text.at[span.start]
        last = n + 1 == len(spans)
        wall = next((start for start in walls if start > span.start), len(text.key))
        bound = _bound(text, words, span, spans[n + 1] if not last else None, whole, table, wall)
        signed = any(column.code == "items_change" for column in row.columns)
        ink = read_ink(whole, start, bound, signed=signed, last=last, numbered=table.layout == "rows")
        on_lines = Counter(text.row[token.at] for token in ink.tokens)
        split = len(on_lines) > 1 and max(on_lines.values()) > 1
        label = _label(text, span, ink, numbered(row))
        rows.append(
            RowFlat(span.i, span, label, ink, start, frozenset(text.row[start : max(ink.end, start + 1)]), bound, split)
        )
    heads = heads_above(text, table, rows)
    lacks = lacking(text, table, rows)
    if lacks:
        columns = {row.columns: tuple(c for c in row.columns if c.code not in lacks) for row in table.rows}
        table = table._replace(rows=tuple(row._replace(columns=columns[row.columns]) for row in table.rows))
        heads = heads_above(text, table, rows)
    return TableFlat(form, table, tuple(rows), heads, any(head.whole for head in heads.values()), lacks=lacks)


def lent(flat: TableFlat, text: Sequence) -> TableFlat:
    """The table, a line of figures that a page's end parted from its label given to that label's row.

    Such a line stands behind the whole row before it, which then has more figures than columns, on two lines, and the row has
    none. Only the sums of all rows together can say that it is so: they are asked when the ways of the rows are settled.
    """
    rows = list(flat.rows)
    for n, (row, below) in enumerate(pairwise(flat.rows)):
        columns = len(flat.table.rows[row.i].columns)
        tokens = row.ink.tokens
        beside, figures = row.ink.more
        if figures and is_of_groups(beside) and not below.ink.tokens:  # beside pieces of a group's label alone
            rows[n] = rows[n]._replace(ink=row.ink._replace(more=("", ()), doubt=False))
            rows[n + 1] = below._replace(ink=below.ink._replace(tokens=figures), lent=True)
            continue
        first = next((k for k, token in enumerate(tokens) if text.row[token.at] != text.row[tokens[0].at]), 0)
        lines = {text.row[token.at] for token in tokens}
        if len(lines) != len((row, below)) or below.ink.tokens or below.i != row.i + 1 or flat.table.layout != "rows":
            continue
        if len(tokens) <= columns or not 0 < first <= columns or len(tokens) - first > columns:
            continue
        if any(token.glued for token in tokens) or row.ink.unclear or below.ink.unclear or below.ink.doubt:
            continue
        rows[n] = row._replace(ink=row.ink._replace(tokens=tokens[:first], doubt=False), split=False, lent=True)
        rows[n + 1] = below._replace(ink=below.ink._replace(tokens=tokens[first:]), split=False, lent=True)
    return flat._replace(rows=tuple(rows))


def _bound(text: Sequence, words: Rows[str], span: Span, behind: Span | None, whole: str, table: FormTable, wall: int) -> int:
    """Where a row's ink ends at the latest: at the next label with its number, or at a group's label or header before it."""
    limit = behind.start if behind is not None else min(wall, span.end + TAIL)
    low = span.end
    hits = [k for word in words if len(word) > TELLING and (k := _outside(text, word, low, limit)) >= 0]
    stop = min(hits, default=limit)
    if behind is None:  # another table's header may follow
        stop = min((k for word in _headers_of_others(table.id) if (k := text.key.find(word, low, stop)) >= 0), default=stop)
    end = text.at[stop] if stop < len(text.key) else len(text.text)
    if behind is not None and stop == behind.start:
        number = numbered(table.rows[behind.i])
        found = number and regex.search(
            rf"[（(]?{number}[ \x1f\n]*[.、．，,:：)）][ \x1f\n]*$", whole[text.at[span.end - 1] + 1 : end]
        )
        end -= len(found[0]) if found else 0
    return end


@cache
def _headers_of_others(id_: str) -> tuple[str, ...]:
    """The labels of rows of other tables that have no number: titles and headers."""
    tables = [table for form in load_forms().values() for table in form.tables.values() if table.id != id_]
    labels = {letters(row.label) for table in tables for row in table.rows if numbered(row) is None}
    heads = {letters(column.label) for table in tables for row in table.rows for column in row.columns}
    return tuple(sorted(word for word in labels | heads if len(word) > TELLING))


def _outside(text: Sequence, word: str, low: int, limit: int) -> int:
    """Where a word stands first, but in brackets; -1 where it does not."""
    k = text.key.find(word, low, limit)
    while k >= 0:
        between = text.text[text.at[low - 1] + 1 : text.at[k]]
        if sum(between.count(char) for char in "（(") <= sum(between.count(char) for char in "）)") or between[-1:] in "（(":
            return k
        k = text.key.find(word, k + 1, limit)
    return -1


def _label(text: Sequence, span: Span, ink: Ink, number: str | None) -> str:
    """The label as printed, without figures that a line break put among its characters."""
    first, last = text.slice(span.start, span.end)
    inside = [token for token in ink.tokens if first < token.at < last]
    if not inside:
        end = max(ink.label_end, last)
        closing = text.text[last:end] if end > last else ""
        return printed_label(text, span.start, span.end, number) + "".join(closing.split())
    kept = text.text[first:last]
    for token in inside:
        kept = kept.replace(token.text, "", 1)
    head = printed_label(text, span.start, span.start + 1, number)
    return head + "".join(kept[1:].split())


def is_copy(flat: TableFlat) -> bool:
    """Whether a table found in the text is one that is read elsewhere, printed again, and no prose that names its rows: most of
    its rows are there with headers, or with as many figures as columns; some of them under all of the headers."""
    wide = [(row, len(flat.table.rows[row.i].columns)) for row in flat.rows if len(flat.table.rows[row.i].columns) > 1]
    full = sum(sum(len(t.text) if t.glued and _is_bare(t) else 1 for t in row.ink.tokens) >= n for row, n in wide)
    heads = sum(head.whole for head in flat.heads.values())
    if len(flat.rows) < REPEATED * len(flat.table.rows):
        return heads == len(flat.heads)
    return 2 * heads >= len(flat.heads) or (bool(wide) and 2 * full >= len(wide))


def _is_bare(token: Token) -> bool:
    return token.kind == "dash" or token.text.isdecimal()
