"""Word 2003 XML → `Document`, by way of the parts of a DOCX.

In: the XML, in which a document is one element. Out: what the DOCX reader sees in the same with its names of today. Programs
that fill in templates write such files, and call them .doc.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from gov_extract.document import Document
from gov_extract.errors import ReadError
from gov_extract.readers.docx import read_docx
from gov_extract.readers.docx.styles import W
from gov_extract.readers.limits import Limits, parse_xml

if TYPE_CHECKING:
    from lxml import etree

MEDIA_TYPE = "application/x-wordml"

_OLD = "{http://schemas.microsoft.com/office/word/2003/wordml}"
_HINT = "{http://schemas.microsoft.com/office/word/2003/auxHint}"
_NOTED = "{http://schemas.microsoft.com/aml/2001/core}"
_KEPT = ("{urn:schemas-microsoft-com:vml}", "{urn:schemas-microsoft-com:office:")
"""Drawings, whose text boxes the reader looks for."""
_SMART_TAGS = "{urn:schemas-microsoft-com:office:smarttags}"
_RENAMED = {"vmerge": "vMerge", "hmerge": "hMerge", "hlink": "hyperlink"}
_LEFT_OUT = frozenset((*(f"{_OLD}{name}" for name in ("hdr", "ftr", "footnote", "endnote", "binData", "docOleData")),))
"""Notes and heads stand inside the text here; they are no part of it."""
_CHANGES = {"Word.Insertion": "ins", "Word.Deletion": "del"}


def read_wordml(data: bytes, limits: Limits) -> Document:
    """Read the document; errors as of `read_docx`."""
    from lxml import etree

    root = parse_xml(data)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, part in (("document", "body"), ("styles", "styles")):
            old = root.find(_OLD + part)
            if old is None:
                if part == "body":
                    raise ReadError("the Word document has no body; save it again or get another copy", "damaged")
                continue
            new = etree.Element(W + name, nsmap={"w": W[1:-1]})
            if part == "body":
                _translate(old, etree.SubElement(new, W + part))
            else:
                _translate(old, new)
            package.writestr(f"word/{name}.xml", etree.tostring(new, encoding="UTF-8"))
    return read_docx(stream.getvalue(), limits)._replace(media_type=MEDIA_TYPE)


def _translate(old: etree._Element, new: etree._Element) -> None:
    """Fill an element with the children of another, under their names of today; wrappers that these have not are taken off."""
    from lxml import etree

    for child in old:
        tag: object = child.tag
        if not isinstance(tag, str) or tag in _LEFT_OUT:
            continue
        if tag == _NOTED + "annotation":
            kind = _CHANGES.get(child.get(_OLD + "type", ""))
            for content in child.iterchildren(_NOTED + "content") if kind else ():
                _translate(content, etree.SubElement(new, W + str(kind)))
        elif tag.startswith(_OLD):
            name = tag[len(_OLD) :]
            made = etree.SubElement(new, W + _RENAMED.get(name, name))
            made.text = child.text
            for key, value in child.attrib.items():
                made.set(str(key).replace(_OLD, W), value)
            if name == "p":
                _number(child, made)
            _translate(child, made)
        elif tag.startswith(_KEPT) and not tag.startswith(_SMART_TAGS):
            _translate(child, etree.SubElement(new, tag))
        else:  # what only says something of its content
            _translate(child, new)


def _number(old: etree._Element, new: etree._Element) -> None:
    """An automatic number, which Word keeps as it shows it."""
    from lxml import etree

    shown = old.find(f"{_OLD}pPr/{_OLD}listPr/{_HINT}t")
    text = shown.get(_HINT + "val") if shown is not None else None
    if text:
        etree.SubElement(etree.SubElement(new, W + "r"), W + "t").text = text
