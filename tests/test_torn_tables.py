"""Tables that a page break tears: what stands above it and below it is one header, one row, one figure's place."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gov_extract.document import OPEN_BELOW, Document, Grid, GridCell, Line, Page, Reading, Word
from gov_extract.forms import load_forms
from gov_extract.parse.align import Candidate, chain
from gov_extract.report import extract, understand
from tests.filled_forms import filled, indicator_rows, random_values
from tests.measure.score import score
from tests.printed import as_tabs, blocks_of, drawn

Rows = list[list[str]]
WIDE = 60.0


def table(number: int, rows: Rows, doubts: tuple[str, ...] = ()) -> Grid:
    """Rows as a ruled grid of a page; shorter rows have wider cells, of equal width."""
    width = max(len(row) for row in rows)
    cells = []
    for r, row in enumerate(rows):
        span = width // len(row)
        cells += [GridCell(r, c * span, 1, span, (Reading(text, "pdfium"),)) for c, text in enumerate(row)]
    edges = tuple(WIDE * (k + 1) for k in range(width + 1))
    return Grid(tuple(cells), len(rows), width, "ruled", number, None, edges, doubts)


def paged(parts: Sequence[Sequence[str | Grid]]) -> Document:
    """Pages of lines and grids, with the raw text in reading order."""
    pages = []
    for number, blocks in enumerate(parts, 1):
        text = ""
        found: list[Grid | Line] = []
        for block in blocks:
            if isinstance(block, str):
                found.append(Line((Word(block),), number))
                text += block + "\n"
                continue
            found.append(block)
            for r in range(block.n_rows):
                text += " ".join(cell.text for cell in block.cells if cell.row == r and cell.text) + "\n"
        pages.append(Page(number, 595.0, 842.0, tuple(found), text))
    return Document("application/pdf", tuple(pages))


def rows_of(document: Document) -> dict[str, Rows]:
    """The printed rows of a filled form's tables, by the codes of the tables."""
    grids = [block for block in document.pages[0].blocks if isinstance(block, Grid)]
    printed = [[[c.text for c in grid.cells if c.row == r] for r in range(grid.n_rows)] for grid in grids]
    return dict(zip(("active_disclosure", "applications", "review_litigation"), printed, strict=True))


HEADINGS = ("二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况")


def halves(row: Sequence[str]) -> tuple[list[str], list[str]]:
    """Each text's first half, and its rest."""
    return [text[: (len(text) + 1) // 2] for text in row], [text[(len(text) + 1) // 2 :] for text in row]


def exact_and_unflagged(document: Document, truth: dict[str, object]) -> None:
    result = score("torn", understand(document, b"", ""), truth)
    assert (result.exact, result.silent, result.flags) == (result.cells, 0, 0), result.errors[:5]


@pytest.mark.parametrize("form", ["2021", "2019"])
def test_a_header_whose_labels_a_page_break_tears(form: str) -> None:
    document, truth = filled(form, 4)
    rows = rows_of(document)
    upper, lower = halves(rows["applications"][0])
    exact_and_unflagged(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [upper])],
                [table(2, [lower, *rows["applications"][1:]]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        truth,
    )


@pytest.mark.parametrize("form", ["2021", "2019"])
def test_outcomes_that_a_page_break_tears(form: str) -> None:
    document, truth = filled(form, 5)
    rows = rows_of(document)
    groups, outcomes, figures = rows["review_litigation"]
    upper, lower = halves(outcomes)
    exact_and_unflagged(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, rows["applications"])],
                [HEADINGS[2], table(2, [groups, upper])],
                [table(3, [lower, figures])],
            ]
        ),
        truth,
    )


