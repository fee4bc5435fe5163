"""A table of indicators whose text lost its layout: one cell a line, one line for all, label and figure with any sign between.

In: the document as one sequence. Out: the table's rows for the stream, each with its label, its unit and its figure.

Every row has one figure, and the next label says where it ends. So the text between two labels must be nothing but a unit, one
figure, and headings: a row of which it is more is left open. Where several are, or something says that the figures stand
elsewhere (more columns of them, numbers of rows, figures before their labels), nothing is made of the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as Rows
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import regex

from gov_extract.forms import Form, FormTable, label_keys
from gov_extract.forms.labels import strip_number
from gov_extract.parse.flat.labels import find_labels, numbered, printed_label
from gov_extract.parse.flat.rows import PROSE, SPACE
from gov_extract.parse.flat.sequence import Sequence, Span, letters
from gov_extract.parse.indicator_columns import HEADER_ROWS
from gov_extract.parse.indicators import header_of, holds_figures, the_tables, unit_of
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import UNMAPPED

# At least this share of the table's labels is found in their order, or it is prose that names some of them.
FOUND = 0.5
# So many rows at most may hold more than a unit and a figure: those of a table with further columns all do.
OPEN = 2
# A row with so many figures has those of others, which then seem blank.
MANY = 3
# This share of the rows has a figure or a dash: else figures may stand apart from their labels.
FILLED = 0.25
# Rows that are numbered have numbers that count up in this share of them.
COUNTED = 0.5
# Characters before the first label in which a header can stand, and in which a label's numbering can.
HEADER = 60
NUMBERING = 12
# Between the texts of an open row: no figure is read across it.
AND = "；"

# Signs that part texts and say nothing of a figure: any other (%, *, ＞, ¥, �) may change what is printed, or be all of it.
_PLAIN = r"\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Pd}\p{Pc}−/／\\＼:：;；,，、.．。｡!！?？\"＂'＇&＆|｜=＝·•・…‥\u2500-\u257f"
_SIGN = rf"[[\p{{P}}\p{{S}}]--[{_PLAIN}]]"
_TOKEN = regex.compile(
    rf"[-+－−]?[\d０-９](?:[\d０-９,，.．]*[\d０-９])?|[-－−–—/／]+|\p{{Han}}+|{_SIGN}|[^\s\p{{P}}\p{{S}}\p{{Cc}}]",
    regex.VERSION1,
)
_SIGNS = regex.compile(_SIGN, regex.VERSION1)
_SIGNS_BEHIND = regex.compile(
    rf"(?:{_SIGN}|[ \t\u3000\u00a0]+(?:\ufffd|{_SIGN}(?<![\p{{So}}*＊※†‡§])|{_SIGN}(?!\p{{L}})))+", regex.VERSION1
)
# Signs that footnotes and lists are marked with; they belong to the label they touch.
_MARK = regex.compile(r"[\p{So}*＊※†‡§]")
_LAST_WORD = regex.compile(r"(?<!\p{Han})\p{Han}+$")
_WORD = regex.compile(r"[\p{L}（(《“]")
_DIGIT = regex.compile(r"[-+－−]?[\d０-９]")
_DASH = regex.compile(r"[-－−–—/／]+|[无無]")
_BESIDE = regex.compile(r"[ \u3000]?[（(]([^（()）\n]{2,40})[)）]")
_NOTE = regex.compile(r"\s*[（(]([^（()）]{1,80})[)）]")
_NUMERAL = regex.compile(r"(?:[（(]?[一二三四五六七八九十]{1,3}\s*[)）]?\s*[、.．]?|其中\s*[：:]?)\s*$")
_AHEAD = regex.compile(
    r"([^\s\d０-９]?)(?<![\d０-９])([\d０-９][\d０-９,，.．]*)[\s\p{Ps}]*(\p{Han}{0,3})([\s\p{Cc}\p{P}\p{S}]*)$"
)
_DATE = regex.compile(r"[\d０-９]{4}\s*[-－–—./．／][\d０-９]{1,2}[-－–—./．／][\d０-９]{1,2}[\s\p{P}]*$")
_NUMERALS = regex.compile(r"[一二三四五六七八九十]{0,3}")
_NEAR = regex.compile("[ \u3000\u00a0]?")


class _Told(NamedTuple):
    """What stands behind a label: its unit, its figure, the headings behind them, all numbers; `open` where it may be more than
    one figure, which then is all that stands there."""

    unit: str
    figure: str
    headings: str
    digits: tuple[str, ...]
    open: bool = False


def find_indicators(text: Sequence, rows: Rows[Row], form: Form, table: FormTable) -> tuple[list[Row], frozenset[int]] | None:
    """The rows made of the text, and the stream rows in whose place they stand; None where the table is not there, or its
    figures cannot be told."""
    spans = find_labels(text, form, table)
    if len(spans) < FOUND * len(table.rows):
        return None
    starts = [_begin(text, table, span) for span in spans]
    ends = [*starts[1:], _end(text, spans[-1])]
    told = [
        _tell(
            text.text[text.slice(span.start, span.end)[1] : end],
            glued=n + 1 < len(spans) and _glues(text, table, spans[n + 1], end),
            last=n + 1 == len(spans),
        )
        for n, (span, end) in enumerate(zip(spans, ends, strict=True))
    ]
    if not _one_column(text, table, starts[0], told):
        return None
    first = text.row[starts[0]]
    # The header says nothing more of a single column; its words may have signs between them.
    heads = {j for j in range(max(0, first - HEADER_ROWS), first) if header_of(rows[j])}
    lines = frozenset({*text.row[starts[0] : ends[-1]], *heads})
    own = _own_lines(text, lines, starts[0], ends[-1])
    made: list[Row] = []
    for span, start, one in zip(spans, starts, told, strict=True):
        source = rows[text.row[start]]
        parts = tuple(dict.fromkeys(part for j in sorted(own) for part in rows[j].parts)) if not made else ()
        label = Place(printed_label(text, span.start, span.end, numbered(table.rows[span.i])), 0.0, 1.0)
        texts = (one.unit, one.figure) if one.unit else (one.figure,)
        made.append(_row(source, label, tuple(Place(t, k, k + 1) for k, t in enumerate(texts, 1)), parts))
        if one.headings and not one.open:
            made.append(_row(source, Place(one.headings, 0.0, 1.0), (), ()))
    return made, lines


def _row(source: Row, label: Place, slots: tuple[Place, ...], parts: tuple[tuple[int, int], ...]) -> Row:
    places = (label, *slots)
    return Row(
        "flat", SPACE, source.page, source.block, 0, (label,), slots, (), source.locator, parts, places, frozenset(), "whole"
    )


def _begin(text: Sequence, table: FormTable, span: Span) -> int:
    """Where a label begins, its numbering included: what numeral it has, and the form's own number."""
    first = text.slice(span.start, span.end)[0]
    before = text.text[max(0, first - NUMBERING) : first]
    number = numbered(table.rows[span.i])
    if number is not None:
        wide = "".join(f"[{digit}{chr(ord(digit) + 0xFEE0)}]" for digit in number)
        found = regex.search(rf"[（(]?{wide}\s*[.．、,，:：)）]\s*$", before)
        if found:
            first -= len(found[0])
            before = before[: found.start()]
    found = _NUMERAL.search(before)
    if found:
        return first - len(found[0])
    return first - before.endswith(("（", "(", "[", "【"))


