"""The statutory tables of a document: which form each is of, and every one of its cells.

In: a `Document`. Out: `Tables`: the cells of all tables (each canonical cell once), findings, the blocks that were used,
and which rows still lack an independent evidence (for a second reading).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gov_extract import checks
from gov_extract.document import Document, Finding, GridCell
from gov_extract.forms import Form, FormColumn, FormRow, FormTable, load_forms
from gov_extract.forms.labels import normalise, simplified
from gov_extract.parse import copies, indicators, side_by_side
from gov_extract.parse.align import (
    Alignment,
    Match,
    Name,
    align,
    candidates,
    exact_names,
    fill_gaps,
    slots_behind,
    take_back,
)
from gov_extract.parse.columns import (
    HEADER_ROWS,
    MOST_HEADS,
    NO_HEADER,
    Columns,
    Header,
    Rulers,
    clustered,
    common_margin,
    find_header,
    merge_pieces,
    ordered_headers,
    printed_in_order,
    rulers,
    told_by_header,
    told_by_order,
    told_by_rulers,
    under_header,
)
from gov_extract.parse.evidence import PIECE, Evidence, Proof
from gov_extract.parse.flat import unflatten
from gov_extract.parse.indicator_columns import Found, Layout, annex_rows
from gov_extract.parse.indicators import NUMBER
from gov_extract.parse.placed import place_rows
from gov_extract.parse.stream import Place, Row, stream
from gov_extract.parse.values import Figure, header_units, is_dash, is_multiple, money_factor, read_figure, unit_at_end
from gov_extract.parse.vocabulary import CLEAR, entry_keys, header_words, is_header_text, key, named_rows, official
from gov_extract.schema import Cell

# A table of which fewer than this share of rows is found, and no more than one row, is a chance likeness in the prose.
LIKENESS = 2


# Beside a table of indicators another table is one when this share of its rows is named.
HALF = 0.5
# So many labels of rows in a document without tables are a table that was not understood.
UNREAD = 8
# A block's title and header stand at most this many rows above its first row.
TITLES = 3
# A caption with the table's unit stands at most this many rows above its first row of figures, and is this short (characters).
CAPTIONS = 8
CAPTION = 60
# What a header cell that is not the official label counts for when forms are compared.
ALIAS = 0.4
# Of a table whose source holds label and figures in order at least this share of rows is proven by it.
ORDERLY = 0.7
# A table of which this share of rows stands a second time is printed twice; fewer are rows of some other table.
REPEATED = 0.7
# Copies of a table that are compared, at most.
MOST_COPIES = 4


class Unproven(NamedTuple):
    """A row whose figures no independent evidence supports.

    `contradicted`: a second reading saw another label or header; `digits`: the source has the same digits behind the label, but
    does not tell where one figure ends, so that the row's own sum must.
    """

    table: str
    row: str
    page: int | None
    contradicted: bool
    digits: bool


class Tables(NamedTuple):
    """Everything read from a document's tables.

    `unproven` are the rows without independent evidence so far; `used` the blocks that hold tables; `tied` says that the
    labels fit several forms equally well, so that the report's year would decide.
    """

    forms: Mapping[str, str]
    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]
    used: frozenset[tuple[int, int]]
    unproven: tuple[Unproven, ...]
    tied: bool = False


class TableRead(NamedTuple):
    """One table read: its form, its cells in the form's order, rows without evidence."""

    form: Form
    table: FormTable
    cells: list[Cell]
    findings: list[Finding]
    used: set[tuple[int, int]]
    unproven: list[Unproven]
    proven: list[Unproven]


def read_tables(document: Document, year: int | None = None) -> Tables:
    """Read every statutory table of a document.

    Parameters
    ----------
    year
        The report's year, asked only where a table's labels fit several forms equally well.
    """
    rows = place_rows(stream(document), document)
    rows, names = indicators.prepare(rows, exact_names(rows))
    evidence = Evidence(document)
    alignments = _choose(rows, names, year)
    flattened = unflatten(rows, document, alignments)
    if flattened.rows is not rows:
        known = {id(row): name for row, name in zip(rows, names, strict=True)}
        rows = list(flattened.rows)
        names = [known.get(id(row), name) for row, name in zip(rows, exact_names(rows), strict=True)]
        alignments = _choose(rows, names, year)
    rowwise = {j for a in alignments.values() for match in a.matches.values() for j in match.rows}
    more = {id_: _copies(id_, alignment, rows, names, year) for id_, alignment in alignments.items()}
    rowwise |= {j for others in more.values() for a in others for match in a.matches.values() for j in match.rows}
    reads: list[TableRead] = []
    filled: dict[str, Alignment] = {}
    dated = False
    for id_, alignment in alignments.items():
        group: list[tuple[Alignment, TableRead]] = []
        for copy in (alignment, *more[id_]):
            own = {j for match in copy.matches.values() for j in match.rows}
            full = fill_gaps(copy, rows, frozenset(rowwise - own))
            if not more[id_]:
                full = take_back(full, rows, candidates(rows, names, full.table))
            group.append((full, _read_table(full, rows, evidence, year)))
            rowwise |= {j for match in full.matches.values() for j in match.rows}
        chosen, is_dated = _better([read for _, read in group], [min(rows_of(a)) for a, _ in group], rows, rowwise, year)
        dated |= is_dated
        filled[id_] = group[chosen][0]._replace(repeated=() if more[id_] else alignment.repeated)
        reads.append(group[chosen][1])
        dated |= filled[id_].table.layout == "indicators" and _layout(filled[id_], rows, year).years
    margin = common_margin(
        [
            (slots_behind(rows[j], match.place), len(alignment.table.rows[match.i].columns))
            for alignment in filled.values()
            if alignment.table.layout != "indicators"
            for match in alignment.matches.values()
            for j in match.rows[:1]
            if rows[j].kind == "cells" and match.place >= 0
        ]
    )
    siblings = [read.form.id for read in reads]
    default = load_forms()[_common(siblings, year)]
    for id_, table in default.tables.items():
        if id_ in alignments:
            continue
        beside: list[tuple[int, TableRead]] = []
        while len(beside) < MOST_COPIES:
            another = _read_side_by_side(default, table, rows, names, evidence, rowwise, margin)
            if another is None or (beside and not _is_whole(another[1])):
                break
            beside.append(another)
        if beside:
            chosen, is_dated = _better([read for _, read in beside], [first for first, _ in beside], rows, rowwise, year)
            dated |= is_dated
            reads.append(beside[chosen][1])
    if not reads:
        local = _read_annex(rows, year)
        if local:
            return local
    for read in reads:
        if read.table.id in filled:
            _remarks(read, filled[read.table.id], rows, rowwise, year)
    if not reads:
        named = {target for row in rows for place in row.places for target in named_rows(place.text)}
        if len(named) < UNREAD:
            return Tables({}, (), (), frozenset(), ())
        message = f"{len(named)} labels of the statutory tables stand in the document, but no table could be made of them"
        return Tables({}, (), (Finding("warning", "tables_unread", message),), frozenset(), ())
    present = {read.table.id for read in reads}
    absent = [table for id_, table in default.tables.items() if id_ not in present]
    order = list(default.tables)
    reads.sort(key=lambda read: order.index(read.table.id) if read.table.id in order else len(order))
    cells = [cell for read in reads for cell in read.cells]
    findings = [finding for read in reads for finding in read.findings]
    findings += [finding for finding in flattened.findings if finding.table in present]
    for table in absent:
        cells += [_missing(default, table, row, column) for row in table.rows for column in row.columns]
        findings.append(
            Finding("warning", "table_missing", f"the table {table.id} was not found in the document", None, table.id)
        )
        findings += [_row_missing(table, row, None) for row in table.rows]
    cells.sort(key=lambda cell: order.index(cell.table) if cell.table in order else len(order))
    return Tables(
        {read.table.id: read.form.id for read in reads},
        tuple(cells),
        tuple(findings),
        frozenset().union(*(read.used for read in reads)),
        tuple(entry for read in reads for entry in read.unproven),
        tied=not siblings or dated,
    )


