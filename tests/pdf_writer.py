"""A writer of small PDFs for tests: content streams in, bytes out, no library needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FONTS = (
    b"<</F1 <</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    b"/F2 <</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts["
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/CIDSystemInfo"
    b"<</Registry(Adobe)/Ordering(GB1)/Supplement 0>>/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light"
    b"/Flags 4/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 700/StemV 80>>>>]>>"
    b"/F3 %d 0 R>>"
)
TYPE3_GLYPHS = {
    "0": b"500 0 50 0 450 700 d1 50 0 400 700 re f",
    "1": b"500 0 200 0 300 700 d1 200 0 100 700 re f",
    "2": b"500 0 50 0 450 700 d1 50 0 400 700 re f",
    "-": b"500 0 50 300 450 340 d1 50 300 400 40 re f",
    ".": b"250 0 90 0 160 70 d1 90 0 70 70 re f",
}


class Typed(NamedTuple):
    """Text typed over a page: the value of a form's field, of which the file has no picture, or a note with one."""

    box: tuple[float, float, float, float]
    text: str
    is_field: bool = True


class PageSpec(NamedTuple):
    """A page: its content stream, media box, crop box, /Rotate, and what is typed over it."""

    content: str
    media: tuple[float, float, float, float] = (0, 0, 595, 842)
    crop: tuple[float, float, float, float] | None = None
    rotate: int = 0
    typed: tuple[Typed, ...] = ()


class FormSpec(NamedTuple):
    """A form XObject, called /X0, /X1... in the order given; forms may call each other."""

    content: str
    matrix: tuple[float, float, float, float, float, float] = (1, 0, 0, 1, 0, 0)
    bbox: tuple[float, float, float, float] = (-2000, -2000, 2000, 2000)


def shown(x: float, y: float, text: str, size: float = 9, mode: int = 0, matrix: str = "1 0 0 1", font: str = "") -> str:
    """Operators that show a text: Chinese where it has any, else Helvetica."""
    name = font or ("F1" if text.isascii() else "F2")
    string = (
        "<" + text.encode("utf-16-be").hex() + ">" if name == "F2" else "(" + text.replace("(", "\\(").replace(")", "\\)") + ")"
    )
    return f"BT {mode} Tr /{name} {size} Tf {matrix} {x} {y} Tm {string} Tj ET\n"


def numbers(values: Sequence[float]) -> bytes:
    """Numbers as a PDF array has them."""
    return " ".join(map(str, values)).encode()


def write_pdf(pages: Sequence[PageSpec], forms: Sequence[FormSpec] = (), extra: bytes = b"") -> bytes:
    """The file."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(entries: bytes, data: bytes) -> bytes:
        return b"<<" + entries + b"/Length %d>>stream\n" % len(data) + data + b"\nendstream"

    procedures = b"".join(b"/g%d %d 0 R" % (ord(c), add(stream(b"", code))) for c, code in TYPE3_GLYPHS.items())
    differences = b"".join(b" %d/g%d" % (ord(c), ord(c)) for c in TYPE3_GLYPHS)
    widths = b" ".join(b"250" if chr(c) == "." else b"500" for c in range(45, 51))
    unicode_map = b"/CIDInit/ProcSet findresource begin begincmap 1 begincodespacerange<00><ff>endcodespacerange "
    unicode_map += b"%d beginbfchar" % len(TYPE3_GLYPHS)
    unicode_map += b"".join(b"<%02x><%04x>" % (ord(c), ord(c)) for c in TYPE3_GLYPHS) + b"endbfchar endcmap end"
    to_unicode = add(stream(b"", unicode_map))
    type3 = add(
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 500 700]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<<"
        + procedures
        + b">>/Encoding<</Type/Encoding/Differences["
        + differences
        + b"]>>/FirstChar 45/LastChar 50/Widths["
        + widths
        + b"]/ToUnicode %d 0 R>>" % to_unicode
    )
    first_form = len(objects) + 2
    resources = len(objects) + 1
    names = b"".join(b"/X%d %d 0 R" % (i, first_form + i) for i in range(len(forms)))
    add(b"<</Font " + FONTS % type3 + b"/ExtGState<</Clear<</ca 0>>>>/XObject<<" + names + b">>>>")
    for form in forms:
        entries = b"/Type/XObject/Subtype/Form/BBox[%s]/Matrix[%s]/Resources %d 0 R" % (
            numbers(form.bbox),
            numbers(form.matrix),
            resources,
        )
        add(stream(entries, form.content.encode("latin-1")))
    kids: list[int] = []
    fields: list[int] = []

    def annotation(typed: Typed) -> int:
        place = b"/Type/Annot/F 4/Rect[%s]" % numbers(typed.box)
        if typed.is_field:
            value = b"/FT/Tx/T(f%d)/V(%s)/DA(/Helv 9 Tf 0 g)" % (len(fields), typed.text.encode())
            fields.append(add(b"<<" + place + b"/Subtype/Widget" + value + b">>"))
            return fields[-1]
        size = numbers((0, 0, typed.box[2] - typed.box[0], typed.box[3] - typed.box[1]))
        picture = stream(
            b"/Type/XObject/Subtype/Form/BBox[%s]/Resources %d 0 R" % (size, resources), shown(2, 3, typed.text).encode()
        )
        return add(b"<<" + place + b"/Subtype/FreeText/DA(/Helv 9 Tf)/AP<</N %d 0 R>>>>" % add(picture))

    notes = [b" ".join(b"%d 0 R" % annotation(typed) for typed in page.typed) for page in pages]
    tree = len(objects) + 2 * len(pages) + 1
    for page, over in zip(pages, notes, strict=True):
        content = add(stream(b"", page.content.encode("latin-1")))
        crop = b"/CropBox[%s]" % numbers(page.crop) if page.crop else b""
        kids.append(
            add(
                b"<</Type/Page/Parent %d 0 R/MediaBox[%s]%s/Rotate %d/Resources %d 0 R/Contents %d 0 R/Annots[%s]>>"
                % (tree, numbers(page.media), crop, page.rotate, resources, content, over)
            )
        )
    add(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % k for k in kids)))
    filled = b""
    if fields:
        font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
        named = b" ".join(b"%d 0 R" % field for field in fields)
        filled = b"/AcroForm<</Fields[%s]/DA(/Helv 9 Tf 0 g)/DR<</Font<</Helv %s>>>>>>" % (named, font)
    catalog = add(b"<</Type/Catalog/Pages %d 0 R%s>>" % (tree, filled))
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root %d 0 R" % (len(objects) + 1, catalog) + extra + b">>"
    out += b"\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
