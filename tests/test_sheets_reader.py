"""Workbooks: what their cells show, what of a sheet is a table, and what is refused."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from gov_extract import extract
from gov_extract.document import Document, Grid, Line
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers import Limits, read
from gov_extract.readers.sheets import read_ods, read_xls, read_xlsx
from gov_extract.readers.sheets.layout import laid_out
from gov_extract.readers.sheets.model import Sheet
from gov_extract.readers.sheets.shown import is_date, shown, shown_text
from tests.printed import blocks_of, drawn, spans
from tests.sheet_writer import cell, figure, line, ods, record, rows, shared, wide, words, xls, xlsx, zipped

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RED = "0;[Red]-0"
ACCOUNT = '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ '


def blocks(found: Document) -> list[object]:
    """Lines as their text, grids as rows of texts."""
    told: list[object] = []
    for block in found.pages[0].blocks:
        if isinstance(block, Line):
            told.append(block.text)
        else:
            told.append([[cell.text for cell in block.cells if cell.row == row] for row in range(block.n_rows)])
    return told


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def codes(found: Document) -> list[str]:
    return [finding.code for finding in found.findings]


def grid(found: Document) -> Grid:
    return next(block for block in found.pages[0].blocks if isinstance(block, Grid))


# ── What a cell shows ────────────────────────────────────────────────────────────────────────────────────────────────────

SHOWN = [
    (12.0, "General", "12"),
    (0.1 + 0.2, "General", "0.3"),
    (96171.6, "General", "96171.6"),
    (-3.0, "General", "-3"),
    (1e15, "General", "1000000000000000"),
    (12.0, "0", "12"),
    (12.5, "0", "13"),
    (12.345, "0.00", "12.35"),
    (12.0, "0.00", "12.00"),
    (1234567.0, "#,##0", "1234567"),
    (0.5, "#.##", "0.5"),
    (5.0, '0"件"', "5件"),
    (5.0, "¥#,##0.00", "¥5.00"),
    (5.0, '[$¥-804]#,##0.00', "¥5.00"),
    (0.25, "0%", "25%"),
    (0.1234, "0.00%", "12.34%"),
    (-12.0, RED, "-12"),
    (-12.0, "0;[Red]0", "-12"),
    (-12.0, "#,##0_);(#,##0)", "-12"),
    (12.0, "#,##0_);(#,##0)", "12"),
    (0.0, ACCOUNT, "-"),
    (7.0, ACCOUNT, "7"),
    (-7.0, ACCOUNT, "-7"),
    (0.0, '#,##0.00;-#,##0.00;"-"??', "-"),
    (0.0, "0;-0;;@", ""),
    (7.0, "0;-0;;@", "7"),
    (7.0, ";;;", ""),
    (12.345, "0.##", "12.35"),
    (12.3, "0.0##", "12.3"),
    (12.0, "0.0##", "12.0"),
    (12.0, "0.##", "12"),
    (120.0, "0.##", "120"),
    (0.0, "#", ""),
    (0.0, "#,###", ""),
    (0.3, "#,###", ""),
    (1234.0, "#,###", "1234"),
    (0.0, "#,##0", "0"),
    (0.5, "#.00", "0.50"),
    (7.0, '"无"', "无"),
    (45296.0, "yyyy-mm-dd", "2024-01-05"),
    (45296.0, 'yyyy"年"m"月"d"日"', "2024-01-05"),
    (45296.5, "yyyy-mm-dd h:mm", "2024-01-05 12:00:00"),
    (0.5, "h:mm", "12:00:00"),
    (45296.0, "m-d", "2024-01-05"),
    (7.0, "@", "7"),
    (251000.0, 'General"元"', "251000元"),
    (-3.0, '"约"General"元"', "约-3元"),
    (-3.0, 'General"元";-General"元"', "-3元"),
    (251000.0, 'G/通用格式"元"', "251000元"),
    (251000.0, "GENERAL", "251000"),
    (12.0, '@"件"', "12件"),
    (251000.0, "0.00E+00", "251000"),
    (12.0, "# ?/?", "12"),
    (5.0, '[红色]0"件"', "5件"),
    (5.0, "[Color10][$¥-804]#,##0", "¥5"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "code", "text"), SHOWN, ids=[f"{value:g} {code}" for value, code, _ in SHOWN])
def test_a_number_is_what_its_format_shows(value: float, code: str, text: str) -> None:
    assert shown(value, code).text == text


@pytest.mark.parametrize(
    "code", ["0.0,", "#,##0,,", "0!.0", "0\\.0", '[>=100]0;[<10]"少";"-"', "[<1]0.00;0",
             "#,##0,.00", '0,.00"千元"', '0,"千元"', '[DBNum1]General"元"', "[DBNum2]0", '0.0E+0"元"', '# ?/?"元"', "General%",
             "General,", "e", "0.00e+00%"],
)  # fmt: skip
def test_a_format_that_changes_what_a_figure_says_is_not_told(code: str) -> None:
    assert shown(12345.0, code).text == "\ufffd"
    assert not shown(12345.0, code).sure


def test_what_a_format_rounds_is_told() -> None:
    assert shown(12.345, "0.00").rounded
    assert not shown(12.34, "0.00").rounded
    assert not shown(0.1 + 0.2, "0.0").rounded


def test_days_count_from_either_beginning_and_are_no_figures() -> None:
    assert shown(1.0, "yyyy-mm-dd").text == "1900-01-01"
    assert shown(61.0, "yyyy-mm-dd").text == "1900-03-01"
    assert shown(0.0, "yyyy-mm-dd", from_1904=True).text == "1904-01-01"
    assert shown(1e9, "yyyy-mm-dd").text == "\ufffd"
    assert is_date("m/d/yy")
    assert not is_date("0.00")
    assert not is_date('"年"0')


def test_a_text_can_be_hidden_by_its_format() -> None:
    assert shown_text("甲", ";;;") == ""
    assert shown_text("甲", "General") == "甲"
    assert shown_text("甲", "0;-0;0;@") == "甲"
    assert shown_text("甲", ACCOUNT) == "甲"


def test_what_a_format_sets_around_a_text_is_shown() -> None:
    assert shown_text("5", '@"件"') == "5件"
    assert shown_text("5", '0;-0;0;"约"@') == "约5"
    assert shown_text("5", "0.00") == "5"
    assert shown_text("5", "General;General;General;General") == "5"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e28, 1e300])
def test_no_number_is_no_figure(value: float) -> None:
    assert shown(value, "0.00").text == "\ufffd"
    assert len(shown(value, "General").text) < 60


# ── XLSX ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

HEAD = words("A1", "信息内容", 1) + words("B1", "本年制发件数", 1)
TABLE = (HEAD, words("A2", "规章", 1) + figure("B2", 12, 1))
READ = [["信息内容", "本年制发件数"], ["规章", "12"]]


def book(*cells: str, more: str = "", **how: object) -> Document:
    return read_xlsx(xlsx(rows(*cells) + more, **how), Limits())  # type: ignore[arg-type]


def test_a_table_is_a_grid_and_what_stands_around_it_is_lines() -> None:
    found = read_xlsx(
        xlsx(
            '<sheetData><row r="1">' + words("A1", "二、主动公开政府信息情况") + '</row><row r="2">' + words("B2", "单位：件")
            + '</row><row r="4">' + words("A4", "信息内容", 1) + words("B4", "本年制发件数", 1) + '</row><row r="5">'
            + words("A5", "规章", 1) + figure("B5", 12, 1) + '</row><row r="6">' + words("A6", "注：含下属单位")
            + "</row></sheetData>"
        ),
        Limits(),
    )  # fmt: skip
    assert blocks(found) == ["二、主动公开政府信息情况", "单位：件", READ, "注：含下属单位"]
    assert (
        found.pages[0].text
        == "二、主动公开政府信息情况\t\n单位：件\t\n信息内容\t本年制发件数\t\n规章\t12\t\n注：含下属单位\t\n"
    )
    assert [one.locator for one in grid(found).cells][:2] == ["table 1, row 1, column 1", "table 1, row 1, column 2"]


def test_a_line_without_borders_parts_two_tables_that_have_some() -> None:
    second = words("A4", "结果维持", 1) + words("B4", "总计", 1)
    found = book(*TABLE, words("A3", "四、行政复议情况"), second, figure("A5", 1, 1) + figure("B5", 1, 1))
    assert blocks(found) == [READ, "四、行政复议情况", [["结果维持", "总计"], ["1", "1"]]]


def test_rows_without_height_and_columns_without_width_are_hidden() -> None:
    head = words("A1", "信息内容", 1) + words("B1", "旧", 1) + words("C1", "本年制发件数", 1)
    none = '<row r="2" ht="0" customHeight="1">' + words("A2", "底稿", 1) + figure("C2", 77, 1) + "</row>"
    last = '<row r="3" ht="14.4">' + words("A3", "规章", 1) + figure("C3", 12, 1) + "</row>"
    columns = '<cols><col min="2" max="2" width="0" customWidth="1"/><col min="3" max="3" width="0.5"/></cols>'
    found = read_xlsx(xlsx(f'{columns}<sheetData><row r="1">{head}</row>{none}{last}</sheetData>'), Limits())
    assert blocks(found) == [READ]
    assert codes(found) == ["hidden_cells"]


def test_a_row_with_cells_is_seen_where_empty_rows_are_hidden() -> None:
    data = xlsx('<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>' + rows(*TABLE))
    assert blocks(read_xlsx(data, Limits())) == [READ]


def test_merged_cells_are_spans() -> None:
    cells = (
        words("A1", "申请人情况") + words("C1", "总计"),
        words("A2", "甲") + words("B2", "乙"),
        figure("A3", 1) + figure("B3", 2),
    )
    merged = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="C1:C2"/><mergeCell ref="x"/></mergeCells>'
    found = grid(book(*cells, more=merged))
    assert [(c.row, c.column, c.rowspan, c.colspan, c.text) for c in found.cells][:2] == [
        (0, 0, 1, 2, "申请人情况"),
        (0, 2, 2, 1, "总计"),
    ]


def test_blank_cells_with_borders_are_places() -> None:
    found = book(HEAD, words("A2", "规章", 1) + '<c r="B2" s="1"/>', '<c r="A3" s="1"/><c r="B3" s="1"/>')
    assert blocks(found) == [[["信息内容", "本年制发件数"], ["规章", ""], ["", ""]]]


def test_formatted_rows_without_end_cost_nothing() -> None:
    tail = "".join(f'<row r="{k}"><c r="A{k}" s="1"/><c r="B{k}" s="1"/></row>' for k in range(3, 100_003))
    found = read_xlsx(xlsx(rows(*TABLE).replace("</sheetData>", f"{tail}</sheetData>")), Limits(max_ratio=1000))
    assert grid(found).n_rows < 50
    assert blocks(found)[0][:2] == READ  # type: ignore[index]


def test_shared_rich_and_raised_texts_are_read_without_their_readings() -> None:
    strings = (
        "<si><t>规章</t></si><si><r><t>行政</t></r><r><t>许可</t></r><rPh sb='0' eb='1'><t>xing</t></rPh></si>"
        "<si><t>第一行_x000D_&#10;第二行</t></si>"
    )
    cells = "".join(f'<c r="{column}1" t="s"><v>{k}</v></c>' for k, column in enumerate("ABCD"))
    assert blocks(book(cells, figure("A2", 1) + figure("B2", 2), strings=strings))[0][0] == [  # type: ignore[index]
        "规章", "行政许可", "第一行\n第二行", "\ufffd",
    ]  # fmt: skip


def test_formulas_count_by_the_result_that_is_kept() -> None:
    formula = "<f>SUM(B1:B1)</f>"
    kept = figure("B2", 5, 1, formula) + f'<c r="C2" s="1" t="str">{formula}<v></v></c>'
    lost = f'<c r="D2" s="1">{formula}</c><c r="E2" s="1">{formula}<v></v></c>'
    found = book(HEAD, words("A2", "规章", 1) + kept + lost)
    assert blocks(found)[0][1] == ["规章", "5", "", "\ufffd", "\ufffd"]  # type: ignore[index]
    assert codes(found) == ["formula_without_result"]
    assert "2 formulas" in found.findings[0].message


def test_formulas_that_were_left_to_be_computed_are_unreadable_not_nought() -> None:
    formula = "<f>SUM(B1:B1)</f>"
    cells = figure("B2", 0, 1, formula) + f'<c r="C2" s="1" t="str">{formula}<v></v></c>' + figure("D2", "0.0", 1, formula)
    cells += figure("E2", 7, 1, formula) + figure("F2", 0, 1)
    told = ["规章", "\ufffd", "\ufffd", "\ufffd", "7", "0"]
    left = book(HEAD, words("A2", "规章", 1) + cells, properties='<calcPr calcId="1" fullCalcOnLoad="1"/>')
    assert blocks(left)[0][1] == told  # type: ignore[index]
    assert codes(left) == ["formula_without_result"]
    done = book(HEAD, words("A2", "规章", 1) + cells, properties='<calcPr calcId="1" fullCalcOnLoad="0"/>')
    assert blocks(done)[0][1] == ["规章", "0", "", "0", "7", "0"]  # type: ignore[index]
    assert codes(done) == []


def test_a_formula_of_text_without_a_result_is_unreadable() -> None:
    lost = '<c r="B2" s="1" t="str"><f>A1</f></c>'
    found = book(HEAD, words("A2", "规章", 1) + lost)
    assert blocks(found)[0][1] == ["规章", "\ufffd"]  # type: ignore[index]
    assert codes(found) == ["formula_without_result"]


def runs(reference: str, *pieces: tuple[str, str]) -> str:
    """A cell of runs, each given as its properties and its text."""
    held = "".join(f"<r><rPr>{properties}</rPr><t>{text}</t></r>" for properties, text in pieces)
    return f'<c r="{reference}" s="1" t="inlineStr"><is>{held}</is></c>'


def test_raised_and_struck_digits_are_none_of_a_figure() -> None:
    cells = runs("B2", ("", "5"), ('<vertAlign val="superscript"/>', "2"))
    cells += runs("C2", ("", "5"), ('<vertAlign val="subscript"/>', "2"))
    cells += runs("D2", ("<strike/>", "5"), ('<strike val="0"/>', "12"))
    cells += runs("E2", ('<color rgb="FFFFFFFF"/>', "5"), ('<color rgb="FF000000"/>', "12"))
    cells += runs("F2", ('<color rgb="FFFFFFFF"/>', "5"))
    assert blocks(book(HEAD, words("A2", "规章", 1) + cells))[0][1] == ["规章", "5²", "5²", "12", "12", "5"]  # type: ignore[index]


def test_cells_that_are_struck_out_or_white_on_white_are_left_out_and_told() -> None:
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts><font/><font><strike/></font>'
        '<font><color theme="0"/></font></fonts><fills><fill><patternFill patternType="none"/></fill><fill><patternFill '
        'patternType="solid"><fgColor rgb="FF4472C4"/></patternFill></fill></fills><cellXfs><xf/><xf fontId="1" fillId="0"/>'
        '<xf fontId="2" fillId="0"/><xf fontId="2" fillId="1"/></cellXfs></styleSheet>'
    )
    cells = words("A2", "规章") + figure("B2", 1, 1) + figure("C2", 2, 2) + figure("D2", 3, 3) + figure("E2", 4)
    parts = {"xl/styles.xml": styles}
    head = words("A1", "信息内容") + words("B1", "本年制发件数")
    found = book(head, cells, parts=parts)
    assert found.pages[0].text.endswith("规章\t3\t4\t\n")
    assert codes(found) == ["hidden_cells"]
    assert "2 cells" in found.findings[0].message
    painted = book(head, cells, more="<conditionalFormatting/>", parts=parts)
    assert painted.pages[0].text.endswith("规章\t2\t3\t4\t\n")


def test_runs_of_a_cell_count_by_their_own_fonts() -> None:
    """Programs give a cell the font with which its text begins."""
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts><font/><font><strike/></font>'
        '<font><color theme="0"/></font></fonts><fills><fill/></fills><cellXfs><xf/><xf fontId="1"/><xf fontId="2"/></cellXfs>'
        "</styleSheet>"
    )

    def rich(reference: str, style: int, held: str) -> str:
        return f'<c r="{reference}" s="{style}" t="inlineStr"><is>{held}</is></c>'

    black = '<rPr><color rgb="FF000000"/></rPr>'
    cells = words("A2", "规章") + rich("B2", 1, f"<r><t>88</t></r><r>{black}<t>12</t></r>")
    cells += rich("C2", 2, f"<r><t>88</t></r><r>{black}<t>13</t></r>") + rich("D2", 1, "<r><t>88</t></r>")
    cells += rich("E2", 0, f"<r><rPr><strike/></rPr><t>88</t></r><r>{black}<t>14</t></r>") + rich(
        "F2", 1, f"<r>{black}<t>9</t></r>"
    )
    head = words("A1", "信息内容") + words("B1", "本年制发件数")
    found = book(head, cells, parts={"xl/styles.xml": styles})
    assert found.pages[0].text.endswith("规章\t12\t13\t14\t9\t\n")
    assert codes(found) == ["hidden_cells"]


def test_zeros_that_a_sheet_does_not_show_are_blanks() -> None:
    view = '<sheetViews><sheetView showZeros="0"/></sheetViews>'
    data = xlsx(view + rows(HEAD, words("A2", "规章", 1) + figure("B2", 0, 1)))
    assert blocks(read_xlsx(data, Limits())) == [[["信息内容", "本年制发件数"], ["规章", ""]]]


def test_formats_are_applied_and_what_they_do_is_told() -> None:
    formats = ["0.0", "0.0,", ACCOUNT.replace('"', "&quot;")]
    found = book(
        HEAD, words("A2", "规章") + figure("B2", 1.26, 2) + figure("C2", 5000, 3) + figure("D2", 0, 4), formats=formats
    )
    assert blocks(found)[0][1] == ["规章", "1.3", "\ufffd", "-"]  # type: ignore[index]
    assert codes(found) == ["number_format", "figure_rounded"]


def test_truth_values_errors_and_days_are_no_figures() -> None:
    odd = '<c r="B2" t="b"><v>1</v></c><c r="C2" t="e"><v>#DIV/0!</v></c><c r="D2" t="d"><v>2024-01-05</v></c>'
    found = book(HEAD, words("A2", "规章") + odd + figure("E2", 45296, 2), formats=["yyyy-mm-dd"])
    assert blocks(found)[0][1] == ["规章", "TRUE", "#DIV/0!", "2024-01-05", "2024-01-05"]  # type: ignore[index]


def test_the_names_of_sheets_are_titles_where_they_tell_years_apart() -> None:
    data = xlsx(rows(*TABLE), rows(*TABLE))

    def named(first: str, second: str) -> list[object]:
        made = {name: body for name, body in members(data).items() if name != "xl/workbook.xml"}
        main = members(data)["xl/workbook.xml"].decode().replace("表1", first).replace("表2", second)
        return blocks(read_xlsx(zipped({**made, "xl/workbook.xml": main}), Limits()))

    assert named("2022年", "2023年") == ["2022年", READ, "2023年", READ]
    assert named("2022", "2023年度") == ["2022年", READ, "2023年度", READ]
    for first, second in (("表1", "表2"), ("2023年", "2023年(2)"), ("2023年", "说明"), ("12022", "12023")):
        assert named(first, second) == [READ, READ]


def printed_sheet(seed: int) -> str:
    """The tables of a form with figures of their own, without the report's title, as a sheet."""
    made, merged, at = "", "", 0
    for block in blocks_of(drawn(seed)[1])[1:]:
        at += 2
        for row in [[block]] if isinstance(block, str) else block:
            column, cells = 0, ""
            for text, across in spans(row):
                cells += words(f"{LETTERS[column]}{at}", text, 1)
                if across > 1:
                    merged += f'<mergeCell ref="{LETTERS[column]}{at}:{LETTERS[column + across - 1]}{at}"/>'
                column += across
            made += f'<row r="{at}">{cells}</row>'
            at += 1
    return f"<sheetData>{made}</sheetData><mergeCells>{merged}</mergeCells>"


