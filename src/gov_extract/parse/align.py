"""One monotone alignment of a form's table to the stream of rows.

In: the stream, a form, a table of it. Out: which physical rows each row of the form stands on, and what was left over.

Exact labels are anchors: the heaviest chain of them that rises in both orders is taken. Between two anchors the rows that
are left are aligned by dynamic programming over the similarity of labels, joining rows that a page or line break tore.
A row is never matched against its label: a text that is (nearly) another row's label is vetoed, whatever else speaks for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from gov_extract.document import record
from gov_extract.forms import Form, FormTable, label_keys, load_forms
from gov_extract.forms.labels import normalise, strip_number
from gov_extract.parse.sections.headings import meaning
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_unit
from gov_extract.parse.vocabulary import (
    CLEAR,
    WEAK,
    Key,
    Target,
    is_corner,
    is_header_text,
    key,
    named_rows,
    numbers,
    similarity,
    vetoed,
)

How = Literal["exact", "similar", "order", "taken_back", "torn"]

# The scores of the alignment, tuned on documents with known cells: a match is worth SIMILARITY × similarity − OFFSET, so that
# a label worn below .3 is worth nothing; joining another row or leaving one out costs more the more it holds.
SIMILARITY = 10.0
OFFSET = 3.0
JOIN = 0.6
SLOTS_RIGHT = 2.0
SLOT_MISSING = 1.5
SKIP_FORM = 4.0
SKIP_ROW = 0.7
SKIP_FIGURES = 4.0
# What a worn label costs that has another row's number: of two worn ones that with the row's own goes before.
OTHER_NUMBER = 2.0
# A piece of a label that is another row's whole label, of so many characters, is no piece, whatever stands before it.
WHOLE = 8
# A row is torn into at most this many pieces.
PIECES = 3
# How far beyond its first and last anchor a table is searched for worn rows.
REACH = 8
# Between anchors a jump over rows with figures costs this much each, at most GAP in all: a chain stays in one copy of a table.
JUMP = 1.0
GAP = 9.0
# What a jump costs besides that leads over rows which stand before it in the form: the table begins again in between.
RESTART = 4.0
# Candidates before one that are looked at one by one: ten copies of the longest table.
NEAR = 250


class Candidate(NamedTuple):
    """An exact label: form row `i` named by label place `k` of stream row `j`."""

    i: int
    j: int
    k: int
    weight: float


class Match(NamedTuple):
    """Where a form's row stands: stream rows `rows` (pieces of one row), the label as printed, how it was found."""

    i: int
    rows: tuple[int, ...]
    place: int
    label: str
    similarity: float
    how: How


class Alignment(NamedTuple):
    """The rows of a table that were found, by form row, and the stream rows with figures that no form row explains.

    `repeated` are further exact labels of rows already found, `skipped` counts rows with figures between the exact ones.
    """

    form: Form
    table: FormTable
    matches: dict[int, Match]
    left_over: tuple[int, ...]
    repeated: tuple[Candidate, ...]
    skipped: int


Name = tuple[int, tuple[Target, ...]] | None
"""The label place of a stream row that names rows of forms exactly, and these rows."""


def exact_names(rows: Sequence[Row]) -> list[Name]:
    """For every row of the stream: the label place that names a form's row exactly, and the rows it names."""
    return [_exact_name(row) for row in rows]


def _exact_name(row: Row) -> Name:
    last = len(row.labels) - 1
    if last < 0:
        return None
    targets = named_rows(row.labels[last].text)
    if targets or not last:
        return (last, targets) if targets else None
    # The whole before its beginnings: a separator inside a label leaves pieces, the first of which may name the row.
    tried = [(last, row.joined), *((k, row.labels[k].text) for k in range(last - 1, -1, -1))]
    return next(((k, targets) for k, text in tried if (targets := named_rows(text))), None)


Named = Mapping[str, Sequence[tuple[int, int, Target]]]
"""A table's id → stream row, label place and row of a form, for each of its rows that is named exactly, in stream order."""


def by_table(names: Sequence[Name]) -> Named:
    """The names of a stream's rows, table by table: each is asked for in every form."""
    found: dict[str, list[tuple[int, int, Target]]] = {}
    for j, name in enumerate(names):
        if name is not None:
            for target in name[1]:
                found.setdefault(target.table, []).append((j, name[0], target))
    return found


