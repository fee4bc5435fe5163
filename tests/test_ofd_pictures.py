"""Pages of an OFD that are pictures: drawn as they lie, what they hide is not read, and recognised where the extra is there."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from gov_extract.document import Grid
from gov_extract.readers import Limits, read
from gov_extract.readers.ofd import read_ofd
from gov_extract.readers.ofd.package import Parts, bodies
from gov_extract.readers.ofd.page import draft_leaf
from gov_extract.readers.ofd.pictures import Image, drawn
from gov_extract.readers.scan import extra
from tests.ofd_writer import letters, ruled, write
from tests.test_scan_reader import FIGURES, ocr, table_picture

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
MEDIA = '<MultiMedias><MultiMedia ID="50" Type="Image"><MediaFile>{name}</MediaFile></MultiMedia></MultiMedias>'
WHOLE = "190 0 0 270 0 0"


def shown(matrix: str = WHOLE, content: bytes = PNG, before: str = "", after: str = "", name: str = "scan.png") -> bytes:
    """A package whose second page shows a picture."""
    image = f'<ImageObject ID="4" Boundary="10 10 190 270" ResourceID="50" CTM="{matrix}"/>'
    resources = MEDIA.format(name=name)
    return write(letters() + ruled(), before + image + after, resources=resources, parts={f"Doc_0/Res/{name}": content})


def picture(pixels: np.ndarray[Any, Any], kind: str = "PNG") -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def halves(height: int = 270, width: int = 190) -> np.ndarray[Any, Any]:
    """Black above, gray on the left below, white on the right below."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[: height // 2] = 0
    pixels[height // 2 :, : width // 2] = 128
    return pixels


def test_a_page_that_is_a_picture_is_named_where_it_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_ofd(shown(), Limits())
    assert [picture.page for picture in found.pictures] == [2]
    if extra.installed():
        assert [(f.code, f.page) for f in found.findings] == [("page_without_text", 2), ("page_not_recognised", 2)]
    monkeypatch.setattr(extra, "installed", lambda: False)
    found = read_ofd(shown(), Limits())
    assert [(f.code, f.page) for f in found.findings] == [("page_without_text", 2), ("ocr_not_installed", 2)]


@ocr
@pytest.mark.parametrize(
    ("matrix", "corners"),
    [
        (WHOLE, (0, 0, 128, 255)),  # as it lies: upper left, upper right, lower left, lower right
        ("-190 0 0 -270 190 270", (255, 128, 0, 0)),  # on its head
        ("0 270 -190 0 190 0", (128, 0, 255, 0)),  # a quarter turn with the clock
    ],
)
def test_pictures_are_drawn_where_and_as_they_lie(matrix: str, corners: tuple[int, ...]) -> None:
    parts = Parts(shown(matrix, picture(halves())), Limits())
    drafted = draft_leaf(parts, bodies(parts)[0].pages[1], 2)
    assert drafted is not None
    pixels, dpi = drawn(drafted.images, drafted.size, parts.bytes_of)
    assert pixels.shape[:2] == (round(297 / 25.4 * dpi), round(210 / 25.4 * dpi))

    def at(x: float, y: float) -> int:
        return int(pixels[round(y / 25.4 * dpi), round(x / 25.4 * dpi), 0])

    assert [at(*place) for place in ((40, 40), (170, 40), (40, 250), (170, 250))] == pytest.approx(corners, abs=2)
    assert [at(*place) for place in ((5, 150), (205, 150), (100, 5), (100, 290))] == [255] * 4


@ocr
def test_what_shines_through_a_picture_stays_and_what_it_hides_goes() -> None:
    scan, seal = picture(halves()), np.zeros((270, 190, 4), np.uint8)
    seal[200:260, 100:180] = (255, 0, 0, 255)
    image = '<ImageObject ID="{0}" Boundary="10 10 190 270" ResourceID="{0}"/>'
    media = "".join(f'<MultiMedia ID="{n}" Type="Image"><MediaFile>{n}.png</MediaFile></MultiMedia>' for n in (50, 51))
    files: dict[str, str | bytes] = {"Doc_0/Res/50.png": scan, "Doc_0/Res/51.png": picture(seal)}
    data = write(image.format(50) + image.format(51), resources=f"<MultiMedias>{media}</MultiMedias>", parts=files)
    parts = Parts(data, Limits())
    drafted = draft_leaf(parts, bodies(parts)[0].pages[0], 1)
    assert drafted is not None
    pixels, dpi = drawn(drafted.images, drafted.size, parts.bytes_of)
    colours = [pixels[round(y / 25.4 * dpi), round(x / 25.4 * dpi)].tolist() for x, y in ((40, 40), (150, 240))]
    assert colours[0] == [0, 0, 0]
    assert colours[1] == pytest.approx([255, 0, 0], abs=2)


def test_text_under_a_picture_is_not_read_and_text_that_shines_through_is() -> None:
    solid, thin = picture(halves()), picture(np.zeros((27, 19, 4), np.uint8))
    jpeg = picture(halves(), "JPEG")
    for content, seen in ((solid, False), (jpeg, False), (thin, True)):
        found = read_ofd(shown(content=content, before=letters() + ruled()), Limits())
        assert ("信息内容" in found.pages[1].text) == seen
        found = read_ofd(shown(content=content, after=letters() + ruled()), Limits())
        assert "信息内容" in found.pages[1].text
        # The picture is not read in place of what is typed over it: a form filled in would seem to be blank.
        assert {f.code for f in found.findings} & {"page_not_recognised", "ocr_not_installed"}


@ocr
@pytest.mark.parametrize("name", ["scan_in_ofd", "scan_jpg", "scan_gif"])
def test_scans_in_other_containers_read_as_their_pages(name: str) -> None:
    from fixtures.generator.scan_files import CONTAINERS, Look, Sheet

    pages = [Sheet(table_picture(FIGURES), (0, 0)), Sheet(table_picture(FIGURES[::-1]), (0, 0))]
    suffix, pack = CONTAINERS[name]
    for seed in range(4 if name == "scan_in_ofd" else 1):  # which decides how an OFD is written
        found = read(pack(pages, Look(200, seed, 90, bilevel=False)), name=f"scan{suffix}")
        made = [block for page in found.pages for block in page.blocks if isinstance(block, Grid)]
        assert [[cell.text for cell in grid.cells] for grid in made] == [
            [text for row in rows for text in row] for rows in (FIGURES, FIGURES[::-1])
        ]


def seen_under(extra_image: str = "", boundary: str = "10 10 190 270", content: bytes | None = None) -> set[str]:
    """What is read of a table of letters under a picture."""
    image = f'<ImageObject ID="4" Boundary="{boundary}" ResourceID="50" CTM="{WHOLE}"{extra_image}/>'
    parts = {"Doc_0/Res/scan.png": content or picture(halves())}
    found = read_ofd(write(letters() + ruled() + image, resources=MEDIA.format(name="scan.png"), parts=parts), Limits())
    grids = [block for page in found.pages for block in page.blocks if isinstance(block, Grid)]
    return {cell.text for grid in grids for cell in grid.cells if cell.text}


def test_a_picture_hides_only_where_nothing_is_seen_through_it_and_where_it_is_shown() -> None:
    whole = {"信息内容", "本年制", "12", "规章", "0", "345", "行政许可", "6.5", "-"}
    assert seen_under(' ImageMask="51"') == whole
    assert seen_under(' BlendMode="Multiply"') == whole
    assert seen_under(' Alpha="30"') == whole
    assert seen_under(boundary="10 200 190 80") == whole
    assert not seen_under() & whole


@ocr
@pytest.mark.parametrize("cut", ['ImageMask="51"', 'BlendMode="Multiply"'])
def test_pictures_that_are_masked_or_mixed_are_not_read(cut: str) -> None:
    image = f'<ImageObject ID="4" Boundary="10 10 190 270" ResourceID="50" CTM="{WHOLE}" {cut}/>'
    data = write(image, resources=MEDIA.format(name="scan.png"), parts={"Doc_0/Res/scan.png": picture(halves())})
    assert "page_not_recognised" in {finding.code for finding in read_ofd(data, Limits()).findings}


@ocr
def test_a_thin_picture_over_a_scan_lets_it_show() -> None:
    scan, veil = picture(halves()), picture(np.full((27, 19), 255, np.uint8))
    objects = (
        f'<ImageObject ID="4" Boundary="10 10 190 270" ResourceID="50" CTM="{WHOLE}"/>'
        f'<ImageObject ID="5" Boundary="10 10 190 270" ResourceID="51" CTM="{WHOLE}" Alpha="51"/>'
    )
    media = "".join(f'<MultiMedia ID="{n}" Type="Image"><MediaFile>{n}.png</MediaFile></MultiMedia>' for n in (50, 51))
    files: dict[str, str | bytes] = {"Doc_0/Res/50.png": scan, "Doc_0/Res/51.png": veil}
    parts = Parts(write(objects, resources=f"<MultiMedias>{media}</MultiMedias>", parts=files), Limits())
    drafted = draft_leaf(parts, bodies(parts)[0].pages[0], 1)
    assert drafted is not None
    pixels, dpi = drawn(drafted.images, drafted.size, parts.bytes_of)
    assert pixels[round(60 / 25.4 * dpi), round(60 / 25.4 * dpi), 0] == pytest.approx(51, abs=3)


def test_what_is_drawn_or_typed_over_a_picture_page_keeps_it_from_being_read_as_the_picture_alone() -> None:
    from tests.ofd_writer import path, text

    image = '<ImageObject ID="4" Boundary="0 0 210 297" ResourceID="50" CTM="210 0 0 297 0 0"/>'
    for over in (text(60, 33, "99"), path("M 0 0 L 5 0 L 5 5 L 0 5 C", "60 60 5 5", Stroke="false", Fill="true")):
        data = write(image + over, resources=MEDIA.format(name="scan.png"), parts={"Doc_0/Res/scan.png": picture(halves())})
        parts = Parts(data, Limits())
        drafted = draft_leaf(parts, bodies(parts)[0].pages[0], 1)
        assert drafted is not None
        assert drafted.typed
    numbered = write(image + text(100, 285, "12"), resources=MEDIA.format(name="scan.png"), parts={"Doc_0/Res/scan.png": PNG})
    parts = Parts(numbered, Limits())
    drafted = draft_leaf(parts, bodies(parts)[0].pages[0], 1)
    assert drafted is not None
    assert not drafted.typed


@ocr
def test_pictures_shown_again_and_again_are_refused_before_they_fill_the_memory() -> None:
    from gov_extract.errors import LimitError

    image = Image("scan.png", (500.0, 0.0, 0.0, 500.0, 0.0, 0.0))
    large = picture(np.zeros((2500, 2500), np.uint8))
    with pytest.raises(LimitError):
        drawn([image] * 40, (595.0, 842.0), lambda _: large)
