"""What was read of a report, from its shard.

In: an output folder, `Reading`s. Out: a report's own rows of every table; the last few shards stay in memory, so that a report
and those that it is compared with are not unpacked again and again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gov_extract.errors import DatasetError
from gov_extract.store.entries import Reading
from gov_extract.store.shards import read_tables, shard_path

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger("gov_extract")

# Shards in memory: that of the report under way, of the one that stands for its agency and year, of the year before.
_SHARDS = 3

Tables = Mapping[str, "pa.RecordBatch"]
"""Table → rows of one report; tables without rows are not there."""


class TornError(Exception):
    """A shard that is not what was written."""

    def __init__(self, shard: str) -> None:
        super().__init__(shard)
        self.shard = shard


class Readings:
    """The readings below an output folder."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._shard = lru_cache(_SHARDS)(self._opened)

    def tables(self, reading: Reading) -> Tables:
        """The rows of a report.

        Raises
        ------
        TornError
            When its shard is torn.
        """
        import pyarrow.compute as pc

        tables = self._shard(reading.shard)
        if tables["documents"].num_rows == 1:
            return tables
        own = {name: batch.filter(pc.equal(batch["document_id"], reading.document_id)) for name, batch in tables.items()}
        return {name: batch for name, batch in own.items() if batch.num_rows}

    def _opened(self, shard: str) -> Tables:
        try:
            return read_tables(shard_path(self._out, shard))
        except DatasetError as error:
            logger.warning("%s", error.message)
            raise TornError(shard) from error
