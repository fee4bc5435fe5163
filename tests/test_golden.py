"""Every committed document is read as its truth says: all cells, all checks, the forms, the metadata, the sections.

The documents come from real producers, none of which is needed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gov_extract import extract
from gov_extract.readers.scan import extra
from gov_extract.report import Report
from tests.measure.corpus import documents, truth_of
from tests.measure.score import Score, score
from tests.measure.stress import recognising

# Scans are held to their figures below, what LibreOffice converts in the tests of its reader.
FIXTURES = [path for path in documents() if not truth_of(path)["kind"].startswith(("scan_", "office_"))]
SCANS = [path for path in documents() if truth_of(path)["kind"].startswith("scan_")]


@pytest.mark.parametrize("path", FIXTURES, ids=[path.name for path in FIXTURES])
def test_a_committed_document_is_read_as_its_truth_says(path: Path) -> None:
    truth = truth_of(path)
    with recognising(on=False):  # their truth is what can be read without it
        report = extract(path)
    hold(path.name, report, truth)


def hold(name: str, report: Report, truth: Mapping[str, Any]) -> None:
    """Hold a report against all that its truth says."""
    result = score(name, report, truth)
    assert faults(report, result, readable=bool(truth["cells"])) == []
    # What a variety loses (`unread` in the truth, with its reason) must be flagged, and is counted apart.
    assert result.exact == result.cells == len(truth["cells"]) - result.excused
    assert (result.silent, result.failed) == (0, 0)
    sums = [c for c in report.checks if c.passed is False and c.kind == "within"]
    assert {(c.check, c.table, c.scope) for c in sums} == {tuple(f) for f in truth["failing"]}
    assert "".join((report.metadata.title or "").split()) in {"".join(title.split()) for title in truth["meta"]["titles"]}


@pytest.mark.skipif(not extra.installed(), reason=f"the extra ocr is not installed: {extra.INSTALL}")
@pytest.mark.parametrize("path", SCANS, ids=[path.name for path in SCANS])
def test_every_cell_of_a_committed_scan_is_read_as_it_is_printed(path: Path) -> None:
    # Names of invented places have characters that no recogniser was trained on: a scan is held to its figures and forms.
    truth = truth_of(path)
    report = extract(path)
    result = score(path.name, report, truth)
    assert [f"{'/'.join(e.key)}: printed {e.printed}, read {e.got}" for e in result.errors] == []
    assert (result.exact, result.silent, result.forms_wrong) == (len(truth["cells"]), 0, 0)
    assert report.reader == "ocr"
    assert result.flags <= 0.02 * result.clean_cells
    sums = [c for c in report.checks if c.passed is False and c.kind == "within"]
    assert {(c.check, c.table, c.scope) for c in sums} == {tuple(f) for f in truth["failing"]}


def faults(report: Report, result: Score, *, readable: bool) -> list[str]:
    """What is wrong, in words: cells, forms, metadata, sections, sums, and the failure of a document that can be read."""
    cells = [f"{'/'.join(e.key)}: printed {e.printed}, read {e.got}" for e in result.errors]
    return [*cells, *result.notes, *([report.error] if report.error and readable else [])]


def test_there_are_documents() -> None:
    assert len(FIXTURES) >= 60
