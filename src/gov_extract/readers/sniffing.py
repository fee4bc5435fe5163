"""Bytes → media type, by magic bytes and content, never by extension.

In: a file's bytes. Out: a media type of ``data/media_types.toml``; ``application/octet-stream`` for what is neither a
known kind nor text.
"""

from __future__ import annotations

import re
import tomllib
import zipfile
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from gov_extract.errors import ReadError
from gov_extract.readers.limits import Limits, check_directory

UNKNOWN = "application/octet-stream"
ARCHIVES = frozenset({"application/zip", "application/x-tar", "application/gzip"})
"""Kinds that hold documents, and are opened."""
HEAD = 8192
"""Bytes of a file from which `is_archive` and `is_office` tell."""

PDF_WITHIN = 1024
"""Bytes within which a PDF's header may stand: what the format's reference allows, for mail headers left in front."""

_PDF_HEADER = re.compile(rb"%PDF-\d")
_ZIP = "application/zip"
OLE = "application/x-ole-storage"
"""The container of old office programs, whatever is in it."""

TEXT_SAMPLE = 65_536
"""Bytes that decide whether a file is text."""

_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1a\x1b") + b"\x7f"
_CONTROL_SHARE = 0.01
"""Share of control characters above which bytes are no text. Random bytes have .11, dirty pages under .001."""
_LOST_SHARE = 0.1
"""Share of undecodable characters above which bytes are no text."""

