"""The lock that keeps runs on one output folder apart.

In: an output folder. Out: `locked`, which holds it, and `holder`, which tells who does. The lock is the operating system's, so
that it ends with the process, however that dies. On file systems without such locks the process named in the file is asked for:
one that is gone holds nothing.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from gov_extract.errors import DatasetError

logger = logging.getLogger("gov_extract")

# Windows keeps others from reading what is locked: a byte far behind the holder's name is.
_FAR = 1 << 30


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the output folder, so that no second run writes to it at the same time.

    Raises
    ------
    DatasetError
        When another process holds it (the message names that process), or the folder cannot be written.
    """
    try:
        (out / "state" / "shards").mkdir(parents=True, exist_ok=True)
        handle = (out / "state" / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"{out}: cannot write to the output folder ({error.strerror}); choose another with -o") from error
    with handle:
        handle.seek(0)
        named = handle.read().strip()
        taken = _take(handle.fileno())
        if taken == "no" or (taken == "unknown" and _runs(named)):
            name = named or "another process"
            raise DatasetError(f"{out}: in use by {name}; wait for it to end or choose another output folder")
        if named:
            logger.info("%s: %s did not end its run; it is taken over", out, named)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        handle.truncate(0)
        handle.write(f"process {os.getpid()} on {platform.node()} since {started}\n")
        handle.flush()
        shutil.rmtree(out / "state" / "staging", ignore_errors=True)
        try:
            yield
        finally:
            handle.truncate(0)


def holder(out: Path) -> str | None:
    """The process that holds the output folder, None where none does."""
    try:
        with (out / "state" / "lock").open("r+", encoding="utf-8") as handle:
            named = handle.read().strip()
            taken = _take(handle.fileno()) if named else "yes"
    except OSError:
        return None
    return named if taken == "no" or (taken == "unknown" and _runs(named)) else None


def _take(descriptor: int) -> Literal["yes", "no", "unknown"]:
    """Whether the lock could be had; it is given back when the file is closed."""
    try:
        import fcntl
    except ImportError:
        return _take_on_windows(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "no"
    except OSError as error:
        logger.warning("this file system has no locks (%s): two machines that write to it are not kept apart", error.strerror)
        return "unknown"
    return "yes"


def _take_on_windows(descriptor: int) -> Literal["yes", "no", "unknown"]:
    import importlib

    msvcrt = importlib.import_module("msvcrt")
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError:
        return "no"
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)
    return "yes"


def _runs(named: str) -> bool:
    """Whether the process of that name runs, as far as this machine can tell."""
    found = re.match(r"process (\d+) on (.*) since ", named)
    if found is None:
        return False
    if found[2] != platform.node() or os.name != "posix":
        return True
    with suppress(PermissionError):
        try:
            os.kill(int(found[1]), 0)
        except ProcessLookupError:
            return False
    return True
