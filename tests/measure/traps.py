"""The traps whose handling can be switched off, one at a time, to see that a measurement notices.

In: names of traps. Out: the package with their handling replaced by nothing. `TRAPS` is the list: where each one's handling
lives, and which documents hold it, by their tags, or which tests where no document can.

``python -m tests.measure.traps [NAME ...]`` switches each of them off in turn, reads the fixtures that hold it (or runs its
tests), and prints what gets worse. It exits with 1 when one of them makes nothing worse.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.measure.score import Score
    from tests.measure.stress import Job


class Trap(NamedTuple):
    """A trap: where its handling lives, what takes its place when it is off, and what notices that.

    `module` names every module that uses the handling; `shown` are tags of documents, or, with a slash in them, tests.
    """

    module: str
    name: str
    off: Any
    shown: tuple[str, ...]

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests among `shown`."""
        return tuple(name for name in self.shown if "/" in name)


def switch_off(names: Iterable[str]) -> None:
    """Replace the handling of the named traps for the rest of this process.

    Raises
    ------
    KeyError
        When there is no such trap.
    """
    for name in names:
        trap = TRAPS[name]
        for path in trap.module.split():
            module = importlib.import_module(path)
            if not hasattr(module, trap.name):
                raise KeyError(f"{name}: {path} has no {trap.name}")
            setattr(module, trap.name, trap.off)


def nothing(value: Any) -> Callable[..., Any]:
    """A function that ignores its arguments."""
    return lambda *_args, **_kwargs: value


def same(value: Any, *_: Any, **__: Any) -> Any:
    """The first argument, untouched."""
    return value


PDF = "gov_extract.readers.pdf."
PARSE = "gov_extract.parse."
ROWS = f"{PARSE}tables.reading {PARSE}tables.rowwise"
UNDERLINE = "tests/test_pdf_traps.py::test_an_underline_from_border_to_border_of_one_cell_adds_no_line"
DASHES = "tests/test_pdf_traps.py::test_every_border_gives_the_same_cells"
STRIPES = "tests/test_pdf_traps.py::test_stripes_and_level_rules_are_rules_and_no_grid"
SWAPPED = "tests/test_measures.py::test_rows_with_each_other_s_figures_are_not_silent"
TURNS = ("turn_flag", "turn_content", "turn_both")

TRAPS: dict[str, Trap] = {
    # What producers of PDF do
    "radicals": Trap(PDF + "page", "fold_radicals", same, ("radicals",)),
    "private_use": Trap(PDF + "glyphs", "fold_private", same, ("private_digits",)),
    "unmapped_fonts": Trap(PDF + "glyphs", "suspects", nothing([]), ("unmapped_figures",)),
    "drawn_twice": Trap(PDF + "glyphs", "drop_duplicates", nothing([]), ("fake_bold",)),
    "quarter_turn": Trap(PDF + "glyphs", "quarter_turn", nothing(0), TURNS),
    "watermarks": Trap(PDF + "glyphs", "skewed", nothing([]), ("watermark",)),
    "no_size": Trap(PDF + "glyphs", "tiny", nothing([]), ("tiny_text",)),
    "off_page": Trap(PDF + "glyphs", "off_page", nothing([]), ("off_page_text",)),
    "hidden_text": Trap(PDF + "marks", "hidden_text", nothing(set()), ("hidden_layer",)),
    "clips": Trap(PDF + "marks", "clip_windows_of", nothing([]), ("rules_clipped", "rules_framed")),
    "fills_behind_clips": Trap(PDF + "marks", "clip_fill", lambda box, _window: [box], ("rules_framed",)),
    "form_xobjects": Trap(PDF + "marks", "enter_form", nothing(0), ("form_xobject",)),
    "characters_of_forms": Trap(PDF + "page", "put_back", nothing(None), ("form_xobject",)),
    "form_matrices": Trap(PDF + "marks", "multiply", lambda _inner, outer: outer, ("form_xobject",)),
    "thick_fills": Trap(PDF + "marks", "STOUT", 3.0, ("rules_thick",)),
    "dots": Trap(PDF + "rules", "merge_dots", nothing([]), ("border_dotted",)),
    "dashes": Trap(PDF + "rules", "merge_dashes", same, (DASHES,)),
    "double_borders": Trap(PDF + "rules", "join_parallel", lambda rules: [[rule] for rule in rules], ("border_double",)),
    "torn_borders": Trap(PDF + "grids", "close_open_ends", lambda xs, ys, *_: (xs, ys), ("border_no_outer", "open_break")),
    "torn_rules": Trap(PDF + "grids", "extend_torn_rules", lambda rules, _: list(rules), ("rules_torn",)),
    "underlines": Trap(PDF + "grids", "drop_unused_lines", same, (UNDERLINE,)),
    "backgrounds_only": Trap(PDF + "fills", "fill_grid", lambda fills: ([], list(fills)), ("fill_gaps", "fill_checker")),
    "fills_in_fills": Trap(PDF + "fills", "drop_containers", list, ("fill_nested",)),
    "zebra": Trap(PDF + "page", "stripe_edges", nothing([]), (STRIPES,)),
    "frames": Trap(PDF + "page", "is_table", nothing(True), ("page_frame",)),
    "page_labels": Trap(PDF + "labels", "drop_page_labels", nothing(set()), ("page_numbers", "running_header")),
    "text_length": Trap(PDF + "pdfium", "text_by_character", nothing(""), ("private_digits", "unmapped_figures")),
    "turned_text": Trap(PDF + "page", "visual_text", nothing(None), TURNS),
    # What reports do with the form
    "label_veto": Trap(PARSE + "align", "vetoed", nothing(False), ("mislabelled_row",)),
    "worn_labels": Trap(PARSE + "align", "_gap", nothing({}), ("label_worn", "label_typo")),
    "torn_rows": Trap(PARSE + "align", "_torn", nothing(None), ("figures_overleaf",)),
    "notes_in_labels": Trap(PARSE + "vocabulary", "strip_note", same, ("label_note",)),
    "tables_without_cells": Trap(PARSE + "placed", "promising", nothing(False), ("ruling_none", "ruling_horizontal")),
    "header_stumps": Trap(PARSE + "columns.headers", "_stumps", nothing({}), ("header_cut",)),
    "spans_written_again": Trap(
        PARSE + "columns.headers", "_spread", lambda places, **_: [p for p in places if p.text], ("pipes_spans_repeated",)
    ),
    "ends_of_flattened_rows": Trap(ROWS, "common_margin", nothing(None), ("trailing_tabs",)),
    "columns_without_header": Trap(PARSE + "tables.rowwise", "rulers", nothing(None), ("header_lost",)),
    "form_per_table": Trap(PARSE + "tables.choosing", "_header_hits", nothing(0.0), ("procurement_absent",)),
    "second_evidence": Trap(PARSE + "tables.reading", "Evidence", lambda _document: Credulous(), (SWAPPED,)),
}


