"""What workers are given, and what comes back.

In: an executor, and `Task`s, to which more may be added as results come. Out: each task with its result, or with `Lost` where
its process or its time is gone. A bounded number is under way at any time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from typing import Any, NamedTuple

from gov_extract.sources import Source


class Task(NamedTuple):
    """The sources that a task is about, and the function that a worker calls."""

    sources: tuple[Source, ...]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class Lost(NamedTuple):
    """In place of a task's result: what became of it."""

    error: BaseException


def finished(executor: Executor, todo: deque[Task], window: int) -> Generator[tuple[Task, Any]]:
    """Each task with its result as it comes, at most `window` under way, until nothing is left to do."""
    running: dict[Future[Any], Task] = {}
    try:
        while todo or running:
            while todo and len(running) < window:
                task = todo.popleft()
                try:
                    running[executor.submit(task.function, *task.arguments)] = task
                # A broken executor refuses: what it cannot take is lost to it, not to the run.
                except RuntimeError as error:
                    yield task, Lost(error)
            if not running:
                continue
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                try:
                    result = future.result()
                # The functions raise nothing: the fault is the executor's, and executors have errors of all kinds.
                except (Exception, CancelledError) as error:  # noqa: BLE001
                    result = Lost(error)
                yield task, result
    finally:
        for future in running:
            future.cancel()