def _glues(text: Sequence, table: FormTable, span: Span, start: int) -> bool:
    """Whether digits end where a label begins, so that one of them may be a number of the label's."""
    before = text.text[max(0, start - NUMBERING) : start]
    found = regex.search(r"[\d０-９](\s*[.．、)）]\s*)?$", before)
    whole = text.slice(span.start, span.end)[0] == start
    return found is not None and (bool(found[1]) or (whole and numbered(table.rows[span.i]) is not None))


def _end(text: Sequence, span: Span) -> int:
    """Where the last row ends: behind its unit and figure, which stand on its line or the next ones."""
    behind = text.slice(span.start, span.end)[1]
    tail = text.text[behind : behind + 2 * HEADER]
    note = _NOTE.match(tail)
    at = note.end() if note and unit_of(note[1]) is None else 0
    # A bracket of figures is the row's, what stands behind it too.
    end = at if note and _holds_figure(note[1]) else 0
    found = list(_TOKEN.finditer(tail, at))[:6]
    for n, token in enumerate(found):
        figure = _DIGIT.match(token[0]) or _DASH.fullmatch(token[0])
        sign = _SIGNS.fullmatch(token[0])
        if unit_of(token[0]) is None and (not (figure or sign) or "\n\n" in tail[end : token.start()]):
            break
        if sign and _is_mark(token[0]) and _WORD.match(tail, token.end()):
            break
        end = token.end()
        if figure and not (
            n + 1 < len(found) and unit_of(found[n + 1][0]) and _NEAR.fullmatch(tail[end : found[n + 1].start()])
        ):
            break
    signs = _SIGNS_BEHIND.match(tail, end) if end else None
    return behind + (signs.end() if signs else end)


