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
from typing import NamedTuple

UNKNOWN = "application/octet-stream"

PDF_WITHIN = 1024
"""Bytes within which a PDF's header may stand: what the format's reference allows, for mail headers left in front."""

_PDF_HEADER = re.compile(rb"%PDF-\d")
_ZIP = "application/zip"
_OLE = "application/x-ole-storage"

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
"""Names in an OLE container's directory (UTF-16). The encrypted package of a password-protected DOCX comes first."""

_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]|<body[\s>]|<head[\s>]", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"(?:\s|<!--.*?-->|<\?xml[^>]*>)*<(?:table|div|p|span|h[1-6]|meta|title|link|script|style|article|section|center|font|ul|ol)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s*<\?xml\s")
_MAIL_HEADER = re.compile(r"\s*(?:MIME-Version:|From:|Content-Type:|Subject:|Date:)", re.IGNORECASE)
_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*\{\s*")')


class Kind(NamedTuple):
    """A kind of file: media type, name with an article, magic bytes, usual extensions, what to do without a reader."""

    media_type: str
    name: str
    magic: tuple[bytes, ...]
    offset: int
    zeros: tuple[int, int]
    extensions: tuple[str, ...]
    advice: str

    def fits(self, data: bytes) -> bool:
        """Whether the bytes begin as this kind does."""
        start, end = self.zeros
        return data.startswith(self.magic, self.offset) and data[start:end] == bytes(end - start)


@cache
def kinds() -> tuple[Kind, ...]:
    """The kinds of ``data/media_types.toml``, read once a process."""
    data = tomllib.loads(files("gov_extract").joinpath("data/media_types.toml").read_text("utf-8"))
    return tuple(
        Kind(
            entry["media_type"],
            entry["name"],
            tuple(bytes.fromhex(magic) for magic in entry.get("magic", ())),
            entry.get("offset", 0),
            tuple(entry.get("zeros", (0, 0))),
            tuple(entry["extensions"]),
            entry["advice"],
        )
        for entry in data["kind"]
    )


def kind_of(media_type: str) -> Kind | None:
    """The kind of that media type, None for an unknown one."""
    return next((kind for kind in kinds() if kind.media_type == media_type), None)


def sniff(data: bytes) -> str:
    """The media type of a file's bytes; ``application/octet-stream`` where they are of no known kind."""
    found = next((kind.media_type for kind in kinds() if kind.magic and kind.fits(data)), None)
    if found == _ZIP:
        return _zip_kind(data)
    if found == _OLE:
        return next((kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in data), _OLE)
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


def _zip_kind(data: bytes) -> str:
    """What a zip container is, by its members' names; of one without a directory, by the names that it begins with."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = [name.replace("\\", "/").lstrip("/") for name in archive.namelist()]
    # A damaged directory: the reader says so, once the container is known to be one of its own.
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError):
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


def _text_kind(text: str) -> str:
    if _MAIL_HEADER.match(text) and "multipart/related" in text[:4096].lower():
        return "multipart/related"
    if _PAGE.search(text) or _FRAGMENT.match(text):
        return "text/html"
    if _XML.match(text):
        return "application/xml"
    if _JSON.match(text):
        return "application/json"
    return "text/plain"