def slots_behind(row: Row, place: int) -> tuple[Place, ...]:
    """The places of a row behind its label at `place`: texts there are unreadable figures."""
    if place == len(row.labels) - 1:
        return row.slots
    label = row.labels[place]
    behind = next(k for k, other in enumerate(row.places) if other is label)
    return row.places[behind + 1 :]


def candidates(rows: Sequence[Row], named: Named, table: FormTable) -> list[Candidate]:
    """The exact labels of a table's rows that have places for figures, in stream order."""
    index = table.row_numbers
    found = []
    for j, k, target in named.get(table.id, ()):
        i = index.get(target)
        if i is None:
            continue
        slots = len(slots_behind(rows[j], k))
        if not slots:
            continue
        wanted = len(table.rows[i].columns)
        weight = SIMILARITY - OFFSET + (SLOTS_RIGHT if slots >= wanted else -SLOT_MISSING * min(wanted - slots, 4))
        if rows[j].kind == "text":
            weight -= SLOT_MISSING  # a sentence may end in a number
        found.append(record(Candidate, (i, j, k, weight)))
    return found


def figures_before(rows: Sequence[Row]) -> list[int]:
    """For every row of the stream, and behind the last one, how many rows with figures stand before it."""
    return list(accumulate([row.has_figures for row in rows], initial=0))


def chain(found: Sequence[Candidate], figures: Sequence[int]) -> list[Candidate]:
    """The heaviest chain of candidates rising in form and stream. `figures[j]` counts rows with figures before j."""
    best: list[float] = []
    back: list[int] = []
    peaks: list[float] = []  # the best value so far: what lies before cannot win once it is higher
    # Of candidates farther back than NEAR the best for each form row: between them and here the jump costs its most.
    far: dict[int, int] = {}
    for n, node in enumerate(found):
        if n > NEAR:
            old = n - NEAR - 1
            if best[old] > best[far.get(found[old].i, old)] or found[old].i not in far:
                far[found[old].i] = old
        top, parent = 0.0, -1
        lowest = node.i  # the first row of the form that is named between the two
        near = range(n - 1, max(0, n - NEAR) - 1, -1)
        for m in (*near, *sorted(far.values(), reverse=True)) if far else near:
            if peaks[m] < top:
                break
            other = found[m]
            if other.j >= node.j:
                continue
            before, lowest = lowest, min(lowest, other.i)
            if best[m] < top or other.i >= node.i:
                continue
            jump = JUMP * (figures[node.j] - figures[other.j + 1]) + 0.3 * (node.i - other.i - 1)
            value = best[m] - min(GAP, jump) - (RESTART if before < other.i else 0.0)
            if value > top or (value == top and parent >= 0):  # of equals the first
                top, parent = value, m
        best.append(top + node.weight)
        back.append(parent)
        peaks.append(max(best[-1], peaks[-1]) if peaks else best[-1])
    if not best:
        return []
    n = max(range(len(best)), key=lambda k: (best[k], -k))
    picked = []
    while n >= 0:
        picked.append(found[n])
        n = back[n]
    return picked[::-1]


def align(
    rows: Sequence[Row],
    named: Named,
    form: Form,
    table: FormTable,
    figures: Sequence[int],
) -> Alignment | None:
    """Align a table by exact labels alone; None where the stream has nothing of it. See `fill_gaps` for the rest.

    `figures` are `figures_before` every row.
    """
    found = candidates(rows, named, table)
    if not found:
        return None
    picked = chain(found, figures)
    matches = {i: record(Match, (i, (j,), k, rows[j].labels[k].text, 1.0, "exact")) for i, j, k, _ in picked}
    used = {c.j for c in picked}
    rest = [c for c in found if c.j not in used]
    first, last = picked[0].j, picked[-1].j
    skipped = figures[last] - figures[first] - (len(picked) - 1)
    repeated = tuple(c for c in rest if c.i in matches)
    return Alignment(form, table, matches, (), repeated, skipped)


