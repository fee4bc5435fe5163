"""Tables whose text lost its layout: rows made again from the form, the order of the text, and the form's identities.

In: the stream, and what the ordinary alignment made of it. Out: the stream in which the rows of flattened tables are put in the
place of the lines they came from; rows that were read in the ordinary way are left alone.

A flattened table is one sequence of characters. The form's labels are found in it, in their order; what stands between two of
them is the first one's ink. As many figures as columns are read in order. Where cells without ink are gone, or figures are
glued together, every way to read the row is looked at; those that its own identity and, together with all other rows, the
identities of the columns allow, are left. A cell is read where they all agree, and otherwise left open: nothing is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from gov_extract.document import Document, Finding
from gov_extract.forms import Form, FormTable, load_forms
from gov_extract.forms.labels import strip_number
from gov_extract.parse.align import Alignment, slots_behind
from gov_extract.parse.flat.indicators import find_indicators
from gov_extract.parse.flat.labels import find_labels
from gov_extract.parse.flat.mending import mended
from gov_extract.parse.flat.model import TableFlat
from gov_extract.parse.flat.pieces import spaced_pieces
from gov_extract.parse.flat.placing import place_by_blanks, place_by_lines, place_review
from gov_extract.parse.flat.reading import gather, is_copy, lent
from gov_extract.parse.flat.review import find_review, settle_review
from gov_extract.parse.flat.rows import emit
from gov_extract.parse.flat.sequence import (
    LABEL,
    Span,
    bare_labels,
    bare_text,
    group_letters,
    letters,
    row_pieces,
    section_letters,
    sequence,
    words_of,
)
from gov_extract.parse.flat.sequence import Sequence as Text
from gov_extract.parse.flat.settling import all_glued, dash_length, lone_blanks, prints_zeros, settle_rows
from gov_extract.parse.flat.spaced import Spaced, spaced_lines, without_groups
from gov_extract.parse.flattened_heads import printed_columns
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.vocabulary import is_header_text

# Layouts of tables that are read from flattened text; the third, whose rows stand side by side, has a module of its own.
FLAT = ("rows", "blocks")
# A table of which this share of rows was found with a place for every column is read in the ordinary way.
ORDINARY = 0.6
# Characters of a label by which it is looked for at first: two, since a break or a mark may follow.
HINT = 2
# Rows before the first and behind the last exact label that can belong to the table.
AROUND = 8
# Of a flattened table at least this share of labels is found, or it is a likeness in the prose.
FOUND = 0.4
# Of a table that is read elsewhere this share of all labels stands in the text, if it may hold it once more.
WHOLE = 0.7
# Copies of a table that are looked for, at most.
MOST_COPIES = 4
# A header whose rows stand side by side, and its figures, have at most so many rows.
HEADER_ROWS = 6
# A row's place holds an outcome's label alone when it is at most this long; three of them make an ordinary header.
OUTCOME = 8
OUTCOMES = 3


class Flattened(NamedTuple):
    """The stream, with flattened tables made into rows, and what must be said of their rows."""

    rows: Sequence[Row]
    findings: tuple[Finding, ...]


def unflatten(rows: Sequence[Row], document: Document, alignments: Mapping[str, Alignment]) -> Flattened:
    """The stream with its flattened tables as rows; the same stream where there are none."""
    taken: set[int] = set()
    poor: list[str] = []
    again: list[str] = []  # read in the ordinary way; the text may hold them once more
    layouts = {id_: table.layout for form in load_forms().values() for id_, table in form.tables.items()}
    for id_, layout in layouts.items():
        alignment = alignments.get(id_)
        if layout in FLAT and (alignment is None or not _ordinary(alignment, rows)):
            poor.append(id_)
        elif alignment is not None:
            own = {j for match in alignment.matches.values() for j in match.rows}
            taken |= own | _headers(rows, min(own), max(own))
            taken |= {c.j for c in alignment.repeated if rows[c.j].kind != "text" and rows[c.j].slots}
            again += [id_] if layout in FLAT else []
    headers = _outcomes(rows)
    taken |= {j for at in headers for j in _around(rows, at)}
    wanted = [j for j, row in enumerate(rows) if j not in taken and (row.kind != "grid" or len(row.places) == 1)]
    bare = bare_text(rows, wanted)
    poor = [id_ for id_ in poor if _hinted(bare, id_)]
    again = [id_ for id_ in again if _stands(bare, [t for f in load_forms().values() if (t := f.tables.get(id_))])]
    if headers:
        review = _stands(bare, [_side_by_side()[1]])
    else:
        review = all(letters(column.label)[:HINT] in bare for column in _side_by_side()[1].columns)
    annexes = _annexes(rows, wanted, bare, alignments)
    if not poor and not again and not review:
        return _replaced(rows, annexes) if annexes else Flattened(rows, ())
    spaced = spaced_lines(rows, document, wanted)
    if spaced:
        spaced = mended(without_groups(spaced), rows)
    text = sequence(spaced_pieces(spaced, rows, wanted) if spaced else row_pieces(rows, wanted))
    found = [flat for id_ in poor for flat in _read_copies(text, id_)]
    found += [flat for id_ in again for flat in _read_copies(text, id_) if is_copy(flat)]
    if review:
        found += islice(find_review(text, *_side_by_side()), MOST_COPIES)
    if not found:
        return _replaced(rows, annexes) if annexes else Flattened(rows, ())
    found = _placed([lent(flat, text) for flat in all_glued(found)], text, spaced, rows)
    # A blank copy says nothing of how the filled one is printed.
    inked = {flat.table.id for flat in found if any(row.ink.tokens for row in flat.rows)}
    filled = [flat for flat in found if flat.table.id not in inked or any(row.ink.tokens for row in flat.rows)]
    dash = dash_length(filled)
    blanks, lone = not prints_zeros(filled, dash), lone_blanks(filled)
    settled = [
        settle_review(flat, blanks=blanks, lone=lone, dash=dash)
        if flat.table.layout == "side_by_side"
        else settle_rows(flat, blanks=blanks, lone=lone, dash=dash)
        for flat in found
    ]
    return _replaced(rows, [*(emit(table, text, rows) for table in settled), *annexes])


def _annexes(
    rows: Sequence[Row], wanted: Sequence[int], bare: str, alignments: Mapping[str, Alignment]
) -> list[tuple[list[Row], frozenset[int], list[Finding]]]:
    """The rows of the tables of indicators that are not read in the ordinary way."""
    made: list[tuple[list[Row], frozenset[int], list[Finding]]] = []
    for form in load_forms().values():
        for id_, table in form.tables.items():
            labels = bare_labels(table) if table.layout == "indicators" and id_ not in alignments else ()
            if labels and sum(label in bare for label in labels) >= FOUND * len(labels):
                found = find_indicators(sequence(row_pieces(rows, wanted)), rows, form, table)
                made += [(*found, [])] if found else []
    return made


def _hinted(bare: str, id_: str) -> bool:
    """Whether the beginnings of enough of a table's labels stand somewhere in the text, so that it is worth a closer look."""
    for form in load_forms().values():
        table = form.tables.get(id_)
        starts = {strip_number(row.label)[1][:HINT] for row in table.rows} if table else set()
        if starts and sum(start in bare for start in starts) >= FOUND * len(starts):
            return True
    return False


