"""``OUT/corrections.yaml``: what is read of it, what it changes, and what is refused."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gov_extract import cli
from gov_extract.checks import evaluate_cells
from gov_extract.dataset import open_dataset
from gov_extract.dataset.flags import Flags
from gov_extract.document import Finding
from gov_extract.forms import load_forms
from gov_extract.parse.prose.against import check_claims
from gov_extract.parse.prose.claims import Claim, rules
from gov_extract.report import Report, report_of
from gov_extract.run import extract_folder, reading
from gov_extract.run.status import status
from gov_extract.store.corrections import KEYS, MOST_BYTES, NAME, Correction, Corrections, read_corrections
from gov_extract.store.entries import Facts
from gov_extract.store.publishing import Published
from tests.handmade import report_text
from tests.test_incremental import Here
from tests.test_years import CARRIED_IN, CARRIED_OUT, build, cells_of, published, report, rows

DOCUMENT = "0123456789abcdef"
RECEIVED = ("applications", "received", "total")


def entry(document: str = DOCUMENT, where: tuple[str, str, str] = RECEIVED, **given: Any) -> dict[str, Any]:
    """An entry of the file."""
    table, row, column = where
    known = {"document": document, "table": table, "row": row, "column": column, "was": 12, "value": 21}
    return {**known, "reason": "页面印的是21", "by": "某某", "on": "2024-05-31", **given}


def write(out: Path, *entries: dict[str, Any]) -> None:
    out.mkdir(exist_ok=True)
    (out / NAME).write_text(yaml.safe_dump(list(entries), allow_unicode=True, sort_keys=False), "utf-8")


def read(out: Path, text: str | bytes) -> Corrections:
    (out / NAME).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_corrections(out)


TEXT = f"""# Typed by hand.
- document: {DOCUMENT}
  table: applications
  row: received
  column: total
  was: 12
  value: 21
  reason: 页面印的是21
  by: 某某
  on: 2024-05-31