def fill_gaps(alignment: Alignment, rows: Sequence[Row], taken: frozenset[int]) -> Alignment:
    """Add the rows with worn, torn, lost or misplaced labels, and say which rows with figures remain.

    `taken` are stream rows that belong to other tables.
    """
    form, table = alignment.form, alignment.table
    matches = dict(alignment.matches)
    used = {j for match in matches.values() for j in match.rows} | {c.j for c in alignment.repeated} | taken
    order = sorted(matches)
    bounds = [(-1, _before(rows, matches[order[0]].rows[0], taken))]
    bounds += [(i, matches[i].rows[-1]) for i in order]
    bounds += [(len(table.rows), _behind(rows, matches[order[-1]].rows[-1], taken))]
    left_over: list[int] = []
    for (i0, j0), (i1, j1) in pairwise(bounds):
        if j1 - j0 < 2:
            continue
        inner = [
            j for j in range(j0 + 1, j1) if j not in used and (rows[j].labels or rows[j].slots) and not _is_header(rows[j])
        ]
        if not inner:
            continue
        missing = list(range(i0 + 1, i1))
        found = _gap(form, table, missing, inner, rows) if missing else {}
        heads = [match for match in (matches.get(i0), *(found[i] for i in sorted(found))) if match]
        ends = [*(match.rows[0] for match in found.values()), len(rows)]
        between = [_between(inner, head.rows[-1], ends) for head in heads]
        torn = [_torn(form, table, head, behind, rows) for head, behind in zip(heads, between, strict=True)]
        late: list[Match | None] = []
        if len(found) == len(missing):
            whole = {match.i: match for match in torn if match}
            lent = {j for match in whole.values() for j in match.rows}
            labels = [match for match in (*(found[i] for i in sorted(found)), matches.get(i1)) if match]
            begins = [-1, *(match.rows[-1] for match in labels)]
            for label, start in zip(labels, begins, strict=False):
                before = [j for j in inner if start < j < label.rows[0] and j not in lent]
                late.append(_late_label(form, table, label, before, rows) if label.i not in whole else None)
        extended = [match for match in (*torn, *late) if match]
        matches |= found | {match.i: match for match in extended}
        explained = {j for match in (*found.values(), *extended) for j in match.rows}
        rest = [j for j in inner if j not in explained]
        still = [i for i in missing if i not in found]
        by_order = _by_order(table, still, rest, rows, alone=i0 >= 0 and i1 < len(table.rows))
        matches |= by_order
        placed = {j for match in by_order.values() for j in match.rows}
        left_over += [j for j in rest if j not in placed and rows[j].has_figures]
    return alignment._replace(matches=matches, left_over=tuple(left_over))


def _between(inner: Sequence[int], start: int, ends: Sequence[int]) -> list[int]:
    """The rows behind `start` up to the next of the `ends`."""
    end = min([end for end in ends if end > start])
    return [j for j in inner if start < j < end]


def _is_header(row: Row) -> bool:
    """Whether a row of a grid holds nothing but headers: they may stand again between the pieces of a torn row."""
    return row.kind == "grid" and not row.slots and len(row.labels) > 1 and all(is_header_text(p.text) for p in row.labels)


def _before(rows: Sequence[Row], first: int, taken: frozenset[int]) -> int:
    """The last row before a table: not beyond another table's rows, nor out of the grid or the lines around."""
    j = first - 1
    while j >= 0 and first - j <= REACH and j not in taken and _near(rows[j], rows[first]):
        j -= 1
    return j


def _behind(rows: Sequence[Row], last: int, taken: frozenset[int]) -> int:
    j = last + 1
    while j < len(rows) and j - last <= REACH and j not in taken and _near(rows[j], rows[last]):
        j += 1
    return j


def _near(row: Row, anchor: Row) -> bool:
    """Whether a row can belong to the same table as its anchor: rows of grids go with grids, lines with lines."""
    if row.kind == "text" and anchor.kind != "text":
        return len(row.joined) <= 40
    return True


