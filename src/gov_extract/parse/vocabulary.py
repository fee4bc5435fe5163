"""What the forms' labels are, ready for look-up: exact keys first, similarity for worn ones, the veto.

In: the forms. Out: look-ups from printed text to rows, columns, groups and titles of the forms' tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

import regex
from rapidfuzz.distance import Indel, LCSseq

from gov_extract.forms import Form, FormColumn, FormGroup, FormRow, label_keys, load_forms
from gov_extract.forms.labels import normalise, strip_number

# Below this a text is not a worn form of a label at all; from notes of measured alignments: one wrong letter in a label of
# four gives .75, the longest note that real reports put inside a label gives .55 before coverage is counted.
WEAK = 0.6
# From here on a worn label says which row it is: one letter in five may be lost.
CLEAR = 0.8
# A text this near to the label of another row belongs to that row, whatever the sums say.
VETO = 0.9
# A stump of a header label is at least this near to the whole (本年新 of 本年新制作数量 has .6).
STUMP = 0.5
# A label without its number must have this many characters to be told by its text alone (其他, 总计 must not).
TELLING = 3


# A header text of this many characters may be told by likeness: the note in the corner (勾稽关系) is worded in many ways.
CORNER = 12


# A note in brackets behind a label.
_NOTE = regex.compile(r"\s*[(（\[【][^()（）\[\]【】]{2,120}[)）\]】]?\s*$")


class Target(NamedTuple):
    """A row of a table, the same code in every form that has it."""

    table: str
    row: str


class Key(NamedTuple):
    """A label in comparable form: its numbering apart."""

    number: str | None
    text: str


@lru_cache(maxsize=8192)
def key(text: str) -> Key:
    """Numbering and normalised text of a label."""
    number, rest = strip_number(text)
    return Key(number, normalise(rest))


@cache
def rows_by_key() -> dict[str, tuple[Target, ...]]:
    """Normalised label, with or without its number → the rows it can name, over all forms."""
    found: dict[str, dict[Target, None]] = {}
    for form in load_forms().values():
        for table in form.tables.values():
            for row in table.rows:
                for text in label_keys(row):
                    found.setdefault(text, {})[Target(table.id, row.code)] = None
    return {text: tuple(targets) for text, targets in found.items()}


@cache
def indicator_rows() -> frozenset[Target]:
    """The rows of the tables of indicators."""
    return frozenset(
        Target(table.id, row.code)
        for form in load_forms().values()
        for table in form.tables.values()
        for row in table.rows
        if table.layout == "indicators"
    )


@cache
def numbers() -> dict[Target, str | None]:
    """The numbering that the form prints before each row's label."""
    return {
        Target(table.id, row.code): key(row.label).number
        for form in load_forms().values()
        for table in form.tables.values()
        for row in table.rows
    }


def strip_note(text: str) -> str:
    """A label without the note in brackets behind it."""
    return _NOTE.sub("", text)


@lru_cache(maxsize=8192)
def named_rows(text: str) -> tuple[Target, ...]:
    """The rows that a text names exactly (after normalisation); a short text only with the right number or none."""
    if len(text) > 200:
        return ()
    table = rows_by_key()
    whole = table.get(normalise(text))
    if whole:
        return whole
    number, rest = key(text)
    targets = table.get(rest, ())
    if not targets:
        bare = strip_note(text)
        return named_rows(bare) if bare and bare != text else ()
    if number is None or len(rest) >= TELLING:
        return targets
    return tuple(target for target in targets if numbers()[target] == number)


@cache
def _keys(table: str, form: str) -> dict[str, tuple[str, ...]]:
    """Row code → its distinct label texts without numbers."""
    return {
        row.code: tuple({key(text).text for text in (row.label, *row.aliases)}) for row in load_forms()[form].tables[table].rows
    }


@lru_cache(maxsize=4096)
def closeness(text: str, label: str) -> float:
    """How near two normalised texts are, 0 to 1.

    The edit ratio, or, for a text longer than the label (notes inside it, a group glued on), the share of the label that it
    holds in order, lessened by what is too much.
    """
    ratio = Indel.normalized_similarity(text, label)
    if len(text) > len(label) >= 4:
        covered = LCSseq.similarity(text, label) / len(label)
        ratio = max(ratio, covered - 0.1 - 0.2 * min(1.0, (len(text) - len(label)) / 40))
    return ratio


def similarity(text: Key, form: str, target: Target) -> float:
    """How well a printed label fits a row, 0 to 1."""
    if not text.text:
        return 0.0
    return max(closeness(text.text, label) for label in _keys(target.table, form)[target.row])


def vetoed(text: Key, form: Form, target: Target, *, piece: bool = False) -> bool:
    """Whether a text is (nearly) the label of another row, of any table of the form; of a `piece` of a label it is not asked
    whether another row's label is nearer than the row's own."""
    return bool(text.text) and _vetoed(text.text, form.id, target, piece)


