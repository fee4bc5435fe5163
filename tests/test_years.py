"""Reports of one agency: which stands for a year, what copies print otherwise, and what follows from the year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from gov_extract.checks import Figure, Figures, evaluate_cells, evaluate_over_years
from gov_extract.dataset import open_dataset
from gov_extract.dataset.flags import Flags
from gov_extract.errors import FormError
from gov_extract.forms import load_forms
from gov_extract.forms.over_years import OverYears, prove_over_years, scopes
from gov_extract.report import Report
from gov_extract.schema import Cell, State
from gov_extract.store import locked, write_shard
from gov_extract.store.index import open_index
from gov_extract.store.publishing import Published, publish_index
from gov_extract.store.shards import shard_path
from gov_extract.store.standing import because, rank, rules
from tests.handmade import form_cells, make_report

Key = tuple[str, str, str]
Given = Mapping[Key, float | str]
CARRIED_IN: Key = ("applications", "carried_in", "total")
CARRIED_OUT: Key = ("applications", "carried_out", "total")
RULES = "art20_1.rules"
LICENSING = "art20_5.licensing"


def cells_of(form: str, given: Given, *, tables: tuple[str, ...] = ()) -> tuple[Cell, ...]:
    """A form's cells: 0, or the figure or state that is given."""
    cells = []
    for cell in form_cells(form):
        if tables and cell.table not in tables:
            continue
        what = given.get((cell.table, cell.row, cell.column), 0.0)
        if isinstance(what, str):
            raw = {"dash": "-", "blank": "", "unreadable": "5 5"}.get(what)
            cells.append(cell._replace(value=None, state=cast("State", what), raw=raw))
        else:
            cells.append(cell._replace(value=what, raw=f"{what:g}"))
    return tuple(cells)


def report(
    source: str,
    year: int | None = 2022,
    given: Given | None = None,
    *,
    form: str = "2021",
    agency_id: str | None = "320100/某局",
    title: str = "标题",
    published_on: str = "2023-01-20",
    reader: str = "native",
    cells: tuple[Cell, ...] | None = None,
    **more: Any,
) -> Report:
    """A report of one agency."""
    cells = cells_of(form, given or {}) if cells is None else cells
    made = make_report(source, year=year, agency="某局", cells=cells, **more)
    metadata = made.metadata._replace(agency_id=agency_id, title=title, published_on=published_on)
    return replace(made, metadata=metadata, reader=reader, checks=tuple(evaluate_cells(load_forms(), cells)))


def build(out: Path, *reports: Report, gone: tuple[str, ...] = ()) -> Published:
    with locked(out):
        for one in reports:
            write_shard(out, one)
        with open_index(out) as index:
            sources = [row.source for row in index.rows() if row.source not in gone]
            return publish_index(index, sources)


def rows(out: Path, table: str, **wanted: Any) -> list[dict[str, Any]]:
    found = open_dataset(out).arrow(table).to_pylist()
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def yearly(out: Path, check: str) -> dict[str, bool | None]:
    return {row["scope"]: row["passed"] for row in rows(out, "checks", kind="years", check=check)}


def published(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in [*out.glob("tables/*/*"), out / "manifest.json"]}


# ── Which stands ──────────────────────────────────────────────────────────────────────────────────────────────────────


BLANK = {CARRIED_IN: "blank"}
WRONG = {("applications", "received", "total"): 5.0}


@pytest.mark.parametrize(
    ("better", "worse", "fact"),
    [
        (report("b"), report("a", given={CARRIED_IN: "missing"}, status="partial"), "status"),
        (report("b", title="某局2022年政府信息公开工作年度报告（更正版）", given=BLANK), report("a"), "title"),
        (report("b", reader="ocr"), report("a", given=BLANK), "cells_read"),
        (report("b", given=WRONG), report("a", reader="mixed"), "reader"),
        (report("b"), report("a", given=WRONG, published_on="2024-01-01"), "checks_failed"),
        (report("b", published_on="2023-03-01"), report("a", published_on="2023-01-31"), "published_on"),
        (report("a"), report("b"), "source"),
        # A notice that a report was corrected, without its tables, stands for nothing.
        (report("b"), report("a", title="关于更正年度报告的公告", cells=(), status="no_tables"), "status"),
    ],
)
def test_the_first_rule_that_tells_documents_apart_decides(tmp_path: Path, better: Report, worse: Report, fact: str) -> None:
    build(tmp_path, better, worse)
    documents = {row["source"]: row["primary"] for row in rows(tmp_path, "documents")}
    assert documents == {better.source: True, worse.source: False}
    (told,) = rows(tmp_path, "findings", code="copy_of")
    assert told["document_id"] == worse.document_id
    (rule,) = [rule for rule in rules() if rule.fact == fact]
    assert told["message"] == f"{better.source} stands for this agency and year: {rule.because}"


