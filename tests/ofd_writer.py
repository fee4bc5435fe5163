"""A small writer of OFD packages, for tests that set every object by hand (lengths in millimetres, y downwards).

In: the XML of objects, page by page, and what else the package holds. Out: its bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

SPACE = 'xmlns="http://www.ofdspec.org/2016"'
XS = (20.0, 70.0, 95.0, 120.0)
YS = (30.0, 38.0, 46.0, 54.0)
TABLE = (("信息内容", "本年制", "12"), ("规章", "0", "345"), ("行政许可", "6.5", "-"))
SIZE = 3.5


class Spec(NamedTuple):
    """A page: its objects, templates that it uses (id → drawing order), its area, and what else its part holds."""

    objects: str
    templates: Mapping[str, str] = {}
    area: str = ""
    more: str = ""


def text(x: float, y: float, said: str, size: float = SIZE, **more: object) -> str:
    """A text object; `more` are further attributes, ``code`` those of its TextCode, ``inner`` elements before it."""
    code, inner = more.pop("code", None), more.pop("inner", "")
    wide = [size if char > "\u2e7f" else size / 2 for char in said]
    deltas = f' DeltaX="{" ".join(f"{w:g}" for w in wide[:-1])}"' if len(said) > 1 else ""
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    boundary = "" if "Boundary" in more else f' Boundary="{x:g} {y - size:g} {sum(wide):g} {1.3 * size:g}"'
    start = f'X="0" Y="{size:g}"{deltas}' if code is None else str(code)
    return (
        f'<TextObject ID="1" Font="1" Size="{size:g}"{boundary}{attributes}>{inner}'
        f"<TextCode {start}>{escape(said)}</TextCode></TextObject>"
    )


def path(data: str, boundary: str = "0 0 210 297", inner: str = "", **more: object) -> str:
    """A path object."""
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    inside = f"{inner}<AbbreviatedData>{data}</AbbreviatedData>"
    return f'<PathObject ID="2" Boundary="{boundary}"{attributes}>{inside}</PathObject>'


def letters(rows: Sequence[int] = (0, 1, 2)) -> str:
    """The texts of the table, each in its cell."""
    return "".join(text(XS[c] + 2, YS[r] + 5, TABLE[r][c]) for r in rows for c in range(3))


def lines() -> str:
    """The data of all rules of the table, as one path."""
    level = [f"M {XS[0]:g} {y:g} L {XS[-1]:g} {y:g}" for y in YS]
    return " ".join(level + [f"M {x:g} {YS[0]:g} L {x:g} {YS[-1]:g}" for x in XS])


def ruled() -> str:
    """The rules of the table."""
    return path(lines(), LineWidth=0.2)


def write(
    *pages: Spec | str,
    templates: Mapping[str, str] | None = None,
    resources: str = "",
    parts: Mapping[str, str | bytes] | None = None,
    document: str = "",
    body: str = "",
    area: str = "<PhysicalBox>0 0 210 297</PhysicalBox>",
    bodies: str = "",
    locations: Sequence[str] = (),
) -> bytes:
    """A package. `templates` are objects by template id, `resources` what its resource part holds, `parts` further members (or
    others in place of its own), `document`, `body` and `bodies` further elements of the document, its body and the root,
    `locations` of pages in place of the usual ones."""
    listed = []
    members: dict[str, str | bytes] = {}
    for k, spec in enumerate(pages):
        spec = Spec(spec) if isinstance(spec, str) else spec
        uses = "".join(f'<Template TemplateID="{key}" ZOrder="{order}"/>' for key, order in spec.templates.items())
        own = f"<Area>{spec.area}</Area>" if spec.area else ""
        content = f'<Content><Layer ID="9">{spec.objects}</Layer></Content>'
        members[f"Doc_0/Pages/Page_{k}/Content.xml"] = f"<Page {SPACE}>{uses}{spec.more}{own}{content}</Page>"
        location = locations[k] if k < len(locations) else f"Pages/Page_{k}/Content.xml"
        listed.append(f'<Page ID="{100 + k}" BaseLoc="{location}"/>')
    named = []
    for key, objects in (templates or {}).items():
        members[f"Doc_0/Tpls/{key}.xml"] = f'<Page {SPACE}><Content><Layer ID="8">{objects}</Layer></Content></Page>'
        named.append(f'<TemplatePage ID="{key}" BaseLoc="Tpls/{key}.xml"/>')
    if resources:
        members["Doc_0/Res.xml"] = f'<Res {SPACE} BaseLoc="Res">{resources}</Res>'
        named.insert(0, "<PublicRes>Res.xml</PublicRes>")
    common = f"<CommonData><PageArea>{area}</PageArea>{''.join(named)}</CommonData>"
    members["Doc_0/Document.xml"] = f"<Document {SPACE}>{common}<Pages>{''.join(listed)}</Pages>{document}</Document>"
    info = "<DocInfo><DocID>1</DocID></DocInfo><DocRoot>Doc_0/Document.xml</DocRoot>"
    members["OFD.xml"] = f'<OFD {SPACE} Version="1.0"><DocBody>{info}{body}</DocBody>{bodies}</OFD>'
    members.update(parts or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, member in members.items():
            package.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), member, zipfile.ZIP_DEFLATED)
    return out.getvalue()