_ZIP_PARTS = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OF_DOCUMENTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/", b"mimetype", b"OFD.xml")
"""What the first member of a zip that is a document is called."""
_ZIP_TYPES = {
    b"application/vnd.oasis.opendocument.text": "application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.spreadsheet": "application/vnd.oasis.opendocument.spreadsheet",
    b"application/epub+zip": "application/epub+zip",
}
_OLE_STREAMS = (
    ("EncryptedPackage", "application/encrypted"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
"""Names in an OLE container's directory (UTF-16, ended by a zero: texts hold such words too). The encrypted package of a
password-protected DOCX comes first."""

_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]|<body[\s>]|<head[\s>]", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"(?:\s|<!--.*?-->|<\?xml[^>]*>)*<(?:table|div|p|span|h[1-6]|meta|title|link|script|style|article|section|center|font|ul|ol)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s*<\?xml\s")
_MAIL_HEADER = re.compile(r"\s*[a-z][a-z0-9-]{2,40}:[^\n]*\n", re.IGNORECASE)
_MAIL_TYPE = re.compile(
    r"^Content-Type:\s*(?:multipart/(?:related|mixed|alternative)|text/html)\b", re.IGNORECASE | re.MULTILINE
)
_MAIL_HEADERS_WITHIN = 8192
"""Characters within which a mail's headers end."""
_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*\{\s*")')
_XML_KINDS = (
    (re.compile(r"<pkg:package\s"), "application/x-flat-opc"),
    (re.compile(r"<w:wordDocument\s"), "application/x-wordml"),
    (
        re.compile(r"<office:document\s[^<>]*\boffice:mimetype=[\"']application/vnd\.oasis\.opendocument\.text"),
        "application/vnd.oasis.opendocument.text-flat-xml",
    ),
)
"""Root elements of documents that are one XML file."""
_XML_ROOT = 8192
"""Characters within which the root element stands, behind the declaration and comments; its own namespaces fill thousands."""


class Kind(NamedTuple):
    """A kind of file: media type, name with an article, magic bytes, usual extensions, what to do without a reader, other
    kinds' extensions that it may have, what its reader needs (a `Requirement`'s key, empty where it needs nothing)."""

    media_type: str
    name: str
    magic: tuple[bytes, ...]
    offset: int
    zeros: tuple[int, int]
    extensions: tuple[str, ...]
    advice: str
    also: tuple[str, ...] = ()
    needs: str = ""

    @property
    def title(self) -> str:
        """The name without its article."""
        return self.name.removeprefix("an ").removeprefix("a ")

    def fits(self, data: bytes) -> bool:
        """Whether the bytes begin as this kind does."""
        start, end = self.zeros
        return data.startswith(self.magic, self.offset) and data[start:end] == bytes(end - start)


class Requirement(NamedTuple):
    """What a reader needs beside this package: its name, what to do for it, and the packages of an extra that must be there."""

    name: str
    install: str
    packages: tuple[str, ...]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("gov_extract").joinpath("data/media_types.toml").read_text("utf-8"))


@cache
def requirements() -> dict[str, Requirement]:
    """The requirements of ``data/media_types.toml`` by their keys."""
    return {
        key: Requirement(entry["name"], entry["install"], tuple(entry["packages"]))
        for key, entry in _data()["requirement"].items()
    }


@cache
def kinds() -> tuple[Kind, ...]:
    """The kinds of ``data/media_types.toml``, read once a process."""
    return tuple(
        Kind(
            entry["media_type"],
            entry["name"],
            tuple(bytes.fromhex(magic) for magic in entry.get("magic", ())),
            entry.get("offset", 0),
            tuple(entry.get("zeros", (0, 0))),
            tuple(entry["extensions"]),
            entry["advice"],
            tuple(entry.get("also", ())),
            entry.get("needs", ""),
        )
        for entry in _data()["kind"]
    )


def kind_of(media_type: str) -> Kind | None:
    """The kind of that media type, None for an unknown one."""
    return next((kind for kind in kinds() if kind.media_type == media_type), None)


def sniff(data: bytes) -> str:
    """The media type of a file's bytes; ``application/octet-stream`` where they are of no known kind."""
    found = next((kind.media_type for kind in kinds() if kind.magic and kind.fits(data)), None)
    if found == _ZIP:
        return _zip_kind(data, BytesIO(data))
    if found == OLE:
        return next((kind for name, kind in _OLE_STREAMS if f"{name}\0".encode("utf-16-le") in data), OLE)
    if found is not None:
        return found
    text = _text(data)
    if text is not None:
        kind = _text_kind(text)
        if kind != "text/plain":
            return kind
    if _PDF_HEADER.search(data[:PDF_WITHIN]):
        return "application/pdf"
    return UNKNOWN if text is None else "text/plain"


def is_archive(head: bytes, file: BinaryIO | None = None) -> bool | None:
    """Whether a file of which this is the beginning holds documents and is opened for them.

    None where only the whole `file` tells: of a zip whose first member is none that a document begins with.
    """
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return head.startswith(b"\x1f\x8b\x08") or head[257:262] == b"ustar"
    length = int.from_bytes(head[26:28], "little")
    if head.startswith(b"PK\x03\x04") and head[30 : 30 + length].replace(b"\\", b"/").startswith(_OF_DOCUMENTS):
        return False
    return None if file is None else _zip_kind(head, file) == _ZIP


def is_office(head: bytes) -> bool:
    """Whether a file of which this is the beginning may be of a kind that goes through LibreOffice."""
    if head.startswith((bytes.fromhex("d0cf11e0a1b11ae1"), b"{\\rtf")):
        return True
    if head[30:38] == b"mimetype":
        return head[38:].startswith(b"application/vnd.oasis.opendocument.text")
    return b"<?xml" in head[:8] and b"application/vnd.oasis.opendocument.text" in head


def _zip_kind(data: bytes, file: BinaryIO) -> str:
    """What a zip container is, by its members' names; of one without a directory, by the names that its first bytes have."""
    try:
        check_directory(file, Limits())
        with zipfile.ZipFile(file) as archive:
            names = [name.replace("\\", "/").lstrip("/") for name in archive.namelist()]
    # A damaged directory, or too large a one: the reader says so, once the container is known to be one of its own.
    except (ReadError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError):
        names = [name.decode("ascii") for name in re.findall(rb"PK\x03\x04.{26}([ -~]{4,80})", data[:TEXT_SAMPLE], re.DOTALL)]
    if data[30:38] == b"mimetype":
        return next((kind for mark, kind in _ZIP_TYPES.items() if data[38:].startswith(mark)), _ZIP)
    if any(name.lower() == "ofd.xml" for name in names):
        return "application/ofd"
    if any(name.startswith(("[Content_Types].xml", "_rels/")) for name in names):
        return next((kind for folder, kind in _ZIP_PARTS if any(name.startswith(folder) for name in names)), _ZIP)
    return _ZIP


def _text(data: bytes) -> str | None:
    """The beginning of the bytes as text, None where they are no text."""
    from gov_extract.readers.decoding import decode

    sample = data[:TEXT_SAMPLE]
    decoded = decode(sample)
    if not decoded.encoding.startswith("utf-16") and len(sample) - len(
        sample.translate(None, _CONTROLS)
    ) > _CONTROL_SHARE * len(sample):
        return None
    return decoded.text if decoded.lost <= _LOST_SHARE * len(decoded.text) else None


def is_mail(text: str) -> bool:
    """Whether a text is a web page in the wrapping of a mail (MHT): headers up to an empty line, one of which says so."""
    if not _MAIL_HEADER.match(text):
        return False
    head = re.split(r"\r?\n\s*?\r?\n", text[:_MAIL_HEADERS_WITHIN].lstrip(), maxsplit=1)[0]
    return "mime-version:" in head.lower() and _MAIL_TYPE.search(head) is not None


def _text_kind(text: str) -> str:
    if is_mail(text):
        return "multipart/related"
    if _XML.match(text):
        found = next((kind for root, kind in _XML_KINDS if root.search(text, 0, _XML_ROOT)), None)
        if found is not None:
            return found
    if _PAGE.search(text) or _FRAGMENT.match(text):
        return "text/html"
    if _XML.match(text):
        return "application/xml"
    if _JSON.match(text):
        return "application/json"
    return "text/plain"