def test_ranks_do_not_need_every_fact() -> None:
    assert rank({"published_on": "2023-01-01"}) < rank({})
    assert because(rank({"source": "a"}), rank({"source": "b"})) == rules()[-1].because
    assert because(rank({}), rank({})) == "they are alike"


def test_reports_of_other_years_or_agencies_or_of_no_agency_are_no_copies(tmp_path: Path) -> None:
    alone = [report("a"), report("b", 2021), report("c", agency_id="320200/某局"), report("d", None), report("e", None)]
    nobody = report("f")
    build(tmp_path, *alone, replace(nobody, metadata=nobody.metadata._replace(agency=None, agency_id=None)))
    assert all(row["primary"] for row in rows(tmp_path, "documents"))
    assert not rows(tmp_path, "findings", code="copy_of")


# ── What copies print otherwise ───────────────────────────────────────────────────────────────────────────────────────


def test_each_row_that_copies_print_otherwise_is_pointed_at_in_both(tmp_path: Path) -> None:
    other: Given = {
        ("applications", "received", "total"): 7.0,
        ("applications", "received", "natural_person"): 7.0,
        ("review_litigation", "review", "total"): "blank",
        # None of these differs: a blank and a dash for 0, and what could not be read.
        ("applications", "granted", "total"): "dash",
        ("applications", "carried_out", "total"): "unreadable",
        ("active_disclosure", "art20_1.rules", "issued"): "missing",
    }
    mine = {("review_litigation", "review", "total"): 3.0, ("applications", "carried_out", "total"): 9.0}
    build(tmp_path, report("a.pdf", given=mine), report("b.html", given=other, status="partial"))
    found = rows(tmp_path, "findings", code="copies_differ")
    assert {(row["document_id"], row["table"], row["row"], row["column"]) for row in found} == {
        (report(source).document_id, *where)
        for source in ("a.pdf", "b.html")
        for where in (("applications", "received", None), ("review_litigation", "review", "total"))
    }
    assert {row["severity"] for row in found} == {"warning"}
    received = {row["document_id"]: row["message"] for row in found if row["row"] == "received"}
    assert received[report("a.pdf").document_id].endswith("b.html has 7 for 0 (natural_person), 7 for 0 (total)")
    assert received[report("b.html").document_id].endswith("a.pdf has 0 for 7 (natural_person), 0 for 7 (total)")
    review = {row["document_id"]: row["message"] for row in found if row["row"] == "review"}
    assert review[report("a.pdf").document_id].endswith("b.html has blank for 3 (total)")


def test_the_document_that_stands_has_one_finding_a_row_however_many_copies_differ(tmp_path: Path) -> None:
    copies = [report(f"{n}.pdf", given={CARRIED_IN: float(n), CARRIED_OUT: float(n)}) for n in range(6)]
    build(tmp_path, *copies)
    own = rows(tmp_path, "findings", code="copies_differ", document_id=copies[0].document_id)
    assert [row["row"] for row in own] == ["carried_in", "carried_out"]
    named = "; ".join(f"{n}.pdf has {n} for 0 (total)" for n in (1, 2, 3))
    assert own[0]["message"].endswith(f"otherwise: {named}; so have 2 more documents")


def test_figures_in_other_units_are_not_compared(tmp_path: Path) -> None:
    cells = tuple(cell._replace(unit="元", value=5.0) if cell.column == "fees" else cell for cell in cells_of("2021", {}))
    build(tmp_path, report("a"), report("b", cells=cells))
    assert not rows(tmp_path, "findings", code="copies_differ")


def test_copies_of_one_name_whose_agency_is_not_known_are_told_so(tmp_path: Path) -> None:
    build(tmp_path, report("a", agency_id=None), report("b", agency_id=None))
    (told,) = rows(tmp_path, "findings", code="copy_of")
    assert "they may be of two agencies" in told["message"]


