"""The DOCX reader: what Word would print, as blocks."""

from __future__ import annotations

import base64
import zipfile
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Document, Grid, Line
from gov_extract.errors import LimitError, ReadError
from gov_extract.parse.values import read_figure
from gov_extract.readers import Limits, read
from tests.tiles import Tile, ranked, tilings

SHARED = Path(__file__).parents[1].parent / "shared"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def pack(parts: dict[str, str | bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def word(body: str, *, styles: str = "", numbering: str = "", namespaces: str = NAMESPACES) -> bytes:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": RELATIONS,
        "word/document.xml": f"<w:document {namespaces}><w:body>{body}</w:body></w:document>",
    }
    if styles:
        parts["word/styles.xml"] = f"<w:styles {namespaces}>{styles}</w:styles>"
    if numbering:
        parts["word/numbering.xml"] = f"<w:numbering {namespaces}>{numbering}</w:numbering>"
    return pack(parts)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*texts: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(map(run, texts))}</w:p>"


def cell(*texts: str, properties: str = "", content: str = "") -> str:
    inside = "".join(map(paragraph, texts)) + content
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str, widths: tuple[int, ...] = ()) -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tbl><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"


def in_list(text: str, number: int = 1, level: int = 0) -> str:
    return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def level(place: int, kind: str, text: str, extra: str = "") -> str:
    return f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{extra}<w:lvlText w:val="{text}"/></w:lvl>'


def one_list(*levels: str, overrides: str = "") -> str:
    return (
        f'<w:abstractNum w:abstractNumId="7">{"".join(levels)}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="7"/>{overrides}</w:num>'
    )


def lines(document: Document) -> list[str]:
    return [block.text for block in document.pages[0].blocks if isinstance(block, Line)]


def grids(document: Document) -> list[Grid]:
    return [block for block in document.pages[0].blocks if isinstance(block, Grid)]


def placed(grid: Grid) -> list[tuple[int, int, int, int, str]]:
    return [(c.row, c.column, c.rowspan, c.colspan, c.text) for c in grid.cells]


def shape(document: Document) -> list[str]:
    return [
        block.text if isinstance(block, Line) else f"{block.n_rows}x{block.n_columns}" for block in document.pages[0].blocks
    ]


def as_word(tiles: list[Tile], n_rows: int, n_columns: int) -> str:
    at = {(r, tile.column): tile for tile in tiles for r in range(tile.row, tile.row + tile.rowspan)}
    rows = []
    for r in range(n_rows):
        cells = []
        for c in range(n_columns):
            tile = at.get((r, c))
            if tile is None:
                continue
            first = tile.row == r
            merge = f"<w:vMerge{' w:val=' + chr(34) + 'restart' + chr(34) if first else ''}/>" if tile.rowspan > 1 else ""
            cells.append(cell(tile.text if first else "", properties=f'<w:gridSpan w:val="{tile.colspan}"/>{merge}'))
        rows.append(row(*cells))
    return table(*rows)


@settings(max_examples=60, deadline=None)
@given(tilings())
def test_any_merged_table_comes_back_as_it_was(drawn: tuple[list[Tile], int, int]) -> None:
    tiles, n_rows, n_columns = drawn
    (grid,) = grids(read(word(as_word(tiles, n_rows, n_columns))))
    assert placed(grid) == ranked(tiles)
    assert grid.doubts == ()
    assert grid.edges == ()
    assert grid.kind == "markup"


def test_every_cell_says_where_it_stands() -> None:
    document = read(word(table(row(cell("甲"), cell("乙"))) + table(row(cell("丙"), cell("丁")), row(cell("戊"), cell("己")))))
    assert [c.locator for g in grids(document) for c in g.cells][-1] == "table 2, row 2, column 2"
    assert all(c.readings[0].engine == "markup" for g in grids(document) for c in g.cells)


def test_page_text_knows_no_table_but_cell_ends() -> None:
    document = read(word(paragraph("一、总体情况") + table(row(cell("规", "章"), cell("0")), row(cell("文件"), cell("12")))))
    assert document.pages[0].text == "一、总体情况\n规\n章\t0\t\n文件\t12\t\n"


def test_paragraphs_of_a_cell_are_its_lines() -> None:
    (grid,) = grids(read(word(table(row(cell("其他法律行政", "法规禁止公开"), cell("3"))))))
    assert grid.cells[0].text == "其他法律行政\n法规禁止公开"


