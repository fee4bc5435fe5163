"""MHT (a web page in one file, in the wrapping of a mail) → the page, and what it shows.

In: the bytes of the file. Out: `Saved`: the page's own bytes, and the other parts by their addresses. Headers are only looked
at where they name a part: nothing in them can make this fail.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from html import unescape
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from gov_extract.document import Document
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.html import read_html
from gov_extract.readers.html.recognised import ReadPicture
from gov_extract.readers.limits import Limits

MEDIA_TYPE = "multipart/related"
MAX_DEPTH = 8
"""Parts inside parts."""

MAX_NESTING = 64
"""Parts that are made of parts, wherever they stand: pages have one or two."""
BOUNDARIES = 10
"""Lines that may be boundaries, for each part that is allowed: they are seen before anyone knows which ones are."""

_NESTING = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"^--[^\s>-]", re.MULTILINE)
_PAGES = ("text/html", "application/xhtml+xml")
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WIDE = {"utf-16": codecs.BOM_UTF16_LE, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
"""The mark of each encoding in which no declaration within the page could be read."""
_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset", re.IGNORECASE)


class Saved(NamedTuple):
    """A page's bytes, its address, and the other parts by theirs (``cid:`` and absolute ones)."""

    page: bytes
    address: str
    parts: dict[str, bytes]

    def fetch(self, address: str) -> bytes | None:
        """The part at an address that the page gives."""
        address = unescape(address).strip()
        for form in (address, unquote(address)):
            for absolute in (form, urljoin(self.address, form) if self.address else form):
                found = self.parts.get(absolute.partition("#")[0])
                if found is not None:
                    return found
        return None


def read_mail(data: bytes, limits: Limits, picture: ReadPicture | None = None) -> Document:
    """Read a web page that was saved in one file.

    Raises
    ------
    ReadError
        ``damaged`` where it holds no page.
    LimitError
        ``too_large``.
    """
    saved = opened(data, limits)
    if saved is None:
        raise ReadError("the web archive holds no page; save the page again as HTML", "damaged")
    document = read_html(saved.page, limits, saved.fetch, picture)
    properties = {**document.properties}
    if saved.address.lower().startswith(("http:", "https:")):
        properties.setdefault("url", saved.address)
    return document._replace(media_type=MEDIA_TYPE, properties=properties)


def opened(data: bytes, limits: Limits) -> Saved | None:
    """The page in a file, with its parts; None where there is no page."""
    _weigh(data, limits)
    # A mail begins with its headers: blank lines above them would end them.
    message = email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf \t\r\n"), policy=email.policy.compat32)
    parts = list(_leaves(message, limits, 0))
    start = str(message.get_param("start") or "").strip("<> ")
    pages = [part for part in parts if part.get_content_type() in _PAGES]
    page = next((part for part in pages if start and _identity(part) == start), pages[0] if pages else None)
    if page is None:
        return None
    address = _location(page) or str(message.get("Snapshot-Content-Location") or message.get("Content-Location") or "").strip()
    held: dict[str, bytes] = {}
    for part in parts:
        if part is page:
            continue
        body = _body(part)
        if _identity(part):
            held[f"cid:{_identity(part)}"] = body
        if _location(part):
            held[urljoin(address, _location(part)) if address else _location(part)] = body
            held.setdefault(_location(part), body)
    return Saved(_with_charset(_body(page), page), address, held)


def _weigh(data: bytes, limits: Limits) -> None:
    """Refuse what would keep the parser busy without end: it holds each line against every multipart around it.

    Raises
    ------
    LimitError
        ``too_large``.
    """
    if sum(1 for _ in islice(_NESTING.finditer(data), MAX_NESTING + 1)) > MAX_NESTING:
        raise LimitError(f"the web archive has more than {MAX_NESTING} parts that are made of parts", "too_large")
    most = BOUNDARIES * limits.max_members
    if sum(1 for _ in islice(_BOUNDARY.finditer(data), most + 1)) > most:
        raise LimitError(f"the web archive has more than {most} boundaries of parts", "too_large")


def _leaves(message: Message, limits: Limits, depth: int) -> Iterator[Message]:
    """The parts that hold something, in their order."""
    stack: list[tuple[Message, int]] = [(message, depth)]
    count = 0
    while stack:
        part, level = stack.pop()
        inner = part.get_payload()
        if isinstance(inner, list):
            if level < MAX_DEPTH:
                stack.extend((child, level + 1) for child in reversed(inner) if isinstance(child, Message))
            continue
        count += 1
        if count > limits.max_members:
            raise LimitError(f"the web archive has more than {limits.max_members} parts", "too_large")
        yield part


def _body(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _with_charset(page: bytes, part: Message) -> bytes:
    """The page, with the charset that its part declares where itself declares none: what it is in, the door finds out."""
    declared = str(part.get_param("charset") or "")
    known = page.startswith(_MARKS) or _CHARSET.search(page[:8192])
    if known or not declared.isascii() or not re.fullmatch(r"[-\w.:]{1,40}", declared):
        return page
    try:
        mark = _WIDE.get(codecs.lookup(declared).name)
    except LookupError:
        return page
    if mark is not None:
        return mark + page if b"\x00" in page else page
    return f'<meta charset="{declared}">'.encode() + page


def _identity(part: Message) -> str:
    return str(part.get("Content-ID") or "").strip().strip("<>")


def _location(part: Message) -> str:
    # Long addresses are folded over lines.
    return "".join(str(part.get("Content-Location") or "").split())
