"""A table whose rows stand one below the other.

In: its alignment to the stream. Out: a `TableRead`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

import regex

from gov_extract import checks
from gov_extract.document import Finding, GridCell, record
from gov_extract.forms import Form, FormColumn, FormRow, FormTable
from gov_extract.parse.align import Alignment, Match, slots_behind
from gov_extract.parse.columns.headers import MOST_HEADS, NO_HEADER, Header, find_header, ordered_headers, printed_in_order
from gov_extract.parse.columns.rulers import Rulers, anchored, common_edge, rulers, told_apart
from gov_extract.parse.columns.telling import (
    Columns,
    common_margin,
    in_order,
    merge_pieces,
    told_by_header,
    told_by_order,
    told_by_rulers,
    under,
)
from gov_extract.parse.evidence import PIECE, Evidence, Proof
from gov_extract.parse.flattened_heads import has_two_years, printed_columns
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.tables.blocks import each_row, mark_used
from gov_extract.parse.tables.cells import make_cell, row_findings, second_agrees
from gov_extract.parse.tables.model import ORDERLY, TITLES, TableRead, Unproven
from gov_extract.parse.tables.units import Units, captions_above, header_factors, is_caption, sign_unsure
from gov_extract.parse.values import header_units, read_figure
from gov_extract.parse.vocabulary import is_header_text

# Confidence of a recognised header cell below which it says nothing.
LEGIBLE = 0.5
# A figure behind the last character of a label, in the same cell.
_GLUED = regex.compile(r"[\p{Han}）)]\s*\p{Nd}[\p{Nd}.,，．]*\s*$")


def read_rows(alignment: Alignment, rows: Sequence[Row], evidence: Evidence) -> TableRead:
    """A table read row by row, with the rows that still lack an independent evidence."""
    table, matches = alignment.table, alignment.matches
    headers = _Headers(table, matches, rows)

    def read_one(read: TableRead, spec: FormRow, match: Match) -> None:
        _read_match(read, spec, match, rows, headers, evidence)

    read = each_row(alignment, rows, read_one)
    for place in headers.others():
        message = f"the report adds the column {place.text}: what stands in it was not read"
        page = rows[headers.first].page
        read.findings.append(Finding("info", "extra_column", message, page, table.id))
    ordered = len(read.proven) + sum(row.digits for row in read.unproven)
    if ordered < ORDERLY * (len(read.proven) + len(read.unproven)):
        # The source does not hold its rows label first: what looks like proof here may be the next row's figures.
        read.unproven.extend(read.proven)
    mark_used(read, rows, [j for match in matches.values() for j in match.rows] + list(headers.rows))
    return read


class _Headers:
    """The header of every row, looked up once for each coordinate space and block."""

    def __init__(self, table: FormTable, matches: Mapping[int, Match], rows: Sequence[Row]) -> None:
        self._rows = rows
        self._known: dict[object, Header] = {}
        self._found: dict[tuple[int, int], Header] = {}
        self._printed: dict[str, tuple[str | None, ...] | None] = {}
        self._years: dict[str, bool] = {}
        self._first: dict[object, int] = {}
        self._units: dict[tuple[object, ...], Units] = {}
        self._texts: dict[int, list[str]] = {}
        self._again: list[Header] = []  # units are known by their header, which must not be another's by then
        self._captions: dict[int, tuple[str, ...]] = {}
        self._matched = sorted(j for match in matches.values() for j in match.rows)
        self.first = self._matched[0]
        self.rows: set[int] = set()
        self.captions = captions_above(rows, self._matched[0], self._matched[-1])
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

        under_heads: set[str | None] = set()
        for block in list(full):
            spec = next(row for row in table.rows if row.block == block)
            heads = sorted((place for place, _, _ in self._look(block or "", spec).places.values()), key=lambda place: place.x0)
            if len(heads) == len(spec.columns):
                full[block] = [row for row in full[block] if in_order([place for place in row if place.text], heads)]
                if anchored([[place for place in row if place.text] for row in full[block]], heads):
                    under_heads.add(block)
            if not full[block]:
                del full[block]
        placed = {block: [row for (b, _), found in some.items() if b == block for row in found] for block in full}
        self.rulers = {block: rulers(slots, placed[block]) for block, slots in full.items()}
        self.rulers |= {b: known._replace(anchored=True) for b in under_heads if (known := self.rulers.get(b)) is not None}
        edge = common_edge([place for found in some.values() for row in found for place in row if place.text])
        for (block, _), slots in some.items():
            if block not in self.rulers:
                spec = next(row for row in table.rows if row.block == block)
                header = self._look(block or "", spec)
                self.rulers[block] = None if header.others else told_apart(slots, spec.columns, header, edge)

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
        if between and any(
            len(row.labels) > 1 and not row.slots for row in between
        ):  # a header printed again may have another order
            again = find_header(self._rows, j, spec.columns, above)
            if len(again.places) == len(spec.columns) > 1 and again.space == self._rows[j].space:
                self._again.append(again)
                near = again
        return near, far

    def printed(self, spec: FormRow) -> tuple[str | None, ...] | None:
        """The columns as a flattened header over several lines names them."""
        block = self._mark(spec)
        if block not in self._printed:
            self._printed[block] = printed_columns(self._rows, self._first[block], spec.columns)
        return self._printed[block]

    def has_two_years(self, spec: FormRow) -> bool:
        """Whether a flattened header names two years beside each other."""
        block = self._mark(spec)
        if block not in self._years:
            self._years[block] = has_two_years(self._rows, self._first[block])
        return self._years[block]

    def units(self, spec: FormRow, header: Header, label: str, top: int) -> Units:
        """The units of the columns of row `top` under its header: what is printed there, in its label, and near the table."""
        around: list[str] = []
        if spec.block:
            around = [*self._printed_in(header)]
            around += [text for j in range(max(0, top - TITLES), top) for text in self._captions_of(j)]
        # Rows of one block differ in nothing but their labels, of which hardly any names a unit.
        known = (id(header), id(spec.columns), header_units(label), *around)
        if known not in self._units:
            self._units[known] = header_factors(header, spec.columns, label, (around, self.captions))
        return self._units[known]

    def _printed_in(self, header: Header) -> list[str]:
        """All that stands in the rows of a header."""
        if id(header) not in self._texts:
            self._texts[id(header)] = [place.text for k in header.rows for place in self._rows[k].places]
        return self._texts[id(header)]

    def _captions_of(self, j: int) -> tuple[str, ...]:
        if j not in self._captions:
            self._captions[j] = tuple(place.text for place in self._rows[j].places if is_caption(place.text))
        return self._captions[j]

    def _look(self, mark: object, spec: FormRow) -> Header:
        if mark not in self._known:
            top = self._first[mark]
            key = top, id(spec.columns)
            if key not in self._found:
                at = bisect_left(self._matched, top)
                self._found[key] = find_header(self._rows, top, spec.columns, self._matched[at - 1] if at else -1)
            self._known[mark] = self._found[key]
            self.rows.update(self._known[mark].rows)
        return self._known[mark]


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
        printed = headers.printed(spec) if row.kind == "cells" else None
        told = _columns(row, slots, spec.columns, near, far, id_, form, headers.margin, known, printed)
        ordered = row.kind == "cells" and told.sure in ("order", "window") and len(slots) >= 2 * len(spec.columns)
        if ordered and headers.has_two_years(spec):  # whose figures they are the order does not say
            told = Columns(dict.fromkeys(told.places), "none", open=True)
        pieces.append(told)
    columns, torn = merge_pieces(pieces)
    ink = [place.text for slots in inks for place in slots if place.text]
    if not ink and _GLUED.search(match.label) and not _GLUED.search(spec.label):
        # What looks like an empty row has its figures in the cell of its label.
        columns = columns._replace(places=dict.fromkeys(columns.places), open=True)
    proof = _proof(spec, match, ink, header, columns.sure, headers.first, rows, evidence)
    if columns.absent and proof != "whole" and rows[match.rows[0]].kind == "grid":
        # What seems to lack a column may have its figures outside the cells.
        columns = columns._replace(open=True, absent=frozenset())
    page = rows[match.rows[0]].page
    overleaf = tuple(number for j in match.rows[1:] if (number := rows[j].page) not in (page, None))
    cells = []
    units = headers.units(spec, header, match.label, match.rows[0])
    for column in spec.columns:
        place = columns.places.get(column.code)
        bad = column.code in torn or columns.open or (column.code in columns.merged and bool(place and place.text))
        cells.append(
            make_cell(form, read.table, spec, column, match.label, place, rows, match, bad, units.factors.get(column.code))
        )
    read.cells.extend(cells)
    read.findings.extend(row_findings(id_, spec, match, columns, torn, cells, page, ink))
    for code in columns.absent - {finding.column for finding in read.findings if finding.code == "column_missing"}:
        name = next(column.label for column in spec.columns if column.code == code)
        message = f"the table has no column {name}"
        read.findings.append(Finding("warning", "column_missing", message, page, id_, None, code))
    for code in sorted(units.unsure):
        message = f"{spec.label}: the unit that is printed for this column is not understood"
        read.findings.append(Finding("warning", "unit_unsure", message, page, id_, spec.code, code))
    for cell in cells:
        # Nothing is nothing in any unit, and a figure with a unit of its own asks for no other.
        if cell.column in units.contrary and cell.value and read_figure(cell.raw or "", cell.unit or "").unit is None:
            message = f"{spec.label}: several units are printed for this figure: {', '.join(units.contrary[cell.column])}"
            read.findings.append(Finding("warning", "unit_unsure", message, page, id_, spec.code, cell.column))
        elif sign_unsure(cell, units.factors.get(cell.column)):
            message = f"{spec.label}: {cell.raw!r} was read in 元, and may be meant in the column's unit"
            read.findings.append(Finding("warning", "unit_unsure", message, page, id_, spec.code, cell.column))
    if proof != "whole":
        heads = [place for place, _, _ in header.places.values()]
        labels = [rows[match.rows[0]].labels[match.place]] if match.place >= 0 else []
        contradicted = any(second_agrees(place.origin) is False for place in (*labels, *heads))
        # That the same figures are seen again says nothing of the columns they belong to.
        contradicted |= not _columns_known(spec, match, header, columns.sure, headers.first, rows)
        # Nor does a second look at the end of a page say what stands on the next one.
        contradicted |= not ink and _ends_page(rows, match.rows[-1]) and evidence.shows_figures(match.label)
        read.unproven.append(Unproven(id_, spec.code, page, contradicted, proof == "digits", overleaf))
    else:
        read.proven.append(record(Unproven, (id_, spec.code, page, False, False, overleaf)))


def _ends_page(rows: Sequence[Row], j: int) -> bool:
    """Whether the next row that is no line of text stands on a later page."""
    following = next((row for row in rows[j + 1 :] if row.kind != "text"), None)
    return rows[j].page is not None and following is not None and following.page != rows[j].page


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
    printed: tuple[str | None, ...] | None,
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
        codes = [column.code for column in columns if column.code not in row.lacks]
        nowhere: dict[str, Place | None] = dict.fromkeys(row.lacks)
        if len(slots) != len(codes):  # made for a row of another form
            return Columns(dict.fromkeys(column.code for column in columns), "none", open=True)
        places = nowhere | dict(zip(codes, slots, strict=True))
        if row.unsure and len(row.unsure) == len(slots):
            return Columns(places, "none", open=True)
        return Columns(places, "header", frozenset(codes[k] for k in row.unsure), absent=row.lacks)
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
                    if ordered != told.places and ordered_headers(header, columns):
                        return told._replace(open=row.kind == "grid")
                return told
            contradicted |= header.space == row.space and len(header.places) == len(columns) < len(slots)
    if row.kind == "placed" and known is not None:
        return told_by_rulers(slots, columns, known)
    if printed is not None and printed != tuple(column.code for column in columns):
        return _told_as_printed(slots, columns, printed)
    told = told_by_order(slots, columns, holds, margin if row.kind == "cells" else None)
    # Ink beside the columns of a whole header: something stands in the row that is no figure of the form, before or behind.
    return Columns(dict.fromkeys(told.places), "none", open=any(place.text for place in slots)) if contradicted else told


def _told_as_printed(slots: Sequence[Place], columns: Sequence[FormColumn], printed: Sequence[str | None]) -> Columns:
    """Flattened places in the order of a header that has the form's columns in another order, more of them, or one less."""
    absent = frozenset(column.code for column in columns) - set(printed)
    if len(slots) < len(printed) or any(place.text for place in slots[len(printed) :]):
        return Columns({column.code: None for column in columns}, "none", open=any(place.text for place in slots))
    told: dict[str, Place | None] = {
        code: place for code, place in zip(printed, slots[: len(printed)], strict=True) if code is not None
    }
    return Columns(told | dict.fromkeys(absent), "header", absent=absent)


