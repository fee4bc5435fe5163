"""Archives: which documents they hold, under which names, and what is refused before anything is unpacked."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract import extract, extract_all, extract_folder
from gov_extract.dataset import open_dataset
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers import Limits
from gov_extract.readers.archives import Archive
from gov_extract.readers.archives.names import decoded, fault_of, tidied
from gov_extract.readers.contents import content_of, sources_in
from gov_extract.sources import Source
from tests.handmade import report_text

REPORTS = {year: report_text(year).encode() for year in (2021, 2022)}
PAGE = "<html><body><p>一、总体情况</p></body></html>".encode()


class Raw(zipfile.ZipInfo):
    """An entry whose name stands as these bytes, and is not said to be UTF-8."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, self.flag_bits & ~0x800


def zipped(members: dict[str, bytes], *, raw: dict[str, bytes] | None = None, modes: dict[str, int] | None = None) -> bytes:
    """A zip; names in `raw` are written as those bytes, modes in `modes` as Unix programs set them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in members.items():
            info = Raw("a") if name in (raw or {}) else zipfile.ZipInfo(name)
            if isinstance(info, Raw):
                info.raw = (raw or {})[name]
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (modes or {}).get(name, 0) << 16
            made.writestr(info, body)
    return stream.getvalue()


def tarred(members: dict[str, bytes], **kinds: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT, encoding="gb18030") as made:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            made.addfile(info, io.BytesIO(body))
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/hostname"
            made.addfile(info)
    return stream.getvalue()


def names(data: bytes, limits: Limits | None = None) -> list[str]:
    with Archive(data, "a.zip", limits or Limits()) as archive:
        return [member.name for member in archive.members]


def refusals(data: bytes, limits: Limits | None = None) -> dict[str, str]:
    with Archive(data, "a.zip", limits or Limits()) as archive:
        return {member.name: member.refusal.code for member in archive.members if member.refusal is not None}


# ── One row for each document ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_document_of_an_archive_is_a_report_with_its_own_name() -> None:
    data = zipped({"b/2022.txt": REPORTS[2022], "2021.txt": REPORTS[2021]})
    reports = extract_all(data, name="年报.zip")
    assert [(r.source, r.metadata.report_year, r.status) for r in reports] == [
        ("年报.zip!2021.txt", 2021, "complete"),
        ("年报.zip!b/2022.txt", 2022, "complete"),
    ]
    first = extract(data, name="年报.zip")
    assert first.source == "年报.zip!2021.txt"
    assert [other.source for other in first.others] == ["年报.zip!b/2022.txt"]


def test_of_an_archive_extract_gives_the_first_that_can_be_read() -> None:
    report = extract(zipped({"a.txt": b"", "b.txt": REPORTS[2022]}), name="a.zip")
    assert (report.source, report.status) == ("a.zip!b.txt", "complete")
    assert [(other.source, other.findings[0].code) for other in report.others] == [("a.zip!a.txt", "empty_file")]


def test_an_archive_within_an_archive_is_opened_and_none_within_that() -> None:
    deep = zipped({"c.txt": REPORTS[2021]})
    data = zipped({"in.zip": zipped({"b.txt": REPORTS[2022], "deep.zip": deep}), "a.txt": REPORTS[2021]})
    assert names(data) == ["a.txt", "in.zip!b.txt", "in.zip!deep.zip"]
    assert refusals(data) == {"in.zip!deep.zip": "member_refused"}
    reports = {report.source: report for report in extract_all(data, name="x.zip")}
    assert reports["x.zip!in.zip!b.txt"].metadata.report_year == 2022
    assert "unpack" in (reports["x.zip!in.zip!deep.zip"].error or "")


def test_a_document_that_is_itself_a_zip_is_no_archive() -> None:
    document = zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert names(zipped({"a.docx": document, "OFD.ofd": zipped({"OFD.xml": b"<x/>"})})) == ["OFD.ofd", "a.docx"]


def test_names_that_stand_twice_are_told_apart() -> None:
    raw = {str(year): b"a.txt" for year in REPORTS}
    with warnings.catch_warnings(action="ignore"):  # the standard library's, of a name that is there already
        data = zipped({str(year): body for year, body in REPORTS.items()}, raw=raw)
    reports = extract_all(data, name="x.zip")
    assert [(r.source, r.metadata.report_year) for r in reports] == [("x.zip!a.txt", 2021), ("x.zip!a.txt (2)", 2022)]


def test_a_number_behind_a_name_is_no_name_that_another_member_has() -> None:
    raw = {"1": b"a.txt", "2": b"a.txt", "3": b"a.txt (2)"}
    with warnings.catch_warnings(action="ignore"):
        data = zipped(dict.fromkeys(raw, REPORTS[2021]), raw=raw)
    assert names(data) == ["a.txt", "a.txt (3)", "a.txt (2)"]


def test_a_file_named_as_a_member_of_an_archive_loses_neither(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.zip").write_bytes(zipped({"b.txt": REPORTS[2021]}))
    (folder / "a.zip!b.txt").write_bytes(REPORTS[2022])
    for _ in range(2):  # a second run knows both by name
        extract_folder(folder, tmp_path / "out", workers=1)
        documents = open_dataset(tmp_path / "out").load("documents").set_index("source")
        assert documents["report_year"].to_dict() == {"a.zip!b.txt": 2022, "a.zip!b.txt (2)": 2021}


def test_a_member_is_found_by_its_name_as_well_as_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.txt": REPORTS[2021], "in.zip": zipped({"b.txt": REPORTS[2022]})}))
    found = sources_in(Source(path, "a.zip"), Limits())
    assert [one.member for one in found] == ["a.txt", "in.zip!b.txt"]
    assert [content_of(one, Limits()).data for one in found] == [REPORTS[2021], REPORTS[2022]]
    path.write_bytes(zipped({"other.txt": REPORTS[2022], "in.zip": zipped({"c.txt": REPORTS[2021]})}))
    os.utime(path, (1, 1))
    for one in found:
        error = content_of(one, Limits()).error
        assert error is not None
        assert error.code == "source_unreadable"


def test_a_page_in_an_archive_takes_nothing_into_its_frames_but_what_was_saved_with_it() -> None:
    data = zipped(
        {"p.html": PAGE, "other.html": b"other", "p_files/in.html": b"in", "q_files/in.html": b"q", "d/p_files/x.html": b"x"}
    )
    with Archive(data, "a.zip", Limits()) as archive:
        fetch = archive.fetch((0,))
        assert fetch("p_files/in.html") == b"in"
        assert [fetch(at) for at in ("other.html", "q_files/in.html", "d/p_files/x.html", "p_files/../other.html")] == [
            None
        ] * 4


def test_what_programs_leave_behind_is_no_member() -> None:
    junk = ("__MACOSX/._a.txt", ".DS_Store", "a/Thumbs.db", "~$a.docx", "b/")
    assert names(zipped({**dict.fromkeys(junk, b"x"), "a/r.txt": b"y"})) == ["a/r.txt"]


def test_an_archive_without_a_document_says_so() -> None:
    for data in (zipped({}), zipped({"Thumbs.db": b"x", "b/": b""})):
        report = extract(data, name="a.zip")
        assert (report.status, report.source, report.findings[0].code) == ("failed", "a.zip", "empty_archive")
    assert refusals(zipped({"in.zip": zipped({}), "a.txt": b"x"})) == {"in.zip": "empty_archive"}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (tarred({"年报/a.txt": PAGE}), ["年报/a.txt"]),
        (gzip.compress(tarred({"年报/a.txt": PAGE}), mtime=0), ["年报/a.txt"]),
        (gzip.compress(PAGE, mtime=0), ["a.zip"]),
        (
            zipped({"in.tar": tarred({"a.txt": PAGE}), "b.html.gz": gzip.compress(PAGE, mtime=0)}),
            ["b.html.gz!b.html", "in.tar!a.txt"],
        ),
    ],
    ids=["tar", "tar.gz", "gz", "within"],
)
def test_tar_and_gzip_are_opened_too(data: bytes, found: list[str]) -> None:
    assert names(data) == found


# ── Names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

CHINESE = "某市2023年度报告（正式）.txt"


@pytest.mark.parametrize("raw", [CHINESE.encode(), CHINESE.encode("gb18030"), CHINESE.encode("gbk")])
def test_names_that_do_not_say_in_what_they_are_written(raw: bytes) -> None:
    assert names(zipped({"a": b"x"}, raw={"a": raw})) == [CHINESE]


def test_a_name_with_a_field_for_its_characters() -> None:
    raw, utf8 = b"????.txt", CHINESE.encode()
    info = Raw("a")
    info.raw = raw
    info.extra = struct.pack("<HHBI", 0x7075, len(utf8) + 5, 1, zlib.crc32(raw)) + utf8
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(info, b"x")
    assert names(stream.getvalue()) == [CHINESE]


def test_western_names_stay_western() -> None:
    assert decoded("Bébé.txt".encode("cp437")) == "Bébé.txt"
    assert decoded(b"plain.txt") == "plain.txt"
    assert decoded(b"\xff\xfe\xff", is_utf8=True) == "\\xff\\xfe\\xff"


def test_windows_slashes_are_slashes() -> None:
    assert names(zipped({"a": b"x"}, raw={"a": b"b\\.\\c\\\\d.txt"})) == ["b/c/d.txt"]


@given(st.binary(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_name_that_leads_nowhere_or_is_refused(raw: bytes) -> None:
    name = tidied(decoded(raw))
    assert not re.search("[\x00-\x1f\x7f\\\\]", name.replace("\\x", ""))
    if fault_of(name) is None:
        assert not name.startswith("/")
        assert ".." not in name.split("/")


# ── What is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("raw", [b"../a.txt", b"b/../../a.txt", b"..\\a.txt", b"/etc/a.txt", b"C:\\a.txt", b"\\\\host\\a.txt"])
def test_names_that_lead_out_of_the_archive(raw: bytes) -> None:
    data = zipped({"bad": REPORTS[2021], "good.txt": REPORTS[2022]}, raw={"bad": raw})
    assert list(refusals(data).values()) == ["member_refused"]
    assert [report.status for report in extract_all(data, name="a.zip") if "good" in report.source] == ["complete"]


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_a_zip(mode: int) -> None:
    assert refusals(zipped({"a.txt": b"/etc/hostname"}, modes={"a.txt": mode | 0o777})) == {"a.txt": "member_refused"}


def test_links_and_devices_in_a_tar() -> None:
    kinds = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "device": tarfile.CHRTYPE, "pipe": tarfile.FIFOTYPE}
    assert refusals(tarred({"a.txt": b"x"}, **kinds)) == dict.fromkeys(kinds, "member_refused")


def test_encrypted_members() -> None:
    data = bytearray(zipped({"a.txt": REPORTS[2021], "b.txt": REPORTS[2022]}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    reports = {report.source: report for report in extract_all(bytes(data), name="a.zip")}
    assert reports["a.zip!a.txt"].findings[0].code == "encrypted"
    assert "password" in (reports["a.zip!a.txt"].error or "")
    assert reports["a.zip!b.txt"].status == "complete"


def test_a_member_that_unpacks_like_a_bomb() -> None:
    data = zipped({"bomb.txt": bytes(20_000_000), "a.txt": REPORTS[2021]})
    assert refusals(data) == {"bomb.txt": "too_large"}


def test_sizes_are_summed_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped({f"{n}.txt": bytes(1000) for n in range(30)})
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("something was unpacked"))
    with pytest.raises(LimitError):
        names(data, Limits(max_archive=29_999))
    with pytest.raises(LimitError):
        names(data, Limits(max_members=29))


def test_archives_inside_count_with_the_one_around_them() -> None:
    data = zipped({f"{n}.zip": zipped({f"{k}.txt": bytes(1000) for k in range(10)}) for n in range(5)})
    assert len(names(data)) == 50
    for limits in (Limits(max_members=40), Limits(max_archive=40_000)):
        with pytest.raises(LimitError):
            names(data, limits)


def test_a_size_that_an_archive_declares_is_not_trusted() -> None:
    body = os.urandom(5000)
    data = bytearray(zipped({"a.bin": body}))
    at = data.index(b"PK\x01\x02") + 24
    for size, code in ((10, "damaged"), (20_000, "truncated")):
        data[at : at + 4] = struct.pack("<I", size)
        with Archive(bytes(data), "a.zip", Limits()) as archive, pytest.raises(ReadError) as caught:
            archive.read(archive.members[0].place)
        assert caught.value.code in (code, "damaged")


def test_what_gzip_holds_ends_where_a_document_must_end() -> None:
    data = gzip.compress(bytes(20_000_000))
    assert extract(data, name="a.gz").findings[0].code == "too_large"
    assert extract(gzip.compress(PAGE, mtime=0)[:-12], name="a.gz").findings[0].code in ("truncated", "damaged")


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[: len(data) // 2],
    "without its end": lambda data: data[:-30],
    "a member's bytes": lambda data: data[:60] + bytes(40) + data[100:],
    "the directory": lambda data: data.replace(b"PK\x01\x02", b"PK\x01\x09"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_archive_says_what_is_wrong(damage: str) -> None:
    report = extract(DAMAGE[damage](zipped({"a.txt": REPORTS[2021]})), name="a.zip")
    assert report.status == "failed"
    assert report.findings[0].code in ("truncated", "damaged")


def test_a_tar_that_is_cut_or_damaged_between_its_members_says_that_some_may_be_missing() -> None:
    whole = tarred({"a.txt": b"a" * 600, "b.txt": b"b", "c.txt": b"c"})
    second = 512 + 1024  # the header of b.txt
    assert refusals(whole) == {}
    spoilt = whole[:second] + b"x" * 512 + whole[second + 512 :]
    zeroed = whole[:second] + bytes(512) + whole[second + 512 :]
    for data, code in ((whole[:second], "truncated"), (spoilt, "damaged"), (zeroed, "damaged"), (whole + whole, "damaged"),
                       (whole[: second + 100], "damaged"), (gzip.compress(spoilt), "damaged")):  # fmt: skip
        assert refusals(data) == {"(rest)": code}
        assert "a.txt" in names(data)
    report = extract_all(whole[:second], name="a.tar")[0]
    assert (report.source, report.status, report.findings[0].code) == ("a.tar!(rest)", "failed", "truncated")


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_broken_in_an_archive_it_is_an_error_of_reading(data: st.DataObject) -> None:
    broken = bytearray(MIXED)
    for _ in range(data.draw(st.integers(1, 12))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        with Archive(bytes(broken), "a.zip", Limits()) as archive:
            for member in archive.members:
                if member.refusal is None:
                    archive.read(member.place)
    except ReadError:
        pass


MIXED = zipped({"in.zip": zipped({"a.txt": b"x" * 50}), "b.tar": tarred({"c.txt": b"y"}), "d.gz": gzip.compress(b"z", mtime=0)})


# ── A run ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_has_a_row_for_each_document_of_an_archive_and_writes_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, temporary = tmp_path / "in", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    inner = zipped({"2022.txt": REPORTS[2022], "../out.txt": REPORTS[2021]})
    (folder / "a.zip").write_bytes(zipped({"2021.txt": REPORTS[2021], "in.zip": inner}))
    (folder / "copy.txt").write_bytes(REPORTS[2021])
    (folder / "torn.zip").write_bytes(zipped({"a.txt": REPORTS[2021]})[:-40])
    (folder / "bomb.zip").write_bytes(zipped({"bomb.txt": bytes(20_000_000)}))
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    summary = extract_folder(folder, tmp_path / "out", workers=1)
    assert {path for path in tmp_path.rglob("*") if "out" not in path.relative_to(tmp_path).parts[:1]} == before
    documents = open_dataset(tmp_path / "out").load("documents").set_index("source")
    # A document that is a copy of another is one row, whether it lies in an archive or not.
    failed = {"a.zip!in.zip!../out.txt", "torn.zip", "bomb.zip!bomb.txt"}
    assert set(documents.index) == {"a.zip!2021.txt", "a.zip!in.zip!2022.txt", *failed}
    assert set(summary.failures) == failed
    findings = open_dataset(tmp_path / "out").load("findings")
    own = findings[findings["document_id"] == documents.loc["a.zip!2021.txt", "document_id"]]
    assert "duplicate_file" in set(own["code"])
    assert documents.loc["a.zip!in.zip!2022.txt", "bytes"] == len(REPORTS[2022])
