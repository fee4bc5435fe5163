"""Tables that are not in the text: the finding names the pictures and files that may hold them."""

from __future__ import annotations

import io
import zipfile

import pytest

from gov_extract.forms import load_forms
from gov_extract.readers.scan import extra
from gov_extract.report import Report, extract
from tests.filled_forms import truth_of
from tests.measure.score import score
from tests.pdf_writer import PageSpec, shown, write_pdf
from tests.printed import FORMATS, blocks_of, drawn, report_of

PROSE = "<p>一、总体情况</p><p>2023年，我局认真贯彻落实条例，主动公开信息100条。</p><p>二、主动公开政府信息情况</p>"
TITLE = "<h1>某县教育局2023年政府信息公开工作年度报告</h1>"


def page(body: str) -> Report:
    return extract(f"<html><body>{TITLE}{PROSE}{body}</body></html>".encode(), name="a.html")


def told(report: Report) -> dict[str, str]:
    return {f.code: f.message for f in report.findings if f.code.startswith("tables_")}


@pytest.mark.parametrize(
    "shown",
    [
        '<p><img src="/upload/W020240115.png" width="800"></p>',
        "<table><tr><td><img src='W020240115.png?v=1'></td></tr></table>",
        "<div><img data-src='../W020240115.png' style='width:640px;height:300px'></div>",
    ],
)
def test_tables_that_are_pictures_are_named(shown: str) -> None:
    report = page(shown)
    assert report.status == "no_tables"
    assert "W020240115.png" in told(report)["tables_are_pictures"]


@pytest.mark.parametrize(
    "shown",
    [
        '<img src="icon.gif" width="16" height="16">',
        '<img src="site-logo.png">',
        '<div class="footer"><img src="a.png" width="600"></div>',
        '<img src="a.png" style="width: 20px; height:20px">',
    ],
)
def test_icons_and_the_pages_own_pictures_are_not(shown: str) -> None:
    assert told(page(shown)) == {}


def test_linked_files_are_named_by_their_words() -> None:
    report = page('<p>附件：<a href="/files/P0202401.xls?down=1">2023年年报附表</a></p><p><a href="x.doc">附表2.doc</a></p>')
    assert told(report)["tables_attached"].endswith("2023年年报附表 (P0202401.xls), 附表2.doc")
    assert told(page('<a href="/other/2022.html">其他</a>')) == {}


def test_a_table_that_is_there_needs_no_picture() -> None:
    table = "<table><tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>"
    rows = "".join(f"<tr><td>{name}</td><td>1</td><td>2</td><td>3</td></tr>" for name in ("规章", "行政规范性文件"))
    report = page(f'{table}{rows}</table><img src="b.png" width="700">')
    named = [f.table for f in report.findings if f.code == "tables_are_pictures"]
    assert named == ["applications", "review_litigation"]


def test_pictures_of_markdown() -> None:
    text = "# 某县教育局2023年政府信息公开工作年度报告\n\n一、总体情况\n\n![附表](images/table-1.jpg)\n"
    assert "table-1.jpg" in told(extract(text.encode(), name="a.md"))["tables_are_pictures"]


def test_pictures_and_files_inside_a_word_document() -> None:
    import docx
    from docx.shared import Cm
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(picture, "PNG")
    document = docx.Document()
    document.add_paragraph("某县教育局2023年政府信息公开工作年度报告")
    document.add_paragraph("一、总体情况")
    document.add_picture(io.BytesIO(picture.getvalue()), width=Cm(0.5))
    small = io.BytesIO()
    document.save(small)
    assert told(extract(small.getvalue(), name="a.docx")) == {}
    document.add_picture(io.BytesIO(picture.getvalue()), width=Cm(14))
    whole = io.BytesIO()
    document.save(whole)
    with zipfile.ZipFile(whole, "a") as package:
        package.writestr("word/embeddings/Sheet1.xlsx", b"PK")
    found = told(extract(whole.getvalue(), name="a.docx"))
    assert "image1.png" in found["tables_are_pictures"]
    assert "sheet1.xlsx" in found["tables_attached"]


HEADINGS = ("二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况")


def picture(x: float, y: float, width: float, height: float) -> str:
    """Operators that draw a white picture (lower left corner, points)."""
    return f"q {width} 0 0 {height} {x} {y} cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q\n"


def printed(*pages: str) -> bytes:
    title = shown(80, 800, "某县教育局2023年政府信息公开工作年度报告", 12) + shown(80, 780, "一、总体情况")
    return write_pdf([PageSpec(title + pages[0]), *map(PageSpec, pages[1:])])


def headings(upper: int = 0) -> str:
    return "".join(shown(80, 740 - 200 * k, heading) for k, heading in enumerate(HEADINGS[upper:]))