def rows_of(alignment: Alignment) -> set[int]:
    """The stream rows that a table's rows stand on."""
    return {j for match in alignment.matches.values() for j in match.rows}


def _copies(id_: str, alignment: Alignment, rows: Sequence[Row], names: Sequence[Name], year: int | None) -> list[Alignment]:
    """Further copies of a table in the stream, each with most of its rows."""
    found: list[Alignment] = []
    taken = rows_of(alignment)
    left = len(alignment.repeated)
    while left >= REPEATED * len(alignment.table.rows) and len(found) < MOST_COPIES:
        free = [None if j in taken else name for j, name in enumerate(names)]
        copy = _choose(rows, free, year, only=id_).get(id_)
        if copy is None or len(copy.matches) < REPEATED * len(copy.table.rows):
            break
        found.append(copy)
        taken |= rows_of(copy)
        left = len(copy.repeated)
    return found


def _is_whole(read: TableRead) -> bool:
    return all(cell.state != "missing" for cell in read.cells) and any(cell.state == "read" for cell in read.cells)


def _better(
    reads: Sequence[TableRead], firsts: Sequence[int], rows: Sequence[Row], taken: set[int], year: int | None
) -> tuple[int, bool]:
    """Which copy of a table stands (the others' differing rows become findings of it), and whether titles name years."""
    if len(reads) == 1:
        return 0, False
    named = [copies.named_years(rows, first, taken) for first in firsts]
    chosen = copies.best([read.cells for read in reads], named, year)
    kept = reads[chosen]
    id_ = kept.table.id
    for k, other in enumerate(reads):
        if k == chosen:
            continue
        kept.used.update(other.used)
        page = next((cell.page for cell in other.cells if cell.page is not None), None)
        which = "first" if chosen == 0 else "last" if chosen == len(reads) - 1 else f"{chosen + 1}th"
        message = f"the table {id_} is printed {len(reads)} times; the {which} copy was read"
        kept.findings.append(Finding("warning", "table_repeated", message, page, id_))
        for code in copies.differing(kept.cells, other.cells):
            message = "the row stands in the document again, with other figures"
            kept.findings.append(Finding("warning", "row_repeated", message, page, id_, code))
    return chosen, any(n.years or n.earlier for n in named)


def _common(forms: Sequence[str], year: int | None) -> str:
    """The form of most tables; where none decides, that of the year, else the newest."""
    known = load_forms()
    counted = sorted(set(forms), key=lambda f: (-forms.count(f), -int(f)))
    if counted and (len(counted) == 1 or forms.count(counted[0]) > forms.count(counted[1])):
        return counted[0]
    choice = counted or list(known)
    if year is not None:
        for id_ in choice:
            first, last = known[id_].years
            if first <= year <= last:
                return id_
    return choice[0]


def _choose(rows: Sequence[Row], names: Sequence[Name], year: int | None, only: str | None = None) -> dict[str, Alignment]:
    """For every table (or `only` one) the form whose labels fit best: rows found, less those missing and those unexplained."""
    found: dict[str, list[Alignment]] = {}
    for form in load_forms().values():
        for id_, table in form.tables.items():
            if table.layout == "side_by_side" or only not in (None, id_):
                continue
            alignment = align(rows, names, form, table)
            if alignment is not None and len(alignment.matches) >= LIKENESS:
                found.setdefault(id_, []).append(alignment)
    stands = {
        id_: frozenset(j for a in alignments for match in a.matches.values() for j in match.rows)
        for id_, alignments in found.items()
    }
    chosen = {}
    for id_, alignments in found.items():
        others = frozenset[int]().union(*(stands[other] for other in stands if other != id_))
        if len(alignments) == 1:
            chosen[id_] = alignments[0]
            continue
        scored = [(_score(alignment, rows, others), alignment) for alignment in alignments]
        best = max(score for score, _ in scored)
        level = [alignment for score, alignment in scored if score > best - 0.01]
        form_id = _common([alignment.form.id for alignment in level], year)
        chosen[id_] = next((a for a in level if a.form.id == form_id), level[0])
    return _without_likeness(chosen, rows)


def _without_likeness(chosen: dict[str, Alignment], rows: Sequence[Row]) -> dict[str, Alignment]:
    """The tables without one of indicators that shares only some of its labels; beside a real one, other tables must be half
    there: an annex adds rows that are named like theirs."""
    annexes = {id_: a for id_, a in chosen.items() if a.table.layout == "indicators"}
    real = {id_ for id_, a in annexes.items() if indicators.own_rows(a.matches, rows)}
    return {
        id_: a
        for id_, a in chosen.items()
        if id_ in real or (id_ not in annexes and (not real or HALF * len(a.table.rows) <= len(a.matches)))
    }


