"""Fixtures and pinned stress seeds against floors that are kept in a file.

``python -m tests.measure.accuracy`` reads the committed fixtures and freshly rendered documents of pinned seeds (of the
kinds that this machine can render) and compares each kind's share of exact cells, its silent errors and its flags with
``tests/measure/floors.json``. It exits with 1 when a floor is broken or the fixtures are not those that the floors were
measured on.

``--raise`` writes better figures into the file; ``--lower KIND --reason TEXT`` is the only way to lower a floor, and keeps
the reason there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gov_extract.readers.office import office_program
from gov_extract.readers.scan import extra
from tests.measure.corpus import documents, truth_of, truth_path
from tests.measure.score import Score
from tests.measure.stress import Job, format_jobs, jobs_of, run, table, worn_jobs

FLOORS = Path(__file__).with_name("floors.json")
# Documents of the pinned seed: enough for three of every kind, few enough for every CI run.
SEED, DOCUMENTS = 20240131, 66
# Documents of each wear of text that lost its layout.
WORN = 4
# Documents of each kind of the further formats.
FORMATS = 4
# What the file holds floors of.
PARTS = ("fixtures", "seeds", "worn", "formats")


def corpus_hash() -> str:
    """sha256 over the names and contents of the fixtures, each with its truth, in order of their names."""
    digest = hashlib.sha256()
    for document in documents():
        for path in (document, truth_path(document)):
            if path is not None:
                digest.update(path.name.encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def fixture_jobs() -> list[Job]:
    """The committed documents with their truth."""
    jobs = []
    for document in documents():
        truth = truth_of(document)
        if truth["kind"].startswith("scan_") and not extra.installed():
            print(f"left out: {document.name}: {extra.INSTALL}", file=sys.stderr)
            continue
        if truth["kind"].startswith("office_") and office_program() is None:
            print(f"left out: {document.name}: LibreOffice is not installed", file=sys.stderr)
            continue
        jobs.append(Job(document.stem, truth["kind"], document.suffix, document.read_bytes(), truth, ()))
    return jobs


def figures(totals: dict[str, Score]) -> dict[str, dict[str, float]]:
    """What is held against the floors."""
    return {
        kind: {
            "exact": round(s.exact / max(1, s.cells), 6),
            "silent": s.silent,
            "flags": round(s.flags / max(1, s.clean_cells), 6),
            "planted": round(s.planted_found / max(1, s.planted), 6) if s.planted else 1.0,
            "metadata": round(1 - s.meta_wrong / (5 * s.documents), 6),
            "sections": round(1 - s.sections_wrong / s.documents, 6),
        }
        for kind, s in sorted(totals.items())
    }


# Of these figures less is better.
CEILINGS = ("silent", "flags")


def worse(name: str, got: float, floor: float) -> bool:
    """Whether a figure breaks its floor (or ceiling)."""
    return got > floor if name in CEILINGS else got < floor


# What another version of a producer may change in freshly rendered documents; the fixtures are the same bytes everywhere.
PRODUCERS = {"exact": 0.003, "flags": 0.005, "metadata": 0.02, "sections": 0.2}


def compare(got: dict[str, Any], floors: dict[str, Any], where: str, slack: dict[str, float]) -> list[str]:
    """Every figure that broke its floor by more than `slack`. Silent errors and planted sums have none."""
    return [
        f"{where} {kind}: {name} {value:g}, floor {floors[kind][name]:g}"
        for kind, values in got.items()
        if kind in floors
        for name, value in values.items()
        if worse(name, value + (-1 if name in CEILINGS else 1) * slack.get(name, 0.0), floors[kind][name])
    ]


def lower(kept: dict[str, Any], measured: dict[str, Any], kind: str, reason: str) -> None:
    """Take a kind's measured figures as its floors, with the reason."""
    for part in PARTS:
        if kind in measured[part]:
            kept[part][kind] = measured[part][kind]
    kept["lowered"].append({"kind": kind, "reason": reason, "on": datetime.now(UTC).date().isoformat()})


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="accuracy", description=__doc__)
    parser.add_argument("--raise", dest="up", action="store_true", help="write better figures, and the corpus's hash")
    parser.add_argument("--lower", metavar="KIND", help="take this kind's figures as they are; needs --reason")
    parser.add_argument("--reason", help="why a floor is lowered; kept in the file")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(argv)
    if bool(args.lower) != bool(args.reason):
        parser.error("--lower and --reason go together: a floor is lowered for a reason, or not at all")
    drawn: Counter[str] = Counter()
    fixtures = run(fixture_jobs(), args.workers)
    # Without the traps that are drawn last, which the fixtures hold: so these stay the documents that the floors are of.
    seeds = run(jobs_of(DOCUMENTS, SEED, None, (), drawn, with_traps=False), args.workers)
    worn = run(worn_jobs(WORN, SEED, None, (), drawn), args.workers)
    formats = run(format_jobs(FORMATS, SEED, None, (), drawn, varied=False), args.workers)
    print(f"fixtures\n{table(fixtures)}\nseed {SEED}\n{table(seeds)}\n{table(worn)}\n{table(formats)}")
    measured = {
        "fixtures": figures(fixtures),
        "seeds": figures(seeds),
        "worn": figures(worn),
        "formats": figures(formats),
    }
    kept: dict[str, Any] = {"corpus": "", **{part: {} for part in PARTS}, "lowered": []}
    if FLOORS.exists():
        kept |= json.loads(FLOORS.read_text("utf-8"))
    if args.lower:
        lower(kept, measured, args.lower, args.reason)
    if args.up:
        for part in PARTS:
            for kind, values in measured[part].items():
                floors = kept[part].setdefault(kind, dict(values))
                floors.update(
                    {name: value for name, value in values.items() if not worse(name, value, floors.get(name, value))}
                )
        kept["corpus"] = corpus_hash()
    if args.up or args.lower:
        FLOORS.write_text(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    faults = compare(measured["fixtures"], kept["fixtures"], "fixtures", {})
    faults += compare(measured["seeds"], kept["seeds"], "seeds", PRODUCERS)
    faults += compare(measured["worn"], kept["worn"], "worn", PRODUCERS)
    faults += compare(measured["formats"], kept["formats"], "formats", PRODUCERS)
    faults += [f"fixtures {kind}: no floor" for kind in measured["fixtures"] if kind not in kept["fixtures"]]
    if kept["corpus"] != corpus_hash():
        faults.append("the fixtures are not those that the floors were measured on (run with --raise after checking why)")
    for fault in faults:
        print(f"BROKEN {fault}")
    print("floors broken" if faults else "all floors hold")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