def test_of_sheets_named_by_years_the_one_of_the_reports_year_is_read() -> None:
    sheets = printed_sheet(3), printed_sheet(4)
    held = members(xlsx(*sheets))
    main = held["xl/workbook.xml"].decode().replace("表1", "2022年").replace("表2", "2023年").encode()
    for year, sheet in zip((2022, 2023), sheets, strict=True):
        name = f"某市{year}年政府信息公开工作年度报告.xlsx"
        both, alone = extract(zipped({**held, "xl/workbook.xml": main}), name=name), extract(xlsx(sheet), name=name)
        assert [cell.value for cell in both.cells] == [cell.value for cell in alone.cells]
        assert {"table_repeated"} <= {finding.code for finding in both.findings}
        assert alone.status == "complete"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_left_out_and_told(state: str) -> None:
    found = read_xlsx(xlsx(rows(*TABLE), rows(figure("A1", 99) + figure("B1", 98)), states=["", state]), Limits())
    assert blocks(found) == [READ]
    assert codes(found) == ["hidden_cells"]
    assert "表2" in found.findings[0].message


def test_hidden_rows_and_columns_are_left_out_and_told() -> None:
    hidden = '<row r="2" hidden="1">' + words("A2", "底稿", 1) + figure("C2", 77, 1) + "</row>"
    head = words("A1", "信息内容", 1) + words("B1", "旧", 1) + words("C1", "本年制发件数", 1)
    last = words("A3", "规章", 1) + figure("C3", 12, 1)
    seen = f'<sheetData><row r="1">{head}</row>{hidden}<row r="3">{last}</row></sheetData>'
    body = f'<cols><col min="2" max="2" hidden="1"/></cols>{seen}'
    found = read_xlsx(xlsx(body), Limits())
    assert blocks(found) == [READ]
    assert codes(found) == ["hidden_cells"]
    assert found.findings[0].message.startswith("2 hidden")


