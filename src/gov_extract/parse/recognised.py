"""Which reading of a recognised figure counts.

In: the tables of a document, with the readings that recognised pages have of every place. Out: the same tables: a figure
counts as read where all its readings agree, or where the form's identities allow exactly one of them; any other is
``unreadable``, with a finding. Nothing is worked out from other cells: what no reading says is never a value. One sum settles
one open cell at most, and chooses no reading that is unlikely: with two it could make good one misreading by another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from math import prod
from typing import NamedTuple

from gov_extract.checks import Values, holds, terms
from gov_extract.document import Box, Document, Finding, Grid, Reading
from gov_extract.forms import Identity, load_forms
from gov_extract.parse.tables import Tables
from gov_extract.parse.values import read_figure
from gov_extract.schema import Cell, State

SURE = 0.98
"""Confidence from which readings that agree need no identity."""
SURE_ZERO = 0.5
"""The same of a nought that identities allow: to them a place without ink is as good."""
BY_SUMS = 0.999
"""Confidence of a reading that two identities chose, which cross in its cell."""
LIKELY = 0.5
"""Confidence of a reading that one sum alone may choose: the agency's own sum may be wrong."""
MOST_WAYS = 4_000
"""Ways to combine the readings of one identity that are looked at."""
OF_FIGURES = frozenset(("figure_unreadable", "figure_odd", "figure_spaced", "readings_disagree"))
"""Findings about a first reading that another one makes void."""

_Key = tuple[str, str]
"""Row and column."""


class _Option(NamedTuple):
    """What one reading says of a cell."""

    state: State
    value: float | None
    reading: Reading
    note: str | None
    alone: bool = False
    """Whether a single identity speaks for it."""


class _Instance(NamedTuple):
    """An identity in one row or column, and the cells that it takes in."""

    identity: Identity
    scope: str
    keys: tuple[_Key, ...]


def settle_readings(document: Document, tables: Tables) -> Tables:
    """The tables with the cells of recognised pages settled; those of other pages stay as they are."""
    pages = recognised_pages(document)
    if not pages or not any(cell.page in pages for cell in tables.cells):
        return tables
    readings = _readings(document)
    cells: list[Cell] = []
    open_: dict[tuple[str, str], dict[_Key, list[_Option]]] = {}
    for cell in tables.cells:
        if cell.page not in pages:
            cells.append(cell)
            continue
        own = readings.get((cell.page, _box(cell)), ())
        cells.append(_told(cell, own))
        if cell.state != "missing" and not _is_sure(cell, own):
            open_.setdefault((cell.form, cell.table), {})[cell.row, cell.column] = _options(cell, own)
    chosen: dict[tuple[str, str, str], _Option | None] = {}
    several: set[tuple[str, str, str]] = set()
    for (form, table), options in open_.items():
        values: dict[_Key, tuple[State, float | None]] = {
            (c.row, c.column): (c.state, c.value) for c in cells if (c.form, c.table) == (form, table)
        }
        identities = [one for one in load_forms()[form].identities if one.table == table]
        picked = choose(identities, values, options)
        chosen |= {(table, *key): picked.get(key) for key in options}
        several |= {(table, *key) for key, own in options.items() if len(own) > 1}
    return _with_chosen(tables, cells, chosen, several)


def recognised_pages(document: Document) -> frozenset[int | None]:
    """The numbers of the pages that were recognised in pictures."""
    return frozenset(page.number for page in document.pages if page.reader == "ocr")


def reader_of(document: Document) -> str:
    """How a document's pages were read: ``native``, ``ocr``, or ``mixed``."""
    readers = {page.reader for page in document.pages if page.blocks}
    return "mixed" if len(readers) > 1 else next(iter(readers), "native")


def _readings(document: Document) -> dict[tuple[int | None, Box | None], tuple[Reading, ...]]:
    """The readings of every place on recognised pages, by page and box."""
    found: dict[tuple[int | None, Box | None], tuple[Reading, ...]] = {}
    for page in document.pages:
        for block in page.blocks if page.reader == "ocr" else ():
            if isinstance(block, Grid):
                found.update({(page.number, cell.box): cell.readings for cell in block.cells})
            else:
                found.update({(page.number, word.box): word.readings for word in block.words})
    return found


