"""What there is in an output folder, what failed and why, and what a rerun would do: `status`.

In: an output folder. Out: a `Status`. Nothing is written, also while a run is under way.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from gov_extract.dataset import open_dataset
from gov_extract.errors import DatasetError, ReadError
from gov_extract.readers import Limits
from gov_extract.readers.contents import glance
from gov_extract.run.plan import Archives, make_plan
from gov_extract.sources import find_sources
from gov_extract.store.corrections import file_key
from gov_extract.store.entries import entries_of
from gov_extract.store.index import Index, look_into_index
from gov_extract.store.keys import environment
from gov_extract.store.lock import holder
from gov_extract.store.telling import tell


class Rerun(NamedTuple):
    """What a rerun would do.

    `read` has the reason for each document to read, by its source; archives to open are among them, and named in `archives`. Of
    the documents whose reading stands, `moved` lie elsewhere than they did; `gone` are no longer there.
    """

    kept: int
    moved: int
    read: Mapping[str, str]
    archives: tuple[str, ...]
    gone: tuple[str, ...]


class Status(NamedTuple):
    """The state of an output folder.

    `roots` are the folders that the last run read, `finished` when it ended (None where it did not), `held` who writes to it
    now. `damage` tells what is wrong with the tables, None where they are whole. `statuses`, `failures`, `findings` are as in
    `gov_extract.run.RunSummary`; `years` counts the documents of each. `spare` counts readings of documents that are gone,
    which are kept for when they come back. `corrections` and `refused` are as in `RunSummary`, of the last publish; `mended`
    tells whether the corrections are still those of then. `rerun` is None where `obstacle` says why it cannot be told.
    """

    out: Path
    roots: tuple[str, ...]
    finished: str | None
    held: str | None
    damage: str | None
    statuses: Mapping[str, int]
    failures: Mapping[str, str]
    findings: Mapping[str, int]
    years: Mapping[str, int]
    spare: int
    corrections: Mapping[str, int]
    refused: tuple[str, ...]
    mended: bool
    rerun: Rerun | None
    obstacle: str | None


def status(out: str | os.PathLike[str]) -> Status:
    """The state of an output folder.

    Raises
    ------
    DatasetError
        When no run has written to it.
    """
    target = Path(out)
    with look_into_index(target) as index:
        held = holder(target)
        counts = tell(index)
        years = Counter(entry.year for entry in entries_of(index))
        used = {row.shard for row in index.rows()}
        spare = sum(name not in used for name in index.shards())
        roots = tuple(index.fact("roots") or ())
        rerun, obstacle = None, None
        try:
            rerun = _rerun(index, roots)
        except (ReadError, OSError) as error:
            obstacle = str(error)
        finished = index.fact("finished")
        told = index.fact("corrections") or {"file": None, "outcomes": {}, "refused": []}
    return Status(
        target,
        roots,
        finished,
        held,
        _damage(target),
        dict(counts.statuses),
        dict(sorted(counts.failures.items())),
        dict(counts.findings.most_common()),
        dict(sorted(years.items())),
        spare,
        told["outcomes"],
        tuple(told["refused"]),
        told["file"] == file_key(target),
        rerun,
        obstacle,
    )


def _rerun(index: Index, roots: tuple[str, ...]) -> Rerun:
    if not roots:
        raise ReadError("no run has read a folder into it")
    files = find_sources(roots if len(roots) > 1 else roots[0], exclude=index.out)
    bounds = index.fact("limits") or {}
    # Another version may have had other limits.
    limits = Limits(**{field.name: bounds[field.name] for field in fields(Limits) if field.name in bounds})
    now = environment(limits, index.fact("seconds"))
    # Archives stay closed: looking costs no more than a glance at each file.
    shut = Archives(lambda closed: {archive: [archive] for archive in closed}, lambda _: {})
    plan = make_plan(files, index, now, limits, shut)
    read = {one.source.source: one.reason for one in plan.todo}
    archives = tuple(one.source.source for one in plan.todo if not one.source.place and glance(one.source) == "archive")
    # What lies in an archive that is to be opened may still be there.
    gone = tuple(name for name in plan.gone if not name.startswith(tuple(f"{archive}!" for archive in archives)))
    return Rerun(len(plan.kept), plan.moved, read, archives, gone)


def _damage(out: Path) -> str | None:
    try:
        open_dataset(out)
    except DatasetError as error:
        return error.message
    return None
