"""Documents embedded in a Word document (altChunk), which Word puts in their place when it opens the file.

In: the package. Out: a page for each embedded part that can be read, by its relationship. Programs that make Word files of web
pages write nothing but such a part: HTML, often wrapped as mail (MHTML).
"""

from __future__ import annotations

import email
import email.policy

from gov_extract.document import Page
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.docx.beside import targets_of
from gov_extract.readers.html import read_html
from gov_extract.readers.limits import Limits, Package, unpack
from gov_extract.readers.text import read_text

MAX_CHUNKS = 20
_PAGES = (".htm", ".html", ".xhtml", ".mht", ".mhtml")


def chunks_of(package: Package, main: str, limits: Limits) -> dict[str, Page]:
    """The embedded parts that are web pages or text."""
    folder = main.rpartition("/")[0]
    found: dict[str, Page] = {}
    for relationship, (kind, target) in targets_of(package, main, limits).items():
        if not kind.endswith("/aFChunk") or len(found) >= MAX_CHUNKS:
            continue
        name = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
        try:
            data = unpack(package, name, limits)
            page = _page(name.lower(), data, limits) if data else None
        except LimitError:
            raise
        except ReadError:
            continue
        if page is not None:
            found[relationship] = page
    return found


def _page(name: str, data: bytes, limits: Limits) -> Page | None:
    if name.endswith(".txt"):
        return read_text(data, limits).pages[0]
    if not name.endswith(_PAGES):
        return None
    if data[:512].lstrip()[:5].upper() == b"MIME-" or name.endswith((".mht", ".mhtml")):
        message = email.message_from_bytes(data, policy=email.policy.default)
        part = message.get_body(preferencelist=("html",))
        if part is None:
            return None
        content = part.get_payload(decode=True)
        data = content if isinstance(content, bytes) else b""
    return read_html(data, limits).pages[0]