def test_grid_before_and_missing_cells_shift_nothing() -> None:
    document = read(
        word(
            table(
                row(cell("甲"), cell("乙"), cell("丙")),
                row(cell("1"), cell("2"), properties='<w:gridBefore w:val="1"/>'),
                row(cell("丁"), cell("3"), properties='<w:gridAfter w:val="1"/>'),
            )
        )
    )
    (grid,) = grids(document)
    assert placed(grid)[3:] == [(1, 1, 1, 1, "1"), (1, 2, 1, 1, "2"), (2, 0, 1, 1, "丁"), (2, 1, 1, 1, "3")]
    assert grid.doubts == ("ragged",)


def test_old_horizontal_merge() -> None:
    merged = row(cell("甲", properties='<w:hMerge w:val="restart"/>'), cell(properties="<w:hMerge/>"), cell("乙"))
    (grid,) = grids(read(word(table(merged, row(cell("1"), cell("2"), cell("3"))))))
    assert placed(grid)[:2] == [(0, 0, 1, 2, "甲"), (0, 2, 1, 1, "乙")]


def test_slivers_left_by_dragged_borders_are_no_columns() -> None:
    span = '<w:gridSpan w:val="2"/>'
    document = read(
        word(
            table(
                row(cell("自然人"), cell("总计", properties=span)),
                row(cell("1", properties=span), cell("2")),
                widths=(2000, 15, 2000),
            )
        )
    )
    (grid,) = grids(document)
    assert placed(grid) == [(0, 0, 1, 1, "自然人"), (0, 1, 1, 1, "总计"), (1, 0, 1, 1, "1"), (1, 1, 1, 1, "2")]


def test_a_narrow_column_that_is_a_cell_of_its_own_stays() -> None:
    (grid,) = grids(read(word(table(row(cell("甲"), cell("1"), cell("2")), widths=(2000, 50, 2000)))))
    assert grid.n_columns == 3


def test_content_controls_at_every_level() -> None:
    def control(inside: str) -> str:
        return f"<w:sdt><w:sdtPr/><w:sdtContent>{inside}</w:sdtContent></w:sdt>"

    rows = control(row(cell("规章"), control(cell("1"))) + row(cell("文件"), cell(content=control(paragraph("2")))))
    body = control(paragraph("一、") + f"<w:p>{run('甲')}{control(run('乙'))}</w:p>") + table(rows)
    document = read(word(body))
    assert lines(document) == ["一、", "甲乙"]
    assert [text for *_, text in placed(grids(document)[0])] == ["规章", "1", "文件", "2"]


def test_tracked_changes_are_accepted() -> None:
    deleted = "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>走</w:t></w:r></w:moveFrom>"
    inserted = f"<w:ins>{run('新')}</w:ins><w:moveTo>{run('来')}</w:moveTo>"
    body = f"<w:p>{deleted}{inserted}</w:p>"
    body += paragraph("上半", properties="<w:rPr><w:del/></w:rPr>") + paragraph("下半")
    body += table(
        row(cell("标签"), cell("1")),
        row(cell("删去"), cell("9"), properties="<w:del/>"),
        row(cell("加上"), cell("2"), properties="<w:ins/>"),
    )
    document = read(word(body))
    assert lines(document) == ["新来", "上半下半"]
    assert [text for *_, text in placed(grids(document)[0])] == ["标签", "1", "加上", "2"]
    assert not any(mark in document.pages[0].text for mark in "旧走9删")


def test_a_deleted_first_row_leaves_its_merge_to_the_next() -> None:
    def merged(value: str) -> str:
        return f'<w:vMerge w:val="{value}"/>'

    body = table(
        row(cell("旧", properties=merged("restart")), cell("1"), properties="<w:del/>"),
        row(cell("组", properties=merged("continue")), cell("2")),
        row(cell("", properties=merged("continue")), cell("3")),
    )
    (grid,) = grids(read(word(body)))
    assert placed(grid) == [(0, 0, 2, 1, "组"), (0, 1, 1, 1, "2"), (1, 1, 1, 1, "3")]


BOX = "<w:txbxContent>{}</w:txbxContent>"


def boxed(content: str) -> str:
    inside = BOX.format(content)
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing>'
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