@lru_cache(maxsize=16384)
def _vetoed(text: str, form_id: str, target: Target, piece: bool) -> bool:
    form = load_forms()[form_id]
    own = similarity(Key(None, text), form_id, target)
    label = _label(form, target)
    enough = VETO if piece else min(own, VETO)
    for table in form.tables.values():
        for row in table.rows:
            if Target(table.id, row.code) == target or row.label == label:
                continue
            keys = _keys(table.id, form_id)[row.code]
            near = max(Indel.normalized_similarity(text, other, score_cutoff=enough) for other in keys)
            if near >= VETO or (near > own and not piece):
                return True
    return False


def _label(form: Form, target: Target) -> str:
    return next(row.label for row in form.tables[target.table].rows if row.code == target.row)


@lru_cache(maxsize=4096)
def column_keys(column: FormColumn) -> frozenset[str]:
    """The normalised labels of a column."""
    return frozenset(label_keys(column))


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return normalise(text)


def official(text: str, column: FormColumn) -> bool:
    """Whether a text is a column's official label, not one of its other writings."""
    return _folded(text) == _folded(column.label)


@lru_cache(maxsize=1024)
def columns_by_label(columns: tuple[FormColumn, ...]) -> Mapping[str, tuple[str, ...]]:
    """Normalised label → the codes of the columns that have it, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for column in columns:
        for label in column_keys(column):
            found[label] = (*found.get(label, ()), column.code)
    return found


@lru_cache(maxsize=16384)
def column_fit(text: str, column: FormColumn) -> float:
    """How well a header cell's text fits a column's label, 0 to 1 (1: exactly)."""
    folded = _folded(text)
    keys = column_keys(column)
    if folded in keys:
        return 1.0
    if not folded or len(folded) > 40:
        return 0.0
    return min(0.99, max(closeness(folded, label) for label in keys))


@lru_cache(maxsize=4096)
def entry_keys(entry: FormGroup | FormRow) -> frozenset[str]:
    """The normalised labels of a group or row."""
    return frozenset(label_keys(entry))


@cache
def header_words() -> frozenset[str]:
    """Every normalised label of a column, a group, a side-by-side row or a corner: what headers are made of."""
    words: set[str] = set()
    for form in load_forms().values():
        for table in form.tables.values():
            if table.layout == "indicators":  # its header's words (单位, 数量) and headings stand everywhere
                continue
            for column in (column for row in table.rows for column in row.columns):
                words |= label_keys(column)
            for group in table.groups:
                words |= label_keys(group)
            if table.layout == "side_by_side":
                for row in table.rows:
                    words |= label_keys(row)
            words |= {normalise(text) for text in table.corner}
    return frozenset(words)


@cache
def _corners() -> frozenset[str]:
    """The long texts that a header holds beside labels: notes, worded in many ways."""
    texts = (text for form in load_forms().values() for table in form.tables.values() for text in table.corner)
    return frozenset(normalise(text) for text in texts if len(text) >= CORNER)


@lru_cache(maxsize=4096)
def is_corner(text: str) -> bool:
    """Whether a text is the form's note in its corner, worn or not."""
    folded = normalise(text)
    return len(folded) >= CORNER and any(Indel.normalized_similarity(folded, corner) >= WEAK for corner in _corners())


@lru_cache(maxsize=4096)
def is_header_text(text: str) -> bool:
    """Whether a text is a label of a header or a group (its numbering or a note behind it apart), or the form's note in its
    corner, worn or not."""
    folded = normalise(text)
    if folded in header_words():
        return True
    number, rest = strip_number(text)
    if number is not None and normalise(rest) in header_words():
        return not any(target.row.endswith("total") for target in named_rows(text))
    bare = strip_note(text)
    return is_corner(text) or (bool(bare) and bare != text and normalise(bare) in header_words())


@lru_cache(maxsize=4096)
def resembles_header(text: str) -> bool:
    """Whether a text may be a worn label of a header, or a stump of one."""
    if is_header_text(text):
        return True
    return any(column_fit(text, column) >= STUMP for column in _columns())


@cache
def _columns() -> tuple[FormColumn, ...]:
    """The distinct columns of all forms."""
    tables = (table for form in load_forms().values() for table in form.tables.values())
    return tuple({column.label: column for table in tables for row in table.rows for column in row.columns}.values())


@lru_cache(maxsize=4096)
def resembles_row(text: str) -> bool:
    """Whether a text may be a worn label of a row of any form."""
    if named_rows(text):
        return True
    folded = key(text)
    return len(folded.text) >= TELLING and any(
        similarity(folded, form.id, Target(table.id, row.code)) >= CLEAR
        for form in load_forms().values()
        for table in form.tables.values()
        if table.layout != "indicators"  # a worn one is told by its unit; 行政诉讼 is a header, not half of 行政诉讼数量
        for row in table.rows
    )


@lru_cache(maxsize=4096)
def begins_row(text: str) -> bool:
    """Whether a text is the beginning of a row's numbered label (3.危及), torn behind its number and a word at least."""
    folded = normalise(text)
    return len(folded) >= TELLING and strip_number(text)[0] is not None and any(k.startswith(folded) for k in rows_by_key())
