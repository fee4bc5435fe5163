"""The traps whose handling can be switched off, one at a time, to see that a measurement would notice.

In: names of traps. Out: the package with their handling replaced by nothing. `TRAPS` is the list.

``python -m tests.measure.traps [NAME ...]`` switches each of them off in turn, reads the fixtures, and prints what gets
worse. It exits with 1 when one of those that the fixtures hold makes no difference.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple


class Trap(NamedTuple):
    """A trap: where its handling lives, and what takes its place when it is off."""

    module: str
    name: str
    off: Any


def switch_off(names: Iterable[str]) -> None:
    """Replace the handling of the named traps for the rest of this process.

    Raises
    ------
    KeyError
        When there is no such trap.
    """
    for name in names:
        trap = TRAPS[name]
        module = importlib.import_module(trap.module)
        if not hasattr(module, trap.name):
            raise KeyError(f"{name}: {trap.module} has no {trap.name}")
        setattr(module, trap.name, trap.off)


def nothing(value: Any) -> Callable[..., Any]:
    """A function that ignores its arguments."""
    return lambda *_args, **_kwargs: value


def same(value: Any, *_: Any, **__: Any) -> Any:
    """The first argument, untouched."""
    return value


PDF = "gov_extract.readers.pdf."
PARSE = "gov_extract.parse."

TRAPS: dict[str, Trap] = {
    # What producers of PDF do
    "radicals": Trap(PDF + "glyphs", "fold_radicals", same),
    "private_use": Trap(PDF + "glyphs", "fold_private", same),
    "unmapped_fonts": Trap(PDF + "glyphs", "suspects", nothing([])),
    "drawn_twice": Trap(PDF + "glyphs", "drop_duplicates", nothing([])),
    "quarter_turn": Trap(PDF + "glyphs", "quarter_turn", nothing(0)),
    "watermarks": Trap(PDF + "glyphs", "skewed", nothing([])),
    "no_size": Trap(PDF + "glyphs", "tiny", nothing([])),
    "off_page": Trap(PDF + "glyphs", "off_page", nothing([])),
    "hidden_text": Trap(PDF + "marks", "hidden_text", nothing([])),
    "clips": Trap(PDF + "marks", "clip_windows_of", nothing([])),
    "fills_behind_clips": Trap(PDF + "marks", "clip_fill", lambda box, _window: [box]),
    "form_xobjects": Trap(PDF + "marks", "enter_form", nothing(0)),
    "form_matrices": Trap(PDF + "marks", "multiply", lambda _inner, outer: outer),
    "thick_fills": Trap(PDF + "marks", "STOUT", 3.0),
    "dots": Trap(PDF + "rules", "merge_dots", nothing([])),
    "dashes": Trap(PDF + "rules", "merge_dashes", same),
    "double_borders": Trap(PDF + "rules", "join_parallel", lambda rules: [[rule] for rule in rules]),
    "torn_borders": Trap(PDF + "grids", "close_open_ends", lambda xs, ys, *_: (xs, ys)),
    "torn_rules": Trap(PDF + "grids", "extend_torn_rules", lambda rules, _: list(rules)),
    "underlines": Trap(PDF + "grids", "drop_unused_lines", same),
    "backgrounds_only": Trap(PDF + "fills", "fill_grid", lambda fills: ([], list(fills))),
    "fills_in_fills": Trap(PDF + "fills", "drop_containers", list),
    "zebra": Trap(PDF + "page", "stripe_edges", nothing([])),
    "frames": Trap(PDF + "page", "is_table", nothing(True)),
    "page_labels": Trap(PDF + "labels", "drop_page_labels", nothing(set())),
    "text_length": Trap(PDF + "pdfium", "text_by_character", nothing("")),
    "turned_text": Trap(PDF + "page", "visual_text", nothing(None)),
    # What reports do with the form
    "label_veto": Trap(PARSE + "align", "vetoed", nothing(False)),
    "worn_labels": Trap(PARSE + "align", "_gap", nothing({})),
    "torn_rows": Trap(PARSE + "align", "_torn", nothing(None)),
    "notes_in_labels": Trap(PARSE + "vocabulary", "strip_note", same),
    "tables_without_cells": Trap(PARSE + "placed", "_promising", nothing(False)),
    "header_stumps": Trap(PARSE + "columns", "_stumps", nothing({})),
    "spans_written_again": Trap(PARSE + "columns", "_spread", lambda places, **_: [p for p in places if p.text]),
    "ends_of_flattened_rows": Trap(PARSE + "tables", "common_margin", nothing(None)),
    "columns_without_header": Trap(PARSE + "tables", "rulers", nothing(None)),
    "form_per_table": Trap(PARSE + "tables", "_header_hits", nothing(0.0)),
    "second_evidence": Trap(PARSE + "tables", "Evidence", lambda _document: Credulous()),
}

# What the fixtures do not show. Those of the PDF reader have documents of their own in tests/test_pdf_traps.py, which fail
# without them; of the others a second mechanism reads the same documents (backgrounds, torn rules, columns without a
# header), or only faults and tests of the parser show what they are for (the veto, torn rows, the form of each table).
ELSEWHERE = {
    "private_use", "unmapped_fonts", "watermarks", "no_size", "off_page", "text_length", "underlines", "thick_fills",
    "hidden_text", "clips", "fills_behind_clips", "dashes", "torn_rules", "backgrounds_only", "fills_in_fills", "frames",
    "label_veto", "torn_rows", "columns_without_header", "form_per_table",
}  # fmt: skip


class Credulous:
    """Evidence that believes everything."""

    def proves_row(self, *_: Any) -> str:
        """Always."""
        return "whole"

    def proves_sequence(self, *_: Any) -> bool:
        """Always."""
        return True


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    from tests.measure.accuracy import figures, fixture_jobs
    from tests.measure.stress import run

    names = list(argv if argv is not None else sys.argv[1:]) or list(TRAPS)
    jobs = fixture_jobs()
    base = figures(run(jobs, 2))
    unnoticed = []
    for name in names:
        got = figures(run([job._replace(off=(name,)) for job in jobs], 2))
        worse = [
            f"{kind} {what} {base[kind][what]:g} → {value:g}"
            for kind, values in got.items()
            for what, value in values.items()
            if value != base[kind][what]
        ]
        print(f"{name:24}{'red' if worse else 'green':6}{'; '.join(worse[:3])}", flush=True)
        if not worse and name not in ELSEWHERE:
            unnoticed.append(name)
    if unnoticed:
        print(f"make no difference: {', '.join(unnoticed)}")
    return int(bool(unnoticed))


if __name__ == "__main__":
    sys.exit(main())
