"""What the PDF reader does with whole documents: samples with known tables, page labels, refusals, the second engine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gov_extract.document import Document, Grid, Line, Page
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers import second
from gov_extract.readers.pdf import pdfium, read_pdf
from gov_extract.readers.pdf.answers import AT_ONCE
from gov_extract.readers.scan import extra
from gov_extract.readers.second import read_by_plumber, reread
from tests.pdf_writer import PageSpec, shown, write_pdf
from tests.test_pdf_traps import PLAIN, grids, lattice, letters, lines, rows

SHARED = Path(__file__).parents[1].parent / "shared"
needs_samples = pytest.mark.skipif(not (SHARED / "samples").is_dir(), reason="the sample documents are not here")
needs_real = pytest.mark.skipif(not (SHARED / "real").is_dir(), reason="the real documents are not here")
MADE = ("lo", "chromium", "weasy", "reportlab", "traps", "real_rot")


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def sample(name: str) -> bytes:
    return (SHARED / "samples" / f"{name}.pdf").read_bytes()


def figures_of_rows(document: Document) -> list[tuple[list[str], list[str]]]:
    """For each row of each grid, the texts before its figures and the figures."""
    found = []
    for grid in grids(document):
        for row in range(grid.n_rows):
            texts = [bare(cell.text) for cell in grid.cells if cell.row == row]
            found.append(([t for t in texts if not is_figure(t)], [t for t in texts if is_figure(t)]))
    return found


def is_figure(text: str) -> bool:
    return re.fullmatch(r"-?[\d.]+", text) is not None


@needs_samples
@pytest.mark.parametrize("name", MADE)
def test_every_figure_of_the_samples_stands_in_its_row(name: str) -> None:
    truth = json.loads((SHARED / "samples" / "grids.json").read_text("utf-8"))[name]
    read = figures_of_rows(read_pdf(sample(name), max_pages=50))
    for table in truth:
        for row in table:
            label = [bare(cell[0]) for cell in row if not is_figure(bare(cell[0]))]
            figures = [bare(cell[0]) for cell in row if is_figure(bare(cell[0]))]
            if figures:
                last = label[-1] if label else ""
                hits = [f for labels, f in read if f == figures and (not last or any(last.startswith(t) for t in labels if t))]
                assert hits, (label, figures)


@needs_samples
@pytest.mark.parametrize("name", MADE)
def test_samples_whose_rows_no_page_break_tears_have_their_spans(name: str) -> None:
    truth = json.loads((SHARED / "samples" / "grids.json").read_text("utf-8"))[name]
    read = [[(t, c) for t, _, c in row] for grid in grids(read_pdf(sample(name), max_pages=50)) for row in rows(grid)]
    want = [[(bare(cell[0]), cell[2]) for cell in row] for table in truth for row in table]
    whole = sum(row in read for row in want)
    assert whole >= 0.8 * len(want), f"{whole} of {len(want)} rows"


@needs_samples
def test_a_font_without_unicode_gives_findings_and_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "installed", lambda: False)
    document = read_pdf(sample("real_nomap"), max_pages=50)
    assert {(f.code, f.severity) for f in document.findings} == {("unmapped_font", "error"), (extra.CODE, "warning")}
    assert not re.search(r"[0-9\u4e00-\u9fff]", "".join(page.text for page in document.pages))
    assert all(page.unmapped > 0.95 for page in document.pages)
    assert not any(re.search(r"[0-9]", cell.text) for grid in grids(document) for cell in grid.cells)


@needs_real
def test_the_real_report_has_its_prose_in_lines() -> None:
    document = read_pdf((SHARED / "real" / "huaian-city-2024.pdf").read_bytes(), max_pages=50)
    assert lines(document)[:2] == ["淮安市人民政府", "2024年政府信息公开工作年度报告"]
    assert document.findings == ()
    assert not any(re.fullmatch(r"\W*\d+\W*", line) for line in lines(document))


@needs_samples
@pytest.mark.parametrize("name", MADE)
def test_the_second_engine_reads_the_same_cells(name: str) -> None:
    data = sample(name)
    document = reread(data, read_pdf(data, max_pages=50), range(1, 50))
    for grid in grids(document):
        for cell in grid.cells:
            assert [reading.engine for reading in cell.readings] == ["pdfium", "pdfplumber"]
            assert bare(cell.readings[0].text) == bare(cell.readings[1].text)
    assert document.findings == ()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_second_engine_follows_a_turned_page(turn: int) -> None:
    content = "q 0 1 -1 0 842 0 cm " + lattice() + letters() + " Q"
    data = write_pdf([PageSpec(content, (0, 0, 842, 595), (10, 20, 830, 590), turn)])
    document = reread(data, read_pdf(data, max_pages=5), [1])
    cells = [cell for grid in grids(document) for cell in grid.cells]
    assert len(cells) == 9
    assert all(bare(cell.readings[0].text) == bare(cell.readings[1].text) for cell in cells)


def test_the_second_engine_takes_no_digits_for_copies_by_way_of_other_lines() -> None:
    """On a turned page pdfplumber would: nines of other rows stand between the two of 9968."""
    nines = "".join(shown(265 + 2.6 * k, 684 - 22 * k, "9968", 14) for k in range(3))
    content = "q 0 1 -1 0 842 0 cm " + lattice() + nines + shown(80, 600, "政府信息公开工作年度报告" * 2, 14) + " Q"
    data = write_pdf([PageSpec(content, (0, 0, 842, 842), None, 0)])
    document = reread(data, read_pdf(data, max_pages=5), [1])
    found = [cell.readings[1].text for grid in grids(document) for cell in grid.cells if cell.text]
    assert "".join(found).count("9") == 6


def test_only_the_asked_pages_are_read_again() -> None:
    data = write_pdf([PageSpec(lattice() + letters())] * 2)
    document = reread(data, read_pdf(data, max_pages=5), [2])
    counts = [{len(cell.readings) for b in page.blocks if isinstance(b, Grid) for cell in b.cells} for page in document.pages]
    assert counts == [{1}, {2}]


def test_a_second_reading_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(page: Page, plumber_page: object) -> Page:
        raise KeyError("Widths")

    monkeypatch.setattr(second, "_with_second_reading", fails)
    data = write_pdf([PageSpec(lattice() + letters())])
    document = reread(data, read_pdf(data, max_pages=5), [1])
    assert [(f.code, f.page) for f in document.findings] == [("second_reading_failed", 1)]
    assert all(len(cell.readings) == 1 for grid in grids(document) for cell in grid.cells)


def test_a_second_reading_that_does_not_see_most_of_the_text_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the second engine does not understand a font's encoding: what it lacks is no other reading."""
    data = write_pdf([PageSpec(lattice() + letters())])
    monkeypatch.setattr(second, "each_once", lambda chars: chars[:3])
    document = reread(data, read_pdf(data, max_pages=5), [1])
    assert [(f.code, f.page) for f in document.findings] == [("second_reading_failed", 1)]
    assert {len(cell.readings) for grid in grids(document) for cell in grid.cells} == {1}


