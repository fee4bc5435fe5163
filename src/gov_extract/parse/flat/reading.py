"""A flattened table: its rows' ink, and the ways to read it.

In: the text, the labels found in it. Out: a `TableFlat`: for every row the readings that its order, its place and the form's
identities leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Rows
from functools import cache
from itertools import islice, pairwise
from typing import Literal, NamedTuple

import regex

from gov_extract.forms import Form, FormColumn, FormTable, Identity, load_forms
from gov_extract.parse.flat.ink import WAYS, Ink, Token, amount, read_ink, readings, summed
from gov_extract.parse.flat.sequence import LABEL, Sequence, Span, is_of_groups, letters, numbered, printed_label, words_of
from gov_extract.parse.flat.solve import Way, adds_up, row_ways, solve, summed_ways
from gov_extract.parse.values import header_units
from gov_extract.parse.vocabulary import TELLING

# The header of a table or block stands in so many characters before its first label.
HEADER = 180
# Behind the last label of a table its ink is looked for in so many characters.
TAIL = 400
# What of a header stands before the first label of a column has so many characters: 申请人情况, 总计.
HEAD = 12
# The corner and title of a header stand in so many characters before it.
BESIDE = 60
# A table of which this share of rows stands in the text once more is printed twice.
REPEATED = 0.7
# Rows that must show how the document prints before anything is concluded from it; and the share of them that must agree.
WITNESSES = 3
ALL_ROWS = 10
MOST = 0.8
# So many labels of columns in another order than the form's are no slip of the search.
CONTRARY = 4

How = Literal["order", "position", "table", "row", "open"]


class RowFlat(NamedTuple):
    """A row with its ink: `start` is where its label begins in the text, `bound` where what follows the row does; `lines` are
    the stream rows that it came from. `split`: its figures stand on several lines, several on one. `lent`: its figures stood on
    a line of their own behind those of the row before it, or those of the next row behind its own."""

    i: int
    span: Span
    label: str
    ink: Ink
    start: int
    lines: frozenset[int]
    bound: int
    split: bool = False
    lent: bool = False


class Head(NamedTuple):
    """The header of a block: the columns' labels as printed, in their order in the text; whether they are the form's, and
    whether enough of them stand there in another order to say that the columns do. `units` are those printed beside them."""

    texts: tuple[str, ...]
    whole: bool
    ordered: bool
    lines: frozenset[int]
    contrary: bool = False
    units: tuple[str, ...] = ()


class TableFlat(NamedTuple):
    """A flattened table. `placed` are the ways to read rows that where their figures stand leaves, `summed` those of them that
    are left where rows add up, `ways` those that are left after all, `how` what told them. `within`: of a table whose rows
    stand side by side the first and last column, counted through, in which each figure can stand. `lacks` are columns that the
    form has and the printed table has not: `table` is the form's without them."""

    form: Form
    table: FormTable
    rows: tuple[RowFlat, ...]
    heads: dict[str | None, Head]
    plain: bool
    placed: dict[int, tuple[Way, ...]] = {}  # noqa: RUF012
    summed: dict[int, tuple[Way, ...]] = {}  # noqa: RUF012
    within: tuple[tuple[int, int], ...] = ()
    ways: dict[int, tuple[Way, ...]] = {}  # noqa: RUF012
    how: dict[int, How] = {}  # noqa: RUF012
    lacks: frozenset[str] = frozenset()

    @property
    def own(self) -> tuple[Identity, ...]:
        """The identities of each row, as far as the table has their columns."""
        codes = {column.code for column in self.table.columns}
        return tuple(
            entry
            for entry in self.form.identities
            if entry.table == self.table.id and entry.each == "row" and codes.issuperset((*entry.left, *entry.right))
        )


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
    heads = _heads(text, table, rows)
    lacks = _lacking(text, table, rows)
    if lacks:
        columns = {row.columns: tuple(c for c in row.columns if c.code not in lacks) for row in table.rows}
        table = table._replace(rows=tuple(row._replace(columns=columns[row.columns]) for row in table.rows))
        heads = _heads(text, table, rows)
    return TableFlat(form, table, tuple(rows), heads, any(head.whole for head in heads.values()), lacks=lacks)


