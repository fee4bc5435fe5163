"""Documents with their truth, on disk.

In: a folder of documents. Out: each document with the path of its truth, which is ``../truth/STEM.json`` (as the generator
writes it) or ``STEM.truth.json`` beside the document (as `stress --keep` does).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCUMENTS = Path(__file__).parents[2] / "fixtures" / "documents"
BESIDE = ".truth.json"


def truth_path(document: Path) -> Path | None:
    """Where a document's truth is, None where it has none."""
    places = (document.with_name(document.stem + BESIDE), document.parent.parent / "truth" / f"{document.stem}.json")
    return next((place for place in places if place.is_file()), None)


def truth_of(document: Path) -> dict[str, Any]:
    """A document's truth.

    Raises
    ------
    FileNotFoundError
        When it has none.
    """
    path = truth_path(document)
    if path is None:
        raise FileNotFoundError(f"{document} has no truth beside it and none in ../truth")
    truth: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return truth


def documents(folder: Path = DOCUMENTS) -> list[Path]:
    """The documents of a folder that have a truth, sorted by name."""
    return sorted(path for path in folder.iterdir() if not path.name.endswith(BESIDE) and truth_path(path) is not None)
