"""Precision and recall of mentions and items on paragraphs with hand-set truth.

``python -m tests.measure.prose FILE [--errors]`` reads a file such as ``fixtures/prose/development.json`` (its README says
what is a mention) and exits with 1 when a figure is under its bound. A mention is right when start, end, quantity, unit and
approximate all are, an item when kind, ordinal and text are; the subject of a right mention is right when it is one of those
that are accepted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gov_extract.parse.prose import read_prose
from gov_extract.schema import Section

BOUND = 0.97


class Tally(NamedTuple):
    """How many were right, how many were given, how many are true; the errors in words."""

    right: int
    given: int
    true: int
    errors: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of right ones among those given."""
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        """Share of right ones among the true."""
        return self.right / self.true if self.true else 1.0


def measure(paragraphs: Sequence[dict[str, Any]]) -> dict[str, Tally]:
    """``mentions``, ``subjects`` and ``items`` of paragraphs with truth."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("mentions", "subjects", "items")}
    errors: dict[str, list[str]] = {name: [] for name in counts}
    for paragraph in paragraphs:
        text = paragraph["text"]
        prose = read_prose([Section(1, 1, "一、", "总体情况", paragraph["section"], text, None, None)])
        given = {(m.start, m.end, m.quantity, m.unit, m.approximate): m for m in prose.mentions}
        true = {(m["start"], m["end"], float(m["quantity"]), m["unit"], m["approximate"]): m for m in paragraph["mentions"]}
        points = {(item.kind, item.ordinal, item.text) for item in prose.items}
        printed = {(item["kind"], item["ordinal"], item["text"]) for item in paragraph["items"]}
        _count(paragraph["id"], set(given), set(true), counts["mentions"], errors["mentions"])
        _count(paragraph["id"], points, printed, counts["items"], errors["items"])
        for key in given.keys() & true.keys():
            right = given[key].subject in {_unspaced(accepted) for accepted in true[key]["subject_accept"]}
            counts["subjects"].update(given=1, true=1, right=right)
            if not right:
                errors["subjects"].append(f"{paragraph['id']} {true[key]['text']}: {given[key].subject}")
    return {name: Tally(count["right"], count["given"], count["true"], tuple(errors[name])) for name, count in counts.items()}


def _unspaced(text: str) -> str:
    return "".join(text.split())


def _count(name: str, given: set[Any], true: set[Any], count: Counter[str], errors: list[str]) -> None:
    count.update(given=len(given), true=len(true), right=len(given & true))
    errors += [f"{name} not true: {entry}" for entry in sorted(given - true)]
    errors += [f"{name} not found: {entry}" for entry in sorted(true - given)]


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="prose", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--errors", action="store_true", help="print every error")
    args = parser.parse_args(argv)
    tallies = measure(json.loads(args.file.read_text("utf-8")))
    for name, tally in tallies.items():
        print(
            f"{name}: {tally.right} right of {tally.given} given, {tally.true} true: "
            f"precision {tally.precision:.2%}, recall {tally.recall:.2%}"
        )
        for error in tally.errors if args.errors else ():
            print(f"  {error}")
    broken = any(min(tally.precision, tally.recall) < BOUND for tally in tallies.values())
    print(f"bound {BOUND:.0%}: {'BROKEN' if broken else 'holds'}")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
