"""What a DOC itself says, to bear witness of its conversion.

In: the bytes of a DOC, and the DOCX that was made of it. Out: whether it is encrypted, and a `Witness`: the figures that only
one of them has, and the DOC's text where they stand in another order, so that each row of the tables is held against that. The
text of a DOC (Word 97 and later) lies in pieces, of one or two bytes a character, that a table puts in order.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from typing import NamedTuple

from gov_extract.errors import ReadError
from gov_extract.readers.limits import Limits, open_package, parse_xml, unpack
from gov_extract.readers.lines import visible
from gov_extract.readers.ole import stream_of

_MAGIC = 0xA5EC
_WORD_97 = 0xC1
"""Version of the file information block from which its fields lie as below."""
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_FLAGS, _COUNT, _PIECES = 0x0A, 0x4C, 0x01A2
"""Where the flags, the count of the main text's characters, and the place of the table of pieces stand."""
_BLOCK = _PIECES + 8
_ONE_BYTE = 0x40000000

_FIELD = re.compile("\x13[^\x13\x14\x15]*(?:\x14([^\x13\x14\x15]*))?\x15")
"""A field: its code, and its result where it has one. Fields hold fields: the inner ones go first."""
MAX_NESTING = 20
_FIGURE = re.compile(r"[0-9]+")
_SIGNS = str.maketrans({"\x07": "\t", "\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x1e": "-"})
"""Marks that stand for white space, or for a hyphen."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXTS = frozenset((f"{_W}t", f"{_W}delText"))
_BOX = f"{_W}txbxContent"
_ENDS = frozenset(f"{_W}{name}" for name in ("p", "tab", "br", "cr", "noBreakHyphen", "softHyphen", "sym", "drawing", "pict"))


class _Text(NamedTuple):
    """The main text, and all: notes, heads, boxes behind it."""

    main: str
    whole: str


def is_encrypted(data: bytes) -> bool:
    """Whether a DOC says that it is encrypted. What is damaged is not."""
    block = _block(data)
    return block is not None and bool(struct.unpack_from("<H", block, _FLAGS)[0] & _ENCRYPTED)


class Witness(NamedTuple):
    """What a DOC's own text says of its conversion: runs of digits that its main text has more often than the DOCX, and those
    of the DOCX that the DOC has nowhere; the main text itself where their order is not the same, else None."""

    lost: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    text: str | None = None


def witness(data: bytes, docx: bytes, limits: Limits) -> Witness:
    """Hold the figures of a DOCX against those of the DOC that it was made of.

    Nothing is said of a DOC that is older than Word 97, or whose own text cannot be told.
    """
    try:
        text = _text(data)
    except (ReadError, struct.error, ValueError, IndexError):
        return Witness()
    if text is None:
        return Witness()
    main, boxes = (_FIGURE.findall(part) for part in _converted_text(docx, limits))
    own = _FIGURE.findall(text.main)
    if own == main:
        return Witness()
    known = set(_FIGURE.findall(text.whole))
    lost = Counter(own) - Counter(main) - Counter(boxes)
    return Witness(
        tuple(lost.elements()), tuple(figure for figure in dict.fromkeys(main) if figure not in known), _plain(text.main)
    )


def _block(data: bytes) -> bytes | None:
    """The stream of a DOC that begins with its file information block; None where it is none."""
    try:
        found = stream_of(data, "WordDocument")
    except (ReadError, struct.error):
        return None
    if found is None or len(found[1]) < _BLOCK or struct.unpack_from("<H", found[1])[0] != _MAGIC:
        return None
    return found[1]


def _text(data: bytes) -> _Text | None:
    block = _block(data)
    if block is None or struct.unpack_from("<H", block, 2)[0] < _WORD_97:
        return None
    flags, count = struct.unpack_from("<H", block, _FLAGS)[0], struct.unpack_from("<I", block, _COUNT)[0]
    table = stream_of(data, "1Table" if flags & _SECOND_TABLE else "0Table")
    if table is None:
        return None
    start, size = struct.unpack_from("<II", block, _PIECES)
    whole = "".join(_pieces(block, table[1][start : start + size]))
    return _Text(_without_codes(whole[:count]), _without_codes(whole))


def _pieces(block: bytes, table: bytes) -> list[str]:
    at = 0
    while table[at] == 1:  # properties that pieces refer to
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if table[at] != 2:
        raise ValueError("no table of pieces")
    size = struct.unpack_from("<I", table, at + 1)[0]
    number = (size - 4) // 12
    places = struct.unpack_from(f"<{number + 1}I", table, at + 5)
    found = []
    for n in range(number):
        where = struct.unpack_from("<I", table, at + 5 + 4 * (number + 1) + 8 * n + 2)[0]
        length = max(0, places[n + 1] - places[n])
        if where & _ONE_BYTE:
            first = (where & ~_ONE_BYTE) // 2
            found.append(block[first : first + length].decode("cp1252", "replace"))
        else:
            found.append(block[where : where + 2 * length].decode("utf-16-le", "replace"))
    return found


def _without_codes(text: str) -> str:
    """The text with its fields' results, and without their codes."""
    for _ in range(MAX_NESTING):
        shorter = _FIELD.sub(lambda field: field[1] or "", text)
        if shorter == text:
            break
        text = shorter
    return text


def _plain(text: str) -> str:
    """The main text as the text of a page: cells end with a tab, paragraphs with a line break."""
    return visible(text.translate(_SIGNS))


def _converted_text(docx: bytes, limits: Limits) -> tuple[str, str]:
    """All characters of a DOCX's main part, deleted and hidden ones too, a blank wherever a character is none; those of text
    boxes, which lie apart in a DOC, by themselves."""
    from lxml import etree

    data = unpack(open_package(docx, limits), "word/document.xml", limits)
    if data is None:
        return "", ""
    main: list[str] = []
    boxes: list[str] = []
    walker = etree.iterwalk(parse_xml(data), events=("start", "end"), tag=(*_TEXTS, *_ENDS, _BOX))
    inside = 0
    for event, element in walker:
        if element.tag == _BOX:
            inside += 1 if event == "start" else -1
        elif event == "end":
            (boxes if inside else main).append(element.text or "" if element.tag in _TEXTS else " ")
    return "".join(main), "".join(boxes)
