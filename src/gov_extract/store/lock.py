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
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from gov_extract.errors import DatasetError

logger = logging.getLogger("gov_extract")

# Windows keeps others from reading what is locked: a byte far behind the holder's name is.
_FAR = 1 << 30
# How often a lock is tried that somebody has, and the seconds between two tries: whoever only looks has it for less.
TRIES, PAUSE = 3, 0.1
# Seconds after which every run that was starting on a file system without locks has written its name.
CLAIM_SECONDS = 1.0


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
        taken, named = _tried(handle)
        if taken == "no" or (taken == "unknown" and _runs(named)):
            raise _in_use(out, named)
        if named:
            logger.info("%s: %s did not end its run; it is taken over", out, named)
        # Two that take it in the same second are told apart where only the name does it.
        started = datetime.now(UTC).isoformat(timespec="seconds" if taken == "yes" else "microseconds")
        own = f"process {os.getpid()} on {platform.node()} since {started}"
        handle.truncate(0)
        handle.write(f"{own}\n")
        handle.flush()
        if taken == "unknown":
            _claim(out, own)
        shutil.rmtree(out / "state" / "staging", ignore_errors=True)
        _held.add(handle)
        try:
            yield
        finally:
            _held.discard(handle)
            # In a process that was forked off this one it is closed, and still held by this one.
            if not handle.closed:
                handle.truncate(0)


def _tried(handle: TextIO) -> tuple[Literal["yes", "no", "unknown"], str]:
    """Whether the lock could be had, and who is named in the file. One who only looks has it for a moment: tried again."""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE)
        handle.seek(0)
        named = handle.read().strip()
        taken = _take(handle.fileno())
        if taken != "no":
            break
    return taken, named


def _claim(out: Path, own: str) -> None:
    """Where there are no locks: the name in the file must still be this run's when every other one has seen it.

    Of two that find nobody there and write their names at the same time, one at most finds its own.
    """
    time.sleep(CLAIM_SECONDS)
    named = (out / "state" / "lock").read_text("utf-8").strip()
    if named != own:
        raise _in_use(out, " and ".join(line for line in named.splitlines() if line != own))


def _in_use(out: Path, named: str) -> DatasetError:
    return DatasetError(f"{out}: in use by {named or 'another process'}; wait for it to end or choose another output folder")


_held: set[TextIO] = set()
"""The files by which this process holds folders."""


def _let_go() -> None:
    """A process that was forked off a run holds nothing: it can outlive the run."""
    while _held:
        _held.pop().close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def holder(out: Path) -> str | None:
    """The process that holds the output folder, None where none does."""
    try:
        with (out / "state" / "lock").open("r+", encoding="utf-8") as handle:
            named = handle.read().strip()
            taken = _take(handle.fileno(), shared=True) if named else "yes"
    except OSError:
        return None
    return named if taken == "no" or (taken == "unknown" and _runs(named)) else None


def _take(descriptor: int, *, shared: bool = False) -> Literal["yes", "no", "unknown"]:
    """Whether the lock could be had, `shared` with others who only look; it is given back when the file is closed."""
    try:
        import fcntl
    except ImportError:
        return _take_on_windows(descriptor)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
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
