"""Imports go one way, and some go nowhere: proven by import-linter on the whole tree."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture import tree

STANDALONE = "ops/services/"  # runs before anything is installed


def test_the_import_contracts_hold() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=tree.PROJECT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contracts_cover_every_ring() -> None:
    settings = tomllib.loads((tree.PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert sorted(settings["root_packages"]) == sorted(tree.RINGS)
    (layers,) = (each for each in settings["contracts"] if each["type"] == "layers")
    assert layers["layers"] == ["ops", "engine", "channels | policy"]


def _imported(module: ast.Module) -> set[str]:
    """Return the top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize(
    "path",
    [path for path in tree.sources("ops") if tree.name(path).startswith(STANDALONE)],
    ids=tree.name,
)
def test_the_services_need_only_the_standard_library(path: Path) -> None:
    ours = {"ops"}
    assert _imported(tree.parsed(path)) - sys.stdlib_module_names - ours == set()


@pytest.mark.parametrize("path", tree.sources(*tree.RINGS), ids=tree.name)
def test_no_ring_imports_the_tests(path: Path) -> None:
    assert "tests" not in _imported(tree.parsed(path))
