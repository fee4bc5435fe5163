"""Fresh random documents over all kinds, held against their truth.

``python -m tests.measure.stress --n 500 [--seed S] [--kinds K ...] [--off TRAP]`` prints, for each kind, exact, wrong and
missing cells, silent errors and flags on right cells, and how often every layout, trap and wear was drawn. It exits with 1 when
a bound is broken, with 2 when something that the bounds are about was not drawn often enough.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from fixtures.generator import worn_text
from fixtures.generator.choice import data
from tests.measure import traps
from tests.measure.score import Score, score

# The bounds of exact cells, by what the kind's tables have to hold on to.
UNRULED = 0.97
TEXT = 0.999
FLAGS = 0.005
# Every layout and trap is drawn at least this often in a run of 500 documents, and every variety.
DRAWN, VARIED = 20, 10
DOCUMENTS = 500


# Besides, a document with the annex of 2014 for every so many; their kinds are shown apart.
ANNEXES = 3
ANNEX = "/2014"
# And one of each kind of the further formats (OFD, workbooks, office texts, what is saved and packed) for every so many.
FORMAT = 25
# And one of each wear of text that lost its layout for every so many: 20 of each in a run of 1,000.
WORN = 50
# And one of each kind of scan for as many; the bounds of their exact cells, and of flags on their right cells.
SCANS = 50
SCANNED, COARSE, SCAN_UNRULED, SCAN_FLAGS = 0.995, 0.7, 0.97, 0.02
# The bounds of worn kinds: text that still tells every cell, and text that does not (see worn_text.toml).
EXACT = 0.995
UNDETERMINED = 0.6
PARTLY = frozenset(f"worn_{wear}" for wear, entry in data("worn_text")["wears"].items() if "lost" in entry)


class Bound(NamedTuple):
    """A kind's least share of exact cells."""

    kind: str
    exact: float


def bound(kind: str) -> Bound:
    """PDF, DOCX and HTML with rulings, fills or markup: every cell."""
    if kind.startswith("scan_"):
        return Bound(kind, {"scan_100": COARSE, "scan_unruled": SCAN_UNRULED}.get(kind, SCANNED))
    if kind.startswith("worn_"):
        return Bound(kind, UNDETERMINED if kind in PARTLY else EXACT)
    if kind.startswith(("pdf_unruled", "ofd_unruled")):
        return Bound(kind, UNRULED)
    return Bound(kind, TEXT if kind.startswith("text") else 1.0)


class Job(NamedTuple):
    """A rendered document to be read in a worker."""

    name: str
    kind: str
    suffix: str
    data: bytes
    truth: dict[str, object]
    off: tuple[str, ...]


def measure(job: Job) -> tuple[str, Score]:
    """Read one document and score it; an exception is a failure of the package, named in the notes."""
    from gov_extract.report import extract

    traps.switch_off(job.off)
    try:
        with recognising(on=job.kind.startswith("scan_")):
            report = extract(job.data, name=job.name + job.suffix)
    # The run must go on, and must say that a document broke the package.
    except Exception as error:  # noqa: BLE001
        broken = Score(documents=1, failed=1, cells=len(job.truth["cells"]))  # type: ignore[arg-type]
        broken.missing = broken.cells
        broken.notes.append(f"{job.name}: {type(error).__name__}: {error}")
        return job.kind, broken
    return job.kind, score(job.name, report, job.truth)


@contextmanager
def recognising(*, on: bool) -> Iterator[None]:
    """With or without the extra ``ocr``: the truth of a digital document is what can be read of it without it."""
    from gov_extract.readers.scan import extra

    there = extra.installed
    if not on:
        extra.installed = lambda: False  # type: ignore[assignment]
    try:
        yield
    finally:
        extra.installed = there


def run(jobs: Iterable[Job], workers: int) -> dict[str, Score]:
    """Scores by kind."""
    totals: dict[str, Score] = {}
    with ProcessPoolExecutor(workers) as pool:
        for kind, result in pool.map(measure, jobs, chunksize=4):
            totals.setdefault(kind, Score()).add(result)
    return totals


