"""Documents that LibreOffice must convert, several in one process: a start takes as long as ten of them.

In: the sources of a run. Out: `batches` of them, and from a worker (`convert_batch`) the same sources with the paths of their
DOCX. What cannot be converted together is converted alone, when its turn comes.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from gov_extract.errors import ReadError
from gov_extract.readers import DAMAGE, OFFICE, Limits, sniff
from gov_extract.readers.contents import content_of
from gov_extract.readers.office import Content, checked, convert
from gov_extract.sources import Source

MOST = 16
"""Documents of a batch: the start is a tenth of its time then, and what hangs takes few others with it."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of a batch's documents, which are in memory together."""
SHARE = 0.7
"""Share of the time that a document may take within which a batch must be done: what is left is for its beginning and end."""


def batches(sources: Sequence[Source], workers: int) -> Iterator[tuple[Source, ...]]:
    """The sources in their order: each that may need converting with others of that kind, the others by themselves."""
    size = min(MOST, math.ceil(sum(source.office for source in sources) / workers))
    waiting: list[Source] = []
    for source in sources:
        if source.office and source.error is None:
            waiting.append(source)
            if len(waiting) >= size:
                yield tuple(waiting)
                waiting = []
        else:
            yield (source,)
    if waiting:
        yield tuple(waiting)


def convert_batch(sources: Sequence[Source], limits: Limits, folder: Path, seconds: float) -> list[Source]:
    """The sources with the DOCX of those that could be converted, below `folder`. Runs in a worker."""
    places: list[int] = []
    contents: list[Content] = []
    size = 0
    for place, source in enumerate(sources):
        try:
            content = content_of(source, limits)
            kind = sniff(content.data)
            if content.error is not None or kind not in OFFICE or size + len(content.data) > MOST_BYTES:
                continue
            contents.append(checked(content.data, limits, kind))
        # It is read alone, and says what is the matter then.
        except (OSError, ReadError, *DAMAGE):
            continue
        size += len(content.data)
        places.append(place)
    converted = list(sources)
    if len(contents) > 1:
        own = Path(tempfile.mkdtemp(dir=folder))
        for place, path in zip(places, convert(contents, own, seconds=SHARE * seconds).paths, strict=True):
            converted[place] = sources[place]._replace(converted=path)
    return converted
