"""The built wheel, installed in an empty environment outside the checkout, does what the checkout does."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures" / "documents"
REPORT_SUFFIXES = (".pdf", ".docx", ".html", ".htm", ".txt", ".md")

pytestmark = pytest.mark.slow


def command(*args: str | Path, folder: Path) -> str:
    """Run a command in `folder`, without any setting that could lead it back to the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    result = subprocess.run([*map(str, args)], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{args}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def binaries(wheel: Path) -> Path:
    environment = wheel.parent / "environment"
    command(sys.executable, "-m", "venv", environment, folder=wheel.parent)
    folder = environment / ("Scripts" if sys.platform == "win32" else "bin")
    command(folder / "python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, folder=wheel.parent)
    return folder


def test_the_wheel_holds_code_and_data_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    expected = {
        path.relative_to(source).as_posix()
        for path in (source / "gov_extract").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in names if ".dist-info/" not in name}
    assert packed == expected
    assert "gov_extract/py.typed" in packed
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_installed_wheel_extracts_a_document(binaries: Path, tmp_path: Path) -> None:
    documents = sorted(path for path in FIXTURES.rglob("*") if path.suffix in REPORT_SUFFIXES)
    assert documents, "fixtures/documents is empty"
    (tmp_path / "in").mkdir()
    for suffix in REPORT_SUFFIXES:
        chosen = next((path for path in documents if path.suffix == suffix), None)
        if chosen is not None:
            (tmp_path / "in" / chosen.name).write_bytes(chosen.read_bytes())
    count = len(list((tmp_path / "in").iterdir()))
    output = command(binaries / "gov-extract", "extract", "in", "-o", "out", folder=tmp_path)
    assert f"{count} documents" in output
    assert "failed" not in output.splitlines()[0]
    code = (
        "import gov_extract; d = gov_extract.open_dataset('out'); "
        "print(gov_extract.__file__, len(d.load('documents')), d.load('cells')['value'].notna().sum() > 0, sep='|')"
    )
    home, rows, figures = command(binaries / "python", "-c", code, folder=tmp_path).strip().split("|")
    assert (int(rows), figures) == (count, "True")
    assert not Path(home).is_relative_to(ROOT)
