"""A program that runs another one and leaves nothing of it behind.

In: a folder, and a command line. Out: the command's exit code. When its own standard input ends, that is, when whoever started
it is gone, whatever killed that, it ends the command with all that it started and removes the folder; when `ONLY_END` comes, it
leaves the folder. It stands alone (``python -I -S guard.py FOLDER COMMAND...``), so that it starts in no time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading

ONLY_END = b"."
"""What is written to it to have the command ended."""
ENOUGH_MEMORY = 4 << 30
"""Bytes of address space: LibreOffice takes about 1.5 GiB for a text, a hostile one all there is."""
ENOUGH_DISK = 1 << 30
"""Bytes of one file that it writes."""


def main(folder: str, command: list[str]) -> int:
    """Run the command; its exit code."""
    # Ctrl-C reaches every process of the terminal; whoever started this one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )

    told_to_end = threading.Event()

    def watch() -> None:
        told = sys.stdin.buffer.read(1)
        told_to_end.set()
        end(process)
        process.wait()
        if told != ONLY_END:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    code = process.wait()
    if told_to_end.is_set():
        # The folder goes after the command has ended: whoever leaves now leaves it there.
        watching.join()
    end(process)
    return code


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _bound() -> None:
    """What the command, and all that it starts, may take."""
    if os.name == "nt":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, ENOUGH_MEMORY), (resource.RLIMIT_FSIZE, ENOUGH_DISK), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        with contextlib.suppress(ValueError, OSError):  # a system that knows no such bound
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
