"""What a PDF shows or holds beside its text: pictures that may hold tables, attached files, links to files.

In: what the pages' drafts hold, then handles. Out: `Picture`s with page and box, names of files. Nothing is ever fetched.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from gov_extract.document import Box, Picture
from gov_extract.readers.attached import attached
from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.glyphs import Run
from gov_extract.readers.pdf.pdfium import Quad

WIDE, HIGH = 108.0, 36.0
"""Points of a picture that may hold a table, as in Word documents: 1.5 and .5 inches."""
SEAM = 2.0
"""Points between the strips in which some producers write one picture."""
PRINTED_OVER = 10
"""Characters on a picture from which it is the ground that text is printed on."""
STAMPED = 60
"""Characters on a scanned page that were printed over it afterwards: its number, a stamp of the archive."""
COVERED = 0.6
"""Share of a page that its pictures cover where it is a scan with something printed over it."""
REPEATED = 3
"""Pages that show a picture at the same place from which it is the pages' own (letterhead, ground)."""
MAX_STRIPS = 400
"""Pictures of a page that are looked at; a page of photographs has a dozen, a sliced one some dozens."""
MAX_PICTURES = 200
MAX_FILES = 200
"""Pictures and files that are named; a report has some dozens at most."""
MAX_ANNOTATIONS = 500
"""Annotations of a page that are looked at."""
MAX_NAME = 4096
"""Bytes of a file's name or address, and characters beside a link, that are read."""
LEVEL = 2.0
"""Points by which the line of a link is higher than the link's box."""


class Shown(NamedTuple):
    """The pictures of a page that may hold a table: their boxes on the upright page."""

    page: int
    boxes: tuple[Box, ...]
    has_text: bool


def shown(number: int, pictures: Sequence[Quad], runs: Sequence[Run], size: tuple[float, float]) -> Shown:
    """The pictures of a page, strips of one picture joined; `size` is the page's width and height (points)."""
    whole: list[Quad] = []
    for x0, top, x1, bottom in sorted(pictures[:MAX_STRIPS], key=lambda box: (box[0], box[1])):
        x0, top, x1, bottom = max(x0, 0.0), max(top, 0.0), min(x1, size[0]), min(bottom, size[1])
        last = whole[-1] if whole else None
        if last and abs(last[0] - x0) < SEAM and abs(last[2] - x1) < SEAM and last[1] <= top <= last[3] + SEAM:
            whole[-1] = (last[0], last[1], last[2], max(last[3], bottom))
        else:
            whole.append((x0, top, x1, bottom))
    large = [box for box in whole if box[2] - box[0] >= WIDE and box[3] - box[1] >= HIGH]
    kept = [Box(*(round(side, 1) for side in box)) for box in large if _printed_over(box, runs) < PRINTED_OVER]
    return Shown(number, tuple(sorted(kept, key=lambda box: (box.top, box.x0))), bool(runs))


def _printed_over(box: Quad, runs: Sequence[Run]) -> int:
    x0, top, x1, bottom = box
    return sum(
        run.end - run.start for run in runs if x0 < (run.x0 + run.x1) / 2 < x1 and top < (run.top + run.bottom) / 2 < bottom
    )


def is_scan(pictures: Sequence[Quad], runs: Sequence[Run], size: tuple[float, float]) -> bool:
    """Whether pictures are what a page shows: they cover most of it, with no more text than a stamp or number on them."""
    if sum(run.end - run.start for run in runs) > STAMPED:
        return False
    covered = sum(
        max(0.0, min(x1, size[0]) - max(x0, 0.0)) * max(0.0, min(bottom, size[1]) - max(top, 0.0))
        for x0, top, x1, bottom in pictures[:MAX_STRIPS]
    )
    return not runs or covered >= COVERED * size[0] * size[1]