def _stands(bare: str, tables: Sequence[FormTable]) -> bool:
    """Whether the text may hold a table that is read elsewhere once more: most labels of its rows, and of its columns, stand in
    it whole."""
    return any(sum(text in bare for text in texts) >= WHOLE * len(texts) for table in tables for texts in [bare_labels(table)])


def _placed(found: Sequence[TableFlat], text: Text, spaced: Spaced | None, rows: Sequence[Row]) -> list[TableFlat]:
    """The tables with the columns of their figures, as far as the text keeps where they stand."""
    if spaced is None:
        return place_by_lines(found, text, rows)
    placed = []
    for flat in found:
        beside = flat.table.layout == "side_by_side"
        told = place_review(flat, text, spaced) if beside else place_by_blanks(flat, text, spaced)
        if told is None:  # what one table shows holds for the text
            return list(found)
        placed.append(told)
    return placed


def _side_by_side() -> tuple[Form, FormTable]:
    """The newest form's table whose rows stand side by side."""
    return next(
        (form, table) for form in load_forms().values() for table in form.tables.values() if table.layout == "side_by_side"
    )


def _ordinary(alignment: Alignment, rows: Sequence[Row]) -> bool:
    """Whether a table can be read in the ordinary way: most rows have a place for every column, or words with known places;
    what their labels are, torn or worn, the alignment finds out."""
    table = alignment.table
    stands = [j for match in alignment.matches.values() for j in match.rows]
    printed = printed_columns(rows, min(stands), table.columns) if table.layout == "rows" else None
    lacks = 1 if printed is not None and len(printed) < len(table.columns) else 0
    exact = sum(
        _has_places(
            rows[match.rows[0]], slots_behind(rows[match.rows[0]], match.place), len(table.rows[match.i].columns) - lacks
        )
        for match in alignment.matches.values()
    )
    around = rows[max(0, min(stands) - AROUND) : max(stands) + AROUND]
    least = min(len(row.columns) for row in table.rows) - lacks
    whole = sum(len(row.places) > 1 and _has_places(row, row.slots, least) for row in around)
    return max(exact, whole) >= ORDINARY * len(table.rows)


