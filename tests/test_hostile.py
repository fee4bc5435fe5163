"""A folder of hostile files among good ones: the good ones are extracted, each bad one says what is wrong with it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from gov_extract.dataset import open_dataset
from gov_extract.run import extract_folder
from tests.handmade import report_text
from tests.ofd_writer import write as write_ofd
from tests.sheet_writer import record, rows, xls, xlsx


def pdf(pages: int) -> bytes:
    document = pdfium.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 200)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def written_pdf(encrypt: StandardEncryption | None = None) -> bytes:
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, encrypt=encrypt)
    page.drawString(100, 100, "report " * 50)
    page.showPage()
    page.save()
    return buffer.getvalue()


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(200):
                part.write(b"<w:p/>" * 170_000)
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def rowspan() -> bytes:
    cell = '<td rowspan="999999999" colspan="999999999">一、本年新收政府信息公开申请数量</td>'
    return f"<html><body><table><tr>{cell}<td>1</td></tr></table></body></html>".encode()


def encrypted_ofd() -> bytes:
    return write_ofd("", parts={"Encryptions.xml": "<Encryptions/>"})


def bomb_ofd() -> bytes:
    return write_ofd("", parts={"Doc_0/Pages/Page_0/Content.xml": "<Page>" + " " * 30_000_000})


def bomb_sheet() -> bytes:
    return xlsx(rows(*['<c r="A1"><v>1</v></c>' * 400] * 2500))


BAD: dict[str, Callable[[], bytes]] = {
    "empty.pdf": lambda: b"",
    "truncated.pdf": lambda: written_pdf()[:400],
    "encrypted.pdf": lambda: written_pdf(StandardEncryption("secret", "owner")),
    "junk.pdf": lambda: bytes(range(256)) * 40,
    "image.docx": png,
    "no_pages.pdf": lambda: pdf(0),
    "many_pages.pdf": lambda: pdf(5000),
    "bomb.docx": bomb,
    "bomb.ofd": bomb_ofd,
    "encrypted.ofd": encrypted_ofd,
    "no_pages.ofd": write_ofd,
    "truncated.ofd": lambda: write_ofd("")[:300],
    "bomb.xlsx": bomb_sheet,
    "encrypted.xls": lambda: xls(b"", first=record(0x2F, bytes(54))),
    "truncated.xls": lambda: xls(b"")[:1700],
    "truncated.doc": lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(22) + struct.pack("<HH", 9, 6) + bytes(600),
    "nothing.zip": lambda: zipped({"Thumbs.db": b"x"}),
    "truncated.zip": lambda: zipped({"a.txt": report_text(2021).encode()})[:-40],
    "no_page.mht": lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b--\r\n",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "in").mkdir()
    for name, make in BAD.items():
        (folder / "in" / name).write_bytes(make())
    (folder / "in" / "rowspan.html").write_bytes(rowspan())
    for year in (2021, 2022):
        (folder / "in" / f"good{year}.txt").write_text(report_text(year), "utf-8")
    extract_folder(folder / "in", folder / "out", workers=2, seconds=60)
    return folder / "out"


def test_the_good_ones_are_extracted(out: Path) -> None:
    documents = open_dataset(out).load("documents").set_index("source")
    for year in (2021, 2022):
        document = documents.loc[f"good{year}.txt"]
        assert (document["status"], document["report_year"], document["checks_failed"]) == ("complete", year, 0)


@pytest.mark.parametrize("name", BAD)
def test_each_bad_one_has_a_row_that_a_person_understands(out: Path, name: str) -> None:
    document = open_dataset(out).load("documents").set_index("source").loc[name]
    assert document["status"] == "failed"
    assert len(document["error"]) > 20
    assert "internal error" not in document["error"]
    assert "Error" not in document["error"]
    findings = open_dataset(out).load("findings")
    findings = findings[(findings["document_id"] == document["document_id"]) & (findings["code"] != "misnamed")]
    assert findings["severity"].tolist() == ["error"]
    assert findings["code"].tolist() not in (["internal_error"], ["worker_died"], ["timed_out"], ["failed"])


def test_a_page_with_boundless_spans_is_survived(out: Path) -> None:
    document = open_dataset(out).load("documents").set_index("source").loc["rowspan.html"]
    assert "internal error" not in (document["error"] if document["status"] == "failed" else "")
