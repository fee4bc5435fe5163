"""The table of indicators: indicator | unit | value, one figure a row. Its rows in the stream.

In: the stream. Out: rows whose labels end at their unit (`prepare`), what a header, a heading and a unit are, and how a
printed unit relates to the form's. A row's unit is its own: it decides how the value is converted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Literal

import regex

from gov_extract.forms import FormTable, label_keys, load_forms
from gov_extract.forms.labels import normalise
from gov_extract.parse.align import PIECES, Match
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_dash, looks_like_figure, money_factor, multiple_of
from gov_extract.parse.vocabulary import CLEAR, Target, closeness, indicator_rows, key, named_rows, strip_note

Names = list[tuple[int, tuple[Target, ...]] | None]

# A document holds a table of indicators when it names this many rows of it; fewer are likeness.
ENOUGH = 8
# Of the rows with figures between its first and last row at least this share is the form's; else it is a local annex.
OWN = 0.5
# Prose may name indicators too: where cells hold at least this share of the labels that are printed, lines do not count.
IN_CELLS = 0.5
# A row's number: 1, 01, A03.
NUMBER = regex.compile(r"[A-Za-z]?\d{1,3}")
# A column beside the value's that the form does not know: what it is a part of (市本级, 县区, 其中).
PART = "part:"
# Columns that hold figures; a header has at most so many cells, and a cell at most so many characters.
FIGURES = frozenset({"value", "cumulative", "before"})
MOST_COLUMNS = 12
LONGEST_HEAD = 20
_YEAR = regex.compile(r"((?:19|20)\d\d)年?(?:度)?(?:统计数|数据?|数量|实际|合计)?")
_BRACKETS = regex.compile(r"^[(（\[【]\s*(.*?)\s*[)）\]】]$")


UnitKind = Literal["same", "alike", "converted", "other"]


@cache
def the_tables() -> tuple[FormTable, ...]:
    """The tables of indicators that the forms have."""
    return tuple(t for form in load_forms().values() for t in form.tables.values() if t.layout == "indicators")


@cache
def _units() -> tuple[tuple[str, ...], ...]:
    """The units that stand for each other."""
    return tuple(kind for table in the_tables() for kind in table.units)


@cache
def _headings() -> frozenset[str]:
    """The normalised labels of rows without figures."""
    return frozenset(label for table in the_tables() for entry in table.headings for label in label_keys(entry))


@cache
def _heads() -> dict[str, str]:
    """Normalised header text → kind of column."""
    kinds: dict[str, str] = {}
    for table in the_tables():
        kinds |= {key: "value" for column in table.columns for key in label_keys(column)}
        kinds |= {normalise(text): "label" for text in table.corner}
        kinds |= {key: entry.code for entry in table.beside for key in label_keys(entry)}
    return kinds


@lru_cache(maxsize=4096)
def unit_of(text: str) -> str | None:
    """The unit that a text is, nothing else: 条, （件）, 万元."""
    bare = "".join(text.split())
    inner = _BRACKETS.match(bare)
    bare = inner[1] if inner else bare
    known = any(bare in kind for kind in _units())
    return bare if known or money_factor(bare, "元") is not None or multiple_of(bare) != 1 else None


@lru_cache(maxsize=4096)
def is_heading(text: str) -> bool:
    """Whether a text is a row without figures that stands over others (一、主动公开情况), worn or not."""
    if named_rows(text):
        return False
    folded = key(text).text
    labels = _headings()
    if not folded or folded in labels or normalise(text) in labels:
        return bool(folded)
    return len(folded) > 4 and max(closeness(folded, label) for label in labels if len(label) > 4) >= CLEAR


def prepare(rows: list[Row], names: Names) -> tuple[list[Row], Names]:
    """The stream with the rows of a table of indicators split where their unit stands, and headings without figures.

    Both are as they were where the document has no such table. Lines of prose with the same labels lose their names.
    """
    own = indicator_rows()
    # A row whose number stands before its label has no label yet, a line has its unit in the label.
    behind = {
        j: tuple(target for place in _unsplit(row) for target in named_rows(place.text))
        for j, row in enumerate(rows)
        if not names[j]
    }
    found = [name or (0, behind.get(j, ())) for j, name in enumerate(names)]
    named = [j for j, name in enumerate(found) if not own.isdisjoint(name[1])]
    distinct = {target for j in named for target in found[j][1] if target in own}
    others = sum(name is not None and own.isdisjoint(name[1]) for name in names)
    if len(distinct) < ENOUGH and others > 1:
        return rows, names
    heads = [j for j, row in enumerate(rows) if header_of(row)]
    if len(distinct) < ENOUGH and not heads:
        return rows, names
    split, renamed = list(rows), list(names)
    in_cells = [j for j in named if rows[j].kind != "text"]
    prose = len(in_cells) >= IN_CELLS * len(named) and bool(in_cells)
    blocks = {rows[j].block for j in (*in_cells, *heads)}
    first, last = min((*named, *heads)), max((*named, *heads, *(j for j, row in enumerate(rows) if row.block in blocks)))
    in_grids = {target for j in named for target in found[j][1] if rows[j].kind in ("grid", "cells")}
    end = min(last + PIECES + 1, len(rows))
    while end < len(rows) and any(row.kind == "cells" for row in rows[end : end + 2]):
        end += 1  # several torn labels at the end of a flattened table name no row
    for j in range(max(0, first - PIECES), end):
        name = names[j]
        if name and not any(target in own for target in name[1]):
            continue
        again = rows[j].kind == "placed" and bool(name) and in_grids.issuperset(name[1] if name else ())
        if prose and (rows[j].kind == "text" or again):
            renamed[j] = None
            continue
        split[j] = rows[j]._replace(labels=(), slots=()) if j in heads else _split(rows[j])
        if split[j] is not rows[j]:
            renamed[j] = _name(split[j])
    _join_labels(split, renamed)
    return split, renamed


def _join_labels(rows: list[Row], names: Names) -> None:
    """Put torn labels together where the whole names an indicator: what is left of one may be the label of another."""
    own = indicator_rows()
    for j, row in enumerate(rows):
        if len(row.labels) != 1 or not row.slots:
            continue
        above: list[int] = []
        for k in range(j - 1, max(-1, j - 2 * PIECES), -1):
            if rows[k].slots or names[k] or len(above) == PIECES - 1:
                break
            if not rows[k].labels:
                continue
            above.insert(0, k)
            whole = "".join(rows[n].joined for n in above) + row.label
            targets = tuple(target for target in named_rows(whole) if target in own)
            if targets and not is_heading(rows[k].joined):
                # The lines above belong to the table now: left to the prose they would stand behind its last sentence.
                parts = tuple(dict.fromkeys(part for n in (*above, j) for part in rows[n].parts))
                rows[j] = row._replace(labels=(row.labels[0]._replace(text=whole),), parts=parts)
                names[j] = (0, targets)
                for n in above:
                    rows[n] = rows[n]._replace(labels=())
                break


def _name(row: Row) -> tuple[int, tuple[Target, ...]] | None:
    own = indicator_rows()
    for k in range(len(row.labels) - 1, -1, -1):
        targets = tuple(target for target in named_rows(row.labels[k].text) if target in own)
        if targets:
            return k, targets
    targets = tuple(target for target in named_rows(row.joined) if target in own)
    return (len(row.labels) - 1, targets) if targets and len(row.labels) > 1 else None


def _split(row: Row) -> Row:
    """A row whose labels end where its unit, its number or its first figure stands; a heading has no figures at all."""
    if row.kind == "text":
        return _split_line(row)
    places = list(row.places)
    start = next((k for k, p in enumerate(places) if p.text and not _is_beside(p.text)), None)
    if start is None:
        return row._replace(labels=(), slots=tuple(places)) if any(unit_of(p.text) for p in places) else row
    end = start
    for k in range(start, len(places)):
        if places[k].text and _is_beside(places[k].text):
            break
        if places[k].text:
            end = k
    labels = tuple(place for place in places[start : end + 1] if place.text)
    slots = tuple(places[end + 1 :])
    if is_heading("".join(p.text for p in labels)) or is_heading(labels[-1].text):
        slots = () if not any(char.isdigit() for p in slots for char in p.text) else slots
    return row if (labels, slots) == (row.labels, row.slots) else row._replace(labels=labels, slots=slots)


def _unsplit(row: Row) -> Sequence[Place]:
    """The places of a row that may be its label although nothing says so before it is split."""
    if row.kind == "text":
        split = _split_line(row)
        return split.labels if split is not row else ()
    return [place for place in row.places if _is_text(place)] if not row.labels else ()


def _is_text(place: Place) -> bool:
    return bool(place.text) and not looks_like_figure(place.text)


def _is_beside(text: str) -> bool:
    return looks_like_figure(text) or unit_of(text) is not None or NUMBER.fullmatch(text) is not None


def _split_line(row: Row) -> Row:
    """A line of words: the unit is the last word before its figures."""
    words = row.joined.split()
    if len(words) < 2 or not unit_of(words[-1]):
        return row
    label = row.labels[0]._replace(text=" ".join(words[:-1]))
    unit = row.labels[0]._replace(text=words[-1])
    slots = (unit, *(row.slots or (Place("", 0.0, 0.0),)))
    return row._replace(labels=(label,), slots=slots, places=(label, *slots))


def header_of(row: Row) -> tuple[tuple[str, Place], ...]:
    """The columns that a row names as a header; see `header`."""
    if row.kind != "text":
        return header(row.places)
    words = [word for place in row.places for word in place.text.split()]
    if len(words) > MOST_COLUMNS:
        return ()
    return header([Place(word, float(k), float(k + 1)) for k, word in enumerate(words)])


def header(places: Sequence[Place]) -> tuple[tuple[str, Place], ...]:
    """The columns that the places of a row name, empty where they are no header: a value's or another figure's column, and the
    indicator's or the unit's."""
    if len(places) > MOST_COLUMNS:
        return ()
    found = tuple(
        (kind, place) for place in places if place.text and len(place.text) <= LONGEST_HEAD and (kind := _kind(place.text))
    )
    if len(found) < 2:
        return ()
    names = {kind for kind, _ in found}
    figures = [kind for kind in names if kind in FIGURES or kind.startswith("year:")]
    inked = sum(bool(place.text) for place in places)
    enough = bool(figures) and bool(names & {"label", "unit", "number"}) and 2 * len(found) >= inked
    if not enough or any(place.text and unit_of(place.text) for place in places):
        return ()
    known = {id(place) for _, place in found}
    others = [p for p in places if p.text and id(p) not in known and len(p.text) <= LONGEST_HEAD]
    if len(found) + len(others) < inked or [kind for kind, _ in found].count("value") != 1:
        return found
    parts = tuple((f"{PART}{n}", place) for n, place in enumerate(others))
    return tuple(sorted((*found, *parts), key=lambda column: column[1].x0))


def parted(places: Sequence[Place]) -> list[str]:
    """The kinds of columns that stand below the value's head: the total's is the value."""
    return [_kind(place.text) or f"{PART}{n}" for n, place in enumerate(places)]


def holds_figures(kind: str) -> bool:
    """Whether a column of this kind holds figures: the value's, or others beside it."""
    return kind in FIGURES or kind.startswith(("year:", PART))


