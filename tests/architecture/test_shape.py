"""The shape of the tree: sizes, names, a README per folder, exceptions that explain themselves."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture import tree

SOFT_LINES = 300
HARD_LINES = 400
# Files over the soft limit, each with its reason. None may pass the hard one.
LONG_FILES: dict[str, str] = {
    "engine/store/tables.py": "every table of the database, in one place",
    "policy/rule_kinds.py": "every kind of rule with the words that the pages show, in one place",
    "policy/retention.py": "the one table of what is kept how long",
    "engine/store/migrations/main/v0001_first_schema.py": "the first schema, whole",
}

EMPTY_WORDS = {"util", "utils", "manager", "helper", "helpers", "common", "misc"}


@pytest.mark.parametrize("path", tree.sources(), ids=tree.name)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= HARD_LINES, f"{lines} lines: split it"
    assert lines <= SOFT_LINES or tree.name(path) in LONG_FILES, (
        f"{lines} lines: split it, or give the reason in LONG_FILES"
    )


def test_exceptions_to_the_length_are_still_needed() -> None:
    lengths = {tree.name(path): len(path.read_text().splitlines()) for path in tree.sources()}
    assert [path for path in LONG_FILES if lengths.get(path, 0) <= SOFT_LINES] == []


def test_names_say_what_a_module_is_for() -> None:
    words = {tree.name(path): set(path.stem.lower().split("_")) for path in tree.sources()}
    assert [path for path, parts in words.items() if parts & EMPTY_WORDS] == []


@pytest.mark.parametrize("folder", [*tree.RINGS, "tests"])
def test_each_ring_says_what_lives_in_it(folder: str) -> None:
    readme = tree.PROJECT / folder / "README.md"
    assert readme.exists(), "ten lines: what lives here, in which order to read, what it may import"
    content = readme.read_text()
    assert "import" in content
    named = [word for word in content.split("`") if word.endswith(".py")]
    absent = [word for word in named if not (tree.PROJECT / folder / word).exists()]
    assert absent == [], "the README names files that are not there"


def _exceptions(module: ast.Module) -> list[ast.ClassDef]:
    """Return the classes of a module that derive from an exception, by their names."""
    endings = ("Error", "Exception", "Fault", "Faults", "Unavailable", "Warning")
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(endings) for base in node.bases)
    ]


@pytest.mark.parametrize("path", tree.sources(*tree.RINGS), ids=tree.name)
def test_each_exception_says_when_it_is_raised(path: Path) -> None:
    silent = [node.name for node in _exceptions(tree.parsed(path)) if not ast.get_docstring(node)]
    assert silent == []


def test_the_channels_are_all_under_the_contract_of_independence() -> None:
    settings = tomllib.loads((tree.PROJECT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (listed,) = (each["modules"] for each in contracts if each["type"] == "independence")
    channels = tree.PROJECT / "channels"
    folders = {path.parent for path in tree.sources("channels")} - {channels}
    top = {folder.relative_to(channels).parts[0] for folder in folders}
    assert sorted(listed) == sorted(f"channels.{name}" for name in top)


def test_each_dependency_says_why_it_is_there() -> None:
    lines = (tree.PROJECT / "pyproject.toml").read_text().splitlines()
    start = lines.index("dependencies = [")
    end = lines.index("[tool.ruff]")
    entries = [line for line in lines[start:end] if line.startswith('    "')]
    assert [line.strip() for line in entries if "# " not in line] == []


def _pins(file: str) -> dict[str, str]:
    """Return name and version of each pinned requirement of a locked file."""
    lines = (tree.PROJECT / file).read_text().splitlines()
    pinned = [line.split(" ")[0] for line in lines if "==" in line and not line.startswith(" ")]
    return dict(pin.split("==", 1) for pin in pinned)


def test_each_requirement_is_locked_with_its_hashes() -> None:
    for file in ("requirements.txt", "requirements-dev.txt"):
        entries = re.split(r"\n(?=[a-zA-Z])", (tree.PROJECT / file).read_text())
        assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    shipped, tested = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert {name: tested.get(name) for name in shipped} == shipped


def test_the_locks_know_every_dependency() -> None:
    settings = tomllib.loads((tree.PROJECT / "pyproject.toml").read_text())
    groups = settings["dependency-groups"]
    wanted = {
        "requirements.txt": settings["project"]["dependencies"] + groups["build"],
        "requirements-dev.txt": groups["dev"],
    }
    for file, entries in wanted.items():
        locked = {pin.split("[")[0].lower().replace("_", "-") for pin in _pins(file)}
        named = {re.split(r"[\[<>=! ;]", entry)[0].lower() for entry in entries}
        assert sorted(named - locked) == [], "run: make lock"
