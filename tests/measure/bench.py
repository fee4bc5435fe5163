"""How fast: ratios in one run, interleaved, sums over files.

``python -m tests.measure.bench [--rounds N]`` takes the PDFs of the fixtures and of ``../shared`` and prints, for those that
need no second reading and for those that do, the time of the whole `extract()` against the bare pdfium load (document,
pages, text pages, objects) and against pdfplumber's ``extract_tables()``, and a worker's peak memory; then seconds a scanned
page, and memory, where the extra ``ocr`` is installed (`tests.measure.scans`). It exits with 1 when a bound is broken.
"""

from __future__ import annotations

import argparse
import ctypes
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
# Bounds of the sums over files that need no second reading.
LOAD = 2.5
PLUMBER = 6.0
MEGABYTES = 150


def pdfs() -> list[Path]:
    """The PDFs measured: the fixtures', and the real and sample ones with a text layer where they are at hand."""
    found = sorted(p for p in (ROOT / "fixtures" / "documents").glob("*.pdf") if not p.name.startswith("scan"))
    if SHARED.exists():
        found += sorted((SHARED / "real").glob("*.pdf"))
        found += sorted(path for path in (SHARED / "samples").glob("*.pdf") if not path.name.startswith("scan"))
    return found


def load(data: bytes) -> int:
    """What pdfium needs before anyone reads: document, pages, text pages, objects. Returns the number of objects."""
    import pypdfium2.raw as raw

    document = raw.FPDF_LoadMemDocument64(data, len(data), None)
    count = 0
    for number in range(raw.FPDF_GetPageCount(document)):
        page = raw.FPDF_LoadPage(document, number)
        text = raw.FPDFText_LoadPage(page)
        count += raw.FPDFText_CountChars(text)
        for k in range(raw.FPDFPage_CountObjects(page)):
            raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page, k))
            count += 1
        raw.FPDFText_ClosePage(text)
        raw.FPDF_ClosePage(page)
    raw.FPDF_CloseDocument(document)
    return count


def plumber(data: bytes) -> int:
    """pdfplumber's tables alone."""
    import pdfplumber

    with pdfplumber.open(BytesIO(data)) as document:
        return sum(len(page.extract_tables()) for page in document.pages)


def whole(data: bytes) -> int:
    """Everything that the package does for a document."""
    from gov_extract.report import extract

    return len(extract(data, name="report.pdf").cells)


def second_reading(data: bytes) -> bool:
    """Whether a document makes the package read it a second time."""
    from gov_extract.readers import second
    from gov_extract.report import extract

    called = []
    original = second.reread

    def spy(*args: object, **kwargs: object) -> object:
        called.append(True)
        return original(*args, **kwargs)  # type: ignore[arg-type]

    second.reread = spy  # type: ignore[assignment]
    try:
        extract(data, name="report.pdf")
    finally:
        second.reread = original
    return bool(called)


def timed(function: Callable[[bytes], int], data: bytes) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    function(data)
    return time.perf_counter() - start


def peak() -> float:
    """Megabytes that a fresh process uses at its peak for reading every PDF, one by one, second readings included.

    Linux hands the peak of `getrusage` down from parent to child, through exec; that of /proc is the program's own.
    """
    code = (
        "import sys; from pathlib import Path; from gov_extract.report import extract\n"
        "from gov_extract.readers.scan import extra; extra.installed = lambda: False\n"
        "for name in sys.argv[1:]: extract(Path(name))\n"
        "status = dict(line.split(':', 1) for line in Path('/proc/self/status').read_text().splitlines())\n"
        "print(int(status['VmHWM'].split()[0]) / 1024)"
    )
    names = [str(path) for path in pdfs()]
    done = subprocess.run([sys.executable, "-c", code, *names], check=True, capture_output=True, text=True)
    return float(done.stdout.strip())


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args(argv)
    from tests.measure import scans
    from tests.measure.stress import recognising

    with recognising(on=False):  # what is measured here is the reading of digital pages
        failed = digital(args.rounds)
    return int(scans.main([]) or failed)


def digital(rounds: int) -> bool:
    """Print the figures of digital documents; whether a bound is broken."""
    import pypdfium2

    ctypes.c_int(pypdfium2.PYPDFIUM_INFO.major)  # the library is loaded and initialised before the first round
    files = [(path.name, path.read_bytes()) for path in pdfs()]
    for _, data in files:  # warm: imports, caches
        whole(data)
    groups: dict[bool, list[tuple[str, bytes]]] = {False: [], True: []}
    for name, data in files:
        groups[second_reading(data)].append((name, data))
    failed = False
    for again, members in groups.items():
        if not members:
            continue
        sums = {"load": 0.0, "extract": 0.0, "pdfplumber": 0.0}
        for turn in range(rounds):
            for _, data in members:
                sums["load"] += timed(load, data)
                sums["extract"] += timed(whole, data)
                if turn == 0:  # slow and steady: once is enough, weighted below
                    sums["pdfplumber"] += timed(plumber, data) * rounds
        to_load, faster = sums["extract"] / sums["load"], sums["pdfplumber"] / sums["extract"]
        each = 1000 / rounds / len(members)
        print(f"{'with' if again else 'without'} a second reading: {len(members)} PDFs")
        print(f"  a document: load {sums['load'] * each:.1f} ms, extract {sums['extract'] * each:.1f} ms, "
              f"pdfplumber's tables alone {sums['pdfplumber'] * each:.1f} ms")  # fmt: skip
        print(f"  extract takes {to_load:.2f} of the load; pdfplumber takes {faster:.1f} of extract")
        if not again:
            failed = to_load > LOAD or faster < PLUMBER
    memory = peak()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of a worker: {memory:.0f} MB; of this process {own} MB")
    failed = failed or memory > MEGABYTES
    print(f"bounds: extract at most {LOAD} of the load, pdfplumber at least {PLUMBER} of extract, {MEGABYTES} MB: "
          f"{'BROKEN' if failed else 'hold'}")  # fmt: skip
    return failed


if __name__ == "__main__":
    sys.exit(main())
