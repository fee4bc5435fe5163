"""What tells a file that may have a report's tables from other files that it leads to.

In: ``data/attached.toml``. Out: the endings of such files' names, and the words beside a link to one.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Attached(NamedTuple):
    """`endings` (of `pages`, which a page shows in frames) are lower case with their dot; `words` is searched in a link's line
    and in the file's name."""

    endings: frozenset[str]
    pages: frozenset[str]
    words: re.Pattern[str]


@cache
def attached() -> Attached:
    """The rules, read once a process."""
    data = tomllib.loads(files("gov_extract").joinpath("data/attached.toml").read_text("utf-8"))
    return Attached(frozenset(data["endings"]), frozenset(data["pages"]), re.compile(data["words"], re.IGNORECASE))