def test_a_text_box_stands_once_at_its_anchor() -> None:
    body = f"<w:p>{boxed(paragraph('框前'))}{run('正文')}</w:p><w:p>{run('又一段')}{boxed(paragraph('框后'))}</w:p>"
    document = read(word(body))
    assert lines(document) == ["框前", "正文", "又一段", "框后"]
    assert document.pages[0].text.count("框前") == 1


def test_a_table_in_a_text_box_is_a_grid() -> None:
    document = read(word(f"<w:p>{boxed(table(row(cell('规章'), cell('1'))))}{run('正文')}</w:p>"))
    assert shape(document) == ["1x2", "正文"]


def test_a_text_box_in_a_cell_does_not_touch_its_figure() -> None:
    beside = f"<w:p>{run('12')}{boxed(paragraph('注'))}</w:p>"
    alone = f"<w:p>{boxed(paragraph('7'))}</w:p>"
    document = read(word(table(row(cell("标签"), cell(content=beside), cell(content=alone)))))
    assert [text for *_, text in placed(grids(document)[0])] == ["标签", "12", "7"]
    assert lines(document) == ["注"]


def test_fields_show_their_result() -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    instruction = "<w:r><w:instrText> PAGE </w:instrText></w:r>"
    body = f"<w:p>{run('共')}{mark('begin')}{instruction}{mark('separate')}{run('12')}{mark('end')}{run('件')}</w:p>"
    body += f'<w:p><w:fldSimple w:instr="X">{run("结果")}</w:fldSimple></w:p>'
    body += f"<w:p>{run('前')}{mark('begin')}{instruction}</w:p>" + paragraph("没有被吞掉")
    assert lines(read(word(body))) == ["共12件", "结果", "前", "没有被吞掉"]


def test_runs_of_every_kind() -> None:
    body = (
        "<w:p><w:r><w:t>1</w:t><w:noBreakHyphen/><w:t>2</w:t><w:softHyphen/><w:t>3</w:t></w:r>"
        f"<w:smartTag>{run('甲')}</w:smartTag><w:hyperlink>{run('乙')}</w:hyperlink>{run('隐', '<w:vanish/>')}"
        f"{run('现', '<w:vanish w:val=' + chr(34) + '0' + chr(34) + '/>')}"
        '<w:r><w:sym w:font="Symbol" w:char="F035"/><w:sym w:font="宋体" w:char="2460"/></w:r>'
        "<w:r><w:ruby><w:rt><w:r><w:t>bao</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>報</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        "<m:oMath><m:r><m:t>9</m:t></m:r></m:oMath><w:r><w:br/><w:t>下行</w:t></w:r></w:p>"
    )
    assert lines(read(word(body))) == ["1-23甲乙现5①報9", "下行"]


def test_tabs_make_rows_only_where_they_part_one() -> None:
    tab = "<w:r><w:tab/></w:r>"
    body = (
        f"<w:p>{tab}{run('一、总体情况')}</w:p>"
        f"<w:p>{run('规章')}{tab}{run('0')}{tab}{tab}{run('5')}</w:p>"
        f"<w:p>{run('某局')}{tab}{run('2024年1月9日')}</w:p>"
    )
    blocks = read(word(body)).pages[0].blocks
    assert [block.kind for block in blocks] == ["text", "cells", "text"]
    assert [w.text for w in blocks[1].words] == ["规章", "0", "", "5"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("chineseCounting", ["一", "二", "十", "十一", "二十一"]),
        ("chineseCountingThousand", ["一", "二", "十", "十一", "二十一"]),
        ("taiwaneseCounting", ["一", "二", "十", "十一", "二十一"]),
        ("japaneseCounting", ["一", "二", "十", "十一", "二十一"]),
        ("ideographTraditional", ["甲", "乙", "癸", "11", "21"]),
        ("decimal", ["1", "2", "10", "11", "21"]),
        ("decimalFullWidth", ["１", "２", "１０", "１１", "２１"]),
        ("decimalEnclosedCircle", ["①", "②", "⑩", "⑪", "㉑"]),
        ("upperRoman", ["I", "II", "X", "XI", "XXI"]),
        ("lowerLetter", ["a", "b", "j", "k", "u"]),
        ("decimalZero", ["01", "02", "10", "11", "21"]),
        ("chineseLegalSimplified", ["壹", "贰", "壹拾", "壹拾壹", "贰拾壹"]),
    ],
)
def test_number_formats(kind: str, expected: list[str]) -> None:
    body = "".join(in_list("项") for _ in range(21))
    found = lines(read(word(body, numbering=one_list(level(0, kind, "%1、")))))
    assert [found[at - 1] for at in (1, 2, 10, 11, 21)] == [f"{number}、项" for number in expected]


