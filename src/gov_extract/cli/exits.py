"""How commands end: exit codes, and messages of what is wrong."""

from __future__ import annotations

from typing import NoReturn

import typer

SOME_FAILED, USAGE, NOTHING_READ, INTERRUPTED = 1, 2, 3, 130
# What `gov-extract diff` ends with, as diff(1) does; wrong usage and folders that are no datasets are `USAGE`.
SAME, DIFFERENT = 0, 1


def fail(message: str, code: int) -> NoReturn:
    """Print what is wrong, and end with that code."""
    typer.echo(f"gov-extract: {message}", err=True)
    raise typer.Exit(code)
