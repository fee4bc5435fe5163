"""The extra ``ocr``: whether it is installed, and the models that its packages carry.

In: nothing. Out: paths of models inside installed packages. Nothing is ever fetched: a package without its model is an error.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from gov_extract.errors import MissingExtraError
from gov_extract.readers.sniffing import requirements

NEED = "ocr"
"""Its key among the requirements of ``data/media_types.toml``."""
INSTALL = requirements()[NEED].install
"""What to type for it."""
PACKAGES = requirements()[NEED].packages
RECOGNISER, DETECTOR = "PP-OCRv6_rec_small.onnx", "PP-OCRv6_det_small.onnx"
CODE = "ocr_not_installed"


@cache
def installed() -> bool:
    """Whether all packages of the extra are there; none of them is imported."""
    return all(find_spec(name) is not None for name in PACKAGES)


def require() -> None:
    """Raise where the extra is not installed.

    Raises
    ------
    MissingExtraError
        Code ``ocr_not_installed``; the message says what to type.
    """
    if not installed():
        raise MissingExtraError(f"this is a picture, and what reads pictures is not installed: {INSTALL}", CODE)


@cache
def model(name: str) -> Path:
    """The path of a model inside the package that carries it.

    Raises
    ------
    MissingExtraError
        Where the package is not installed or does not carry the model.
    """
    spec = find_spec("rapidocr")  # not imported: it would set up a client that can fetch models
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise MissingExtraError(f"the installed rapidocr does not carry the model {name}: {INSTALL}", CODE)