def test_sheets_follow_each_other() -> None:
    found = read_xlsx(xlsx(rows(*TABLE), rows(words("A1", "说明"))), Limits())
    assert blocks(found) == [READ, "说明"]
    assert len(found.pages) == 1


def test_pictures_are_named() -> None:
    data = xlsx(rows(*TABLE), parts={"xl/media/image1.png": b"x"})
    assert [picture.name for picture in read_xlsx(data, Limits()).pictures] == ["image1.png"]


def test_the_strict_variety_has_other_namespaces() -> None:
    purl = f'<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main">{rows(*TABLE)}</worksheet>'
    assert blocks(read_xlsx(xlsx(rows(*TABLE), parts={"xl/worksheets/s0.xml": purl}), Limits())) == [READ]


# ── ODS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

RULED = 'table:style-name="b"'
ODS_TABLE = line(cell("信息内容", RULED), cell("本年制发件数", RULED)) + line(
    cell("规章", RULED), cell("12", f'{RULED} office:value-type="float" office:value="12"')
)


def test_an_opendocument_sheet_gives_the_same() -> None:
    found = read_ods(ods(ODS_TABLE), Limits())
    assert blocks(found) == [READ]
    assert found.media_type == "application/vnd.oasis.opendocument.spreadsheet"


def test_what_a_cell_shows_counts_before_what_is_stored() -> None:
    odd = (
        cell("1,234.50", 'office:value-type="float" office:value="1234.5"')
        + cell("", 'office:value-type="float" office:value="7"')
        + cell("", 'table:formula="of:=1+1"')
        + cell("甲<text:s text:c='2'/>乙<text:line-break/>丙<text:note><text:p>注</text:p></text:note>丁")
        + "<table:table-cell><office:annotation><text:p>批注9</text:p></office:annotation><text:p>8</text:p></table:table-cell>"
        + cell("<text:ruby><text:ruby-base>规</text:ruby-base><text:ruby-text>gui</text:ruby-text></text:ruby>章")
    )
    found = read_ods(ods(ODS_TABLE + line(odd)), Limits())
    assert blocks(found)[0][2] == ["1,234.50", "7", "\ufffd", "甲 乙\n丙丁", "8", "规章"]  # type: ignore[index]
    assert codes(found) == ["formula_without_result"]


