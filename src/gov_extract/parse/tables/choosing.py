"""Which form each table is of.

In: the stream of rows with the labels that they name exactly. Out: for every table the alignment of the form that explains it
best; the form of most tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from gov_extract.document import GridCell
from gov_extract.forms import load_forms
from gov_extract.forms.labels import normalise
from gov_extract.parse import indicators
from gov_extract.parse.align import Alignment, Name, align, by_table, figures_before, fill_gaps
from gov_extract.parse.columns.headers import find_header
from gov_extract.parse.stream import Row
from gov_extract.parse.tables.model import LIKENESS
from gov_extract.parse.vocabulary import entry_keys, official

# Beside a table of indicators another table is one when this share of its rows is named.
HALF = 0.5
# With a smaller share of its rows found a table does not tell its form: it is that of its siblings.
TELLING = 0.5
# What a header cell that is not the official label counts for when forms are compared.
ALIAS = 0.4


def common_form(forms: Sequence[str], year: int | None) -> str:
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


def choose_forms(rows: Sequence[Row], names: Sequence[Name], year: int | None, only: str | None = None) -> dict[str, Alignment]:
    """For every table (or `only` one) the form whose labels fit best: rows found, less those missing and those unexplained."""
    found: dict[str, list[Alignment]] = {}
    figures, named = figures_before(rows), by_table(names)
    for form in load_forms().values():
        for id_, table in form.tables.items():
            if table.layout == "side_by_side" or only not in (None, id_):
                continue
            alignment = align(rows, named, form, table, figures)
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
        form_id = common_form([alignment.form.id for alignment in level], year)
        chosen[id_] = next((a for a in level if a.form.id == form_id), level[0])
    known = {id_: a.form.id for id_, a in chosen.items() if len(a.matches) >= TELLING * len(a.table.rows)}
    for id_, alignment in chosen.items():
        siblings = [form_id for other, form_id in known.items() if other != id_]
        if id_ not in known and siblings:
            form_id = common_form(siblings, year)
            chosen[id_] = next((a for a in found[id_] if a.form.id == form_id), alignment)
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
    whole = len(alignment.matches) == len(table.rows) and not _leaves_rows(alignment, rows)
    full = alignment if whole else fill_gaps(alignment, rows, others - {m.rows[0] for m in alignment.matches.values()})
    # A row placed by its order alone says nothing for a form.
    known = sum(match.similarity for match in full.matches.values())
    stands = sorted(j for match in full.matches.values() for j in match.rows)
    unexplained = sum(stands[0] < j < stands[-1] and bool(rows[j].labels) and rows[j].kind != "text" for j in full.left_over)
    unexplained += sum(_rows_of_group(table.id, rows[match.rows[0]], match.place) for match in full.matches.values())
    score = known - 0.5 * (len(table.rows) - len(full.matches)) - unexplained
    return score + (_header_hits(alignment, rows) if table.layout == "blocks" else 0.0)


def _rows_of_group(table: str, row: Row, place: int) -> int:
    """The rows that a label's cell covers, where it is a group's in some form and stands before others over several: it is
    no row's then (（六）其他处理 is a group in one form, and a row in another). 0 for any other."""
    if not 0 <= place < len(row.labels) - 1 or normalise(row.labels[place].text) not in _group_keys(table):
        return 0
    cell = row.labels[place].origin
    return cell.rowspan if isinstance(cell, GridCell) and cell.rowspan > 1 else 0


@cache
def _group_keys(table: str) -> frozenset[str]:
    """The normalised labels of the groups of a table in all forms that have it."""
    groups = (group for form in load_forms().values() if table in form.tables for group in form.tables[table].groups)
    return frozenset().union(*(entry_keys(group) for group in groups))


def _leaves_rows(alignment: Alignment, rows: Sequence[Row]) -> bool:
    """Whether rows with figures stand between those of a table that no row of the form explains."""
    used = {j for match in alignment.matches.values() for j in match.rows}
    return any(j not in used and rows[j].has_figures for j in range(min(used), max(used)))


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
