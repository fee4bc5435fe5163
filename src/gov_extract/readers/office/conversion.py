"""Documents of several kinds → DOCX, by one process of LibreOffice.

In: contents, and a folder of one's own. Out: the path of each DOCX, None for a content of which none came. LibreOffice ends
with 0 whatever happened and says nothing that can be relied on: what counts is the files that it leaves. It has a profile of
its own for each run, in which no macro runs and nothing is fetched, and no document is opened where it lies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from gov_extract.readers.office import guard
from gov_extract.readers.office.program import require

PATIENCE = 60.0
"""Seconds without another DOCX after which LibreOffice hangs: it starts in one to two, and takes .1 to .2 for a report."""
LOOK = 0.05
"""Seconds between two looks at what there is."""
FILTER = "docx:MS Word 2007 XML"
_ORDERLY = 10.0
"""Seconds that ending it may take."""
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")


class Content(NamedTuple):
    """A document's bytes, and the extension under which LibreOffice knows the kind (with its dot)."""

    data: bytes
    extension: str


class Converted(NamedTuple):
    """The DOCX of each content, None where none came; whether LibreOffice was ended because it went on for too long."""

    paths: tuple[Path | None, ...]
    timed_out: bool


def convert(contents: Sequence[Content], folder: Path, *, seconds: float | None = None) -> Converted:
    """Convert documents in one process.

    Parameters
    ----------
    folder
        An empty folder; it is removed when this process is killed, and holds nothing but the results afterwards.
    seconds
        Time that all of them may take together; what is finished by then counts.

    Raises
    ------
    ReadError
        ``office_not_installed``.
    """
    program = require()
    given, made, profile = folder / "given", folder / "made", folder / "profile"
    for part in (given, made, profile / "user"):
        part.mkdir(parents=True)
    settings = files("gov_extract").joinpath("data/office_profile.xcu").read_bytes()
    (profile / "user" / "registrymodifications.xcu").write_bytes(settings)
    sources = [given / f"{n:05d}{content.extension}" for n, content in enumerate(contents)]
    for source, content in zip(sources, contents, strict=True):
        source.write_bytes(content.data)
    options = ["--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck", "--nofirststartwizard"]
    task = ["--convert-to", FILTER, "--outdir", str(made), *map(str, sources)]
    command = [program, f"-env:UserInstallation={profile.resolve().as_uri()}", *options, *task]
    finished = _run(command, folder, made, seconds)
    results = [made / f"{source.stem}.docx" for source in sources]
    for part in (given, profile):
        shutil.rmtree(part, ignore_errors=True)
    return Converted(tuple(path if _is_whole(path) else None for path in results), not finished)


def _run(command: list[str], folder: Path, made: Path, seconds: float | None) -> bool:
    """Whether the command ended by itself; it is ended where it goes on for too long."""
    nowhere = dict.fromkeys((*_PROXIES, *map(str.upper, _PROXIES)), "http://127.0.0.1:9")
    # -I: neither the environment nor what lies in the current folder changes what runs.
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, str(folder), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **nowhere},
    )
    started = last = time.monotonic()
    count = 0
    try:
        while True:
            try:
                process.wait(LOOK)
            except subprocess.TimeoutExpired:
                now = time.monotonic()
                there = sum(1 for _ in made.iterdir())
                if there > count:
                    count, last = there, now
                if now - last > PATIENCE or (seconds is not None and now - started > seconds):
                    return False
            else:
                return True
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have the guard end what it guards, and wait for it."""
    if process.poll() is None:
        assert process.stdin is not None
        process.stdin.write(guard.ONLY_END)
        process.stdin.close()
        try:
            process.wait(_ORDERLY)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    elif process.stdin is not None:
        process.stdin.close()


def _is_whole(path: Path) -> bool:
    """Whether a DOCX is there to its end: its directory stands last."""
    try:
        with path.open("rb") as handle:
            handle.seek(-22, os.SEEK_END)
            return handle.read(4) == b"PK\x05\x06"
    except OSError:  # none came, or nothing is in it
        return False
