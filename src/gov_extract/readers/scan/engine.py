"""The two neural networks: what they take and give, nothing of pages.

In: gray crops of single lines, or a gray page. Out: what a line says, decoded freely and as a figure only, each with its
probability; or where lines are. The models lie inside an installed package (see `extra`) and run on one thread: documents
are read side by side in processes of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan import extra
from gov_extract.readers.scan.pixels import Pixels

HEIGHT = 48
"""Pixels of a line's height that the recogniser was trained on."""
NARROWEST, WIDEST = 96, 1600
"""Pixels of a crop's width: narrower ones are filled up (320 is what the model was trained on; 96 reads figures as well, three
times faster), wider ones squeezed."""
STEP = 32
"""Pixels by which widths are rounded up, so that few different shapes are run."""
BATCH = 16 * 320
"""Pixels of width run at once: what bounds the memory that a batch takes."""
MINUS = ("-", "－", "−", "–", "—")
FIGURES = "0123456789.,"
"""What a figure alone is decoded to."""
SIDE = 32
"""Pixels of which the detector's input has a multiple."""
LIKELY, SURE_BOX = 0.3, 0.5
"""Probability from which a pixel belongs to text, and mean probability of a line."""
AROUND = 1.6
"""The detector marks the core of a line: by this share of area over perimeter it is made larger again."""

_Floats = npt.NDArray[np.float32]


class Decoded(NamedTuple):
    """A line's text with the probability of its least certain character; `figure` is the same as a figure only; `leading` is
    the probability of the least certain character of the figure that the text begins with, 0 where it begins with none."""

    text: str
    confidence: float
    figure: str
    figure_confidence: float
    leading: float = 0.0


def _session(name: str) -> Any:
    extra.require()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(extra.model(name)), options, providers=["CPUExecutionProvider"])


class _Recogniser(NamedTuple):
    session: Any
    alphabet: tuple[str, ...]
    figures: npt.NDArray[np.int64]


@cache
def _recogniser() -> _Recogniser:
    session = _session(extra.RECOGNISER)
    alphabet = ("", *session.get_modelmeta().custom_metadata_map["character"].splitlines(), " ")
    kept = np.array([0, *(i for i, char in enumerate(alphabet) if char and char in FIGURES)])
    return _Recogniser(session, alphabet, kept)


@cache
def _detector() -> Any:
    return _session(extra.DETECTOR)


def recognise(crops: Sequence[Pixels]) -> list[Decoded]:
    """What single lines say."""
    network = _recogniser()
    found: list[Decoded | None] = [None] * len(crops)
    ratios = [crop.shape[1] / crop.shape[0] for crop in crops]
    order = sorted(range(len(crops)), key=ratios.__getitem__)
    start = 0
    while start < len(order):
        end, width = start, 0
        while end < len(order):
            wider = _width(ratios[order[end]])
            if end > start and wider * (end - start + 1) > BATCH:
                break
            width, end = wider, end + 1
        batch = order[start:end]
        outputs = network.session.run(None, {"x": np.stack([_input(crops[i], width) for i in batch])})[0]
        for i, output in zip(batch, outputs, strict=True):
            found[i] = _decoded(output, network)
        start = end
    return [decoded for decoded in found if decoded is not None]


def _width(ratio: float) -> int:
    wanted = min(WIDEST, max(NARROWEST, round(HEIGHT * ratio)))
    return -(-wanted // STEP) * STEP


def _input(crop: Pixels, width: int) -> _Floats:
    import cv2

    height, own = crop.shape
    inner = min(width, max(1, round(HEIGHT * own / height)))
    by = cv2.INTER_CUBIC if height < HEIGHT else cv2.INTER_AREA
    small = cv2.resize(crop, (inner, HEIGHT), interpolation=by)
    out = np.zeros((3, HEIGHT, width), np.float32)
    out[:, :, :inner] = small.astype(np.float32) / 127.5 - 1
    return out


def _decoded(output: _Floats, network: _Recogniser) -> Decoded:
    text, chances = _path(output.argmax(1), output.max(1), network.alphabet)
    few = output[:, network.figures]
    shares = few.max(1) / np.maximum(few.sum(1), 1e-9)
    figure, sure = _path(network.figures[few.argmax(1)], shares, network.alphabet)
    sign = int(text[:1] in MINUS)
    begins = sign + sum(1 for _ in takewhile(lambda char: char in FIGURES, text[sign:]))
    return Decoded(text, min(chances, default=0.0), figure, min(sure, default=0.0), min(chances[:begins], default=0.0))


def _path(best: npt.NDArray[np.int64], chances: _Floats, alphabet: Sequence[str]) -> tuple[str, list[float]]:
    """The characters of the likeliest path (each counts once, however long it lasts), and their chances."""
    chars: list[str] = []
    sure: list[float] = []
    last = 0
    for k, chance in zip(best.tolist(), chances.tolist(), strict=True):
        if k and k != last:
            chars.append(alphabet[k])
            sure.append(chance)
        elif k:
            sure[-1] = max(sure[-1], chance)
        last = k
    return "".join(chars), sure


def detect(page: Pixels) -> list[tuple[int, int, int, int]]:
    """Where lines of text are on a page at about 100 dots per inch: left, top, right, bottom in pixels."""
    import cv2

    height, width = page.shape
    padded = np.full((-(-height // SIDE) * SIDE, -(-width // SIDE) * SIDE), 255, np.uint8)
    padded[:height, :width] = page
    tensor = np.repeat((padded.astype(np.float32) / 127.5 - 1)[None, None], 3, 1)
    likely = _detector().run(None, {"x": tensor})[0][0, 0]
    mask = cv2.dilate((likely > LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
    _, marks, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for n, (x, y, w, h, area) in enumerate(stats.tolist()):
        if n == 0 or min(w, h) < 3:
            continue
        own = marks[y : y + h, x : x + w] == n
        if float(likely[y : y + h, x : x + w][own].mean()) < SURE_BOX:
            continue
        more = AROUND * area / (2 * (w + h))
        found.append(
            (
                max(0, int(x - more)),
                max(0, int(y - more)),
                min(width, int(np.ceil(x + w + more))),
                min(height, int(np.ceil(y + h + more))),
            )
        )
    return found