def _lacking(text: Sequence, table: FormTable, rows: Rows[RowFlat]) -> frozenset[str]:
    """The one column of a table without blocks of whose label its header has no character, where it has all others, and no row
    has a figure too many for them."""
    n = len(table.columns)
    if table.layout != "rows" or n <= CONTRARY or not rows:
        return frozenset()
    counts = [sum(token.kind != "empty" for token in row.ink.tokens) for row in rows]
    if max(counts) != n - 1 or counts.count(n - 1) < WITNESSES or any(t.glued for row in rows for t in row.ink.tokens):
        return frozenset()
    low, end = max(0, rows[0].span.start - HEADER), rows[0].span.start
    names = {column.code: [letters(name) for name in (column.label, *column.aliases)] for column in table.columns}
    stands = {code: max(text.key.rfind(name, low, end) for name in known) for code, known in names.items()}
    absent = [code for code, at in stands.items() if at < 0]
    above = text.key[max(low, min((at for at in stands.values() if at >= 0), default=low) - HEAD) : end]
    torn = any(char in above for code in absent for char in names[code][0])
    return frozenset(absent) if len(absent) == 1 and not torn else frozenset()


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


def _heads(text: Sequence, table: FormTable, rows: Rows[RowFlat]) -> dict[str | None, Head]:
    """The header above the first row of every block."""
    heads: dict[str | None, Head] = {}
    for n, row in enumerate(rows):
        spec = table.rows[row.i]
        if spec.block in heads:
            continue
        low = max(rows[n - 1].span.end if n else 0, row.span.start - HEADER)
        hits: list[tuple[int, int, FormColumn]] = []
        for column in spec.columns:
            names = sorted({letters(name) for name in (column.label, *column.aliases)}, key=len, reverse=True)
            found = [(k + len(name), k) for name in names if (k := text.key.rfind(name, low, row.span.start)) >= 0]
            if found:
                end = max(found)[0]
                hits.append((min(k for stop, k in found if stop == end), end, column))
        hits.sort(key=lambda hit: hit[0])
        codes = [column.code for _, _, column in hits]
        wanted = [column.code for column in spec.columns if column.code in codes]
        starts = [start for start, _, _ in hits]
        ordered = codes == wanted or _total_above(text, table, hits, wanted)
        ends = [*starts[1:], row.span.start][: len(hits)]
        texts = tuple(
            "".join(text.text[text.at[start] : min(text.at[stop], text.at[end - 1] + HEADER // 9)].split())
            for (start, end, _), stop in zip(hits, ends, strict=True)
        )
        whole = len(hits) == len(spec.columns)
        lines = frozenset(text.row[text.at[s]] for start, end, _ in hits for s in range(start, end))
        contrary = not ordered and len(hits) >= CONTRARY
        above = max(rows[n - 1].ink.end if n else 0, text.at[hits[0][0] if hits else row.span.start] - BESIDE)
        units = _units_beside(text, above, text.at[row.span.start], [(text.at[s], text.at[e - 1]) for s, e, _ in hits])
        heads[spec.block] = Head(texts, whole, ordered, lines, contrary, units)
    return heads


def _units_beside(text: Sequence, low: int, high: int, hits: Rows[tuple[int, int]]) -> tuple[str, ...]:
    """The units that a header's corner or title names, but not its columns' labels (`hits`, which end before their units)."""
    kept = list(text.text[low:high])
    for n, (start, end) in enumerate(hits):
        behind = hits[n + 1][0] if n + 1 < len(hits) else high
        note = regex.compile(r"[\s\x1f]*[（(][^（）()]*[)）]").match(text.text, end + 1, behind)
        stop = note.end() if note else end + 1
        kept[max(0, start - low) : stop - low] = " " * (stop - max(start, low))
    return tuple(dict.fromkeys(header_units("".join(kept))))


def _total_above(text: Sequence, table: FormTable, hits: Rows[tuple[int, int, FormColumn]], wanted: Rows[str]) -> bool:
    """Whether columns stand in the order `wanted` but for the total, whose cell spans the two lines of the header: it may stand
    before the cells of the line below, behind the words over them, or before all where its line is printed first."""
    rest = [column.code for _, _, column in hits if column.code != "total"]
    total = next((start for start, _, column in hits if column.code == "total"), None)
    if total is None or not rest or rest != [code for code in wanted if code != "total"]:
        return False
    words = [letters(word) for word in table.over]
    if hits[0][2].code == "total":
        return any(text.key.endswith(word, 0, total) for word in words)
    return any(text.key.find(word, hits[0][1], total) >= 0 for word in words)


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


def prints_zeros(tables: Rows[TableFlat], dash: int) -> bool:
    """Whether no cell can be empty: zeros or dashes are printed, and all of many rows have a character for each column, of a
    dash as many as it has. A table without any ink says nothing of the others."""
    inked = [flat for flat in tables if any(row.ink.tokens for row in flat.rows)]
    rows = [(row, len(flat.table.rows[row.i].columns)) for flat in inked for row in flat.rows if not row.ink.unclear]
    if len(rows) < ALL_ROWS:
        return False
    zeros = any(token.kind == "dash" or token.text.startswith("0") for row, _ in rows for token in row.ink.tokens)
    return zeros and all(sum(_most(token, dash) for token in row.ink.tokens) >= n for row, n in rows)


def _most(token: Token, dash: int) -> int:
    """How many figures or dashes a token can be at most."""
    if not token.glued:
        return 1
    return len(token.text) // (dash or 1) if token.kind == "dash" else len(token.text)


def all_glued(tables: Rows[TableFlat]) -> list[TableFlat]:
    """The tables; where figures are glued to their labels as a rule, those on a line of their own are glued together too."""
    first = [row.ink.tokens[0].glued for flat in tables for row in flat.rows if row.ink.tokens]
    if sum(first) < MOST * len(first) or len(first) < ALL_ROWS:
        return list(tables)
    return [
        flat._replace(
            rows=tuple(
                row._replace(ink=row.ink._replace(tokens=tuple(token._replace(glued=True) for token in row.ink.tokens)))
                for row in flat.rows
            )
        )
        for flat in tables
    ]


def lone_blanks(tables: Rows[TableFlat]) -> bool:
    """Whether a row without ink is out of the ordinary: all others have a token for every column, so that it lost its own."""
    rows = [
        (row, len(flat.table.rows[row.i].columns))
        for flat in tables
        if flat.table.layout != "side_by_side"
        for row in flat.rows
    ]
    short = sum(len(row.ink.tokens) < n and not any(token.glued for token in row.ink.tokens) for row, n in rows)
    return len(rows) >= ALL_ROWS and short <= 1


def settle_rows(flat: TableFlat, *, blanks: bool, lone: bool, dash: int) -> TableFlat:
    """The table with the ways to read its rows that order and identities leave; `blanks`: a cell may be without ink;
    `lone`: a row without any is not to be believed."""
    table = flat.table
    own = flat.own
    ways: dict[int, tuple[Way, ...]] = {}
    how: dict[int, How] = {}
    open_rows: dict[int, list[Way]] = {}
    before_empty = {row.i for row, below in pairwise(flat.rows) if not below.ink.tokens}
    surplus = False  # the row before has more figures than columns: a row without any may have lost them to it
    for row in flat.rows:
        columns = table.rows[row.i].columns
        lost, surplus = surplus and not row.ink.tokens, len(row.ink.tokens) > len(columns) or row.split
        lost = lost or (row.split and row.i in before_empty)
        fixed = first_reading(row.ink, len(columns))
        empty = not row.ink.tokens
        if row.ink.unclear or (row.ink.doubt and (fixed is None or empty)) or (lone and empty and not flat.placed) or lost:
            how[row.i] = "open"
            continue
        if len(flat.placed.get(row.i, ())) == 1 and (fixed is None or empty):
            ways[row.i], how[row.i] = flat.placed[row.i], "position"
            continue
        if fixed is not None:
            ways[row.i], how[row.i] = (fixed,), "order"
            continue
        tokens = [token for token in row.ink.tokens if token.kind != "empty"]
        cut = None if blanks else _totalled(tokens, columns, own)
        choice: list[Way] | None = cut or list(flat.summed.get(row.i, flat.placed.get(row.i, ())))
        if not choice:
            choice = row_ways(readings(tokens, len(columns), dash), len(columns), blanks=blanks)
        if choice is None and own:  # too many, but for those that add up
            codes = [column.code for column in columns]
            choice = summed_ways(tokens, len(columns), codes.index(own[0].total), blanks=blanks, dash=dash)
        if cut and len(tokens[0].text) > len(columns):  # the sum was asked: it is no order that tells
            open_rows[row.i] = cut
        elif not choice:
            how[row.i] = "open"
            if own and len(tokens) > len(columns):  # too many figures: some may be one
                open_rows[row.i] = []
        elif (
            len(choice) == 1
            and row.i not in flat.summed
            and not _is_forced(choice[0], tokens, own, [column.code for column in columns])
        ):
            ways[row.i], how[row.i] = (choice[0],), "order"
        else:
            open_rows[row.i] = choice
    by_number = {row.i: row for row in flat.rows}
    if own and _adding(table, own, ways, open_rows):
        for i, choice in open_rows.items():
            codes = [column.code for column in table.rows[i].columns]
            kept = tuple(way for way in choice if all(adds_up(way, identity, codes) for identity in own))
            kept = kept or _parted(by_number[i].ink, codes, own, blanks=blanks)
            if kept:
                ways[i], how[i] = kept, "row"
            else:
                how[i] = "open"
    else:
        how |= dict.fromkeys(open_rows, "open")
    if open_rows and own and not any(told == "row" for told in how.values()):
        without = _without_totals(flat, own, open_rows)
        if without is not None:
            return flat._replace(ways={**ways, **without}, how={**how, **dict.fromkeys(without, "table")})
    moved = {row.i for row in flat.rows if row.lent}
    whole = False
    if (moved or any(told == "row" for told in how.values())) and "open" not in how.values() and table.layout == "rows":
        codes = [column.code for column in table.columns]
        solved = solve(flat.form, table.id, [row.code for row in table.rows], codes, ways)
        if whole := solved.whole:
            ways = dict(solved.ways)
            how |= {i: "table" for i, told in how.items() if told == "row" or i in moved}
    if not whole:
        how |= dict.fromkeys(moved, "open")
    if own and None in flat.heads and not flat.heads[None].contrary and _adding(table, own, ways, {}):
        # Totals that stand where the form has them show the order of the columns as well as a header does.
        flat = flat._replace(heads={**flat.heads, None: flat.heads[None]._replace(ordered=True)})
    return flat._replace(ways=ways, how=how)


def _parted(ink: Ink, codes: Rows[str], own: Rows[Identity], *, blanks: bool) -> tuple[Way, ...]:
    """The ways to read a row that adds up when two figures one blank apart are one (1 388)."""
    found: dict[Way, None] = {}
    for tokens in together(ink):
        ways = row_ways(readings(tokens, len(codes)), len(codes), blanks=blanks) or []
        found |= dict.fromkeys(way for way in ways if all(adds_up(way, identity, codes) for identity in own))
    return tuple(found)


def together(ink: Ink) -> Iterator[tuple[Token, ...]]:
    """The tokens with two that have one blank between them put together, in every way."""
    for k in range(1, len(ink.tokens)):
        one, other = ink.tokens[k - 1 : k + 1]
        if (one.text + other.text).isdecimal() and other.at == one.at + len(one.text) + 1:
            yield (*ink.tokens[: k - 1], one._replace(text=one.text + other.text), *ink.tokens[k + 1 :])


def dash_length(tables: Rows[TableFlat]) -> int:
    """How many characters one dash has, told by rows that hold nothing but dashes in every column; 0 where they do not tell."""
    runs = [
        len(row.ink.tokens[0].text) / len(flat.table.rows[row.i].columns)
        for flat in tables
        if flat.table.layout != "side_by_side"
        for row in flat.rows
        if len(row.ink.tokens) == 1 and row.ink.tokens[0].kind == "dash" and len(flat.table.rows[row.i].columns) > 1
    ]
    length = runs[0] if len(set(runs)) == 1 and len(runs) >= WITNESSES else 0.0
    return int(length) if length == int(length) else 0


def _totalled(tokens: Rows[Token], columns: Rows[FormColumn], own: Rows[Identity]) -> list[Way] | None:
    """The ways to cut one run of digits into a figure for each column, the last of them the total of the others."""
    if len(tokens) != 1 or not own or not tokens[0].glued or not (tokens[0].text.isascii() and tokens[0].text.isdigit()):
        return None
    identity = own[0]
    codes = [column.code for column in columns]
    if len(own) > 1 or identity.left != (codes[-1],) or set(identity.right) != set(codes[:-1]):
        return None
    return [cut for cut, left in islice(summed(tokens[0].text, len(codes)), WAYS) if not left]


def _without_totals(flat: TableFlat, own: Rows[Identity], open_rows: dict[int, list[Way]]) -> dict[int, tuple[Way, ...]] | None:
    """The rows read in order with nothing printed in the last column: where all rows lack just one figure, those that say
    something do not end in a sum, and every column adds up."""
    columns = flat.table.columns
    last = len(columns) - 1
    if flat.table.layout != "rows" or any(entry.total != columns[last].code for entry in own):
        return None
    ways: dict[int, tuple[Way, ...]] = {}
    filled = 0
    for row in flat.rows:
        tokens = [token for token in row.ink.tokens if token.kind != "empty"]
        if (
            row.ink.doubt
            or row.ink.unclear
            or len(tokens) != last
            or any(token.glued and _divisible(token) for token in tokens)
        ):
            return None
        ways[row.i] = ((*(token.text for token in tokens), None),)
        filled += any(amount(token.text) for token in tokens)
    codes = [column.code for column in columns]
    summed = sum(
        bool(amount(way[0][last - 1])) and any(adds_up((None, *way[0][:last]), entry, codes) for entry in own)
        for way in ways.values()
    )
    if filled < WITNESSES or summed > (1 - MOST) * filled:
        return None
    solved = solve(flat.form, flat.table.id, [row.code for row in flat.table.rows], codes, ways)
    return {i: ways[i] for i in open_rows} if solved.whole else None


def first_reading(ink: Ink, n: int) -> Way | None:
    """The only way to read ink by its order: as many tokens as columns, none of which can be two; None where there is none."""
    if not ink.tokens:
        return (None,) * n
    inked = [token for token in ink.tokens if token.kind != "empty"]
    for tokens in (ink.tokens, inked):
        if len(tokens) == n and not any(token.glued and _divisible(token) for token in tokens):
            return tuple(None if token.kind == "empty" else token.text for token in tokens)
    return None if inked else (None,) * n


def _is_forced(way: Way, tokens: Rows[Token], own: Rows[Identity], codes: Rows[str]) -> bool:
    """Whether the only way to read glued ink is not one character a column, and does not add up: a sign among the figures may
    be no figure at all."""
    single = sum(len(token.text) for token in tokens if token.glued) + sum(not token.glued for token in tokens) == len(way)
    return not single and any(t.glued and _divisible(t) for t in tokens) and any(not adds_up(way, i, codes) for i in own)


def _divisible(token: Token) -> bool:
    return len(token.text) > 1


def _adding(table: FormTable, own: Rows[Identity], ways: dict[int, tuple[Way, ...]], open_rows: dict[int, list[Way]]) -> bool:
    """Whether the rows' totals are printed and right as a rule, so that they are evidence for the rows left."""
    votes: Counter[bool] = Counter()
    for i, choice in [*ways.items(), *open_rows.items()]:
        codes = [column.code for column in table.rows[i].columns]
        if any(amount(text) for way in choice[:1] for text in way):
            votes[any(all(adds_up(way, identity, codes) for identity in own) for way in choice)] += 1
    return votes[True] >= WITNESSES and votes[True] >= MOST * sum(votes.values())
