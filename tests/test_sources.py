"""Which files a folder gives, in which order and under which names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gov_extract.errors import ReadError
from gov_extract.sources import find_sources, printable_name, told_apart

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX file system")


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names_of(*args: Path, exclude: Path | None = None) -> list[str]:
    return [source.source for source in find_sources(list(args), exclude)]


def test_files_of_all_depths_are_sorted_and_junk_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "b.pdf", "a/z.PDF", "a/无后缀", "a.docx", "年报/一.html")
    touch(tmp_path, ".hidden", ".git/x", "~$a.docx", "Thumbs.db", "a/desktop.ini", "__MACOSX/a.pdf", ".DS_Store")
    assert names_of(tmp_path) == ["a.docx", "a/z.PDF", "a/无后缀", "b.pdf", "年报/一.html"]


def test_the_output_folder_inside_the_folder_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.pdf", "out/tables/cells/2023.parquet", "out/manifest.json")
    assert names_of(tmp_path, exclude=tmp_path / "x" / ".." / "out") == [
        "a.pdf",
        "out/manifest.json",
        "out/tables/cells/2023.parquet",
    ]
    assert names_of(tmp_path, exclude=tmp_path / "out") == ["a.pdf"]


def test_a_single_file_is_a_source(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.pdf", "sub/b.pdf")
    (source,) = find_sources(tmp_path / "sub" / "a.pdf")
    assert source.source == "a.pdf"


def test_several_roots_are_named_from_the_folder_that_they_share(tmp_path: Path) -> None:
    touch(tmp_path, "x/2021/a.pdf", "x/2022/a.pdf", "y/b.pdf")
    assert names_of(tmp_path / "x" / "2021", tmp_path / "x" / "2022") == ["2021/a.pdf", "2022/a.pdf"]
    assert names_of(tmp_path / "x" / "2021", tmp_path / "y" / "b.pdf") == ["x/2021/a.pdf", "y/b.pdf"]


def test_a_folder_given_twice_or_inside_another_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "x/a.pdf", "x/in/b.pdf")
    assert names_of(tmp_path / "x", tmp_path / "x" / "in", tmp_path / "x") == ["a.pdf", "in/b.pdf"]


def test_a_root_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="nowhere"):
        find_sources(tmp_path / "nowhere")


@posix
def test_loops_of_links_end_and_links_to_nothing_are_recorded(tmp_path: Path) -> None:
    touch(tmp_path, "a/b.pdf")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
    (tmp_path / "gone.pdf").symlink_to(tmp_path / "nowhere.pdf")
    found = {source.source: source.error for source in find_sources(tmp_path)}
    assert set(found) == {"a/b.pdf", "a/self", "gone.pdf"}
    assert found["a/b.pdf"] is None
    assert "link" in (found["gone.pdf"] or "")


@posix
def test_a_folder_that_cannot_be_read_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.pdf", "closed/b.pdf")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = {source.source: source.error for source in find_sources(tmp_path)}
    assert found["a.pdf"] is None
    assert "Permission denied" in (found["closed"] or "")


@posix
def test_names_that_are_not_utf8_survive_as_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xc4\xea\n.pdf")
    try:
        (tmp_path / name).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (source,) = find_sources(tmp_path)
    assert source.source == r"\xc4\xea\x0a.pdf"
    assert source.path.read_bytes() == b"x"


def test_names_count_on_until_they_are_free() -> None:
    assert told_apart(["a", "a", "a (2)", "b", "a", "a (2)"]) == ["a", "a (3)", "a (2)", "b", "a (4)", "a (2) (2)"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes that are not UTF-8")
def test_two_files_whose_printed_names_are_the_same_are_two_sources(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff.txt")).write_text("a")
    (tmp_path / "a\\xff.txt").write_text("b")
    found = find_sources(tmp_path)
    assert [one.source for one in found] == ["a\\xff.txt", "a\\xff.txt (2)"]
    assert len({one.path for one in found}) == 2


def test_ordinary_names_are_left_alone() -> None:
    assert printable_name("年报/一 (1).pdf") == "年报/一 (1).pdf"
