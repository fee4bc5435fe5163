"""The tables that users load: their columns, types, units and meanings, in one place.

In: nothing. Out: `TABLES` (Arrow schemas, the codebook and docs/tables.md are made from it) and the records that the
parser fills, whose fields are the columns that do not belong to the document as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

State = Literal["read", "blank", "dash", "missing", "unreadable", "corrected"]
Status = Literal["complete", "partial", "no_tables", "failed"]
Kind = Literal["string", "int32", "int64", "float64", "bool", "date"]


class Column(NamedTuple):
    """A column of a table: `unit` is None where the values have none. `label` is Chinese, `english` the same in English."""

    name: str
    kind: Kind
    meaning: str
    label: str
    unit: str | None = None
    nullable: bool = True
    english: str = ""


class Table(NamedTuple):
    """A table: what one row is, its columns, and the columns by which it is sorted (after source and document)."""

    name: str
    row: str
    label: str
    columns: tuple[Column, ...]


class Cell(NamedTuple):
    """A cell of a form's table, printed or not. Units: `value` in the column's unit, geometry in points."""

    form: str
    table: str
    row: str
    column: str
    label: str
    value: float | None
    unit: str | None
    raw: str | None
    note: str | None
    state: State
    reader: str | None = None
    confidence: float | None = None
    agreement: bool | None = None
    page: int | None = None
    x0: float | None = None
    top: float | None = None
    x1: float | None = None
    bottom: float | None = None
    locator: str | None = None


class Section(NamedTuple):
    """A heading with the text below it, up to the next heading. `section` is the canonical code, by meaning."""

    ordinal: int
    level: int
    number: str | None
    heading: str
    section: str | None
    text: str
    page_first: int | None
    page_last: int | None


class Check(NamedTuple):
    """An identity of a form evaluated on a report's values. ``difference = left - right``."""

    check: str
    kind: str
    table: str
    scope: str
    formula: str
    left: float | None
    right: float | None
    difference: float | None
    passed: bool | None


class Mention(NamedTuple):
    """A quantity in the prose; `start` and `end` are offsets into the text of the section with `section_ordinal`."""

    section: str | None
    sentence: str
    subject: str | None
    quantity: float
    unit: str
    approximate: bool
    start: int
    end: int
    section_ordinal: int


class Item(NamedTuple):
    """A point that the prose enumerates; `start` and `end` are offsets as in `Mention`."""

    section: str | None
    kind: str
    ordinal: int
    text: str
    section_ordinal: int
    start: int
    end: int


class Metadata(NamedTuple):
    """What a report says of itself. Dates are ISO 8601 (``YYYY-MM-DD``); codes and names of divisions are those of the year."""

    title: str | None = None
    agency: str | None = None
    report_year: int | None = None
    period_start: str | None = None
    period_end: str | None = None
    published_on: str | None = None
    agency_id: str | None = None
    agency_level: str | None = None
    agency_kind: str | None = None
    division_code: str | None = None
    province: str | None = None
    city: str | None = None
    county: str | None = None
    contact: str | None = None


# English labels of columns whose names are not words, or say less than they could; elsewhere the name is the label.
_ENGLISH = {
    "sha256": "SHA-256 of the content",
    "bytes": "size",
    "agency_id": "agency's key",
    "number": "numbering",
    "raw": "as printed",
    "x0": "left edge",
    "top": "upper edge",
    "x1": "right edge",
    "bottom": "lower edge",
    "passed": "holds",
    "start": "offset of the first character",
    "end": "offset behind the last character",
}


def _column(name: str, kind: Kind, label: str, meaning: str, unit: str | None = None, *, required: bool = False) -> Column:
    return Column(name, kind, meaning, label, unit, not required, _ENGLISH.get(name, name.replace("_", " ")))


_ID = _column(
    "document_id",
    "string",
    "文件编号",
    'first 16 hex digits of the content\'s sha256; of sha256(sha256 + "#n") for the n-th of several reports in one file; '
    'of "source:" + source where the file could not be opened',
    required=True,
)
_YEAR = _column("report_year", "int32", "报告年度", "year that the report is about")
_PAGE = _column("page", "int32", "页码", "page, from 1; null for formats without pages")

