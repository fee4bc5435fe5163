"""What an OFD package names: its documents, their pages, templates and resources.

In: the bytes of the package. Out: `Parts`, its members found and parsed, and `Leaf`s, the pages in order. Writers vary letter
case, slashes and what a location starts from, and leave namespaces out: members are looked for wherever one could mean, and
elements go by their local names.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import Limits, open_package, parse_xml, unpack

if TYPE_CHECKING:
    from lxml import etree

ROOT = "OFD.xml"
MAX_VERSIONS = 200
"""Versions of a document that are looked at."""
MAX_RELATIVES = 16
"""Drawing parameters that lean on each other."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def name_of(element: etree._Element) -> str:
    """An element's local name, empty for what is no element."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """The children that have one of these local names."""
    return (child for child in element if name_of(child) in names) if element is not None else iter(())


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of that local name."""
    return next(children(element, name), None)


def words_of(element: etree._Element | None, name: str) -> str:
    """The text of the first child of that local name; empty where there is none."""
    found = child(element, name)
    return (found.text or "").strip() if found is not None else ""


def numbers(text: str | None) -> list[float]:
    """The numbers in a text, whatever stands between them."""
    if not text:
        return []
    try:
        found = [float(word) for word in text.split()]
    except ValueError:
        found = [math.nan]
    return found if all(map(math.isfinite, found)) else [float(number) for number in _NUMBER.findall(text)]


def number(text: str | None, otherwise: float) -> float:
    """The number that an attribute holds."""
    found = numbers(text)
    return found[0] if found else otherwise


@dataclass
class Resources:
    """What a page's objects refer to by its number: drawing parameters, composite units, media files, fonts."""

    parameters: dict[str, etree._Element] = field(default_factory=dict)
    units: dict[str, etree._Element] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    fonts: dict[str, etree._Element] = field(default_factory=dict)

    def beside(self) -> Resources:
        """A copy to which a page can add its own."""
        return Resources(dict(self.parameters), dict(self.units), dict(self.media), dict(self.fonts))

    def parameter(self, reference: str | None, name: str) -> etree._Element | str | None:
        """What drawing parameters say under a name, as an attribute's text or a child; those that they lean on come next."""
        for _ in range(MAX_RELATIVES):
            found = self.parameters.get(reference or "")
            if found is None:
                return None
            told = found.get(name)
            if told is not None:
                return told
            element = child(found, name)
            if element is not None:
                return element
            reference = found.get("Relative")
        return None


class Leaf(NamedTuple):
    """A page as its document names it: its id, its part (None where there is none), the document's page area, templates by
    their ids with the place in the drawing order that they claim, and the document's resources."""

    identity: str
    part: str | None
    area: etree._Element | None
    templates: Mapping[str, str | None]
    resources: Resources


class Body(NamedTuple):
    """One document of the package: the part with its root element, and its pages."""

    part: str
    root: etree._Element
    pages: tuple[Leaf, ...]


class Parts:
    """The members of an opened package."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.package = open_package(data, limits)
        self.limits = limits
        self._kept: dict[str, etree._Element | None] = {}

    def find(self, base: str, location: str | None) -> str | None:
        """The member that a location in the part `base` means, by its lower-case name.

        By the standard a location that begins with a slash starts at the package's root, any other at the folder of the part
        that names it. Writers also start at the root without a slash, or at the document's folder.
        """
        told = (location or "").strip().replace("\\", "/").lower()
        if not told:
            return None
        folder, top = posixpath.dirname(base), base.partition("/")[0]
        bare = told.lstrip("/")
        ways = (bare, posixpath.join(folder, bare)) if told.startswith("/") else (posixpath.join(folder, bare), bare)
        for way in (*ways, posixpath.join(top, bare)):
            name = posixpath.normpath(way)
            if name in self.package.members:
                return name
        return None

    def bytes_of(self, name: str) -> bytes | None:
        """A member's content."""
        return unpack(self.package, name, self.limits)

    def xml(self, name: str | None, *, keep: bool = False) -> etree._Element | None:
        """A member parsed, None where there is none; kept for the next who asks where that is worth it."""
        if name is None:
            return None
        if name in self._kept:
            return self._kept[name]
        data = self.bytes_of(name)
        root = parse_xml(data) if data is not None and data.strip() else None
        if keep:
            self._kept[name] = root
        return root

    def add_resources(self, part: str | None, resources: Resources) -> None:
        """Add what a resource part defines."""
        root = self.xml(part, keep=True)
        if root is None or part is None:
            return
        base = posixpath.join(posixpath.dirname(part), (root.get("BaseLoc") or "").replace("\\", "/").strip("/").lower(), "_")
        base = posixpath.normpath(base)
        for element in root.iter():
            kind, identity = name_of(element), element.get("ID")
            if identity is None:
                continue
            if kind == "DrawParam":
                resources.parameters[identity] = element
            elif kind == "CompositeGraphicUnit":
                resources.units[identity] = element
            elif kind == "Font":
                resources.fonts[identity] = element
            elif kind == "MultiMedia":
                location = words_of(element, "MediaFile")
                found = self.find(base, location) or self.find(part, location)
                if found:
                    resources.media[identity] = found


