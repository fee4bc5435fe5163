"""What a report says of itself: title, agency with its division, year, period, day of publication.

In: the document, its sections and the name that it came under. Out: `Metadata`, and findings where the places that tell of
one thing disagree.

Order of trust: title, preamble, sign-off, the page's info box and meta tags, file name, and the site's name where the text says
我局 and no more. Of two writings of one agency the
longest that is printed is taken. `published_on` is the day under the title, else that of the sign-off, else that of the info
box; the day on which a text was written down (成文日期) or copied is not its publication, and a file's name is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gov_extract.document import Document, Finding
from gov_extract.parse.agency import Identity, identify
from gov_extract.parse.metadata.evidence import of_its_place, of_itself
from gov_extract.parse.metadata.names import office_of, same_agency
from gov_extract.parse.metadata.places import (
    Box,
    Name,
    Preamble,
    Signature,
    TitleBlock,
    read_box,
    read_file_name,
    read_preamble,
    read_signature,
    read_title_block,
)
from gov_extract.schema import Metadata, Section

# A day of publication so long after the signature is another publication (days).
_LATE = 183
# A page's date so long before the period's end, or after it, is not that of the report's publication (days): agencies publish
# from December on, the latest within the second year.
_EARLY, _AGAIN = 31, 730
# Reports are signed by the end of March; the months in which a signature tells which year is reported.
_SEASON = 3
# Until this month a signature belongs to a report about the year before (schools sign in autumn about their own year).
_SPRING = 8


class _Said(NamedTuple):
    value: int
    where: str


def find_metadata(document: Document, sections: Sequence[Section], source: str) -> tuple[Metadata, tuple[Finding, ...]]:
    """Title, agency, year, period and day of publication, each from the most trusted place that has it.

    Parameters
    ----------
    document
        The document; of it only `properties` (``title``, ``agency``, ``published_on``) are looked at.
    sections
        Its sections, by `find_sections`.
    source
        Path or name that the document came under.

    Returns
    -------
    Metadata, tuple of Finding
        What is nowhere printed is None. Findings have the codes ``metadata_disagree``, naming both values and their places,
        and ``division_ambiguous``.
    """
    opening = sections[0].text.split("\n") if sections and sections[0].level == 0 else []
    box = read_box(opening, document.properties, sections)
    title = read_title_block(opening, box.year)
    preamble = read_preamble(opening[title.last + 1 :], sections, title.year or box.year)
    signature = read_signature(sections)
    file_name = read_file_name(source)
    findings: list[Finding] = []
    year = _year(title, preamble, signature, box, file_name, findings)
    agency = _agency(title, preamble, signature, box, file_name, findings)
    who = _identity(agency, year, (title, preamble, signature, box, file_name), opening, sections, findings)
    return (
        Metadata(
            title.text or box.title,
            agency,
            year,
            preamble.first,
            preamble.last,
            _published(title, preamble, signature, box, year, findings),
            *who[:-1],
        ),
        tuple(findings),
    )


def _identity(
    agency: str | None,
    year: int | None,
    places: tuple[TitleBlock, Preamble, Signature, Box, Name],
    opening: Sequence[str],
    sections: Sequence[Section],
    findings: list[Finding],
) -> Identity:
    if agency is None:
        return Identity()
    who = identify(agency, year)
    if who.ambiguous or (who.agency_level == "township" and who.county is None):
        title, preamble, signature, box, file_name = places
        names = (title.text, preamble.agency, signature.agency, box.title, box.agency, box.site, file_name.agency)
        near, whole = of_itself(names, opening, sections), of_its_place(agency, sections)
        who = identify(agency, year, near, [whole])
    if who.ambiguous:
        message = f"{who.ambiguous}; the document does not say which of them {agency} belongs to"
        findings.append(Finding("warning", "division_ambiguous", message))
    return who


def _disagree(severity: str, message: str) -> Finding:
    return Finding("warning" if severity == "warning" else "info", "metadata_disagree", message)


def _year(
    title: TitleBlock,
    preamble: Preamble,
    signature: Signature,
    box: Box,
    file_name: Name,
    findings: list[Finding],
) -> int | None:
    said: list[_Said] = []
    if title.year:
        said.append(_Said(title.year, "the title"))
    if preamble.last:
        said.append(_Said(int(preamble.last[:4]), "the period in the preamble"))
    elif preamble.year:
        said.append(_Said(preamble.year, "the preamble"))
    signed = signature.day
    if signed:
        month = int(signed[5:7])
        # Later in the year a signature tells of nothing unless nothing else does: reports are also published late.
        if not said or month <= _SEASON:
            said.append(_Said(int(signed[:4]) - (month <= _SPRING), f"the sign-off ({signed})"))
    if box.year:
        said.append(_Said(box.year, "the page's title"))
    if file_name.year and (file_name.titled or not said):
        said.append(_Said(file_name.year, "the file's name"))
    if not said:
        return None
    first = said[0]
    # A signature inside the reporting year is told of with the day of publication.
    others = [s for s in said[1:] if s.value != first.value and not (s.value < first.value and "sign-off" in s.where)]
    if others:
        told = ", ".join(f"{s.where} says {s.value}" for s in others)
        findings.append(
            _disagree("warning", f"{first.where} says report year {first.value}, but {told}; {first.value} is kept")
        )
    return first.value


def _agency(
    title: TitleBlock,
    preamble: Preamble,
    signature: Signature,
    box: Box,
    file_name: Name,
    findings: list[Finding],
) -> str | None:
    printed = [name for name in (title.agency, preamble.agency, signature.agency, box.title_agency, box.agency) if name]
    if not printed:
        return file_name.agency or box.site_agency
    longest = printed[0]
    for name in printed[1:]:
        if len(name) > len(longest) and same_agency(longest, name):
            longest = name
    a, b = title.agency, signature.agency
    if a and b and not (same_agency(a, b) or same_agency(b, a) or office_of(a, b)):
        findings.append(_disagree("info", f"the title names {a}, but the sign-off {b}; {longest} is kept"))
    return longest


def _published(
    title: TitleBlock,
    preamble: Preamble,
    signature: Signature,
    box: Box,
    year: int | None,
    findings: list[Finding],
) -> str | None:
    signed = title.day or signature.day
    where = "under the title" if title.day else "in the sign-off"
    end = preamble.last or (f"{year}-12-31" if year else None)
    if signed and end and (date.fromisoformat(signed) - date.fromisoformat(end)).days > _AGAIN:
        # Below the text stands the day of another publication, not that of a signature.
        findings.append(_disagree("info", f"the date {where} ({signed}) is years after {end}; it is not kept"))
        signed = None
    if not signed:
        return _of_the_page(box.published, end, findings)
    if end and signed < end:
        # December is early, but agencies do sign then.
        severity = "info" if signed >= f"{end[:4]}-12-01" else "warning"
        kept = box.published if severity == "warning" and box.published and box.published > end else signed
        other = f"; the info box says {box.published}" if box.published else ""
        findings.append(
            _disagree(severity, f"the date {where} ({signed}) lies before the period's end ({end}){other}; {kept} is kept")
        )
        return kept
    if box.published:
        days = (date.fromisoformat(box.published) - date.fromisoformat(signed)).days
        if not 0 <= days <= _LATE:
            findings.append(
                _disagree("info", f"the date {where} is {signed}, but the info box says {box.published}; {signed} is kept")
            )
    return signed


def _of_the_page(published: str | None, end: str | None, findings: list[Finding]) -> str | None:
    """The day that only the page gives, unless it cannot be that of the report's publication: before the period's end the page
    was made for another text, years later the text was put on another site."""
    if published is None or end is None:
        return published
    days = (date.fromisoformat(published) - date.fromisoformat(end)).days
    if -_EARLY <= days <= _AGAIN:
        return published
    findings.append(
        _disagree(
            "info", f"the page is dated {published}, which is no day of publication of a report up to {end}; none is kept"
        )
    )
    return None