TABLES: tuple[Table, ...] = (
    Table(
        "documents",
        "report: a distinct file content, or one of several reports in it",
        "文件",
        (
            _ID,
            _column("sha256", "string", "校验值", "sha256 of the content; null where the file could not be opened"),
            _column(
                "source",
                "string",
                "来源",
                "path below the folder given, with /; an archive's member is a.zip!member; #n for the n-th of several reports",
                required=True,
            ),
            _column("media_type", "string", "格式", "media type, from the content"),
            _column("pages", "int32", "页数", "number of pages; null for formats without pages", "pages"),
            _column("bytes", "int64", "字节数", "size of the content", "bytes"),
            _column("title", "string", "标题", "title as printed, white space normalised"),
            _column("agency", "string", "机关", "longest form of the agency's name that is printed"),
            _column(
                "agency_id",
                "string",
                "机关标识",
                "key that joins years and writings: the division's first code, or its name, and the body's long name",
            ),
            _column("agency_level", "string", "层级", "central, province, city, county or township"),
            _column(
                "agency_kind",
                "string",
                "类别",
                "government, department, subdistrict, development_zone, institution or enterprise",
            ),
            _column(
                "division_code",
                "string",
                "行政区划代码",
                "code of GB/T 2260 at the end of the report year; a township has its county's",
            ),
            _column("province", "string", "省", "province, autonomous region or municipality; names as in the report year"),
            _column("city", "string", "市", "city, prefecture or league; null where a county lies directly in its province"),
            _column("county", "string", "县", "county, district or county-level city"),
            _YEAR,
            _column("form", "string", "表式", "generation of the tables: 2021, 2019, 2014, mixed; null without tables"),
            _column("period_start", "date", "统计起始日", "first day of the period that the figures cover"),
            _column("period_end", "date", "统计截止日", "last day of the period that the figures cover"),
            _column(
                "published_on",
                "date",
                "发布日期",
                "day printed under the title, else that of the signature, else the one that the page around the report gives",
            ),
            _column("contact", "string", "联系方式", "whom to ask, as printed: address, postcode, telephone, mail"),
            _column("reader", "string", "读取方式", "native, ocr or mixed"),
            _column("status", "string", "状态", "complete, partial, no_tables or failed", required=True),
            _column(
                "primary", "bool", "主件", "whether this document stands for its agency and year (docs/years.md)", required=True
            ),
            _column("cells_read", "int32", "已读单元格数", "cells with state read or corrected", "cells"),
            _column("checks_failed", "int32", "未通过校验数", "checks of kind within that failed", "checks"),
            _column("error", "string", "错误", "why the document failed"),
            _column("extractor_version", "string", "程序版本", "version of gov_extract", required=True),
        ),
    ),
    Table(
        "sections",
        "heading with its text",
        "章节",
        (
            _ID,
            _YEAR,
            _column("ordinal", "int32", "序", "place in the document, from 1", required=True),
            _column(
                "level",
                "int32",
                "级",
                "depth: 0 text before the first heading, 1 for 一、, 2 for （一）, 3 for 1., 4 for (1)",
                required=True,
            ),
            _column("number", "string", "编号", "numbering as printed"),
            _column("heading", "string", "标题", "heading without its number"),
            _column(
                "section",
                "string",
                "章节代码",
                "overview, active_disclosure, applications, review_litigation, problems, other, annex or null; by meaning",
            ),
            _column("text", "string", "正文", "text below the heading, up to the next heading", required=True),
            _column("page_first", "int32", "起始页", "page of the heading"),
            _column("page_last", "int32", "终止页", "page of the last line"),
        ),
    ),
    Table(
        "cells",
        "cell of a form's table, printed or not",
        "单元格",
        (
            _ID,
            _YEAR,
            _column("agency", "string", "机关", "as in documents"),
            _column("form", "string", "表式", "generation of this table", required=True),
            _column("table", "string", "表", "active_disclosure, applications, review_litigation or statistics", required=True),
            _column("row", "string", "行", "row code of the form; extra.<n> for rows that the report adds", required=True),
            _column("column", "string", "列", "column code of the form", required=True),
            _column("label", "string", "行标签", "the row's label as printed; the form's own where none is"),
            _column("value", "float64", "数值", "figure in the column's unit; null unless read or corrected"),
            _column("unit", "string", "单位", "unit of value"),
            _column("raw", "string", "原文", "characters as printed; null where there is no place on the page"),
            _column("note", "string", "附注", "what stood beside the figure in its cell"),
            _column("state", "string", "状态", "read, blank, dash, missing, unreadable or corrected", required=True),
            _column("reader", "string", "读取方式", "native or ocr"),
            _column(
                "confidence", "float64", "置信度", "how sure an OCR reading is, 0 to 1 (see docs/reading.md); null for native"
            ),
            _column("agreement", "bool", "两读一致", "whether a second reading gave the same text; null where none was made"),
            _PAGE,
            _column("x0", "float64", "左", "left edge of the cell, upright page", "pt"),
            _column("top", "float64", "上", "upper edge, from the top of the page", "pt"),
            _column("x1", "float64", "右", "right edge", "pt"),
            _column("bottom", "float64", "下", "lower edge", "pt"),
            _column("locator", "string", "位置", "where, in formats without pages"),
        ),
    ),
    Table(
        "checks",
        "identity evaluated",
        "校验",
        (
            _ID,
            _YEAR,
            _column(
                "check",
                "string",
                "校验",
                "identity: balance, result_sum, ...; prose_received, ...: text and table; carried_over, ...: two years",
                required=True,
            ),
            _column("kind", "string", "类型", "within, prose or years", required=True),
            _column("table", "string", "表", "table", required=True),
            _column("scope", "string", "范围", "column:<code> or row:<code>", required=True),
            _column("formula", "string", "公式", "the identity in codes; before.<code> is of the year before", required=True),
            _column("left", "float64", "左值", "left side"),
            _column("right", "float64", "右值", "right side"),
            _column("difference", "float64", "差", "left - right"),
            _column(
                "passed", "bool", "通过", "null where the total or all terms are blank, or a term is missing or unreadable"
            ),
        ),
    ),
    Table(
        "findings",
        "thing a user should know",
        "提示",
        (
            _ID,
            _YEAR,
            _column("severity", "string", "程度", "info, warning or error", required=True),
            _column("code", "string", "代码", "kind of finding; see docs/findings.md", required=True),
            _column("message", "string", "说明", "what is the matter and what to do", required=True),
            _PAGE,
            _column("table", "string", "表", "table concerned"),
            _column("row", "string", "行", "row concerned"),
            _column("column", "string", "列", "column concerned"),
        ),
    ),
    Table(
        "mentions",
        "quantity in the prose",
        "文中数量",
        (
            _ID,
            _YEAR,
            _column("section", "string", "章节代码", "code of the first-level section in which it stands"),
            _column("sentence", "string", "句子", "sentence in which it stands", required=True),
            _column("subject", "string", "对象", "what is counted"),
            _column("quantity", "float64", "数量", "number, 万 and 亿 multiplied out"),
            _column("unit", "string", "单位", "unit as printed, without 万, 亿, 余"),
            _column("approximate", "bool", "约数", "余, 多, 近, 约, 超, 不少于, 以上, 左右 and the like; both ends of a range"),
            _column("start", "int32", "起", "offset into the section's text", "characters"),
            _column("end", "int32", "止", "offset behind the last character", "characters"),
            _column("section_ordinal", "int32", "章节序", "ordinal of the row of `sections` in whose text it stands"),
        ),
    ),
    Table(
        "items",
        "enumerated point in the prose",
        "要点",
        (
            _ID,
            _YEAR,
            _column("section", "string", "章节代码", "code of the first-level section in which it stands"),
            _column(
                "kind",
                "string",
                "形式",
                "first mark of its enumeration: 一是, 一要, 第一, 首先, （一）, （1）, 1. ...",
            ),
            _column("ordinal", "int32", "序", "place in its enumeration, from 1", required=True),
            _column("text", "string", "文字", "the point's text", required=True),
            _column("section_ordinal", "int32", "章节序", "ordinal of the row of `sections` in whose text it stands"),
            _column("start", "int32", "起", "offset into the section's text", "characters"),
            _column("end", "int32", "止", "offset behind the last character", "characters"),
        ),
    ),
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table, with unit, meaning, Chinese and English label as field metadata
    (``unit``, ``meaning``, ``label_zh``, ``label_en``).

    Raises
    ------
    KeyError
        When there is no such table.
    """
    return schema_of(BY_NAME[table])


def schema_of(table: Table) -> pa.Schema:
    """The Arrow schema of any `Table`, as in `arrow_schema`."""
    import pyarrow as pa

    types: dict[Kind, pa.DataType] = {
        "string": pa.string(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
    }
    fields = []
    for column in table.columns:
        metadata = {"meaning": column.meaning, "label_zh": column.label, "label_en": column.english}
        if column.unit:
            metadata["unit"] = column.unit
        fields.append(pa.field(column.name, types[column.kind], nullable=column.nullable, metadata=metadata))
    return pa.schema(fields)