def _box(cell: Cell) -> Box | None:
    if cell.x0 is None or cell.top is None or cell.x1 is None or cell.bottom is None:
        return None
    return Box(cell.x0, cell.top, cell.x1, cell.bottom)


def _told(cell: Cell, readings: Sequence[Reading]) -> Cell:
    """The cell with how it was read and how sure that is."""
    if not readings or not _is_whole(cell, readings):
        return cell._replace(reader="ocr", confidence=None, agreement=None)
    agreement = len({reading.text for reading in readings}) == 1 if len(readings) > 1 else None
    return cell._replace(reader="ocr", confidence=readings[0].confidence, agreement=agreement)


def _is_whole(cell: Cell, readings: Sequence[Reading]) -> bool:
    """Whether a cell's ink is that of one place, and not put together from several."""
    return (cell.raw or "").strip() == readings[0].text.strip()


def _is_sure(cell: Cell, readings: Sequence[Reading]) -> bool:
    """Whether all readings of a cell agree, and surely."""
    if len(readings) < 2 or not _is_whole(cell, readings):
        return False
    return all(reading.text == readings[0].text and (reading.confidence or 0.0) >= SURE for reading in readings)


def _options(cell: Cell, readings: Sequence[Reading]) -> list[_Option]:
    """The different figures that a cell's readings say; none where one sees no ink, which no sum can tell from a nought.

    A cell whose ink could not be trusted for another reason (`state` unreadable though its first reading is a figure) has none.
    """
    first = read_figure(cell.raw or "", cell.unit or "")
    if cell.state == "unreadable" and first.state != "unreadable":
        return []
    factor = cell.value / first.value if cell.value and first.value else 1.0
    if not readings or not _is_whole(cell, readings):
        readings = (Reading(cell.raw or "", "ocr", 0.0),)
    found: dict[tuple[State, float | None], _Option] = {}
    for reading in readings:
        figure = read_figure(reading.text, cell.unit or "")
        if figure.state == "blank":
            return []
        if figure.state != "unreadable":
            value = None if figure.value is None else figure.value * factor
            found.setdefault((figure.state, value), _Option(figure.state, value, reading, figure.note))
    return list(found.values())


def choose(
    identities: Iterable[Identity],
    values: Mapping[_Key, tuple[State, float | None]],
    options: Mapping[_Key, Sequence[_Option]],
) -> dict[_Key, _Option]:
    """For each open cell of a table the one option with which all identities that take it in hold, where there is one.

    Options that make an identity fail in every combination with those of its other cells are left out, until nothing changes. A
    cell counts only where identities of which all cells are known then confirm it (see `_confirmed`), and none contradicts it.
    """
    left = {key: list(own) for key, own in options.items()}
    known: dict[_Key, tuple[State, float | None]] = {key: value for key, value in values.items() if key not in options}
    live = [one for one in _instances(identities, values) if any(key in left for key in one.keys)]
    live = [one for one in live if all(key in left or known[key][0] not in ("missing", "unreadable") for key in one.keys)]
    lost = {key for key, own in left.items() if not own}
    changed = True
    while changed:
        changed = False
        for one in live:
            open_ = [key for key in one.keys if key in left]
            if lost.intersection(open_) or prod(len(left[key]) for key in open_) > MOST_WAYS:
                continue
            kept = _allowed(one, open_, known, left)
            if not any(kept):
                lost.update(open_)
                changed = True
                continue
            for key, own in zip(open_, kept, strict=True):
                if len(own) < len(left[key]):
                    left[key] = own
                    changed = True
    single = {key: own[0] for key, own in left.items() if len(own) == 1 and key not in lost}
    settled: dict[_Key, tuple[State, float | None]] = {key: (own.state, own.value) for key, own in single.items()}
    everything = known | settled
    holding: list[_Instance] = []
    refuted: set[_Key] = set()
    for one in live:
        if all(key in everything for key in one.keys):
            result = holds(one.identity, one.scope, everything)
            if result:
                holding.append(one)
            elif result is False:
                refuted.update(one.keys)
    wanted = {
        key
        for key, option in single.items()
        if key not in refuted and (option.value or (option.reading.confidence or 0.0) >= SURE_ZERO)
    }
    told = _confirmed(wanted, holding, single, {key for key, own in options.items() if _is_ambiguous(own)})
    return {key: single[key]._replace(alone=alone) for key, alone in told.items()}


