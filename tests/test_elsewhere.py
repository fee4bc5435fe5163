"""Tables that are not in the text: the finding names the pictures and files that may hold them."""

from __future__ import annotations

import io
import zipfile

import pytest

from gov_extract.report import Report, extract

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