def _holds_figure(note: str) -> bool:
    """Whether what stands in brackets behind a label is a figure, with or without a unit, or a lost sign: no note."""
    rest = "".join(regex.findall(r"\p{L}", note))
    return regex.search(r"[\d０-９\ufffd]", note) is not None and (not rest or unit_of(rest) is not None)


def _is_mark(sign: str) -> bool:
    return sign != UNMAPPED and _MARK.fullmatch(sign) is not None


def _marred(tail: str, at: int, *, figure: bool, last: bool) -> bool:
    """Whether a sign between two labels may be part of the figure, or stand in its place; no mark at a label or heading is."""
    for sign in _SIGNS.finditer(tail, at):
        k, end = sign.span()
        ahead = _WORD.match(tail, end) is not None or (end == len(tail) and not last)
        bullet = ahead and k > 0 and (tail[k - 1] == "\n" or (figure and tail[k - 1].isspace()))
        word = _LAST_WORD.search(tail, 0, k)
        named = k in (0, at) or (word is not None and unit_of(word[0]) is None)  # behind the label, or a heading
        footnote = figure and named and not _DIGIT.match(tail, end)
        if not _is_mark(sign[0]) or not (bullet or footnote):
            return True
    return False


def _tell(tail: str, *, glued: bool, last: bool) -> _Told:
    """What the text between a label and the next one is."""
    note = _NOTE.match(tail)
    figures = note[0] if note and _holds_figure(note[1]) else ""
    at = note.end() if note and (figures or unit_of(note[1]) is None) else 0
    tokens = list(_TOKEN.finditer(tail, at))
    noted = tuple(token[0] for token in _TOKEN.finditer(figures) if _DIGIT.match(token[0]))
    digits = noted + tuple(token[0] for token in tokens if _DIGIT.match(token[0]))
    marred = _marred(tail, at, figure=bool(digits), last=last)
    if not marred:
        tokens = [token for token in tokens if not _SIGNS.fullmatch(token[0])]
    unit, figure, words = "", "", ""
    k = 0
    if k < len(tokens) and (found := _leading_unit(tokens[k][0])):
        unit, words = found, tokens[k][0][len(found) :]
        k += 1
    if not words and k < len(tokens) and (_DIGIT.match(tokens[k][0]) or _DASH.fullmatch(tokens[k][0])):
        figure, end = tokens[k][0], tokens[k].end()
        k += 1
        if k < len(tokens) and _NEAR.fullmatch(tail[end : tokens[k].start()]) and (found := _leading_unit(tokens[k][0])):
            words = tokens[k][0][len(found) :]
            unit, figure = (unit, figure + found) if _DIGIT.match(figure) else (unit or found, figure)
            end = tokens[k].end() - len(words)
            k += 1
        beside = _BESIDE.match(tail, end)
        if beside and not words and not _NUMERALS.fullmatch(beside[1]):
            figure += beside[0]
            tokens = tokens[:k] + [token for token in tokens[k:] if token.start() >= beside.end()]
            digits = noted + tuple(token[0] for token in tokens if _DIGIT.match(token[0]))
    rest = [token[0] for token in tokens[k:]]
    words += "".join(token for token in rest if not _DIGIT.match(token) and not _DASH.fullmatch(token))
    more = [token for token in rest if _DIGIT.match(token)]
    dashes = any(_DASH.fullmatch(token) for token in rest)
    headings = _are_headings(words)
    if more or glued or marred or figures or (not headings and (words or dashes)):
        texts = [figures.strip()] * bool(figures) + [token[0] for token in tokens if unit_of(token[0]) is None]
        return _Told(unit, AND.join(texts), words, digits, True)
    return _Told(unit, figure, words, digits)