def _gap(form: Form, table: FormTable, missing: Sequence[int], inner: Sequence[int], rows: Sequence[Row]) -> dict[int, Match]:
    """Dynamic programming over form rows × stream rows of one gap."""
    n, m = len(missing), len(inner)
    options: dict[tuple[int, int], list[tuple[float, int, Match]]] = {}
    for a, i in enumerate(missing):
        for b in range(m):
            for pieces in range(1, min(PIECES, m - b) + 1):
                group = inner[b : b + pieces]
                if sum(not _is_header(rows[j]) for j in range(group[0], group[-1])) > pieces:
                    break
                scored = _score(form, table, i, group, rows)
                if scored and not _belongs_above(form, table, scored[1], inner[:b], rows):
                    options.setdefault((a, b), []).append((scored[0], pieces, scored[1]))
    _leave_the_clear(options)
    if not options:
        return {}
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    step: dict[tuple[int, int], tuple[int, int, Match | None]] = {}
    for a in range(n, -1, -1):
        for b in range(m, -1, -1):
            if a == n and b == m:
                continue
            value = float("-inf")
            move: tuple[int, int, Match | None] = (n, m, None)
            choices: list[tuple[float, tuple[int, int, Match | None]]] = []
            if a < n:
                choices.append((best[a + 1][b] - SKIP_FORM, (a + 1, b, None)))
            if b < m:
                cost = SKIP_FIGURES if rows[inner[b]].has_figures else SKIP_ROW
                choices.append((best[a][b + 1] - cost, (a, b + 1, None)))
            for score, pieces, match in options.get((a, b), ()):
                choices.append((best[a + 1][b + pieces] + score, (a + 1, b + pieces, match)))
            for candidate, target in choices:
                if candidate > value:
                    value, move = candidate, target
            best[a][b] = value
            step[a, b] = move
    found: dict[int, Match] = {}
    a = b = 0
    while (a, b) in step:
        a, b, taken = step[a, b]
        if taken:
            found[taken.i] = taken
    return found


def _leave_the_clear(options: dict[tuple[int, int], list[tuple[float, int, Match]]]) -> None:
    """Drop weak likenesses of a label that clearly stands in another row of the gap, be its place blank: what is like it then
    is a row of the agency's own."""
    clear: dict[int, set[int]] = {}
    for (a, _), scored in options.items():
        clear.setdefault(a, set()).update(j for _, _, match in scored if match.similarity >= CLEAR for j in match.rows)
    for at, scored in list(options.items()):
        stands = clear[at[0]]
        kept = [
            option for option in scored if option[2].similarity >= CLEAR or not stands or not stands.isdisjoint(option[2].rows)
        ]
        if kept:
            options[at] = kept
        else:
            del options[at]


def _score(form: Form, table: FormTable, i: int, group: Sequence[int], rows: Sequence[Row]) -> tuple[float, Match] | None:
    """The worth of reading the stream rows `group` as pieces of form row `i`; None where it is forbidden."""
    pieces = [rows[j] for j in group]
    through = sum(row.has_figures for row in pieces) > 1
    if (through and not _parted(pieces)) or not pieces[0].labels:
        return None
    if len(group) > 1 and any(row.kind == "text" and meaning(strip_number(row.joined)[1])[1] for row in pieces):
        return None  # a section's heading parts two tables
    if table.layout == "indicators" and sum(any(is_unit(place.text) for place in row.slots) for row in pieces) > 1:
        return None  # a row has one unit: these are two, one of which may be the agency's own
    wanted = len(table.rows[i].columns)
    slots = max((len(row.slots) for row in pieces), default=0)
    if not slots:
        return None
    target = Target(table.id, table.rows[i].code)
    named = named_rows(pieces[0].label)
    if named and target not in named:
        return None  # the text beside the figures is another row's label, of this form or of another
    best: tuple[float, str, Key] | None = None
    # Of two that fit alike the label alone is taken: in the other something may have been put before it.
    for text in dict.fromkeys(("".join(row.label for row in pieces), "".join(row.joined for row in pieces))):
        folded = key(text)
        value = similarity(folded, form.id, target)
        if best is None or value > best[0]:
            best = (value, text, folded)
    if best is None or best[0] < WEAK:
        return None
    exact = target in named_rows(best[1])
    if through and not exact:
        return None
    if not exact and vetoed(best[2], form, target):
        return None
    if best[0] < CLEAR and best[2].number and numbers()[target] not in (None, best[2].number):
        return None  # a label this worn has no number but its own: a heading that is like it has another
    if any(key(row.label).number for row in pieces[1:] if row.has_figures):
        return None  # the rest of a label beside figures begins with no number of its own
    whole = [key(row.label) for row in pieces if row.has_figures] if len(group) > 1 else []
    if any(vetoed(text, form, target, piece=True) for text in whole if len(text.text) >= WHOLE):
        return None  # a heading or note before another row does not make it this one
    if len(group) > 1 and pieces[0].slots and similarity(key(pieces[0].label), form.id, target) >= best[0]:
        return None  # the further pieces add nothing: neither to the label nor a place for figures
    missing = max(0, wanted - slots)
    score = SIMILARITY * best[0] - OFFSET - JOIN * (len(group) - 1)
    score += SLOTS_RIGHT if not missing else -SLOT_MISSING * min(missing, 4)
    if not exact and numbers()[target] is not None and best[2].number not in (None, numbers()[target]):
        score -= OTHER_NUMBER
    place = len(pieces[0].labels) - 1
    return score, Match(i, tuple(group), place, best[1], 1.0 if exact else best[0], "similar")


