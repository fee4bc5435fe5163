"""What is written about the project is true: generated pages are fresh, commands and links exist, the notebook runs."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import tomllib
from importlib import resources
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from typer.main import get_command

from gov_extract import cli
from tests.measure.corpus import documents, truth_of
from tests.tools.docs import PAGES

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
WRITTEN = [*READMES, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CHANGELOG.md"]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == PAGES[name](), f"docs/{name} is stale: run `make docs`"


def test_every_finding_has_severity_meaning_and_advice() -> None:
    findings = tomllib.loads((resources.files("gov_extract") / "data" / "findings.toml").read_text("utf-8"))
    for code, entry in findings.items():
        assert set(entry) == {"severity", "meaning", "advice"}, code
        assert entry["severity"] in ("info", "warning", "error"), code


def test_every_finding_code_in_the_source_is_listed() -> None:
    findings = tomllib.loads((resources.files("gov_extract") / "data" / "findings.toml").read_text("utf-8"))
    used: dict[str, str] = {}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Finding", "ReadError", "LimitError"):
                code = node.args[1] if len(node.args) > 1 else None
                if isinstance(code, ast.Constant):
                    used[str(code.value)] = f"{path.name}:{node.lineno}"
    assert {code: place for code, place in used.items() if code not in findings} == {}


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.name))
def test_commands_of_the_readme_exist(path: Path) -> None:
    group = get_command(cli.app)
    known = getattr(group, "commands", {})
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    calls = [line for line in lines if line.startswith(("gov-extract ", ".venv/bin/gov-extract "))]
    commands = [shlex.split(line, comments=True) for line in calls]
    assert commands
    for _, name, *args in commands:
        assert name in known or name.startswith("--")
        if name in known:
            options = {option for parameter in known[name].params for option in parameter.opts}
            assert {arg for arg in args if arg.startswith("-")} <= options
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {target for line in lines if line.startswith("make ") for target in line.split()[1:2]}
    assert named <= targets


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.name))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.slow
def test_the_quickstart_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the scans: reading them takes longer than all the rest.
    reports = tmp_path / "reports"
    reports.mkdir()
    for path in documents():
        if not truth_of(path)["kind"].startswith("scan_"):
            shutil.copy(path, reports)
    monkeypatch.setenv("QUICKSTART_REPORTS", str(reports))
    monkeypatch.setenv("QUICKSTART_OUT", str(tmp_path / "out"))
    text = (ROOT / "notebooks" / "quickstart.ipynb").read_text("utf-8")
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        assert not cell.get("outputs"), "commit the notebook without outputs"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)


def test_every_variety_names_tags_and_tests_that_exist() -> None:
    from fixtures.generator import KINDS, VARIETIES, annex, formats, scans, worn_text
    from fixtures.generator.choice import ALL_TAGS

    known = {tag for tags in ALL_TAGS.values() for tag in tags} | {tag for kind in KINDS for tag in annex.tags_of(kind)}
    known |= {
        "form_2014",
        *formats.TAGS,
        *scans.TAGS,
        *worn_text.WEARS,
        *annex.VARIETIES,
        *(tag for tags in VARIETIES.values() for tag in tags),
    }
    tests = {
        found
        for path in (ROOT / "tests").glob("test_*.py")
        for found in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    rows = [
        line.split("|")[1:-1]
        for line in (ROOT / "docs" / "irregularities.md").read_text("utf-8").split("\n")
        if "`test_" in line
    ]
    assert len(rows) > 40
    for _, tags, named in rows:
        assert set(re.findall(r"`(\w+)`", tags)) <= known
        assert set(re.findall(r"`(\w+)`", named)) <= tests