def _headers(rows: Sequence[Row], first: int, last: int) -> set[int]:
    """The rows above and among those of a table that is read in the ordinary way which hold nothing but headers: their words
    are no labels of another table."""
    return {
        j
        for j in range(max(0, first - HEADER_ROWS), last)
        if (texts := [place.text for place in rows[j].places if place.text]) and all(map(is_header_text, texts))
    }


def _has_places(row: Row, slots: Sequence[Place], n: int) -> bool:
    return row.kind == "placed" or (row.kind != "text" and len(slots) >= n)


def _outcomes(rows: Sequence[Row]) -> list[int]:
    """The rows that have cells with the outcomes' labels: the table with rows side by side is read in the ordinary way."""
    _, table = _side_by_side()
    wanted = {letters(column.label) for column in table.columns}
    found = []
    for j, row in enumerate(rows):
        if row.kind != "text" and len(row.places) > OUTCOMES:
            texts = [text for text, _, _, _ in row.places if 0 < len(text) <= OUTCOME and not text.isdigit()]
            hits = set(map(letters, texts))
            if len(hits & wanted) >= OUTCOMES:
                found.append(j)
    return found


def _around(rows: Sequence[Row], at: int) -> list[int]:
    """The rows of cells that can belong to the header at row `at`, and to the figures below it: no figures stand above it."""
    near = range(max(0, at - HEADER_ROWS), min(len(rows), at + HEADER_ROWS + 1))
    return [j for j in near if rows[j].kind != "text" and len(rows[j].places) > 1 and not (j < at and rows[j].has_figures)]


def _read_copies(text: Text, id_: str) -> list[TableFlat]:
    """Every copy of a table that the text holds, in their order there; one that is little like it only where no other is."""
    free, taken = text, list[tuple[Form, FormTable, list[Span]]]()
    while len(taken) < MOST_COPIES:
        best = _best_labels(free, id_)
        if best is None:
            break
        taken.append(best)
        first, last = best[2][0].start, best[2][-1].end
        free = free._replace(key=free.key[:first] + LABEL * (last - first) + free.key[last:])
    walls = sorted(spans[0].start for _, _, spans in taken)
    found = [gather(text, form, table, spans, walls) for form, table, spans in taken]
    kept = [flat for flat in found if is_copy(flat)] or [flat for flat in found[:1] if _has_ink(flat) or _is_blank(flat, text)]
    return sorted(kept, key=lambda flat: flat.rows[0].start)


def _has_ink(flat: TableFlat) -> bool:
    return flat.plain or any(row.ink.tokens for row in flat.rows)


def _is_blank(flat: TableFlat, text: Text) -> bool:
    """Whether a table without header and ink is a blank one: the labels of most rows stand one behind the other, and nothing
    but its own words, whole or in pieces, between them."""
    between = [text.key[row.span.end : below.span.start] for row, below in pairwise(flat.rows)]
    own = {letter for entry in (*words_of(flat.table), *group_letters(), *section_letters()) for letter in entry}
    return len(flat.rows) >= WHOLE * len(flat.table.rows) and all(own.issuperset(rest) for rest in between)


def _best_labels(text: Text, id_: str) -> tuple[Form, FormTable, list[Span]] | None:
    """The table in the form that fits best, with its labels; None where too few of them are there."""
    best: tuple[float, tuple[Form, FormTable, list[Span]]] | None = None
    for form in load_forms().values():
        table = form.tables.get(id_)
        if table is None:
            continue
        spans = find_labels(text, form, table)
        if len(spans) < max(2, FOUND * len(table.rows)):
            continue
        first = max(0, spans[0].start - 3 * OUTCOME * OUTCOME)
        region = text.key[first : spans[-1].end]
        heads = sum(letters(column.label) in region for column in table.columns)
        score = sum(span.fit for span in spans) - 0.5 * (len(table.rows) - len(spans)) + heads
        if best is None or score > best[0]:
            best = score, (form, table, spans)
    return best[1] if best else None


def _replaced(rows: Sequence[Row], tables: Sequence[tuple[list[Row], frozenset[int], list[Finding]]]) -> Flattened:
    """The stream with each table's rows in the place of the first line that it came from."""
    at: dict[int, list[Row]] = {}
    gone: set[int] = set()
    findings: list[Finding] = []
    for made, lines, said in sorted(tables, key=lambda entry: min(entry[1])):
        at.setdefault(min(lines), []).extend(made)
        gone |= lines
        findings += said
    merged: list[Row] = []
    for j, row in enumerate(rows):
        merged += at.get(j, ())
        if j not in gone:
            merged.append(row)
    return Flattened(merged, tuple(findings))
