"""Faults planted between the readers and the parser: what would a wrong reader get past the checks?

``python -m tests.measure.faults --n 2000 [--seed S]`` takes documents read right, damages what the reader yielded, a fault a
document (a row or a label lost, torn or swapped, a figure shifted, glued or cut, a column dropped), parses on, and counts
the cells that come out wrong without a flag. The page's own text is left as it is: it is the second witness. The bound is
one silent error in 1,000 faults.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from gov_extract.document import Document, Grid, Line, Page, Reading, Word
from gov_extract.parse.indicators import unit_of
from gov_extract.parse.values import looks_like_figure
from tests.measure.corpus import DOCUMENTS, documents, truth_of
from tests.measure.score import Score, score
from tests.measure.stress import recognising

# At most this many silent errors for a fault.
SILENT = 1 / 1000


class Spot(NamedTuple):
    """A physical row of a document: where it is, the places of its label, its figures and its unit, as cell or word numbers."""

    page: int
    block: int
    label: int | None
    figures: tuple[int, ...]
    unit: int | None = None


def spots(document: Document) -> list[Spot]:
    """Every row with a label and at least one figure."""
    found = []
    for p, page in enumerate(document.pages):
        for b, block in enumerate(page.blocks):
            if isinstance(block, Grid):
                for r in range(block.n_rows):
                    numbers = [n for n, cell in enumerate(block.cells) if cell.row == r]
                    found += _spot(p, b, [(n, block.cells[n].text) for n in numbers])
            elif block.kind == "cells":
                found += _spot(p, b, [(n, word.text) for n, word in enumerate(block.words)])
    return found


def _spot(p: int, b: int, places: Sequence[tuple[int, str]]) -> list[Spot]:
    figures = tuple(n for n, text in places if text.strip() and looks_like_figure(text.strip()))
    units = [n for n, text in places if unit_of(text)]
    labels = [n for n, text in places if text.strip() and not looks_like_figure(text.strip()) and n not in units]
    unit = units[0] if units else None
    return [Spot(p, b, labels[-1] if labels else None, figures, unit)] if figures and labels else []


def text_of(document: Document, spot: Spot, n: int) -> str:
    """The text of place `n` of a spot's block."""
    block = document.pages[spot.page].blocks[spot.block]
    return block.cells[n].text if isinstance(block, Grid) else block.words[n].text


def with_texts(document: Document, changes: dict[tuple[int, int], dict[int, str]]) -> Document:
    """A document in which places (page, block) → number have other texts."""
    pages = list(document.pages)
    for (p, b), texts in changes.items():
        blocks = list(pages[p].blocks)
        block = blocks[b]
        if isinstance(block, Grid):
            cells = list(block.cells)
            for n, text in texts.items():
                cells[n] = cells[n]._replace(readings=(Reading(text, cells[n].readings[0].engine),))
            blocks[b] = block._replace(cells=tuple(cells))
        else:
            words = list(block.words)
            for n, text in texts.items():
                words[n] = Word(text, words[n].box)
            blocks[b] = block._replace(words=tuple(words))
        pages[p] = pages[p]._replace(blocks=tuple(blocks))
    return document._replace(pages=tuple(pages))


Fault = Callable[[Document, random.Random], Document | None]


def _pick(document: Document, rng: random.Random, figures: int = 1) -> Spot | None:
    choice = [spot for spot in spots(document) if len(spot.figures) >= figures and spot.label is not None]
    return rng.choice(choice) if choice else None


def row_lost(document: Document, rng: random.Random) -> Document | None:
    """A row's label and figures are not read at all."""
    spot = _pick(document, rng)
    if spot is None:
        return None
    block = document.pages[spot.page].blocks[spot.block]
    pages = list(document.pages)
    page: Page = pages[spot.page]
    blocks = list(page.blocks)
    if isinstance(block, Line):
        del blocks[spot.block]
    else:
        row = block.cells[spot.figures[0]].row
        kept = [
            cell._replace(row=cell.row - (cell.row > row), rowspan=cell.rowspan - (cell.row < row < cell.row + cell.rowspan))
            for cell in block.cells
            if cell.row != row
        ]
        blocks[spot.block] = block._replace(cells=tuple(kept), n_rows=block.n_rows - 1)
    pages[spot.page] = page._replace(blocks=tuple(blocks))
    return document._replace(pages=tuple(pages))


