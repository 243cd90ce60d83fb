"""The tracked files of the project, read once for all tests of its shape."""

import ast
import subprocess
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
RINGS = ("channels", "engine", "ops", "policy")


@cache
def files() -> tuple[Path, ...]:
    """Return every file that is, or would be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    paths = (PROJECT / line for line in listing.stdout.splitlines())
    return tuple(sorted(path for path in paths if path.is_file()))


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    """Return the Python files of some top folders; without any, of all."""
    python = (path for path in files() if path.suffix == ".py")
    return tuple(path for path in python if not folders or name(path).split("/")[0] in folders)


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(), filename=str(path))


def text(path: Path) -> str:
    """Return the text of a file; nothing for one that is not text."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def name(path: Path) -> str:
    """Return a path as the project names it."""
    return path.relative_to(PROJECT).as_posix()
