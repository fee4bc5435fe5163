"""XLS (Excel 97 to 2003, and what WPS calls ET) → `Book`, from the records of its stream.

In: the bytes of an OLE container. Out: its sheets with what their cells show. A formula counts by the result that the file
keeps.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import Limits
from gov_extract.readers.ole import stream_of
from gov_extract.readers.sheets.fonts import PLAIN, Font, Rich, Run, in_cell, rich
from gov_extract.readers.sheets.model import UNREAD, Book, Gathered, Sheet, Span
from gov_extract.readers.sheets.shown import BUILT_IN, joined_text, shown, shown_text
from gov_extract.readers.tables import check_columns

BOF, EOF, CONTINUE, FILEPASS, BOUNDSHEET, DATEMODE, SST, XF, FORMAT = 0x809, 0x0A, 0x3C, 0x2F, 0x85, 0x22, 0xFC, 0xE0, 0x41E
ROW, COLINFO, BLANK, MULBLANK, NUMBER, RK, MULRK = 0x208, 0x7D, 0x201, 0xBE, 0x203, 0x27E, 0xBD
LABELSST, LABEL, RSTRING, BOOLERR, FORMULA, STRING, MERGED, WINDOW2 = 0xFD, 0x204, 0xD6, 0x205, 0x06, 0x207, 0xE5, 0x23E
FONT, PALETTE = 0x31, 0x92
VERSION_8 = 0x600
EMPTY = b"\x03"
"""The kind of a formula's result that is a text without characters."""
_WHITE = frozenset({1, 9, 0x41})
_PAINTING = frozenset({0x1B0, 0x872})
"""Conditional formats and tables: the ground of a cell is not told by its own style alone."""
MAX_RECORDS = 5_000_000
MAX_MERGED = 50_000
MAX_SHEETS = 500
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class _Style(NamedTuple):
    code: str
    bordered: bool
    font: Font = PLAIN
    on_white: bool = True


class _Book(NamedTuple):
    """What the sheets share; `computed` where any formula has a result that is not empty."""

    strings: list[Rich]
    styles: list[_Style]
    fonts: list[Font]
    from_1904: bool
    computed: bool


def read_book(data: bytes, limits: Limits) -> Book:
    """Read a workbook.

    Raises
    ------
    ReadError
        ``encrypted``, ``truncated``, ``damaged``; ``unsupported_format`` for what is older than Excel 97.
    LimitError
        ``too_large``.
    """
    found = stream_of(data, "Workbook", "Book")
    if found is None:
        raise ReadError("the workbook lacks its content; save it again or get another copy", "damaged")
    stream = found[1]
    if len(stream) < 8 or struct.unpack_from("<HHH", stream)[0] != BOF or struct.unpack_from("<H", stream, 4)[0] != VERSION_8:
        raise ReadError("the workbook is older than Excel 97 and has no reader; save it as XLSX", "unsupported_format")
    formats, xfs, strings, named = dict(BUILT_IN), list[bytes](), list[Rich](), list[tuple[str, bool, int]]()
    fonts = list[Font]()
    from_1904 = False
    for kind, parts in _records(stream, 0):
        body = parts[0]
        if kind == FILEPASS:
            raise ReadError("the file is protected by a password; open it, save it without one and try again", "encrypted")
        if kind == BOUNDSHEET and len(body) > 8 and body[5] == 0 and len(named) < MAX_SHEETS:
            name = _Characters([body[6:]]).text(1)
            named.append((name, body[4] & 3 != 0, struct.unpack_from("<I", body)[0]))
        elif kind == DATEMODE:
            from_1904 = body[:1] == b"\x01"
        elif kind == FORMAT:
            formats[struct.unpack_from("<H", body)[0]] = _Characters([body[2:], *parts[1:]]).text(2)
        elif kind == XF and len(body) >= 12:
            xfs.append(body)
        elif kind == FONT and len(body) >= 10:
            if len(fonts) == 4:
                fonts.append(PLAIN)  # no font has this number
            fonts.append(_font(body))
        elif kind == PALETTE:
            fonts = [font._replace(white=False) for font in fonts]  # whatever its colours are
        elif kind == SST:
            strings = _shared(parts, fonts, limits)
    styles = [
        _Style(formats.get(_u16(xf, 2), "General"), _u16(xf, 10) != 0, _of(fonts, _u16(xf, 0)), _is_white_ground(xf))
        for xf in xfs
    ]
    book = _Book(strings, styles, fonts, from_1904, any(_has_results(stream, at) for _, _, at in named))
    return Book(tuple(_sheet(stream, at, name, hidden, book, limits) for name, hidden, at in named))