@pytest.mark.parametrize("title", [[], [["三、收到和处理政府信息公开申请情况"]]], ids=["header", "title and header"])
@pytest.mark.parametrize("at", [5, 9, 14, 20])
def test_a_row_torn_around_a_header_that_is_printed_again(at: int, title: list[list[str]]) -> None:
    document, truth = filled("2021", 6)
    rows = rows_of(document)
    printed = rows["applications"]
    head, torn = printed[0], printed[at]
    cut = len(torn[0]) // 2
    first = [torn[0][:cut], *[""] * (len(torn) - 1)]
    second = [torn[0][cut:], *torn[1:]]
    exact_and_unflagged(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [*printed[:at], first])],
                [table(2, [*title, head, second, *printed[at + 1 :]]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        truth,
    )


def test_figures_beside_the_rest_of_their_group_belong_to_the_label_above_the_title_printed_again() -> None:
    document, truth = filled("2021", 6)
    rows = rows_of(document)
    printed = rows["applications"]
    at = next(n for n, row in enumerate(printed) if row[0].startswith("5.属于三类"))
    above = [printed[at][0], *[""] * (len(printed[at]) - 1)]
    below = ["开", *printed[at][1:]]
    title = ["三、收到和处理政府信息公开申请情况"]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [*printed[:at], above])],
                [table(2, [title, printed[0], below, *printed[at + 1 :]]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)


def test_an_empty_row_below_the_last_rule_is_blank() -> None:
    """The last table of a report without outer borders: nothing but the ends of its rules shows the row."""
    document, truth = filled("2021", 7)
    rows = rows_of(document)
    blank = [
        [t, r, c, None, "blank", ""] if t == "review_litigation" else [t, r, c, *rest] for t, r, c, *rest in truth["cells"]
    ]
    head = rows["review_litigation"][:2]
    blocks: list[str | Grid] = [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1]]
    blocks += [table(1, rows["applications"]), HEADINGS[2]]
    exact_and_unflagged(paged([[*blocks, table(1, head, (OPEN_BELOW,))]]), truth | {"cells": blank})
    missing = understand(paged([[*blocks, table(1, head)]]), b"", "")
    assert {cell.state for cell in missing.cells if cell.table == "review_litigation"} == {"missing"}


def test_rules_that_run_on_before_a_page_break_leave_the_figures_to_the_next_page() -> None:
    document, truth = filled("2021", 8)
    rows = rows_of(document)
    head, figures = rows["review_litigation"][:2], rows["review_litigation"][2:]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, rows["applications"])],
                [HEADINGS[2], table(2, head, (OPEN_BELOW,))],
                [table(3, figures)],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert {cell.page for cell in report.cells if cell.table == "review_litigation"} == {3}


def test_figures_beside_their_group_alone_belong_to_the_label_on_the_next_page() -> None:
    document, truth = filled("2021", 12)
    rows = rows_of(document)
    printed = rows["applications"]
    at = next(n for n, row in enumerate(printed) if row[0].startswith("1.申请人无正当理由"))
    above = ["（六）其他处理", *printed[at][1:]]
    below = [printed[at][0], *[""] * (len(above) - 1)]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [*printed[:at], above])],
                [table(2, [below, *printed[at + 1 :]]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert any(f.code == "row_torn" and f.row == "otherwise.not_corrected" for f in report.findings)


@pytest.mark.parametrize("at", [2, 3, 6, 30, 57])
@pytest.mark.parametrize("side", ["above", "below"])
def test_an_indicator_whose_unit_and_figures_a_page_break_parts_from_its_label(at: int, side: str) -> None:
    form = load_forms()["2014"]
    spec = form.tables["statistics"]
    given = random_values(form, random.Random(at))
    printed = indicator_rows(spec, given)
    assert printed[at][2].isdigit()
    bare, rest = [printed[at][0], "", ""], ["", *printed[at][1:]]
    first, second = (bare, rest) if side == "below" else (rest, bare)
    report = understand(paged([[table(1, [*printed[:at], first])], [table(2, [second, *printed[at + 1 :]])]]), b"", "")
    assert {c.row: c.value for c in report.cells} == {code: float(raw) for (_, code, _), raw in given.items()}
    torn = {row.code for row in spec.rows if row.label == printed[at][0]}
    assert {f.row for f in report.findings if f.severity != "info" and f.table} <= torn


@pytest.mark.parametrize("lost", ["", "规范性文件"])
def test_a_figure_that_goes_on_the_next_page_alone_belongs_to_its_row(lost: str) -> None:
    """As where a cell with a note has two lines, of which none fits on the page."""
    document, truth = filled("2021", 3)
    rows = rows_of(document)
    printed = rows["active_disclosure"]
    at = next(n for n, row in enumerate(printed) if row[0] == "行政规范性文件")
    whole = printed[at]
    printed[at] = [*whole[:3], ""]
    rest = [lost, "", "", whole[3]]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, printed[: at + 1])],
                [
                    *(table(2, [rest, *printed[at + 1 :]]), HEADINGS[1], table(2, rows["applications"])),
                    *(HEADINGS[2], table(2, rows["review_litigation"])),
                ],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert result.silent == 0
    assert (result.exact == result.cells) == (not lost)
    named = {f.code for f in report.findings if f.row == "art20_1.normative_documents" and f.severity == "warning"}
    assert named
    assert ("row_torn" in named) == (not lost)