def test_numbers_of_several_levels_restart_below_a_higher_one() -> None:
    numbering = one_list(level(0, "chineseCounting", "%1、"), level(1, "chineseCounting", "（%2）"), level(2, "decimal", "%3."))
    body = "".join(
        [
            in_list("甲"),
            in_list("乙", level=1),
            in_list("丙", level=1),
            in_list("丁", level=2),
            in_list("戊"),
            in_list("己", level=1),
        ]
    )
    assert lines(read(word(body, numbering=numbering))) == ["一、甲", "（一）乙", "（二）丙", "1.丁", "二、戊", "（一）己"]


def test_start_override_and_bullets_and_bare_numbers() -> None:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="3"/></w:lvlOverride>'
    numbering = one_list(level(0, "decimal", "%1"), level(1, "bullet", "\uf0b7"), overrides=override)
    body = in_list("2023年") + in_list("项", level=1) + in_list("结果")
    assert lines(read(word(body, numbering=numbering))) == ["3 2023年", "项", "4结果"]


def test_a_number_from_the_style_and_its_base() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="a"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        '<w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="b"><w:name w:val="own"/><w:basedOn w:val="a"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="c"><w:basedOn w:val="c"/><w:name w:val="loop"/></w:style>'
    )
    numbering = one_list(level(0, "chineseCounting", "%1、"))
    body = (
        paragraph("总体情况", properties='<w:pStyle w:val="a"/>')
        + paragraph("主动公开", properties='<w:pStyle w:val="b"/>')
        + paragraph("无号", properties='<w:pStyle w:val="a"/><w:numPr><w:numId w:val="0"/></w:numPr><w:outlineLvl w:val="9"/>')
        + paragraph("环", properties='<w:pStyle w:val="c"/>')
    )
    document = read(word(body, styles=styles, numbering=numbering))
    assert lines(document) == ["一、总体情况", "二、主动公开", "无号", "环"]
    assert [block.level for block in document.pages[0].blocks if isinstance(block, Line)] == [1, 1, None, None]


def test_numbers_in_table_cells() -> None:
    numbering = one_list(level(0, "decimal", "%1."))
    body = table(row(cell(content=in_list("属于国家秘密")), cell("0")), row(cell(content=in_list("其他")), cell("1")))
    (grid,) = grids(read(word(body, numbering=numbering)))
    assert [text for *_, text in placed(grid)] == ["1.属于国家秘密", "0", "2.其他", "1"]


@pytest.mark.parametrize("shape", ["%1", "%1.", "%1、", "（%1）"])
@pytest.mark.parametrize("kind", ["decimal", "chineseCounting", "decimalEnclosedCircle"])
@pytest.mark.parametrize("typed", ["", "5", "43.7"])
def test_a_number_that_word_counts_in_a_figure_s_cell_is_no_figure(kind: str, shape: str, typed: str) -> None:
    body = table(row(cell("规章"), cell(content=in_list(typed)), cell("7")))
    (grid,) = grids(read(word(body, numbering=one_list(level(0, kind, shape)))))
    texts = [text for *_, text in placed(grid)]
    assert [read_figure(text, "万元").state for text in texts[1:]] == ["unreadable", "read"]


def test_a_layout_table_is_unwrapped_in_reading_order() -> None:
    inner = table(row(cell("规章"), cell("1")))
    body = table(row(cell("一、总体情况", content=paragraph("正文") + inner + paragraph("二、其他"))))
    assert shape(read(word(body))) == ["一、总体情况", "正文", "1x2", "二、其他"]


def test_data_rows_around_a_nested_table_stay_rows() -> None:
    inner = table(row(cell("规章"), cell("1")))
    body = table(row(cell("甲"), cell("1")), row(cell(content=inner), cell("5"), cell("6")), row(cell("乙"), cell("2")))
    document = read(word(body))
    assert shape(document) == ["1x2", "1x2", "5\t6", "1x2"]