def _leading_unit(text: str) -> str:
    """The unit that a run of ideographs is, or begins with where a heading follows."""
    for n in range(min(3, len(text)), 0, -1):
        if unit_of(text[:n]) and (_NUMERALS.fullmatch(text[n:]) or _are_headings(text[n:])):
            return text[:n]
    return ""


@cache
def _words() -> tuple[str, ...]:
    """The letters of headings, with and without their numerals, longest first."""
    texts = {text for table in the_tables() for entry in table.headings for text in label_keys(entry)}
    texts |= {letters(strip_number(entry.label)[1]) for table in the_tables() for entry in table.headings}
    return tuple(sorted({letters(text) for text in texts if text}, key=lambda text: (-len(text), text)))


def _are_headings(text: str) -> bool:
    """Whether ideographs are headings of the table, and nothing else."""
    rest = letters(text)
    found = False
    for word in _words():
        if word in rest:
            rest, found = rest.replace(word, ""), True
    return found and _NUMERALS.fullmatch(rest) is not None


def _one_column(text: Sequence, table: FormTable, start: int, told: Rows[_Told]) -> bool:
    """Whether the rows' figures are those of one column, which stands behind the labels."""
    if sum(one.open for one in told) > OPEN or any(len(one.digits) >= MANY for one in told):
        return False
    if sum(bool(one.figure) and not one.open for one in told) < FILLED * len(told):
        return False
    for which in (0, -1):  # numbers of rows behind their labels, or before those of the next rows
        numbers = [int(one.digits[which]) if one.digits and one.digits[which].isdecimal() else None for one in told]
        steps = sum(a is not None and b == a + 1 for a, b in pairwise(numbers))
        if steps >= COUNTED * (len(told) - 1):
            return False
    before = text.text[max(0, start - HEADER) : start]
    if _ends_in_figure(before):
        return False
    others = (key for entry in table.beside if holds_figures(entry.code) for key in label_keys(entry))
    return not any(letters(other) in letters(before) for other in others)


def _ends_in_figure(before: str) -> bool:
    """Whether the text before the first label ends in a figure, its unit and signs behind it: then figures stand before labels.

    A date, the number of a heading and the last figure of a sentence are none.
    """
    found = _AHEAD.search(before)
    if found is None or (found[3] and unit_of(found[3]) is None):
        return False
    front, _, unit, signs = found.groups()
    if not unit and not signs.strip():
        return True
    if _DATE.search(before):
        return False
    if front and not regex.fullmatch(r"[\p{Cc}\p{Ps}|｜]", front):  # within a text: 附件1：, 第3期, 共公开12条。
        return bool(unit) and front != "第" and not signs.strip()
    # 1、 and （1） on the label's own line number it.
    return bool(unit) or "\n" in signs or regex.match(r"[.．、)）]", signs) is None


def _own_lines(text: Sequence, lines: frozenset[int], start: int, end: int) -> frozenset[int]:
    """The stream rows that hold hardly anything but the table."""
    foreign = Counter(text.row[at] for at in text.at if not start <= at < end)
    return frozenset(j for j in lines if foreign[j] <= PROSE)