def test_rows_and_cells_are_repeated_by_the_million() -> None:
    blank = line(cell("", f'{RULED} table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048570"')
    found = read_ods(ods(ODS_TABLE + blank), Limits())
    assert grid(found).n_rows < 50
    twice = line(cell("5", 'table:number-columns-repeated="2"'), more='table:number-rows-repeated="2"')
    assert blocks(read_ods(ods(ODS_TABLE + twice), Limits()))[0][2:] == [["5", "5"]] * 2  # type: ignore[index]
    for text in (
        line(cell("5", 'table:number-columns-repeated="99999"')),
        line(cell("5"), more='table:number-rows-repeated="99999"'),
    ):
        with pytest.raises(LimitError):
            read_ods(ods(text), Limits())


def test_spans_and_groups_of_rows_are_kept() -> None:
    head = line(cell("合计", 'table:number-rows-spanned="2"'), cell("甲"), cell("乙"))
    below = line("<table:covered-table-cell/>", cell("1"), cell("2"))
    found = read_ods(ods(f"<table:table-header-rows>{head}</table:table-header-rows>{below}"), Limits())
    assert [(c.rowspan, c.text) for c in grid(found).cells] == [(2, "合计"), (1, "甲"), (1, "乙"), (1, "1"), (1, "2")]


def test_hidden_tables_rows_and_columns_of_an_opendocument_sheet_are_left_out() -> None:
    hidden = line(cell("底稿"), cell("77"), more='table:visibility="collapse"')
    found = read_ods(ods(ODS_TABLE + hidden), Limits())
    assert blocks(found) == [READ]
    assert codes(found) == ["hidden_cells"]
    found = read_ods(ods(ODS_TABLE, ODS_TABLE, hidden=(2,)), Limits())
    assert blocks(found) == [READ]
    assert codes(found) == ["hidden_cells"]
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    assert blocks(read_ods(ods(columns + ODS_TABLE), Limits())) == ["信息内容", "规章"]


def test_raised_struck_and_white_text_of_an_opendocument_sheet() -> None:
    def style(name: str, family: str, told: str) -> str:
        return f'<style:style style:name="{name}" style:family="{family}"><style:text-properties {told}/></style:style>'

    def of(text: str) -> str:
        return f"<table:table-cell><text:p>{text}</text:p></table:table-cell>"

    styles = style("up", "text", 'style:text-position="super 58%"') + style("down", "text", 'style:text-position="-33% 58%"')
    styles += style("level", "text", 'style:text-position="0% 100%"')
    styles += style("out", "text", 'style:text-line-through-style="solid"')
    styles += style("gone", "table-cell", 'style:text-line-through-type="single"') + style(
        "pale", "table-cell", 'fo:color="#FFFFFF"'
    )
    row = line(
        cell("规章"),
        of('5<text:span text:style-name="up">2</text:span>'),
        of('5<text:span text:style-name="down">2</text:span>'),
        of('<text:span text:style-name="out">5</text:span><text:span text:style-name="level">12</text:span>'),
        cell("7", 'table:style-name="gone"'),
        cell("8", 'table:style-name="pale"'),
        cell("9"),
    )
    found = read_ods(ods(ODS_TABLE + row, styles=styles), Limits())
    assert found.pages[0].text.endswith("规章\t5²\t5²\t12\t9\t\n")
    assert codes(found) == ["hidden_cells"]


# ── XLS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def at(row: int, column: int, style: int = 0) -> bytes:
    return struct.pack("<3H", row, column, style)


def label(row: int, column: int, text: str, style: int = 0) -> bytes:
    return record(0x204, at(row, column, style) + wide(text))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, at(row, column, style) + struct.pack("<d", value))