def test_pictures_of_a_printed_report_are_named_with_page_and_box() -> None:
    strips = "".join(picture(80, 400 + 20 * k, 400, 20) for k in range(5))
    report = extract(printed(headings() + picture(80, 560, 400, 150), strips), name="a.pdf")
    assert told(report)["tables_are_pictures"].endswith("page 1 (80, 132) to (480, 282), page 2 (80, 342) to (480, 442)")
    assert next(f.page for f in report.findings if f.code == "tables_are_pictures") == 1


def test_a_printed_page_s_own_pictures_hold_no_tables() -> None:
    letterhead = picture(80, 815, 400, 40)
    seal, ground = picture(400, 100, 60, 60), picture(0, 0, 595, 842)
    pages = [headings() + letterhead + seal, shown(80, 500, "五、存在的主要问题及改进情况") + letterhead, letterhead]
    assert told(extract(printed(*pages), name="a.pdf")) == {}
    words = "".join(shown(80, 700 - 20 * k, "全年主动公开政府信息一百条") for k in range(9))
    assert told(extract(printed(ground + headings() + words), name="a.pdf")) == {}


def test_of_a_scan_only_its_pages_say_that_they_are_pictures() -> None:
    report = extract(write_pdf([PageSpec(picture(0, 0, 595, 842))] * 2), name="a.pdf")
    assert {f.code for f in report.findings} == {"page_without_text", "page_recognised" if extra.installed() else extra.CODE}


def annotated(data: bytes, *, attached: str = "", pinned: str = "", links: tuple[tuple[float, str], ...] = ()) -> bytes:
    """The PDF with a file among its attachments, one pinned to its first page, and links at heights above the page's foot."""
    import pypdfium2
    import pypdfium2.raw as raw

    document = pypdfium2.PdfDocument(data)
    page = document[0]

    def wide(text: str) -> object:
        return (raw.FPDF_WCHAR * (len(text) + 1)).from_buffer_copy((text + "\0").encode("utf-16-le"))

    def annotation(kind: int, y: float) -> object:
        made = raw.FPDFPage_CreateAnnot(page, kind)
        raw.FPDFAnnot_SetRect(made, raw.FS_RECTF(80, y + 10, 200, y))
        return made

    if attached:
        raw.FPDFAttachment_SetFile(raw.FPDFDoc_AddAttachment(document, wide(attached)), document, b"PK", 2)
    if pinned:
        raw.FPDFAnnot_AddFileAttachment(annotation(raw.FPDF_ANNOT_FILEATTACHMENT, 20), wide(pinned))
    for y, address in links:
        raw.FPDFAnnot_SetURI(annotation(raw.FPDF_ANNOT_LINK, y), address.encode())
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def test_files_that_a_printed_report_holds_are_named() -> None:
    data = annotated(printed(headings()), attached="附表.xlsx", pinned="申请情况.et")
    assert told(extract(data, name="a.pdf"))["tables_attached"].endswith("申请情况.et, 附表.xlsx")


def test_links_of_a_printed_report_are_named_where_they_are_an_annex() -> None:
    body = headings() + shown(80, 202, "附件：年报数据") + shown(80, 182, "依据《条例》的规定")
    links = (
        (200.0, "https://x.invalid/P0202.doc?d=1"),
        (180.0, "https://x.invalid/tiaoli.pdf"),
        (20.0, "https://x.invalid/b.xls"),
    )
    data = annotated(printed(body), links=links)
    assert told(extract(data, name="a.pdf"))["tables_attached"].endswith("附件：年报数据 (P0202.doc), b.xls")


def test_a_section_that_is_only_a_picture_is_named_among_tables_that_are_read() -> None:
    import docx
    from docx.shared import Cm
    from PIL import Image

    values, tables = drawn(3)
    tables["applications"] = []
    shown_ = '<img src="W020240115.png" width="700">'
    blocks = [shown_ if block == [] else block for block in blocks_of(tables)]
    web = report_of(blocks, "html")
    document = docx.Document(io.BytesIO(FORMATS["docx"](["" if block == shown_ else block for block in blocks])))
    small = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(small, "PNG")
    empty = next(p for p in document.paragraphs if not p.text)
    empty.add_run().add_picture(small, width=Cm(14))
    out = io.BytesIO()
    document.save(out)
    for report, name in ((web, "W020240115.png"), (extract(out.getvalue(), name="a.docx"), "image1.png")):
        named = [(f.table, f.message) for f in report.findings if f.code == "tables_are_pictures"]
        assert [table for table, _ in named] == ["applications"]
        assert name in named[0][1]
        result = score("x", report, truth_of(load_forms()["2021"], values))
        assert result.silent == 0
        assert {error.key[0] for error in result.errors} == {"applications"}
