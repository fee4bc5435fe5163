"""Pale and coloured ink, which gray hides: what a place must not show to be proven blank.

In: a page's pixels and the gray that is read of them. Out: the same page by each pixel's weakest channel, in which yellow is as
dark as black; and whether a place without other ink has a trace of some. Contrast is measured against the paper of the place
itself, and must stand out from its noise: a figure in pale print is no blank, and paper's texture is no figure.
"""

from __future__ import annotations

import numpy as np

from gov_extract.readers.scan.ink import blots_of
from gov_extract.readers.scan.pixels import Pixels

GRAY = 8
"""Difference between channels up to which a page is gray: what is left of its compression."""
INSET = 0.03
"""Inches from a place's border within which nothing is looked for: there ringing and remains of rulings lie."""
TALL = 0.05
"""Inches of the height of a trace: no speck, and less than a figure."""
LEAST, NOISE = 12.0, 5.0
"""Gray by which a trace is darker than its paper, and the same in standard deviations of the paper."""
SMOOTH = 0.005
"""Inches over which a place is smoothed before it is looked at."""


def weakest(pixels: Pixels, gray: Pixels) -> Pixels:
    """A page by its pixels' weakest channels; as its gray says where a seal's ink was taken off that, and for gray pages.

    Parameters
    ----------
    pixels
        Gray or RGB.
    gray
        What `to_gray` made of them.
    """
    import cv2

    if pixels.ndim == 2 or pixels.shape[2] < 3:
        return gray
    rgb = pixels[:, :, :3]
    low = np.asarray(rgb.min(2))
    plain = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    if int(cv2.subtract(plain, low).max()) <= GRAY:
        return gray
    return np.where(gray > plain, gray, low)


def smoothed(clean: Pixels, dpi: float) -> Pixels:
    """A page as `has_trace` looks at it."""
    import cv2

    return np.asarray(cv2.GaussianBlur(clean, (0, 0), SMOOTH * dpi))


def has_trace(crop: Pixels, dpi: float) -> bool:
    """Whether a place (smoothed, without rulings) has marks as high as a figure that stand out from its paper.

    What reaches the rim of what is looked at is a shadow, a fold, a ruling of the page behind, or the end of one.
    """
    inset = max(2, round(INSET * dpi))
    inner = crop[inset:-inset, inset:-inset]
    if min(inner.shape) < TALL * dpi:
        return False
    paper = float(np.median(inner))
    spread = 1.4826 * float(np.median(np.abs(inner.astype(np.float32) - paper)))
    below = int(paper - max(LEAST, NOISE * spread))
    if below <= 0 or int(inner.min()) >= below:
        return False
    height, width = inner.shape
    return any(
        blot.height >= TALL * dpi and blot.x0 > 0 and blot.top > 0 and blot.x1 < width and blot.bottom < height
        for blot in blots_of(inner, below)
    )