def pictures_of(pages: Sequence[Shown]) -> tuple[Picture, ...]:
    """The pictures of a document that has text; of one that is all pictures its pages say so themselves."""
    if not any(page.has_text for page in pages):
        return ()
    places = Counter(box for page in pages for box in page.boxes)
    found = [
        Picture(f"page {page.page} ({box.x0:g}, {box.top:g}) to ({box.x1:g}, {box.bottom:g})", page.page, box)
        for page in pages
        for box in page.boxes
        if places[box] < REPEATED
    ]
    return tuple(found[:MAX_PICTURES])


def files_within(document: int) -> Iterator[str]:
    """The names of the files in the document's own list of attachments."""
    for index in range(min(pdfium.attachment_count(document), MAX_FILES)):
        file = pdfium.get_attachment(document, index)
        if file:
            yield file_name(file)


def files_on_page(document: int, page: int, text_page: int) -> Iterator[str]:
    """The names of the files attached to a page, and of those that it links to as an annex."""
    for index in range(min(pdfium.annotation_count(page), MAX_ANNOTATIONS)):
        annotation = pdfium.get_annotation(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.annotation_kind(annotation)
            file = pdfium.annotation_file(annotation) if kind == pdfium.ANNOTATION_FILE else None
            link = pdfium.annotation_link(annotation) if kind == pdfium.ANNOTATION_LINK else None
            if file:
                yield file_name(file)
            elif link:
                yield from _linked(document, annotation, link, text_page)
        finally:
            pdfium.close_annotation(annotation)


def _linked(document: int, annotation: int, link: int, text_page: int) -> Iterator[str]:
    address = target(document, link).split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    name = PurePosixPath(unquote(address.replace("\\", "/"))).name
    rules = attached()
    if PurePosixPath(name).suffix.lower() not in rules.endings:
        return
    sides = array("f", bytes(16))
    placed = pdfium.annotation_rect(annotation, sides.buffer_info()[0])
    left, top, right, bottom = sides
    words = text_within(text_page, (left, bottom, right, top)) if placed else ""
    # Without quarter turns a line is level: the words beside a link stand at its height.
    line = text_within(text_page, (-1e6, bottom - LEVEL, 1e6, top + LEVEL)) if placed else ""
    if rules.words.search(line) or rules.words.search(name):
        words = " ".join(words.split())
        yield f"{words} ({name})" if words and words != name else name


def file_name(attachment: int) -> str:
    """The name of a file inside the document."""
    buffer = array("B", bytes(MAX_NAME))
    size = min(pdfium.attachment_name(attachment, buffer.buffer_info()[0], MAX_NAME), MAX_NAME)
    return buffer[:size].tobytes().decode("utf-16-le", "replace").rstrip("\0") or "file"


def target(document: int, link: int) -> str:
    """The address or path of the file that a link leads to; empty where it leads into the document itself."""
    action = pdfium.link_action(link)
    kind = pdfium.action_kind(action) if action else 0
    buffer = array("B", bytes(MAX_NAME))
    at, size = buffer.buffer_info()[0], 0
    if kind == pdfium.ACTION_ADDRESS:
        size = pdfium.action_address(document, action, at, MAX_NAME)
    elif kind in (pdfium.ACTION_OTHER_FILE, pdfium.ACTION_LAUNCH):
        size = pdfium.action_path(action, at, MAX_NAME)
    return buffer[:size].tobytes().decode("utf-8", "replace").rstrip("\0") if size <= MAX_NAME else ""


def text_within(text_page: int, box: Quad) -> str:
    """The page's text inside a box (left, bottom, right, top in page space)."""
    left, bottom, right, top = box
    buffer = array("H", bytes(2 * MAX_NAME))
    count = pdfium.bounded_text(text_page, left, top, right, bottom, buffer.buffer_info()[0], MAX_NAME)
    return buffer[: max(0, min(count, MAX_NAME))].tobytes().decode("utf-16-le", "replace").rstrip("\0")
