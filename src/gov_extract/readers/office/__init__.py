"""Documents of office programs that have no reader of their own here → `Document`, by way of DOCX.

In: the bytes of a DOC (and what WPS writes), RTF or OpenDocument text. Out: what the DOCX reader sees in the
DOCX that LibreOffice makes of it. What is damaged or protected by a password is refused before LibreOffice is asked, as far as
the content tells; of a DOC the figures are held against its own text.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gov_extract.document import Document, Finding
from gov_extract.errors import ReadError
from gov_extract.readers.limits import Limits, check_size, open_package, unpack
from gov_extract.readers.office.conversion import Content, Converted, convert
from gov_extract.readers.office.own_text import Witness, is_encrypted, witness
from gov_extract.readers.office.program import office_program, require

__all__ = ["EXTENSIONS", "Content", "Converted", "checked", "convert", "office_program", "read_converted", "read_office"]

DOC, ODT, RTF = "application/msword", "application/vnd.oasis.opendocument.text", "application/rtf"

EXTENSIONS: Mapping[str, str] = {
    DOC: ".doc",
    RTF: ".rtf",
    ODT: ".odt",
    "application/vnd.oasis.opendocument.text-flat-xml": ".fodt",
}
"""The kinds that go through LibreOffice, and the extension under which it knows each."""

_CHINESE = re.compile(rb"\\ansicpg(?:936|54936)\b")
_LEVEL_TEXT = re.compile(rb"\{\\leveltext[^{};]*;")
_TWO_BYTES = re.compile(rb"\\'([89a-fA-F][0-9a-fA-F])\\'([4-9a-fA-F][0-9a-fA-F])")
"""What stands around automatic numbers in RTF: LibreOffice takes each byte there for a character (一、 becomes 一¡)."""
_HEAD = 4096
"""Bytes within which an RTF names its code page."""
_SHOWN = 5
"""Figures that a message names."""


def read_office(data: bytes, limits: Limits, media_type: str) -> Document:
    """Read a document, converting it alone.

    Raises
    ------
    ReadError
        ``office_not_installed``, ``not_converted``, ``encrypted``, ``truncated``, ``damaged``.
    LimitError
        ``too_large``.
    """
    content = checked(data, limits, media_type)
    require()
    with tempfile.TemporaryDirectory(prefix="gov-extract-", ignore_cleanup_errors=True) as folder:
        made = convert([content], Path(folder))
        path = made.paths[0]
        if path is None:
            why = "did not finish" if made.timed_out else "could not open it"
            message = f"LibreOffice {why}; open the file in the program that it comes from and save it as DOCX"
            raise ReadError(message, "not_converted")
        return read_converted(path, data, limits, media_type)


def checked(data: bytes, limits: Limits, media_type: str) -> Content:
    """A document's content for LibreOffice; errors as of `read_office`, before anything is converted."""
    if media_type == DOC and is_encrypted(data):
        raise ReadError("the file is protected by a password; open it, save it without one and try again", "encrypted")
    if media_type == ODT:
        package = open_package(data, limits)
        if b"encryption-data" in (unpack(package, "META-INF/manifest.xml", limits) or b""):
            raise ReadError("the file is protected by a password; open it, save it without one and try again", "encrypted")
        if unpack(package, "content.xml", limits) is None:
            raise ReadError("the OpenDocument text lacks its content; save it again or get another copy", "damaged")
    if media_type == RTF and _CHINESE.search(data, 0, _HEAD):
        data = _LEVEL_TEXT.sub(lambda level: _TWO_BYTES.sub(_character, level[0]), data)
    return Content(data, EXTENSIONS[media_type])


def _character(pair: re.Match[bytes]) -> bytes:
    """Two bytes of a Chinese code page as RTF's word for a character by its number."""
    try:
        character = bytes.fromhex((pair[1] + pair[2]).decode("ascii")).decode("gb18030")
    except UnicodeDecodeError:
        return pair[0]
    return b"\\u%d ?" % ord(character)


def read_converted(path: Path, data: bytes, limits: Limits, media_type: str) -> Document:
    """Read the DOCX that was made of a document whose own bytes are `data`; errors as of the DOCX reader."""
    from gov_extract.readers.docx import read_docx

    check_size(path.stat().st_size, limits)
    docx = path.read_bytes()
    document = read_docx(docx, limits)
    findings = [Finding("info", "converted", "The document was converted to DOCX by LibreOffice and read from there.")]
    told = witness(data, docx, limits) if media_type == DOC else Witness()
    for figures, what in (
        (told.lost, "are not in the converted text"),
        (told.other, "of the converted text are not in the document"),
    ):
        if figures:
            named = ", ".join(figures[:_SHOWN]) + (" and others" if len(figures) > _SHOWN else "")
            findings.append(Finding("warning", "conversion_differs", f"{len(figures)} figures {what}: {named}"))
    pages = document.pages
    if told.text is not None:
        pages = (pages[0]._replace(text=told.text), *pages[1:])
    return document._replace(media_type=media_type, pages=pages, findings=(*document.findings, *findings))