"""


# ── The file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_of_entries_is_read(tmp_path: Path) -> None:
    assert read_corrections(tmp_path) == Corrections()
    found = read(tmp_path, TEXT)
    (one,) = found.of[DOCUMENT]
    assert one == Correction(DOCUMENT, *RECEIVED, 12.0, 21.0, "页面印的是21", "某某", "2024-05-31")
    assert (found.lines[one], found.problems) == (2, ())
    assert Correction._fields == KEYS


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "[]\n", "null\n"])
def test_a_file_without_entries_is_none(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert (found.of, found.problems) == ({}, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_encoding_that_editors_save_is_read(tmp_path: Path, encoding: str, newline: str) -> None:
    found = read(tmp_path, TEXT.replace("\n", newline).encode(encoding))
    assert found.of[DOCUMENT][0].reason == "页面印的是21"
    assert not found.problems


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12", 12.0), ("-2", -2.0), ("43.788", 43.788), ("012", 12.0), ("null", None), ("", None), ("~", None),
        # What other readers of YAML take for 90, 1000 and 16 is no number here.
        ("1:30", "1:30"), ("1_000", "1_000"), ("0x10", "0x10"),
        ("'12'", "12"), ("'-'", "-"), ("''", ""), ("32万余", "32万余"), ('"5 5"', "5 5"),
    ],
)  # fmt: skip
def test_what_was_read_is_a_figure_none_or_characters(tmp_path: Path, written: str, meant: float | str | None) -> None:
    found = read(tmp_path, TEXT.replace("was: 12", f"was: {written}"))
    assert found.problems == ()
    assert found.of[DOCUMENT][0].was == meant


def test_a_documents_key_is_never_taken_for_a_number(tmp_path: Path) -> None:
    for key in ("0123456701234567", "1234567890123456", "1234567890123e10"):
        assert list(read(tmp_path, TEXT.replace(DOCUMENT, key)).of) == [key]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("document: 0123456789abcdef", "document: a.pdf"), "document is 'a.pdf'"),
        (("value: 21", "value: many"), "value is 'many'; wanted is a number"),
        (("value: 21", "value: 1e999"), "value is '1e999'"),
        (("value: 21", "value: [21]"), "value has to be one value"),
        (("value: 21", "vaule: 21"), "'vaule' is none of document"),
        (("  value: 21\n", ""), "value is missing"),
        (("value: 21", "value: 21\n  value: 22"), "value is given twice"),
        (("on: 2024-05-31", "on: 2024-02-30"), "on is '2024-02-30'"),
        (("on: 2024-05-31", "on: yesterday"), "on is 'yesterday'"),
        (("by: 某某", "by:"), "by is empty"),
        (("reason: 页面印的是21", "reason: ' '"), "reason is empty"),
        (("row: received", "? [a, b]\n  : 1\n  row: received"), "has no key"),
        (("row: received", "row: &x received\n  other: *x"), "other has to be one value"),
        (("  row: received", "  row: 'received"), "no YAML"),
        (("  row: received", "\trow: received"), "no YAML"),
        (("  row: received", "  row: received: total"), "no YAML"),
        (("was: 12", "was: -"), "no YAML"),
        (("reason: 页面", "reason: \x07页面"), "no YAML"),
    ],
)
def test_a_bad_entry_is_told_with_its_line_and_the_others_are_used(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in TEXT
    good = TEXT.replace("was: 12", "was: 13")
    later = TEXT.replace(DOCUMENT, "f" * 16)
    found = read(tmp_path, good + TEXT.replace(*change) + later)
    assert [[one.was for one in own] for own in found.of.values()] == [[13.0], [12.0]]
    (problem,) = found.problems
    assert said in problem.message
    assert problem.entry == 2
    assert problem.line is not None
    assert 12 <= problem.line <= 23
    assert str(problem).startswith(f"corrections.yaml, line {problem.line}, entry 2: ")
    assert problem.document == (None if "a.pdf" in change[1] else DOCUMENT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("corrections:\n  a: 1\n", "the file has to be a list"),
        ("<html><body>", "the file has to be a list"),
        ("{", "the file has to be a list"),
        (b"\xff\xff\xff- a: \x81\x20", "neither UTF-8 nor GB18030"),
        ("[" * 100_000, "no YAML"),
        ("- " * 100_000, "no YAML"),
        ("x" * (MOST_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_is_no_list_is_told_and_nothing_of_it_is_used(tmp_path: Path, text: str | bytes, said: str) -> None:
    found = read(tmp_path, text)
    assert found.of == {}
    assert any(said in str(problem) for problem in found.problems)


def test_entries_that_are_no_entries_are_told_one_by_one(tmp_path: Path) -> None:
    found = read(tmp_path, "- 12\n- [a, [b]]\n- *nothing\n" + TEXT + "-\n")
    assert list(found.of) == [DOCUMENT]
    assert [problem.entry for problem in found.problems] == [1, 2, 3, 5]


def test_references_cannot_make_a_small_file_a_large_one(tmp_path: Path) -> None:
    lines = ["- &a0 {x: 1}"] + [f"- &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    found = read(tmp_path, "\n".join(lines))
    assert found.of == {}
    assert len(found.problems) == 60


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (problem,) = read_corrections(tmp_path).problems
    assert "cannot be read" in problem.message


# ── What they change ──────────────────────────────────────────────────────────────────────────────────────────────────


def corrected(out: Path, one: Report, *entries: dict[str, Any]) -> Published:
    write(out, *entries)
    return build(out, one)


def cell_of(out: Path, where: tuple[str, str, str] = RECEIVED, **wanted: Any) -> dict[str, Any]:
    (found,) = [cell for cell in rows(out, "cells", **wanted) if (cell["table"], cell["row"], cell["column"]) == where]
    return found


def test_a_correction_changes_value_and_state_and_nothing_else(tmp_path: Path) -> None:
    one = report("a.pdf", given={RECEIVED: 12.0})
    build(tmp_path / "without", one)
    done = corrected(tmp_path / "out", one, entry(one.document_id))
    assert (done.corrections.outcomes, done.corrections.refused) == ({"figure_corrected": 1}, ())
    before, after = (open_dataset(tmp_path / name).arrow("cells").to_pylist() for name in ("without", "out"))
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    ((a, b),) = changed
    assert b == {**a, "value": 21.0, "state": "corrected"}
    assert (b["table"], b["row"], b["column"], b["raw"]) == (*RECEIVED, "12")
    (told,) = rows(tmp_path / "out", "findings", code="figure_corrected")
    assert told["message"] == "12 is corrected to 21 (某某, 2024-05-31: 页面印的是21)"
    assert (told["severity"], told["table"], told["row"], told["column"], told["page"]) == ("info", *RECEIVED, 1)


def test_checks_status_and_counts_are_those_of_the_corrected_cells(tmp_path: Path) -> None:
    # All is 0 but what was received: 5 by natural persons. The total was not read, and one carried out was misread.
    given: dict[tuple[str, str, str], float | str] = {
        RECEIVED: "unreadable",
        ("applications", "received", "natural_person"): 5.0,
        ("applications", "carried_out", "natural_person"): 6.0,
        ("applications", "carried_out", "total"): 5.0,
    }
    one = report("a.pdf", given=given, status="partial")
    truth = report("a.pdf", given={**given, RECEIVED: 5.0, ("applications", "carried_out", "natural_person"): 5.0})
    first = entry(one.document_id, was=None, value=5)
    second = entry(one.document_id, ("applications", "carried_out", "natural_person"), was=6, value=5)
    corrected(tmp_path, one, first, second)
    expected = [check._asdict() for check in truth.checks]
    assert [{name: row[name] for name in expected[0]} for row in rows(tmp_path, "checks")] == expected
    (document,) = rows(tmp_path, "documents")
    assert Facts(*(document[name] for name in Facts._fields)) == ("complete", len(truth.cells), 0)
    assert not rows(tmp_path, "findings", code="sum_fails")


def test_a_sum_that_fails_only_now_is_told(tmp_path: Path) -> None:
    one = report("a.pdf")
    corrected(tmp_path, one, entry(one.document_id, was=0, value=5))
    failed = {(row["check"], row["scope"]) for row in rows(tmp_path, "checks", passed=False)}
    assert failed == {("balance", "column:total"), ("row_sum", "row:received")}
    assert [row["column"] or row["row"] for row in rows(tmp_path, "findings", code="sum_fails")] == ["total", "received"]
    assert rows(tmp_path, "documents")[0]["checks_failed"] == 2


@pytest.mark.parametrize(("value", "passed"), [(15, True), (16, False)])
def test_the_prose_is_held_against_the_corrected_figure(tmp_path: Path, value: int, passed: bool) -> None:
    (check,) = {rule.check for rule in rules() if any(t.rows == ("received",) and t.column == "total" for t in rule.targets)}
    one = report("a.pdf", given={RECEIVED: 12.0})
    checks, findings = check_claims([Claim(check, 15.0, "收到申请15件")], one.cells)
    one = replace(one, checks=(*one.checks, *checks), findings=findings)
    corrected(tmp_path, one, entry(one.document_id, value=value))
    (held,) = rows(tmp_path, "checks", kind="prose")
    assert (held["left"], held["right"], held["passed"]) == (15.0, float(value), passed)
    told = [row["message"] for row in rows(tmp_path, "findings", code="prose_disagrees")]
    assert told == ([] if passed else [findings[0].message.replace("the table 12", "the table 16")])


def test_a_figure_can_be_confirmed(tmp_path: Path) -> None:
    doubt = Finding("warning", "no_second_evidence", "m", 1, "applications", "received")
    one = replace(report("a.pdf", given={RECEIVED: 12.0}), findings=(doubt,))
    build(tmp_path / "without", one)
    done = corrected(tmp_path / "out", one, entry(one.document_id, value=12))
    assert done.corrections.outcomes == {"figure_confirmed": 1}
    for table in ("cells", "checks", "documents"):
        assert rows(tmp_path / "out", table) == rows(tmp_path / "without", table)
    (told,) = rows(tmp_path / "out", "findings", code="figure_confirmed")
    assert told["message"] == "12 is what the page prints (某某, 2024-05-31: 页面印的是21)"
    # What doubts the reading is settled for this figure; the row's others, and what is wrong with its sums, stay in doubt.
    flags = Flags(rows(tmp_path / "out", "findings"), [])
    assert not flags.covers(one.document_id, *RECEIVED)
    assert flags.covers(one.document_id, "applications", "received", "natural_person")
    assert Flags(rows(tmp_path / "out", "findings"), rows(tmp_path / "out", "checks")).covers(one.document_id, *RECEIVED)


def test_that_there_is_no_figure_can_be_said(tmp_path: Path) -> None:
    one = report("a.pdf", given={RECEIVED: 12.0})
    corrected(tmp_path, one, entry(one.document_id, value=None))
    cell = cell_of(tmp_path)
    assert (cell["value"], cell["state"], cell["raw"]) == (None, "corrected", "12")
    assert rows(tmp_path, "checks", check="row_sum", scope="row:received")[0]["passed"] is None


@pytest.mark.parametrize(
    ("state", "was"), [("unreadable", None), ("unreadable", "5 5"), ("missing", None), ("blank", ""), ("dash", "-")]
)
def test_what_was_not_read_can_be_typed_in(tmp_path: Path, state: str, was: str | None) -> None:
    one = report("a.pdf", given={RECEIVED: state})
    done = corrected(tmp_path, one, entry(one.document_id, was=was))
    assert done.corrections.outcomes == {"figure_corrected": 1}
    cell = cell_of(tmp_path)
    assert (cell["value"], cell["state"]) == (21.0, "corrected")
    assert cell["raw"] == next(c.raw for c in one.cells if (c.table, c.row, c.column) == RECEIVED)


@pytest.mark.parametrize("was", [13, None, "11", ""])
def test_a_correction_of_another_reading_is_refused(tmp_path: Path, was: object) -> None:
    one = report("a.pdf", given={RECEIVED: 12.0})
    done = corrected(tmp_path, one, entry("f" * 16), entry(one.document_id, was=was))
    assert done.corrections.outcomes == {"correction_stale": 1, "document_absent": 1}
    assert len(done.corrections.refused) == 2
    assert "line 1: no document ffff" in done.corrections.refused[0]
    assert "line 10: the correction of" in done.corrections.refused[1]
    assert (cell_of(tmp_path)["value"], cell_of(tmp_path)["state"]) == (12.0, "read")
    (told,) = rows(tmp_path, "findings", code="correction_stale")
    assert told["severity"] == "warning"
    assert "the reading is now 12" in told["message"]
    assert Flags(rows(tmp_path, "findings"), []).covers(one.document_id, *RECEIVED)


def test_a_correction_that_the_reading_has_met_is_told(tmp_path: Path) -> None:
    one = report("a.pdf", given={RECEIVED: 21.0})
    assert corrected(tmp_path, one, entry(one.document_id)).corrections.outcomes == {"correction_met": 1}
    assert cell_of(tmp_path)["state"] == "read"


def test_corrections_of_one_cell_follow_each_other(tmp_path: Path) -> None:
    one = report("a.pdf", given={RECEIVED: 12.0})
    later = entry(one.document_id, was=21, value=22)
    assert corrected(tmp_path, one, entry(one.document_id), later).corrections.outcomes == {"figure_corrected": 2}
    assert cell_of(tmp_path)["value"] == 22.0
    # Two that contradict each other: the first counts, and the second is told.
    again = entry(one.document_id, value=23)
    done = corrected(tmp_path, one, entry(one.document_id), again)
    assert done.corrections.outcomes == {"correction_stale": 1, "figure_corrected": 1}
    assert cell_of(tmp_path)["value"] == 21.0


def test_cells_that_there_are_not_are_told(tmp_path: Path) -> None:
    one, empty = report("a.pdf"), report("b.pdf", agency_id="x", cells=(), status="no_tables")
    write(tmp_path, entry(one.document_id, ("applications", "recieved", "total")), entry(empty.document_id))
    assert build(tmp_path, one, empty).corrections.outcomes == {"correction_without_cell": 2}
    assert len(rows(tmp_path, "findings", code="correction_without_cell")) == 2


def test_an_unusable_entry_is_a_finding_of_its_document(tmp_path: Path) -> None:
    one = report("a.pdf")
    done = corrected(tmp_path, one, entry(one.document_id, value="many"), entry(one.document_id, was=0, value=1))
    assert done.corrections.outcomes == {"correction_unusable": 1, "figure_corrected": 1}
    (told,) = rows(tmp_path, "findings", code="correction_unusable")
    assert told["document_id"] == one.document_id
    assert "line 1, entry 1: value is 'many'" in told["message"]
    assert done.corrections.refused == (told["message"],)


def test_what_no_table_can_hold_is_made_fit(tmp_path: Path) -> None:
    one = report("a.pdf", given={RECEIVED: 12.0})
    (tmp_path / NAME).write_text(TEXT.replace(DOCUMENT, one.document_id).replace("页面印的是21", '"a\\0b"'), "utf-8")
    build(tmp_path, one)
    assert rows(tmp_path, "findings", code="figure_corrected")[0]["message"].endswith("ab)")


def test_one_of_several_reports_of_a_document_is_corrected(tmp_path: Path) -> None:
    first, second = (report(f"a.pdf#{n}", 2020 + n, {RECEIVED: 12.0}) for n in (1, 2))
    corrected(tmp_path, replace(first, others=(second,)), entry(second.document_id))
    assert cell_of(tmp_path, document_id=first.document_id)["value"] == 12.0
    assert cell_of(tmp_path, document_id=second.document_id)["value"] == 21.0


def test_a_reading_of_a_form_with_other_rows_keeps_its_checks(tmp_path: Path) -> None:
    cells = tuple(cell for cell in cells_of("2021", {RECEIVED: 12.0}) if cell.row != "granted")
    one = report("a.pdf")
    one = replace(one, cells=cells)
    assert corrected(tmp_path, one, entry(one.document_id)).corrections.outcomes == {"figure_corrected": 1}
    assert len(rows(tmp_path, "checks")) == len(one.checks)


# ── What follows from them ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_touches_its_own_years_and_what_is_compared_with_them(tmp_path: Path) -> None:
    reports = [report(f"{year}.pdf", year, {CARRIED_OUT: 4.0, CARRIED_IN: 4.0}) for year in range(2019, 2024)]
    out = tmp_path / "out"
    build(out, *reports)
    write(out, entry(reports[1].document_id, CARRIED_OUT, was=4, value=5))
    assert build(out).years == ("2020", "2021")
    (check,) = rows(out, "checks", kind="years", report_year=2021, scope="column:total")
    assert (check["left"], check["right"], check["passed"]) == (4.0, 5.0, False)
    # Lines that only move change nothing, nor does what is not applied to anything.
    text = (out / NAME).read_text("utf-8")
    (out / NAME).write_text("# A note.\n\n" + text, "utf-8")
    assert build(out).years == ()
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / NAME).write_text(text, "utf-8")
    build(fresh, *reversed(reports))
    assert published(out) == published(fresh)
    (out / NAME).unlink()
    assert build(out).years == ("2020", "2021")


def test_copies_are_held_against_corrected_figures_and_the_mended_one_can_stand(tmp_path: Path) -> None:
    a, b = report("a.pdf", given={RECEIVED: 12.0}), report("b.pdf", given={RECEIVED: "unreadable"}, status="partial")
    build(tmp_path, a, b)
    write(tmp_path, entry(b.document_id, was=None, value=12), entry(a.document_id, was=12, value=13))
    build(tmp_path)
    messages = {row["document_id"]: row["message"] for row in rows(tmp_path, "findings", code="copies_differ")}
    assert messages[a.document_id].endswith("b.pdf has 12 for 13 (total)")
    assert messages[b.document_id].endswith("a.pdf has 13 for 12 (total)")
    better = report("c.pdf", given={RECEIVED: "unreadable"}, status="partial", title="（更正）")
    build(tmp_path, better)
    assert [row["source"] for row in rows(tmp_path, "documents", primary=True)] == ["a.pdf"]
    write(tmp_path, entry(better.document_id, was=None, value=12))
    build(tmp_path)
    assert [row["source"] for row in rows(tmp_path, "documents", primary=True)] == ["c.pdf"]


def test_the_panel_has_corrected_figures(tmp_path: Path) -> None:
    one = report("a.pdf", given={RECEIVED: "unreadable"}, status="partial")
    corrected(tmp_path, one, entry(one.document_id, was=None))
    panel = open_dataset(tmp_path).panel()
    assert panel["applications.received.total"].tolist() == [21]
    assert panel["status"].tolist() == ["complete"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    (path / "a.txt").write_text(report_text(2022), "utf-8")
    return path


def test_corrections_survive_a_newer_version_and_a_stale_one_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    extract_folder(folder, out, executor=Here())
    (document,) = rows(out, "documents")
    write(
        out,
        entry(document["document_id"], was=0, value=1),
        entry(document["document_id"], CARRIED_OUT, was=0, value=1),
    )
    first = extract_folder(folder, out, executor=Here())
    assert (first.read, first.corrections, first.years) == ({}, {"figure_corrected": 2}, ("2022",))
    # A version that reads one of the two otherwise.
    monkeypatch.setattr("gov_extract.store.keys.code_key", lambda: "another version")

    def other(*args: Any, **kwargs: Any) -> Report:
        read = report_of(*args, **kwargs)
        where = [(cell.table, cell.row, cell.column) for cell in read.cells].index(CARRIED_OUT)
        cells = [*read.cells[:where], read.cells[where]._replace(value=7.0, raw="7"), *read.cells[where + 1 :]]
        return replace(read, cells=tuple(cells), checks=tuple(evaluate_cells(load_forms(), cells)))

    monkeypatch.setattr(reading, "report_of", other)
    again = extract_folder(folder, out, executor=Here())
    assert again.read == {"upgraded": 1}
    assert again.corrections == {"correction_stale": 1, "figure_corrected": 1}
    assert len(again.refused) == 1
    assert (cell_of(out)["value"], cell_of(out)["state"]) == (1.0, "corrected")
    assert (cell_of(out, CARRIED_OUT)["value"], cell_of(out, CARRIED_OUT)["state"]) == (7.0, "read")
    assert (out / NAME).exists()


def test_runs_status_and_publish_say_what_became_of_them(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = CliRunner()
    extract_folder(folder, out, executor=Here())
    (document,) = rows(out, "documents")
    assert status(out).mended
    write(out, entry(document["document_id"], was=0, value=1), entry(document["document_id"]))
    assert not status(out).mended
    assert "corrections.yaml has changed since" in run.invoke(cli.app, ["status", str(out)]).stdout
    told = run.invoke(cli.app, ["publish", str(out)])
    assert told.exit_code == 0, told.output
    assert "years written: 2022" in told.stdout
    assert "corrections.yaml: 1 of another reading and not applied, 1 applied" in told.stdout
    assert "corrections.yaml, line 10: " in told.stdout
    found = json.loads(run.invoke(cli.app, ["status", str(out), "--json"]).stdout)
    assert (found["mended"], found["corrections"]) == (True, {"correction_stale": 1, "figure_corrected": 1})
    assert found["statuses"] == {"complete": 1}
    # What a publish does, a run does too, with the same bytes.
    before = published(out)
    assert extract_folder(folder, out, executor=Here()).years == ()
    assert published(out) == before


def test_tables_whose_documents_are_not_known_any_more_are_left_as_they_are(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    extract_folder(folder, out, executor=Here())
    before = published(out)
    (out / "state" / "index.sqlite").unlink()
    assert CliRunner().invoke(cli.app, ["publish", str(out)]).exit_code == 2
    assert published(out) == before


def test_a_run_prints_which_corrections_it_did_not_apply(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, entry("f" * 16))
    told = CliRunner().invoke(cli.app, ["extract", str(folder), "-o", str(out), "--workers", "1"])
    assert told.exit_code == 0, told.output
    assert "corrections.yaml: 1 of documents that are not there" in told.stdout
    assert f"corrections.yaml, line 1: no document {'f' * 16} is in the tables" in told.stdout


def test_a_folder_that_is_no_dataset_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "mine.txt").write_text("mine")
    told = CliRunner().invoke(cli.app, ["publish", str(tmp_path)])
    assert told.exit_code == 2
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine.txt", "tables"]


def test_random_bytes_are_told_and_raise_nothing(tmp_path: Path) -> None:
    rng = random.Random(1)
    for _ in range(60):
        data = bytearray(TEXT.encode() * 2)
        for _ in range(rng.randrange(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        found = read(tmp_path, bytes(data))
        assert found.of or found.problems