class Credulous:
    """Evidence that believes everything."""

    def proves_row(self, *_: Any) -> str:
        """Always."""
        return "whole"

    def proves_sequence(self, *_: Any) -> bool:
        """Always."""
        return True


# Of these figures more is better; of all others less.
BETTER = ("exact", "planted_found")
COMPARED = (
    "exact", "wrong", "missing", "silent", "flags", "planted_found", "forms_wrong", "meta_wrong", "sections_wrong",
    "findings_wrong", "failed",
)  # fmt: skip


def worse(on: Sequence[Score], off: Sequence[Score]) -> list[str]:
    """What got worse in any document, in words: how much, in how many."""
    found = []
    for name in COMPARED:
        changes = [getattr(after, name) - getattr(before, name) for before, after in zip(on, off, strict=True)]
        lost = [change for change in changes if (change < 0 if name in BETTER else change > 0)]
        if lost:
            found.append(f"{name} {sum(lost):+} in {len(lost)}")
    return found


def scores_of(jobs: Sequence[Job]) -> list[Score]:
    """Read some documents, each pool's processes anew: what is switched off, and what was remembered then, ends with them."""
    from tests.measure.stress import measure

    with ProcessPoolExecutor(2) as pool:
        return [score for _, score in pool.map(measure, jobs, chunksize=2)]


def failing(name: str, test: str) -> bool:
    """Whether a test fails once a trap's handling is off."""
    code = f"import sys, pytest\nfrom tests.measure.traps import switch_off\nswitch_off([{name!r}])\n"
    code += f"sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', {test!r}]))"
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 1


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    import gov_extract.report  # noqa: F401 - so that the workers need not each load it
    from tests.measure.accuracy import fixture_jobs

    names = list(argv if argv is not None else sys.argv[1:]) or list(TRAPS)
    jobs = fixture_jobs()
    base = scores_of(jobs)
    unnoticed = []
    for name in names:
        trap = TRAPS[name]
        at = [i for i, job in enumerate(jobs) if set(trap.shown) & set(job.truth["tags"])]  # type: ignore[call-overload]
        found = []
        if at:
            off = scores_of([jobs[i]._replace(off=(name,)) for i in at])
            found = worse([base[i] for i in at], off)
        found += [f"fails {test}" for test in trap.tests if failing(name, test)]
        print(f"{name:24}{'red' if found else 'green':6}{len(at):4} documents  {'; '.join(found)}", flush=True)
        if not found:
            unnoticed.append(name)
    if unnoticed:
        print(f"make nothing worse: {', '.join(unnoticed)}")
    return int(bool(unnoticed))


if __name__ == "__main__":
    sys.exit(main())
