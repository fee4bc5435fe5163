"""Web pages with what was saved beside them: in one file, in a folder, in frames; and what is never opened for them."""

from __future__ import annotations

import base64
import io
import quopri
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract import extract, extract_all
from gov_extract.document import Document, Grid, Page
from gov_extract.errors import LimitError, MissingExtraError, ReadError
from gov_extract.readers import Limits, read, sniff
from gov_extract.readers.html import read_html
from gov_extract.readers.saved.folder import fetch_beside, relative
from gov_extract.readers.saved.mail import opened
from gov_extract.sources import find_sources
from tests.measure.corpus import DOCUMENTS, truth_of
from tests.measure.score import score

WEB = DOCUMENTS / "html_utf8-50016.html"
TABLE = "<table><tr><td>项目</td><td>数量</td></tr>" + "<tr><td>规章</td><td>12</td></tr>" * 12 + "</table>"

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


def mail(*parts: tuple[str, str, bytes], head: str = "", coding: str = "base64") -> bytes:
    """A web archive: content type, headers and bytes of each part."""
    made = [f'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary="b"{head}\r\n'.encode()]
    for kind, headers, body in parts:
        packed = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(coding, bytes)(body)
        made.append(
            f"\r\n--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {coding}\r\n{headers}\r\n".encode() + packed
        )
    return b"".join(made) + b"\r\n--b--\r\n"


def text_of(document: Document) -> str:
    return "".join(page.text for page in document.pages)


def grids(document: Document) -> int:
    return sum(isinstance(block, Grid) for page in document.pages for block in page.blocks)


# ── One file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize(("charset", "declared"), [("utf-8", ""), ("gb18030", ""), ("gb18030", '; charset="gb2312"')])
def test_a_page_is_read_in_every_wrapping_and_encoding(coding: str, charset: str, declared: str) -> None:
    page = f"<html><body><p>一、总体情况㐂</p>{TABLE}</body></html>".encode(charset)
    data = mail(("text/html" + declared, "", page), coding=coding)
    assert sniff(data) == "multipart/related"
    document = read(data, name="a.mht")
    assert "一、总体情况㐂" in text_of(document)
    assert (grids(document), document.findings) == (1, ())


def test_a_charset_that_the_part_declares_counts_where_the_page_has_none() -> None:
    page = "<p>一、总体情况</p>".encode("utf-16-le")
    assert "一、总体情况" in text_of(read(mail(('text/html; charset="utf-16le"', "", page))))
    for charset in ('"x y"', "nonsense", '"><script>'):
        assert "一、总体情况" in text_of(read(mail((f"text/html; charset={charset}", "", "<p>一、总体情况</p>".encode()))))


def test_the_page_is_the_part_that_the_archive_starts_with() -> None:
    first, second = (f"<html><body><p>{n}</p></body></html>".encode() for n in ("先", "后"))
    parts = (("text/html", "Content-ID: <one>\r\n", first), ("text/html", "Content-ID: <two>\r\n", second))
    assert text_of(read(mail(*parts))).strip() == "先"
    assert text_of(read(mail(*parts, head=';\r\n\tstart="<two>"'))).strip() == "后"


def test_a_web_archive_named_doc_is_read_and_not_called_misnamed() -> None:
    document = read(mail(("text/html", "", TABLE.encode())), name="某局.doc")
    assert (document.media_type, grids(document), document.findings) == ("multipart/related", 1, ())


def test_what_holds_no_page_is_refused() -> None:
    for data in (mail(("image/png", "", b"x")), mail()):
        with pytest.raises(ReadError, match="no page") as caught:
            read(data)
        assert caught.value.code == "damaged"


def test_parts_are_counted_and_parts_inside_parts_end() -> None:
    data = mail(*[("text/html", "", b"<p>x</p>")] * 30)
    with pytest.raises(LimitError):
        read(data, limits=Limits(max_members=20))
    deep = b"MIME-Version: 1.0\r\n" + b"".join(
        f'Content-Type: multipart/related; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode() for n in range(300)
    )
    with pytest.raises(ReadError):
        read(deep + b"Content-Type: text/html\r\n\r\n<p>x</p>")


