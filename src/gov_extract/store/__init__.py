"""Reports on disk: a shard a document, an index of them, and the tables that users load.

In: `Report`s. Out: ``OUT/state/shards`` (`gov_extract.store.shards`), ``OUT/state/index.sqlite`` (`gov_extract.store.index`),
and from them ``OUT/tables/<table>/<year>.parquet`` with what describes them (`gov_extract.store.publishing`). All is written
while the folder is held (`locked`), elsewhere first, flushed to the disk and then renamed: no reader ever meets half a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from gov_extract.errors import DatasetError
from gov_extract.readers import Limits
from gov_extract.report import Report
from gov_extract.store.files import write_file
from gov_extract.store.index import Index, Row, open_index
from gov_extract.store.keys import Environment, base_key, environment
from gov_extract.store.lock import locked
from gov_extract.store.publishing import LAYOUT, publish_index
from gov_extract.store.shards import pack, shard_path

__all__ = ["LAYOUT", "clean", "keep", "locked", "publish", "tidy", "write_shard"]


def keep(index: Index, row: Row, report: Report, now: Environment, *, beside: str = "", size: int | None = None) -> Row:
    """Keep a document's report as a shard and note it in the index, in place of an earlier one of the same source.

    Parameters
    ----------
    row
        The document, its shard still open.
    beside
        The key of what was saved with it and read with it.
    size
        Its size in bytes, where that is known.

    Returns
    -------
    Row
        The document with its shard.
    """
    named = report.sha256 is None
    content = report.sha256 or row.content
    base = base_key(content, row.source, beside, now.code, named=named)
    shard, data = pack(report, base, now, size)
    path = shard_path(index.out, shard.name)
    if not path.exists():
        write_file(index.out, path, data)
    index.add(shard)
    kept = row._replace(shard=shard.name, content=content)
    index.put([kept])
    index.commit(now=False)
    return kept


def tidy(index: Index, now: Environment | None = None) -> int:
    """Delete shards that no document has, and return their number.

    With `now` only those that no run would take up again: of another program, or read anew since. The others are of documents
    that are gone, and may come back; `clean` deletes these where it is certain that they are gone.
    """
    shards = index.shards()
    used = {row.shard for row in index.rows()}
    anew = {shards[name].base for name in used if name in shards}
    spare = [
        name
        for name, shard in shards.items()
        if name not in used and (now is None or shard.code != now.code or shard.base in anew)
    ]
    index.forget(spare)
    return len(spare)


def clean(index: Index) -> int:
    """Delete the readings of documents that are gone, and return their number.

    Raises
    ------
    DatasetError
        When the index does not know which documents there are: no run has ended since it was made, or it has none while the
        tables hold some.
    """
    if index.fact("finished") is None or (_published(index.out) and not any(True for _ in index.rows())):
        raise DatasetError(
            f"{index.out}: which documents are gone is not known, as no run has ended since the index was made or the last run "
            "began; run `gov-extract extract` again first"
        )
    return tidy(index)


def _published(out: Path) -> int:
    """The number of documents in the tables, by the manifest."""
    try:
        tables = json.loads((out / "manifest.json").read_text("utf-8"))["tables"]
        return sum(file["rows"] for file in tables["documents"].values())
    except (OSError, ValueError, KeyError):
        return 0


def write_shard(out: Path, report: Report) -> Path:
    """Keep a report that did not come from a run: its document's name is all that is known of its file."""
    # Several reports of a document are told apart by a number behind its source.
    source = report.source.removesuffix("#1") if report.others else report.source
    with open_index(out) as index:
        row = keep(index, Row(source, "", (), "", "", ""), report, environment(Limits(), 0.0))
    return shard_path(out, row.shard)


def publish(out: Path, sources: Iterable[str] | None = None) -> dict[str, int]:
    """Make the tables those of the documents that were kept.

    Parameters
    ----------
    out
        The output folder, held by `locked`.
    sources
        What the tables are to hold; other documents leave the index. None: every document.

    Returns
    -------
    dict of str to int
        Table → number of rows.

    Raises
    ------
    DatasetError
        When a shard is torn. Its document is read again by the next run, and is not in the tables until then.
    """
    with open_index(out) as index:
        published = publish_index(index, None if sources is None else list(sources))
    if published.torn:
        raise DatasetError(f"{out}: the readings of {', '.join(published.torn)} were damaged and are gone; extract them again")
    return published.rows
