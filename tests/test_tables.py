"""The alignment of a form to what a document holds: exact where the document says it, flagged where it does not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Document, Finding, Grid, GridCell, Line, Reading
from gov_extract.forms import load_forms
from gov_extract.parse.tables import Tables, read_tables
from gov_extract.report import Report, extract, understand
from tests.filled_forms import document_of, filled, random_values, truth_of
from tests.growth import assert_linear
from tests.measure.faults import FAULTS
from tests.measure.score import score


def values_of(tables: Tables) -> dict[tuple[str, str, str], float | None]:
    return {(c.table, c.row, c.column): c.value for c in tables.cells}


def edited(document: Document, changes: dict[str, str]) -> Document:
    """The document with some cells' texts replaced, in its grids and in its raw text."""
    page = document.pages[0]
    blocks: list[Grid | Line] = []
    for block in page.blocks:
        if isinstance(block, Grid):
            cells = [c._replace(readings=(Reading(changes.get(c.text, c.text), "markup"),)) for c in block.cells]
            blocks.append(block._replace(cells=tuple(cells)))
        else:
            blocks.append(block)
    text = page.text
    for old, new in changes.items():
        text = text.replace(old, new)
    return document._replace(pages=(page._replace(blocks=tuple(blocks), text=text),))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["2021", "2019", "2014"]), st.integers(0, 10**6))
def test_every_cell_of_a_plain_form_is_exact_and_unflagged(form: str, seed: int) -> None:
    document, truth = filled(form, seed)
    result = score("plain", understand(document, b"", ""), truth)
    assert (result.exact, result.flags, result.silent) == (result.cells, 0, 0)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["2021", "2019", "2014"]), st.integers(0, 10**6), st.sampled_from(sorted(FAULTS)))
def test_no_fault_between_reader_and_parser_is_silent(form: str, seed: int, fault: str) -> None:
    document, truth = filled(form, seed)
    damaged = FAULTS[fault](document, random.Random(seed))
    if damaged is not None:
        result = score(f"{fault} {seed}", understand(damaged, b"", ""), truth)
        assert result.silent == 0, [error for error in result.errors if not error.flagged]


@pytest.mark.parametrize(
    ("label", "worn"),
    [
        ("2.其他法律行政法规禁止公开", "2.其他法律行政止公开"),
        ("一、本年新收政府信息公开申请数量", "一、本年新收政府信息公开数量"),
        ("（七）总计", "( 七 ) 合计"),
        ("行政规范性文件", "规范性文件（指除政府规章外，具有普遍约束力的公文）"),
        ("1.属于国家秘密", "1、属于国 家秘密"),
        ("3.其他", "3．其它"),
    ],
)
def test_a_worn_label_is_still_its_row(label: str, worn: str) -> None:
    document, truth = filled("2021", 7)
    tables = read_tables(edited(document, {label: worn}))
    assert values_of(tables) == {(t, r, c): v for t, r, c, v, *_ in truth["cells"]}


def test_a_label_that_is_another_row_s_is_never_taken_for_its_neighbour() -> None:
    """Two rows with the same label: one of them is unknown, whatever the sums say."""
    document, _ = filled("2021", 3)
    tables = read_tables(edited(document, {"1.信访举报投诉类申请": "2.重复申请"}))
    petition = [c for c in tables.cells if c.row == "declined.petition"]
    assert {c.state for c in petition} == {"missing"}
    assert any(f.row == "declined.petition" and f.severity == "warning" for f in tables.findings)


def test_a_worn_label_with_the_number_of_another_row_is_flagged() -> None:
    document, _ = filled("2021", 5)
    carried = "二、上年结转政府信息公开申请数量"
    named = {}
    for number in "一二":
        changes = {carried: f"{number}、上年结转来的政府信息公开申请数量", "一、本年新收政府信息公开申请数量": "信息"}
        report = understand(edited(document, changes), b"", "")
        found = [f.severity for f in report.findings if f.code == "label_worn" and f.row == "carried_in"]
        named[number] = found
    assert named == {"一": ["warning"], "二": ["info"]}


