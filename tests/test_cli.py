"""The command line: what it prints and how it exits."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gov_extract import __version__, cli
from gov_extract.checks import evaluate_cells
from gov_extract.dataset import open_dataset
from gov_extract.document import Finding
from gov_extract.forms import load_forms
from gov_extract.report import Report
from gov_extract.run import reading
from gov_extract.schema import TABLES
from gov_extract.sources import Source
from gov_extract.store import locked
from tests.handmade import form_cells, make_report
from tests.test_run import fill, scripted


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reading, "extract_one", scripted)
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def invoke(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_folder_is_extracted_and_summed_up(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read", b="read")
    code, output = invoke("extract", folder, "-o", tmp_path / "out", "--workers", 1)
    assert code == 0, output
    assert "2 of 2 documents read" in output
    assert re.search(r"2 documents in \d+\.\d s: 2 complete", output)
    assert f"{2 * len(form_cells())} cells" in output
    assert len(open_dataset(tmp_path / "out").load("documents")) == 2


def test_failed_documents_are_named_and_give_exit_code_1(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read", b="fail")
    code, output = invoke("extract", folder, "-o", tmp_path / "out", "--workers", 1)
    assert code == 1
    assert "1 complete, 1 failed" in output
    assert "b.pdf: the file is damaged" in output
    assert re.search(r"1 +damaged", output)


def test_when_all_fail_or_nothing_is_there_the_exit_code_is_3(folder: Path, tmp_path: Path) -> None:
    code, output = invoke("extract", folder, "-o", tmp_path / "out")
    assert code == 3
    assert "no files" in output
    fill(folder, b="fail")
    assert invoke("extract", folder, "-o", tmp_path / "out", "--workers", 1)[0] == 3
    assert open_dataset(tmp_path / "out").load("documents")["status"].tolist() == ["failed"]


@pytest.mark.parametrize(
    "args", [("extract",), ("extract", "nowhere", "-o", "out"), ("extract", "."), ("show", "nowhere"), ("frobnicate",)]
)
def test_wrong_usage_gives_exit_code_2(args: tuple[str, ...]) -> None:
    assert invoke(*args)[0] == 2


def test_a_folder_in_use_gives_exit_code_2_and_says_so(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read")
    with locked(tmp_path / "out"):
        code, output = invoke("extract", folder, "-o", tmp_path / "out")
    assert code == 2
    assert "in use by process" in output


def test_the_version_is_printed() -> None:
    assert invoke("--version") == (0, f"gov-extract {__version__}\n")


@pytest.mark.parametrize("args", [("--help",), ("extract", "--help"), ("show", "--help")])
def test_help_is_there(args: tuple[str, ...]) -> None:
    code, output = invoke(*args)
    assert code == 0
    assert "Usage" in output


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cells = list(form_cells())
    for place, cell in enumerate(cells):
        if (cell.row, cell.column) == ("received", "total"):
            cells[place] = cell._replace(value=99.0, raw=" 9\n9 ")
        elif cell.column != "issued":
            cells[place] = cell._replace(value=0.0, raw="0")
    cells[0] = cells[0]._replace(state="unreadable", value=None, raw=None)
    finding = Finding("warning", "torn", "the row is torn", 2, "active_disclosure", "art20_5.licensing")

    def read(source: Source, limits: object) -> Report:
        report = make_report(source.source, cells=tuple(cells), findings=(finding,))
        return Report(**{**vars(report), "checks": tuple(evaluate_cells(load_forms(), tuple(cells)))})

    monkeypatch.setattr(reading, "extract_one", read)
    (tmp_path / "a.pdf").write_bytes(b"x")
    return tmp_path / "a.pdf"


def test_show_prints_the_tables_with_their_flags(shown: Path) -> None:
    code, output = invoke("show", shown)
    assert code == 0
    for text in ("某市人民政府", "1.属于国家秘密", "（三）不予公开", "行政复议", "总计", "unreadable"):
        assert text in output.replace("\n", "")
    assert "9 9 ≠" in output
    assert re.search(r"行政许可 +0 !", output)
    assert "row_sum" in output
    assert "difference 99" in output
    assert "warning torn: page 2: active_disclosure, art20_5.licensing: the row is torn" in output


def test_show_prints_everything_as_json(shown: Path) -> None:
    code, output = invoke("show", shown, "--json")
    assert code == 0
    everything = json.loads(output)
    assert set(everything) == {table.name for table in TABLES}
    assert everything["documents"][0]["published_on"] == "2024-01-20"
    assert len(everything["cells"]) == len(form_cells())


def test_show_of_a_file_that_cannot_be_read_says_why(folder: Path) -> None:
    fill(folder, a="fail")
    code, output = invoke("show", folder / "a.pdf")
    assert code == 3
    assert "the file is damaged" in output


def test_the_module_is_the_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "gov_extract", "--version"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert result.stdout == f"gov-extract {__version__}\n"


def test_formats_says_what_is_read_and_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from gov_extract.readers.scan import extra

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("gov_extract.readers.office.program._PLACES", {})
    monkeypatch.setattr(extra, "installed", lambda: False)
    code, output = invoke("formats")
    assert code == 0
    rows = {line.split("  ")[1]: line for line in output.splitlines() if line.startswith("  ")}
    for name, words in {"DOC": "install LibreOffice", "PNG": "pip install 'gov-extract[ocr]'", "RAR": "unpack"}.items():
        (line,) = [line for title, line in rows.items() if name in title.split() or f"({name})" in title]
        assert words in line
        assert " no " in line
    known = {kind["media_type"]: kind for kind in json.loads(invoke("formats", "--json")[1])}
    assert [known[kind]["read"] for kind in ("application/pdf", "application/zip", "application/msword")] == [True, True, False]
    assert known["application/pdf"]["pages_that_are_pictures"] == extra.INSTALL
    monkeypatch.setattr(extra, "installed", lambda: True)
    monkeypatch.setattr("gov_extract.readers.installed.office_program", lambda: "soffice")
    known = {kind["media_type"]: kind for kind in json.loads(invoke("formats", "--json")[1])}
    assert known["application/msword"]["read"]
    assert known["image/png"]["read"]
    assert known["application/pdf"]["pages_that_are_pictures"] is None
    assert not known["application/vnd.rar"]["read"]


def test_every_kind_is_read_or_says_what_to_do() -> None:
    for kind in json.loads(invoke("formats", "--json")[1]):
        assert kind["read"] or kind["advice"], kind["media_type"]
