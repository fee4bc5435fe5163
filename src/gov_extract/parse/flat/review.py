"""The flattened table whose rows stand side by side: one run of header labels, then one row of figures for all of them.

In: the text, the form's table. Out: a `TableFlat` with a row for each label, and the ways to share the figures among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as Rows
from itertools import pairwise

import regex

from gov_extract.forms import Form, FormTable, Identity
from gov_extract.parse.flat.ink import Ink, read_ink, summed
from gov_extract.parse.flat.reading import TAIL, Head, How, RowFlat, TableFlat, first_reading, together
from gov_extract.parse.flat.sequence import LABEL, Sequence, Span, letters, without_figures
from gov_extract.parse.flat.solve import Way, adds_up, placements

# Of the letters that the header should have at most so many may be missing, or be too many (a total named otherwise).
OTHERWISE = 8
# Ways to share the figures that are looked at.
SHARES = 4000


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


def settle_review(flat: TableFlat, *, blanks: bool, lone: bool) -> TableFlat:
    """The table with the ways to share its figures among its rows that order and sums leave (see `settle_rows`)."""
    ink, n, width = flat.rows[0].ink, len(flat.table.rows), len(flat.table.columns)
    codes = [column.code for column in flat.table.columns]
    own = [identity for identity in flat.form.identities if identity.table == flat.table.id and identity.each == "row"]
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
        shared = _shares(ink, n, width, codes, own[0], flat.within, blanks=blanks) or []
        shared = shared or _shares(ink, n, width, codes, own[0], (), blanks=blanks) or []
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
    ink: Ink, n: int, width: int, codes: list[str], identity: Identity, within: Rows[tuple[int, int]], *, blanks: bool
) -> list[tuple[Way, ...]] | None:
    """Every way to share the ink among the rows so that each adds up; None where there are too many."""
    tokens = [token for token in ink.tokens if token.kind != "empty"]
    found: list[tuple[Way, ...]] = []
    if len(tokens) == 1 and tokens[0].glued and regex.fullmatch("[0-9]+", tokens[0].text) and not blanks:
        for parts in _glued(tokens[0].text, n, width):
            found.append(parts)
            if len(found) > SHARES:
                return None
        return found
    if any(token.glued and len(token.text) > 1 for token in tokens) or len(tokens) > n * width or not blanks:
        return None
    texts = [token.text for token in tokens]

    def fits(at: int, row: int, way: Way) -> bool:
        if len(within) != len(texts):
            return True
        columns = [row * width + k for k, text in enumerate(way) if text is not None]
        return all(first <= k <= last for k, (first, last) in zip(columns, within[at:], strict=False))

    def share(at: int, rows: tuple[Way, ...]) -> None:
        if len(rows) == n:
            if at == len(texts):
                found.append(rows)
            return
        for count in range(min(width, len(texts) - at) + 1):
            for way in placements(texts[at : at + count], width):
                if len(found) <= SHARES and fits(at, len(rows), way) and (not count or adds_up(way, identity, codes)):
                    share(at + count, (*rows, way))

    share(0, ())
    return found if len(found) <= SHARES else None


def _glued(digits: str, n: int, width: int) -> Iterator[tuple[Way, ...]]:
    """Digits cut into `n` rows of `width` figures, the last of each being the sum of the others."""
    if not n:
        if not digits:
            yield ()
        return
    for row, rest in summed(digits, width):
        for others in _glued(rest, n - 1, width):
            yield (row, *others)
