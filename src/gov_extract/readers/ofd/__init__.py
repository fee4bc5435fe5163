"""OFD (GB/T 33190) → `Document`, by the package's own XML and the stages that PDF pages go through.

In: the bytes of a package. Out: a `Document` with grids where rules or tiled backgrounds make cells, lines elsewhere, and each
page's text in drawing order; pages that are pictures are recognised. Several documents in one package follow each other.
Signatures are no obstacle and not checked; of what is laid over pages, text that was typed there is read, seals and watermarks
are not.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gov_extract.document import Document, Finding, Page
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import Limits
from gov_extract.readers.ofd import beside
from gov_extract.readers.ofd.package import Body, Leaf, Parts, bodies
from gov_extract.readers.ofd.page import Drafted, draft_leaf
from gov_extract.readers.ofd.pictures import drawn
from gov_extract.readers.pdf import _margin_lines as margin_lines
from gov_extract.readers.pdf import labels
from gov_extract.readers.pdf.beside import pictures_of
from gov_extract.readers.pdf.page import finished
from gov_extract.readers.scan.instead import recognise_pages
from gov_extract.readers.scan.margins import lines_in_margins, without_lines

if TYPE_CHECKING:
    from lxml import etree

    from gov_extract.readers.scan.pixels import Pixels

_log = logging.getLogger("gov_extract")

MEDIA_TYPE = "application/ofd"


def read_ofd(data: bytes, limits: Limits) -> Document:
    """Read an OFD.

    Parameters
    ----------
    data
        The package's content.
    limits
        Bounds on its size, members and pages.

    Returns
    -------
    Document
        Boxes in points on the upright page, top-down. Cells have one reading (engine ``ofd``).

    Raises
    ------
    ReadError
        ``truncated``, ``encrypted``, ``damaged``, ``no_pages``.
    LimitError
        ``too_large``, ``too_many_pages``.
    """
    parts = Parts(data, limits)
    found: list[Drafted | None] = []
    findings: list[Finding] = []
    files: dict[str, None] = {}
    for body in bodies(parts):
        typed, files_of_body = _aside(parts, body)
        files.update(dict.fromkeys(files_of_body))
        for number, leaf in enumerate(body.pages, len(found) + 1):
            drafted, told = _drafted(parts, leaf, number, typed.get(leaf.identity, ()))
            found.append(drafted)
            findings += told
        if typed:
            message = "Notes typed over the pages were read as part of them."
            findings.append(Finding("info", "typed_text", message))
    drafts = [drafted.draft if drafted else None for drafted in found]
    if all(draft is None for draft in drafts):
        raise ReadError(
            "none of the OFD document's pages can be read; open it in its own program and save it anew, or download it again",
            "damaged",
        )
    recognised, findings = _recognised(parts, found, findings)
    in_margins = margin_lines([None if index in recognised else draft for index, draft in enumerate(drafts)])
    for index, page in recognised.items():
        in_margins += lines_in_margins(index, page)
    dropped = labels.drop_page_labels(in_margins, len(drafts))
    pages = []
    for index, draft in enumerate(drafts):
        lines = {line for page, line in dropped if page == index}
        if index in recognised:
            pages.append(without_lines(recognised[index], lines))
        else:
            pages.append(finished(draft, lines) if draft else Page(index + 1, None, None, (), ""))
    digital = (draft for index, draft in enumerate(drafts) if draft and index not in recognised)
    pictures = pictures_of([draft.shown for draft in digital if draft.shown])
    return Document(MEDIA_TYPE, tuple(pages), {}, tuple(findings), pictures, tuple(files)[: beside.MAX_FILES])


def _recognised(
    parts: Parts, found: Sequence[Drafted | None], findings: list[Finding]
) -> tuple[dict[int, Page], list[Finding]]:
    """The pages that are pictures, recognised, by their index, and the document's findings."""
    wanted = [index for index, drafted in enumerate(found) if drafted and drafted.draft.scanned == "picture"]
    if not wanted:
        return {}, findings

    def picture(index: int) -> tuple[Pixels, float] | None:
        drafted = found[index]
        if drafted is None:
            return None
        # The picture alone would be read: of a form that is filled in over a picture, the blanks.
        if drafted.typed:
            raise ReadError(
                "text or drawings lie over the picture that it is; print it to a PDF and read that", "unsupported_format"
            )
        return drawn(drafted.images, drafted.size, parts.bytes_of)

    return recognise_pages([drafted.draft if drafted else None for drafted in found], findings, wanted, picture)


def _aside(parts: Parts, body: Body) -> tuple[dict[str, list[etree._Element]], tuple[str, ...]]:
    """What is typed over a document's pages, and the files that it carries; nothing of either where it is damaged."""
    try:
        return beside.typed_notes(parts, body), beside.attachments_of(parts, body)
    except (SyntaxError, ValueError, LookupError, EOFError, OSError) as error:
        _log.debug("what the OFD holds beside its pages: %r", error)
        return {}, ()


def _drafted(
    parts: Parts, leaf: Leaf, number: int, notes: Sequence[etree._Element]
) -> tuple[Drafted | None, tuple[Finding, ...]]:
    """A page's draft with its findings; a page that is damaged or missing is said to be."""
    try:
        drafted = draft_leaf(parts, leaf, number, notes)
    except (LimitError, ReadError):
        raise
    # What damaged XML and damaged members raise: the page is lost, the others are not.
    except (SyntaxError, ValueError, LookupError, EOFError, OSError, ArithmeticError) as error:
        message = f"Page {number} is damaged and could not be read ({type(error).__name__})."
        return None, (Finding("error", "damaged_page", message, number),)
    if drafted is None:
        message = f"Page {number} is missing from the package."
        return None, (Finding("error", "damaged_page", message, number),)
    return drafted, drafted.draft.findings


__all__ = ["MEDIA_TYPE", "read_ofd"]
