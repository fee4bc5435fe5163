"""What a downloader knows of its files: used where the document is silent, told of where it disagrees, never preferred."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gov_extract.cli import app
from gov_extract.dataset import open_dataset
from gov_extract.errors import SidecarError
from gov_extract.report import Report
from gov_extract.run import extract_folder
from gov_extract.run.sidecar import Sidecar, read_sidecar
from tests.handmade import make_report

SILENT = "本页为信息公开工作的说明，没有写明机关与年度。主动公开信息12条。\n"
TITLED = "霁岫县教育局2023年政府信息公开工作年度报告\n\n一、总体情况\n主动公开信息12条。\n"


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "index.csv"
    path.write_bytes(text.encode(encoding))
    return path


def silent(source: str = "a.pdf", url: str | None = None) -> Report:
    report = make_report(source)
    return replace(report, metadata=type(report.metadata)(), url=url)


def codes(report: Report) -> list[str]:
    return [f.code for f in report.findings if f.code in ("from_sidecar", "sidecar_disagrees")]


def test_a_silent_document_takes_the_table_s_values_and_says_so(tmp_path: Path) -> None:
    sidecar = read_sidecar(table(tmp_path, "source,agency,year,published_on\na.pdf,霁岫县教育局,2023,2024-01-20\n"))
    report = sidecar.lay(silent())
    assert (report.metadata.agency, report.metadata.report_year, report.metadata.published_on) == (
        "霁岫县教育局",
        2023,
        "2024-01-20",
    )
    assert codes(report) == ["from_sidecar"] * 3
    assert "index.csv, line 2" in report.findings[-1].message


def test_an_agency_of_the_table_has_its_kind_and_division(tmp_path: Path) -> None:
    sidecar = read_sidecar(table(tmp_path, "source,agency,year\na.pdf,江苏省淮安市教育局,2023\nb.pdf,淮安市教育局,2023\n"))
    meta = sidecar.lay(silent()).metadata
    assert (meta.agency_level, meta.agency_kind, meta.division_code, meta.city) == ("city", "department", "320800", "淮安市")
    coded = read_sidecar(table(tmp_path, "source,agency,year,division\na.pdf,教育局,2023,320812000000\n")).lay(silent())
    assert coded.metadata.division_code == "320812"


def test_codes_and_years_may_be_written_as_decimals(tmp_path: Path) -> None:
    (row,) = read_sidecar(table(tmp_path, "source,year,division\na.pdf,2019.0,340824.0\n")).rows
    assert row.facts == {"report_year": 2019, "division_code": "340824"}


@pytest.mark.parametrize("name", ["潜山市水利局 (水产局)", "潜山市水利局（水产局）", "潜山市 水利局"])
def test_blanks_in_an_agency_of_the_table_do_not_change_its_key(tmp_path: Path, name: str) -> None:
    plain = read_sidecar(table(tmp_path, "source,agency,year\na.pdf,潜山市水利局,2023\n")).lay(silent()).metadata
    told = read_sidecar(table(tmp_path, f"source,agency,year\na.pdf,{name},2023\n")).lay(silent()).metadata
    assert (told.agency_id, told.agency_kind) == (plain.agency_id, plain.agency_kind)


def test_a_document_that_says_otherwise_is_kept_with_a_finding_naming_both(tmp_path: Path) -> None:
    sidecar = read_sidecar(table(tmp_path, "source,year,published_on\na.pdf,2022,2024-01-20\n"))
    report = sidecar.lay(make_report("a.pdf"))
    assert report.metadata == make_report("a.pdf").metadata
    assert codes(report) == ["sidecar_disagrees"]
    assert all(word in report.findings[-1].message for word in ("2023", "2022", "line 2"))


def test_short_and_long_writings_of_one_agency_do_not_disagree(tmp_path: Path) -> None:
    sidecar = read_sidecar(table(tmp_path, "source,agency\na.pdf,霁岫县卫生健康委\n"))
    report = make_report("a.pdf")
    assert codes(sidecar.lay(replace(report, metadata=report.metadata._replace(agency="霁岫县卫生健康委员会")))) == []
    assert codes(sidecar.lay(replace(report, metadata=report.metadata._replace(agency="霁岫县教育局")))) == [
        "sidecar_disagrees"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_separators_and_chinese_headers(tmp_path: Path, encoding: str, separator: str) -> None:
    header, row = (
        ["文件名", "发布机构", "年度", "发布日期", "备注"],
        ["甲 局.pdf", "霁岫县教育局", "2023年度", "2024年1月9日", "x"],
    )
    sidecar = read_sidecar(table(tmp_path, "\r\n".join(map(separator.join, (header, row))), encoding))
    (found,) = sidecar.rows
    assert found.source == "甲 局.pdf"
    assert found.facts == {"agency": "霁岫县教育局", "report_year": 2023, "published_on": "2024-01-09"}


@pytest.mark.parametrize(
    ("row", "sources", "matches"),
    [
        ("x/a.pdf,", ["x/a.pdf", "y/a.pdf"], ["x/a.pdf"]),
        ("x\\a.pdf,", ["x/a.pdf"], ["x/a.pdf"]),
        ("a.pdf,", ["x/a.pdf"], ["x/a.pdf"]),
        ("a.pdf,", ["x/a.pdf", "y/a.pdf"], []),
        ("downloads/x/a.pdf,", ["x/a.pdf"], ["x/a.pdf"]),
        ("downloads/2023/a.pdf,", ["a.pdf"], ["a.pdf"]),
        ("downloads/2023/a.pdf,", ["x/a.pdf"], []),
        ("y/a.pdf,", ["x/a.pdf"], []),
        ("yx/a.pdf,", ["x/a.pdf"], []),
        (",http://www.jixiu.invalid/a.html#top", ["b.html"], ["b.html"]),
    ],
)
def test_rows_match_by_path_then_by_a_file_s_only_name_then_by_address(
    tmp_path: Path, row: str, sources: list[str], matches: list[str]
) -> None:
    sidecar = read_sidecar(table(tmp_path, f"source,url,year\n{row},2023\n"), sources)
    laid = [sidecar.lay(silent(source, "https://www.jixiu.invalid/a.html")) for source in sources]
    assert [report.source for report in laid if report.metadata.report_year] == matches
    assert len(sidecar.unmatched) == (not matches)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing in it"),
        ("name,size\na,1\n", "line 1: the columns are name, size"),
        ("source,year,年度\na.pdf,2023,2023\n", "line 1: two columns for report_year"),
        ("source,year\na.pdf,2023\nb.pdf,next year\n", "line 3: 'next year' is no year"),
        ("source,year\na.pdf,1823\n", "line 2: '1823' is no year"),
        ("source,division\na.pdf,32\n", "line 2: '32' is no division code"),
        ("source,division\na.pdf,999999\n", "line 2: '999999' is no division code"),
        ("source,published_on\na.pdf,in spring\n", "line 2: 'in spring' is no date"),
        ("source,year\n,2023\n", "line 2: neither a source nor a url"),
        ("source,year\na.pdf,2023,7\n", "line 2: 3 values under 2 columns"),
        ('source,year\n"a\nb.pdf",2023\nc.pdf,x\n', "line 4: 'x' is no year"),
        ("source,year\na.pdf,2023\na.pdf,2022\n", "line 3: another row for a.pdf"),
        ('source,year\n"a.pdf,2023\n', "line "),
    ],
)
def test_a_bad_table_is_refused_with_the_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SidecarError, match=r"index\.csv") as error:
        read_sidecar(table(tmp_path, text))
    assert message in error.value.message


def test_bytes_of_no_known_encoding_are_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_bytes(b"source,year\na.pdf,2023\n\xff\xff.pdf,2023\n")
    with pytest.raises(SidecarError, match="line 3: neither UTF-8 nor GB18030"):
        read_sidecar(path)


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SidecarError, match=r"missing\.csv"):
        read_sidecar(tmp_path / "missing.csv")


def test_each_of_several_reports_in_a_file_has_a_row_of_its_own(tmp_path: Path) -> None:
    both = replace(silent("a.pdf#1"), others=(silent("a.pdf#2"),))
    own = read_sidecar(table(tmp_path, "source,year\na.pdf#1,2021\na.pdf#2,2022\n"))
    laid = own.lay(both)
    assert [part.metadata.report_year for part in (laid, *laid.others)] == [2021, 2022]
    whole = read_sidecar(table(tmp_path, "source,year\na.pdf,2021\n"))
    assert whole.lay(both) == both
    assert own.unmatched == ()
    # It does not say which of them it means: it is used for none, and that is told.
    assert [row.name for row in whole.unmatched] == ["a.pdf"]


def test_a_row_of_an_archive_with_several_documents_is_told_of(tmp_path: Path) -> None:
    text = table(tmp_path, "source,year\nall.zip,2021\n")
    several = read_sidecar(text, ["all.zip!a.pdf", "all.zip!b.pdf"])
    assert several.find("all.zip!a.pdf", None) is several.find("all.zip!b.pdf", None) is None
    assert [row.name for row in several.unmatched] == ["all.zip"]
    only = read_sidecar(text, ["all.zip!a.pdf"])
    assert only.find("all.zip!a.pdf", None) is not None
    assert only.unmatched == ()


def test_empty_values_and_rows_say_nothing(tmp_path: Path) -> None:
    sidecar = read_sidecar(table(tmp_path, "source,agency,year\na.pdf,,\n\n,,\n"))
    assert [row.facts for row in sidecar.rows] == [{}]
    assert isinstance(sidecar, Sidecar)


def test_a_run_uses_the_table_and_tells_of_rows_without_a_document(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "silent.txt").write_text(SILENT, "utf-8")
    (folder / "titled.txt").write_text(TITLED, "utf-8")
    index = table(tmp_path, "source,agency,year\nsilent.txt,霁岫县水利局,2022\ntitled.txt,霁岫县教育局,2021\ngone.pdf,,2020\n")
    summary = extract_folder(folder, tmp_path / "out", workers=1, metadata=index)
    assert summary.unmatched == ("line 4: gone.pdf",)
    assert "gone.pdf" in caplog.text
    dataset = open_dataset(tmp_path / "out")
    documents = dataset.load("documents", columns=["source", "agency", "report_year"])
    said = {source: (agency, year) for source, agency, year in documents.itertuples(index=False)}
    assert said == {"silent.txt": ("霁岫县水利局", 2022), "titled.txt": ("霁岫县教育局", 2023)}
    assert set(dataset.load("findings", columns=["code"])["code"]) >= {"from_sidecar", "sidecar_disagrees"}
    # The year of the table is the year under which the document's rows are published.
    assert dataset.load("mentions", years=2022)["quantity"].tolist() == [12]


def test_the_command_takes_the_table_and_refuses_a_bad_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "titled.txt").write_text(TITLED, "utf-8")
    index = table(tmp_path, "source,year\ngone.pdf,2020\n")
    arguments = ["extract", str(folder), "-o", str(tmp_path / "out"), "--workers", "1", "--metadata", str(index)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    assert "1 rows of the metadata are used for no document" in done.output
    assert "line 2: gone.pdf" in done.output
    table(tmp_path, "source,year\ngone.pdf,soon\n")
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 2
    assert "index.csv, line 2: 'soon' is no year" in refused.output
