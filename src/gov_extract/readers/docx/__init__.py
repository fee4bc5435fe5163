"""DOCX → `Document`.

In: the bytes of a Word document (transitional or strict). Out: one page without a number: paragraphs with their
automatic numbers, tables as grids with their spans, text boxes at their anchors, tracked changes accepted, hidden text
left out, page headers, footers, notes and comments ignored. `Page.text` comes from a pass of its own that knows no
table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gov_extract.document import Document, Finding, Page
from gov_extract.errors import ReadError
from gov_extract.readers.docx.beside import attachments_of, pictures_of
from gov_extract.readers.docx.body import MC, M, R, Walk, chosen, flow, symbol
from gov_extract.readers.docx.chunks import chunks_of
from gov_extract.readers.docx.hidden import is_hidden
from gov_extract.readers.docx.styles import Numbering, W, read_lists, read_styles
from gov_extract.readers.limits import Limits, Package, open_package, parse_xml, unpack
from gov_extract.readers.lines import visible
from gov_extract.readers.tables import located

if TYPE_CHECKING:
    from lxml import etree

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_STRICT = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
)
"""Namespaces of strict OOXML and their transitional twins: the elements below them have the same names."""

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_docx(data: bytes, limits: Limits) -> Document:
    """Read a Word document.

    Raises
    ------
    ReadError
        Codes ``truncated``, ``encrypted``, ``damaged``.
    LimitError
        Code ``too_large``.
    """
    package = open_package(data, limits)
    main = _main_part(package, limits)
    root = _part(package, main, limits)
    if root is None:
        raise ReadError("the Word document lacks its main part (document.xml); save it again or get another copy", "damaged")
    body = root.find(W + "body")
    if body is None:
        raise ReadError("the Word document has no body; save it again or get another copy", "damaged")
    folder = main.rpartition("/")[0]
    styles = read_styles(_part(package, f"{folder}/styles.xml", limits))
    lists = read_lists(_part(package, f"{folder}/numbering.xml", limits), styles)
    chunks = chunks_of(package, main, limits) if next(body.iter(W + "altChunk"), None) is not None else {}
    walk = Walk(styles, Numbering(styles, lists), limits, chunks={name: page.blocks for name, page in chunks.items()})
    blocks = located(flow(body, walk), limits)
    findings: tuple[Finding, ...] = ()
    if walk.embedded:
        findings = (
            Finding(
                "warning",
                "embedded_part",
                f"{walk.embedded} embedded part(s) (altChunk) hold text that is not read; open the file in Word, "
                "save it anew and read that copy",
            ),
        )
    page = Page(None, None, None, blocks, plain_text(body, walk, {name: page.text for name, page in chunks.items()}))
    pictures = pictures_of(package, main, body, limits)
    return Document(MEDIA_TYPE, (page,), {}, findings, pictures, attachments_of(package))


def _main_part(package: Package, limits: Limits) -> str:
    """The path of the main part: what the package's relationships say, else where it always is."""
    data = unpack(package, "_rels/.rels", limits)
    if data is not None:
        for relation in parse_xml(data).iter(_RELATIONSHIP):
            if relation.get("Type", "").endswith("/officeDocument"):
                return relation.get("Target", "").lstrip("/")
    return "word/document.xml"


def _part(package: Package, name: str, limits: Limits) -> etree._Element | None:
    data = unpack(package, name, limits)
    if data is None:
        return None
    if data.startswith(_UTF16_MARKS):
        data = data.decode("utf-16").partition("?>")[2].encode()
    for strict, transitional in _STRICT:
        data = data.replace(strict, transitional)
    return parse_xml(data)


_SKIPPED = frozenset({W + "del", W + "moveFrom", W + "delText", W + "instrText", W + "rt"})
_WATCHED = (
    *_SKIPPED,
    *(W + name for name in ("t", "tab", "br", "cr", "noBreakHyphen", "sym", "p", "tc", "tr", "r", "altChunk")),
    M + "t",
    MC + "AlternateContent",
    MC + "Choice",
    MC + "Fallback",
)
_ENDS = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}


def plain_text(body: etree._Element, walk: Walk, chunks: Mapping[str, str]) -> str:
    """All text in document order: a tab at the end of each cell, a line break at the end of each paragraph and row.

    It knows no spans, so that it can bear witness against the grids.
    """
    from lxml import etree

    pieces: list[str] = []
    passed: set[etree._Element] = set()
    walker = etree.iterwalk(body, events=("start", "end"), tag=_WATCHED)
    for event, element in walker:
        tag = element.tag
        if event == "start":
            if (
                tag in _SKIPPED
                or (tag == W + "r" and is_hidden(element, walk.styles))
                or (tag == W + "tr" and element.find(f"{W}trPr/{W}del") is not None)
                or (tag in (MC + "Choice", MC + "Fallback") and element is not chosen(element.getparent()))
            ):
                passed.add(element)
                walker.skip_subtree()
            elif tag == W + "p" and element in walk.labels:
                pieces.append(walk.labels[element])
        elif element in passed:
            continue
        elif tag in (W + "t", M + "t"):
            pieces.append(element.text or "")
        elif tag == W + "sym":
            pieces.append(symbol(element))
        elif tag == W + "altChunk":
            pieces.append(chunks.get(element.get(R + "id", ""), "") + "\n")
        elif tag in _ENDS:
            # Tab stops of paragraph properties are no tabs.
            if element.getparent().tag == W + "r":
                pieces.append(_ENDS[tag])
        elif tag == W + "p":
            # A paragraph whose mark is deleted goes on in the next one.
            if element.find(f"{W}pPr/{W}rPr/{W}del") is None:
                pieces.append("\n")
        elif tag == W + "tc":
            if pieces and pieces[-1] == "\n":
                pieces.pop()
            pieces.append("\t")
        elif tag == W + "tr":
            pieces.append("\n")
    return visible("".join(pieces))