def _is_ambiguous(options: Sequence[_Option]) -> bool:
    """Whether a cell's readings leave a choice, or the only one is not likely."""
    return len(options) > 1 or any((option.reading.confidence or 0.0) < LIKELY for option in options)


def _confirmed(
    wanted: set[_Key], holding: Sequence[_Instance], single: Mapping[_Key, _Option], ambiguous: set[_Key]
) -> dict[_Key, bool]:
    """The cells whose reading identities confirm, and whether one does so alone.

    An identity says nothing of a cell while another one of its cells can be chosen to fit. So it confirms alone what is its
    only ambiguous cell, where that reading is likely; else two must, that have no other ambiguous cell in common, and every
    other ambiguous cell of theirs must be confirmed itself.
    """
    wanted = set(wanted)
    own: dict[_Key, list[set[_Key]]] = {key: [] for key in wanted}
    for one in holding:
        open_ = ambiguous.intersection(one.keys)
        for key in wanted.intersection(one.keys):
            own[key].append(open_ | {key})
    while True:
        told: dict[_Key, bool] = {}
        for key in wanted:
            usable = [open_ for open_ in own[key] if open_ <= wanted]
            if any(one & other == {key} for one, other in combinations(usable, 2)):
                told[key] = False
            elif {key} in usable and (single[key].reading.confidence or 0.0) >= LIKELY:
                told[key] = True
        if len(told) == len(wanted):
            return told
        wanted = set(told)


def _instances(identities: Iterable[Identity], values: Values) -> list[_Instance]:
    found = []
    for identity in identities:
        for scope in dict.fromkeys(key[identity.each == "column"] for key in values):
            keys = tuple(dict.fromkeys(terms(identity, scope)))
            if all(key in values for key in keys):
                found.append(_Instance(identity, scope, keys))
    return found


def _allowed(
    one: _Instance,
    open_: Sequence[_Key],
    known: Mapping[_Key, tuple[State, float | None]],
    left: Mapping[_Key, Sequence[_Option]],
) -> list[list[_Option]]:
    """For each open cell of an identity the options with which it holds, or says nothing, in some combination."""
    kept: list[dict[int, _Option]] = [{} for _ in open_]
    values = {key: known[key] for key in one.keys if key in known}
    for combination in product(*(left[key] for key in open_)):
        values.update({key: (option.state, option.value) for key, option in zip(open_, combination, strict=True)})
        if holds(one.identity, one.scope, values) is not False:
            for own, option in zip(kept, combination, strict=True):
                own[id(option)] = option
    return [[option for option in left[key] if id(option) in own] for key, own in zip(open_, kept, strict=True)]


def _with_chosen(
    tables: Tables,
    cells: Sequence[Cell],
    chosen: Mapping[tuple[str, str, str], _Option | None],
    several: set[tuple[str, str, str]],
) -> Tables:
    """The tables with what was chosen, and the findings that say so; `several` are the cells with more than one reading."""
    final: list[Cell] = []
    said: list[Finding] = []
    for cell in cells:
        key = (cell.table, cell.row, cell.column)
        if key not in chosen:
            final.append(cell)
            continue
        option = chosen[key]
        if option is None:
            final.append(cell._replace(state="unreadable", value=None))
            message = f"{cell.label}: the readings of what is printed here do not agree, or are not sure ({cell.raw!r})"
            said.append(Finding("warning", "reading_unsure", message, cell.page, *key))
            continue
        confidence = option.reading.confidence if option.alone else BY_SUMS
        final.append(
            cell._replace(
                state=option.state, value=option.value, raw=option.reading.text, note=option.note, confidence=confidence
            )
        )
        if option.alone and key in several:
            message = f"{cell.label}: of several readings a single sum chose {option.reading.text!r}"
            said.append(Finding("warning", "told_by_sums", message, cell.page, *key))
        else:
            message = f"{cell.label}: of several readings {option.reading.text!r} is the one that the form's sums allow"
            said.append(Finding("info", "reading_chosen", message, cell.page, *key))
    kept = [f for f in tables.findings if not (f.code in OF_FIGURES and (f.table, f.row, f.column) in chosen)]
    return tables._replace(cells=tuple(final), findings=(*kept, *said))
