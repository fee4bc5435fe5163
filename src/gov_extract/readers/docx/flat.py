"""Word documents that are one XML file (Flat OPC) → `Document`.

In: the XML, in which each part of the package is an element. Out: what the DOCX reader sees in the package. Programs that fill
in templates write such files, and call them .doc.
"""

from __future__ import annotations

import base64
import binascii
import io
import zipfile

from gov_extract.document import Document
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.docx import read_docx
from gov_extract.readers.limits import Limits, parse_xml

MEDIA_TYPE = "application/x-flat-opc"
_PKG = "{http://schemas.microsoft.com/office/2006/xmlPackage}"


def read_flat(data: bytes, limits: Limits) -> Document:
    """Read the document; errors as of `read_docx`."""
    return read_docx(_package(data, limits), limits)._replace(media_type=MEDIA_TYPE)


def _package(data: bytes, limits: Limits) -> bytes:
    """The parts as a package."""
    from lxml import etree

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for number, part in enumerate(parse_xml(data).iter(f"{_PKG}part"), 1):
            if number > limits.max_members:
                raise LimitError(f"the document has more than {limits.max_members} parts", "too_large")
            name = part.get(f"{_PKG}name", "").lstrip("/")
            held = next(iter(part), None)
            if not name or held is None:
                continue
            if held.tag == f"{_PKG}binaryData":
                package.writestr(name, _binary(held.text or ""))
            elif len(held):
                package.writestr(name, etree.tostring(held[0], encoding="UTF-8", xml_declaration=True))
    return stream.getvalue()


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise ReadError(f"a part of the document is damaged ({error}); save it again or get another copy", "damaged") from error