def _parted(pieces: Sequence[Row]) -> bool:
    """Whether a page break may have parted a row through its label and its figures, lines of both on either page."""
    parted = len(pieces) == 2 and pieces[0].page != pieces[1].page
    return parted and all(row.kind == "grid" and row.label for row in pieces)


def _belongs_above(form: Form, table: FormTable, match: Match, before: Sequence[int], rows: Sequence[Row]) -> bool:
    """Whether the label of a match is the end of one that begins in the lines above it, and that is another row's."""
    if match.how == "exact" or match.similarity == 1.0 or key(match.label).number:
        return False
    target = Target(table.id, table.rows[match.i].code)
    text, below = match.label, match.rows[0]
    for j in reversed(before[1 - PIECES :]):
        if j != below - 1 or rows[j].has_figures or not rows[j].labels:
            return False
        text, below = rows[j].label + text, j
        named = named_rows(text)
        if (named and target not in named) or vetoed(key(text), form, target):
            return True
    return False


def _torn(form: Form, table: FormTable, above: Match, inner: Sequence[int], rows: Sequence[Row]) -> Match | None:
    """A match with the rest of its row among those `inner` to the next match, where a page break put its figures on the next
    page.

    Only across the border of a block, only a first piece without ink, and a second one without a label, with the rest of the
    first one's, or with that of a group: within a grid an unlabelled row is a row whose label is lost, and may not lend its
    figures to its neighbour.
    """
    if above.how not in ("exact", "similar"):
        return None
    j = next((j for j in inner if rows[j].has_figures), None)
    if j is None or rows[j].page == rows[above.rows[-1]].page:
        return None
    row = rows[j]
    if any(rows[k].has_figures for k in above.rows):
        fills = not row.grid_row and _fills(rows[above.rows[-1]], row)
        return above._replace(rows=(*above.rows, j), how="torn") if fills else None
    joined = above._replace(label=above.label + row.label)
    if not _continues(form, table, joined, row, rows, range(above.rows[-1] + 1, j)):
        return None
    if named_rows(row.label):
        return None
    rest = "".join(place.text for place in row.labels if not is_beside(place.text, form, table))
    if not rest:
        return above._replace(rows=(*above.rows, j))
    target = Target(table.id, table.rows[above.i].code)
    label = above.label + rest
    if target not in named_rows(label) or vetoed(key(label), form, target):
        return None
    return above._replace(rows=(*above.rows, j), label=label)


def _fills(labelled: Row, other: Row) -> bool:
    """Whether a row without any label has ink only where a row with one, on the page before or behind, has a place and none:
    what did not fit there stands here."""
    if other.labels or other.kind != "grid" or labelled.kind != "grid":
        return False
    empty = [place for place in labelled.slots if not place.text]
    inked = [place for place in other.slots if place.text]
    return all(any(hole.x0 <= (place.x0 + place.x1) / 2 < hole.x1 for hole in empty) for place in inked)


def _parts_page(rows: Sequence[Row], above: int, below: int) -> bool:
    """Whether of two rows the lower one is the first of its grid, and the upper one's grid has no other row below it."""
    between = rows[above + 1 : below]
    return not rows[below].grid_row and all(
        row.block != rows[above].block or not any(place.text for place in row.places) for row in between
    )


def _continues(form: Form, table: FormTable, match: Match, piece: Row, rows: Sequence[Row], between: Iterable[int]) -> bool:
    """Whether a row can be a piece of a match across a page break: no more figures than the form has columns, or the match has
    places (a column that the report adds), and nothing but this table's own header, repeated, between the two."""
    most = max(len(table.rows[match.i].columns), *(len(rows[j].slots) for j in match.rows))
    if table.layout != "indicators" and sum(bool(place.text) for place in piece.slots) > most:
        return False
    own = _header_keys(form.id, table.id)
    if any(not (is_beside(p.text, form, table) or normalise(p.text) in normalise(match.label)) for p in piece.labels):
        return False
    for j in between:
        texts = _texts(rows[j]) if rows[j].kind != "text" else []
        known = [normalise(text) in own or is_corner(text) or _is_title(text, table) for text in texts]
        # Before the heads of columns stands the header's corner, however it is worded.
        if not all(known[1:] if len(known) > 1 else known) and not _printed_before(rows, j):
            return False
    return True


