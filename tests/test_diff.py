"""Which figures differ between two output folders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gov_extract.cli import app
from gov_extract.errors import DatasetError
from gov_extract.report import Report
from gov_extract.run.diff import Change, Figure, diff
from gov_extract.store import locked, publish, write_shard
from tests.handmade import form_cells, make_report

CELL = form_cells()[5]
PLACE = (CELL.table, CELL.row, CELL.column)


def build(out: Path, *reports: Report) -> Path:
    with locked(out):
        for report in reports:
            write_shard(out, report)
        publish(out)
    return out


def with_cell(report: Report, **changes: object) -> Report:
    cells = tuple(cell._replace(**changes) if cell[1:4] == PLACE else cell for cell in report.cells)  # type: ignore[arg-type]
    return replace(report, cells=cells)


def test_the_same_documents_do_not_differ(tmp_path: Path) -> None:
    reports = [make_report(f"{n}.pdf", year=2020 + n) for n in range(3)]
    assert list(diff(build(tmp_path / "a", *reports), build(tmp_path / "b", *reversed(reports)))) == []


def test_a_figure_that_changed_is_told_with_its_place(tmp_path: Path) -> None:
    # Of agencies of their own: of copies one that lost a figure would no longer be the primary one.
    reports = [make_report(f"{n}.pdf", year=2021 + n // 2, agency=f"{n}局") for n in range(4)]
    old = build(tmp_path / "a", *reports)
    read, lost = with_cell(reports[1], value=77.0, raw="77"), with_cell(reports[2], value=None, raw="?", state="unreadable")
    new = build(tmp_path / "b", reports[0], read, lost, reports[3])
    before = Figure(CELL.value, CELL.unit, "read", CELL.raw)
    assert list(diff(old, new)) == [
        Change(reports[1].document_id, "1.pdf", *PLACE, before, Figure(77.0, CELL.unit, "read", "77")),
        Change(reports[2].document_id, "2.pdf", *PLACE, before, Figure(None, CELL.unit, "unreadable", "?")),
    ]


def test_other_characters_for_the_same_figure_are_no_change(tmp_path: Path) -> None:
    report = make_report()
    assert list(diff(build(tmp_path / "a", report), build(tmp_path / "b", with_cell(report, raw="5 ", note="x")))) == []


def test_cells_that_only_one_has_are_told(tmp_path: Path) -> None:
    report = make_report()
    fewer = replace(report, cells=tuple(cell for cell in report.cells if cell[1:4] != PLACE))
    old, new = build(tmp_path / "a", report), build(tmp_path / "b", fewer)
    assert [(change[2:5], change.new) for change in diff(old, new)] == [(PLACE, None)]
    assert [(change[2:5], change.old) for change in diff(new, old)] == [(PLACE, None)]


def test_a_document_whose_year_changed_is_still_compared(tmp_path: Path) -> None:
    report, other = make_report(year=2021), make_report("b.pdf", year=2021)
    moved = with_cell(report, value=1.0)
    moved = replace(moved, metadata=moved.metadata._replace(report_year=None))
    changes = list(diff(build(tmp_path / "a", report, other), build(tmp_path / "b", moved, other)))
    # Another year, and so it no longer shares its agency and year with the other one, which now is primary as well.
    assert [(c.source, c.column, c.old, c.new) for c in changes if c.table == "documents"] == [
        ("a.pdf", "report_year", 2021, None),
        ("b.pdf", "primary", False, True),
    ]
    assert [c[2:5] for c in changes if c.table != "documents"] == [PLACE]


def test_documents_that_only_one_has_are_told_and_changed_files_are_the_same_document(tmp_path: Path) -> None:
    kept, gone, come = make_report("kept.pdf", content="1"), make_report("gone.pdf", year=2020), make_report("come.pdf")
    changed = with_cell(make_report("kept.pdf", content="2"), value=9.0)
    changes = list(diff(build(tmp_path / "a", kept, gone), build(tmp_path / "b", changed, come)))
    assert [(c.source, c.column, c.old, c.new) for c in changes if c.table == "documents"] == [
        ("gone.pdf", "document_id", gone.document_id, None),
        ("kept.pdf", "document_id", kept.document_id, changed.document_id),
        ("kept.pdf", "primary", True, False),
        ("come.pdf", "document_id", None, come.document_id),
    ]
    assert [c[2:5] for c in changes if c.table != "documents"] == [PLACE]


def test_tables_that_do_not_match_their_manifest_are_refused(tmp_path: Path) -> None:
    report = make_report()
    old, new = build(tmp_path / "a", report), build(tmp_path / "b", with_cell(report, value=1.0))
    path = new / "tables/cells/2023.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="manifest"):
        list(diff(old, new))


def test_the_command_prints_changes_and_exits_as_diff_does(tmp_path: Path) -> None:
    report = make_report()
    old, new = (
        str(build(tmp_path / "a", report)),
        str(build(tmp_path / "b", with_cell(report, value=None, raw="—", state="dash"))),
    )
    same = CliRunner().invoke(app, ["diff", old, old])
    assert (same.exit_code, same.output) == (0, "no figure differs\n")
    found = CliRunner().invoke(app, ["diff", old, new])
    assert found.exit_code == 1
    told = f"{CELL.value:g} {CELL.unit} (read) → {CELL.unit} (dash)\n1 changes in 1 documents\n"
    assert found.output == f"a.pdf ({report.document_id}): {', '.join(PLACE)}: {told}"
    (line,) = CliRunner().invoke(app, ["diff", old, new, "--json"]).output.splitlines()
    assert json.loads(line) == {
        "document_id": report.document_id,
        "source": "a.pdf",
        "table": CELL.table,
        "row": CELL.row,
        "column": CELL.column,
        "old": {"value": CELL.value, "unit": CELL.unit, "state": "read", "raw": CELL.raw},
        "new": {"value": None, "unit": CELL.unit, "state": "dash", "raw": "—"},
    }
    (tmp_path / "empty").mkdir()
    assert CliRunner().invoke(app, ["diff", old, str(tmp_path / "empty")]).exit_code == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"value": 12345671.0}, {"value": 12345674.0}),
        ({"value": 0.3}, {"value": 0.1 + 0.2}),
        ({"unit": "件"}, {"unit": "万元"}),
        ({"state": "read"}, {"state": "corrected"}),
        (
            {"value": None, "raw": "", "state": "blank", "unit": "件"},
            {"value": None, "raw": "", "state": "blank", "unit": "条"},
        ),
    ],
)
def test_what_the_command_prints_of_a_difference_differs(
    tmp_path: Path, before: dict[str, object], after: dict[str, object]
) -> None:
    folders = [str(build(tmp_path / name, with_cell(make_report(), **cell))) for name, cell in (("a", before), ("b", after))]
    line = CliRunner().invoke(app, ["diff", *folders]).output.splitlines()[0]
    old, new = line.split(f"{PLACE[-1]}: ")[1].split(" → ")
    assert old != new