def test_a_section_s_heading_is_no_piece_of_a_row_s_label() -> None:
    document, _ = filled("2021", 5)
    document = edited(document, {"一、本年新收政府信息公开申请数量": "一、上年结转来的政府信息公开申请数量"})
    page = document.pages[0]
    at = next(n for n, block in enumerate(page.blocks) if isinstance(block, Line) and block.text.startswith("三、"))
    before = [["", "本年", "上年同期"], ["收到申请", "17", "0"], ["办结申请", "120", "5"], ["上年同期", "", ""]]
    cells = tuple(GridCell(r, c, 1, 1, (Reading(t, "markup"),)) for r, row in enumerate(before) for c, t in enumerate(row))
    other = Grid(cells, 4, 3, "markup")
    document = document._replace(pages=(page._replace(blocks=(*page.blocks[:at], other, *page.blocks[at:])),))
    report = understand(document, b"", "")
    assert {cell.state for cell in report.cells if (cell.table, cell.row) == ("applications", "received")} == {"missing"}
    assert "applications" in {section.section for section in report.sections}


def test_of_two_worn_labels_that_with_the_row_s_own_number_is_the_row_s() -> None:
    document, truth = filled("2021", 6)
    changes = {
        "一、本年新收政府信息公开申请数量": "一、上年结转来的政府信息公开申请数量",
        "二、上年结转政府信息公开申请数量": "二、上年结转之府信息公开申请数量",
    }
    found = values_of(read_tables(edited(document, changes)))
    wanted = {(t, r, c): v for t, r, c, v, *_ in truth["cells"] if r == "carried_in"}
    assert {key: found[key] for key in wanted} == wanted


def test_the_form_is_found_for_each_table() -> None:
    new, old = load_forms()["2021"], load_forms()["2019"]
    values = random_values(new, random.Random(1))
    older = random_values(old, random.Random(1))
    mixed = document_of(new, values).pages[0].blocks[:3], document_of(old, older).pages[0].blocks[3:]
    texts = (
        document_of(new, values).pages[0].text.split("三、收到")[0],
        document_of(old, older).pages[0].text.split("三、收到")[1],
    )
    page = document_of(new, values).pages[0]._replace(blocks=(*mixed[0], *mixed[1]), text="三、收到".join(texts))
    tables = read_tables(Document("text/html", (page,)))
    assert tables.forms["active_disclosure"] == "2021"
    assert tables.forms["applications"] == "2019"


def test_a_row_that_the_report_adds_is_kept_beside_the_form_s() -> None:
    document, truth = filled("2021", 5)
    page = document.pages[0]
    grid = next(block for block in page.blocks if isinstance(block, Grid))
    rows = [[cell.text for cell in grid.cells if cell.row == r] for r in range(grid.n_rows)]
    rows.insert(4, ["其他主动公开文件", "4", "5", "6"])
    cells = [GridCell(r, c, 1, 1, (Reading(text, "markup"),)) for r, row in enumerate(rows) for c, text in enumerate(row)]
    added = grid._replace(cells=tuple(cells), n_rows=len(rows))
    blocks = tuple(added if block is grid else block for block in page.blocks)
    tables = read_tables(document._replace(pages=(page._replace(blocks=blocks),)))
    extra = [(c.row, c.label, c.value) for c in tables.cells if c.row.startswith("extra.")]
    assert extra == [("extra.1", "其他主动公开文件", v) for v in (4.0, 5.0, 6.0)]
    canonical = {key: value for key, value in values_of(tables).items() if not key[1].startswith("extra.")}
    assert canonical == {(t, r, c): v for t, r, c, v, *_ in truth["cells"]}


def test_a_table_that_is_absent_is_missing_cell_by_cell_and_every_row_is_named() -> None:
    document, _ = filled("2021", 9)
    page = document.pages[0]
    grids = [k for k, block in enumerate(page.blocks) if isinstance(block, Grid)]
    blocks = tuple(block for k, block in enumerate(page.blocks) if k != grids[1])
    tables = read_tables(document._replace(pages=(page._replace(blocks=blocks),)))
    gone = [c for c in tables.cells if c.table == "applications"]
    assert len(gone) == 175
    assert {c.state for c in gone} == {"missing"}
    named = {f.row for f in tables.findings if f.table == "applications" and f.severity == "warning"}
    assert named >= {c.row for c in gone}


