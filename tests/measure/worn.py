"""Reports whose text lost its layout, held against what they print.

``python -m tests.measure.worn --n 200 [--seed S] [--wears W ...] [--with TAG ...]`` renders `n` documents of every wear and
prints exact, wrong and missing cells, silent errors and flags. It exits with 1 where a bound is broken: no silent error; text
that still tells every cell 99.5% exact, text that lost empty cells, the ends of figures or distances 60% (see
worn_text.toml). Of text that lost its empty cells it also prints how many of the cells that it tells (see `determined`) were
read.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fixtures.generator.choice import data
from fixtures.generator.worn_text import WEARS, available, draw_worn, render_worn
from tests.measure.determined import untold
from tests.measure.score import Score
from tests.measure.stress import EXACT, PARTLY, UNDETERMINED, Job, keep, run, table


def jobs_of(n: int, seed: int, wears: Sequence[str], tags: Sequence[str]) -> list[Job]:
    """`n` documents of each wear that this machine can render."""
    lacking = available()
    jobs = []
    for wear in wears:
        if lacking[wear]:
            print(f"left out: {wear}: {lacking[wear]}", file=sys.stderr)
            continue
        plans = []
        for k in range(n):
            try:
                plans.append(draw_worn(seed + k, wear, **dict.fromkeys(tags, True)))
            except ValueError:
                continue
        samples = render_worn(plans, wear)
        jobs += [Job(s.name, f"worn_{wear}", s.suffix, s.data, dict(s.truth), ()) for s in samples]
    return jobs


def told(jobs: Sequence[Job], totals: dict[str, Score]) -> str:
    """Of texts without their empty cells, how many cells they tell and how many of these are exact, a kind a line."""
    lines = [f"{'empty cells gone':21}{'cells':>8}{'told':>8}{'exact':>8}{'%':>9}"]
    for wear, entry in data("worn_text")["wears"].items():
        own = [job for job in jobs if job.kind == f"worn_{wear}"]
        if entry.get("lost") != "empty cells" or not own:
            continue
        score = totals[f"worn_{wear}"]
        open_cells = {job.name: untold(job.truth) for job in own}
        cells = score.cells - sum(map(len, open_cells.values()))
        exact = cells - sum(error.key not in open_cells[error.document] for error in score.errors)
        lines.append(f"worn_{wear:16}{score.cells:8}{cells:8}{exact:8}{100 * exact / max(1, cells):9.3f}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="worn", description=__doc__)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--wears", nargs="*", default=list(WEARS), choices=WEARS)
    parser.add_argument("--with", dest="tags", nargs="*", default=[], help="tags that every document must have")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="write documents with errors here")
    parser.add_argument("--errors", type=int, default=5, help="how many errors to print")
    args = parser.parse_args(argv)
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {args.n} documents a wear", flush=True)
    jobs = jobs_of(args.n, seed, args.wears, args.tags)
    totals = run(jobs, args.workers)
    print(table(totals))
    faults = []
    for kind, s in sorted(totals.items()):
        silent = [error for error in s.errors if not error.flagged]
        worst = Counter(error.document for error in s.errors).most_common(args.errors)
        print(f"  {kind}: most wrong " + ", ".join(f"{name} {count}" for name, count in worst))
        for error in silent[: args.errors]:
            print(f"  {kind} {error.document} {'/'.join(error.key)}: printed {error.printed}, read {error.got}  SILENT")
        for note in [note for note in s.notes if "planted and not found" in note or "failed" in note][: args.errors]:
            print(f"  {kind} {note}")
        if silent:
            faults.append(f"{kind}: {s.silent} silent errors in {len({e.document for e in silent})} documents")
        least = UNDETERMINED if kind in PARTLY else EXACT
        if s.exact < least * s.cells:
            faults.append(f"{kind}: {s.exact} of {s.cells} cells exact, bound {least:.1%}")
        if s.failed:
            faults.append(f"{kind}: {s.failed} documents failed")
    print(told(jobs, totals))
    if args.keep:
        keep(jobs, totals, args.keep)
    for fault in faults:
        print(f"BROKEN {fault}")
    if not faults:
        print("all bounds hold")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
