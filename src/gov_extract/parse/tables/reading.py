"""The statutory tables of a document: which form each is of, and every one of its cells.

In: a `Document`. Out: `Tables`: the cells of all tables (each canonical cell once), findings, the blocks that were used,
and which rows still lack an independent evidence (for a second reading).
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.document import Document, Finding, Grid
from gov_extract.forms import load_forms
from gov_extract.parse import copies, indicators
from gov_extract.parse.align import Alignment, Name, by_table, candidates, exact_names, fill_gaps, slots_behind, take_back
from gov_extract.parse.columns.telling import common_margin
from gov_extract.parse.evidence import Evidence
from gov_extract.parse.flat import unflatten
from gov_extract.parse.flat.sequence import bare_labels, bare_text
from gov_extract.parse.halves import one_below_another
from gov_extract.parse.placed import place_rows
from gov_extract.parse.stream import Row, stream
from gov_extract.parse.tables.annex import layout_of, read_annex, read_indicators
from gov_extract.parse.tables.blocks import rows_of
from gov_extract.parse.tables.cells import missing_cell, row_missing
from gov_extract.parse.tables.choosing import choose_forms, common_form
from gov_extract.parse.tables.model import REPEATED, TableRead, Tables
from gov_extract.parse.tables.outcomes import read_side_by_side
from gov_extract.parse.tables.remarks import add_remarks
from gov_extract.parse.tables.rowwise import read_rows
from gov_extract.parse.vocabulary import named_rows

# So many labels of rows in a document without tables are a table that was not understood.
UNREAD = 8
# The same where they stand within lines (label and figure with a sign between, a table on one line): this share of a table's
# labels of so many characters, since prose names some of them.
WITHIN = 0.4
TELLING_LABEL = 6
# Rows, columns and cells of a grid on a recognised page that is a table, at least.
SMALL, LARGE = 3, 24
# Copies of a table that are compared, at most.
MOST_COPIES = 4


def read_tables(document: Document, year: int | None = None) -> Tables:
    """Read every statutory table of a document.

    Parameters
    ----------
    year
        The report's year, asked only where a table's labels fit several forms equally well.
    """
    rows = one_below_another(place_rows(stream(document), document))
    rows, names = indicators.prepare(rows, exact_names(rows))
    evidence = Evidence(document)
    alignments = choose_forms(rows, names, year)
    flattened = unflatten(rows, document, alignments)
    if flattened.rows is not rows:
        known = {id(row): name for row, name in zip(rows, names, strict=True)}
        rows = list(flattened.rows)
        names = [known.get(id(row), name) for row, name in zip(rows, exact_names(rows), strict=True)]
        alignments = choose_forms(rows, names, year)
    rowwise = {j for a in alignments.values() for match in a.matches.values() for j in match.rows}
    more = {id_: _copies(id_, alignment, rows, names, year) for id_, alignment in alignments.items()}
    rowwise |= {j for others in more.values() for a in others for match in a.matches.values() for j in match.rows}
    reads: list[TableRead] = []
    named = by_table(names)
    filled: dict[str, Alignment] = {}
    groups: dict[str, list[tuple[Alignment, TableRead]]] = {}
    for id_, alignment in alignments.items():
        groups[id_] = []
        for copy in (alignment, *more[id_]):
            own = {j for match in copy.matches.values() for j in match.rows}
            full = fill_gaps(copy, rows, frozenset(rowwise - own))
            if not more[id_]:
                full = take_back(full, rows, candidates(rows, named, full.table))
            groups[id_].append((full, read_table(full, rows, evidence, year)))
            rowwise |= {j for match in full.matches.values() for j in match.rows}
        groups[id_].sort(key=lambda entry: min(rows_of(entry[0])))
    years = _Years(rows, rowwise, [[min(rows_of(a)) for a, _ in group] for group in groups.values() if len(group) > 1])
    dated = False
    for id_, group in groups.items():
        chosen, is_dated = _better([read for _, read in group], years.of([min(rows_of(a)) for a, _ in group]), year)
        dated |= is_dated
        filled[id_] = group[chosen][0]._replace(repeated=() if more[id_] else alignments[id_].repeated)
        reads.append(group[chosen][1])
        layout = reads[-1].layout
        dated |= layout is not None and layout.years
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
    default = load_forms()[common_form(siblings, year)]
    for id_, table in default.tables.items():
        if id_ in alignments:
            continue
        beside: list[tuple[int, TableRead]] = []
        below: set[int] = set()
        while len(beside) < MOST_COPIES:
            another = read_side_by_side(default, table, rows, names, evidence, rowwise, margin, below)
            if another is None or (beside and not _is_whole(another[1])) or any(another[0] == first for first, _ in beside):
                break
            beside.append(another)
        if beside:
            beside.sort(key=lambda entry: entry[0])
            chosen, is_dated = _better([read for _, read in beside], years.of([first for first, _ in beside]), year)
            dated |= is_dated
            reads.append(beside[chosen][1])
    if len(reads) < len(default.tables) and not any(read.table.layout == "indicators" for read in reads):
        local = read_annex(_beside(reads, rows, names) if reads else rows, year)
        if local and not reads:
            return Tables({local.table.id: local.form.id}, tuple(local.cells), tuple(local.findings), frozenset(local.used), ())
        reads += [local] if local else []
    for read in reads:
        if read.table.id in filled:
            add_remarks(read, filled[read.table.id], rows, rowwise)
    if not reads:
        labels = {target for row in rows for place in row.places for target in named_rows(place.text)}
        count = len(labels) if len(labels) >= UNREAD else _labels_within(rows)
        page = _illegible(document)
        if not count and page is None:
            return Tables({}, (), (), frozenset(), ())
        message = f"{count} labels of the statutory tables stand in the document, but no table could be made of them"
        if not count:
            message = f"the recognised page {page} shows a table of which no label could be read: it may lie on its side"
        return Tables({}, (), (Finding("warning", "tables_unread", message),), frozenset(), ())
    present = {read.table.id for read in reads}
    absent = [table for id_, table in default.tables.items() if id_ not in present]
    order = list(default.tables)
    reads.sort(key=lambda read: order.index(read.table.id) if read.table.id in order else len(order))
    cells = [cell for read in reads for cell in read.cells]
    findings = [finding for read in reads for finding in read.findings]
    findings += [finding for finding in flattened.findings if finding.table in present]
    for table in absent:
        cells += [missing_cell(default, table, row, column) for row in table.rows for column in row.columns]
        findings.append(
            Finding("warning", "table_missing", f"the table {table.id} was not found in the document", None, table.id)
        )
        findings += [row_missing(table, row, None) for row in table.rows]
    if absent:  # those of the tables that were read are in order, as these are
        cells.sort(key=lambda cell: order.index(cell.table) if cell.table in order else len(order))
    return Tables(
        {read.table.id: read.form.id for read in reads},
        tuple(cells),
        tuple(findings),
        frozenset().union(*(read.used for read in reads)),
        tuple(entry for read in reads for entry in read.unproven),
        tied=not siblings or dated,
    )


def _labels_within(rows: Sequence[Row]) -> int:
    """How many of a table's labels stand anywhere in the text, whatever stands around them; none where they are too few."""
    bare = bare_text(rows, range(len(rows)))
    most = 0
    for form in load_forms().values():
        for table in form.tables.values():
            labels = [label for label in bare_labels(table) if len(label) >= TELLING_LABEL]
            count = sum(label in bare for label in labels)
            if count >= max(UNREAD, WITHIN * len(labels)):
                most = max(most, count)
    return most


