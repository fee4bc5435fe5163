"""Reports printed from rows of cells in several formats: for tests of what real authors do to the form.

In: the rows of each table, each cell its text or (text, columns that it spans). Out: the bytes of an HTML page, a Word
document, a PDF with rulings, or flattened text.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence

from gov_extract.forms import load_forms
from gov_extract.report import Report, extract
from tests.filled_forms import Values, random_values, table_rows, truth_of
from tests.measure.score import Score, score
from tests.pdf_writer import PageSpec, shown, write_pdf

Cell = str | tuple[str, int]
Rows = list[list[Cell]]
Block = str | Rows
Tables = dict[str, Rows]

TITLE = "某某局2023年政府信息公开工作年度报告"
HEADINGS = {
    "active_disclosure": "二、主动公开政府信息情况",
    "applications": "三、收到和处理政府信息公开申请情况",
    "review_litigation": "四、政府信息公开行政复议、行政诉讼情况",
}
LEFT, TOP, HEIGHT = 40.0, 40.0, 18.0
"""Points: the table's left edge, the first line, the height of a row."""
SIZE = 8.0
ADVANCE = 0.556 * SIZE
"""Points by which a digit of Helvetica moves on."""
WHOLE_WIDTH = 900.0


def tables_of(values: Values, form_id: str = "2021") -> Tables:
    """The tables of a form as printed, the header of 行政复议、行政诉讼 with its spans."""
    form = load_forms()[form_id]
    tables: Tables = {}
    for table in form.tables.values():
        rows: Rows = [list(row) for row in table_rows(form, table, values)]
        if table.layout == "side_by_side":
            rows[0] = [(str(label), len(table.columns)) for label in rows[0]]
        tables[table.id] = rows
    return tables


def drawn(seed: int, form_id: str = "2021") -> tuple[Values, Tables]:
    """Random figures and the tables that print them."""
    values = random_values(load_forms()[form_id], random.Random(seed))
    return values, tables_of(values, form_id)


def spans(row: Sequence[Cell]) -> list[tuple[str, int]]:
    """A row's cells with the number of columns that each spans."""
    return [(cell, 1) if isinstance(cell, str) else cell for cell in row]


def as_html(blocks: Sequence[Block]) -> bytes:
    """A web page; a text is a paragraph."""
    parts = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(f"<p>{block}</p>")
            continue
        rows = "".join("<tr>" + "".join(f"<td colspan={n}>{text}</td>" for text, n in spans(row)) + "</tr>" for row in block)
        parts.append(f"<table border=1>{rows}</table>")
    return f"<html><head><meta charset=utf-8><title>{TITLE}</title></head><body>{''.join(parts)}</body></html>".encode()


def as_docx(blocks: Sequence[Block]) -> bytes:
    """A Word document."""
    import docx

    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        width = max(sum(n for _, n in spans(row)) for row in block)
        table = document.add_table(len(block), width)
        for r, row in enumerate(block):
            c = 0
            for text, n in spans(row):
                cell = table.cell(r, c)
                if n > 1:
                    cell = cell.merge(table.cell(r, c + n - 1))
                cell.text = text
                c += n
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_pdf(blocks: Sequence[Block], *, ruled: bool = True) -> bytes:
    """A PDF of one long page whose tables have rulings; a mark behind a figure (12^1) is small and raised."""
    total = sum(1 if isinstance(block, str) else len(block) + 1 for block in blocks)
    page = 2 * TOP + HEIGHT * total
    y = page - TOP
    widest = WHOLE_WIDTH
    content = "0.5 w\n"
    for block in blocks:
        if isinstance(block, str):
            content += shown(LEFT, y - 12, block, SIZE)
            y -= HEIGHT
            continue
        xs = _edges(block)
        width = len(xs) - 1
        widest = max(widest, xs[-1] + LEFT)
        for row in block:
            c = 0
            for text, n in spans(row):
                for at, line in enumerate(text.split("\n")):
                    line, _, mark = line.partition("^")
                    content += shown(xs[c] + 3, y - 12 - SIZE * at, line, SIZE)
                    if mark:
                        content += shown(xs[c] + 3.2 + ADVANCE * len(line), y - 9 - SIZE * at, mark, 0.6 * SIZE)
                if ruled:
                    content += f"{xs[c]} {y - HEIGHT} {xs[c + n] - xs[c]} {HEIGHT} re S\n"
                c += n
            while c < width and ruled:
                content += f"{xs[c]} {y - HEIGHT} {xs[c + 1] - xs[c]} {HEIGHT} re S\n"
                c += 1
            y -= HEIGHT
        y -= HEIGHT
    return write_pdf([PageSpec(content, media=(0, 0, widest, page))])


