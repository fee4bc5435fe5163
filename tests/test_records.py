"""Named tuples built without their constructor have all their fields."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import gov_extract

PACKAGE = Path(gov_extract.__file__).parent


def records_of(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name of the type, line and number of values of every ``record(Type, (a, b))`` in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name("record"), args=[ast.Name(name), ast.Tuple(values)]):
                if not any(isinstance(value, ast.Starred) for value in values):
                    yield name, node.lineno, len(values)


def test_every_record_is_given_all_its_fields() -> None:
    seen = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(["gov_extract", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
        for name, line, values in records_of(path):
            fields = getattr(importlib.import_module(module), name)._fields
            assert values == len(fields), f"{path.name}:{line}: {name} has {len(fields)} fields, {values} were given"
            seen += 1
    assert seen > 10