def test_what_pdfium_cannot_open_is_read_by_pdfplumber(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfium, "load_document", lambda *_: None)
    data = write_pdf([PageSpec(lattice() + letters() + shown(80, 750, "1. abc"))])
    document = read_pdf(data, max_pages=5)
    assert [f.code for f in document.findings] == ["fallback_reader"]
    assert [[cell[0] for cell in row] for row in rows(grids(document)[0])] == [[cell[0] for cell in row] for row in PLAIN]
    assert [line.replace(" ", "") for line in lines(document)] == ["1.abc"]
    with pytest.raises(LimitError):
        read_by_plumber(write_pdf([PageSpec("")] * 3), max_pages=2)


def test_a_page_that_pdfium_cannot_load_is_read_by_pdfplumber(monkeypatch: pytest.MonkeyPatch) -> None:
    load = pdfium.load_page
    monkeypatch.setattr(pdfium, "load_page", lambda document, index: load(document, index) if index else None)
    document = read_pdf(write_pdf([PageSpec(lattice() + letters())] * 2), max_pages=5)
    assert [(f.code, f.page) for f in document.findings] == [("fallback_reader", 1)]
    assert [len(grids(document)), [page.number for page in document.pages]] == [2, [1, 2]]


def numbered(label: str, count: int = 4, y: float = 30, body: str = "") -> Document:
    pages = [
        PageSpec(shown(80, 700, f"第{'一二三四五六七八'[i]}段正文") + body + shown(290, y, label.format(i + 1, count)))
        for i in range(count)
    ]
    return read_pdf(write_pdf(pages), max_pages=20)


