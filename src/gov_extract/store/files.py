"""Files on disk that are never seen half written.

In: content and where it goes. Out: files that appear whole, by one rename.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


def write_file(out: Path, path: Path, content: bytes) -> None:
    """Write `path` by way of ``OUT/state/staging``."""
    staging = out / "state" / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    temporary = staging / path.name
    with temporary.open("wb") as handle:
        handle.write(content)
        sync(handle)
    path.parent.mkdir(parents=True, exist_ok=True)
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
