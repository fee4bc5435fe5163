"""The door: bytes of any kind → `Document`.

In: a file's bytes, and its name for messages. Out: what is on its pages. The kind is found from the content, never from
the extension; what no reader takes is refused by name. A new format is one line in `READERS` and its kind in
``data/media_types.toml``.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from gov_extract.document import Document, Finding
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import Limits, check_size
from gov_extract.readers.saved import Fetch
from gov_extract.readers.sniffing import ARCHIVES, OLE, Kind, kind_of, kinds, sniff

__all__ = ["READERS", "TWICE", "Limits", "check_size", "read", "sniff"]

Reader = Callable[[bytes, Limits], Document]

IMAGES = ("image/png", "image/jpeg", "image/tiff", "image/bmp", "image/webp", "image/gif")
"""Kinds of pictures that are recognised."""

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


OFFICE = (
    "application/msword",
    "application/rtf",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.text-flat-xml",
)
"""Kinds that go through LibreOffice."""
HTML, MAIL = "text/html", "multipart/related"
PAGES = frozenset({HTML, MAIL})
"""Kinds of web pages: what was saved with them, and their pictures, can be read."""


def _pdf(data: bytes, limits: Limits) -> Document:
    from gov_extract.readers.pdf import read_pdf

    return read_pdf(data, max_pages=limits.max_pages)


def _docx(data: bytes, limits: Limits) -> Document:
    from gov_extract.readers.docx import read_docx

    return read_docx(data, limits)


def _ofd(data: bytes, limits: Limits) -> Document:
    from gov_extract.readers.ofd import read_ofd

    return read_ofd(data, limits)


def _sheets(name: str) -> Reader:
    def reader(data: bytes, limits: Limits) -> Document:
        from gov_extract.readers import sheets

        document: Document = getattr(sheets, name)(data, limits)
        return document

    return reader


def _office(media_type: str) -> Reader:
    def reader(data: bytes, limits: Limits) -> Document:
        from gov_extract.readers.office import read_office

        return read_office(data, limits, media_type)

    return reader


def _flat(data: bytes, limits: Limits) -> Document:
    from gov_extract.readers.docx.flat import read_flat

    return read_flat(data, limits)


def _wordml(data: bytes, limits: Limits) -> Document:
    from gov_extract.readers.docx.wordml import read_wordml

    return read_wordml(data, limits)


def _mail(data: bytes, limits: Limits) -> Document:
    from gov_extract.readers.saved.mail import read_mail

    return read_mail(data, limits)


def _html(data: bytes, limits: Limits) -> Document:
    from gov_extract.readers.html import read_html

    return read_html(data, limits)


def _text(media_type: str) -> Reader:
    def reader(data: bytes, limits: Limits) -> Document:
        from gov_extract.readers.text import read_text

        return read_text(data, limits, media_type=media_type)

    return reader


def _image(media_type: str) -> Reader:
    def reader(data: bytes, limits: Limits) -> Document:
        from gov_extract.readers.scan.images import read_image

        return read_image(data, limits, media_type)

    return reader


READERS: Mapping[str, Reader] = {
    "application/pdf": _pdf,
    DOCX: _docx,
    "application/ofd": _ofd,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _sheets("read_xlsx"),
    "application/vnd.ms-excel": _sheets("read_xls"),
    "application/vnd.oasis.opendocument.spreadsheet": _sheets("read_ods"),
    **{kind: _office(kind) for kind in OFFICE},
    "application/x-flat-opc": _flat,
    "application/x-wordml": _wordml,
    "text/html": _html,
    MAIL: _mail,
    "text/plain": _text("text/plain"),
    "text/markdown": _text("text/markdown"),
    "text/csv": _text("text/csv"),
    **{kind: _image(kind) for kind in IMAGES},
}
"""The reader of each media type. Readers are imported when their first document comes."""

TWICE = frozenset({"application/pdf", "application/ofd"})
"""Kinds whose pages can be read a second time, by other code (`gov_extract.readers.second`)."""

_TEXTS = ("text/plain", "text/markdown", "text/csv")
"""Kinds that only the extension tells apart."""

_NOTHING = b"\x00 \t\r\n"
_GLANCE = 1024
"""Bytes that tell in nearly every file that it is not empty."""

DAMAGE = (
    zipfile.BadZipFile,  # a member whose header or checksum contradicts the directory
    zlib.error,  # a member whose compressed bytes are torn
    EOFError,  # a member that ends early
    struct.error,  # a record shorter than its declaration
    SyntaxError,  # lxml.etree.XMLSyntaxError is one
    ValueError,  # a number, a name or characters that no writer would set down
    LookupError,  # a part, an attribute or an index that must be there and is not
    NotImplementedError,  # a compression method that zipfile does not know
    RecursionError,  # elements nested deeper than any document
    MemoryError,  # a declared size that cannot be had
    OverflowError,  # a number beyond the machine's integers
)
"""What damaged content raises inside readers and the libraries below them. Turned into a `ReadError` here, since a user
can do nothing with lxml's words; anything else is a defect of this package and passes."""


