"""The flattened table whose rows stand side by side: one run of header labels, then one row of figures for all of them.

In: the text, the form's table. Out: a `TableFlat` with a row for each label, and the ways to share the figures among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Rows
from itertools import islice, pairwise

import regex

from gov_extract.forms import Form, FormTable
from gov_extract.parse.flat.cutting import amount, first_pieces
from gov_extract.parse.flat.ink import Ink, Token, read_ink
from gov_extract.parse.flat.model import Head, How, RowFlat, TableFlat
from gov_extract.parse.flat.reading import TAIL
from gov_extract.parse.flat.sequence import LABEL, Sequence, Span, letters, without_figures
from gov_extract.parse.flat.settling import first_reading, together
from gov_extract.parse.flat.solve import Way, adds_up, placements

# Of the letters that the header should have at most so many may be missing, or be too many (a total named otherwise).
OTHERWISE = 8
# Ways to share the figures that are looked at.
SHARES = 4000

Tokens = tuple[Token, ...]


def find_review(text: Sequence, form: Form, table: FormTable) -> Iterator[TableFlat]:
    """Every header of the table, as a run of its labels, whole or in pieces of any order, with the ink behind it."""
    own = [letters(column.label) for column in table.columns] * len(table.rows)
    words = [*own, *(letters(row.label) for row in table.rows), *(letters(group.label) for group in table.groups)]
    wanted = Counter("".join(words))
    aliases = "".join(letters(alias) for column in table.columns for alias in column.aliases)
    least = sum(wanted.values()) - OTHERWISE
    for match in regex.finditer(f"[{''.join(wanted)}{aliases}]{{{least},}}", text.key):
        start, end = match.start(), without_figures(text, *match.span())
        counted = Counter(text.key[start:end])
        if sum((wanted - counted).values()) > OTHERWISE // 2:
            continue
        ordered = _in_order(text.key[start:end], table)
        masked = list(text.text)
        for s in range(start, end):
            masked[text.at[s]] = LABEL
        behind = text.at[end - 1] + 1
        ink = read_ink(
            "".join(masked), text.at[end - 1], min(len(masked), behind + TAIL), signed=False, last=True, numbered=True
        )
        lines = frozenset(text.row[text.at[start] : max(ink.end, behind)])
        span = Span(0, start, end, 1.0)
        rows = tuple(
            RowFlat(i, span._replace(i=i), row.label, ink, text.at[start], lines, ink.end) for i, row in enumerate(table.rows)
        )
        head = Head(tuple(column.label for column in table.columns), ordered, True, lines)
        yield TableFlat(form, table, rows, {None: head}, True)


def _in_order(run: str, table: FormTable) -> bool:
    """Whether each row's outcomes stand one behind the other as the form has them, and the rows' labels in its order."""
    at = 0
    for _ in table.rows:
        for column in table.columns:
            found = [k for name in (column.label, *column.aliases) if (k := run.find(letters(name), at)) >= 0]
            if not found:
                return False
            at = min(found) + 1
    starts = [run.find(letters(row.label)) for row in table.rows]
    return -1 not in starts and all(a < b for a, b in pairwise(starts))


def settle_review(flat: TableFlat, *, blanks: bool, lone: bool, dash: int) -> TableFlat:
    """The table with the ways to share its figures among its rows that order and sums leave (see `settle_rows`)."""
    ink, n, width = flat.rows[0].ink, len(flat.table.rows), len(flat.table.columns)
    codes = [column.code for column in flat.table.columns]
    own = flat.own
    shared: list[tuple[Way, ...]] = []
    how: How = "row"
    fixed = None if ink.doubt or ink.unclear or (lone and not ink.tokens) else first_reading(ink, n * width)
    if fixed is not None:
        shared = [tuple(fixed[k * width : (k + 1) * width] for k in range(n))]
        how = "order"
    elif flat.placed and not ink.doubt and not ink.unclear:
        shared = [tuple(flat.placed[k][0] for k in range(n))]
        how = "position"
    elif flat.within and all(first == last for first, last in flat.within) and not ink.doubt and not ink.unclear:
        through: list[str | None] = [None] * (n * width)
        for (k, _), token in zip(flat.within, ink.tokens, strict=True):
            through[k] = token.text
        shared = [tuple(tuple(through[k * width : (k + 1) * width]) for k in range(n))]
        how = "position"
    elif not ink.doubt and not ink.unclear and own:
        found = _shares(ink, n, width, flat.within, blanks=blanks, dash=dash)
        found = found or _shares(ink, n, width, (), blanks=blanks, dash=dash)
        if found:
            return flat._replace(ways=found, how=dict.fromkeys(found, how))
    if not shared and len(ink.tokens) == n * width + 1 and not ink.doubt and not ink.unclear:
        for tokens in together(ink):
            texts = [token.text for token in tokens]
            rows = tuple(tuple(texts[k * width : (k + 1) * width]) for k in range(n))
            if all(adds_up(way, identity, codes) for way in rows for identity in own):
                shared.append(rows)
    if not shared:
        return flat._replace(how=dict.fromkeys(range(n), "open"))
    ways = {k: tuple(dict.fromkeys(share[k] for share in shared)) for k in range(n)}
    return flat._replace(ways=ways, how=dict.fromkeys(range(n), how))


def _shares(
    ink: Ink, n: int, width: int, within: Rows[tuple[int, int]], *, blanks: bool, dash: int
) -> dict[int, tuple[Way, ...]] | None:
    """Every way to share the ink among the rows so that each adds up, by row; None where there is none, or too many."""
    tokens = tuple(token for token in ink.tokens if token.kind != "empty")
    told = within if len(within) == len(tokens) and not any(t.glued and len(t.text) > 1 for t in tokens) else ()
    shares = list(islice(_Sharing(width, blanks=blanks, dash=dash).all(tokens, n), SHARES + 1))
    if len(shares) > SHARES:
        return None
    found: dict[int, dict[Way, None]] = {k: {} for k in range(n)}
    for share in shares:
        at, ways = 0, list[list[Way]]()
        for k, figures in enumerate(share):
            columns = told[at : at + len(figures)]
            ways.append([way for way in _places(figures, width) if _fits(way, k * width, columns)])
            at += len(figures)
        if all(ways):
            for k, own in enumerate(ways):
                found[k] |= dict.fromkeys(own)
    return {k: tuple(own) for k, own in found.items()} if all(found.values()) else None


class _Sharing:
    """The ways to read ink as rows that add up, of `width` figures or, with `blanks`, fewer."""

    def __init__(self, width: int, *, blanks: bool, dash: int) -> None:
        self._width, self._blanks, self._dash = width, blanks, dash
        self._rows: dict[Tokens, list[tuple[tuple[str, ...], Tokens]]] = {}
        self._open: dict[tuple[Tokens, int], bool] = {}

    def all(self, tokens: Tokens, n: int) -> Iterator[tuple[tuple[str, ...], ...]]:
        """Every way to read the tokens as `n` rows."""
        if not n:
            yield ()
            return
        for figures, rest in self._first(tokens):
            if self._leads(rest, n - 1):
                for others in self.all(rest, n - 1):
                    yield (figures, *others)

    def _leads(self, tokens: Tokens, n: int) -> bool:
        """Whether the tokens can be read as `n` rows."""
        if not n:
            return not tokens
        if (tokens, n) not in self._open:
            self._open[tokens, n] = any(self._leads(rest, n - 1) for _, rest in self._first(tokens))
        return self._open[tokens, n]

    def _first(self, tokens: Tokens) -> list[tuple[tuple[str, ...], Tokens]]:
        """The rows with which the tokens can begin, each with what is left behind it."""
        if tokens not in self._rows:
            found = self._begun((), 0, tokens)
            self._rows[tokens] = [row for row in found if self._blanks or len(row[0]) == self._width]
        return self._rows[tokens]

    def _begun(self, before: tuple[str, ...], total: int, tokens: Tokens) -> Iterator[tuple[tuple[str, ...], Tokens]]:
        """The rows that begin with the figures `before`, which come to `total`."""
        if not total:
            yield before, tokens
        if len(before) == self._width or not tokens:
            return
        first, *rest = tokens
        for piece in first_pieces(first, self._dash):
            value = amount(piece)
            if value is None:
                continue
            left = first.text[len(piece) :]
            behind = (*([first._replace(text=left)] if left else ()), *rest)
            if before and total and value == total:
                yield (*before, piece), behind
            if len(before) + 1 < self._width or not total + value:
                yield from self._begun((*before, piece), total + value, behind)


def _places(figures: tuple[str, ...], width: int) -> Iterator[Way]:
    """The ways to put a row's figures, the last of which is their sum, or all of which are nothing, into its columns."""
    if not figures:
        yield (None,) * width
        return
    *parts, last = figures
    for way in placements(parts, width - 1):
        yield (*way, last)
    if len(figures) < width and not any(map(amount, figures)):
        for way in placements(figures, width - 1):
            yield (*way, None)


def _fits(way: Way, first: int, within: Rows[tuple[int, int]]) -> bool:
    """Whether the columns of a row's figures, counted through from `first`, are those in which they can stand."""
    columns = [first + k for k, text in enumerate(way) if text is not None]
    return not within or all(low <= k <= high for k, (low, high) in zip(columns, within, strict=False))