OLD_HEAD = label(0, 0, "信息内容", 1) + label(0, 1, "本年制发件数", 1)
OLD_TABLE = OLD_HEAD + label(1, 0, "规章", 1) + number(1, 1, 12, 1)


def old(*sheets: bytes, **how: object) -> Document:
    return read_xls(xls(*sheets, **how), Limits())  # type: ignore[arg-type]


def test_an_old_workbook_gives_the_same() -> None:
    found = old(OLD_TABLE)
    assert blocks(found) == [READ]
    assert found.media_type == "application/vnd.ms-excel"


def test_every_record_of_a_cell_is_known() -> None:
    integer, hundredth = (345 << 2) | 2, (1250 << 2) | 3
    rk = record(0x27E, at(1, 1) + struct.pack("<I", integer))
    mulrk = record(0xBD, struct.pack("<HHHIHIH", 1, 2, 0, integer, 0, hundredth, 3))
    strings = shared("规章", "甲")
    shared_text = record(0xFD, at(1, 0) + struct.pack("<I", 0)) + record(0xFD, at(1, 4) + struct.pack("<I", 9))
    truth = record(0x205, at(1, 5) + b"\1\0") + record(0x205, at(1, 6) + b"\x07\1")
    formula = record(0x06, at(1, 7) + struct.pack("<d", 8.5) + bytes(8))
    text_formula = record(0x06, at(1, 8) + b"\0\0\0\0\0\0\xff\xff" + bytes(8)) + record(0x207, wide("见附件"))
    empty_formula = record(0x06, at(1, 9) + b"\3\0\0\0\0\0\xff\xff" + bytes(8))
    sheet = OLD_HEAD + shared_text + rk + mulrk + truth + formula + text_formula + empty_formula
    told = ["规章", "345", "345", "12.5", "\ufffd", "TRUE", "#DIV/0!", "8.5", "见附件"]
    assert blocks(old(sheet, strings=strings))[0][1] == told  # type: ignore[index]


