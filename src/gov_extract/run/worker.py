"""The program that a worker process runs: tasks from standard input, results to standard output, both pickled.

In: ``(function, args, kwargs, seconds)``. Out: ``(True, result)`` or ``(False, exception)``. It ends with its input, so
that no worker outlives its parent by more than one task; and a task that overruns its time ends it, even where native
code holds the interpreter's lock.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import sys
from pathlib import Path


def main() -> None:
    """Serve until the input ends."""
    # Ctrl-C reaches every process of the terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not get between the replies.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with replies, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        while True:
            try:
                function, args, kwargs, seconds = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            try:
                reply = (True, function(*args, **kwargs))
            # The caller is in another process: whatever it was, it goes there.
            except Exception as error:  # noqa: BLE001
                reply = (False, error)
            faulthandler.cancel_dump_traceback_later()
            pickle.dump(reply, replies)
            replies.flush()


if __name__ == "__main__":
    main()
