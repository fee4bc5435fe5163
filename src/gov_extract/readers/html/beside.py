"""What a page shows or offers beside its text: pictures that may hold tables, files that it links to.

In: a parsed page, before anything is left out. Out: their names. Nothing is ever fetched.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from gov_extract.document import Picture
from gov_extract.readers.attached import attached
from gov_extract.readers.html.chrome import rules

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_BESIDE = 200
"""Pictures and files that are named; a report has some dozens at most."""
MAX_ANCESTORS = 64
SMALLEST = 150
"""Pixels of the longer side of a picture that may hold a table; icons and buttons stay below."""

_PIXELS = re.compile(r"\s*(\d{1,6})(?:\.\d+)?\s*(?:px)?\s*", re.IGNORECASE)
_STYLED = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*(\d{1,6})(?:\.\d+)?px", re.IGNORECASE)


def pictures_of(tree: LexborHTMLParser) -> tuple[tuple[Picture, str], ...]:
    """The pictures outside the page's chrome that may hold a table, each with its address."""
    found: dict[tuple[str, str], None] = {}
    for node in tree.css("img"):
        if len(found) >= MAX_BESIDE:
            break
        attributes = node.attributes
        address = attributes.get("src") or attributes.get("data-src") or ""
        name = _name(address)
        if name and not _is_small(attributes) and not rules().small_picture.search(name) and not _in_chrome(node):
            found[name, address] = None
    return tuple((Picture(name), address) for name, address in found)


def attachments_of(tree: LexborHTMLParser) -> tuple[str, ...]:
    """The names of the files that the page's text links to (the link's words, else the last part of its address), and of the
    pages that it shows in frames."""
    found: dict[str, None] = {}
    for node in tree.css("iframe[src], frame[src], embed[src], object[data]")[:MAX_BESIDE]:
        name = _name(node.attributes.get("src") or node.attributes.get("data") or "")
        if PurePosixPath(name).suffix.lower() in (*attached().endings, *attached().pages) and not _in_chrome(node):
            found[name] = None
    for node in tree.css("a[href]"):
        if len(found) >= MAX_BESIDE:
            break
        name = _name(node.attributes.get("href") or "")
        if PurePosixPath(name).suffix.lower() in attached().endings and not _in_chrome(node):
            words = " ".join(node.text(deep=True).split())
            found[words if PurePosixPath(words).suffix else f"{words} ({name})" if words else name] = None
    return tuple(found)


def _name(address: str) -> str:
    """The last part of an address; ``picture`` for one that is in the page itself."""
    if address[:5].lower() == "data:":
        return "picture"
    try:
        return unquote(PurePosixPath(urlsplit(address.strip()).path).name)
    except ValueError:
        return ""


def _is_small(attributes: dict[str, str | None]) -> bool:
    sides = [_PIXELS.fullmatch(attributes.get(name) or "") for name in ("width", "height")]
    told = [int(side[1]) for side in sides if side]
    told += [int(side) for side in _STYLED.findall(attributes.get("style") or "")]
    return bool(told) and max(told) < SMALLEST


def _in_chrome(node: LexborNode) -> bool:
    known = rules()
    parent = node.parent
    for _ in range(MAX_ANCESTORS):
        if parent is None or parent.tag == "body":
            return False
        attributes = parent.attributes
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split()
        if parent.tag in known.landmarks or (parent.tag not in known.kept and not known.names.isdisjoint(names)):
            return True
        parent = parent.parent
    return False