# ── Over the years ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_carried_in_is_what_the_year_before_carried_out(tmp_path: Path) -> None:
    before = {CARRIED_OUT: 4.0, ("applications", "carried_out", "natural_person"): 4.0}
    now = {CARRIED_IN: 4.0, ("applications", "carried_in", "natural_person"): 3.0}
    build(tmp_path, report("21.pdf", 2021, before), report("22.pdf", 2022, now))
    checks = rows(tmp_path, "checks", kind="years", check="carried_over")
    assert {row["report_year"] for row in checks} == {2022}
    assert {row["scope"]: row["passed"] for row in checks} == {
        f"column:{column.code}": column.code != "natural_person"
        for column in load_forms()["2021"].tables["applications"].columns
    }
    (failed,) = [row for row in checks if not row["passed"]]
    assert (failed["left"], failed["right"], failed["difference"]) == (3.0, 4.0, -1.0)
    assert failed["formula"] == "carried_in = before.carried_out"
    (finding,) = rows(tmp_path, "findings", code="years_differ")
    where = (finding["severity"], finding["table"], finding["row"], finding["column"])
    assert where == ("info", "applications", "carried_in", "natural_person")
    assert "21.pdf" in finding["message"]
    # No figure is another for it, and checks of other kinds are counted alone.
    assert {row["checks_failed"] for row in rows(tmp_path, "documents", report_year=2022)} == {
        sum(check.passed is False for check in report("22.pdf", 2022, now).checks)
    }
    flags = Flags(rows(tmp_path, "findings"), rows(tmp_path, "checks", kind="years"))
    id_ = report("22.pdf").document_id
    assert flags.covers(id_, "applications", "carried_in", "natural_person")
    assert not flags.covers(id_, "applications", "granted", "natural_person")
    assert not flags.covers(id_, "applications", "carried_in", "total")


def test_what_is_in_force_is_what_was_with_what_was_issued_and_without_what_was_repealed(tmp_path: Path) -> None:
    table = "active_disclosure"
    before = {(table, RULES, "in_force"): 20.0, (table, "art20_1.normative_documents", "in_force"): 8.0}
    now = {(table, RULES, "in_force"): 21.0, (table, RULES, "issued"): 3.0, (table, RULES, "repealed"): 2.0}
    build(tmp_path, report("a", 2021, before), report("b", 2022, now))
    assert yearly(tmp_path, "in_force_kept") == {f"row:{RULES}": True, "row:art20_1.normative_documents": False}


def test_the_items_of_last_year_are_those_of_the_form_of_2019_the_year_before(tmp_path: Path) -> None:
    table = "active_disclosure"
    before = {(table, LICENSING, "items_last_year"): 30.0, (table, LICENSING, "items_change"): -2.0}
    now = {(table, LICENSING, "items_last_year"): 28.0}
    build(tmp_path, report("a", 2019, before, form="2019"), report("b", 2020, now, form="2019"))
    assert yearly(tmp_path, "items_kept")[f"row:{LICENSING}"] is True
    assert len(yearly(tmp_path, "items_kept")) == 5
    build(tmp_path, report("b", 2020, {(table, LICENSING, "items_last_year"): 30.0}, form="2019", content="b2"))
    assert yearly(tmp_path, "items_kept")[f"row:{LICENSING}"] is False


@pytest.mark.parametrize(
    ("before", "now", "ids"),
    [
        ("2019", "2021", {"carried_over"}),
        ("2021", "2019", {"carried_over"}),
        ("2019", "2019", {"carried_over", "items_kept"}),
        ("2021", "2021", {"carried_over", "in_force_kept"}),
        ("2014", "2019", set()),
        ("2014", "2014", set()),
    ],
)
def test_tables_are_compared_only_where_the_generations_mean_the_same(before: str, now: str, ids: set[str]) -> None:
    assert {check.check for check in evaluate_over_years(figures(now, {}), figures(before, {}))} == ids


def figures(form: str, given: Given) -> Figures:
    cells = cells_of(form, given)
    return {(cell.table, cell.row, cell.column): Figure(form, cell.state, cell.value, cell.unit) for cell in cells}


def passed(before: Given, now: Given) -> dict[str, bool | None]:
    checks = evaluate_over_years(figures("2021", now), figures("2021", before))
    return {f"{check.check} {check.scope}": check.passed for check in checks}


@pytest.mark.parametrize("state", ["blank", "dash", "missing", "unreadable"])
def test_only_figures_are_compared(state: str) -> None:
    assert passed({CARRIED_OUT: 4.0}, {CARRIED_IN: 5.0})["carried_over column:total"] is False
    assert passed({CARRIED_OUT: state}, {CARRIED_IN: 5.0})["carried_over column:total"] is None
    assert passed({CARRIED_OUT: 4.0}, {CARRIED_IN: state})["carried_over column:total"] is None


def test_terms_that_need_not_be_figures_count_as_0_unless_they_are_lost() -> None:
    issued, repealed = ("active_disclosure", RULES, "issued"), ("active_disclosure", RULES, "repealed")
    assert passed({}, {issued: "blank", repealed: "dash"})[f"in_force_kept row:{RULES}"] is True
    assert passed({}, {issued: "unreadable"})[f"in_force_kept row:{RULES}"] is None
    assert passed({}, {repealed: "missing"})[f"in_force_kept row:{RULES}"] is None