@pytest.mark.parametrize("label", ["- {} -", "— {} —", "{}", "第 {} 页", "第{}页 共{}页", "{}/{}", "Page {} of {}"])
@pytest.mark.parametrize("y", [30, 815])
def test_page_labels_are_left_out(label: str, y: float) -> None:
    document = numbered(label, y=y)
    assert lines(document) == ["第一段正文", "第二段正文", "第三段正文", "第四段正文"]
    assert not re.search(r"\d", "".join(page.text for page in document.pages))


def test_running_heads_are_left_out() -> None:
    document = numbered("某某市政府信息公开工作年度报告 {}", y=820)
    assert lines(document) == ["第一段正文", "第二段正文", "第三段正文", "第四段正文"]


def test_a_figure_that_stands_last_is_no_page_label() -> None:
    pages = [PageSpec(shown(80, 700, "正文") + shown(300, 60, figure)) for figure in ("17", "3", "208")]
    assert lines(read_pdf(write_pdf(pages), max_pages=5)) == ["正文", "17", "正文", "3", "正文", "208"]


def test_lines_beside_and_between_grids_keep_their_order() -> None:
    content = shown(80, 750, "二、标题") + lattice() + letters() + shown(400, 665, "旁注") + shown(80, 600, "表后")
    (page,) = read_pdf(write_pdf([PageSpec(content)]), max_pages=5).pages
    kinds = [block.text if isinstance(block, Line) else "grid" for block in page.blocks]
    assert kinds == ["二、标题", "grid", "旁注", "表后"]


