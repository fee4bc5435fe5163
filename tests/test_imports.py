"""One direction of imports, and a start that costs nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gov_extract

PACKAGE = Path(gov_extract.__file__).parent
# Each module imports only from those before it.
ORDER = (
    "errors", "forms", "document", "schema", "checks", "sources", "readers", "parse", "report", "concepts", "codebook",
    "render", "store", "dataset", "run", "review", "cli",
)  # fmt: skip
# What `gov_extract` itself gives to its modules; all else there is imported from them.
OF_THE_PACKAGE = {"__version__"}
HEAVY = (
    "pandas", "pyarrow", "pdfplumber", "pdfminer", "lxml", "selectolax", "pypdfium2", "numpy", "typer", "rich", "cv2",
    "onnxruntime", "rapidocr", "PIL", "duckdb", "openpyxl", "yaml",
)  # fmt: skip


def module_names() -> list[str]:
    return [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]


def imports_of(path: Path) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line, module and names of every import from this package, in functions too."""
    package = ["gov_extract", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "gov_extract":
                    yield node.lineno, alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module.split(".")[0] == "gov_extract":
                yield node.lineno, module, tuple(alias.name for alias in node.names)


@pytest.mark.parametrize("name", module_names())
def test_a_module_imports_only_from_those_before_it(name: str) -> None:
    own = name.removesuffix(".py").split("/")[0]
    if own in ("__init__", "__main__"):
        return
    assert own in ORDER, f"{name}: a module that the plan does not know"
    for line, module, names in imports_of(PACKAGE / name):
        parts = module.split(".")
        reached = [parts[1]] if len(parts) > 1 else [imported for imported in names if imported not in OF_THE_PACKAGE]
        for target in reached:
            assert target in ORDER, f"{name}:{line}: imports the unknown module {target}"
            assert ORDER.index(target) <= ORDER.index(own), f"{name}:{line}: {own} imports {target}, which comes after it"


def test_the_order_is_that_of_a_chain_without_unknown_links() -> None:
    there = {name.removesuffix(".py").split("/")[0] for name in module_names()} - {"__init__", "__main__"}
    assert there <= set(ORDER)


def loaded_by(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in run.stdout.split()}


def test_the_package_is_imported_without_its_heavy_parts() -> None:
    assert not loaded_by("import gov_extract; gov_extract.__version__; dir(gov_extract)") & set(HEAVY)


@pytest.mark.parametrize("module", [name for name in ORDER if (PACKAGE / name).exists() or (PACKAGE / f"{name}.py").exists()])
def test_no_module_imports_heavy_parts_when_it_is_imported(module: str) -> None:
    allowed = {"typer", "rich"} if module == "cli" else set()
    assert not loaded_by(f"import gov_extract.{module}") & (set(HEAVY) - allowed)


def test_public_names_are_few_and_all_there() -> None:
    assert len(gov_extract.__all__) <= 12
    for name in gov_extract.__all__:
        assert getattr(gov_extract, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = gov_extract.nothing


def test_a_digital_document_is_read_without_what_reads_pictures() -> None:
    path = next((PACKAGE.parents[1] / "fixtures" / "documents").glob("pdf_reportlab-*.pdf"))
    loaded = loaded_by(f"from gov_extract import extract; extract({str(path)!r})")
    assert not loaded & {"cv2", "onnxruntime", "rapidocr"}