def test_a_prose_row_in_a_table_becomes_lines() -> None:
    prose = "本年度主动公开政府信息若干条。" * 20
    body = table(row(cell(prose, properties='<w:gridSpan w:val="2"/>')), row(cell("规章"), cell("1")))
    assert shape(read(word(body))) == [prose, "1x2"]


def test_strict_namespace() -> None:
    strict = NAMESPACES.replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert lines(read(word(paragraph("一、总体情况"), namespaces=strict))) == ["一、总体情况"]


def test_contents_lists_are_navigation() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="t"><w:name w:val="toc 1"/></w:style>'
    body = paragraph("一、总体情况 1", properties='<w:pStyle w:val="t"/>') + paragraph("一、总体情况")
    assert lines(read(word(body, styles=styles))) == ["一、总体情况"]


def test_an_embedded_part_is_told() -> None:
    document = read(word(paragraph("封面") + "<w:altChunk/>"))
    assert [finding.code for finding in document.findings] == ["embedded_part"]


def test_python_docx_tables_come_back() -> None:
    import docx

    source = docx.Document()
    made = source.add_table(3, 3)
    for r in range(3):
        for c in range(3):
            made.cell(r, c).text = f"{r}{c}"
    made.cell(0, 0).merge(made.cell(1, 1)).text = "组"
    stream = BytesIO()
    source.save(stream)
    (grid,) = grids(read(stream.getvalue()))
    assert placed(grid) == [
        (0, 0, 2, 2, "组"),
        (0, 2, 1, 1, "02"),
        (1, 2, 1, 1, "12"),
        (2, 0, 1, 1, "20"),
        (2, 1, 1, 1, "21"),
        (2, 2, 1, 1, "22"),
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared documents are not here")
def test_the_official_form_has_its_three_tables() -> None:
    document = read((SHARED / "real" / "official-form-2021-blank.docx").read_bytes())
    assert [(g.n_rows, g.n_columns, g.doubts) for g in grids(document)] == [(14, 4, ()), (28, 10, ()), (4, 15, ())]
    assert lines(document)[1] == "一、总体情况"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_damaged_packages_are_refused_with_words(data: st.DataObject) -> None:
    good = word(paragraph("一、总体情况") + table(row(cell("规章"), cell("1"))))
    at = data.draw(st.integers(0, len(good) - 1))
    damaged = data.draw(st.sampled_from([good[:at], good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :]]))
    caught: ReadError | None = None
    try:
        read(damaged, name="a.docx")
    except ReadError as error:
        caught = error
    assert caught is None or (caught.code and len(str(caught)) > 20)


def test_entities_are_not_expanded() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        f"<w:document {NAMESPACES}><w:body><w:p><w:r><w:t>&b;&f;</w:t></w:r></w:p></w:body></w:document>"
    )
    document = read(pack({"[Content_Types].xml": "<Types/>", "_rels/.rels": RELATIONS, "word/document.xml": bomb}))
    assert "aaaa" not in document.pages[0].text
    assert "root" not in document.pages[0].text