def label_lost(document: Document, rng: random.Random) -> Document | None:
    """A row's label is empty."""
    spot = _pick(document, rng)
    if spot is None or spot.label is None:
        return None
    return with_texts(document, {(spot.page, spot.block): {spot.label: ""}})


def label_torn(document: Document, rng: random.Random) -> Document | None:
    """Only a part of a row's label is read."""
    spot = _pick(document, rng)
    if spot is None or spot.label is None:
        return None
    text = text_of(document, spot, spot.label)
    if len(text) < 2:
        return None
    cut = rng.randrange(1, len(text))
    return with_texts(document, {(spot.page, spot.block): {spot.label: rng.choice([text[:cut], text[cut:]])}})


def _figures(document: Document, spot: Spot) -> list[str]:
    return [text_of(document, spot, n) for n in spot.figures]


def _two(document: Document, rng: random.Random) -> tuple[Spot, Spot] | None:
    choice = [spot for spot in spots(document) if spot.label is not None]
    rng.shuffle(choice)
    for first in choice:
        for second in choice:
            if (
                first != second
                and len(first.figures) == len(second.figures)
                and _figures(document, first) != _figures(document, second)
            ):
                return first, second
    return None


def _exchange(document: Document, first: Spot, second: Spot, pairs: Sequence[tuple[int, int]]) -> Document:
    changes: dict[tuple[int, int], dict[int, str]] = {}
    for a, b in pairs:
        changes.setdefault((first.page, first.block), {})[a] = text_of(document, second, b)
        changes.setdefault((second.page, second.block), {})[b] = text_of(document, first, a)
    return with_texts(document, changes)


def figures_swapped(document: Document, rng: random.Random) -> Document | None:
    """Two rows have each other's figures."""
    two = _two(document, rng)
    if two is None:
        return None
    return _exchange(document, *two, list(zip(two[0].figures, two[1].figures, strict=True)))


def labels_swapped(document: Document, rng: random.Random) -> Document | None:
    """Two rows have each other's labels."""
    two = _two(document, rng)
    if two is None or two[0].label is None or two[1].label is None:
        return None
    return _exchange(document, *two, [(two[0].label, two[1].label)])


def figure_swapped(document: Document, rng: random.Random) -> Document | None:
    """Two figures of a row have changed places."""
    spot = _pick(document, rng, 2)
    if spot is None:
        return None
    a, b = rng.sample(spot.figures, 2)
    return _exchange(document, spot, spot, [(a, b)]) if text_of(document, spot, a) != text_of(document, spot, b) else None


def figure_shifted(document: Document, rng: random.Random) -> Document | None:
    """A row's figures all stand one place to the right, the last one is lost."""
    spot = _pick(document, rng, 2)
    if spot is None:
        return None
    texts = [text_of(document, spot, n) for n in spot.figures]
    if len(set(texts)) == 1:
        return None
    shifted = ["", *texts[:-1]] if rng.random() < 0.5 else [*texts[1:], ""]
    return with_texts(document, {(spot.page, spot.block): dict(zip(spot.figures, shifted, strict=True))})


def figure_glued(document: Document, rng: random.Random) -> Document | None:
    """A figure has swallowed its neighbour."""
    spot = _pick(document, rng, 2)
    if spot is None:
        return None
    k = rng.randrange(len(spot.figures) - 1)
    a, b = spot.figures[k], spot.figures[k + 1]
    return with_texts(document, {(spot.page, spot.block): {a: text_of(document, spot, a) + text_of(document, spot, b), b: ""}})


def figure_cut(document: Document, rng: random.Random) -> Document | None:
    """A figure has lost digits, or all of them."""
    spot = _pick(document, rng)
    if spot is None:
        return None
    n = rng.choice(spot.figures)
    text = text_of(document, spot, n)
    cut = rng.randrange(len(text))
    return with_texts(document, {(spot.page, spot.block): {n: text[:cut] if rng.random() < 0.5 else text[cut + 1 :]}})