def test_a_header_torn_with_the_head_of_another_year_s_column_on_the_first_page() -> None:
    """The totals are blank: what stands in the last column must not be taken for them."""
    document, truth = filled("2021", 7)
    rows = rows_of(document)
    head, *printed = rows["applications"]
    upper = ["申请情况", head[1], "法人或其他组织", "", "", "", "", head[7], "去年同期数"]
    lower = ["", "", *head[2:7], "", ""]
    year_before = [[*row[:7], "", "17"] for row in printed]
    blank = [
        [t, r, c, None, "blank", ""] if (t, c) == ("applications", "total") else cell
        for cell in truth["cells"]
        for t, r, c in [cell[:3]]
    ]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [upper])],
                [table(2, [lower, *year_before]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth | {"cells": blank})
    assert (result.exact, result.silent) == (result.cells, 0)
    assert any(f.code == "extra_column" for f in report.findings)


def test_of_two_copies_one_without_ink_that_with_figures_in_a_font_without_unicode_is_read() -> None:
    document, _ = filled("2021", 5)
    rows = rows_of(document)
    head, figures = rows["review_litigation"][:2], rows["review_litigation"][2]
    blank = table(1, [*head, [""] * len(figures)])
    nobody = table(1, [*head, ["\ufffd"] * len(figures)])
    before: list[str | Grid] = [
        HEADINGS[0],
        table(1, rows["active_disclosure"]),
        HEADINGS[1],
        table(1, rows["applications"]),
        HEADINGS[2],
    ]
    report = understand(paged([[*before, blank, "（空表）", nobody]]), b"", "")
    assert {cell.state for cell in report.cells if cell.table == "review_litigation"} == {"unreadable"}
    assert any(f.code == "table_repeated" for f in report.findings)
    other = understand(paged([[*before, table(1, rows["review_litigation"]), "（一）", nobody]]), b"", "")
    named = {f.row for f in other.findings if f.code == "row_repeated"}
    assert named == {"review", "litigation_direct", "litigation_after_review"}


def test_figures_behind_a_header_printed_again_with_another_corner() -> None:
    """As where a page break parts a row, and the next page begins with the header: its corner is worded in many ways."""
    document, truth = filled("2021", 13)
    rows = rows_of(document)
    head, *printed = rows["applications"]
    at = next(n for n, row in enumerate(printed) if row[0].startswith("6."))
    label, figures = [printed[at][0], *[""] * 7], ["三、本年度办理结果", *printed[at][1:]]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [head, *printed[:at], label])],
                [
                    table(2, [["申请情况", *head[1:]], figures, *printed[at + 1 :]]),
                    *(HEADINGS[2], table(2, rows["review_litigation"])),
                ],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert not any(cell.row.startswith("extra.") for cell in report.cells)


def with_last_year(rows: Rows) -> Rows:
    """The rows of applications with a column of last year's totals behind the others."""
    return [[*row, "上年\n总计" if not n else str(5 + n)] for n, row in enumerate(rows)]