def _edges(rows: Rows) -> list[float]:
    """Points of the columns' borders: each as wide as its longest text that spans no other."""
    wide = [4 * SIZE] * max(sum(n for _, n in spans(row)) for row in rows)
    for row in rows:
        c = 0
        for text, n in spans(row):
            if n == 1 and len(row) > 1:
                wide[c] = max(wide[c], max(map(len, text.split("\n"))) * SIZE + 8)
            c += n
    return [LEFT + sum(wide[:k]) for k in range(len(wide) + 1)]


def flattened(blocks: Sequence[Block], line: Callable[[list[str]], str]) -> bytes:
    """Text with a line for each row; `line` joins the row's cells."""
    lines: list[str] = []
    for block in blocks:
        rows = [] if isinstance(block, str) else block
        lines += [block] if isinstance(block, str) else []
        lines += [line([piece for text, n in spans(row) for piece in (text, *[""] * (n - 1))]) for row in rows]
    return "\n".join(lines).encode()


def as_pipes(blocks: Sequence[Block]) -> bytes:
    """Text whose cells stand between pipes."""
    return flattened(blocks, lambda row: "| " + " | ".join(row) + " |")


def as_tabs(blocks: Sequence[Block]) -> bytes:
    """Text whose cells are parted by tabs."""
    return flattened(blocks, "\t".join)


def texts_of(block: Block) -> list[str]:
    """The texts of a block's cells, row after row."""
    return [block] if isinstance(block, str) else [text for row in block for text, _ in spans(row)]


def as_lines(blocks: Sequence[Block]) -> bytes:
    """Text with a line for each cell."""
    return "\n".join(text for block in blocks for text in texts_of(block)).encode()


def as_filled_lines(blocks: Sequence[Block]) -> bytes:
    """Text with a line for each cell that is not empty."""
    return "\n".join(text for block in blocks for text in texts_of(block) if text).encode()


def as_one_line(blocks: Sequence[Block]) -> bytes:
    """Text with a line for each table, a blank between its cells."""
    return "\n".join(" ".join(text for text in texts_of(block) if text) for block in blocks).encode()


def as_glued(blocks: Sequence[Block]) -> bytes:
    """Text with a line for each table, nothing between its cells."""
    return "\n".join("".join(texts_of(block)) for block in blocks).encode()


def as_paragraphs(blocks: Sequence[Block]) -> bytes:
    """A web page with a paragraph for each cell."""
    body = "".join(f"<p>{text or '&nbsp;'}</p>" for block in blocks for text in texts_of(block))
    return f"<html><head><meta charset=utf-8><title>{TITLE}</title></head><body>{body}</body></html>".encode()


FLAT: dict[str, Callable[[Sequence[Block]], bytes]] = {
    "lines": as_lines,
    "filled lines": as_filled_lines,
    "one line": as_one_line,
    "glued": as_glued,
    "paragraphs": as_paragraphs,
}
"""Text that lost its tables' layout."""

FORMATS: dict[str, Callable[[Sequence[Block]], bytes]] = {
    "html": as_html,
    "docx": as_docx,
    "pdf": as_pdf,
    "unruled": lambda blocks: as_pdf(blocks, ruled=False),
    "pipes": as_pipes,
    "tabs": as_tabs,
}


def blocks_of(tables: Tables, captions: dict[str, str] | None = None) -> list[Block]:
    """The report's title, and each table under its heading; `captions` are lines between a heading and its table."""
    blocks: list[Block] = [TITLE]
    for id_, rows in tables.items():
        blocks.append(HEADINGS[id_])
        if captions and id_ in captions:
            blocks.append(captions[id_])
        blocks.append(rows)
    return blocks


def report_of(blocks: Sequence[Block], kind: str) -> Report:
    """The report as extracted from its printed form."""
    return extract({**FORMATS, **FLAT}[kind](blocks), name="report")


def scored(blocks: Sequence[Block], values: Values, kind: str, form_id: str = "2021") -> Score:
    """The printed blocks held against the figures meant."""
    return score(kind, report_of(blocks, kind), truth_of(load_forms()[form_id], values))
