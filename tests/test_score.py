"""Figures typed by hand against what was read: every outcome, in both layouts and every kind of file."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from gov_extract import cli
from gov_extract.concepts import load_concepts
from gov_extract.dataset import Dataset
from gov_extract.dataset.score import Result, score
from gov_extract.dataset.truth import read_truth
from gov_extract.errors import MissingExtraError, TruthError
from gov_extract.forms import load_forms
from tests.many_years import Key, Truth, cells_of, document_of, publish

FORMS = dict.fromkeys(("active_disclosure", "applications", "review_litigation"), "2021")
PETITION = "applications.declined.petition.natural_person"
FEES = "active_disclosure.art20_8.administrative_fees.fees"


def figures() -> Truth:
    tables = load_forms()["2021"].tables.values()
    keys: list[Key] = [(table.id, row.code, column.code) for table in tables for row in table.rows for column in row.columns]
    cells: Truth = {key: ("read", float(number + 10)) for number, key in enumerate(keys)}
    return cells | {
        ("applications", "granted", "total"): ("blank", None),
        ("applications", "partly_granted", "total"): ("unreadable", None),
        ("applications", "carried_in", "total"): ("dash", None),
        ("active_disclosure", "art20_8.administrative_fees", "fees"): ("read", 25.1),
    }


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    documents = [
        document_of("2022/a.pdf", "甲局", 2022),
        document_of("2022/a.html", "甲局", 2022, primary=False),
        document_of("b.pdf", "乙局", 2021),
        document_of("twice/c.pdf", None, 2022),
        document_of("again/c.pdf", None, 2022),
    ]
    cells = [
        cell for one in documents for cell in cells_of(one["document_id"], "", one["report_year"], FORMS, figures())
    ]  # fmt: skip
    for cell in cells:
        if cell["document_id"] == documents[1]["document_id"]:
            cell["value"] = None if cell["value"] is None else 5_555.0
    finding = {
        "document_id": documents[0]["document_id"], "report_year": 2022, "severity": "warning", "code": "x", "message": "m",
        "table": "applications", "row": "declined.petition",
    }  # fmt: skip
    return publish(tmp_path_factory.mktemp("score"), {"documents": documents, "cells": cells, "findings": [finding]})


def value(code: str) -> float:
    concept = load_concepts()[code]
    found = figures()[concept.table, concept.row, concept.column][1]
    assert found is not None
    return found


def write(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8", separator: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def outcomes(result: Result) -> list[str]:
    return [one.outcome for one in result.judged]


LONG = (
    ("2022/a.pdf", "applications.received.total", value("applications.received.total"), "exact"),
    ("2022/a.pdf", "applications.received.natural_person", 1, "wrong"),
    ("2022/a.pdf", "applications.granted.total", 3, "missing"),
    ("2022/a.pdf", "applications.granted.total", "blank", "exact"),
    ("2022/a.pdf", "applications.carried_in.total", "—", "exact"),
    ("2022/a.pdf", "applications.carried_out.total", "无", "wrong"),
    ("2022/a.pdf", "applications.partly_granted.total", 3, "flagged"),
    ("2022/a.pdf", "applications.partly_granted.total", "blank", "flagged"),
    ("2022/a.pdf", PETITION.replace("natural_person", "total"), 1, "flagged"),
    ("2022/a.pdf", PETITION, value(PETITION), "exact"),
    ("2022/a.pdf", FEES, "25.1", "exact"),
    ("2022/a.pdf", FEES, "251000元", "exact"),
    ("2022/a.pdf", "statistics.received.value", 1, "unknown"),
    ("nowhere.pdf", "applications.received.total", 1, "unknown"),
    ("b.pdf", "applications.received.total", "１１", "wrong"),
    ("a.html", "applications.received.total", 5555, "exact"),
    ("c.pdf", "applications.received.total", 1, "unknown"),
    ("again/c.pdf", "applications.received.total", value("applications.received.total"), "exact"),
    ("2022/a.pdf", "applications.granted.total", "", None),
)  # fmt: skip


def test_every_figure_is_judged(dataset: Dataset, tmp_path: Path) -> None:
    truth = write(tmp_path / "truth.csv", [("source", "code", "value"), *(row[:3] for row in LONG)])
    result = score(dataset, truth)
    assert outcomes(result) == [row[3] for row in LONG if row[3]]
    assert result.counts == {"exact": 8, "flagged": 3, "wrong": 3, "missing": 1, "unknown": 3}
    assert result.alarms == 1
    assert result.silent == 7
    assert [one.stated.line for one in result.judged] == list(range(2, 2 + len(LONG) - 1))


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8-sig", ","), ("gb18030", ";"), ("utf-16", "\t")])
def test_tables_in_parts_and_chinese_headers_are_understood(
    dataset: Dataset, tmp_path: Path, encoding: str, separator: str
) -> None:
    rows = [
        ("机关", "年度", "表", "行", "列", "数值"),
        ("甲局", "2022年", "applications", "received", "total", "1,000"),
        ("甲局", 2022, "applications", "received", "natural_person", value("applications.received.natural_person")),
        ("乙局", 2022, "applications", "received", "total", 1),
    ]
    stated = read_truth(write(tmp_path / "t.csv", rows, encoding, separator))
    assert stated[0].value == 1000
    result = score(dataset, tmp_path / "t.csv")
    assert outcomes(result) == ["wrong", "exact", "unknown"]
    assert result.judged[1].source == "2022/a.pdf"


def test_wide_tables_have_a_column_a_code_or_its_chinese_label(dataset: Dataset, tmp_path: Path) -> None:
    label = load_concepts()["applications.received.total"].label
    rows = [
        ("agency_id", "report_year", label, "applications.granted.total", FEES),
        ("000000/甲局", 2022, value("applications.received.total"), "blank", 25.1),
        ("000000/乙局", 2021, "", 4, ""),
        ("", "", "", "", ""),
    ]
    assert outcomes(score(dataset, write(tmp_path / "t.csv", rows))) == ["exact", "exact", "exact", "missing"]


def test_sums_of_the_panel_are_judged_by_their_parts(dataset: Dataset, tmp_path: Path) -> None:
    total = sum(value(f"applications.otherwise.{part}.total") for part in ("not_corrected", "fee_unpaid", "other"))
    rows = [("source", "applications.otherwise.total"), ("b.pdf", total), ("2022/a.pdf", total + 1)]
    assert outcomes(score(dataset, write(tmp_path / "t.csv", rows))) == ["exact", "wrong"]


def test_workbooks_are_read(dataset: Dataset, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in [("source", "code", "value"), *(row[:3] for row in LONG)]:
        page.append(list(row))
    book.save(tmp_path / "truth.xlsx")
    assert outcomes(score(dataset, tmp_path / "truth.xlsx")) == [row[3] for row in LONG if row[3]]


def test_an_exported_panel_is_a_truth_of_itself(dataset: Dataset, tmp_path: Path) -> None:
    whole = dataset.panel()
    codes = [code for code in load_concepts() if whole[code].notna().any()]
    frame = whole[["document_id", *codes]]
    frame.to_csv(tmp_path / "t.csv", index=False)
    result = score(dataset, tmp_path / "t.csv")
    assert result.counts["exact"] == len(result.judged) == int(frame[codes].notna().to_numpy().sum())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows"),
        ([("code", "value"), ("applications.received.total", 1)], "no column says which document"),
        ([("source", "value"), ("b.pdf", 1)], "needs the columns table, row and column, or code"),
        ([("source", "code", "value"), ("b.pdf", "applications.x.total", 1)], "line 2: 'applications.x.total' is no code"),
        ([("source", "code", "value"), ("b.pdf", "applications.received.total", "many")], "line 2: 'many' is no figure"),
        ([("source", "code", "value"), ("b.pdf", "applications.received.total", "3万元")], "line 2: '3万元' is no figure"),
        ([("source", "code", "value"), ("", "applications.received.total", 1)], "line 2: says not which document"),
        ([("agency", "year", "code", "value"), ("甲局", "x", "applications.received.total", 1)], "line 2: 'x' is no year"),
        ([("source", "applications.received.total", "remark"), ("b.pdf", 1, "x")], "no codes of cells: remark"),
        ([("source", "remark"), ("b.pdf", 1)], "no column value, and no column that is a code"),
        ([("source", "source", "code", "value")], "two columns are called source"),
        ([("source", "code", "value"), ("b.pdf", "applications.received.total", "1", "234")], "line 2: '234' has no column"),
        ([("source", "applications.received.total", ""), ("b.pdf", "1", "234")], "line 2: '234' has no column"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(dataset: Dataset, tmp_path: Path, rows: list[tuple[Any, ...]], message: str) -> None:
    with pytest.raises(TruthError, match=message):
        score(dataset, write(tmp_path / "t.csv", rows))
    assert CliRunner().invoke(cli.app, ["score", str(dataset.folder), "--truth", str(tmp_path / "t.csv")]).exit_code == 2


def test_damaged_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(TruthError, match="workbook"):
        read_truth(tmp_path / "t.xlsx")
    (tmp_path / "t.csv").write_bytes(b"source,value\n\xff\xff\xff\x80")
    with pytest.raises(TruthError, match="neither UTF-8 nor GB18030"):
        read_truth(tmp_path / "t.csv")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match=r"gov-extract\[export\]"):
        read_truth(tmp_path / "t.xlsx")


def test_the_command_lists_differences_and_exits_with_1_where_nothing_told(dataset: Dataset, tmp_path: Path) -> None:
    def run(*rows: tuple[object, ...], options: tuple[str, ...] = ()) -> tuple[int, str]:
        truth = write(tmp_path / "t.csv", [("source", "code", "value"), *rows])
        result = CliRunner().invoke(cli.app, ["score", str(dataset.folder), "--truth", str(truth), *options])
        return result.exit_code, result.output

    right = ("b.pdf", FEES, 25.1)
    code, output = run(right)
    assert (code, output) == (0, "1 figures: 1 exact, 0 flagged, 0 wrong, 0 missing, 0 unknown\n")
    flagged = ("2022/a.pdf", "applications.partly_granted.total", 3)
    code, output = run(right, flagged)
    assert code == 0
    assert "applications.partly_granted.total" in output
    code, output = run(right, ("b.pdf", "applications.received.total", 1))
    assert code == 1
    assert "wrong" in output.splitlines()[-2] + output.splitlines()[-1] + output
    code, output = run(right, flagged, options=("--json",))
    assert (code, json.loads(output)["counts"]["flagged"]) == (0, 1)
    assert json.loads(output)["figures"][1]["state"] == "unreadable"
    assert run(("nowhere.pdf", FEES, 1))[0] == 1
    assert CliRunner().invoke(cli.app, ["score", str(tmp_path), "--truth", str(tmp_path / "t.csv")]).exit_code == 2


def published(folder: Path, documents: Sequence[dict[str, Any]], cells: Sequence[dict[str, Any]] = (), **more: Any) -> Dataset:
    return publish(folder, {"documents": documents, "cells": cells, **more})


RECEIVED = "applications.received.total"


def received(document: dict[str, Any], figure: float) -> list[dict[str, Any]]:
    return cells_of(
        document["document_id"], "", document["report_year"], FORMS, {("applications", "received", "total"): ("read", figure)}
    )


def judged(dataset: Dataset, folder: Path, head: Sequence[object], *rows: Sequence[object]) -> Result:
    return score(dataset, write(folder / "truth.csv", [head, *rows]))


def test_a_path_names_its_own_document_before_a_file_of_that_name_and_before_the_primary_one(tmp_path: Path) -> None:
    documents = [
        document_of("a.pdf", "甲局", 2022, primary=False),
        document_of("甲/a.pdf", "甲局", 2022),
        document_of("甲/b.pdf", "甲局", 2022, primary=False),
        document_of("乙/b.pdf", "乙局", 2022),
        document_of("乙/c.pdf", "乙局", 2022, primary=False),
    ]
    cells = [cell for number, one in enumerate(documents) for cell in received(one, number + 1)]
    dataset = published(tmp_path / "out", documents, cells)
    names = ("a.pdf", "甲/a.pdf", "b.pdf", "甲/b.pdf", "c.pdf")
    result = judged(dataset, tmp_path, ("source", RECEIVED), *((name, 1) for name in names))
    assert [one.source for one in result.judged] == ["a.pdf", "甲/a.pdf", None, "甲/b.pdf", "乙/c.pdf"]
    assert outcomes(result) == ["exact", "wrong", "unknown", "wrong", "wrong"]


def test_a_name_that_several_agencies_print_names_none_of_them(tmp_path: Path) -> None:
    documents = [
        document_of("甲/a.pdf", "教育局", 2022, agency_id=None),
        document_of("乙/a.pdf", "教育局", 2022, agency_id=None, primary=False),
        document_of("c.pdf", "财政局", 2022, agency_id="110101/财政局"),
        document_of("d.pdf", "财政局", 2022, agency_id="110102/财政局", primary=False),
    ]
    cells = [cell for one in documents for cell in received(one, 1)]
    dataset = published(tmp_path / "out", documents, cells)
    head = ("agency", "year", RECEIVED)
    assert outcomes(judged(dataset, tmp_path, head, ("教育局", 2022, 1), ("财政局", 2022, 1))) == ["unknown", "unknown"]
    assert outcomes(judged(dataset, tmp_path, ("agency_id", *head[1:]), ("110102/财政局", 2022, 1))) == ["exact"]


def test_what_points_at_an_indicator_of_2014_points_at_its_column(tmp_path: Path) -> None:
    document = document_of("a.pdf", "甲局", 2016)
    cells = cells_of(
        document["document_id"], "", 2016, {"statistics": "2014"}, {("statistics", "received", "value"): ("read", 7.0)}
    )
    finding = {
        "document_id": document["document_id"], "report_year": 2016, "severity": "warning", "code": "x", "message": "m",
        "table": "statistics", "row": "received",
    }  # fmt: skip
    told = published(tmp_path / "a", [document], cells, findings=[finding])
    silent = published(tmp_path / "b", [document], cells)
    assert outcomes(judged(told, tmp_path, ("source", RECEIVED), ("a.pdf", 8), ("a.pdf", 7))) == ["flagged", "exact"]
    assert outcomes(judged(silent, tmp_path, ("source", RECEIVED), ("a.pdf", 8))) == ["wrong"]


def test_a_sum_with_an_unreadable_part_is_never_exact(tmp_path: Path) -> None:
    document = document_of("a.pdf", "甲局", 2022)
    for number, states in enumerate((("blank", "unreadable"), ("unreadable", "blank"), ("blank", "dash"))):
        truth: Truth = {("applications", "otherwise.other", "total"): ("read", 1.0)}
        for row, state in zip(("otherwise.not_corrected", "otherwise.fee_unpaid"), states, strict=True):
            truth["applications", row, "total"] = (state, None)
        cells = cells_of(document["document_id"], "", 2022, FORMS, truth)
        dataset = published(tmp_path / str(number), [document], cells)
        result = judged(dataset, tmp_path, ("source", "applications.otherwise.total"), ("a.pdf", "blank"))
        assert outcomes(result) == ["flagged" if "unreadable" in states else "exact"]


def test_the_annex_is_judged_where_the_panel_takes_it(tmp_path: Path) -> None:
    document = document_of("a.pdf", "甲局", 2022)
    forms = FORMS | {"statistics": "2014"}
    annex: Truth = {("statistics", "received", "value"): ("read", 7.0)}
    lost: Truth = {("applications", row, "total"): ("missing", None) for row in ("received", "granted")}
    for name, truth, wanted in (
        ("absent", annex | lost, "exact"),
        ("torn", annex | lost | {("applications", "granted", "total"): ("read", 1.0)}, "missing"),
    ):
        dataset = published(tmp_path / name, [document], cells_of(document["document_id"], "", 2022, forms, truth))
        assert outcomes(judged(dataset, tmp_path, ("source", RECEIVED), ("a.pdf", 7))) == [wanted]
        assert dataset.panel()[RECEIVED].notna().tolist() == [wanted == "exact"]


def test_a_figure_in_another_unit_is_judged_in_that_of_the_column(tmp_path: Path) -> None:
    document = document_of("a.pdf", "甲局", 2022)
    for unit, stated, wanted in (("元", 25.1, "exact"), ("元", 251000, "wrong"), ("件", 251000, "flagged")):
        cells = cells_of(
            document["document_id"],
            "",
            2022,
            FORMS,
            {("active_disclosure", "art20_8.administrative_fees", "fees"): ("read", 251_000.0)},
        )
        dataset = published(tmp_path / f"{unit}{stated}", [document], [{**cell, "unit": unit} for cell in cells])
        assert outcomes(judged(dataset, tmp_path, ("source", FEES), ("a.pdf", stated))) == [wanted]


def test_empty_cells_behind_the_header_are_nothing(tmp_path: Path) -> None:
    rows = [("source", "code", "value"), ("b.pdf", RECEIVED, "1,234", "", " ")]
    assert [one.value for one in read_truth(write(tmp_path / "t.csv", rows))] == [1234]


def test_a_truth_may_name_a_copy(tmp_path: Path) -> None:
    documents = [
        document_of("甲/a.pdf", "甲局", 2022),
        document_of("乙/a.pdf", "乙局", 2022),
        document_of("c.pdf", "丙局", 2022),
    ]
    told = [
        {
            "document_id": one["document_id"], "report_year": 2022, "severity": "info", "code": "duplicate_file",
            "message": f"{copy} holds the same bytes; it is counted once",
        }
        for one, copy in zip(documents, ("下载/b.pdf", "下载/c.pdf", "下载/d.zip!c.pdf"), strict=True)
    ]  # fmt: skip
    cells = [cell for number, one in enumerate(documents) for cell in received(one, number + 1)]
    dataset = published(tmp_path / "out", documents, cells, findings=told)
    names = ("下载/b.pdf", "b.pdf", "下载/c.pdf", "c.pdf", "下载/d.zip!c.pdf")
    result = judged(dataset, tmp_path, ("source", RECEIVED), *((name, 1) for name in names))
    assert [one.source for one in result.judged] == ["甲/a.pdf", "甲/a.pdf", "乙/a.pdf", "c.pdf", "c.pdf"]