def test_figures_in_several_units_say_nothing() -> None:
    key = ("applications", "carried_in", "total")
    zero = dict(figures("2021", {}))
    checks = evaluate_over_years({**zero, key: Figure("2021", "read", 0.0, "万件")}, zero)
    assert {check.scope: check.passed for check in checks if check.check == "carried_over"}["column:total"] is None
    # A reading of a version whose form had no such row.
    del zero[key]
    assert "column:total" not in {check.scope for check in evaluate_over_years(zero, zero)}


def test_the_year_before_is_that_of_the_same_key_and_of_the_documents_that_stand(tmp_path: Path) -> None:
    given = {CARRIED_OUT: 4.0}
    build(
        tmp_path,
        report("20.pdf", 2020, given),
        report("other.pdf", 2021, given, agency_id="320200/某局"),
        report("unknown21.pdf", 2021, given, agency_id=None),
        report("22.pdf", 2022),
        report("unknown22.pdf", 2022, agency_id=None),
    )
    assert not rows(tmp_path, "checks", kind="years")
    build(tmp_path, report("21.pdf", 2021, given), report("21.html", 2021, status="partial", given={CARRIED_IN: "missing"}))
    found = rows(tmp_path, "checks", kind="years", scope="column:total")
    # 2021 against 2020, and 2022 against the document that stands for 2021; copies have none.
    assert {(row["document_id"], row["right"]) for row in found} == {
        (report("21.pdf").document_id, 4.0),
        (report("22.pdf").document_id, 4.0),
    }


def test_a_changed_year_is_written_with_the_next_one_and_no_other(tmp_path: Path) -> None:
    years = range(2019, 2024)
    build(tmp_path / "a", *(report(f"{year}.pdf", year) for year in years))
    out = tmp_path / "a"
    copy = report("2020b.pdf", 2020, {CARRIED_OUT: 1.0}, status="partial")
    # A document that stands for nothing changes its own year only.
    assert build(out, copy).years == ("2020",)
    # One that comes to stand changes the year after as well, and so does its going.
    better = report("2020c.pdf", 2020, {CARRIED_OUT: 2.0}, title="（更正）")
    assert build(out, better).years == ("2020", "2021")
    assert [row["right"] for row in rows(out, "checks", report_year=2021, kind="years", scope="column:total")] == [2.0]
    build(tmp_path / "b", *(report(f"{year}.pdf", year) for year in reversed(years)), better, copy)
    assert published(out) == published(tmp_path / "b")
    assert build(out, gone=("2020c.pdf",)).years == ("2020", "2021")
    assert build(out).years == ()


@pytest.mark.parametrize("damaged", ["21.pdf", "22b.pdf"])
def test_a_torn_reading_that_another_is_held_against_is_told_and_left_out(tmp_path: Path, damaged: str) -> None:
    build(tmp_path, report("21.pdf", 2021), report("22.pdf", 2022), report("22b.pdf", 2022, {CARRIED_IN: "blank"}))
    with open_index(tmp_path) as index:
        (name,) = [row.shard for row in index.rows() if row.source == damaged]
    shard_path(tmp_path, name).write_bytes(b"torn")
    done = build(tmp_path, report("22.pdf", 2022, {CARRIED_IN: 1.0}))
    assert done.torn == (damaged,)
    assert {row["source"] for row in rows(tmp_path, "documents")} == {"21.pdf", "22.pdf", "22b.pdf"} - {damaged}
    assert bool(rows(tmp_path, "checks", kind="years")) == (damaged != "21.pdf")


# ── The forms' data ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_relations_over_years_are_proven() -> None:
    forms = load_forms()
    sound = forms["2021"].over_years[0]
    for fault in (
        sound._replace(left=("carried",)),
        sound._replace(right=("before.carried",)),
        sound._replace(read=("granted",)),
        sound._replace(forms=("2014",)),
        sound._replace(forms=("1999",)),
    ):
        with pytest.raises(FormError, match="carried_over"):
            prove_over_years({**forms, "2021": forms["2021"]._replace(over_years=(fault,))})


def test_terms_of_several_units_are_never_compared() -> None:
    forms = load_forms()
    mixed = OverYears(
        "mixed", "active_disclosure", "row", ("items_last_year",), ("before.decisions",), ("items_last_year",), ("2019",), ""
    )
    assert scopes(mixed, forms["2019"], forms["2019"]) == ()
