"""Small writers of workbooks, for tests that set every cell by hand.

In: XML of rows, or records. Out: bytes of XLSX, ODS and XLS.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
BORDER = '<border><left style="thin"/><right/><top/><bottom/></border>'


def zipped(members: Mapping[str, str | bytes], first: str = "") -> bytes:
    """Members as a zip; `first` is a ``mimetype`` in front."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        if first:
            package.writestr(zipfile.ZipInfo("mimetype", (2024, 1, 1, 0, 0, 0)), first, zipfile.ZIP_STORED)
        for name, content in members.items():
            package.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def xlsx(
    *sheets: str,
    formats: Sequence[str] = (),
    strings: str = "",
    states: Sequence[str] = (),
    properties: str = "",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook of sheets given as the XML below ``worksheet``. Styles: 0 plain, 1 with borders, then one for each format."""
    codes = "".join(f'<numFmt numFmtId="{200 + k}" formatCode="{code}"/>' for k, code in enumerate(formats))
    cells = '<xf numFmtId="0" borderId="0"/><xf numFmtId="0" borderId="1"/>'
    cells += "".join(f'<xf numFmtId="{200 + k}" borderId="0"/>' for k in range(len(formats)))
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><borders><border><left/></border>{BORDER}</borders>'
        f"<cellXfs>{cells}</cellXfs></styleSheet>"
    )
    entries, relations = "", ""
    members: dict[str, str | bytes] = {}
    for k, sheet in enumerate(sheets):
        state = f' state="{states[k]}"' if k < len(states) and states[k] else ""
        entries += f'<sheet name="表{k + 1}" sheetId="{k + 1}"{state} r:id="r{k}"/>'
        relations += f'<Relationship Id="r{k}" Type="{OFFICE}/worksheet" Target="worksheets/s{k}.xml"/>'
        members[f"xl/worksheets/s{k}.xml"] = f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'
    root = f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{RELATIONS}">{root}</Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{entries}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{relations}</Relationships>',
            "xl/styles.xml": styles,
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
            **members,
            **(parts or {}),
        }
    )


def words(reference: str, text: str, style: int = 0) -> str:
    """A cell with a text of its own."""
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'


def figure(reference: str, value: object, style: int = 0, more: str = "") -> str:
    """A cell with a number."""
    return f'<c r="{reference}" s="{style}">{more}<v>{value}</v></c>'


def rows(*cells: str) -> str:
    """Rows from 1 on, each given as the XML of its cells."""
    return f"<sheetData>{''.join(f'<row>{row}</row>' for row in cells)}</sheetData>"


# ── ODS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

ODS = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
    )
)


def ods(*tables: str, manifest: str = "", hidden: Sequence[int] = (), styles: str = "") -> bytes:
    """A workbook of tables given as the XML below ``table:table``, some of them `hidden`, by their number from 1. The style
    ``b`` has borders; `styles` are further ones, as XML."""
    ruled = '<style:table-cell-properties fo:border="0.5pt solid #000"/>'
    known = f'<style:style style:name="b" style:family="table-cell">{ruled}</style:style>'
    known += '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
    styled = dict.fromkeys(hidden, ' table:style-name="h"')
    held = "".join(
        f'<table:table table:name="表{k}"{styled.get(k, "")}>{table}</table:table>' for k, table in enumerate(tables, 1)
    )
    content = (
        f"<office:document-content {_SPACES}><office:automatic-styles>{known}{styles}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{held}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"content.xml": content, "META-INF/manifest.xml": manifest or "<m/>"}, ODS)


def cell(text: str = "", more: str = "") -> str:
    """A cell with what it shows."""
    return f"<table:table-cell {more}>{f'<text:p>{text}</text:p>' if text else ''}</table:table-cell>"


def line(*cells: str, more: str = "") -> str:
    """A row of cells."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


# ── XLS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def record(kind: int, body: bytes = b"") -> bytes:
    """A record."""
    return struct.pack("<HH", kind, len(body)) + body


def wide(text: str, length: str = "<H") -> bytes:
    """A text with its length, two bytes a character."""
    return struct.pack(length, len(text)) + b"\1" + text.encode("utf-16-le")


def shared(*texts: str) -> bytes:
    """The record of shared texts."""
    return record(0xFC, struct.pack("<II", len(texts), len(texts)) + b"".join(wide(text) for text in texts))


def xls(
    *sheets: bytes,
    strings: bytes = b"",
    states: Sequence[int] = (),
    formats: Sequence[str] = (),
    first: bytes = b"",
    version: int = 0x600,
    name: str = "Workbook",
) -> bytes:
    """A workbook of sheets given as records. Styles: 0 plain, 1 with borders, then one for each format."""
    globals_ = record(0x809, struct.pack("<HHHHII", version, 5, 0, 0, 0, 0)) + first
    for k, code in enumerate(formats):
        globals_ += record(0x41E, struct.pack("<H", 200 + k) + wide(code))
    for number, border in [(0, 0), (0, 1), *((200 + k, 0) for k in range(len(formats)))]:
        globals_ += record(0xE0, struct.pack("<HHHHHHHHHH", 0, number, 0, 0, 0, border, 0, 0, 0, 0))
    globals_ += strings
    bound = [wide(f"表{k + 1}", "<B") for k in range(len(sheets))]
    at = len(globals_) + sum(4 + 6 + len(text) for text in bound) + 4
    bodies = [record(0x809, struct.pack("<HHHHII", version, 16, 0, 0, 0, 0)) + sheet + record(0x0A) for sheet in sheets]
    listed = b""
    for k, (text, body) in enumerate(zip(bound, bodies, strict=True)):
        listed += record(0x85, struct.pack("<IBB", at, states[k] if k < len(states) else 0, 0) + text)
        at += len(body)
    return ole(globals_ + listed + record(0x0A) + b"".join(bodies), name)


def ole(stream: bytes, name: str) -> bytes:
    """A compound file with one stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *(k + 1 for k in range(2, count + 1)), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    if len(fat) > 128:
        raise ValueError("too long for one sector of the table")
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<4I", header, 48, 1, 0, 4096, 0xFFFFFFFE)
    struct.pack_into("<3I", header, 64, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)

    def entry(called: str, kind: int, start: int, size: int) -> bytes:
        raw = called.encode("utf-16-le") + b"\0\0"
        made = bytearray(128)
        made[: len(raw)] = raw
        struct.pack_into("<HBB", made, 64, len(raw), kind, 1)
        struct.pack_into("<3I", made, 68, 0xFFFFFFFF, 0xFFFFFFFF, 1 if kind == 5 else 0xFFFFFFFF)
        struct.pack_into("<II", made, 116, start, size)
        return bytes(made)

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry(name, 2, 2, len(stream)) + bytes(256)
    return bytes(header) + struct.pack("<128I", *fat) + directory + stream