def test_an_old_workbook_whose_formulas_are_all_empty_was_never_computed() -> None:
    def formula(row: int, kind: bytes) -> bytes:
        return record(0x06, at(row, 1, 1) + kind + bytes(8))

    never, empty = formula(1, b"\3\0\0\0\0\0\xff\xff"), formula(2, b"\3\0\0\0\0\0\xff\xff")
    heads = OLD_HEAD + label(1, 0, "规章", 1) + label(2, 0, "许可", 1)
    found = old(heads + never + empty)
    assert blocks(found)[0][1:] == [["规章", "\ufffd"], ["许可", "\ufffd"]]  # type: ignore[index]
    assert codes(found) == ["formula_without_result"]
    found = old(heads + formula(1, struct.pack("<d", 0)) + empty)
    assert blocks(found)[0][1:] == [["规章", "0"], ["许可", ""]]  # type: ignore[index]


def test_raised_struck_and_white_text_of_an_old_workbook() -> None:
    def font(bits: int = 0, color: int = 0x7FFF, position: int = 0) -> bytes:
        return record(0x31, struct.pack("<HHHHH", 200, bits, color, 400, position) + bytes(6))

    def style(number: int, pattern: int = 0, color: int = 64) -> bytes:
        return record(0xE0, struct.pack("<HHHHHHHHHH", number, 0, 0, 0, 0, 0, 0, 0, pattern << 10, color))

    # There is no font 4: the fifth is number 5.
    fonts = font() + font(8) + font(color=9) + font() + font(position=1)
    rich = struct.pack("<HB", 3, 9) + struct.pack("<H", 2) + "512".encode("utf-16-le") + struct.pack("<4H", 0, 1, 2, 5)
    strings = record(0xFC, struct.pack("<II", 1, 1) + rich)
    first = fonts + style(0) + style(1) + style(2) + style(2, 1, 30)
    cells = record(0xFD, at(1, 1) + struct.pack("<I", 0)) + number(1, 2, 7, 1) + number(1, 3, 8, 2) + number(1, 4, 9, 3)
    head = label(0, 0, "信息内容") + label(0, 1, "本年制发件数") + label(1, 0, "规章")
    found = old(head + label(2, 0, "许可") + cells, strings=strings, first=first)
    assert found.pages[0].text == "信息内容\t本年制发件数\t\n规章\t²\t9\t\n许可\t\n"
    assert codes(found) == ["hidden_cells"]
    shown_too = record(
        0xFC, struct.pack("<II", 1, 1) + rich.replace(struct.pack("<4H", 0, 1, 2, 5), struct.pack("<4H", 1, 0, 2, 5))
    )
    assert "51²" in old(head + cells, strings=shown_too, first=first).pages[0].text
    # The cell has the font with which its text begins: what follows it in another one counts.
    begins = record(0xFD, at(1, 1, 1) + struct.pack("<I", 0))
    later = record(
        0xFC, struct.pack("<II", 1, 1) + rich.replace(struct.pack("<4H", 0, 1, 2, 5), struct.pack("<4H", 1, 0, 2, 0))
    )
    assert "规章\t12\t" in old(head + begins, strings=later, first=first).pages[0].text


