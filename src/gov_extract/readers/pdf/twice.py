"""Characters that are drawn twice, as a second reading meets them.

In: characters as pdfplumber has them. Out: those without their second copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TWICE = 0.2
"""Share of the characters' size by which a second copy (bold by drawing twice) lies off the first."""


def each_once(chars: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The characters without second copies: those that lie on a kept one of the same text.

    pdfplumber's own way also takes for copies what is near only by way of others: on a turned page the two nines of 9968, where
    nines of other lines stand between them.
    """
    apart = TWICE * median_size(chars)
    places: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    kept = []
    for char in chars:
        text, x, y = char["text"], float(char["x0"]), float(char["top"])
        column, row = int(x // apart), int(y // apart)
        around = ((text, c, r) for c in (column - 1, column, column + 1) for r in (row - 1, row, row + 1))
        if not any(abs(x - a) <= apart and abs(y - b) <= apart for key in around for a, b in places.get(key, ())):
            places.setdefault((text, column, row), []).append((x, y))
            kept.append(char)
    return kept


def median_size(chars: Sequence[dict[str, Any]]) -> float:
    """The median size of characters, in points."""
    sizes = sorted(float(char["size"]) for char in chars)
    return max(sizes[len(sizes) // 2], 1.0) if sizes else 1.0
