"""What a large folder costs that has been read before: ``python -m tests.measure.scale [--n 50000] [--folder DIR]``.

Writes `n` small reports of 14 years (a title, a sentence, a tenth of them with the tables of the 2021 form), reads them
once, and prints for further runs their seconds and the memory of the process that plans, skips and publishes: nothing has
changed; 100 reports of one year were added; a table of metadata is given, and given again. It exits with 1 when a bound is
broken.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.handmade import report_text

# Of a run over 50,000 documents that finds nothing to do.
SECONDS, MEGABYTES = 15.0, 300
ADDED = 100
FIRST, LAST = 2011, 2024
# One report in so many has tables.
WITH_TABLES = 10
# The 2021 form begins with this year.
NEW_FORM = 2021

_RUN = """
import json, resource, sys, time
from gov_extract.run import extract_folder
start = time.perf_counter()
summary = extract_folder(sys.argv[1], sys.argv[2], metadata=sys.argv[3] if len(sys.argv) > 3 else None)
unit = 1024 * 1024 if sys.platform == "darwin" else 1024
print(json.dumps({
    "seconds": time.perf_counter() - start,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
    "read": sum(summary.read.values()), "kept": summary.kept, "years": summary.years, "rows": summary.rows,
}))
"""


def write(folder: Path, number: int, year: int) -> None:
    """One report; its name says nothing, its title who reports."""
    path = folder / f"{number // 1000:03d}" / f"r{number:06d}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    if number % WITH_TABLES == 0 and year >= NEW_FORM:
        text = report_text(year).replace("某市人民政府", f"第{number}镇人民政府")
    else:
        said = f"全年主动公开政府信息{number}条，收到申请{number % 97}件。"
        text = f"第{number}镇人民政府{year}年政府信息公开工作年度报告\n一、总体情况\n{said}\n"
    path.write_text(text, "utf-8")


def run(name: str, folder: Path, out: Path, *metadata: Path) -> dict[str, object]:
    """One run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(folder), str(out), *map(str, metadata)], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    print(
        f"{name:<40} {found['seconds']:8.1f} s  {found['megabytes']:6.0f} MB  read {found['read']}, kept {found['kept']},"
        f" {len(found['years'])} years written",  # type: ignore[arg-type]
        flush=True,
    )
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, help="where to write; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gov-extract-scale-", dir=options.folder) as place:
        folder, out = Path(place) / "in", Path(place) / "out"
        start = time.perf_counter()
        for number in range(options.n):
            write(folder, number, FIRST + number % (LAST - FIRST + 1))
        print(f"{options.n} documents written in {time.perf_counter() - start:.0f} s", flush=True)
        # What was written in this very moment is looked at once more: see gov_extract.run.plan.
        time.sleep(3)
        run("first run", folder, out)
        finished = run("nothing changed", folder, out)
        for number in range(options.n, options.n + ADDED):
            write(folder, number, LAST)
        time.sleep(3)
        added = run(f"{ADDED} added to one year", folder, out)
        table = Path(place) / "index.csv"
        rows = (f"r{number:06d}.txt,2025-01-{1 + number % 28:02d}" for number in range(options.n))
        table.write_text("source,published_on\n" + "\n".join(rows) + "\n", "utf-8")
        run("a table of metadata given", folder, out, table)
        run("nothing changed, with the table", folder, out, table)
    broken = []
    if finished["read"] or finished["years"] or added["read"] != ADDED or added["years"] != [str(LAST)]:
        broken.append("more was read or written than had changed")
    if float(str(finished["seconds"])) > SECONDS or float(str(finished["megabytes"])) > MEGABYTES:
        broken.append(f"more than {SECONDS:.0f} s or {MEGABYTES} MB to find nothing to do")
    for problem in broken:
        print(f"broken: {problem}")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