def test_negative_and_packed_numbers_are_read_to_the_digit() -> None:
    minus = struct.pack("<I", ((-5 << 2) | 2) & 0xFFFFFFFF)
    double = struct.pack("<I", (struct.unpack("<Q", struct.pack("<d", 2.5))[0] >> 32) & 0xFFFFFFFC)
    sheet = OLD_HEAD + record(0x27E, at(1, 0) + minus) + record(0x27E, at(1, 1) + double)
    assert blocks(old(sheet))[0][1] == ["-5", "2.5"]  # type: ignore[index]


def test_blanks_with_borders_merged_cells_and_what_is_hidden() -> None:
    blanks = record(0x201, at(2, 0, 1)) + record(0xBE, struct.pack("<HHHHH", 3, 0, 1, 1, 1))
    assert blocks(old(OLD_TABLE + blanks))[0][2:] == [[""], ["", ""]]  # type: ignore[index]
    merged = record(0xE5, struct.pack("<HHHHH", 1, 0, 1, 0, 0))
    assert grid(old(OLD_HEAD + label(1, 1, "甲", 1) + merged)).cells[0].rowspan == 2
    row = record(0x208, struct.pack("<HHHHHHI", 1, 0, 2, 255, 0, 0, 0x20))
    column = record(0x7D, struct.pack("<HHHHHH", 2, 2, 0, 0, 1, 0))
    found = old(row + column + OLD_TABLE + label(0, 2, "旧", 1) + label(2, 0, "许可", 1) + number(2, 1, 3, 1))
    assert blocks(found) == [[["信息内容", "本年制发件数"], ["许可", "3"]]]
    assert codes(found) == ["hidden_cells"]
    row = record(0x208, struct.pack("<HHHHHHI", 1, 0, 2, 0, 0, 0, 0x40))
    column = record(0x7D, struct.pack("<HHHHHH", 2, 2, 0, 0, 0, 0))
    found = old(row + column + OLD_TABLE + label(0, 2, "旧", 1) + label(2, 0, "许可", 1) + number(2, 1, 3, 1))
    assert blocks(found) == [[["信息内容", "本年制发件数"], ["许可", "3"]]]
    assert blocks(old(OLD_TABLE, OLD_TABLE, states=[0, 1])) == [READ]


def test_zeros_and_formats_of_an_old_workbook() -> None:
    no_zeros = record(0x23E, struct.pack("<H", 0x00A6 & ~0x10) + bytes(16))
    assert blocks(old(OLD_HEAD + label(1, 0, "规章", 1) + number(1, 1, 0, 1) + no_zeros))[0][1] == ["规章", ""]  # type: ignore[index]
    found = old(OLD_HEAD + number(1, 0, 0, 2) + number(1, 1, 45296, 3), formats=[ACCOUNT, "yyyy-mm-dd"])
    assert blocks(found)[0][1] == ["-", "2024-01-05"]  # type: ignore[index]


def test_texts_cut_between_two_records_say_anew_how_wide_they_are() -> None:
    whole = wide("行政规范性文件") + wide("规章")
    cut = 3 + 2 * 4  # behind four characters
    body = struct.pack("<II", 2, 2) + whole[:cut]
    rest = b"\1" + whole[cut:]
    strings = record(0xFC, body) + record(0x3C, rest)
    cells = record(0xFD, at(1, 0) + struct.pack("<I", 0)) + record(0xFD, at(1, 1) + struct.pack("<I", 1))
    assert blocks(old(OLD_HEAD + cells, strings=strings))[0][1] == ["行政规范性文件", "规章"]  # type: ignore[index]
    narrow = struct.pack("<H", 6) + b"\0abc"
    strings = record(0xFC, struct.pack("<II", 1, 1) + narrow) + record(0x3C, b"\1" + "规章甲".encode("utf-16-le"))
    cells = record(0xFD, at(1, 0) + struct.pack("<I", 0)) + number(1, 1, 1)
    assert blocks(old(OLD_HEAD + cells, strings=strings))[0][1] == ["abc规章甲", "1"]  # type: ignore[index]


# ── Refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(data: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(ReadError) as caught:
        read(data, name=name)
    assert len(str(caught.value)) > 30
    return caught.value.code


def test_protected_workbooks_are_refused_in_words() -> None:
    assert refused(xls(OLD_TABLE, first=record(0x2F, bytes(54)))) == "encrypted"
    manifest = '<m:manifest xmlns:m="urn:x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    assert refused(ods(ODS_TABLE, manifest=manifest)) == "encrypted"


