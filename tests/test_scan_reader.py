"""Pictures of pages: what the extra reads, what it refuses, and what is said where it is not installed."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gov_extract import extract
from gov_extract.document import Grid
from gov_extract.readers.scan import extra
from tests.measure.corpus import DOCUMENTS, documents, truth_of

SHARED = Path(__file__).parents[1].parent / "shared"
ocr = pytest.mark.skipif(not extra.installed(), reason=f"the extra ocr is not installed: {extra.INSTALL}")
SCANS = [path for path in documents() if truth_of(path)["kind"].startswith("scan_")]


def table_picture(figures: list[list[str]], dpi: int = 200) -> np.ndarray[Any, Any]:
    """A ruled table with Latin figures, drawn by Pillow's own font."""
    from PIL import Image, ImageDraw, ImageFont

    row, column, left, top = round(0.3 * dpi), round(0.9 * dpi), dpi, dpi
    picture = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 255)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(round(0.14 * dpi))
    for r in range(len(figures) + 1):
        pen.line((left, top + r * row, left + len(figures[0]) * column, top + r * row), fill=0, width=2)
    for c in range(len(figures[0]) + 1):
        pen.line((left + c * column, top, left + c * column, top + len(figures) * row), fill=0, width=2)
    for r, texts in enumerate(figures):
        for c, text in enumerate(texts):
            pen.text((left + (c + 0.5) * column, top + (r + 0.5) * row), text, fill=0, font=font, anchor="mm")
    return np.asarray(picture)


FIGURES = [["0", "12", "", "447228"], ["7", "-", "1", "96171.6"], ["", "3050", "0", "8"]]


def texts_of(pixels: np.ndarray[Any, Any], dpi: float = 200.0) -> list[list[str]]:
    from gov_extract.readers.scan.page import read_picture

    page = read_picture(pixels, dpi, 1)
    grid = next(block for block in page.blocks if isinstance(block, Grid))
    assert page.reader == "ocr"
    return [[cell.text for cell in grid.cells if cell.row == r] for r in range(grid.n_rows)]


@ocr
def test_every_cell_of_a_ruled_table_is_read_and_blank_ones_are_proven_blank() -> None:
    assert texts_of(table_picture(FIGURES)) == FIGURES


@ocr
def test_a_skewed_page_is_laid_straight() -> None:
    from PIL import Image

    skewed = Image.fromarray(table_picture(FIGURES)).rotate(2.2, Image.Resampling.BICUBIC, fillcolor=255)
    assert texts_of(np.asarray(skewed)) == FIGURES


@ocr
def test_a_red_seal_over_figures_is_taken_off() -> None:
    from PIL import Image, ImageDraw

    picture = Image.fromarray(table_picture(FIGURES)).convert("RGB")
    seal = Image.new("RGB", picture.size, (255, 255, 255))
    pen = ImageDraw.Draw(seal)
    pen.ellipse((300, 180, 620, 500), outline=(200, 30, 40), width=7)
    pen.line((330, 340, 600, 300), fill=(200, 30, 40), width=6)
    stamped = np.minimum(np.asarray(picture), np.asarray(seal))
    assert texts_of(stamped) == FIGURES


PALE = [(214, 214, 214), (230, 230, 230), (255, 255, 0), (255, 240, 60)]