def _score(alignment: Alignment, rows: Sequence[Row], others: frozenset[int]) -> float:
    """How well a form explains a table: rows found, less those missing and those left without a row of the form."""
    table = alignment.table
    whole = len(alignment.matches) == len(table.rows) and alignment.skipped <= 0
    full = alignment if whole else fill_gaps(alignment, rows, others - {m.rows[0] for m in alignment.matches.values()})
    # A row placed by its order alone says nothing for a form.
    known = sum(match.similarity for match in full.matches.values())
    stands = sorted(j for match in full.matches.values() for j in match.rows)
    unexplained = sum(stands[0] < j < stands[-1] and bool(rows[j].labels) and rows[j].kind != "text" for j in full.left_over)
    score = known - 0.5 * (len(table.rows) - len(full.matches)) - unexplained
    return score + (_header_hits(alignment, rows) if table.layout == "blocks" else 0.0)


def _header_hits(alignment: Alignment, rows: Sequence[Row]) -> float:
    """How many columns of the blocks' headers stand exactly above their first rows."""
    hits, seen = 0.0, set()
    for i in sorted(alignment.matches):
        row = alignment.table.rows[i]
        if row.block in seen:
            continue
        seen.add(row.block)
        header = find_header(rows, alignment.matches[i].rows[0], row.columns, -1)
        for column in row.columns:
            entry = header.places.get(column.code)
            if entry:
                # Another form's wording is among the aliases: only the official label speaks for a form in full.
                hits += 1.0 if official(entry[0].text, column) else ALIAS * entry[2] ** 2
    return hits


# ── Tables whose rows stand one below the other ─────────────────────────────────────────────────────────────────────────


def _read_rows(alignment: Alignment, rows: Sequence[Row], evidence: Evidence) -> TableRead:
    form, table, matches = alignment.form, alignment.table, alignment.matches
    read = TableRead(form, table, [], [], set(), [], [])
    headers = _Headers(table, matches, rows)
    for i, spec in enumerate(table.rows):
        match = matches.get(i)
        if match is None:
            read.cells.extend(_missing(form, table, spec, column) for column in spec.columns)
            read.findings.append(_row_missing(table, spec, _page_near(matches, i, rows)))
            continue
        _read_match(read, spec, match, rows, headers, evidence)
    for place in headers.others():
        message = f"the report adds the column {place.text}: what stands in it was not read"
        page = rows[headers.first].page
        read.findings.append(Finding("info", "extra_column", message, page, table.id))
    ordered = len(read.proven) + sum(row.digits for row in read.unproven)
    if ordered < ORDERLY * (len(read.proven) + len(read.unproven)):
        # The source does not hold its rows label first: what looks like proof here may be the next row's figures.
        read.unproven.extend(read.proven)
    _used(read, rows, [j for match in matches.values() for j in match.rows] + list(headers.rows))
    return read


class _Headers:
    """The header of every row, looked up once for each coordinate space and block."""

    def __init__(self, table: FormTable, matches: Mapping[int, Match], rows: Sequence[Row]) -> None:
        self._rows = rows
        self._known: dict[tuple[object, ...], Header] = {}
        self._first: dict[object, int] = {}
        self._matched = sorted(j for match in matches.values() for j in match.rows)
        self.first = self._matched[0]
        self.rows: set[int] = set()
        self.captions = _captions(rows, self._matched[0], self._matched[-1])
        flattened = [
            (m.i, j, m.place if j == m.rows[0] else -1) for m in matches.values() for j in m.rows if rows[j].kind == "cells"
        ]
        self.margin = common_margin([(slots_behind(rows[j], k), len(table.rows[i].columns)) for i, j, k in flattened])
        full: dict[str | None, list[tuple[Place, ...]]] = {}
        some: dict[tuple[str | None, int], list[tuple[Place, ...]]] = {}
        for i, match in matches.items():
            for j in match.rows:
                n = len(table.rows[i].columns)
                if rows[j].kind == "placed":
                    some.setdefault((table.rows[i].block, n), []).append(rows[j].slots)
                    if sum(bool(place.text) for place in rows[j].slots) == n:
                        full.setdefault(table.rows[i].block, []).append(rows[j].slots)
                for mark in (self._mark(table.rows[i]), (self._mark(table.rows[i]), rows[j].space)):
                    self._first[mark] = min(j, self._first.get(mark, j))

        placed = {block: [row for (b, _), found in some.items() if b == block for row in found] for block in full}
        self.rulers = {block: rulers(slots, placed[block]) for block, slots in full.items()}
        for (block, n), slots in some.items():
            if block not in self.rulers:
                spec = next(row for row in table.rows if row.block == block)
                header = self._look(block or "", spec)
                self.rulers[block] = None if header.others else clustered(slots, n) or under_header(slots, spec.columns, header)

    def others(self) -> list[Place]:
        """The header cells of columns that the report adds to the form, each text once."""
        return list({place.text: place for header in self._known.values() for place in header.others}.values())

    @staticmethod
    def _mark(row: FormRow) -> str:
        return row.block or ""

    def of(self, spec: FormRow, j: int) -> tuple[Header, Header]:
        """The header in the row's own space, and the one nearest above the block wherever it stands."""
        block = self._mark(spec)
        near = self._look((block, self._rows[j].space), spec)
        far = self._look(block, spec)
        at = bisect_left(self._matched, j)
        above = self._matched[at - 1] if at else j
        between = self._rows[above + 1 : j] if j > self._first[(block, self._rows[j].space)] else ()
        if any(len(row.labels) > 1 and not row.slots for row in between):  # a header printed again may have another order
            again = find_header(self._rows, j, spec.columns, above)
            if len(again.places) == len(spec.columns) > 1 and again.space == self._rows[j].space:
                near = again
        return near, far

    def _look(self, mark: object, spec: FormRow) -> Header:
        if (mark,) not in self._known:
            top = self._first[mark]
            above = [j for j in self._matched if j < top]
            header = find_header(self._rows, top, spec.columns, above[-1] if above else -1)
            self._known[(mark,)] = header
            self.rows.update(header.rows)
        return self._known[(mark,)]