def test_kinds_without_a_reader_are_refused_in_words() -> None:
    assert refused(xls(OLD_TABLE, version=0x500, name="Book"), "a.xls") == "unsupported_format"
    binary = zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"\0"})
    assert refused(binary) == "unsupported_format"


@pytest.mark.parametrize(
    "data",
    [
        zipped({"[Content_Types].xml": "<Types/>", "xl/styles.xml": "<x/>"}),
        zipped({"content.xml": "<x/>"}, "application/vnd.oasis.opendocument.spreadsheet"),
        xls(OLD_TABLE)[:1700],
        xls(OLD_TABLE, strings=record(0xFC, struct.pack("<II", 50, 50) + b"\xff\xff\1ab")),
        xls(OLD_TABLE).replace("Workbook".encode("utf-16-le"), "Workb00k".encode("utf-16-le"))[:-1]
        + "Workbook\0".encode("utf-16-le"),
        xlsx("<sheetData><row><c"),
    ],
)
def test_damaged_workbooks_are_refused_in_words(data: bytes) -> None:
    assert refused(data) in ("damaged", "truncated")


def test_chains_of_sectors_that_run_in_circles_end() -> None:
    data = bytearray(xls(OLD_TABLE))
    struct.pack_into("<I", data, 512 + 4 * 3, 2)
    assert refused(bytes(data)) == "truncated"


def test_workbooks_beyond_the_limits_are_refused() -> None:
    many = rows(*("".join(figure(f"{c}{r}", 1) for c in "ABCDEFGHIJ") for r in range(1, 200)))
    with pytest.raises(LimitError):
        read_xlsx(xlsx(many), Limits(max_cells=1000))
    far = rows("".join(f'<c r="{a}{b}1"><v>1</v></c>' for a in "ABCDEFGH" for b in "ABCDEFGHIJ"))
    with pytest.raises(LimitError):
        read_xlsx(xlsx(far), Limits(max_columns=50))
    merged = "<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 50_001 + "</mergeCells>"
    with pytest.raises(LimitError):
        read_xlsx(xlsx(rows(*TABLE) + merged), Limits(max_ratio=1000))
    with pytest.raises(LimitError):
        read_xlsx(xlsx(rows(*TABLE) + " " * 3_000_000), Limits(max_part=1_000_000))


@pytest.mark.parametrize(
    "odd",
    ['<c r="ZZZ99999999"><v>1</v></c>', '<c r="??" s="999999"><v>x</v></c>', '<c r="B3" t="s"><v>-1</v></c>',
     '<c t="n"><v>1e999</v></c>', "<c/>", '<c r="B3"><f/></c>'],
)  # fmt: skip
def test_cells_that_make_no_sense_spoil_no_others(odd: str) -> None:
    found = read_xlsx(xlsx(rows(*TABLE, odd)), Limits())
    assert blocks(found)[0][:2] == READ  # type: ignore[index]


def test_merged_cells_as_large_as_a_sheet_and_over_each_other_cost_nothing() -> None:
    merged = '<mergeCells><mergeCell ref="A3:XFD1048576"/><mergeCell ref="A1:B2"/><mergeCell ref="A2:B2"/></mergeCells>'
    found = read_xlsx(xlsx(rows(*TABLE, words("A3", "备注")) + merged), Limits())
    assert sum(len(block.cells) for block in found.pages[0].blocks if isinstance(block, Grid)) <= 4


def test_merged_cells_that_lie_over_each_other_throughout_are_refused_early() -> None:
    cells = words("A1", "x") + words("B1", "x")
    # Each begins to the left of the one above it, so that none begins within another, and goes on to the last row.
    places = {(row, column) for row in range(300) for column in range(60)}
    nested = tuple((row, 59 - row, 299, 59) for row in range(60))
    with pytest.raises(LimitError):
        laid_out(Sheet("", False, dict.fromkeys(places, "x"), set(), nested), Limits(max_cells=20_000))
    again = "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 40_000 + "</mergeCells>"
    found = read_xlsx(xlsx(rows(cells, words("A2", "甲") + words("B2", "乙")) + again), Limits(max_ratio=1000))
    assert found.pages[0].text == "x\t\n甲\t乙\t\n"


def test_merged_cells_that_begin_within_another_count_for_nothing() -> None:
    texts = {(0, 0): "甲", (0, 1): "乙", (1, 0): "丙", (1, 1): "丁", (2, 1): "戊"}
    merged = ((1, 1, 2, 1), (0, 0, 1, 1), (0, 0, 0, 1))
    assert laid_out(Sheet("", False, texts, set(), merged), Limits()).text == "甲\t\n戊\t\n"


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    sheet = f"{bomb}<worksheet>{rows(*TABLE, words('A3', '&b;') + figure('B3', 3))}</worksheet>"
    data = xlsx(rows(*TABLE), parts={"xl/worksheets/s0.xml": sheet})
    assert "aaaa" not in read_xlsx(data, Limits()).pages[0].text


def test_the_door_tells_workbooks_by_their_content() -> None:
    assert read(xls(OLD_TABLE), name="年报.et").media_type == "application/vnd.ms-excel"
    assert codes(read(xls(OLD_TABLE), name="年报.et")) == []
    assert codes(read(xls(OLD_TABLE), name="年报.xlsx")) == ["misnamed"]
    page = "<html><body><table><tr><td>规章</td><td>1</td></tr><tr><td>许可</td><td>2</td></tr></table></body></html>"
    assert read(page.encode(), name="年报.xls").media_type == "text/html"