def _font(body: bytes) -> Font:
    white = _u16(body, 4) in _WHITE
    return Font(_u16(body, 8) in (1, 2), _u16(body, 2) & 8 != 0, white, not white)


def _of(fonts: Sequence[Font], number: int) -> Font:
    return fonts[number] if number < len(fonts) else PLAIN


def _is_white_ground(xf: bytes) -> bool:
    """Whether a style leaves the paper white."""
    pattern = _u16(xf, 16) >> 10
    return pattern == 0 or (pattern == 1 and _u16(xf, 18) & 0x7F in _WHITE)


def _has_results(stream: bytes, at: int) -> bool:
    """Whether any formula of a sheet has a result that is not empty: programs that write formulas without computing them give
    all of them empty ones."""
    found = (parts[0] for kind, parts in _records(stream, at) if kind == FORMULA)
    return any(body[12:14] != b"\xff\xff" or body[6:7] != EMPTY for body in found)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, list[bytes]]]:
    """The records of one part of the stream from a place on, each with what continues it."""
    before: tuple[int, list[bytes]] | None = None
    depth = count = 0
    while at + 4 <= len(stream) and count < MAX_RECORDS:
        kind, size = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + size]
        at += 4 + size
        count += 1
        if kind == CONTINUE and before is not None:
            before[1].append(body)
            continue
        if before is not None:
            yield before
        before = None
        if kind == BOF:
            depth += 1
        elif kind == EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            before = (kind, [body])  # charts inside a sheet are parts of their own
    if before is not None:
        yield before