def _read_match(
    read: TableRead, spec: FormRow, match: Match, rows: Sequence[Row], headers: _Headers, evidence: Evidence
) -> None:
    """The cells of one matched row, with the findings that they call for."""
    id_, form = read.table.id, read.form
    pieces, inks, header = [], [], NO_HEADER
    for n, j in enumerate(match.rows):
        row = rows[j]
        slots = slots_behind(row, match.place) if n == 0 and match.place >= 0 else row.slots
        inks.append(slots)
        near, far = headers.of(spec, j)
        header = near if near.places else far
        known = headers.rulers.get(spec.block) if row.kind == "placed" else None
        pieces.append(_columns(row, slots, spec.columns, near, far, id_, form, headers.margin, known))
    columns, torn = merge_pieces(pieces)
    page = next((rows[j].page for j in match.rows), None)
    cells = []
    top = match.rows[0]
    around = []
    if spec.block:
        around = [place.text for k in header.rows for place in rows[k].places]
        above = rows[max(0, top - TITLES) : top]
        around += [place.text for row in above for place in row.places if "单位" in simplified(place.text)]
    factors, unsure = _header_units(header, spec.columns, match.label, (around, headers.captions))
    for column in spec.columns:
        place = columns.places.get(column.code)
        bad = column.code in torn or columns.open or (column.code in columns.merged and bool(place and place.text))
        cells.append(_cell(form, read.table, spec, column, match.label, place, rows, match, bad, factors.get(column.code)))
    read.cells.extend(cells)
    ink = [place.text for slots in inks for place in slots if place.text]
    read.findings.extend(_row_findings(id_, spec, match, columns, torn, cells, page, ink))
    for code in sorted(unsure):
        message = f"{spec.label}: the unit that is printed for this column is not understood"
        read.findings.append(Finding("warning", "unit_unsure", message, page, id_, spec.code, code))
    proof = _proof(spec, match, ink, header, columns.sure, headers.first, rows, evidence)
    if proof != "whole":
        heads = [place for place, _, _ in header.places.values()]
        labels = [rows[match.rows[0]].labels[match.place]] if match.place >= 0 else []
        contradicted = any(_agreement(place.origin) is False for place in (*labels, *heads))
        # That the same figures are seen again says nothing of the columns they belong to.
        contradicted |= not _columns_known(spec, match, header, columns.sure, headers.first, rows)
        read.unproven.append(Unproven(id_, spec.code, page, contradicted, proof == "digits"))
    else:
        read.proven.append(Unproven(id_, spec.code, page, False, False))


def _columns(
    row: Row,
    slots: Sequence[Place],
    columns: Sequence[FormColumn],
    near: Header,
    far: Header,
    table: str,
    form: Form,
    margin: int | None,
    known: Rulers | None,
) -> Columns:
    """The places of one physical row by the header of its own space, by a header before a page break, or by order."""

    def holds(window: dict[str, Place | None]) -> bool | None:
        values = {}
        for column in columns:
            place = window[column.code]
            figure = read_figure(place.text if place else "", column.unit)
            values["", column.code] = (figure.state, figure.value)
        results = [
            checks.evaluate_row(identity, values)
            for identity in form.identities
            if identity.table == table and identity.each == "row"
        ]
        if not results or any(result is None for result in results):
            return None
        return all(results)

    contradicted = False
    if row.kind == "flat":
        codes = [column.code for column in columns]
        if len(slots) != len(codes):  # made for a row of another form
            return Columns(dict.fromkeys(codes), "none", open=True)
        if row.unsure and len(row.unsure) == len(slots):
            return Columns(dict(zip(codes, slots, strict=True)), "none", open=True)
        unsure = frozenset(codes[k] for k in row.unsure)
        return Columns(dict(zip(codes, slots, strict=True)), "header", unsure)
    if row.kind != "text":
        for header in (near, far):
            if header.space is None or (header.space != row.space and row.page is None):
                continue
            if (
                header.space != row.space
                and row.kind != "placed"
                and (row.kind == "cells" or not _fits(slots, header, columns))
            ):
                continue
            told = told_by_header(row, slots, columns, header, known)
            if told is not None:
                if len(slots) == len(columns) and told.sure == "header" and not told.merged:
                    ordered = dict(zip([c.code for c in columns], slots, strict=True))
                    if ordered_headers(header, columns) and ordered != told.places:
                        return told._replace(open=row.kind == "grid")
                return told
            contradicted |= header.space == row.space and len(header.places) == len(columns) < len(slots)
    if row.kind == "placed" and known is not None:
        return told_by_rulers(slots, columns, known)
    told = told_by_order(slots, columns, holds, margin if row.kind == "cells" else None)
    # Ink beside the columns of a whole header: something stands in the row that is no figure of the form, before or behind.
    return Columns(dict.fromkeys(told.places), "none", open=any(place.text for place in slots)) if contradicted else told


def _fits(slots: Sequence[Place], header: Header, columns: Sequence[FormColumn]) -> bool:
    """Whether every header cell of another grid has a place of its own below it."""
    if len(header.places) < len(columns):
        return False
    owners = []
    for head, _, _ in header.places.values():
        middle = (head.x0 + head.x1) / 2
        owners.append(next((n for n, p in enumerate(slots) if p.x0 <= middle < p.x1), None))
    return None not in owners and len(set(owners)) == len(owners)


def _captions(rows: Sequence[Row], first: int, last: int) -> list[str]:
    """The texts around a table, up to the next rows of a form, that name a unit: its caption, the note below it."""
    found = []
    for step, start, reach in ((-1, first - 1, CAPTIONS), (1, last + 1, TITLES)):
        for j in range(start, start + step * reach, step):
            if not 0 <= j < len(rows) or any(named_rows(place.text) for place in rows[j].labels):
                break
            found += [p.text for p in rows[j].places if "单位" in p.text and len(p.text) <= CAPTION]
    return found


def _units_beyond(label: str, around: Sequence[Sequence[str]], money: bool) -> tuple[str, ...]:
    """The units that a row's label, or else the first group of texts that names any, gives for columns of money or counts."""
    named = header_units(label)
    for texts in around:
        named = named or tuple(u for text in texts for u in header_units(text) if (money_factor(u, "元") is not None) == money)
    return named


def _header_units(
    header: Header, columns: Sequence[FormColumn], label: str, around: Sequence[Sequence[str]]
) -> tuple[dict[str, float], set[str]]:
    """The factors of columns of money for which another unit than the form's is named; and the columns for which a unit is
    named that is not understood, or two that differ.

    The header cell goes before the row's label, and both before the texts `around`, of which the first group goes before the
    second. What these say of units of counting is nothing to a column of money.
    """
    factors: dict[str, float] = {}
    unsure: set[str] = set()
    beyond: dict[bool, tuple[str, ...]] = {}
    for column in columns:
        entry = header.places.get(column.code)
        own = (header_units(entry[0].text) or unit_at_end(entry[0].text, column.unit)) if entry else ()
        money = column.unit.endswith("元")
        if not own and money not in beyond:
            beyond[money] = _units_beyond(label, around, money)
        named = own or beyond[money]
        if not money:
            if any(is_multiple(unit) or (unit in own and money_factor(unit, "元") is not None) for unit in named):
                unsure.add(column.code)
            continue
        if not named:
            continue
        factor = money_factor(named[0], column.unit)
        if factor is None or len(set(named)) > 1:
            unsure.add(column.code)
        elif factor != 1.0:
            factors[column.code] = factor
    return factors, unsure


