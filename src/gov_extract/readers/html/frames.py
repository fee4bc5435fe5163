"""Pages that a page shows in frames of its own, put in their place.

In: a page's source, and a `Fetch` for what was saved with it. Out: the source with the frames' content where they stand; a page
that is nothing but frames becomes what they hold. Workbooks saved as web pages keep each sheet in a page of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from gov_extract.readers.decoding import decode
from gov_extract.readers.saved import Fetch

MAX_FRAMES = 40
"""Frames of a page, those inside them included."""
MAX_DEPTH = 3

_FRAME = re.compile(r"<(iframe|frame|embed|object|link)\b([^<>]*)>", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:src|data|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_SHEET = re.compile(r"\bid\s*=\s*[\"']?shLink\b", re.IGNORECASE)
_FRAMESET = re.compile(r"<frameset\b", re.IGNORECASE)
_HEAD = re.compile(r"^.*?<head\b[^<>]*>(.*?)</head\s*>", re.IGNORECASE | re.DOTALL)
_INNER = re.compile(r"<body\b[^<>]*>(.*?)(?:</body\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_IS_PAGE = re.compile(rb"<(?:!doctype\s+html|html|body|table|div|p|head|meta)\b", re.IGNORECASE)
_LOOKED_AT = 4096
"""Bytes of what a frame shows that tell whether it is a page."""


def with_frames(source: str, fetch: Fetch) -> str | None:
    """The source with what its frames hold, None where nothing of that is at hand."""
    left = [MAX_FRAMES]
    seen: set[str] = set()
    if _FRAMESET.search(source):
        held = "".join(f"<div>{inner}</div>" for _, inner in _frames(source, fetch, left, seen, 0))
        head = _HEAD.match(source)
        title = re.search(r"<title\b.*?</title\s*>", head[1], re.IGNORECASE | re.DOTALL) if head else None
        return f"<html><head>{title[0] if title else ''}</head><body>{held}</body></html>" if held else None
    changed = _spliced(source, fetch, left, seen, 0)
    return changed if changed != source else None


def _spliced(source: str, fetch: Fetch, left: list[int], seen: set[str], depth: int) -> str:
    pieces: list[str] = []
    last = 0
    for frame, inner in _frames(source, fetch, left, seen, depth):
        pieces += [source[last : frame.start()], f"<div>{inner}</div>"]
        last = frame.end()
    return "".join(pieces) + source[last:]


def _frames(source: str, fetch: Fetch, left: list[int], seen: set[str], depth: int) -> Iterator[tuple[re.Match[str], str]]:
    """The frames of a page whose pages are at hand, each with what it shows; each page once."""
    for frame in _FRAME.finditer(source):
        if frame[1].lower() == "link" and not _SHEET.search(frame[2]):
            continue
        found = _ADDRESS.search(frame[2])
        address = unescape(next(filter(None, found.groups()), "") if found else "").strip()
        if not address or address in seen or left[0] <= 0:
            continue
        data = fetch(address)
        if data is None or not _IS_PAGE.search(data[:_LOOKED_AT].replace(b"\x00", b"")):
            continue
        seen.add(address)
        left[0] -= 1
        inner = decode(data).text
        if depth < MAX_DEPTH:
            inner = _spliced(inner, fetch, left, seen, depth + 1)
        body = _INNER.search(inner)
        yield frame, body[1] if body else inner
