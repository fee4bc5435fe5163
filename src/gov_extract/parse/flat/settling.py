"""The ways to read a flattened table's rows that their order, their places and the form's identities leave.

In: tables with their ink. Out: the same with the ways that are left; nothing is chosen between two of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Rows
from itertools import islice, pairwise

from gov_extract.forms import FormColumn, FormTable, Identity
from gov_extract.parse.flat.cutting import WAYS, amount, readings, summed
from gov_extract.parse.flat.ink import Ink, Token
from gov_extract.parse.flat.model import How, TableFlat
from gov_extract.parse.flat.solve import Way, adds_up, row_ways, solve, summed_ways

# Rows that must show how the document prints before anything is concluded from it; and the share of them that must agree.
WITNESSES = 3
ALL_ROWS = 10
MOST = 0.8


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
