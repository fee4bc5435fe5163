"""Filled-in forms as neutral documents, without any producer: for tests of the parser.

In: a form and values. Out: a `Document` whose grids print the form, and its truth in the words of the generator.
"""

from __future__ import annotations

import random
from typing import Any

from gov_extract.document import Document, Grid, GridCell, Line, Page, Reading, Word
from gov_extract.forms import Form, FormTable, load_forms

Values = dict[tuple[str, str, str], str]

HEADINGS = {
    "active_disclosure": "二、主动公开政府信息情况",
    "applications": "三、收到和处理政府信息公开申请情况",
    "review_litigation": "四、政府信息公开行政复议、行政诉讼情况",
    "statistics": "附件：政府信息公开情况统计表",
}


def random_values(form: Form, rng: random.Random) -> Values:
    """Figures that satisfy the form's identities, as printed."""
    if "statistics" in form.tables:
        return indicator_values(form, rng)
    values: Values = {}
    disclosure = form.tables["active_disclosure"]
    for row in disclosure.rows:
        for column in row.columns:
            values["active_disclosure", row.code, column.code] = str(rng.choice([0, 3, 12, 457, rng.randrange(10**6)]))
    applications = form.tables["applications"]
    people = [column.code for column in applications.columns if column.code != "total"]
    results = [r.code for r in applications.rows if r.code not in ("received", "carried_in", "result_total", "carried_out")]
    for person in people:
        drawn = {code: rng.choice([0, 0, 0, 0, rng.randrange(40)]) for code in results}
        done, out = sum(drawn.values()), rng.choice([0, 0, 2])
        brought = min(done + out, rng.choice([0, 0, 1]))
        drawn |= {"result_total": done, "carried_out": out, "carried_in": brought, "received": done + out - brought}
        for code, figure in drawn.items():
            values["applications", code, person] = str(figure)
    for row in applications.rows:
        values["applications", row.code, "total"] = str(sum(int(values["applications", row.code, p]) for p in people))
    review = form.tables["review_litigation"]
    for row in review.rows:
        outcomes = [rng.randrange(20) for _ in range(4)]
        for column, figure in zip(review.columns, [*outcomes, sum(outcomes)], strict=True):
            values["review_litigation", row.code, column.code] = str(figure)
    return values


def indicator_values(form: Form, rng: random.Random) -> Values:
    """Figures of a table of indicators that satisfy the form's identities, as printed."""
    table = form.tables["statistics"]
    drawn = {row.code: rng.choice([0, 0, 1, 12, rng.randrange(40), rng.randrange(10**5)]) for row in table.rows}
    for identity in sorted(form.identities, key=lambda i: -i.total.count(".")):
        drawn[identity.total] = sum(drawn[code] for code in identity.right)
    return {(table.id, code, "value"): str(figure) for code, figure in drawn.items()}


def indicator_rows(table: FormTable, values: Values) -> list[list[str]]:
    """The rows of a table of indicators: a header, headings with dashes, and label, unit, figure."""
    printed = [["统计指标", "单位", "统计数"]]
    shown: set[str] = set()
    headings = {heading.code: heading for heading in table.headings}
    named = {row.label for row in table.rows}
    for row in table.rows:
        heading = headings.get(row.group or "")
        if heading and heading.code not in shown and heading.label not in named:
            printed.append([heading.label, "——", "——"])
        shown.add(row.group or "")
        printed.append([row.label, row.columns[0].unit, values[table.id, row.code, "value"]])
    return printed


def table_rows(form: Form, table: FormTable, values: Values) -> list[list[str]]:
    """A table's rows as printed, each cell's text; every row has its own number of cells."""
    if table.layout == "indicators":
        return indicator_rows(table, values)
    if table.layout == "side_by_side":
        heads = [row.label for row in table.rows]
        outcomes = [column.label for _ in table.rows for column in table.columns]
        figures = [values[table.id, row.code, column.code] for row in table.rows for column in table.columns]
        return [heads, outcomes, figures]
    printed: list[list[str]] = []
    block: str | None = ""
    for row in table.rows:
        if row.block != block:
            block = row.block
            title = next((group.label for group in table.groups if group.code == block), None)
            printed += [[title]] if title else []
            printed.append(["信息内容" if title else "申请人情况", *(column.label for column in row.columns)])
        printed.append([row.label, *(values[table.id, row.code, column.code] for column in row.columns)])
    return printed


def grid_of(rows: list[list[str]], *, wide_heads: bool) -> Grid:
    """Rows as a grid of markup; `wide_heads` spreads the first row's cells evenly over the widest one's columns."""
    width = max(len(row) for row in rows)
    cells = []
    for r, row in enumerate(rows):
        span = width // len(row) if wide_heads and r == 0 else 1
        for c, text in enumerate(row):
            place = f"table 1, row {r + 1}, column {c * span + 1}"
            cells.append(GridCell(r, c * span, 1, span, (Reading(text, "markup"),), None, place))
    return Grid(tuple(cells), len(rows), width, "markup")


def document_of(form: Form, values: Values) -> Document:
    """The whole report: headings and tables, with its raw text as a reader would give it."""
    title = f"某某局{2016 if 'statistics' in form.tables else 2023}年政府信息公开工作年度报告"
    blocks: list[Grid | Line] = [Line((Word(title),))]
    text = title + "\n"
    for table in form.tables.values():
        heading = HEADINGS[table.id]
        rows = table_rows(form, table, values)
        blocks += [Line((Word(heading),)), grid_of(rows, wide_heads=table.layout == "side_by_side")]
        text += heading + "\n" + "".join("\t".join(row) + "\n" for row in rows)
    return Document("text/html", (Page(None, None, None, tuple(blocks), text),))


def truth_of(form: Form, values: Values) -> dict[str, Any]:
    """The truth of a filled-in form."""
    return {
        "cells": [[*key, float(raw) if raw else None, "read" if raw else "blank", raw] for key, raw in values.items()],
        "forms": dict.fromkeys(form.tables, form.id),
        "failing": [],
        "sections": [],
        "sections_in_tables": [],
        "meta": {},
    }


def filled(form_id: str, seed: int) -> tuple[Document, dict[str, Any]]:
    """A random filled-in form with its truth."""
    form = load_forms()[form_id]
    values = random_values(form, random.Random(seed))
    return document_of(form, values), truth_of(form, values)