def _texts(row: Row) -> list[str]:
    return [place.text for place in row.places if place.text]


def _printed_before(rows: Sequence[Row], j: int) -> bool:
    """Whether a row of a header stood above word for word: it is printed again, with the columns that the report adds."""
    return len(rows[j].labels) > 1 and not rows[j].has_figures and any(_texts(row) == _texts(rows[j]) for row in rows[:j])


def _is_title(text: str, table: FormTable) -> bool:
    """Whether a text is the heading of the table's own section, which may be a row of the table and stand again with it."""
    return meaning(strip_number(text)[1]) == (table.id, True)


def is_beside(text: str, form: Form, table: FormTable) -> bool:
    """Whether a text beside figures is no label of theirs: a group's, a header's, or an indicator's unit."""
    return _is_head(text, form.id, table.id) or (table.layout == "indicators" and is_unit(text))


def _is_head(text: str, form: str, table: str) -> bool:
    """Whether a label is a group's or a header's, or a piece of one."""
    folded = normalise(text)
    return any(folded in key for key in _header_keys(form, table))


@cache
def _header_keys(form: str, table: str) -> frozenset[str]:
    spec = load_forms()[form].tables[table]
    groups = (*spec.groups, *spec.headings, *spec.beside)
    keys = set[str]().union(*map(label_keys, spec.columns), *map(label_keys, groups))
    return frozenset(keys | {normalise(text) for text in spec.corner})


def _late_label(form: Form, table: FormTable, below: Match | None, inner: Sequence[int], rows: Sequence[Row]) -> Match | None:
    """The match below a gap with the beginning of its row, where a page break left figures on the page before the label.

    Only where no form row is missing in between and the figures end a block; the row below begins one and has no ink, or none
    where the figures stand.
    """
    if below is None or below.how not in ("exact", "similar"):
        return None
    j = next((j for j in reversed(inner) if rows[j].has_figures), None)
    own = _header_keys(form.id, table.id)
    if j is None or rows[j].page == rows[below.rows[0]].page:
        return None
    if rows[below.rows[0]].has_figures and not (_fills(rows[below.rows[0]], rows[j]) and _parts_page(rows, j, below.rows[0])):
        return None
    if any(named_rows(place.text) and normalise(place.text) not in own for place in rows[j].labels):
        return None
    if not _continues(form, table, below, rows[j], rows, range(j + 1, below.rows[0])):
        return None
    return below._replace(rows=(*below.rows, j), how="torn")


def _by_order(
    table: FormTable, missing: Sequence[int], rest: Sequence[int], rows: Sequence[Row], *, alone: bool
) -> dict[int, Match]:
    """Rows without labels between two known rows, when they are as many as the form's rows that are missing there."""
    unlabelled = [j for j in rest if not rows[j].labels and rows[j].has_figures]
    if not alone or not missing or len(unlabelled) != len(missing):
        return {}
    if any(len(rows[j].slots) < len(table.rows[i].columns) for i, j in zip(missing, unlabelled, strict=True)):
        return {}
    return {i: Match(i, (j,), -1, "", 0.0, "order") for i, j in zip(missing, unlabelled, strict=True)}


def take_back(alignment: Alignment, rows: Sequence[Row], found: Sequence[Candidate]) -> Alignment:
    """Rows out of the form's order are taken where their label is exact and stands only once."""
    matches = dict(alignment.matches)
    used = {j for match in matches.values() for j in match.rows}
    times = Counter(candidate.i for candidate in found)
    for candidate in found:
        if candidate.i in matches or candidate.j in used or rows[candidate.j].kind == "text":
            continue
        if times[candidate.i] > 1:
            continue
        label = rows[candidate.j].labels[candidate.k].text
        matches[candidate.i] = Match(candidate.i, (candidate.j,), candidate.k, label, 1.0, "taken_back")
        used.add(candidate.j)
    return alignment._replace(matches=matches)
