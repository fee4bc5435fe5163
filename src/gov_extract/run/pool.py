"""Worker processes of which each has one document at a time.

In: functions and their arguments, to be pickled. Out: futures. The standard library's process pool breaks as a whole
when one process dies, does not say which task killed it, and cannot stop a task that hangs; here the future of that one
task fails and another process takes the place. Workers are programs of their own (`gov_extract.run.worker`), started
afresh, never forked, and do not import the caller's main module: a script needs no ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from gov_extract.errors import GovExtractError

P = ParamSpec("P")
T = TypeVar("T")

# Documents that a process reads before another takes its place: bounds what leaks in native libraries can add up to, at
# the price of half a second's start.
TASKS_PER_PROCESS = 500


class WorkerDied(GovExtractError):
    """The process that had the task is gone."""


class TimedOut(GovExtractError):
    """The task took longer than it may; its process was ended."""


class ProcessPool(Executor):
    """An executor of `workers` processes; a task may take `seconds`. Functions must be importable by name."""

    def __init__(self, workers: int, seconds: float) -> None:
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="gov-extract")
        self._mine = threading.local()
        self._guard = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule ``fn(*args, **kwargs)``; the future raises `WorkerDied` or `TimedOut` where its process is lost."""
        return self._threads.submit(self._call, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; what they are at is lost unless `wait` is given without `cancel_futures`."""
        with self._guard:
            self._closed = True
            processes = list(self._processes)
        if cancel_futures or not wait:
            for process in processes:
                process.kill()
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            for process in list(self._processes):
                self._end(process)

    def __exit__(self, *error: object) -> None:
        self.shutdown(wait=True, cancel_futures=True)

    def _call(self, function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        process = self._process()
        started = time.monotonic()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump((function, args, kwargs, self._seconds), process.stdin)
            process.stdin.flush()
            succeeded, value = pickle.load(process.stdout)
        # A pipe that ends in the middle of a reply shows as any of these.
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as error:
            self._end(process)
            if time.monotonic() - started >= self._seconds:
                raise TimedOut(f"not read within {self._seconds:g} seconds; it was given up", "timed_out") from error
            raise WorkerDied(f"the worker process died (exit code {process.returncode})", "worker_died") from error
        if not succeeded:
            raise value
        result: T = value
        return result

    def _process(self) -> subprocess.Popen[bytes]:
        """This thread's process, a new one where the old one is gone or has served its time."""
        process: subprocess.Popen[bytes] | None = getattr(self._mine, "process", None)
        self._mine.tasks = getattr(self._mine, "tasks", 0) + 1
        if process is not None and process.poll() is None and self._mine.tasks <= TASKS_PER_PROCESS:
            return process
        if process is not None:
            self._end(process)
        with self._guard:
            if self._closed:
                raise WorkerDied("the pool is shut down", "worker_died")
            self._mine.process = process = subprocess.Popen(
                [sys.executable, "-P", "-m", "gov_extract.run.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
            )
            self._mine.tasks = 1
            self._processes.add(process)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # unsent bytes of a broken pipe: nobody is left to take them
                    continue
        with self._guard:
            self._processes.discard(process)
