"""Tables that a saved page shows as pictures, where a reader of pictures is at hand.

In: the addresses of a page's pictures, a `Fetch` for them, and a reader of pictures. Out: a page of the document for each
picture with a table in it, numbered from 1, and findings about those that could not be read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from gov_extract.document import Document, Finding, Grid, Line, Page
from gov_extract.errors import GovExtractError, MissingExtraError
from gov_extract.readers.saved import Fetch

ReadPicture = Callable[[bytes], Document]
"""A reader of pictures: the bytes of one → its pages."""

MAX_PICTURES = 24
"""Pictures of a page that are read: a report has a handful of tables, or is a dozen pictures itself."""
SHORT = 500
"""Characters of a page's own text below which its pictures are the report, prose and all; a report's prose has thousands."""

_DATA = re.compile(r"data:image/[-+.\w]+((?:;[-\w=]+)*),(.*)", re.IGNORECASE | re.DOTALL)


class Recognised(NamedTuple):
    """What was read in pictures: pages, findings, and the addresses of the pictures that they are of."""

    pages: tuple[Page, ...]
    findings: tuple[Finding, ...]
    addresses: frozenset[str]


def recognised(pictures: Sequence[tuple[str, str]], text: str, fetch: Fetch | None, read: ReadPicture) -> Recognised:
    """Read the pictures (name and address of each) of a page with that text of its own."""
    pages: list[Page] = []
    findings: list[Finding] = []
    done: set[str] = set()
    whole = len("".join(text.split())) < SHORT
    for name, address in pictures[:MAX_PICTURES]:
        data = _inline(address) if address[:5].lower() == "data:" else fetch(address) if fetch is not None else None
        if not data:
            continue
        try:
            document = read(data)
        except MissingExtraError as error:
            findings.append(Finding("warning", error.code, f"the picture {name}: {error}"))
            break
        except GovExtractError as error:
            findings.append(Finding("warning", error.code or "damaged", f"the picture {name}: {error}"))
            continue
        found = [page for page in document.pages if page.blocks and (whole or any(isinstance(b, Grid) for b in page.blocks))]
        if found:
            done.add(address)
        for page in found:
            number = len(pages) + 1
            pages.append(_numbered(page, number))
            findings += [f._replace(page=number) for f in document.findings if f.page in (page.number, None)]
    return Recognised(tuple(pages), tuple(dict.fromkeys(findings)), frozenset(done))


def _inline(address: str) -> bytes | None:
    """The picture that an address itself holds."""
    found = _DATA.fullmatch(address)
    if found is None:
        return None
    if "base64" not in found[1].lower():
        return unquote_to_bytes(found[2])
    try:
        return base64.b64decode(unquote_to_bytes(found[2]))
    except binascii.Error:
        return None


def _numbered(page: Page, number: int) -> Page:
    blocks: tuple[Grid | Line, ...] = tuple(block._replace(page=number) for block in page.blocks)
    return page._replace(number=number, blocks=blocks)
