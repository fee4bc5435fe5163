"""How fast scans are read, and how sure their readings are.

``python -m tests.measure.scans [--pages N]`` reads the committed scans and, page by page in the same run, gives the same pages
to rapidocr's own page OCR; both on one thread. Prints seconds a page, the peak memory of a worker that reads them, and fails
where pages with tables are slower than page OCR or the worker takes more than its bound. ``--calibrate N`` prints how often
figures of N fresh scans of each kind were read right, by what their decodings said together: what
``data/ocr_confidence.toml`` is to be fitted to.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.measure.corpus import documents, truth_of

MEGABYTES = 1200
SLOWER = 1.0
"""Time of a page with tables over that of page OCR, at most."""
BUCKETS = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 0.98, 0.995)


def scans() -> list[Path]:
    """The committed scans in PDFs."""
    return [path for path in documents() if truth_of(path)["kind"].startswith("scan_") and path.suffix == ".pdf"]


def pictures(path: Path) -> list[tuple[Any, float]]:
    """The pages of a PDF as the reader draws them."""
    from gov_extract.readers.pdf import pdfium
    from gov_extract.readers.pdf.scanned import drawn

    found = []
    with pdfium.opened(path.read_bytes(), 100) as (document, count):
        for index in range(count):
            with pdfium.loaded(document, index) as handles:
                if handles:
                    found.append(drawn(handles[0]))
    return found


def page_ocr() -> Any:
    """rapidocr's own reading of a page, on one thread, with the models that it carries."""
    from rapidocr import RapidOCR  # type: ignore[import-untyped, unused-ignore]

    return RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.log_level": "error",
        }
    )


def speed(most: int) -> bool:
    """Print seconds a page of both; whether the bound holds."""
    from gov_extract.document import Grid
    from gov_extract.readers.scan.page import read_picture

    other = page_ocr()
    sums = {True: [0.0, 0.0, 0], False: [0.0, 0.0, 0]}
    # Turned pages are not page OCR's to read.
    pages = [one for path in scans() if "scan_turned" not in truth_of(path)["tags"] for one in pictures(path)][:most]
    read_picture(pages[0][0], pages[0][1], 1)
    for pixels, dpi in pages:
        start = time.process_time()
        page = read_picture(pixels, dpi, 1)
        own = time.process_time() - start
        start = time.process_time()
        other(pixels[:, :, ::-1])
        entry = sums[any(isinstance(block, Grid) for block in page.blocks)]
        entry[0] += own
        entry[1] += time.process_time() - start
        entry[2] += 1
    for tables, (own, theirs, count) in sums.items():
        if count:
            print(f"scanned pages {'with' if tables else 'without'} tables: {count:g}; {own / count:.1f} s a page of one core, "
                  f"page OCR of the same {theirs / count:.1f} s")  # fmt: skip
    own, theirs, count = sums[True]
    return not count or own <= SLOWER * theirs


def peak() -> float:
    """Megabytes that a fresh process uses at its peak for reading the scans, one by one."""
    code = (
        "import sys; from pathlib import Path; from gov_extract.report import extract\n"
        "for name in sys.argv[1:]: extract(Path(name))\n"
        "status = dict(line.split(':', 1) for line in Path('/proc/self/status').read_text().splitlines())\n"
        "print(int(status['VmHWM'].split()[0]) / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, *map(str, scans())], check=True, capture_output=True, text=True)
    return float(done.stdout.strip())


def calibrate(n: int, seed: int) -> None:
    """Print, for buckets of what decodings say together, how many figures had it and how many of them were right."""
    from gov_extract.readers.scan import figures
    from gov_extract.report import extract
    from tests.measure.stress import scan_jobs

    figures.calibrated = lambda value: value
    counts = [[0, 0] for _ in BUCKETS]
    from collections import Counter

    kinds = ["scan_100", "scan_150", "scan_200", "scan_300"]
    for job in scan_jobs(n, seed, kinds, (), Counter()):
        printed: dict[tuple[str, str, str], tuple[object, str]] = {
            tuple(cell[:3]): (cell[3], cell[4])
            for cell in job.truth["cells"]  # type: ignore[attr-defined]
        }
        for cell in extract(job.data, name=job.name + job.suffix).cells:
            value, state = printed.get((cell.table, cell.row, cell.column), (None, "missing"))
            if cell.confidence is None or state != "read" or cell.state not in ("read", "unreadable"):
                continue
            bucket = max(k for k, low in enumerate(BUCKETS) if cell.confidence >= low)
            counts[bucket][0] += 1
            raw = (cell.raw or "").replace(",", "")
            counts[bucket][1] += cell.value == value or raw == f"{value:g}"
    for low, (count, right) in zip(BUCKETS, counts, strict=True):
        print(f"from {low}: {count} figures, {right} right{f' ({right / count:.4f})' if count else ''}")


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="scans", description=__doc__)
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--calibrate", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    from gov_extract.readers.scan import INSTALL, installed

    if not installed():
        print(f"scans left out: {INSTALL}", file=sys.stderr)
        return 0
    if args.calibrate:
        calibrate(args.calibrate, args.seed)
        return 0
    fast = speed(args.pages)
    memory = peak()
    print(f"peak memory of a worker that reads scans: {memory:.0f} MB")
    holds = fast and memory <= MEGABYTES
    print(f"bounds: tables at most {SLOWER} of page OCR, {MEGABYTES} MB: {'hold' if holds else 'BROKEN'}")
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
