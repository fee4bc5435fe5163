"""What a Word document shows or holds beside its text: pictures that may hold tables, files inside it.

In: the package and the body. Out: their names.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gov_extract.document import Picture
from gov_extract.readers.limits import Limits, Package, parse_xml, unpack

if TYPE_CHECKING:
    from lxml import etree

MAX_BESIDE = 200
"""Pictures and files that are named."""
WIDE, HIGH = 1_371_600, 457_200
"""Width and height of a picture that may hold a table, in EMU (914,400 an inch): 1.5 and .5 inches."""

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def pictures_of(package: Package, main: str, body: etree._Element, limits: Limits) -> tuple[Picture, ...]:
    """The pictures that are large enough to hold a table."""
    targets = {name: target for name, (_, target) in targets_of(package, main, limits).items()}
    found: dict[str, None] = {}
    for drawing in islice(body.iter(_DRAWING + "inline", _DRAWING + "anchor"), MAX_BESIDE):
        extent, blip = drawing.find(_DRAWING + "extent"), next(drawing.iter(_BLIP), None)
        if blip is None or (extent is not None and (_emu(extent, "cx") < WIDE or _emu(extent, "cy") < HIGH)):
            continue
        found[_name(targets.get(blip.get(_R + "embed") or blip.get(_R + "link") or ""))] = None
    for image in islice(body.iter(_IMAGE), MAX_BESIDE):
        found[_name(targets.get(image.get(_R + "id", "")))] = None
    return tuple(map(Picture, found))


def targets_of(package: Package, main: str, limits: Limits) -> dict[str, tuple[str, str]]:
    """The kind and target of each relationship of the main part."""
    folder, _, name = main.rpartition("/")
    told = unpack(package, f"{folder}/_rels/{name}.rels", limits)
    if told is None:
        return {}
    return {r.get("Id", ""): (r.get("Type", ""), r.get("Target", "")) for r in parse_xml(told).iter(_RELATIONSHIP)}


def attachments_of(package: Package) -> tuple[str, ...]:
    """The names of the files inside the document (tables of Excel, as a rule)."""
    inside = (name.rpartition("/")[2] for name in package.members if "/embeddings/" in name)
    return tuple(islice(inside, MAX_BESIDE))


def _emu(extent: etree._Element, side: str) -> int:
    told = extent.get(side, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 12 else 0


def _name(target: str | None) -> str:
    return (target or "").rpartition("/")[2][:200] or "picture"
