"""Files on disk that are never seen half written, and the lock that keeps runs apart.

In: content and where it goes. Out: files that appear whole, by one rename.
"""

from __future__ import annotations

import logging
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from gov_extract.errors import DatasetError

logger = logging.getLogger("gov_extract")


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the output folder, so that no second run writes to it at the same time.

    The lock is the operating system's: it ends with the process, however that dies. Where the system has no such locks
    (Windows), runs are not kept apart.

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
        if not _lock(handle.fileno()):
            handle.seek(0)
            holder = handle.read().strip() or "another process"
            raise DatasetError(f"{out}: in use by {holder}; wait for it to end or choose another output folder")
        started = datetime.now(UTC).isoformat(timespec="seconds")
        handle.truncate(0)
        handle.write(f"process {os.getpid()} on {platform.node()} since {started}\n")
        handle.flush()
        shutil.rmtree(out / "state" / "staging", ignore_errors=True)
        yield
        handle.truncate(0)


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        logger.warning("this system has no file locks: see to it that only one run writes to a folder")
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        logger.warning("this file system has no locks (%s): see to it that only one run writes to it", error.strerror)
    return True


def write_file(out: Path, path: Path, content: bytes) -> None:
    """Write `path` by way of ``OUT/state/staging``."""
    staging = out / "state" / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    temporary = staging / path.name
    with temporary.open("wb") as handle:
        handle.write(content)
        sync(handle)
    temporary.replace(path)


def sync(handle: BinaryIO) -> None:
    """Put what was written on the disk."""
    handle.flush()
    os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Put the renames on disk before the manifest; systems that cannot sync a folder do without."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