def _cell(
    form: Form,
    table: FormTable,
    spec: FormRow,
    column: FormColumn,
    label: str,
    place: Place | None,
    rows: Sequence[Row],
    match: Match | None,
    bad: bool,
    factor: float | None,
) -> Cell:
    if place is None:
        if bad:
            return _blank_cell(form, table, spec, column, label or spec.label, "unreadable")
        return _blank_cell(form, table, spec, column, label or spec.label, "missing")
    figure = read_figure(place.text, column.unit)
    if bad and place.text:
        figure = Figure("unreadable", None, None, figure.doubts)
    value = figure.value
    if value is not None and factor is not None and figure.unit is None:
        value = round(value * factor, checks.PLACES + 4)
    origin = place.origin
    page = rows[match.rows[0]].page if match else None
    box = origin.box if origin is not None else None
    agreement = _agreement(origin)
    locator = (origin.locator if isinstance(origin, GridCell) else None) or (rows[match.rows[0]].locator if match else None)
    x0, top, x1, bottom = box if box is not None else (None, None, None, None)
    return Cell(
        form.id, table.id, spec.code, column.code, label or spec.label, value, column.unit, place.text, figure.note,
        figure.state, "native", None, agreement, page, x0, top, x1, bottom, locator,
    )  # fmt: skip


def _agreement(origin: object) -> bool | None:
    if not isinstance(origin, GridCell) or len(origin.readings) < 2:
        return None
    return len({_bare(reading.text) for reading in origin.readings}) == 1


def _bare(text: str) -> str:
    """A reading without what two engines may write differently: white space, full width, radicals, the make of a dash."""
    bare = "".join(unicodedata.normalize("NFKC", text).split())
    return "-" if is_dash(bare) else bare


def _blank_cell(form: Form, table: FormTable, spec: FormRow, column: FormColumn, label: str, state: str) -> Cell:
    raw = None if state == "missing" else ""
    return Cell(form.id, table.id, spec.code, column.code, label, None, column.unit, raw, None, state)  # type: ignore[arg-type]


def _missing(form: Form, table: FormTable, spec: FormRow, column: FormColumn) -> Cell:
    return _blank_cell(form, table, spec, column, spec.label, "missing")


def _row_missing(table: FormTable, spec: FormRow, page: int | None) -> Finding:
    message = f"no row with the label {spec.label} was found"
    return Finding("warning", "row_missing", message, page, table.id, spec.code)


def _row_findings(
    id_: str,
    spec: FormRow,
    match: Match,
    columns: Columns,
    torn: frozenset[str],
    cells: Sequence[Cell],
    page: int | None,
    ink: Sequence[str],
) -> list[Finding]:
    """What is to be said of one row; `ink` is what its places hold, known to belong to a column or not."""
    found = []

    def say(severity: str, code: str, message: str, column: str | None = None) -> None:
        found.append(Finding(severity, code, message, page, id_, spec.code, column))  # type: ignore[arg-type]

    if match.how == "similar" and match.similarity < 1.0:
        severity = "info" if match.similarity >= CLEAR else "warning"
        say(severity, "label_worn", f"the label {match.label} was read as {spec.label}")
    elif match.how == "order":
        say("warning", "row_by_order", f"a row without a label was read as {spec.label}, because of its place")
    elif match.how == "torn":
        say("warning", "row_torn", f"the figures of {spec.label} stand on the page before its label")
    elif match.how == "taken_back":
        say("warning", "row_out_of_order", f"the row {spec.label} stands out of the form's order")
    if columns.open:
        printed = f": {' | '.join(ink)}" if ink else ""
        say("warning", "columns_unsure", f"the columns of the row {spec.label} could not be told{printed}")
    for code in sorted(torn):
        say("warning", "figure_torn", f"the figure of {spec.label} is torn by a page break", code)
    for code in sorted(columns.merged):
        say(
            "warning",
            "cells_merged",
            f"{spec.label}: one place stands for several columns, or the column's label stands twice",
            code,
        )
    negative_allowed = {"items_change"}
    for cell in cells:
        if cell.state == "unreadable" and not columns.open and cell.column not in torn | columns.merged:
            say("warning", "figure_unreadable", f"{spec.label}: {cell.raw!r} is no figure", cell.column)
        elif cell.state == "missing":
            say("warning", "cell_missing", f"{spec.label}: the row has no place for this column", cell.column)
        elif cell.state == "read" and cell.raw is not None and not cell.raw.isdigit():
            doubts = read_figure(cell.raw, cell.unit or "").doubts
            for doubt in doubts:
                if doubt == "negative" and cell.column in negative_allowed:
                    continue
                code = "figure_spaced" if doubt in ("spaces", "line_break") else "figure_odd"
                say("warning", code, f"{spec.label}: {cell.raw!r} was read as {cell.value:g} ({doubt})", cell.column)
    return found


def _proof(
    spec: FormRow,
    match: Match,
    ink: Sequence[str],
    header: Header,
    told: str,
    first: int,
    rows: Sequence[Row],
    evidence: Evidence,
) -> Proof:
    """Whether the row's figures stand behind its label, and its header's labels side by side, in the source's own order."""
    pages = [rows[j].page for j in match.rows]
    if rows[match.rows[0]].kind == "flat":
        return rows[match.rows[0]].proof
    proof = evidence.proves_row(match.label, ink, pages)
    number = rows[match.rows[0]].number if proof != "whole" else None
    if number is not None:  # rows with numbers in a column of their own: the next one's follows the figures
        proof = next(
            (p for p in (proof, evidence.proves_row(match.label, [*ink, str(number + 1)], pages)) if p == "whole"), proof
        )
    if proof == "none" and len(match.rows) > 1 and _pieces_proven(match, rows, evidence):
        proof = "whole"
    if proof == "none":
        return proof
    if not _columns_known(spec, match, header, told, first, rows):
        return "none"
    if spec.block is None:
        return proof
    heads = sorted((*(place for place, _, _ in header.places.values()), *header.others), key=lambda p: p.x0)
    where = [rows[j].page for j in header.rows] or pages
    once = [head.text for head in heads]
    # In flattened text a span may be written again in each of its places.
    again = [head.text for head in heads for _ in range(max(1, int(head.x1 - head.x0)))]
    flattened = rows[match.rows[0]].kind == "cells"
    shown = evidence.proves_sequence(once, where) or (flattened and evidence.proves_sequence(again, where))
    return proof if shown else "none"