def _fits(slots: Sequence[Place], header: Header, columns: Sequence[FormColumn]) -> bool:
    """Whether every header cell of another grid has a place of its own below it."""
    if len(header.places) < len(columns) and not (header.exact and len(slots) == len(header.places) == len(columns) - 1):
        return False
    owners = [place for head, _, _ in header.places.values() for place in under(head, slots)]
    return len({id(place) for place in owners}) == len(owners) == len(header.places)


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
    where = [rows[j].page for j in header.rows] or [None, *pages]
    shown = evidence.proves_sequence([head.text for head in heads], where)
    if not shown and rows[match.rows[0]].kind == "cells":
        # In flattened text a span may be written again in each of its places.
        again = [head.text for head in heads for _ in range(max(1, int(head.x1 - head.x0)))]
        shown = evidence.proves_sequence(again, where)
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


def _most_heads_fit(spec: FormRow, match: Match, header: Header, rows: Sequence[Row]) -> bool:
    """Whether a recognised row has as many places as columns, and most header cells, each exactly its column's label, are over
    their own ones, while those over the places that are left are illegible: one that says anything else may be another's."""
    row = rows[match.rows[0]]
    slots = slots_behind(row, match.place) if match.place >= 0 else row.slots
    columns = [column.code for column in spec.columns]
    heads = {code: place for code, (place, _, fit) in header.places.items() if fit == 1.0}
    if row.kind != "grid" or len(slots) != len(columns) or header.twice or len(heads) < MOST_HEADS * len(columns):
        return False
    own = [[slots.index(slot) for slot in under(place, slots)] for place in heads.values()]
    if row.page is None or own != [[columns.index(code)] for code in heads]:
        return False
    worn = [place for place, _, fit in header.places.values() if fit < 1.0 and not is_header_text(place.text)]
    left = [slots[k] for k, code in enumerate(columns) if code not in heads]
    others = (*header.others, *header.below, *worn)
    return all(_is_illegible(place) and all(slot in left for slot in under(place, slots)) for place in others)


def _is_illegible(place: Place) -> bool:
    """Whether a place was recognised in a picture, and not surely."""
    reading = place.origin.readings[0] if isinstance(place.origin, GridCell) else None
    return reading is not None and reading.confidence is not None and reading.confidence < LEGIBLE


def _columns_known(spec: FormRow, match: Match, header: Header, told: str, first: int, rows: Sequence[Row]) -> bool:
    """Whether a header says which column is which: by its intervals, or by standing whole and in the form's order."""
    if told == "header":
        return True
    if len(header.places) == len(spec.columns) and ordered_headers(header, spec.columns):
        return True
    if told == "order" and _most_heads_fit(spec, match, header, rows):
        return True
    flattened = rows[match.rows[0]].kind in ("cells", "text")
    share = MOST_HEADS if flattened else 1.0
    return spec.block is None and printed_in_order(rows, first, spec.columns, share)
