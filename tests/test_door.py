"""The door: every kind of file is told by its content, and what cannot be read is refused in words."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gov_extract.readers as door
from gov_extract.document import Document
from gov_extract.errors import LimitError, MissingExtraError, ReadError
from gov_extract.readers import READERS, Limits, read, sniff
from gov_extract.readers.limits import open_package, unpack
from gov_extract.readers.sniffing import kinds
from gov_extract.report import extract

SHARED = Path(__file__).parents[1].parent / "shared"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def archive(*names: str, first: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        if first:
            made.writestr("mimetype", first)
        for name in names:
            made.writestr(name, "<x/>")
    return stream.getvalue()


def ole(*streams: str) -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + b"".join(name.encode("utf-16-le") + bytes(8) for name in streams)


KINDS = [
    (b"%PDF-1.7\n", "application/pdf"),
    (b"\r\n\r\nHTTP junk\r\n" + bytes(900) + b"%PDF-1.4\n", "application/pdf"),
    (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), DOCX),
    (archive("[Content_Types].xml", "word\\document.xml"), DOCX),
    (archive("[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (archive("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
    (archive("content.xml", first=b"application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
    (archive("a.pdf"), "application/zip"),
    (ole("Root Entry", "WordDocument"), "application/msword"),
    (ole("Root Entry", "Workbook"), "application/vnd.ms-excel"),
    (ole("EncryptionInfo", "EncryptedPackage"), "application/encrypted"),
    (b"{\\rtf1\\ansi", "application/rtf"),
    (PNG, "image/png"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
    (b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + bytes(60), "image/bmp"),
    (b"BMW", "text/plain"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c\x00\x04", "application/x-7z-compressed"),
    (gzip.compress(b"x", mtime=0), "application/gzip"),
    (b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=x\r\n", "multipart/related"),
    ("﻿<!DOCTYPE html><p>一".encode(), "text/html"),
    ("<html><p>一".encode("utf-16"), "text/html"),
    ("<!-- saved --><div>一</div>".encode("gb18030"), "text/html"),
    ("Warning: x\n<html><p>一".encode(), "text/html"),
    (b"<?xml version='1.0'?><w:wordDocument/>", "application/xml"),
    (b'{"code": 0}', "application/json"),
    ("一、总体情况".encode(), "text/plain"),
    ("一、总体情况".encode("gb18030"), "text/plain"),
    ("一、总体情况".encode("utf-16"), "text/plain"),
    ("一、总体情况\n规章 %PDF".encode(), "text/plain"),
    (bytes(range(256)) * 8, "application/octet-stream"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "media_type"), KINDS)
def test_the_content_tells_the_kind(data: bytes, media_type: str) -> None:
    assert sniff(data) == media_type


@pytest.mark.parametrize(("data", "media_type"), [pair for pair in KINDS if pair[1] not in READERS])
def test_kinds_without_a_reader_are_refused_by_name(data: bytes, media_type: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(data, name="report.docx")
    error = caught.value
    assert error.code == {"application/encrypted": "encrypted", "application/octet-stream": "unknown_format"}.get(
        media_type, "unsupported_format"
    )
    if error.code == "unsupported_format":
        assert next(kind.name for kind in kinds() if kind.media_type == media_type) in str(error)
    assert pickle.loads(pickle.dumps(error)).code == error.code


def test_a_torn_image_named_docx() -> None:
    with pytest.raises((ReadError, MissingExtraError)) as refused:
        read(PNG, name="某局.docx")
    assert refused.value.code in ("damaged", "ocr_not_installed")


@pytest.mark.parametrize("data", [b"", b"  \r\n", bytes(5000)])
def test_an_empty_file(data: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        read(data, name="a.pdf")
    assert caught.value.code == "empty_file"


def test_a_zip_without_its_end() -> None:
    whole = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
    with pytest.raises(ReadError) as caught:
        read(whole[:150], name="a.docx")
    assert caught.value.code == "truncated"


def test_junk_with_a_pdf_name() -> None:
    with pytest.raises(ReadError, match=r"unknown kind, though named \.pdf") as caught:
        read(bytes(range(256)) * 8, name="a.PDF")
    assert caught.value.code == "unknown_format"


@pytest.mark.parametrize("name", ["a.pdf", "a.doc", "a.docx", "a.txt"])
def test_readable_content_under_another_name_is_read(name: str) -> None:
    document = read("<html><body><p>一、总体情况</p></body></html>".encode(), name=name)
    assert document.media_type == "text/html"
    assert [(finding.severity, finding.code) for finding in document.findings] == [("info", "misnamed")]


@pytest.mark.parametrize("name", ["a.html", "a.jhtml", "a", "", "a.htm", "x/y.z/a"])
def test_a_fitting_or_meaningless_name_is_no_finding(name: str) -> None:
    assert read("<html><body><p>一、总体情况</p></body></html>".encode(), name=name).findings == ()


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.txt", "text/plain"), ("a.md", "text/markdown"), ("a.csv", "text/csv"), ("a", "text/plain")]
)
def test_the_name_tells_kinds_of_text_apart(name: str, media_type: str) -> None:
    document = read("一、总体情况".encode(), name=name)
    assert (document.media_type, document.findings) == (media_type, ())


def test_too_many_bytes() -> None:
    with pytest.raises(LimitError, match="limit of"):
        read(b"a" * 100, limits=Limits(max_bytes=99))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * 100)
    monkeypatch.delattr(Path, "read_bytes")
    report = extract(path, limits=Limits(max_bytes=99))
    with pytest.raises(LimitError) as caught:
        read(b"a" * 100, limits=Limits(max_bytes=99))
    assert (report.status, report.error, report.bytes) == ("failed", str(caught.value), 100)
    assert [finding.code for finding in report.findings] == ["too_large"]


def test_a_container_that_declares_too_much() -> None:
    data = archive("[Content_Types].xml", "word/document.xml")
    with pytest.raises(LimitError):
        read(data, limits=Limits(max_unpacked=7))
    with pytest.raises(LimitError):
        read(data, limits=Limits(max_members=1))


def test_a_member_that_lies_about_its_size() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/document.xml", bytes(3_000_000))
    honest = stream.getvalue()
    lying = honest.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 10))
    assert lying != honest
    limits = Limits(max_unpacked=1_000_000, max_part=1_000_000)
    with pytest.raises(LimitError):
        open_package(honest, limits)
    try:
        part = unpack(open_package(lying, limits), "word/document.xml", limits)
    except (ReadError, zipfile.BadZipFile):
        return
    assert part is not None
    assert len(part) <= 1_000_000


def test_a_member_under_a_password() -> None:
    data = bytearray(archive("[Content_Types].xml", "word/document.xml"))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    with pytest.raises(ReadError) as caught:
        read(bytes(data))
    assert caught.value.code == "encrypted"


@pytest.mark.parametrize("error", [KeyError("word/x.xml"), RecursionError(), MemoryError(), SyntaxError("xml"), EOFError()])
def test_what_damage_raises_becomes_words(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(data: bytes, limits: Limits) -> Document:
        raise error

    monkeypatch.setattr(door, "READERS", {"text/plain": fails})
    with pytest.raises(ReadError, match="damaged") as caught:
        read(b"a")
    assert caught.value.code == "damaged"
    assert caught.value.__cause__ is error


def test_a_defect_of_our_own_is_not_called_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(data: bytes, limits: Limits) -> Document:
        raise AttributeError

    monkeypatch.setattr(door, "READERS", {"text/plain": fails})
    with pytest.raises(AttributeError):
        read(b"a")


def test_every_reader_has_its_kind() -> None:
    assert {kind.media_type for kind in kinds()} >= set(READERS)
    extensions = [extension for kind in kinds() for extension in kind.extensions]
    assert len(extensions) == len(set(extensions))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "PK\x03\x04", "<html>", "BM"]))
def test_any_bytes_are_read_or_refused(data: bytes, start: str) -> None:
    with suppress(ReadError):
        assert read(start.encode("latin-1") + data, name="a.txt").pages


@pytest.mark.skipif(not SHARED.exists(), reason="the shared documents are not here")
def test_the_shared_documents() -> None:
    expected = {".pdf": "application/pdf", ".docx": DOCX, ".txt": "text/plain", ".ofd": "application/ofd"}
    for path in [*(SHARED / "real").iterdir(), *(SHARED / "samples").iterdir()]:
        if path.suffix in expected:
            assert sniff(path.read_bytes()) == expected[path.suffix], path.name
