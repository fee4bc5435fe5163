"""Pages that must be read as pictures, although their document is none: which, and what is said of them.

In: the drafts of a document's pages, and how to draw one. Out: the pages recognised by `gov_extract.readers.scan.page`, and the
findings as they are then. Without the extra ``ocr`` the pages stay as they are, and a finding says what to install.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gov_extract.document import Finding, Page
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import MOST_RECOGNISED
from gov_extract.readers.scan import extra

if TYPE_CHECKING:
    from gov_extract.readers.pdf.page import Draft
    from gov_extract.readers.scan.pixels import Pixels

LOWEST, HIGHEST = 72.0, 300.0
"""Dots per inch between which the resolution of the picture that a page is is kept when the page is drawn."""
MOST_PIXELS = 40_000_000
"""Pixels of a drawn page: an A2 sheet at 200 dots per inch. What is larger is drawn more coarsely."""
REASONS = {"picture": "it is a picture", "unmapped": "its fonts do not say which characters they draw"}
REPLACED = ("page_without_text", "unmapped_font", "hidden_text")
"""Findings of the digital reading that say nothing of a recognised page."""


def recognise_pages(
    drafts: Sequence[Draft | None],
    findings: Sequence[Finding],
    wanted: Sequence[int],
    picture: Callable[[int], tuple[Pixels, float] | None],
) -> tuple[dict[int, Page], list[Finding]]:
    """The pages that were recognised, by their index, and the document's findings.

    Parameters
    ----------
    drafts
        The pages as they were read without recognition; those recognised lose their findings `REPLACED`.
    findings
        The document's findings so far.
    wanted
        The indices of the pages that can only be read as pictures.
    picture
        Draws a page, by its index: its pixels as it is shown, and their resolution. None where it cannot be loaded; a
        `ReadError` or `LimitError` says why it is not drawn.
    """
    kept = list(findings)
    if not extra.installed():
        for index in wanted:
            message = f"Page {index + 1} can only be read as a picture; what reads pictures is not installed: {extra.INSTALL}"
            kept.append(Finding("warning", extra.CODE, message, index + 1))
        return {}, kept
    from gov_extract.readers.scan.page import read_turned

    pages: dict[int, Page] = {}
    turn = 0
    for index in wanted[:MOST_RECOGNISED]:
        try:
            drawn = picture(index)
        except (ReadError, LimitError) as error:
            message = f"Page {index + 1} was not read: {error.message}."
            kept.append(Finding("warning", "page_not_recognised", message, index + 1))
            continue
        if drawn is None:
            continue
        page, turn = read_turned(*drawn, index + 1, turn)
        if page.text.strip():
            pages[index] = page
        else:
            # What the digital reading says of the page stays true of it: it holds a picture, or characters that nothing maps.
            kept.append(
                Finding("info", "page_recognised", f"Page {index + 1} was read by OCR, which found no text.", index + 1)
            )
    kept = [f for f in kept if not (f.page and f.page - 1 in pages and f.code in REPLACED)]
    for index in pages:
        draft = drafts[index]
        reason = REASONS[draft.scanned] if draft and draft.scanned else ""
        kept.append(Finding("info", "page_recognised", f"Page {index + 1} was read by OCR: {reason}.", index + 1))
    for index in wanted[MOST_RECOGNISED:]:
        message = f"Page {index + 1} was not read: of one document at most {MOST_RECOGNISED} pages are recognised."
        kept.append(Finding("warning", "page_not_recognised", message, index + 1))
    return pages, kept