def _beside(reads: Sequence[TableRead], rows: Sequence[Row], names: Sequence[Name]) -> Sequence[Row]:
    """The stream without the tables that were read, made ready for one of indicators."""
    used = frozenset().union(*(read.used for read in reads))
    free = [j for j, row in enumerate(rows) if used.isdisjoint(row.parts)]
    return indicators.prepare([rows[j] for j in free], [names[j] for j in free])[0]


def _illegible(document: Document) -> int | None:
    """The first recognised page with a grid as large as a statutory table."""
    for page in document.pages:
        grids = (block for block in page.blocks if isinstance(block, Grid))
        if page.reader == "ocr" and any(min(g.n_rows, g.n_columns) >= SMALL and len(g.cells) >= LARGE for g in grids):
            return page.number
    return None


def _copies(id_: str, alignment: Alignment, rows: Sequence[Row], names: Sequence[Name], year: int | None) -> list[Alignment]:
    """Further copies of a table in the stream, each with most of its rows."""
    found: list[Alignment] = []
    taken = rows_of(alignment)
    left = len(alignment.repeated)
    while left >= REPEATED * len(alignment.table.rows) and len(found) < MOST_COPIES:
        free = [None if j in taken else name for j, name in enumerate(names)]
        copy = choose_forms(rows, free, year, only=id_).get(id_)
        if copy is None or len(copy.matches) < REPEATED * len(copy.table.rows):
            break
        found.append(copy)
        taken |= rows_of(copy)
        left = len(copy.repeated)
    return found


def _is_whole(read: TableRead) -> bool:
    return all(cell.state != "missing" for cell in read.cells) and any(map(copies.has_ink, read.cells))


class _Years:
    """What the titles above copies of tables say of their years; a copy without a title of its own stands below that of another
    table's copy, where this tells all copies of its table apart."""

    def __init__(self, rows: Sequence[Row], taken: set[int], tables: Sequence[Sequence[int]]) -> None:
        self._rows, self._taken = rows, taken
        self._known: dict[int, copies.Named] = {}
        for firsts in tables:
            named = {first: copies.named_years(rows, first, taken) for first in firsts}
            if any(map(any, named.values())):
                self._known |= named

    def of(self, firsts: Sequence[int]) -> list[copies.Named]:
        """Of the copies of one table, each by its first row."""
        own = [copies.named_years(self._rows, first, self._taken) for first in firsts]
        above = [max((j for j in self._known if j < first), default=None) for first in firsts]
        if len(set(above)) == len(above) and None not in above and not any(map(any, own)):
            return [self._known[j] for j in above if j is not None]
        return own


def _better(reads: Sequence[TableRead], named: Sequence[copies.Named], year: int | None) -> tuple[int, bool]:
    """Which copy of a table stands (the others' differing rows become findings of it), and whether titles name years."""
    if len(reads) == 1:
        return 0, False
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
            message = (
                "the row stands in the document again, with other figures, or only in one copy of a table whose copies differ"
            )
            kept.findings.append(Finding("warning", "row_repeated", message, page, id_, code))
    return chosen, any(n.years or n.earlier for n in named)


def read_table(alignment: Alignment, rows: Sequence[Row], evidence: Evidence, year: int | None) -> TableRead:
    """A table whose rows stand one below the other, by its layout."""
    if alignment.table.layout == "indicators":
        return read_indicators(alignment, rows, evidence, layout_of(alignment, rows, year))
    return read_rows(alignment, rows, evidence)
