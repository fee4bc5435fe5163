"""Reports made by hand, for tests of what comes after reading."""

from __future__ import annotations

import hashlib

from gov_extract.checks import evaluate_cells
from gov_extract.document import Finding
from gov_extract.forms import load_forms
from gov_extract.report import Report
from gov_extract.schema import Cell, Metadata, Section, Status


def form_cells(form: str = "2021") -> tuple[Cell, ...]:
    """Every cell of a form, read, its figure the cell's place in its table."""
    cells = []
    for table in load_forms()[form].tables.values():
        places = [(row, column) for row in table.rows for column in row.columns]
        for value, (row, column) in enumerate(places):
            cells.append(
                Cell(
                    form=form,
                    table=table.id,
                    row=row.code,
                    column=column.code,
                    label=row.label,
                    value=float(value),
                    unit=column.unit,
                    raw=str(value),
                    note=None,
                    state="read",
                    reader="native",
                    page=1,
                )
            )
    return tuple(cells)


def make_report(
    source: str = "a.pdf",
    *,
    content: str | None = None,
    year: int | None = 2023,
    agency: str | None = "某市人民政府",
    agency_id: str | None = "某市/人民政府",
    status: Status = "complete",
    cells: tuple[Cell, ...] | None = None,
    text: str = "正文",
    findings: tuple[Finding, ...] = (),
) -> Report:
    """A report; `content` stands for the file's bytes (those of no other source by default)."""
    sha256 = hashlib.sha256((source if content is None else content).encode()).hexdigest()
    cells = form_cells() if cells is None else cells
    return Report(
        document_id=sha256[:16],
        source=source,
        sha256=sha256,
        media_type="application/pdf",
        pages=3,
        bytes=1234,
        metadata=Metadata("标题", agency, year, "2023-01-01", "2023-12-31", "2024-01-20", agency and agency_id),
        form="2021" if cells else None,
        reader="native",
        status=status,
        error=None,
        sections=(Section(1, 1, "一、", "总体情况", "overview", text, 1, 1),),
        cells=cells,
        checks=tuple(evaluate_cells(load_forms(), cells)),
        findings=findings,
    )


def report_text(year: int, form: str = "2021") -> str:
    """A report as flattened text with tabs, its figures all 0: every identity holds."""
    lines = [f"某市人民政府{year}年政府信息公开工作年度报告", "", "一、总体情况", "工作平稳。"]
    tables = load_forms()[form].tables
    lines.append("二、主动公开政府信息情况")
    titles = {group.code: group.label for group in tables["active_disclosure"].groups}
    block = None
    for row in tables["active_disclosure"].rows:
        if row.block is not None and row.block != block:
            block = row.block
            lines += [titles[block], "\t".join(["信息内容", *(column.label for column in row.columns)])]
        lines.append("\t".join([row.label, *["0"] * len(row.columns)]))
    lines.append("三、收到和处理政府信息公开申请情况")
    for row in tables["applications"].rows:
        lines.append("\t".join([row.label, *["0"] * len(row.columns)]))
    lines.append("四、政府信息公开行政复议、行政诉讼情况")
    table = tables["review_litigation"]
    lines.append("\t".join(column.label for _ in table.rows for column in table.columns))
    lines.append("\t".join("0" for row in table.rows for _ in row.columns))
    lines += ["五、存在的主要问题及改进情况", "无。", "六、其他需要报告的事项", "无。"]
    return "\n".join(lines) + "\n"