def test_a_document_without_tables_has_no_cells() -> None:
    document, _ = filled("2021", 2)
    page = document.pages[0]
    prose = tuple(block for block in page.blocks if not isinstance(block, Grid))
    assert read_tables(document._replace(pages=(page._replace(blocks=prose, text=""),))).cells == ()


def test_planted_wrong_totals_are_kept_and_fail_their_checks() -> None:
    form = load_forms()["2021"]
    values = random_values(form, random.Random(11))
    values["applications", "received", "total"] = str(int(values["applications", "received", "total"]) + 1)
    truth = truth_of(form, values) | {
        "failing": [["row_sum", "applications", "row:received"], ["balance", "applications", "column:total"]]
    }
    result = score("wrong", understand(document_of(form, values), b"", ""), truth)
    assert (result.exact, result.planted_found) == (result.cells, 2)


def test_no_finding_excuses_a_cell_that_the_report_does_not_have() -> None:
    document, truth = filled("2021", 4)
    report = understand(document, b"", "")
    kept = tuple(cell for cell in report.cells if cell.row != "granted")
    for finding in (Finding("warning", "misnamed", ""), Finding("warning", "row_missing", "", None, "applications", "granted")):
        result = score("lost", replace(report, cells=kept, findings=(finding,)), truth)
        assert result.silent == sum(key[1] == "granted" for key in truth["cells"])


def test_a_row_whose_columns_cannot_be_told_says_what_is_printed_in_it() -> None:
    document, _ = filled("2021", 4)
    page = document.pages[0]
    grid = next(block for block in page.blocks if isinstance(block, Grid))
    cells = tuple(c for c in grid.cells if not (c.row == 2 and c.column == 1))
    torn = grid._replace(cells=cells)
    blocks = tuple(torn if block is grid else block for block in page.blocks)
    tables = read_tables(document._replace(pages=(page._replace(blocks=blocks),)))
    figures = [c.text for c in cells if c.row == 2 and c.column > 1]
    unsure = [f.message for f in tables.findings if f.code == "columns_unsure"]
    raws = [c.raw for c in tables.cells if c.row == "art20_1.rules"]
    assert all(figure in " ".join([*unsure, *(raw or "" for raw in raws)]) for figure in figures)


def test_failing_checks_are_said_of_the_final_cells() -> None:
    document, _ = filled("2021", 4)
    report = understand(document, b"", "")
    failing = {(c.check, c.scope) for c in report.checks if c.passed is False}
    said = {f.message.split(":")[0] for f in report.findings if f.code == "sum_fails"}
    assert len(said) == len({check for check, _ in failing})


def test_thousands_of_rows_with_the_same_label_are_read_in_time_and_flagged_once() -> None:
    def work(size: int) -> Report:
        text = "".join(f"| 规章 | {k} | 2 | 3 |\n| 行政规范性文件 | 3 | {k} | 1 |\n" for k in range(size))
        return extract(text.encode(), name="hostile")

    assert_linear(work, 3000)
    assert len(work(3000).findings) < 100


def test_a_figure_in_the_cell_of_its_label_is_not_taken_for_a_blank_one() -> None:
    document, truth = filled("2021", 13)
    page = document.pages[0]
    printed = next(raw for t, r, _, _, _, raw in truth["cells"] if (t, r) == ("active_disclosure", "art20_6.compulsion"))
    blocks: list[Grid | Line] = []
    for block in page.blocks:
        if isinstance(block, Grid):
            cells = list(block.cells)
            for k, cell in enumerate(cells[:-1]):
                if cell.text == "行政强制":
                    cells[k] = cell._replace(readings=(Reading(f"行政强制{printed}", "markup"),))
                    cells[k + 1] = cells[k + 1]._replace(readings=(Reading("", "markup"),))
            block = block._replace(cells=tuple(cells))
        blocks.append(block)
    tables = read_tables(document._replace(pages=(page._replace(blocks=tuple(blocks)),)))
    (read,) = [c for c in tables.cells if c.row == "art20_6.compulsion"]
    assert read.state in ("unreadable", "read")
    assert read.value in (None, float(printed))
    assert any(f.row == "art20_6.compulsion" and f.severity == "warning" for f in tables.findings)