def table(totals: dict[str, Score]) -> str:
    """The scores as lines of text, a kind a line."""
    heads = (
        f"{'kind':21}{'docs':>6}{'cells':>8}{'exact':>8}{'%':>9}{'wrong':>7}{'missing':>8}{'silent':>7}{'flags':>7}"
        f"{'flag %':>8}{'planted':>9}{'forms':>6}{'meta':>6}{'sect':>6}{'fail':>5}{'excused':>8}"
    )
    lines = [heads]
    whole = Score()
    for result in totals.values():
        whole.add(result)
    for kind, s in [*sorted(totals.items()), ("all", whole)]:
        lines.append(
            f"{kind:21}{s.documents:6}{s.cells:8}{s.exact:8}{100 * s.exact / max(1, s.cells):9.3f}{s.wrong:7}{s.missing:8}"
            f"{s.silent:7}{s.flags:7}{100 * s.flags / max(1, s.clean_cells):8.3f}{s.planted_found:5}/{s.planted:<3}"
            f"{s.forms_wrong:6}{s.meta_wrong:6}{s.sections_wrong:6}{s.failed:5}{s.excused:8}"
        )
    return "\n".join(lines)


def broken(totals: dict[str, Score]) -> list[str]:
    """The bounds that do not hold."""
    found = []
    for kind, result in sorted(totals.items()):
        least = bound(kind).exact
        if result.exact < least * result.cells:
            found.append(f"{kind}: {result.exact} of {result.cells} cells exact, bound {least:.1%}")
        if result.silent:
            found.append(f"{kind}: {result.silent} silent errors")
        if result.planted_found < result.planted and kind not in PARTLY:
            found.append(f"{kind}: {result.planted - result.planted_found} planted sums not flagged")
        if result.failed:
            found.append(f"{kind}: {result.failed} documents failed")
    told = [result for kind, result in totals.items() if kind not in PARTLY and not kind.startswith("scan_")]
    flags = sum(result.flags for result in told)
    clean = sum(result.clean_cells for result in told)
    if flags > FLAGS * clean:
        found.append(f"flags on {flags} of {clean} right cells ({flags / clean:.2%}), bound {FLAGS:.1%}")
    read = [result for kind, result in totals.items() if kind.startswith("scan_") and kind != "scan_100"]
    flags, clean = sum(result.flags for result in read), sum(result.clean_cells for result in read)
    if flags > SCAN_FLAGS * clean:
        found.append(f"flags on {flags} of {clean} right cells of scans ({flags / clean:.2%}), bound {SCAN_FLAGS:.1%}")
    return found


