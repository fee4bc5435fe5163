"""Where LibreOffice is.

In: nothing but the machine. Out: the program's path, or None. It is looked for anew each time, so that what is installed while
a process runs is found.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gov_extract.errors import ReadError
from gov_extract.readers.sniffing import requirements

NEED = "libreoffice"
"""Its key among the requirements of ``data/media_types.toml``."""
NAMES = ("soffice", "libreoffice")

_PLACES: dict[str, tuple[str, ...]] = {
    "darwin": (
        "/Applications/LibreOffice.app/Contents/MacOS/soffice",
        "~/Applications/LibreOffice.app/Contents/MacOS/soffice",
    ),
    # soffice.com waits for the end and belongs to no window; the installers put nothing on the path.
    "win32": (
        "%ProgramFiles%\\LibreOffice\\program\\soffice.com",
        "%ProgramFiles(x86)%\\LibreOffice\\program\\soffice.com",
        "%LocalAppData%\\Programs\\LibreOffice\\program\\soffice.com",
    ),
}
"""Where installers put it, by platform; elsewhere it is on the path."""
_WRITER = ("libswlo.so", "swlo.dll", "../Frameworks/libswlo.dylib")
"""The library that reads texts, from the program's folder."""
_CORE = ("soffice.bin", "soffice.exe")
"""What a folder of LibreOffice's programs holds, with or without that library."""


def office_program() -> str | None:
    """The path of LibreOffice, None where it is not installed, or without the part that reads texts."""
    for name in NAMES:
        found = shutil.which(name)
        # On Windows the current folder is looked in first: what lies beside documents is never run.
        if found is not None and Path(found).is_absolute() and _reads_texts(found):
            return found
    for place in _PLACES.get(sys.platform, ()):
        path = Path(os.path.expandvars(place)).expanduser()
        if path.is_file():
            return str(path)
    return None


def require() -> str:
    """The path of LibreOffice.

    Raises
    ------
    ReadError
        ``office_not_installed``: the message says what to install.
    """
    found = office_program()
    if found is None:
        need = requirements()[NEED]
        message = f"this is read through {need.name}, which is not installed: {need.install}; then run again"
        raise ReadError(message, "office_not_installed")
    return found


def _reads_texts(program: str) -> bool:
    """Whether the part of LibreOffice that reads texts is there, as far as its folder tells: distributions part it in
    packages."""
    folder = Path(program).resolve().parent
    return not any((folder / name).exists() for name in _CORE) or any((folder / name).exists() for name in _WRITER)
