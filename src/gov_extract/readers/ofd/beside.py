"""What an OFD holds beside its pages' content: attached files, and notes, stamps and watermarks laid over pages.

In: the package's documents. Out: names of files, and findings about text that stands in annotations: it is printed over the
page and is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from gov_extract.document import Finding
from gov_extract.readers.ofd.objects import is_seen
from gov_extract.readers.ofd.package import Body, Parts, children, words_of

if TYPE_CHECKING:
    from lxml import etree

MAX_FILES = 200
"""Files that are named."""
MAX_PAGES_NOTED = 2_000
"""Pages whose annotations are looked at."""
MAX_NAME = 200
_NO_NOTES = frozenset({"watermark", "stamp", "link"})
"""Kinds of annotations that add nothing to what a page says."""


def attachments_of(parts: Parts, body: Body) -> tuple[str, ...]:
    """The names of the files that a document carries."""
    part = parts.find(body.part, words_of(body.root, "Attachments"))
    root = parts.xml(part)
    found: dict[str, None] = {}
    for attachment in islice(children(root, "Attachment"), MAX_FILES):
        location = words_of(attachment, "FileLoc").replace("\\", "/").rpartition("/")[2]
        name, ending = attachment.get("Name", "").strip(), location.rpartition(".")[2]
        if name and ending != location and not name.lower().endswith(f".{ending.lower()}"):
            name = f"{name}.{ending}"
        found[(name or location or "file")[:MAX_NAME]] = None
    return tuple(found)


def note_findings(parts: Parts, body: Body, first: int) -> Iterator[Finding]:
    """A finding for each page over which text is laid as an annotation; the document's pages count from `first`."""
    part = parts.find(body.part, words_of(body.root, "Annotations"))
    root = parts.xml(part)
    numbers = {leaf.identity: first + k for k, leaf in enumerate(body.pages)}
    for page in islice(children(root, "Page"), MAX_PAGES_NOTED):
        number = numbers.get(page.get("PageID", ""))
        notes = parts.xml(parts.find(part or "", words_of(page, "FileLoc"))) if number is not None else None
        if notes is None:
            continue
        texts = [text for note in children(notes, "Annot") if _is_note(note) for text in _texts(note)]
        if texts:
            message = f"Page {number} has text in a note laid over it, which was left out: {' '.join(texts)[:80]}"
            yield Finding("warning", "note_on_page", message, number)


def _is_note(note: etree._Element) -> bool:
    return note.get("Type", "").strip().lower() not in _NO_NOTES and is_seen(note)


def _texts(note: etree._Element) -> Iterator[str]:
    for code in note.iter("{*}TextCode"):
        text = " ".join((code.text or "").split())
        if text:
            yield text