def jobs_of(
    n: int, seed: int, kinds: Sequence[str] | None, off: tuple[str, ...], drawn: Counter[str], *, with_traps: bool = True
) -> list[Job]:
    """Draw and render `n` documents, and one with the annex of 2014 for every `ANNEXES` of them; kinds whose producers are
    missing are named and left out."""
    from fixtures import generator
    from fixtures.generator import annex

    ready = generator.available()
    for kind, why in ready.items():
        if why and (not kinds or kind in kinds):
            print(f"left out: {kind}: {why}", file=sys.stderr)
    jobs = []
    for mark, scheduled in (
        ("", generator.schedule(n, seed, with_traps=with_traps)),
        (ANNEX, annex.schedule(n // ANNEXES, seed, varied=with_traps)),
    ):
        plans = [plan for plan in scheduled if not ready.get(plan.kind) and (not kinds or plan.kind in kinds)]
        for plan, sample in zip(plans, generator.render(plans), strict=True):
            drawn.update(sample.tags)
            jobs.append(Job(sample.name + mark, plan.kind + mark, sample.suffix, sample.data, dict(sample.truth), off))
    return jobs


def format_jobs(
    n: int, seed: int, kinds: Sequence[str] | None, off: tuple[str, ...], drawn: Counter[str], *, varied: bool = True
) -> list[Job]:
    """Draw and render `n` documents of each kind of the further formats; kinds whose producers are missing are named and left
    out."""
    from fixtures.generator import formats

    jobs = []
    for kind, why in formats.available().items():
        if kinds and kind not in kinds:
            continue
        if why:
            print(f"left out: {kind}: {why}", file=sys.stderr)
            continue
        samples = formats.render(formats.schedule(n, seed, kind, varied=varied))
        for sample in samples:
            drawn.update(sample.tags & formats.TAGS)
        jobs += [Job(sample.name, kind, sample.suffix, sample.data, dict(sample.truth), off) for sample in samples]
    return jobs


def worn_jobs(n: int, seed: int, kinds: Sequence[str] | None, off: tuple[str, ...], drawn: Counter[str]) -> list[Job]:
    """Draw and render `n` documents of each wear; those that this machine cannot make are named and left out."""
    jobs = []
    for wear, why in worn_text.available().items():
        kind = f"worn_{wear}"
        if kinds and kind not in kinds:
            continue
        if why:
            print(f"left out: {kind}: {why}", file=sys.stderr)
            continue
        samples = worn_text.render_worn(worn_text.schedule(n, seed, wear), wear)
        drawn[kind] += len(samples)
        jobs += [Job(sample.name, kind, sample.suffix, sample.data, dict(sample.truth), off) for sample in samples]
    return jobs


def scan_jobs(n: int, seed: int, kinds: Sequence[str] | None, off: tuple[str, ...], drawn: Counter[str]) -> list[Job]:
    """Draw and render `n` documents of each kind of scan; without the extra ``ocr`` none, which is said."""
    from fixtures.generator import scans
    from gov_extract.readers.scan import extra

    jobs = []
    for kind, why in scans.available().items():
        if kinds and kind not in kinds:
            continue
        why = why or (None if extra.installed() else f"the extra is not installed: {extra.INSTALL}")
        if why:
            print(f"left out: {kind}: {why}", file=sys.stderr)
            continue
        samples = scans.render_scans(scans.schedule(n, seed, kind))
        drawn.update(tag for sample in samples for tag in (kind, *sample.tags) if tag.startswith("scan_"))
        jobs += [Job(sample.name, kind, sample.suffix, sample.data, dict(sample.truth), off) for sample in samples]
    return jobs


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="stress", description=__doc__)
    parser.add_argument("--n", type=int, default=DOCUMENTS)
    parser.add_argument("--seed", type=int, default=None, help="default: a fresh one, printed")
    parser.add_argument("--kinds", nargs="*")
    parser.add_argument("--off", nargs="*", default=[], help="traps whose handling is switched off")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="write documents with errors here")
    parser.add_argument("--errors", type=int, default=20, help="how many errors to print")
    args = parser.parse_args(argv)
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {args.n} documents", flush=True)
    drawn: Counter[str] = Counter()
    start = time.monotonic()
    jobs = jobs_of(args.n, seed, args.kinds, tuple(args.off), drawn)
    jobs += format_jobs(args.n // FORMAT or 1, seed, args.kinds, tuple(args.off), drawn)
    jobs += worn_jobs(args.n // WORN or 1, seed, args.kinds, tuple(args.off), drawn)
    jobs += scan_jobs(args.n // SCANS or 1, seed, args.kinds, tuple(args.off), drawn)
    print(f"rendered {len(jobs)} in {time.monotonic() - start:.0f} s", flush=True)
    totals = run(jobs, args.workers)
    print(table(totals))
    for kind, result in sorted(totals.items()):
        for error in result.errors[: args.errors]:
            print(f"  {kind} {error.document} {'/'.join(error.key)}: printed {error.printed}, read {error.got}"
                  f"{'' if error.flagged else '  SILENT'}")  # fmt: skip
        for note in result.notes[: args.errors]:
            print(f"  {kind} {note}")
    if args.keep:
        keep(jobs, totals, args.keep)
    from fixtures import generator

    varieties = {tag for tags in generator.VARIETIES.values() for tag in tags} | set(generator.annex.VARIETIES)
    aims = {tag: (VARIED if tag in varieties else DRAWN) * args.n // DOCUMENTS for tag in {*drawn, *varieties}}
    # Of the manners of further formats 20 documents of each kind show what they draw.
    apart = ("worn_", "ofd_", "sheet_", "office_", "mht_", "zip_", "scan_")
    rare = {tag: drawn[tag] for tag, aim in aims.items() if drawn[tag] < aim and not tag.startswith(apart)}
    print("drawn: " + ", ".join(f"{tag} {count}" for tag, count in sorted(drawn.items())))
    faults = broken(totals)
    for fault in faults:
        print(f"BROKEN {fault}")
    if faults:
        return 1
    rare |= {kind: drawn[kind] for kind in drawn if kind.startswith("worn_") and drawn[kind] < args.n // WORN}
    if rare and not args.kinds:
        print(f"TOO RARE {rare}")
        return 2
    print("all bounds hold")
    return 0


def keep(jobs: Sequence[Job], totals: dict[str, Score], folder: Path) -> None:
    """Write the documents that have errors or notes, with their truth."""
    folder.mkdir(parents=True, exist_ok=True)
    bad = {error.document for result in totals.values() for error in result.errors}
    bad |= {note.split(":")[0] for result in totals.values() for note in result.notes}
    for job in jobs:
        if job.name in bad:
            (folder / (job.name.replace("/", "-") + job.suffix)).write_bytes(job.data)
            (folder / (job.name.replace("/", "-") + ".truth.json")).write_text(
                json.dumps(job.truth, ensure_ascii=False, indent=1), "utf-8"
            )


if __name__ == "__main__":
    sys.exit(main())