def _pieces_proven(match: Match, rows: Sequence[Row], evidence: Evidence) -> bool:
    """Whether each piece of a torn row stands in the source by itself: its part of the label with its figures behind it."""
    for n, j in enumerate(match.rows):
        row = rows[j]
        label = row.labels[match.place].text if n == 0 and match.place >= 0 else row.label
        ink = [place.text for place in row.slots if place.text]
        if len(label) < PIECE:
            return False
        if ink and evidence.proves_row(label, ink, [row.page]) != "whole":
            return False
        if not ink and not evidence.proves_sequence([label], [row.page]):
            return False
    return True


def _columns_known(spec: FormRow, match: Match, header: Header, told: str, first: int, rows: Sequence[Row]) -> bool:
    """Whether a header says which column is which: by its intervals, or by standing whole and in the form's order."""
    if told == "header":
        return True
    if len(header.places) == len(spec.columns) and ordered_headers(header, spec.columns):
        return True
    flattened = rows[match.rows[0]].kind in ("cells", "text")
    share = MOST_HEADS if flattened else 1.0
    return spec.block is None and printed_in_order(rows, first, spec.columns, share)


def _remarks(read: TableRead, alignment: Alignment, rows: Sequence[Row], taken: set[int], year: int | None) -> None:
    """Findings about the table as a whole, and rows that the report adds to the form (not in `taken`, which others use)."""
    id_ = read.table.id
    if len(alignment.repeated) >= REPEATED * len(read.table.rows):
        read.findings.append(
            Finding("warning", "table_repeated", f"the table {id_} is printed twice; the better copy was read",
                    rows[alignment.repeated[0].j].page, id_)
        )  # fmt: skip
    _rows_again(read, alignment, rows)
    extra = sum(cell.row.startswith("extra.") for cell in read.cells)
    layout = _layout(alignment, rows, year) if read.table.layout == "indicators" else None
    stands = sorted(j for match in alignment.matches.values() for j in match.rows)
    first, last = stands[0], stands[-1]
    known = {spec.code for spec in read.table.rows}
    headings = frozenset().union(*(entry_keys(group) for group in read.table.groups))
    for row in rows[max(0, first - HEADER_ROWS) : last + 1]:
        # A header holds none of its own table's rows, and a group of one form is a row of another.
        texts = [row.label] if row.has_figures else [p.text for p in row.places if normalise(p.text) not in headings]
        for text in texts if row.kind != "text" else ():
            for target in named_rows(text):
                if target.table == id_ and target.row not in known:
                    message = f"{text} is a row of another form of this table: the form may be taken wrongly"
                    read.findings.append(Finding("warning", "row_of_other_form", message, row.page, id_, target.row))
    blocks = {rows[j].block for j in stands}
    for j in alignment.left_over:
        row = rows[j]
        if row.kind == "text" or j in taken or not row.has_figures or not (first <= j <= last or row.block in blocks):
            continue
        taken.add(j)
        read.used.update(row.parts)
        if layout is not None and not indicators.says_something(row):
            continue
        above = _row_before(alignment, j)
        last_row = max((k for k in stands if k < j), default=None)
        if last_row is not None and not rows[last_row].has_figures and rows[last_row].block != row.block:
            message = "the row has no figures, and the next page begins with figures of no row: it may be torn"
            read.findings.append(Finding("warning", "row_torn", message, row.page, id_, above))
        below = next(
            (i for i, m in alignment.matches.items() if m.rows[0] == min((k for k in stands if k > j), default=-1)), None
        )
        if (
            below is not None
            and rows[alignment.matches[below].rows[0]].page != row.page
            and not _has_ink(alignment, below, rows)
        ):
            message = "the row has no figures, and the page before ends with figures of no row: it may be torn"
            code = alignment.table.rows[below].code
            read.findings.append(Finding("warning", "row_torn", message, row.page, id_, code))
        if not row.labels:
            message = "a row of figures without a label belongs to no row of the form: " + " ".join(p.text for p in row.slots)
            read.findings.append(Finding("warning", "stray_figures", message, row.page, id_, above))
            continue
        extra += 1
        read.findings.append(
            Finding("warning", "extra_row", f"the report adds the row {row.label}", row.page, id_, f"extra.{extra}")
        )
        if layout is not None:
            read.cells.append(_extra_indicator(read, j, rows, layout.read(j, row.slots), extra))
            continue
        spec = _row_like(alignment, j)
        columns = spec.columns
        told = told_by_order(row.slots, columns, lambda _window: None)
        added = FormRow(f"extra.{extra}", row.label, (), columns)
        match = Match(-1, (j,), len(row.labels) - 1, row.label, 1.0, "exact")
        for column in columns:
            place = told.places.get(column.code)
            read.cells.append(_cell(read.form, read.table, added, column, row.label, place, rows, match, told.open, None))


def _has_ink(alignment: Alignment, i: int, rows: Sequence[Row]) -> bool:
    """Whether the row of the form that stands at `i` holds any figure."""
    return any(rows[j].has_figures for j in alignment.matches[i].rows)


def _rows_again(read: TableRead, alignment: Alignment, rows: Sequence[Row]) -> None:
    """Rows that stand in the document again with other figures: no sum tells which copy is meant."""
    said: set[int] = set()
    for candidate in alignment.repeated:
        match = alignment.matches[candidate.i]
        if match.place < 0 or candidate.i in said:
            continue
        again = [p.text for p in slots_behind(rows[candidate.j], candidate.k) if p.text]
        read_first = [p.text for p in slots_behind(rows[match.rows[0]], match.place) if p.text]
        if again != read_first and len(again) == len(read_first):
            said.add(candidate.i)
            code = read.table.rows[candidate.i].code
            message = "the row stands in the document again, with other figures"
            page = rows[candidate.j].page
            read.findings.append(Finding("warning", "row_repeated", message, page, read.table.id, code))


