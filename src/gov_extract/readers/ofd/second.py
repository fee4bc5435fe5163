"""The second reading of an OFD's pages: cells and their text by pdfplumber.

In: a package, and the pages that deserve it. Out: the boxes of pdfplumber's own cells and a page's characters in pdfplumber's
words. The characters are those of the first reading, since the package says in plain text what they are; the rules are cut to
cells, and the characters put together to text, by other code throughout.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from gov_extract.document import Box
from gov_extract.readers.limits import Limits
from gov_extract.readers.ofd.beside import typed_notes
from gov_extract.readers.ofd.package import Parts, bodies
from gov_extract.readers.ofd.page import prepare
from gov_extract.readers.pdf import glyphs
from gov_extract.readers.pdf.page import Sheet, sides_on_page
from gov_extract.readers.pdf.twice import each_once


class Seen(NamedTuple):
    """What the second reading goes by: a page's number, its characters and its cells, both on the upright page."""

    number: int
    chars: list[dict[str, Any]]
    cells: list[Box]


class _Ruled(NamedTuple):
    """What pdfplumber's search for tables asks of a page."""

    edges: list[dict[str, Any]]
    bbox: tuple[float, float, float, float]


def seen_again(data: bytes, pages: Collection[int]) -> Iterator[Seen]:
    """The pages with these numbers, as pdfplumber sees them."""
    parts = Parts(data, Limits())
    leaves = []
    for body in bodies(parts):
        notes = typed_notes(parts, body)
        leaves += [(leaf, notes.get(leaf.identity, ())) for leaf in body.pages]
    for number in sorted(pages):
        if not 0 < number <= len(leaves):
            continue
        leaf, typed = leaves[number - 1]
        prepared = prepare(parts, leaf, number, typed)
        if prepared is not None:
            yield Seen(number, _chars(prepared.sheet), _cells(prepared.sheet))


def _chars(sheet: Sheet) -> list[dict[str, Any]]:
    """The characters that are seen, each once."""
    text, *sides = sheet.visible
    found = []
    for char, x0, top, x1, bottom in zip(text, *(side.tolist() for side in sides), strict=True):
        if char in glyphs.WHITE:
            continue
        height = bottom - top
        found.append(
            {
                "object_type": "char",
                "text": char,
                "x0": x0,
                "top": top,
                "x1": x1,
                "bottom": bottom,
                "doctop": top,
                "width": x1 - x0,
                "height": height,
                "size": height,
                "upright": True,
                "fontname": "",
            }
        )
    return each_once(found)


def _cells(sheet: Sheet) -> list[Box]:
    from pdfplumber.table import TableFinder

    width, height = glyphs.upright_size(sheet.turn, sheet.page_box)
    sides = sides_on_page(sheet.drawn.rules, sheet.turn, sheet.page_box)
    edges = []
    for x0, top, x1, bottom in zip(*(side.tolist() for side in sides), strict=True):
        level = x1 - x0 >= bottom - top
        middle = (top + bottom) / 2 if level else (x0 + x1) / 2
        place = (x0, middle, x1, middle) if level else (middle, top, middle, bottom)
        edges.append(
            {
                **dict(zip(("x0", "top", "x1", "bottom"), place, strict=True)),
                "width": place[2] - place[0],
                "height": place[3] - place[1],
                "doctop": place[1],
                "orientation": "h" if level else "v",
                "object_type": "line",
            }
        )
    finder = TableFinder(_Ruled(edges, (0.0, 0.0, width, height)))  # type: ignore[arg-type, unused-ignore]
    return [Box(*cell) for table in finder.tables for cell in table.cells]