def test_refusals_say_what_is_wrong(tmp_path: Path) -> None:
    good = write_pdf([PageSpec(shown(80, 700, "abc"))] * 3)
    for data, code in (
        (good[: len(good) // 3], "truncated"),
        (b"%PDF-1.4\nnothing of a document\n%%EOF\n", "damaged_pdf"),
        (write_pdf([]), "no_pages"),
    ):
        with pytest.raises(ReadError) as refusal:
            read_pdf(data, max_pages=5)
        assert refusal.value.code == code, data[:40]
        assert len(refusal.value.message) > 20
    with pytest.raises(LimitError) as limit:
        read_pdf(good, max_pages=2)
    assert limit.value.code == "too_many_pages"


def test_an_encrypted_file_is_named_so() -> None:
    protection = b"/Encrypt<</Filter/Standard/V 1/R 2/P -44/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>/ID[<61><61>]"
    with pytest.raises(ReadError) as refusal:
        read_pdf(write_pdf([PageSpec(shown(80, 700, "abc"))], extra=protection), max_pages=5)
    assert refusal.value.code == "encrypted"


def test_a_file_without_its_end_mark_is_read_with_a_warning() -> None:
    data = write_pdf([PageSpec(shown(80, 700, "abc"))])
    document = read_pdf(data[: data.rindex(b"startxref")], max_pages=5)
    assert lines(document) == ["abc"]
    assert [f.code for f in document.findings] == ["end_mark_missing"]


@pytest.mark.parametrize(
    "content",
    [
        "nan 5 m 1e38 inf l S 1e38 1e38 -1e38 -1e38 re f",
        "1e30 0 0 1e30 0 0 cm 0 0 100 100 re S",
        "0 0 0 0 0 0 cm " + lattice() + letters(),
        "BT /F1 1e30 Tf 10 10 Td (1) Tj ET BT /F1 -9 Tf 100 100 Td (12) Tj ET",
    ],
)
def test_absurd_numbers_do_no_harm(content: str) -> None:
    document = read_pdf(write_pdf([PageSpec("q " + content + " Q " + lattice() + letters())]), max_pages=5)
    assert PLAIN in [rows(grid) for grid in grids(document)]


@pytest.mark.parametrize("media", [(0, 0, 0, 0), (0, 0, 1e9, 1e9), (5, 5, -500, -800)])
def test_absurd_pages_do_no_harm(media: tuple[float, float, float, float]) -> None:
    document = read_pdf(write_pdf([PageSpec(lattice() + letters(), media)]), max_pages=5)
    assert len(document.pages) == 1


def test_endless_drawings_are_capped_with_a_finding() -> None:
    hatch = "".join(f"{i % 500} {i % 700} m {i % 500 + 3} {i % 700} l S\n" for i in range(70_000))
    document = read_pdf(write_pdf([PageSpec(letters() + hatch)]), max_pages=5)
    assert "page_too_complex" in [f.code for f in document.findings]


def test_dense_rulings_are_capped_with_a_finding() -> None:
    net = "".join(f"{i} 0 m {i} 3000 l S 0 {i} m 3000 {i} l S\n" for i in range(0, 3000, 8))
    document = read_pdf(write_pdf([PageSpec(net, (0, 0, 3000, 3000))]), max_pages=5)
    assert [f.code for f in document.findings] == ["page_too_complex"]


def test_text_of_another_length_than_its_characters_is_asked_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_pdf([PageSpec(lattice() + letters())])
    whole = read_pdf(data, max_pages=5)
    monkeypatch.setattr(pdfium, "get_text", lambda *_: 3)
    assert rows(grids(read_pdf(data, max_pages=5))[0]) == rows(grids(whole)[0])


def test_the_library_can_be_called_without_its_addresses() -> None:
    import pypdfium2.raw as raw

    slow = pdfium._adapted(raw.FPDF_GetPageCount)
    bounds = pdfium._adapted(raw.FPDF_GetPageBoundingBox)
    data = write_pdf([PageSpec("")] * 2)
    with pdfium.opened(data, 5) as (document, count):
        assert slow(document) == count == 2
        with pdfium.loaded(document, 0) as handles:
            assert handles is not None
            assert bounds(handles[0], pdfium._at)
            assert pdfium._scratch[2] == 595


def test_a_page_is_read_the_same_without_the_addresses_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    import pypdfium2.raw as raw

    data = write_pdf([PageSpec(lattice() + letters())])
    whole = read_pdf(data, max_pages=5)
    for name, function in (
        ("_get_loose_box", raw.FPDFText_GetLooseCharBox),
        ("_get_angle", raw.FPDFText_GetCharAngle),
        ("_object_bounds", raw.FPDFPageObj_GetBounds),
        ("_draw_mode", raw.FPDFPath_GetDrawMode),
    ):
        monkeypatch.setattr(pdfium, name, pdfium._adapted(function))
    assert read_pdf(data, max_pages=5) == whole


def test_more_is_asked_of_a_page_than_fits_the_memory_for_answers() -> None:
    squares = [(10.0 + 3 * (k % 150), 10.0 + 3 * (k // 150)) for k in range(2 * AT_ONCE + 7)]
    data = write_pdf([PageSpec("".join(f"{x} {y} 1 1 re f\n" for x, y in squares))])
    with pdfium.opened(data, 5) as (document, _), pdfium.loaded(document, 0) as handles:
        assert handles is not None
        objects = [found for found in pdfium.page_objects(handles[0], len(squares)) if found]
        told = pdfium.all_bounds(list(map(pdfium.wrapped, objects)))
    assert told.tolist() == [[x, y, x + 1, y + 1] for x, y in squares]


def test_a_picture_without_text_is_a_finding() -> None:
    image = "q 300 0 0 300 100 100 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x7f EI Q"
    document = read_pdf(write_pdf([PageSpec(image)]), max_pages=5)
    assert [f.code for f in document.findings] == ["page_without_text", "page_recognised" if extra.installed() else extra.CODE]
    assert document.pages[0].blocks == ()