def _row_before(alignment: Alignment, j: int) -> str | None:
    before = [i for i, match in alignment.matches.items() if match.rows[-1] < j]
    return alignment.table.rows[max(before)].code if before else None


def _row_like(alignment: Alignment, j: int) -> FormRow:
    near = min(alignment.matches.items(), key=lambda item: abs(item[1].rows[0] - j))
    return alignment.table.rows[near[0]]


def _page_near(matches: Mapping[int, Match], i: int, rows: Sequence[Row]) -> int | None:
    before = [k for k in matches if k < i] or [k for k in matches if k > i]
    return rows[matches[max(before) if max(before) < i else min(before)].rows[0]].page if before else None


def _used(read: TableRead, rows: Sequence[Row], used: Sequence[int]) -> None:
    """The blocks that a table stands on: those of its rows and headers, all cells between them, and titles around."""
    first, last = min(used), max(used)
    while first > 0 and (_is_heading(rows[first - 1]) or rows[first - 1].kind == "cells"):
        first -= 1
    own = set(used)
    for j in range(first, last + 1):
        if j in own or rows[j].kind != "text" or _is_heading(rows[j]) or _is_piece(rows[j]):
            read.used.update(rows[j].parts)


def _is_piece(row: Row) -> bool:
    """Whether a row within a table holds nothing but a piece of a group's label or header (三、本年度) that a page tore."""
    texts = [key(place.text).text for place in row.places if place.text]
    return bool(texts) and all(text and any(text in word for word in header_words()) for text in texts)


def _is_heading(row: Row) -> bool:
    """Whether a row holds nothing but what headers and titles of the forms' tables are made of."""
    texts = [place.text for place in (*row.labels, *row.slots) if place.text]
    return bool(texts) and all(is_header_text(text) for text in texts)


# ── The table of indicators ─────────────────────────────────────────────────────────────────────────────────────────────


def _layout(alignment: Alignment, rows: Sequence[Row], year: int | None) -> Layout:
    return Layout(rows, [match.rows[0] for match in alignment.matches.values()], year)


def _read_table(alignment: Alignment, rows: Sequence[Row], evidence: Evidence, year: int | None) -> TableRead:
    """A table whose rows stand one below the other, by its layout."""
    if alignment.table.layout == "indicators":
        return _read_indicators(alignment, rows, evidence, _layout(alignment, rows, year))
    return _read_rows(alignment, rows, evidence)


def _read_indicators(alignment: Alignment, rows: Sequence[Row], evidence: Evidence, layout: Layout) -> TableRead:
    form, table, matches = alignment.form, alignment.table, alignment.matches
    read = TableRead(form, table, [], [], set(), [], [])
    for i, spec in enumerate(table.rows):
        match = matches.get(i)
        if match is None:
            read.cells.extend(_missing(form, table, spec, column) for column in spec.columns)
            read.findings.append(_row_missing(table, spec, _page_near(matches, i, rows)))
            continue
        _read_indicator(read, alignment, match, rows, evidence, layout)
    if len(read.proven) < ORDERLY * (len(read.proven) + len(read.unproven)):
        read.unproven.extend(read.proven)
    stands = [j for match in matches.values() for j in match.rows]
    heads = [head.j for head in layout.heads]
    headings = [j for j in range(min(stands), max(stands)) if indicators.is_heading(rows[j].joined)]
    over = min(stands) - 1
    headings += [over] if over >= 0 and indicators.is_heading(rows[over].joined) else []
    _used(read, rows, stands)
    for j in (*heads, *headings):
        read.used.update(rows[j].parts)
    return read


def _read_indicator(
    read: TableRead, alignment: Alignment, match: Match, rows: Sequence[Row], evidence: Evidence, layout: Layout
) -> None:
    """The cell of one indicator; figures in columns beside it are rows that the report adds."""
    table, spec = read.table, read.table.rows[match.i]
    column = spec.columns[0]
    pieces = [
        slots_behind(rows[j], match.place) if n == 0 and match.place >= 0 else rows[j].slots for n, j in enumerate(match.rows)
    ]
    told = [layout.read(j, slots) for j, slots in zip(match.rows, pieces, strict=True) if slots]
    found = next((f for f in told if f.open or (f.value is not None and f.value.text)), told[0])
    unit = next((f.unit for f in told if f.unit), None)
    torn = frozenset({column.code}) if sum(bool(f.value and f.value.text) for f in told) > 1 else frozenset[str]()
    unit = unit or next(iter(header_units(match.label)), None)
    if unit is None and column.unit.endswith("元") and layout.money - {column.unit}:
        unit = min(layout.money - {column.unit})  # its own is lost, and the table counts money in another than the form
        kind, factor = "other", 1.0
    else:
        kind, factor = indicators.unit_factor(unit, column.unit)
    cell = _cell(
        read.form, table, spec, column, match.label, found.value, rows, match, found.open or bool(torn),
        factor if kind == "converted" else None,
    )  # fmt: skip
    cell = cell._replace(note=cell.note or found.remark)
    read.cells.append(cell)
    page = rows[match.rows[0]].page
    columns = Columns({column.code: found.value}, "header" if found.sure else "none", frozenset(), found.open)
    texts = [place.text for slots in pieces for place in slots if place.text]
    read.findings.extend(_row_findings(table.id, spec, match, columns, torn, [cell], page, texts))
    # A figure that has a unit of its own has been read in that.
    if kind == "other" and cell.state == "read" and read_figure(cell.raw or "", column.unit).unit is None:
        message = (
            f"{spec.label}: the unit {unit} is printed where the form counts in {column.unit}: the figure was not converted"
        )
        read.findings.append(Finding("warning", "unit_unsure", message, page, table.id, spec.code, column.code))
    shared = _shares_label(alignment, match)
    if shared is None:
        message = f"{match.label} is the label of several rows, and nothing beside it says which: it was read as {spec.label}"
        read.findings.append(Finding("warning", "row_by_order", message, page, table.id, spec.code))
    before = [place.text for place in _anchor(alignment, match, rows) if place.text] if shared else []
    pages = [rows[j].page for j in match.rows]
    below = None if cell.raw else _text_below(rows, match.rows[-1])
    proof = evidence.proves_line(match.label, texts, pages, before, below=below, numbered=layout.numbered)
    # The label and the unit decide what a figure means: a second reading of it alone is not enough.
    around = (*rows[match.rows[0]].labels, *(place for slots in pieces for place in slots))
    contradicted = any(_agreement(place.origin) is False for place in around)
    entry = Unproven(table.id, spec.code, page, contradicted, False)
    (read.proven if proof == "whole" else read.unproven).append(entry)
    for _, title, place in found.beside:
        n = 1 + sum(c.row.startswith("extra.") for c in read.cells)
        added = FormRow(f"extra.{n}", "", (), (column,))
        label = f"{match.label} {title}"
        read.cells.append(_cell(read.form, table, added, column, label, place, rows, match, False, factor))
        # It stands in the same line of the source: what proves the one proves the other.
        (read.proven if proof == "whole" else read.unproven).append(entry._replace(row=added.code))
        message = f"the table prints {title} beside the value of {spec.label}"
        read.findings.append(Finding("info", "extra_figure", message, page, table.id, added.code))