def column_dropped(document: Document, rng: random.Random) -> Document | None:
    """A column of a grid is empty."""
    choice = [spot for spot in spots(document) if isinstance(document.pages[spot.page].blocks[spot.block], Grid)]
    if not choice:
        return None
    spot = rng.choice(choice)
    block = document.pages[spot.page].blocks[spot.block]
    if not isinstance(block, Grid):
        return None
    column = block.cells[rng.choice(spot.figures)].column
    emptied = {
        n: "" for n, cell in enumerate(block.cells) if cell.column == column and looks_like_figure(cell.text.strip() or "x")
    }
    return with_texts(document, {(spot.page, spot.block): emptied})


def unit_lost(document: Document, rng: random.Random) -> Document | None:
    """A row's unit is empty, or another one."""
    choice = [spot for spot in spots(document) if spot.unit is not None]
    if not choice:
        return None
    spot = rng.choice(choice)
    assert spot.unit is not None
    text = text_of(document, spot, spot.unit)
    wrong = rng.choice([unit for unit in ("", "元", "万元", "人") if unit != text])
    return with_texts(document, {(spot.page, spot.block): {spot.unit: wrong}})


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        row_lost, label_lost, label_torn, figures_swapped, labels_swapped, figure_swapped, figure_shifted, figure_glued,
        figure_cut, column_dropped, unit_lost,
    )
}  # fmt: skip


SLOW = ("scan_", "office_")
"""Kinds that are left out: recognised or converted anew for every fault, and like the others behind their reader."""


class Job(NamedTuple):
    """A document to be damaged in a worker."""

    path: str
    kind: str
    seed: int


def measure(job: Job) -> tuple[str, Score | None]:
    """Damage one document, parse on, score."""
    from gov_extract.readers import Limits, read
    from gov_extract.readers.contents import contents_of
    from gov_extract.report import understand

    path = Path(job.path)
    data = path.read_bytes()
    truth = truth_of(path)
    rng = random.Random(job.seed)
    content = next(content for content in contents_of(path, path.name, Limits()) if content.error is None)
    with recognising(on=False):  # the truth of a font without Unicode is what can be read without it
        document = read(content.data, name=content.name, fetch=content.fetch)
    damaged = FAULTS[job.kind](document, rng)
    if damaged is None:
        return job.kind, None
    report = understand(damaged, data, path.name)
    result = score(f"{path.name} {job.kind} {job.seed}", report, truth)
    return job.kind, result


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--documents", type=Path, default=DOCUMENTS, help="a folder; each truth beside its document or in ../truth"
    )
    args = parser.parse_args(argv)
    paths = [path for path in documents(args.documents) if not truth_of(path)["kind"].startswith(SLOW)]
    if not paths:
        parser.error(f"{args.documents} holds no document with a truth")
    rng = random.Random(args.seed)
    jobs = [Job(str(rng.choice(paths)), rng.choice(list(FAULTS)), rng.randrange(10**9)) for _ in range(args.n)]
    planted: Counter[str] = Counter()
    totals: dict[str, Score] = {}
    with ProcessPoolExecutor(args.workers) as pool:
        for kind, result in pool.map(measure, jobs, chunksize=8):
            if result is not None:
                planted[kind] += 1
                totals.setdefault(kind, Score()).add(result)
    silent_documents = Counter(error.document for result in totals.values() for error in result.errors if not error.flagged)
    print(f"{'fault':18}{'planted':>8}{'wrong':>8}{'missing':>8}{'silent cells':>13}")
    for kind in FAULTS:
        s = totals.get(kind, Score())
        print(f"{kind:18}{planted[kind]:8}{s.wrong:8}{s.missing:8}{s.silent:13}")
    for result in totals.values():
        for error in result.errors:
            if not error.flagged:
                print(f"  SILENT {error.document} {'/'.join(error.key)}: printed {error.printed}, read {error.got}")
    faults = sum(planted.values())
    print(f"{len(silent_documents)} of {faults} faults got past every check (bound {SILENT:.1%})")
    return int(len(silent_documents) > SILENT * faults or faults < args.n // 2)


if __name__ == "__main__":
    sys.exit(main())