def bodies(parts: Parts) -> tuple[Body, ...]:
    """The documents of a package, in order.

    Raises
    ------
    ReadError
        ``encrypted`` where the package says so, ``damaged`` without a document.
    LimitError
        ``too_many_pages``.
    """
    root = parts.xml(ROOT.lower())
    if root is None:
        raise ReadError("the OFD document lacks its main part (OFD.xml); download it again", "damaged")
    refuse_encrypted(parts, root)
    found: list[Body] = []
    count = 0
    for body in children(root, "DocBody"):
        part = current_root(parts, body)
        document = parts.xml(part)
        if part is None or document is None:
            continue
        leaves = _leaves(parts, part, document)
        count += len(leaves)
        if count > parts.limits.max_pages:
            raise LimitError(
                f"the OFD document has {count} pages, more than the limit of {parts.limits.max_pages}; "
                "raise the limit if it is a report",
                "too_many_pages",
            )
        found.append(Body(part, document, leaves))
    if not found:
        raise ReadError("the OFD document names no document that it holds (DocRoot); download it again", "damaged")
    if not count:
        raise ReadError("the OFD document holds no pages; fetch it again or ask for another copy", "no_pages")
    return tuple(found)


def refuse_encrypted(parts: Parts, root: etree._Element) -> None:
    """Refuse a package whose parts are encrypted: the list of what is encrypted, and with what, lies beside the main part."""
    listed = any(name.rpartition("/")[2] in ("encryptions.xml", "decryptseed.dat") for name in parts.package.members)
    if listed or any(name_of(element).startswith("Encrypt") for element in root.iter()):
        raise ReadError(
            "the OFD document is encrypted; open it with the right to read it, save it without protection and try again",
            "encrypted",
        )


def current_root(parts: Parts, body: etree._Element) -> str | None:
    """The part with a document's root: that of the version marked as current, else what the body itself names."""
    versions = list(children(child(body, "Versions"), "Version"))[:MAX_VERSIONS]
    for version in versions:
        if (version.get("Current") or "").strip().lower() in ("true", "1"):
            part = parts.find(ROOT, version.get("BaseLoc"))
            root = parts.xml(part)
            named = parts.find(part or "", words_of(root, "DocRoot"))
            if named is not None:
                return named
    return parts.find(ROOT, words_of(body, "DocRoot") or "Doc_0/Document.xml")


def _leaves(parts: Parts, part: str, document: etree._Element) -> tuple[Leaf, ...]:
    common = child(document, "CommonData")
    resources = Resources()
    for reference in children(common, "PublicRes", "DocumentRes"):
        parts.add_resources(parts.find(part, reference.text), resources)
    templates = {
        template.get("ID", ""): parts.find(part, template.get("BaseLoc")) for template in children(common, "TemplatePage")
    }
    area = child(common, "PageArea")
    pages = children(child(document, "Pages"), "Page")
    return tuple(Leaf(page.get("ID", ""), _page_part(parts, part, page), area, templates, resources) for page in pages)


def _page_part(parts: Parts, part: str, page: etree._Element) -> str | None:
    location = page.get("BaseLoc")
    return parts.find(part, location) or parts.find(part, f"{location}/Content.xml" if location else None)
