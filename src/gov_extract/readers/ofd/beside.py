"""What an OFD holds beside its pages' content: attached files, and text typed over pages.

In: the package's documents. Out: names of files, and the looks of notes with text: a viewer's pen leaves them, and they are on
the page that one sees and prints. Watermarks, seals and links say nothing.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

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


def typed_notes(parts: Parts, body: Body) -> dict[str, list[etree._Element]]:
    """What notes with text look like, by the id of the page that they are laid over."""
    part = parts.find(body.part, words_of(body.root, "Annotations"))
    found: dict[str, list[etree._Element]] = {}
    for page in islice(children(parts.xml(part), "Page"), MAX_PAGES_NOTED):
        notes = parts.xml(parts.find(part or "", words_of(page, "FileLoc")))
        for note in children(notes, "Annot"):
            if note.get("Type", "").strip().lower() not in _NO_NOTES and is_seen(note):
                looks = (look for look in children(note, "Appearance") if any(True for _ in look.iter("{*}TextCode")))
                found.setdefault(page.get("PageID", ""), []).extend(looks)
    return {page: looks for page, looks in found.items() if looks}
