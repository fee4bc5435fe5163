"""What is to be said of a table as a whole: copies, rows that the report adds, the blocks that it takes up.

In: a `TableRead` and its alignment. Out: more cells and findings of the same `TableRead`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gov_extract.document import Finding
from gov_extract.forms import FormRow, load_forms
from gov_extract.forms.labels import normalise
from gov_extract.parse import indicators
from gov_extract.parse.align import Alignment, Match, is_beside, slots_behind
from gov_extract.parse.columns.headers import HEADER_ROWS
from gov_extract.parse.columns.telling import told_by_order
from gov_extract.parse.stream import Row
from gov_extract.parse.tables.annex import extra_indicator
from gov_extract.parse.tables.cells import make_cell
from gov_extract.parse.tables.model import REPEATED, TableRead
from gov_extract.parse.vocabulary import Target, entry_keys, is_header_text, key, named_rows

# Of a table printed twice a copy may be cut off or worn: this share of its rows shows that it is one.
PARTLY = 0.4
# Characters of a text from which it is the piece of one label, and no word that many share.
PIECE = 5


def add_remarks(read: TableRead, alignment: Alignment, rows: Sequence[Row], taken: set[int]) -> None:
    """Findings about the table as a whole, and rows that the report adds to the form (not in `taken`, which others use)."""
    id_ = read.table.id
    if len(alignment.repeated) >= REPEATED * len(read.table.rows):
        read.findings.append(
            Finding("warning", "table_repeated", f"the table {id_} is printed twice; the better copy was read",
                    rows[alignment.repeated[0].j].page, id_)
        )  # fmt: skip
    _rows_again(read, alignment, rows)
    extra = sum(cell.row.startswith("extra.") for cell in read.cells) if alignment.left_over else 0
    layout = read.layout
    stands = sorted(j for match in alignment.matches.values() for j in match.rows)
    first, last = stands[0], stands[-1]
    known = {spec.code for spec in read.table.rows}
    headings = frozenset().union(*(entry_keys(group) for group in read.table.groups))
    for row in rows[max(0, first - HEADER_ROWS) : last + 1]:
        # A header holds none of its own table's rows, and a group of one form is a row of another.
        texts = [row.label]
        if not row.has_figures:
            texts = [p.text for p in row.places if normalise(p.text) not in headings and not is_header_text(p.text)]
        for text in texts if row.kind != "text" else ():
            for target in named_rows(text):
                if target.table == id_ and target.row not in known:
                    message = f"{text} is a row of another form of this table: the form may be taken wrongly"
                    read.findings.append(Finding("warning", "row_of_other_form", message, row.page, id_, target.row))
    blocks = {rows[j].block for j in stands}
    for j in alignment.left_over:
        row = rows[j]
        if row.kind == "text" or j in taken or not row.has_figures:
            continue
        within = first <= j <= last or row.block in blocks
        if within or all(is_beside(place.text, alignment.form, alignment.table) for place in row.labels):
            read.findings.extend(_row_torn(alignment, i, where, row.page) for i, where in _may_be_torn(alignment, j, rows))
            read.findings.extend(_label_parted(alignment, i, row.page) for i in _parted_from(alignment, j, rows))
        if not within:
            continue
        taken.add(j)
        read.used.update(row.parts)
        if layout is not None and not indicators.says_something(row):
            continue
        above = _row_before(alignment, j)
        if not row.labels:
            message = "a row of figures without a label belongs to no row of the form: " + " ".join(p.text for p in row.slots)
            read.findings.append(Finding("warning", "stray_figures", message, row.page, id_, above))
            continue
        extra += 1
        read.findings.append(
            Finding("warning", "extra_row", f"the report adds the row {row.label}", row.page, id_, f"extra.{extra}")
        )
        if layout is not None:
            read.cells.append(extra_indicator(read, j, rows, layout.read(j, row.slots), extra))
            continue
        for form, code in _rows_torn([place.text for place in row.labels], read):
            message = f"{row.label} is part of a row of another form of this table ({form}): the form may be taken wrongly"
            read.findings.append(Finding("warning", "row_of_other_form", message, row.page, id_, code))
        spec = _row_like(alignment, j)
        columns = spec.columns
        told = told_by_order(row.slots, columns, lambda _window: None)
        added = FormRow(f"extra.{extra}", row.label, (), columns)
        match = Match(-1, (j,), len(row.labels) - 1, row.label, 1.0, "exact")
        for column in columns:
            place = told.places.get(column.code)
            read.cells.append(make_cell(read.form, read.table, added, column, row.label, place, rows, match, told.open, None))


def _rows_torn(labels: Sequence[str], read: TableRead) -> list[tuple[str, str]]:
    """The forms, and the rows that they have and this table's form has not, where a label is a piece of one of these and of
    none of its own: rows that are torn to pieces do not tell the form."""
    texts = [key(label).text for label in labels]
    texts = [text for text in texts if len(text) >= PIECE and not any(_is_piece(text, spec) for spec in read.table.rows)]
    known = {spec.code for spec in read.table.rows}
    others = {form.id: form.tables[read.table.id].rows for form in load_forms().values() if read.table.id in form.tables}
    added = {id_: [spec for spec in specs if spec.code not in known] for id_, specs in others.items()}
    torn = [id_ for id_, specs in added.items() if any(_is_piece(text, spec) for text in texts for spec in specs)]
    return [(id_, spec.code) for id_ in torn for spec in added[id_]]


def _is_piece(text: str, spec: FormRow) -> bool:
    return any(text in key(label).text for label in (spec.label, *spec.aliases))


def _may_be_torn(alignment: Alignment, j: int, rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """The rows of the form whose figures those of stream row `j` may be, torn off by a page break, and where these stand."""
    stands = {k: i for i, match in alignment.matches.items() for k in match.rows}
    above = max((k for k in stands if k < j), default=None)
    below = min((k for k in stands if k > j), default=None)
    if above is not None and not rows[above].has_figures and rows[above].block != rows[j].block:
        yield stands[above], "the next page begins"
    if below is not None and rows[below].page != rows[j].page and not has_ink(alignment, stands[below], rows):
        yield stands[below], "the page before ends"


def _parted_from(alignment: Alignment, j: int, rows: Sequence[Row]) -> Iterator[int]:
    """The rows of the form whose label a page break may have parted: stream row `j` has a part of it, and of the figures."""
    stands = {k: i for i, match in alignment.matches.items() for k in match.rows}
    for k, (first, second) in ((j + 1, (j, j + 1)), (j - 1, (j - 1, j))):
        if k in stands and rows[k].page != rows[j].page and rows[first].label and rows[second].label:
            target = Target(alignment.table.id, alignment.table.rows[stands[k]].code)
            if target in named_rows(rows[first].label + rows[second].label):
                yield stands[k]


def _label_parted(alignment: Alignment, i: int, page: int | None) -> Finding:
    """The finding of a row of the form of whose label and figures a part stands in another row."""
    message = "a page break parts the row's label, and figures stand on both pages: they may be parted too"
    return Finding("warning", "row_torn", message, page, alignment.table.id, alignment.table.rows[i].code)


def _row_torn(alignment: Alignment, i: int, where: str, page: int | None) -> Finding:
    """The finding of a row of the form without figures, where `where` ("the next page begins") tells of figures of no row."""
    message = f"the row has no figures, and {where} with figures of no row: it may be torn"
    return Finding("warning", "row_torn", message, page, alignment.table.id, alignment.table.rows[i].code)


def has_ink(alignment: Alignment, i: int, rows: Sequence[Row]) -> bool:
    """Whether the row of the form that stands at `i` holds any figure."""
    return any(rows[j].has_figures for j in alignment.matches[i].rows)


def _rows_again(read: TableRead, alignment: Alignment, rows: Sequence[Row]) -> None:
    """Rows that stand in the document again with other figures: no sum tells which copy is meant, nor, where they are many,
    whose the rows are that stand there once."""
    said: set[int] = set()
    for candidate in alignment.repeated:
        match = alignment.matches[candidate.i]
        if match.place < 0 or candidate.i in said:
            continue
        again = [p.text for p in slots_behind(rows[candidate.j], candidate.k) if p.text]
        read_first = [p.text for p in slots_behind(rows[match.rows[0]], match.place) if p.text]
        between = range(match.rows[-1] + 1, candidate.j)  # a row may be printed in two pieces, each with the label
        at_once = candidate.j > match.rows[-1] and not any(other.rows[0] in between for other in alignment.matches.values())
        first, j = match.rows[0], candidate.j
        at_once |= j == first - 1 and rows[j].kind == rows[first].kind != "text" and rows[j].space == rows[first].space
        if again and again != read_first and (len(again) == len(read_first) or at_once):
            said.add(candidate.i)
            code = read.table.rows[candidate.i].code
            message = "the row stands in the document again, with other figures"
            page = rows[candidate.j].page
            read.findings.append(Finding("warning", "row_repeated", message, page, read.table.id, code))
    twice = {candidate.i for candidate in alignment.repeated}
    if said and len(twice) >= PARTLY * len(read.table.rows):
        for i in sorted(alignment.matches.keys() - twice):
            page = rows[alignment.matches[i].rows[0]].page
            message = "the row stands in one copy only of a table that is printed twice with other figures"
            read.findings.append(Finding("warning", "row_repeated", message, page, read.table.id, read.table.rows[i].code))


def _row_before(alignment: Alignment, j: int) -> str | None:
    before = [i for i, match in alignment.matches.items() if match.rows[-1] < j]
    return alignment.table.rows[max(before)].code if before else None


def _row_like(alignment: Alignment, j: int) -> FormRow:
    near = min(alignment.matches.items(), key=lambda item: abs(item[1].rows[0] - j))
    return alignment.table.rows[near[0]]
