"""The tables' declaration: what the parser fills fits it, and Arrow takes it whole."""

from __future__ import annotations

import pytest

from gov_extract.document import Finding
from gov_extract.forms import load_forms
from gov_extract.schema import BY_NAME, TABLES, Cell, Check, Section, Table, arrow_schema
from tests.handmade import form_cells, make_report

# The contract that other programs rely on: columns may be appended, never renamed.
CONTRACT = {
    "documents": "document_id sha256 source media_type pages bytes title agency agency_id agency_level agency_kind "
    "division_code province city county report_year form period_start period_end published_on contact reader status "
    "primary cells_read checks_failed error extractor_version",
    "sections": "document_id report_year ordinal level number heading section text page_first page_last",
    "cells": "document_id report_year agency form table row column label value unit raw note state reader confidence "
    "agreement page x0 top x1 bottom locator",
    "checks": "document_id report_year check kind table scope formula left right difference passed",
    "findings": "document_id report_year severity code message page table row column",
    "mentions": "document_id report_year section sentence subject quantity unit approximate start end",
    "items": "document_id report_year section kind ordinal text",
}


def test_columns_are_those_of_the_contract_in_its_order() -> None:
    for name, columns in CONTRACT.items():
        known = columns.split()
        assert [column.name for column in BY_NAME[name].columns][: len(known)] == known


@pytest.mark.parametrize(
    ("table", "record"), [("cells", Cell), ("sections", Section), ("checks", Check), ("findings", Finding)]
)
def test_a_records_fields_are_columns_of_its_table(table: str, record: type) -> None:
    fields: tuple[str, ...] = record._fields  # type: ignore[attr-defined]
    assert set(fields) <= {column.name for column in BY_NAME[table].columns}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_arrow_schemas_carry_unit_and_meaning(table: Table) -> None:
    schema = arrow_schema(table.name)
    assert schema.names == [column.name for column in table.columns]
    for field, column in zip(schema, table.columns, strict=True):
        assert field.metadata[b"meaning"].decode() == column.meaning
        assert field.metadata.get(b"unit", b"").decode() == (column.unit or "")


def test_frames_of_a_report_hold_every_column_of_every_table() -> None:
    frames = make_report().to_frames()
    assert list(frames) == [table.name for table in TABLES]
    for table in TABLES:
        assert list(frames[table.name].columns) == [column.name for column in table.columns]
    assert len(frames["cells"]) == len(form_cells())
    assert frames["cells"]["agency"].unique().tolist() == ["某市人民政府"]
    assert frames["documents"].loc[0, "cells_read"] == len(form_cells())


@pytest.mark.parametrize("form", ["2021", "2019"])
def test_a_table_has_the_forms_rows_and_columns_in_its_order(form: str) -> None:
    report = make_report(cells=tuple(reversed(form_cells(form))))
    for table in load_forms()[form].tables.values():
        frame = report.table(table.id, labels="code")
        assert frame.index.tolist() == [row.code for row in table.rows]
        assert frame.columns.tolist() == [column.code for column in table.columns]
        for cell in form_cells(form):
            if cell.table == table.id:
                assert frame.loc[cell.row, cell.column] == cell.value
        assert int(frame.notna().to_numpy().sum()) == sum(len(row.columns) for row in table.rows)
        assert set(map(str, frame.dtypes)) == {"Float64"}


def test_chinese_labels_show_groups_and_blocks() -> None:
    report = make_report()
    applications = report.table("applications")
    assert applications.index.nlevels == 3
    assert applications.columns.tolist()[-1] == "总计"
    assert ("三、本年度办理结果", "（三）不予公开", "1.属于国家秘密") in applications.index
    assert ("", "", "一、本年新收政府信息公开申请数量") in applications.index
    disclosure = report.table("active_disclosure")
    licensing = disclosure.xs(("第二十条第（五）项", "行政许可"))
    assert licensing.notna().sum() == 1


def test_rows_that_a_report_adds_stand_last_under_their_printed_label() -> None:
    extra = form_cells()[0]._replace(row="extra.1", label="其他主动公开文件", value=7.0)
    report = make_report(cells=(extra, *form_cells()))
    assert report.table("active_disclosure", labels="code").loc["extra.1", "issued"] == 7
    assert report.table("active_disclosure").index[-1] == ("", "其他主动公开文件")


def test_a_table_that_the_report_lacks_is_empty_and_an_unknown_one_an_error() -> None:
    report = make_report(cells=())
    assert report.table("applications").empty
    with pytest.raises(KeyError, match="the forms have active_disclosure"):
        report.table("documents")
