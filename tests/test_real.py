"""Real reports, the blank official form, and samples of one report by several producers, where they are at hand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gov_extract import extract
from gov_extract.report import Report
from tests.measure.stress import recognising

SHARED = Path(__file__).parents[1].parent / "shared"
REAL = SHARED / "real"
SAMPLES = SHARED / "samples"
SECTIONS = ["overview", "active_disclosure", "applications", "review_litigation", "problems", "other"]
# Cells of the form of 2021: 10 figures of disclosure, 25 rows of 7 applicants, 15 of review and litigation.
CELLS = 10 + 25 * 7 + 15

real = pytest.mark.skipif(not REAL.exists(), reason="the real reports are not here")
samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")


@cache
def report_of(path: Path) -> Report:
    return extract(path)


@real
@pytest.mark.parametrize("name", ["huaian-city-2024.pdf", "panzhihua-dongqu-jxj-2023.txt"])
def test_a_real_report_is_exact(name: str) -> None:
    truth = json.loads((REAL / name).with_suffix(".truth.json").read_text("utf-8"))
    report = report_of(REAL / name)
    got = {(cell.table, cell.row, cell.column): (cell.value, cell.state) for cell in report.cells}
    assert got == {tuple(key): (value, "read") for *key, value in truth["cells"]}
    assert len(got) == CELLS
    meta = report.metadata
    wanted = truth["meta"]
    assert (meta.agency, meta.report_year) == (wanted["agency"], wanted["report_year"])
    assert meta.published_on == wanted["publication_date"]
    assert (report.form, report.status) == (wanted["form"], "complete")
    assert [section.section for section in report.sections if section.level == 1] == SECTIONS
    assert report.checks
    assert all(check.passed for check in report.checks)


@real
def test_the_blank_form_has_nothing_but_blank_cells() -> None:
    report = report_of(REAL / "official-form-2021-blank.docx")
    assert [cell.state for cell in report.cells] == ["blank"] * CELLS
    assert all(cell.value is None for cell in report.cells)
    assert not any(check.passed is False for check in report.checks)


@cache
def grids() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / "grids.json").read_text("utf-8"))
    return found


@samples
@pytest.mark.parametrize("name", ["lo", "chromium", "weasy", "reportlab", "traps", "real_rot"])
def test_every_figure_of_a_sample_is_in_its_cell(name: str) -> None:
    printed = [text for table in grids()[name] for row in table for text, _, _, kind in row if kind == "n"]
    report = report_of(SAMPLES / f"{name}.pdf")
    assert len(printed) == CELLS
    assert [cell.raw for cell in report.cells] == printed
    assert {cell.state for cell in report.cells} == {"read"}


@samples
@pytest.mark.parametrize("name", ["rt_char", "rt_ctm", "rt_run"])
def test_a_real_report_written_as_ofd_is_exact(name: str) -> None:
    truth = json.loads((REAL / "huaian-city-2024.truth.json").read_text("utf-8"))
    report = report_of(SAMPLES / f"{name}.ofd")
    got = {(cell.table, cell.row, cell.column): (cell.value, cell.state) for cell in report.cells}
    assert got == {tuple(key): (value, "read") for *key, value in truth["cells"]}
    wanted, meta = truth["meta"], report.metadata
    assert (meta.agency, meta.report_year, meta.published_on) == (
        wanted["agency"],
        wanted["report_year"],
        wanted["publication_date"],
    )
    assert [section.section for section in report.sections if section.level == 1] == SECTIONS
    assert all(check.passed for check in report.checks)
    assert not report.findings


@samples
def test_without_ocr_a_page_whose_fonts_map_to_nothing_is_flagged_and_nothing_is_read_from_it() -> None:
    with recognising(on=False):
        report = report_of(SAMPLES / "real_nomap.pdf")
    assert {finding.code for finding in report.findings if finding.severity in ("warning", "error")} >= {"unmapped_font"}
    assert not any(cell.state == "read" for cell in report.cells)