@pytest.mark.parametrize(
    "body",
    [
        "<w:p>" * 5000 + "</w:p>" * 5000,
        ("<w:tbl><w:tr><w:tc>" * 3000) + ("</w:tc></w:tr></w:tbl>" * 3000),
        "<w:p>",
    ],
)
def test_xml_nested_without_end_is_refused(body: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(word(body))
    assert caught.value.code == "damaged"


def test_a_missing_main_part_is_named() -> None:
    with pytest.raises(ReadError, match=r"document\.xml"):
        read(pack({"[Content_Types].xml": "<Types/>", "word/styles.xml": "<a/>"}))


def test_a_zip_bomb_is_refused_early() -> None:
    body = f"<w:document {NAMESPACES}><w:body>".encode() + b" " * (80 * 1024 * 1024)
    bomb = pack({"[Content_Types].xml": "<Types/>", "word/document.xml": body})
    assert len(bomb) < 200_000
    with pytest.raises(LimitError):
        read(bomb)


def test_absurd_spans_and_too_many_cells() -> None:
    wide = cell("甲", properties='<w:gridSpan w:val="999999999"/>')
    (grid,) = grids(read(word(table(row(wide, cell("乙"))))))
    assert grid.n_columns == 2
    with pytest.raises(LimitError):
        read(word(table(*[row(cell("甲"), cell("乙"))] * 10)), limits=Limits(max_cells=19))


WHITE, SEEN = '<w:color w:val="FFFFFF"/>', '<w:vanish w:val="0"/>'


def test_what_word_does_not_print_is_not_read() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="P"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Q"><w:basedOn w:val="P"/></w:style>'
    )
    prompt = (
        f"<w:p><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('单击此处输入')}</w:sdtContent></w:sdt></w:p>"
    )
    white = f"<w:p>{run('5')}{run('8', WHITE)}</w:p>"
    alone = f"<w:p>{run('8', WHITE)}</w:p>"
    hidden = paragraph("44", properties='<w:pStyle w:val="Q"/>')
    shown_again = '<w:p><w:pPr><w:pStyle w:val="Q"/></w:pPr>' + run("7", SEEN) + "</w:p>"
    body = table(
        row(cell("甲"), cell("1", content=hidden), cell(content=prompt), cell(content=white), cell(content=alone)),
        row(cell("乙"), cell(content=shown_again), cell("2"), cell("3"), cell("4")),
    )
    document = read(word(body, styles=styles))
    assert [text for *_, text in placed(grids(document)[0])] == ["甲", "1", "", "5", "", "乙", "7", "2", "3", "4"]
    assert document.pages[0].text.split() == ["甲", "1", "5", "乙", "7", "2", "3", "4"]


def test_white_text_on_a_dark_ground_is_read() -> None:
    white = f"<w:p>{run('总计', WHITE)}</w:p>"
    dark = cell(properties='<w:shd w:val="clear" w:fill="1F3864"/>', content=white)
    assert [text for *_, text in placed(grids(read(word(table(row(dark, cell("1"))))))[0])] == ["总计", "1"]


def test_symbols_and_formulas_bear_witness_too() -> None:
    formula = "<w:p><m:oMath><m:r><m:t>12</m:t></m:r></m:oMath></w:p>"
    symbol = '<w:p><w:r><w:sym w:font="Symbol" w:char="F035"/></w:r></w:p>'
    document = read(word(table(row(cell("规章"), cell(content=formula), cell(content=symbol)))))
    assert [text for *_, text in placed(grids(document)[0])] == ["规章", "12", "5"]
    assert document.pages[0].text.split() == ["规章", "12", "5"]


CHUNK = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r5" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="{target}"/></Relationships>'
)
PAGE = "<html><meta charset=utf-8><body><p>一、总体情况</p><table><tr><td>规章<td>5<tr><td>许可<td>6</table></body></html>"
MAIL = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n'
    'Content-Type: text/html; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n"
)


@pytest.mark.parametrize("target", ["a.html", "/word/a.html", "a.mht", "a.docx"])
def test_embedded_web_pages_are_read_in_their_place(target: str) -> None:
    content = MAIL.format(body=base64.encodebytes(PAGE.encode()).decode()) if target.endswith("mht") else PAGE
    chunk = '<w:altChunk xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="r5"/>'
    body = paragraph("上") + chunk + paragraph("下")
    parts: dict[str, str | bytes] = {
        "_rels/.rels": RELATIONS,
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": CHUNK.format(target=target),
        f"word/{target.rpartition('/')[2]}": content,
    }
    document = read(pack(parts))
    if target == "a.docx":  # no web page: it is told of
        assert [finding.code for finding in document.findings] == ["embedded_part"]
        return
    assert shape(document) == ["上", "一、总体情况", "2x2", "下"]
    assert document.pages[0].text.split() == ["上", "一、总体情况", "规章", "5", "许可", "6", "下"]
    assert document.findings == ()


def test_numbers_of_labels_stand_in_the_text_beside_the_tables_too() -> None:
    numbering = one_list(level(0, "decimal", "%1."))
    body = table(row(cell(content=in_list("属于国家秘密")), cell("5")), row(cell(content=in_list("其他")), cell("6")))
    document = read(word(body, numbering=numbering))
    assert [text for *_, text in placed(grids(document)[0])] == ["1.属于国家秘密", "5", "2.其他", "6"]
    assert document.pages[0].text.split() == ["1.属于国家秘密", "5", "2.其他", "6"]
