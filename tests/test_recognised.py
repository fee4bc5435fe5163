"""Which reading of a recognised figure counts: identities choose between readings, and never make a figure."""

from __future__ import annotations

import pytest

from gov_extract.document import Box, Document, Grid, GridCell, Page, Reading
from gov_extract.forms import load_forms
from gov_extract.parse import parse
from gov_extract.parse.recognised import _Option as Option
from gov_extract.parse.recognised import choose, reader_of, settle_readings
from gov_extract.report import Report, understand
from gov_extract.schema import State

IDENTITIES = [one for one in load_forms()["2021"].identities if one.table == "review_litigation"]
COLUMNS = ("upheld", "corrected", "other", "pending", "total")


def option(text: str, confidence: float = 0.9) -> Option:
    return Option("read", float(text), Reading(text, "ocr", confidence), None)


def row(*figures: str) -> dict[tuple[str, str], tuple[State, float | None]]:
    return {("review", c): ("read", float(f)) for c, f in zip(COLUMNS, figures, strict=True)}


def test_the_one_reading_with_which_the_sum_holds_is_chosen() -> None:
    chosen = choose(IDENTITIES, row("3", "4", "1", "2", "10"), {("review", "corrected"): [option("1"), option("4")]})
    assert {key: own.value for key, own in chosen.items()} == {("review", "corrected"): 4.0}


def test_where_two_combinations_fit_none_is_chosen() -> None:
    options = {("review", "upheld"): [option("1"), option("7")], ("review", "corrected"): [option("1"), option("7")]}
    assert choose(IDENTITIES, row("1", "7", "0", "0", "8"), options) == {}


def test_a_figure_that_no_reading_says_is_never_given() -> None:
    assert choose(IDENTITIES, row("3", "4", "1", "2", "10"), {("review", "corrected"): [option("1"), option("9")]}) == {}
    assert choose(IDENTITIES, row("3", "4", "1", "2", "10"), {("review", "corrected"): []}) == {}


def test_a_single_unsure_reading_is_confirmed_by_its_sum_and_only_by_it() -> None:
    values = row("3", "4", "1", "2", "10")
    assert choose(IDENTITIES, values, {("review", "other"): [option("1")]})[("review", "other")].value == 1.0
    assert choose(IDENTITIES, {**values, ("review", "total"): ("missing", None)}, {("review", "other"): [option("1")]}) == {}


def test_a_nought_is_not_confirmed_by_a_sum_that_a_blank_place_would_satisfy_as_well() -> None:
    values = row("3", "0", "1", "2", "6")
    assert choose(IDENTITIES, values, {("review", "corrected"): [option("0", 0.2)]}) == {}
    assert choose(IDENTITIES, values, {("review", "corrected"): [option("0", 0.9)]})


def test_one_sum_never_chooses_two_readings_at_once() -> None:
    # Printed 3 + 8 + 1 + 0 = 12; one misreading makes good the other.
    options = {("review", "upheld"): [option("8"), option("5")], ("review", "corrected"): [option("8"), option("3")]}
    assert choose(IDENTITIES, row("3", "8", "1", "0", "12"), options) == {}


def test_one_sum_does_not_choose_an_unlikely_reading() -> None:
    # Printed 3 + 2, and 10 as their sum: the agency's own mistake.
    options = {("review", "upheld"): [option("3", 0.97), option("8", 0.3)]}
    assert choose(IDENTITIES, row("3", "2", "0", "0", "10"), options) == {}


APPLICATIONS = [one for one in load_forms()["2021"].identities if one.table == "applications"]
SMALL = ("natural_person", "commercial_enterprise", "research_institution")


def applications(silent: str | None = None) -> dict[tuple[str, str], tuple[State, float | None]]:
    """The table of applications: 13 + 27 + 8 = 48 received and carried out; `silent` is a row that nobody can read."""
    table = load_forms()["2021"].tables["applications"]
    columns = [c.code for c in table.columns]
    figures = dict.fromkeys(columns, 0.0) | dict(zip((*SMALL, "total"), (13.0, 27.0, 8.0, 48.0), strict=True))
    values: dict[tuple[str, str], tuple[State, float | None]] = {
        (r.code, c): ("read", figures[c] if r.code in ("received", "carried_out") else 0.0) for r in table.rows for c in columns
    }
    return values | {(silent, c): ("unreadable", None) for c in columns if silent}


WRONG = {
    ("received", "natural_person"): [option("13"), option("18"), option("15")],
    ("received", "commercial_enterprise"): [option("27"), option("21")],
    ("received", "research_institution"): [option("8"), option("3")],
}


def test_readings_that_are_open_in_one_row_are_told_by_the_columns_that_cross_it() -> None:
    chosen = choose(APPLICATIONS, applications(), WRONG)
    assert {key[1]: (own.value, own.alone) for key, own in chosen.items()} == dict(
        zip(SMALL, ((13.0, False), (27.0, False), (8.0, False)), strict=True)
    )