@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=b{n}", "message/rfc822"])
def test_parts_inside_parts_are_counted_before_they_are_parsed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("email.message_from_bytes", never)
    deep = b"".join(f"Content-Type:\r\n {kind.format(n=n)}\r\n\r\n--b{n}\r\n".encode() for n in range(70))
    with pytest.raises(LimitError):
        opened(b"MIME-Version: 1.0\r\n" + deep, Limits())
    with pytest.raises(LimitError):
        opened(b"MIME-Version: 1.0\r\n" + b"--x\r\n" * 500, Limits(max_members=20))


def test_a_frame_of_a_web_archive_is_put_in_its_place() -> None:
    outer = b'<html><body><p>top</p><iframe src="cid:f"></iframe></body></html>'
    data = mail(("text/html", "", outer), ("text/html", "Content-ID: <f>\r\n", TABLE.encode()))
    document = read(data)
    assert grids(document) == 1
    assert text_of(document).index("top") < text_of(document).index("规章")


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_is_broken_in_a_web_archive_it_is_read_or_refused(data: st.DataObject) -> None:
    broken = bytearray(mail(("text/html; charset=gb2312", "Content-ID: <a>\r\n", TABLE.encode()), coding="quoted-printable"))
    for _ in range(data.draw(st.integers(1, 12))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        opened(bytes(broken), Limits())
        read(bytes(broken))
    except ReadError:
        pass


# ── A folder beside the page ──────────────────────────────────────────────────────────────────────────────────────────


def saved(folder: Path, page: str, /, ending: str = "_files", **beside: bytes) -> Path:
    """A page with its folder; the names of what is in it have ``__`` for their dots."""
    path = folder / "年报.html"
    path.write_text(page, "utf-8")
    inside = folder / f"年报{ending}"
    inside.mkdir()
    for name, body in beside.items():
        (inside / name.replace("__", ".")).write_bytes(body)
    return path


@pytest.mark.parametrize("ending", ["_files", ".files", "_file"])
def test_the_report_in_a_frame_is_read_from_the_folder_that_was_saved_with_the_page(tmp_path: Path, ending: str) -> None:
    frame = f'<html><body><p>首页</p><iframe src="./年报{ending}/in.html"></iframe></body></html>'
    path = saved(tmp_path, frame, ending, in__html=WEB.read_bytes())
    truth = truth_of(WEB)
    assert score(path.name, extract(path), truth).exact == len(truth["cells"])
    assert extract(path.read_bytes(), name="a.html").status == "no_tables"


def test_a_page_of_frames_alone_becomes_what_they_hold(tmp_path: Path) -> None:
    sets = '<html><frameset><frame src="年报_files/one.htm"><frame src="年报_files/two.htm"></frameset></html>'
    path = saved(tmp_path, sets, one__htm=TABLE.encode(), two__htm="<p>第二页</p>".encode())
    document = read(path.read_bytes(), fetch=fetch_beside(path, 10_000))
    assert grids(document) == 1
    assert "第二页" in text_of(document)


def test_frames_that_hold_each_other_end() -> None:
    pages = {"a": b'<p>a</p><iframe src="b"></iframe>', "b": b'<p>b</p><iframe src="a"></iframe>' + TABLE.encode()}
    document = read_html(b'<html><body><iframe src="a"></iframe></body></html>', Limits(), pages.get)
    assert text_of(document).count("b") == 1


def test_a_frame_does_not_replace_tables_that_the_page_has_itself() -> None:
    page = f'<html><body><iframe src="x"></iframe>{TABLE}</body></html>'.encode()
    document = read_html(page, Limits(), {"x": b"<table><tr><td>1</td></tr></table>"}.get)
    assert grids(document) == 1


def test_files_saved_with_a_page_are_no_documents_of_their_own(tmp_path: Path) -> None:
    saved(tmp_path, "<p>x</p>", style__css=b"x", in__html=b"<p>y</p>", report__pdf=b"%PDF-1.4")
    (tmp_path / "其他_files").mkdir()
    (tmp_path / "其他_files" / "a.html").write_bytes(b"<p>z</p>")
    assert [source.source for source in find_sources(tmp_path)] == ["其他_files/a.html", "年报.html", "年报_files/report.pdf"]


def test_the_same_in_an_archive() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("年报.html", '<html><body><p>x</p><iframe src="年报_files/in.html"></iframe></body></html>')
        made.writestr("年报_files/in.html", WEB.read_bytes())
        made.writestr("年报_files/a.css", "x")
    (report,) = extract_all(stream.getvalue(), name="a.zip")
    truth = truth_of(WEB)
    assert report.source == "a.zip!年报.html"
    assert score("a.zip", report, truth).exact == len(truth["cells"])


@pytest.mark.parametrize(
    "address",
    ["../secret.html", "年报_files/../secret.html", "/etc/hostname", "file:///etc/hostname", "http://example.org/a.html",
     "//example.org/a.html", "年报_files", "年报_files/", "年报_files/%2e%2e/secret.html", "C:\\secret.html", "年报_files/\x00",
     "http://[", "年报_files\\..\\secret.html"],
)  # fmt: skip
def test_nothing_outside_that_folder_is_opened(tmp_path: Path, address: str) -> None:
    path = saved(tmp_path, "x", in__html=b"<p>in</p>")
    (tmp_path / "secret.html").write_bytes(b"secret")
    fetch = fetch_beside(path, 1000)
    assert fetch is not None
    assert fetch("年报_files/in.html") == b"<p>in</p>"
    assert fetch(address) is None


@posix
def test_a_link_in_that_folder_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_bytes(b"secret")
    path = saved(tmp_path, "x", big__html=bytes(2000))
    (tmp_path / "年报_files" / "link.html").symlink_to(tmp_path / "secret.html")
    fetch = fetch_beside(path, 1000)
    assert fetch is not None
    assert fetch("年报_files/link.html") is None
    # Neither is one that is too large, and that is told.
    with pytest.raises(LimitError, match="2,000 bytes"):
        fetch("年报_files/big.html")


@posix
def test_a_folder_that_is_a_link_is_none_that_was_saved_with_the_page(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "in.html").write_bytes(b"secret")
    given_folder = tmp_path / "given"
    given_folder.mkdir()
    page = given_folder / "年报.html"
    page.write_text("x", "utf-8")
    (given_folder / "年报_files").symlink_to(outside, target_is_directory=True)
    assert fetch_beside(page, 1000) is None
    (given_folder / "年报_files").unlink()
    (given_folder / "年报_files" / "real").mkdir(parents=True)
    (given_folder / "年报_files" / "real" / "in.html").write_bytes(b"own")
    (given_folder / "年报_files" / "link").symlink_to(given_folder / "年报_files" / "real", target_is_directory=True)
    fetch = fetch_beside(page, 1000)
    assert fetch is not None
    assert fetch("年报_files/real/in.html") == b"own"
    assert fetch("年报_files/link/in.html") is None


def test_addresses_with_queries_lead_to_the_file() -> None:
    assert relative("a_files/in.html?x=1#y") == "a_files/in.html"
    assert relative("./a_files/%E5%B9%B4.html") == "a_files/年.html"
    assert relative("a.html") == "a.html"


# ── Tables that are pictures ──────────────────────────────────────────────────────────────────────────────────────────


def recogniser(seen: list[bytes]) -> Document:
    """What a reader of pictures made: one page with one table."""
    page = read(TABLE.encode()).pages[0]
    return Document("image/png", (Page(1, 100.0, 100.0, page.blocks, page.text, reader="ocr"),), {})


def test_tables_that_are_pictures_become_pages_of_the_document() -> None:
    seen: list[bytes] = []

    def picture(data: bytes) -> Document:
        seen.append(data)
        return recogniser(seen)

    inline = base64.b64encode(b"inline").decode()
    page = f'<p>{"正文" * 300}</p><img src="a_files/1.png"><img src="data:image/png;base64,{inline}"><img src="http://x/2.png">'
    document = read_html(page.encode(), Limits(), {"a_files/1.png": b"first"}.get, picture)
    assert seen == [b"first", b"inline"]
    assert [(page.number, page.reader) for page in document.pages] == [(None, "native"), (1, "ocr"), (2, "ocr")]
    assert {block.page for page in document.pages[1:] for block in page.blocks} == {1, 2}
    assert [one.name for one in document.pictures] == ["2.png"]


def test_without_the_extra_pictures_are_told_of_once() -> None:
    def picture(data: bytes) -> Document:
        raise MissingExtraError("install it", "ocr_not_installed")

    page = b'<img src="1.png"><img src="2.png">'
    document = read_html(page, Limits(), {"1.png": b"x", "2.png": b"y"}.get, picture)
    assert [finding.code for finding in document.findings] == ["ocr_not_installed"]
    assert len(document.pictures) == 2
