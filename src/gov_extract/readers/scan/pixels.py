"""Pixels → the gray page that is read: upright, straight, even in its light, without coloured seals.

In: pixels of a page (gray, or RGB) and their resolution. Out: a `Sheet` at the working resolution, white near 255, ink near 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

LOWEST, HIGHEST = 200.0, 300.0
"""Dots per inch between which pages are read: the recogniser wants characters of 48 pixels, and smaller ones made large are no
worse than smaller ones; more than 300 only costs time."""
COLOURED = 60
"""Difference between a pixel's strongest and weakest channel from which it is coloured."""
SEAL = 0.8
"""Inches in both directions from which what is coloured and hangs together can be a seal: they measure 1.4 to 1.8."""
BLEACH = 0.4
"""By how much of its colour's strength a seal's ink is made brighter than its strongest channel, which is not white."""
BLACK, PRINTED = 60, 130
"""Strongest channel up to which ink is print, seal over it or not, and from which it is none."""
FAR = 1.15
"""How far a seal's own colour reaches around its largest piece (the ring), in that piece's size."""
GROUND = 0.3
"""Inches over which the paper's own brightness is looked for: more than a character, less than a shadow."""
DARKEST_GROUND = 110
"""What is darker over that breadth is no paper."""
INK_SHARE = 0.002
"""Share of a page's pixels that its darkest ink is told by."""
WEAKEST = 60.0
"""Least difference between paper and ink; a page without text must not have its noise blown up to ink."""


class Sheet(NamedTuple):
    """A page to be read: `gray` has white paper (255) and black ink (0), `dpi` is its resolution in both directions."""

    gray: Pixels
    dpi: float

    @property
    def to_points(self) -> float:
        """Points a pixel."""
        return 72.0 / self.dpi


def to_gray(pixels: Pixels, dpi: float) -> Pixels:
    """Gray values, coloured seals taken off: the strongest channel shows coloured ink as white and black ink as black.

    Colour is taken off only around what is as large as a seal: figures printed in colour stay.
    """
    import cv2

    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 1:
        return pixels[:, :, 0]
    rgb = pixels[:, :, :3]
    gray = np.array(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    coloured = (rgb.max(2) - rgb.min(2) > COLOURED).astype(np.uint8)
    if not coloured.any():
        return gray
    for x0, y0, x1, y1 in _seals(coloured, dpi):
        part = rgb[y0:y1, x0:x1]
        bright = part.max(2).astype(np.float32)
        # JPEG and scanners keep colour more coarsely than light: around a seal's ink lies a dark rim without it.
        strength = cv2.dilate(part.max(2) - part.min(2), np.ones((3, 3), np.uint8))
        bright += BLEACH * strength * np.clip((bright - BLACK) / (PRINTED - BLACK), 0, 1)
        gray[y0:y1, x0:x1] = np.maximum(gray[y0:y1, x0:x1], np.minimum(bright, 255).astype(np.uint8))
    return gray


def _seals(coloured: Pixels, dpi: float) -> list[tuple[int, int, int, int]]:
    """Where seals can lie. Looked for at a quarter of the resolution, where the gaps in a worn ring are closed."""
    import cv2

    step = max(1, round(dpi / 50))
    small = cv2.dilate(coloured, np.ones((step, step), np.uint8))[::step, ::step]
    small = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8)
    found = []
    for x, y, w, h, area in stats[1:].tolist():
        w, h, x, y = w * step, h * step, x * step, y * step
        if min(w, h) < SEAL * dpi or area * step * step > 0.6 * w * h:  # a filled block is a background
            continue
        more_x, more_y = (FAR - 1) / 2 * w, (FAR - 1) / 2 * h
        found.append((max(0, int(x - more_x)), max(0, int(y - more_y)), int(x + w + more_x), int(y + h + more_y)))
    return found


def even(gray: Pixels, dpi: float) -> Pixels:
    """The page with its light made even, its paper white and its ink black."""
    import cv2

    step = max(1, round(dpi / 40))
    small = cv2.resize(gray, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    size = max(3, round(GROUND * dpi / step) | 1)
    ground = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    ground = cv2.GaussianBlur(ground, (0, 0), size / 2)
    ground = cv2.resize(np.maximum(ground, DARKEST_GROUND), gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    level = np.asarray(cv2.divide(gray, ground, scale=255), np.uint8)
    darkest = float(np.quantile(level[:: max(1, step // 2), :: max(1, step // 2)], INK_SHARE))
    low = min(darkest, 255.0 - WEAKEST)
    table = np.clip((np.arange(256) - low) * 255 / (255 - low), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(level, table), np.uint8)


def working_scale(dpi: float) -> float:
    """By what a page's pixels are multiplied to be read."""
    return LOWEST / dpi if dpi < LOWEST else HIGHEST / dpi if dpi > HIGHEST else 1.0