class _Characters:
    """Texts in a record and what continues it: behind a cut within characters a byte says anew how wide they are."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self.parts, self.part, self.at = parts, 0, 0

    def take(self, count: int) -> bytes:
        """So many bytes, across cuts."""
        found = b""
        while len(found) < count and self.part < len(self.parts):
            piece = self.parts[self.part][self.at : self.at + count - len(found)]
            found += piece
            self.at += len(piece)
            if self.at >= len(self.parts[self.part]) and len(found) < count:
                self.part, self.at = self.part + 1, 0
        if len(found) < count:
            raise ReadError("the workbook's texts are cut off; save it again or download it again", "damaged")
        return found

    def text(self, size: int) -> str:
        """A text whose length takes `size` bytes."""
        return joined_text([self.rich(size).text])

    def rich(self, size: int, fonts: Sequence[Font] = ()) -> Rich:
        """The same with its runs in their `fonts`."""
        count = int.from_bytes(self.take(size), "little")
        flags = self.take(1)[0]
        runs = int.from_bytes(self.take(2), "little") if flags & 8 else 0
        more = int.from_bytes(self.take(4), "little") if flags & 4 else 0
        found = self._characters(count, wide=bool(flags & 1))
        starts = struct.unpack(f"<{2 * runs}H", self.take(4 * runs)) if fonts and runs else ()
        self.skip(more + (0 if starts else 4 * runs))
        return rich(_runs(found, starts, fonts))

    def skip(self, count: int) -> None:
        while count > 0 and self.part < len(self.parts):
            step = min(count, len(self.parts[self.part]) - self.at)
            self.at, count = self.at + step, count - step
            if count > 0:
                self.part, self.at = self.part + 1, 0

    def _characters(self, count: int, *, wide: bool) -> str:
        found = []
        while count > 0:
            if self.part >= len(self.parts):
                raise ReadError("the workbook's texts are cut off; save it again or download it again", "damaged")
            rest = self.parts[self.part]
            if self.at >= len(rest):
                self.part += 1
                if self.part < len(self.parts) and self.parts[self.part]:
                    wide, self.at = bool(self.parts[self.part][0] & 1), 1
                else:
                    self.at = 0
                continue
            width = 2 if wide else 1
            step = min(count, max((len(rest) - self.at) // width, 1))
            piece = rest[self.at : self.at + step * width]
            found.append(piece.decode("utf-16-le" if wide else "latin-1", "replace"))
            self.at, count = self.at + step * width, count - step
        return "".join(found)


def _runs(text: str, starts: Sequence[int], fonts: Sequence[Font]) -> list[Run]:
    """A text's runs, from where each starts and its font's number in turn; places count in units of UTF-16."""
    raw = text.encode("utf-16-le", "surrogatepass")
    cuts = [0, *(2 * start for start in starts[::2]), len(raw)]
    shown_in = [None, *(_of(fonts, number) for number in starts[1::2])]
    pieces = zip(cuts, cuts[1:], shown_in, strict=False)
    return [Run(raw[start:end].decode("utf-16-le", "replace"), font) for start, end, font in pieces if start < end]


def _shared(parts: Sequence[bytes], fonts: Sequence[Font], limits: Limits) -> list[Rich]:
    """The texts that cells refer to."""
    reader = _Characters(parts)
    reader.take(4)
    count = int.from_bytes(reader.take(4), "little")
    if count > limits.max_cells:
        raise LimitError("the workbook has more texts than any report; raise the limit if you trust the file", "too_large")
    return [reader.rich(2, fonts) for _ in range(count)]


def _rk(raw: int) -> float:
    """A number packed into 30 bits."""
    if raw & 2:
        value = float((raw - (1 << 32) if raw & 0x80000000 else raw) >> 2)
    else:
        value = float(struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0])
    return value / 100 if raw & 1 else value


def _is_flat(row: bytes) -> bool:
    """Whether a row has a height of its own, and that is nothing."""
    return _u16(row, 12) & 0x40 != 0 and _u16(row, 6) == 0


def _sheet(stream: bytes, at: int, name: str, hidden: bool, book: _Book, limits: Limits) -> Sheet:
    gathered = Gathered(limits)
    merged: list[Span] = []
    rows: set[int] = set()
    columns: set[int] = set()
    records = list(_records(stream, at))
    zeros = all(_u16(parts[0], 0) & 0x10 for kind, parts in records if kind == WINDOW2)
    waiting: tuple[int, int, int] | None = None
    for kind, parts in records:
        body = parts[0]
        if kind == STRING and waiting:
            _put_text(gathered, book, *waiting, _Characters(parts).text(2))
            waiting = None
        elif kind in (NUMBER, RK, LABELSST, LABEL, RSTRING, BOOLERR, FORMULA, BLANK) and len(body) >= 6:
            waiting = _cell(kind, parts, gathered, book, zeros=zeros)
        elif kind in (MULRK, MULBLANK):
            _several(kind, body, gathered, book, zeros=zeros)
        elif kind == ROW and len(body) >= 16 and (_u16(body, 12) & 0x20 or _is_flat(body)):
            rows.add(_u16(body, 0))
        elif kind == COLINFO and len(body) >= 10 and (_u16(body, 8) & 1 or _u16(body, 4) == 0):
            columns.update(range(_u16(body, 0), min(_u16(body, 2), limits.max_columns) + 1))
        elif kind == MERGED:
            for k in range(min(_u16(body, 0), (len(body) - 2) // 8)):
                first_row, last_row, first, last = struct.unpack_from("<4H", body, 2 + 8 * k)
                merged.append((first_row, first, last_row, last))
            if len(merged) > MAX_MERGED:
                raise LimitError(f"a sheet has more than {MAX_MERGED} merged cells, far beyond any report", "too_large")
    if not any(kind in _PAINTING for kind, _ in records):
        gathered.drop_white()
    check_columns(len({place[1] for place in gathered.texts}), limits)
    return Sheet(
        name, hidden, gathered.texts, gathered.borders, tuple(merged), frozenset(rows), frozenset(columns), gathered.tally()
    )


def _style(book: _Book, index: int) -> _Style:
    return book.styles[index] if index < len(book.styles) else _Style("General", False)


def _put_text(gathered: Gathered, book: _Book, row: int, column: int, style: int, text: str | Rich) -> None:
    found = _style(book, style)
    seen, font = in_cell(Rich(text) if isinstance(text, str) else text, found.font)
    _put(gathered, found._replace(font=font), row, column, shown_text(joined_text([seen]), found.code))


def _put(gathered: Gathered, style: _Style, row: int, column: int, text: str) -> None:
    white = style.font.white and style.on_white
    gathered.put_seen(row, column, text, bordered=style.bordered, struck=style.font.struck, white=white)


def _put_number(gathered: Gathered, book: _Book, row: int, column: int, style: int, value: float, *, zeros: bool) -> None:
    found = _style(book, style)
    if value == 0 and not zeros:
        gathered.put(row, column, "", bordered=found.bordered)
        return
    seen = shown(value, found.code, from_1904=book.from_1904)
    gathered.formats += not seen.sure
    gathered.rounded += seen.rounded
    _put(gathered, found, row, column, seen.text)


def _cell(kind: int, parts: Sequence[bytes], gathered: Gathered, book: _Book, *, zeros: bool) -> tuple[int, int, int] | None:
    """Add a cell; its place and style where its text comes in the next record."""
    body = parts[0]
    row, column, style = struct.unpack_from("<3H", body)
    if kind == NUMBER:
        _put_number(gathered, book, row, column, style, struct.unpack_from("<d", body, 6)[0], zeros=zeros)
    elif kind == RK:
        _put_number(gathered, book, row, column, style, _rk(struct.unpack_from("<I", body, 6)[0]), zeros=zeros)
    elif kind == LABELSST:
        index = struct.unpack_from("<I", body, 6)[0]
        _put_text(gathered, book, row, column, style, book.strings[index] if index < len(book.strings) else UNREAD)
    elif kind in (LABEL, RSTRING):
        _put_text(gathered, book, row, column, style, _Characters([body[6:], *parts[1:]]).text(2))
    elif kind == BOOLERR:
        _put_text(gathered, book, row, column, style, _truth(body[6], error=bool(body[7])))
    elif kind == FORMULA:
        if body[12:14] != b"\xff\xff":
            _put_number(gathered, book, row, column, style, struct.unpack_from("<d", body, 6)[0], zeros=zeros)
        elif body[6] == 0:
            return row, column, style
        elif body[6] in (1, 2):
            _put_text(gathered, book, row, column, style, _truth(body[8], error=body[6] == 2))
        elif book.computed:
            _put_text(gathered, book, row, column, style, "")
        else:
            gathered.formulas += 1
            _put_text(gathered, book, row, column, style, UNREAD)
    else:
        gathered.put(row, column, "", bordered=_style(book, style).bordered)
    return None


def _truth(value: int, *, error: bool) -> str:
    return ERRORS.get(value, "#N/A") if error else "TRUE" if value else "FALSE"


def _several(kind: int, body: bytes, gathered: Gathered, book: _Book, *, zeros: bool) -> None:
    """Cells of one row that stand in one record."""
    row, first = struct.unpack_from("<2H", body)
    width = 6 if kind == MULRK else 2
    for k in range((len(body) - 6) // width):
        style = _u16(body, 4 + width * k)
        if kind == MULRK:
            value = _rk(struct.unpack_from("<I", body, 6 + width * k)[0])
            _put_number(gathered, book, row, first + k, style, value, zeros=zeros)
        else:
            gathered.put(row, first + k, "", bordered=_style(book, style).bordered)