def test_where_no_column_speaks_a_row_with_several_open_readings_stays_open() -> None:
    without = {key: own[-2:] if len(own) > 2 else own for key, own in WRONG.items()}
    assert choose(APPLICATIONS, applications("carried_in"), without) == {}
    assert choose(APPLICATIONS, applications("carried_in"), WRONG) == {}


def test_a_sum_whose_other_cell_can_be_chosen_to_fit_confirms_nothing() -> None:
    # The column of natural persons is wrong in print (8 received, 3 carried out): the row fits either way.
    values = applications() | {
        ("received", "natural_person"): ("read", 8.0),
        ("received", "commercial_enterprise"): ("read", 7.0),
        ("received", "research_institution"): ("read", 0.0),
        ("received", "total"): ("read", 15.0),
        ("carried_out", "natural_person"): ("read", 3.0),
        ("carried_in", "commercial_enterprise"): ("unreadable", None),
    }
    options = {
        ("received", "natural_person"): [option("8", 0.97), option("3", 0.3)],
        ("received", "commercial_enterprise"): [option("7", 0.9), option("12", 0.3)],
    }
    assert choose(APPLICATIONS, values, options) == {}


def sheet(readings: dict[tuple[str, str], tuple[Reading, ...]]) -> Document:
    """A recognised page with the table of reviews and litigation: every figure 1, every total 4, but for `readings`."""
    heads = [("行政复议", 5), ("未经复议直接起诉", 5), ("复议后起诉", 5)]
    labels = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    cells, column = [], 0

    def cell(row: int, column: int, colspan: int, own: tuple[Reading, ...]) -> GridCell:
        return GridCell(
            row, column, 1, colspan, own, Box(30.0 * column, 20.0 * row, 30.0 * (column + colspan), 20.0 * row + 20)
        )

    for head, span in heads:
        cells.append(cell(0, column, span, sure(head)))
        column += span
    cells += [cell(1, c, 1, sure(labels[c % 5])) for c in range(15)]
    for c in range(15):
        name = ("review", "litigation_direct", "litigation_after_review")[c // 5], COLUMNS[c % 5]
        cells.append(cell(2, c, 1, readings.get(name) or sure("4" if c % 5 == 4 else "1")))
    grid = Grid(tuple(cells), 3, 15, "ruled", 1, Box(0, 0, 450, 60), tuple(30.0 * c for c in range(16)))
    text = "\n".join(" ".join(cell.text for cell in cells if cell.row == r) for r in range(3))
    return Document("image/png", (Page(1, 595, 842, (grid,), text, reader="ocr"),))


def sure(text: str) -> tuple[Reading, ...]:
    return Reading(text, "ocr", 0.999), Reading(text, "ocr_again", 0.999)


def read(readings: dict[tuple[str, str], tuple[Reading, ...]]) -> Report:
    return understand(sheet(readings), b"", "")


def state_of(report: Report, row: str, column: str) -> tuple[str, float | None]:
    return next((c.state, c.value) for c in report.cells if (c.table, c.row, c.column) == ("review_litigation", row, column))


def test_what_all_readings_say_is_read_without_a_finding() -> None:
    report = read({})
    own = [c for c in report.cells if c.table == "review_litigation"]
    assert {(c.state, c.reader, c.agreement) for c in own} == {("read", "ocr", True)}
    assert not [f for f in report.findings if f.table == "review_litigation"]
    assert report.reader == "ocr"


def test_readings_that_differ_are_settled_by_the_sum_or_flagged() -> None:
    two = (Reading("1", "ocr", 0.7), Reading("7", "ocr", 0.3))
    chosen = read({("review", "upheld"): two})
    assert state_of(chosen, "review", "upheld") == ("read", 1.0)
    assert [(f.severity, f.row, f.column) for f in chosen.findings if f.code == "told_by_sums"] == [
        ("warning", "review", "upheld")
    ]
    assert [c.confidence for c in chosen.cells if (c.row, c.column) == ("review", "upheld")] == [0.7]
    flagged = read({("review", "upheld"): (Reading("7", "ocr", 0.7), Reading("2", "ocr", 0.3))})
    assert state_of(flagged, "review", "upheld") == ("unreadable", None)
    assert [(f.severity, f.row, f.column) for f in flagged.findings if f.code == "reading_unsure"] == [
        ("warning", "review", "upheld")
    ]


@pytest.mark.parametrize("readings", [(Reading("", "ocr", 0.0),), (Reading("\ufffd", "ocr", 0.0),)])
def test_a_place_that_is_not_proven_to_be_blank_is_unreadable(readings: tuple[Reading, ...]) -> None:
    assert state_of(read({("review", "other"): readings}), "review", "other")[0] == "unreadable"


def test_pages_that_are_not_recognised_are_left_alone() -> None:
    document = sheet({})
    native = document._replace(pages=(document.pages[0]._replace(reader="native"),))
    tables = parse(native, "").tables
    assert settle_readings(native, tables) is tables
    assert reader_of(native) == "native"
    assert reader_of(document._replace(pages=(*document.pages, *native.pages))) == "mixed"