def read(
    data: bytes,
    *,
    name: str = "",
    limits: Limits | None = None,
    fetch: Fetch | None = None,
    pictures: bool = False,
    converted: Path | None = None,
) -> Document:
    """Read a document of any kind that has a reader.

    Parameters
    ----------
    data
        The file's bytes.
    name
        The file's name, for messages and to tell kinds of text apart; content decides everything else.
    limits
        Bounds; `Limits()` where None.
    fetch
        What was saved with a web page.
    pictures
        Whether pictures of a web page that may hold its tables are read.
    converted
        The DOCX that LibreOffice has made of the document already; where it is not there, it is made now.

    Returns
    -------
    Document
        With a finding ``misnamed`` where the extension belongs to another kind.

    Raises
    ------
    LimitError
        Code ``too_large``.
    MissingExtraError
        Code ``ocr_not_installed``: the file is a picture.
    ReadError
        Codes ``empty_file``, ``truncated``, ``encrypted``, ``damaged``, ``unknown_format``, ``unsupported_format``;
        those of the readers.
    """
    limits = limits or Limits()
    if not data[:_GLANCE].strip(_NOTHING) and not data.strip(_NOTHING):
        raise ReadError("the file is empty; download it again", "empty_file")
    check_size(len(data), limits)
    media_type = sniff(data)
    claimed = _claimed(name)
    if media_type in _TEXTS and claimed is not None and claimed.media_type in _TEXTS:
        media_type = claimed.media_type
    kind = kind_of(media_type)
    reader = READERS.get(media_type)
    if kind is None or reader is None:
        raise _refusal(data, kind, name, claimed)
    try:
        if converted is not None and media_type in OFFICE and converted.is_file():
            from gov_extract.readers.office import checked, read_converted

            checked(data, limits, media_type)
            document = read_converted(converted, data, limits, media_type)
        elif media_type in PAGES and (fetch is not None or pictures):
            document = _page(data, limits, media_type, fetch, pictures=pictures)
        else:
            document = reader(data, limits)
    except ReadError:
        raise
    except DAMAGE as error:
        raise ReadError(
            f"the file is damaged: it is {kind.name}, but its content cannot be read ({_words(error)}); "
            "open it in its own program and save it anew, or download it again",
            "damaged",
        ) from error
    if claimed is not None and claimed.media_type != media_type and _extension(name) not in kind.also:
        message = f"this is {kind.name}, though named {_extension(name)}; it was read by its content"
        document = document._replace(findings=(*document.findings, Finding("info", "misnamed", message)))
    return document


def _page(data: bytes, limits: Limits, media_type: str, fetch: Fetch | None, *, pictures: bool) -> Document:
    """A web page with what was saved with it."""

    def picture(data: bytes) -> Document:
        kind = sniff(data)
        reader = READERS.get(kind) if kind.startswith("image/") else None
        if reader is None:
            raise ReadError("it is of a kind that is not read", "unsupported_format")
        return reader(data, limits)

    read_picture = picture if pictures else None
    if media_type == MAIL:
        from gov_extract.readers.saved.mail import read_mail

        return read_mail(data, limits, read_picture)
    from gov_extract.readers.html import read_html

    refused: dict[str, str] = {}

    def at_hand(address: str) -> bytes | None:
        try:
            return fetch(address) if fetch is not None else None
        except LimitError as error:
            refused[address] = error.message
            return None

    document = read_html(data, limits, None if fetch is None else at_hand, read_picture)
    findings = (
        Finding("warning", "part_too_large", f"{name}: {message}; it was not opened") for name, message in refused.items()
    )
    return document._replace(findings=(*document.findings, *findings))


def _extension(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def _claimed(name: str) -> Kind | None:
    """The kind to which the name's extension belongs, None where it belongs to none (``.jhtml``, no extension)."""
    extension = _extension(name)
    return next((kind for kind in kinds() if extension in kind.extensions), None) if extension else None


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__


def _refusal(data: bytes, kind: Kind | None, name: str, claimed: Kind | None) -> ReadError:
    """Why a file without a reader is refused."""
    if kind is None:
        named = f", though named {_extension(name)}" if claimed else ""
        return ReadError(
            f"the file is of an unknown kind{named}: it begins with {data[:8].hex(' ')}, and is neither a document "
            "nor text; download it again or open it to see what it is",
            "unknown_format",
        )
    if kind.media_type == "application/encrypted":
        return ReadError("the file is protected by a password; open it, save it without one and try again", "encrypted")
    if kind.media_type in ARCHIVES:
        return ReadError(
            f"this is {kind.name} within an archive within another, which is not opened: {kind.advice}", "unsupported_format"
        )
    if kind.media_type == OLE:
        from gov_extract.readers.ole import stream_of

        try:
            stream_of(data)
        except ReadError as error:  # cut off or damaged, whatever it once was
            return error
    named = f", though named {_extension(name)}" if claimed is not None and claimed != kind else ""
    return ReadError(f"this is {kind.name}{named}; there is no reader for it yet: {kind.advice}", "unsupported_format")