@lru_cache(maxsize=4096)
def _kind(text: str) -> str | None:
    kind = _heads().get(normalise(text)) or _heads().get(normalise(strip_note(text)))
    year = _YEAR.fullmatch("".join(text.split()))
    return kind or (f"year:{year[1]}" if year else None)


def unit_factor(printed: str | None, unit: str) -> tuple[UnitKind, float]:
    """How a printed unit relates to the form's: by which factor a value is converted.

    >>> unit_factor("元", "万元"), unit_factor("条", "件"), unit_factor("万元", "件")
    (('converted', 0.0001), ('alike', 1.0), ('other', 1.0))
    """
    if printed is None or printed == unit:
        return "same", 1.0
    money = money_factor(printed, unit)
    if money is not None:
        return "converted", money
    if money_factor(unit, "元") is not None:
        return "other", 1.0
    multiple = multiple_of(printed)
    bare = printed[1:] if multiple != 1 else printed
    alike = bare in ("", unit) or any(bare in kind and unit in kind for kind in _units())
    if not alike:
        return "other", 1.0
    return ("converted", float(multiple)) if multiple != 1 else ("alike", 1.0)


def own_rows(matches: Mapping[int, Match], rows: Sequence[Row]) -> bool:
    """Whether an alignment is of the form's own table, not of a local annex or of chance: enough of its rows, and few others
    with figures between them."""
    if len(matches) < ENOUGH:
        return False
    stands = {j for match in matches.values() for j in match.rows}
    between = [
        j
        for j in range(min(stands), max(stands) + 1)
        if j in stands or (rows[j].has_figures and rows[j].kind != "text" and rows[j].labels and not is_heading(rows[j].joined))
    ]
    return sum(j in stands for j in between) >= OWN * len(between)


def says_something(row: Row) -> bool:
    """Whether a row that is not the form's holds more than dashes: a digit, or a unit for a figure left blank."""
    texts = [place.text for place in row.slots if place.text]
    return any(not is_dash(text) for text in texts)