def worn(colours: list[tuple[int, int, int]], dpi: int) -> np.ndarray[Any, Any]:
    """A row of figures in each of some inks and one of blank places below, on cream paper with noise, kept as JPEG."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.fromarray(table_picture([[""] * len(colours)] * 2, dpi)).convert("RGB")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(round(0.14 * dpi))
    for c, colour in enumerate(colours):
        place = dpi + (c + 0.5) * round(0.9 * dpi), dpi + 0.5 * round(0.3 * dpi)
        pen.text(place, "38", fill=colour, font=font, anchor="mm")
    noise = np.random.default_rng(5).normal(0, 4, (*picture.size[::-1], 3))
    soiled = np.asarray(picture) * np.array([0.98, 0.96, 0.92]) + noise
    kept = io.BytesIO()
    Image.fromarray(np.clip(soiled, 0, 255).astype(np.uint8)).save(kept, "JPEG", quality=75)
    return np.asarray(Image.open(kept).convert("RGB"))


@ocr
@pytest.mark.parametrize("dpi", [150, 200])
def test_a_place_with_pale_or_yellow_ink_is_not_proven_to_be_blank(dpi: int) -> None:
    from gov_extract.readers.scan.page import read_picture

    grid = next(b for b in read_picture(worn(PALE, dpi), float(dpi), 1).blocks if isinstance(b, Grid))
    first, second = ([cell.readings for cell in grid.cells if cell.row == r] for r in range(2))
    assert len(first) == len(second) == len(PALE)
    # Whatever is read there: never that there is nothing.
    assert all(readings[0].confidence == 0 for readings in first if not readings[0].text)
    assert all([reading.text for reading in readings] == ["", ""] for readings in second)


@ocr
@pytest.mark.parametrize("name", ["scan_200_clean", "scan_200_seal", "scan_150_noise"])
@pytest.mark.skipif(not SHARED.exists(), reason="the samples are not here")
def test_every_figure_of_a_real_scan_is_exact(name: str) -> None:
    truth = json.loads((SHARED / "real" / "huaian-city-2024.truth.json").read_text("utf-8"))
    report = extract(SHARED / "samples" / f"{name}.pdf")
    got = {(cell.table, cell.row, cell.column): (cell.value, cell.state) for cell in report.cells}
    assert got == {tuple(key): (value, "read") for *key, value in truth["cells"]}
    assert (report.status, report.reader) == ("complete", "ocr")
    assert all(check.passed for check in report.checks if check.kind == "within")
    assert not [f for f in report.findings if f.severity in ("warning", "error")]


@ocr
def test_a_page_whose_fonts_map_to_nothing_is_read_as_a_picture() -> None:
    path = SHARED / "samples" / "real_nomap.pdf"
    if not path.exists():
        pytest.skip("the samples are not here")
    report = extract(path)
    assert report.reader in ("ocr", "mixed")
    assert "page_recognised" in {f.code for f in report.findings}
    assert any(cell.state == "read" for cell in report.cells)


def test_without_the_extra_a_scanned_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "installed", lambda: False)
    report = extract(next(path for path in SCANS if path.suffix == ".pdf"))
    assert report.status == "failed"
    assert any("pip install 'gov-extract[ocr]'" in f.message for f in report.findings if f.code == "ocr_not_installed")


def test_without_the_extra_a_picture_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "installed", lambda: False)
    report = extract(png(table_picture(FIGURES)), name="scan.png")
    assert (report.status, [f.code for f in report.findings]) == ("failed", ["ocr_not_installed"])
    assert "pip install 'gov-extract[ocr]'" in (report.error or "")


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


@ocr
def test_a_picture_that_declares_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    report = extract(data, name="bomb.png")
    assert report.status == "failed"
    assert report.findings[0].code in ("too_large", "damaged")


@ocr
@pytest.mark.parametrize("tolerated", [False, True])
def test_a_torn_picture_is_damaged_and_nothing_else(tolerated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import ImageFile

    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerated)  # as some libraries set it for all
    report = extract(png(table_picture(FIGURES))[:4000], name="torn.png")
    assert (report.status, report.findings[0].code) == ("failed", "damaged")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is tolerated


def test_a_model_that_is_not_there_is_an_error_and_never_fetched() -> None:
    from gov_extract.errors import MissingExtraError

    with pytest.raises(MissingExtraError, match="does not carry the model"):
        extra.model("no_such_model.onnx")


def test_there_are_committed_scans() -> None:
    assert len(SCANS) >= 3
    assert DOCUMENTS.is_dir()


def test_the_resolution_that_a_file_names_is_believed_only_where_it_makes_a_sheet_of_paper() -> None:
    from gov_extract.readers.scan.images import resolution

    assert resolution((200, 200), 1654, 2339) == 200
    assert resolution((72, 72), 2480, 3508) == pytest.approx(2480 / 8.27)
    assert resolution(None, 1169, 827) == pytest.approx(100.0, abs=0.5)


def test_a_picture_of_sixteen_bits_becomes_gray_without_a_wide_copy() -> None:
    import tracemalloc

    from gov_extract.readers.scan.images import eight_bits

    values = np.linspace(0, 65535, 2000 * 1000).astype(np.uint16).reshape(2000, 1000)
    tracemalloc.start()
    gray = eight_bits(values)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (gray.min(), gray.max()) == (0, 255)
    assert np.array_equal(gray, (values * (255.0 / 65535)).astype(np.uint8))
    assert most < 4 * values.size  # a copy of eight bytes a pixel would be more
    assert eight_bits(np.full((3, 3), -4, np.int32)).max() == 0


@ocr
def test_a_table_of_which_nothing_can_be_read_is_told() -> None:
    from io import BytesIO

    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1654, 2339), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(28)
    for k in range(64):
        pen.text((260 + 120 * (k % 8), 250 + 100 * (k // 8)), str(17 + k), 0, font, "mm")
    for k in range(9):
        pen.line((200, 200 + 100 * k, 1160, 200 + 100 * k), 0, 3)
        pen.line((200 + 120 * k, 200, 200 + 120 * k, 1000), 0, 3)
    out = BytesIO()
    picture.save(out, "PNG", dpi=(200, 200))
    report = extract(out.getvalue(), name="scan.png")
    assert report.status == "no_tables"
    assert "tables_unread" in {finding.code for finding in report.findings}
