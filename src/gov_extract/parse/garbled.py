"""Text whose characters are not those that the page shows: fonts with a wrong table of characters.

In: a `Document`. Out: findings. Such a file looks right on paper, and its text copies as nonsense: Latin letters with accents
among the ideographs, squares, or ideographs that make no words. Nothing is corrected; a user must know that the text is not to
be trusted, and where none of it is Chinese that nothing was read.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import regex

from gov_extract.document import Document, Finding

# Characters from which a text is judged, and the share of the commonest ideographs among them that any Chinese text has.
ENOUGH, COMMON = 100, 0.1
# Share of plain Latin letters from which a text is another language's.
LATIN = 0.5
# Accented letters beside ideographs from which a page's text is doubtful, and their share.
STRANGE, STRANGE_SHARE = 5, 0.004

_INK = regex.compile(r"[[\p{L}\p{S}\p{Cc}]--[\s]--[\x21-\x7e]]", regex.VERSION1)
_LATIN = regex.compile(r"[A-Za-z]")
_STRANGE = regex.compile(r"(?<=\p{Han})[À-ÖØ-öø-ɏ]|[À-ÖØ-öø-ɏ](?=\p{Han})")
_READING = regex.compile(r"\([\p{Latin}\p{M}]{1,7}\)")
_NO_STRANGE = regex.compile(r"[À-ÖØ-öø-ɏ]")


@cache
def _common() -> regex.Pattern[str]:
    data = tomllib.loads(resources.files("gov_extract").joinpath("data/script.toml").read_text("utf-8"))
    return regex.compile(f"[{data['common']}]")


def is_nonsense(document: Document) -> bool:
    """Whether a document's text is neither Chinese nor another language's."""
    text = "".join(page.text for page in document.pages)
    ink = len(_INK.findall(text))
    if ink < ENOUGH or len(_LATIN.findall(text)) > LATIN * ink:
        return False
    return len(_common().findall(text)) < COMMON * ink


NONSENSE = Finding(
    "error",
    "garbled_text",
    "The document's text is no Chinese: its fonts give other characters than the page shows. Print it to a picture, or ask for "
    "the report in another form.",
)


def garbled(document: Document) -> tuple[Finding, ...]:
    """A warning for each page with accented letters among its ideographs."""
    found = []
    for page in document.pages:
        if _NO_STRANGE.search(page.text) is None:
            continue
        text = _READING.sub("", page.text)
        strange = _STRANGE.findall(text)
        if len(strange) < STRANGE or len(strange) < STRANGE_SHARE * len(text):
            continue
        shown = "".join(dict.fromkeys(strange))[:8]
        where = "the text" if page.number is None else f"page {page.number}"
        message = f"Letters such as {shown} stand among the ideographs of {where}: its fonts give some characters wrongly."
        found.append(Finding("warning", "garbled_text", message, page.number))
    return tuple(found)