def _anchor(alignment: Alignment, match: Match, rows: Sequence[Row]) -> tuple[Place, ...]:
    """The places of the row that a row of a shared label stands below: the nearest of its indicator with a label of its own,
    else the row above."""
    table = alignment.table
    family = table.rows[match.i].code.partition(".")[0]
    for i in range(match.i - 1, -1, -1):
        above = alignment.matches.get(i)
        if above and table.rows[i].code.partition(".")[0] == family and len(named_rows(above.label)) == 1:
            row = rows[above.rows[0]]
            return (*row.labels[above.place :], *slots_behind(row, above.place)) if above.place >= 0 else row.places
    return rows[match.rows[0] - 1].places


def _text_below(rows: Sequence[Row], j: int) -> str:
    """The first text of the next row, its number apart; empty at the end."""
    places = (place for row in rows[j + 1 : j + 1 + TITLES] for place in row.places if place.text)
    return next((place.text for place in places if not NUMBER.fullmatch(place.text)), "")


def _shares_label(alignment: Alignment, match: Match) -> bool | None:
    """Whether the label names other rows of the table too; None where nothing tells which of them the row is: neither are all
    of them found, nor another row of the same indicator."""
    table = alignment.table
    named = {target.row for target in named_rows(match.label) if target.table == table.id}
    spec = table.rows[match.i]
    if named <= {spec.code}:
        return False
    found = {table.rows[i].code for i in alignment.matches}
    family = spec.code.partition(".")[0]
    beside = any(code != spec.code and code not in named and code.partition(".")[0] == family for code in found)
    return True if beside or named <= found else None


def _extra_indicator(read: TableRead, j: int, rows: Sequence[Row], found: Found, n: int) -> Cell:
    """A row that a report adds to the indicators, with its own label and unit."""
    label = " ".join(place.text for place in rows[j].labels)
    column = read.table.columns[0]._replace(unit=found.unit or "")
    match = Match(-1, (j,), len(rows[j].labels) - 1, label, 1.0, "exact")
    added = FormRow(f"extra.{n}", label, (), (column,))
    return _cell(read.form, read.table, added, column, label, found.value, rows, match, found.open, None)


def _read_annex(rows: Sequence[Row], year: int | None) -> Tables | None:
    """A local annex of other indicators: every row as one that the report adds."""
    form = next(f for f in load_forms().values() if any(t.layout == "indicators" for t in f.tables.values()))
    table = next(t for t in form.tables.values() if t.layout == "indicators")
    read = TableRead(form, table, [], [], set(), [], [])
    for j, found in annex_rows(rows, year):
        n = len(read.cells) + 1
        read.cells.append(_extra_indicator(read, j, rows, found, n))
        read.used.update(rows[j].parts)
        label, page = read.cells[-1].label, rows[j].page
        read.findings.append(Finding("info", "extra_row", f"the report adds the row {label}", page, table.id, f"extra.{n}"))
        for _, title, place in found.beside:
            beside = found._replace(value=place, beside=())
            extra = _extra_indicator(read, j, rows, beside, n + 1)._replace(label=f"{label} {title}")
            read.cells.append(extra)
            n += 1
    if not read.cells:
        return None
    message = "the table has indicators of the agency's own; each is a row extra.<n> with its printed label and unit"
    read.findings.insert(0, Finding("warning", "local_annex", message, read.cells[0].page, table.id))
    return Tables({table.id: form.id}, tuple(read.cells), tuple(read.findings), frozenset(read.used), ())


# ── The table whose rows stand side by side ─────────────────────────────────────────────────────────────────────────────


def _read_side_by_side(
    form: Form,
    table: FormTable,
    rows: Sequence[Row],
    names: Sequence[Name],
    evidence: Evidence,
    taken: set[int],
    margin: int | None,
) -> tuple[int, TableRead] | None:
    """The table, and the first stream row of its header; its rows are added to `taken`."""
    if table.layout != "side_by_side":
        return None
    found = side_by_side.find(rows, table, taken, margin)
    if found is None:  # printed the other way round: a row for each label, its outcomes beside it
        alignment = align(rows, names, form, table)
        if alignment is None or len(alignment.matches) < LIKENESS:
            return None
        taken |= {j for match in alignment.matches.values() for j in match.rows}
        return min(rows_of(alignment)), _read_rows(alignment, rows, evidence)
    taken |= {*found.figures, *found.header}
    read = TableRead(form, table, [], [], set(), [], [])
    page = rows[found.figures[0]].page
    printed = [place.text for j in found.figures for place in rows[j].slots if place.text]
    match = Match(-1, tuple(found.figures), -1, "", 1.0, "exact")
    for spec in table.rows:
        cells = []
        for column in spec.columns:
            place = found.places.get((spec.code, column.code))
            cells.append(_cell(form, table, spec, column, spec.label, place, rows, match, found.open, None))
        columns = Columns({}, "header", frozenset(), found.open)
        plain = Match(-1, match.rows, -1, spec.label, 1.0, "exact")
        read.cells.extend(cells)
        read.findings.extend(_row_findings(table.id, spec, plain, columns, frozenset(), cells, page, printed))
    ink = [p.text for p in sorted(found.ordered, key=lambda p: p.x0) if p.text]
    pages = [rows[j].page for j in found.figures]
    proven = not found.worn and (not ink or evidence.proves_sequence(ink, pages))
    if not proven or found.partial:
        heads = [place for j in found.header for place in rows[j].places]
        contradicted = found.worn or any(_agreement(place.origin) is False for place in heads)
        read.unproven.extend(Unproven(table.id, spec.code, page, contradicted, proven) for spec in table.rows)
    _used(read, rows, [*found.figures, *found.header])
    return min(found.header), read