def test_a_column_whose_head_a_page_break_leaves_on_the_page_before() -> None:
    document, truth = filled("2021", 7)
    rows = rows_of(document)
    head, *printed = with_last_year(rows["applications"])
    upper = [*["（本列数据）"], *["申请人情况"] * 7, head[-1]]
    lower = ["", *head[1:-1], ""]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [upper])],
                [table(2, [lower, *printed]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert any(f.code == "extra_column" for f in report.findings)


def test_figures_that_end_a_page_before_their_label_under_a_header_with_an_added_column() -> None:
    document, truth = filled("2021", 7)
    rows = rows_of(document)
    head, *printed = with_last_year(rows["applications"])
    at = next(n for n, row in enumerate(printed) if row[0].startswith("1.申请人"))
    label, figures = [printed[at][0], *[""] * 8], ["", *printed[at][1:]]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [head, *printed[:at], figures])],
                [table(2, [head, label, *printed[at + 1 :]]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)


@pytest.mark.parametrize("beside", [False, True])
def test_figures_of_low_cells_that_end_a_page_before_their_label(beside: bool) -> None:
    """As where the label has two lines and does not fit on the page, nor do some of the figures. A row with a figure where the
    label's row has one is not that row's."""
    document, truth = filled("2021", 7)
    rows = rows_of(document)
    head, *printed = rows["applications"]
    at = next(n for n, row in enumerate(printed) if row[0].startswith("1.申请人"))
    label, *figures = printed[at]
    upper = ["", *(figure if k in (2, 5) or (beside and k == 0) else "" for k, figure in enumerate(figures))]
    lower = [label, *("" if k in (2, 5) else figure for k, figure in enumerate(figures))]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [head, *printed[:at], upper])],
                [table(2, [lower, *printed[at + 1 :]]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    wrong = {key[1:] for _, key, *_ in result.errors}
    row = next(row.code for row in load_forms()["2021"].tables["applications"].rows if row.label == label)
    assert wrong == ({(row, "research_institution"), (row, "other_organisation")} if beside else set())


def test_a_blank_row_at_the_end_of_a_page_is_flagged_where_the_source_has_figures_behind_it() -> None:
    """The next page's first row was not read: a second look at this one's places sees the same blanks."""
    document, truth = filled("2021", 15)
    rows = rows_of(document)
    head, *printed = rows["applications"]
    at = next(n for n, row in enumerate(printed) if row[0].startswith("3.危及"))
    document = paged(
        [
            [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [head, *printed[:at]])],
            [table(2, printed[at:]), HEADINGS[2], table(2, rows["review_litigation"])],
        ]
    )
    pages = list(document.pages)
    twice = tuple(Reading("", engine) for engine in ("pdfium", "pdfplumber"))
    blank = [GridCell(at + 1, 0, 1, 1, (Reading(printed[at][0], "pdfium"), Reading(printed[at][0], "pdfplumber")))]
    blank += [GridCell(at + 1, c, 1, 1, twice) for c in range(1, 8)]
    upper, lower = pages[0].blocks[-1], pages[1].blocks[0]
    assert isinstance(upper, Grid)
    assert isinstance(lower, Grid)
    rest = [cell._replace(row=cell.row - 1) for cell in lower.cells if cell.row]
    pages[0] = pages[0]._replace(
        blocks=(*pages[0].blocks[:-1], upper._replace(cells=(*upper.cells, *blank), n_rows=upper.n_rows + 1)),
        text=pages[0].text + printed[at][0] + "\n",
    )
    pages[1] = pages[1]._replace(
        blocks=(lower._replace(cells=tuple(rest), n_rows=lower.n_rows - 1), *pages[1].blocks[1:]),
        text=pages[1].text.removeprefix(printed[at][0]),
    )
    report = understand(document._replace(pages=tuple(pages)), b"", "")
    assert any(f.code == "no_second_evidence" and f.row == "refused.security_and_stability" for f in report.findings)
    assert score("torn", report, truth).silent == 0


def test_figures_that_end_a_page_before_a_worn_label() -> None:
    document, truth = filled("2021", 14)
    rows = rows_of(document)
    head, *printed = rows["applications"]
    at = next(n for n, row in enumerate(printed) if row[0].startswith("5.属于"))
    above = ["", *printed[at][1:]]
    below = ["5.属于三类内部事己信息", *[""] * 7]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, rows["active_disclosure"]), HEADINGS[1], table(1, [head, *printed[:at], above])],
                [table(2, [head, below, *printed[at + 1 :]]), HEADINGS[2], table(2, rows["review_litigation"])],
            ]
        ),
        b"",
        "",
    )
    result = score("torn", report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert any(f.code == "row_torn" and f.row == "refused.internal_affairs" for f in report.findings)


def test_figures_that_end_a_page_before_a_blank_first_row_are_told_of() -> None:
    document, truth = filled("2021", 3)
    rows = rows_of(document)
    printed = rows["active_disclosure"]
    at = next(n for n, row in enumerate(printed) if row[0] == "规章")
    blank = [printed[at][0], *[""] * (len(printed[at]) - 1)]
    above = ["", *printed[at][1:]]
    report = understand(
        paged(
            [
                [HEADINGS[0], table(1, [*printed[: at - 1], printed[at - 1], above])],
                [
                    table(2, [blank, *printed[at + 1 :]]),
                    *(HEADINGS[1], table(2, rows["applications"]), HEADINGS[2], table(2, rows["review_litigation"])),
                ],
            ]
        ),
        b"",
        "",
    )
    assert score("torn", report, truth).silent == 0


@pytest.mark.parametrize(
    ("form", "code", "label", "at", "above", "below"),
    [
        ("2021", "art20_1.normative_documents", "行政规范性文件", 3, ("1", "0", "23"), ("928", "", "17")),
        ("2021", "art20_1.normative_documents", "行政规范性文件", 5, ("1", "0", "23"), ("928", "", "17")),
        ("2021", "art20_1.normative_documents", "行政规范性文件", 2, ("1", "0", "23"), ("928", "", "17")),
        ("2021", "art20_8.administrative_fees", "行政事业性收费", 4, ("1034",), (".27",)),
        ("2019", "art20_6.compulsion", "行政强制", 2, ("10", "3", "45"), ("27", "", "6")),
        ("2019", "art20_9.central_procurement", "政府集中采购", 4, ("10", "3.5"), ("27", "")),
    ],
)
def test_a_page_break_through_label_and_figures_is_told(
    form: str, code: str, label: str, at: int, above: tuple[str, ...], below: tuple[str, ...]
) -> None:
    """A narrow column sets label and figures on several lines: neither part of a figure is the figure."""
    rows = rows_of(filled(form, 7)[0])
    printed = rows["active_disclosure"]
    r = next(n for n, row in enumerate(printed) if row[0] == label)
    ends, begins = [label[:at], *above], [label[at:], *below]
    pages: list[list[str | Grid]] = [
        [HEADINGS[0], table(1, [*printed[:r], ends])],
        [table(2, [begins, *printed[r + 1 :]]), HEADINGS[1], table(2, rows["applications"])],
    ]
    report = understand(paged(pages), b"", "")
    warned = {finding.row for finding in report.findings if finding.severity == "warning"}
    assert code in warned
    if at > 2 or form == "2019":  # what stands on the next page is no row's label by itself
        cells = [cell for cell in report.cells if cell.row == code]
        parted = [bool(text) for text in below]
        assert [cell.state == "unreadable" for cell in cells] == parted
        assert not any(cell.row.startswith("extra.") for cell in report.cells)


def test_rows_of_another_form_that_are_torn_to_pieces_are_named() -> None:
    """Where its own rows fit no label the form is not told: the one without them explains the table as well."""
    printed = rows_of(filled("2021", 5)[0])
    torn = printed["applications"]
    group = [r for r, row in enumerate(torn) if any("逾期" in text or text == "3.其他" for text in row)]
    for r in group:
        torn[r] = [text[8:20] if "逾期" in text else text for text in torn[r]]
    last = [text.replace("3.其他", "") for text in torn[group[-1]]]
    document = paged([[HEADINGS[0], table(1, printed["active_disclosure"]), HEADINGS[1], table(1, [*torn[: group[-1]], last])]])
    report = understand(document, b"", "")
    assert {cell.form for cell in report.cells if cell.table == "applications"} == {"2019"}
    named = {finding.row for finding in report.findings if finding.code == "row_of_other_form"}
    assert named == {"otherwise.not_corrected", "otherwise.fee_unpaid", "otherwise.other"}


def test_a_table_with_a_torn_row_does_not_go_on_in_the_copy_behind_it() -> None:
    """Last year's tables, or those of a subordinate body, follow, with other labels torn: one label more is no reason."""
    size, torn, apart = 12, 6, 20
    first = [Candidate(i, i, 0, 9.0) for i in range(size) if i != torn]
    second = [Candidate(i, apart + i, 0, 9.0) for i in range(size) if i != 2]
    figures = [*range(size + 1), *(size for _ in range(size, apart)), *range(size + 1, 2 * size + 1)]
    assert chain([*first, *second], figures) == first
    # Where the first copy ends there, the rest is that of the other.
    rest = [candidate for candidate in second if candidate.i >= torn - 1]
    assert chain([*first[:torn], *rest], figures) == [*first[:torn], *rest[1:]]


def test_a_blank_row_torn_in_text_does_not_take_the_figures_below_a_worn_label() -> None:
    _, tables = drawn(4)
    lines = as_tabs(blocks_of(tables)).decode().split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("3.补正后申请内容仍不明确"))
    lines[at : at + 2] = ["3.补正后申请内", "", "\t容仍不明确" + "\t" * 8, "1.信访举报投诉类\t3\t0\t0\t0\t0\t0\t3"]
    report = extract("\n".join(lines).encode(), name="report.txt")
    cells = {(cell.row, cell.column): cell.value for cell in report.cells if cell.table == "applications"}
    assert [cells["declined.petition", column] for column in ("natural_person", "total")] == [3, 3]
    assert {value for (row, _), value in cells.items() if row == "unavailable.still_unclear"} == {None}


def test_a_torn_label_with_a_remark_behind_blank_figures() -> None:
    _, tables = drawn(4)
    lines = as_tabs(blocks_of(tables)).decode().split("\n")
    head = next(n for n, line in enumerate(lines) if line.startswith("申请人情况"))
    for n in range(head, head + 26):
        lines[n] += "\t备注" if n == head else "\t含下属单位"
    at = next(n for n, line in enumerate(lines) if line.startswith("2.重复申请"))
    lines[at : at + 1] = ["2.重", "", "\t复申请" + "\t" * 8 + "含下属单位"]
    report = extract("\n".join(lines).encode(), name="report.txt")
    states = {cell.state for cell in report.cells if cell.row == "declined.repeated"}
    assert states == {"blank"}
