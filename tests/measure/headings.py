"""Reports over all manners of numbering, their sections held against what was printed.

``python -m tests.measure.headings --n 200 [--seed S] [--kinds K ...] [--styles S ...]`` prints, for each style, how many
documents have every section exact: its number, heading, level, code and text (white space aside), and agency, year, title and
dates as printed. It exits with 1 where fewer than `LEAST` of them have.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from gov_extract.report import Report

# The share of documents whose sections and metadata are exact.
LEAST = 0.99
COLUMNS = ("agency", "report_year", "period_start", "period_end", "published_on")


class Job(NamedTuple):
    """A rendered document to be read in a worker."""

    name: str
    data: bytes
    truth: Mapping[str, Any]


class Outcome(NamedTuple):
    """A document's faults, in words: of its sections, and of what it says of itself."""

    name: str
    style: str
    sections: tuple[str, ...]
    metadata: tuple[str, ...]


def squeezed(text: object) -> str:
    """A text without white space; an absent one is empty."""
    return "".join(str(text or "").split())


def compare(report: Report, truth: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Faults of the sections and of the metadata.

    Of the text before the first heading only the end is held against the truth: a page puts its own words above it.
    """
    faults: list[str] = []
    printed = [entry for entry in truth["outline"] if entry[0] or entry[4]]
    got = [[s.level, s.number, s.heading, s.section, s.text] for s in report.sections]
    if [_head(entry) for entry in got] != [_head(entry) for entry in printed]:
        ours, theirs = [_head(entry) for entry in got], [_head(entry) for entry in printed]
        faults += [f"read, not printed: {entry}" for entry in ours if entry not in theirs]
        faults += [f"printed, not read: {entry}" for entry in theirs if entry not in ours]
        faults = faults or ["the sections are not in the printed order"]
    else:
        for a, b in zip(got, printed, strict=True):
            read, right = squeezed(a[4]), squeezed(b[4])
            if read != right and not (a[0] == 0 and read.endswith(right)):
                faults.append(f"text of {_head(b)}: read {read[-80:]!r}, printed {right[-80:]!r}")
    meta = truth["meta"]
    said = [
        f"{name}: read {getattr(report.metadata, name)!r}, printed {meta[name]!r}"
        for name in COLUMNS
        if getattr(report.metadata, name) != meta[name]
    ]
    if squeezed(report.metadata.title) not in {squeezed(title) for title in meta["titles"]}:
        said.append(f"title: read {report.metadata.title!r}, printed {meta['titles']!r}")
    return faults, said


def _head(entry: Sequence[Any]) -> tuple[Any, ...]:
    return entry[0], squeezed(entry[1]), squeezed(entry[2]), entry[3]


def measure(job: Job) -> Outcome:
    """Read one document; an exception is a fault like any other."""
    from gov_extract.report import extract

    style = f"{job.truth['style']}"
    try:
        sections, metadata = compare(extract(job.data, name=job.name), job.truth)
    # The run must go on, and must say that a document broke the package.
    except Exception as error:  # noqa: BLE001
        sections, metadata = [f"{type(error).__name__}: {error}"], []
    return Outcome(job.name, style, tuple(sections), tuple(metadata))


def jobs_of(n: int, seed: int, kinds: Sequence[str] | None = None, styles: Sequence[str] | None = None) -> list[Job]:
    """Draw and render `n` reports; kinds whose producers are missing are left out."""
    from fixtures import generator
    from fixtures.generator.outline import STYLES, draw_outline

    ready = generator.available()
    wanted = [kind for kind in kinds or generator.KINDS if not ready[kind]]
    chosen = list(styles or STYLES)
    plans = [draw_outline(seed + i, wanted[i % len(wanted)], chosen[(i + i // len(wanted)) % len(chosen)]) for i in range(n)]
    return [Job(s.name + s.suffix, s.data, s.truth) for s in generator.render(plans)]


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="headings", description=__doc__)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--kinds", nargs="*")
    parser.add_argument("--styles", nargs="*")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="write documents with faults here")
    args = parser.parse_args(argv)
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {args.n} documents", flush=True)
    jobs = jobs_of(args.n, seed, args.kinds, args.styles)
    with ProcessPoolExecutor(args.workers) as pool:
        outcomes = list(pool.map(measure, jobs, chunksize=4))
    drawn, exact = Counter(o.style for o in outcomes), Counter(o.style for o in outcomes if not o.sections)
    for job, outcome in zip(jobs, outcomes, strict=True):
        for fault in (*outcome.sections[:4], *outcome.metadata):
            print(f"  {outcome.name} {outcome.style}/{job.truth['before']}: {fault}")
        if args.keep and (outcome.sections or outcome.metadata):
            args.keep.mkdir(parents=True, exist_ok=True)
            (args.keep / job.name).write_bytes(job.data)
    for style in sorted(drawn):
        print(f"{style:16}{exact[style]:5} of {drawn[style]}")
    whole = sum(not o.sections for o in outcomes)
    told = sum(not o.metadata for o in outcomes)
    print(f"sections exact in {whole} of {len(outcomes)} documents, metadata in {told}; bound {LEAST:.0%}")
    return int(min(whole, told) < LEAST * len(outcomes))


if __name__ == "__main__":
    sys.exit(main())
