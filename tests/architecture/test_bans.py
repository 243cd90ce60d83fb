"""What is out of bounds: clocks, chance and environment outside named files; real numbers; hosts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import tree

# What may not be called or read, and the only files that may.
BANS: dict[str, dict[str, str]] = {
    "datetime.now": {"engine/clock.py": "the clock"},
    "datetime.utcnow": {},
    "datetime.today": {},
    "date.today": {},
    "time.time": {
        "engine/clock.py": "the clock",
        "ops/bench/": "measures",
        "ops/chaos/": "notes when a mail was taken",
    },
    "time.time_ns": {"engine/clock.py": "the clock"},
    "time.sleep": {
        "engine/clock.py": "the clock",
        "ops/services/children.py": "waits for a process",
        "ops/bench/": "waits for what it measures",
        "ops/chaos/": "waits between two faults",
    },
    "os.environ": {
        "engine/settings.py": "the settings",
        "ops/services/": "runs before the settings can be read",
        "ops/bench/": "hands it to the processes that it measures",
    },
    "os.getenv": {},
    "random.": {},
    "uuid.uuid1": {},
}


def _dotted(node: ast.AST) -> str:
    return ast.unparse(node) if isinstance(node, ast.Attribute) else ""


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    if isinstance(node, ast.Import):
        yield from (f"{alias.name}." for alias in node.names)


def _uses(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        yield _dotted(node)
        yield from _imports(node)


def _breaks(used: str, ban: str) -> bool:
    if ban.endswith("."):
        return used.startswith(ban)
    return used == ban or used.endswith(f".{ban}")


def _allowed(path: str, ban: str) -> bool:
    return any(path.startswith(place) for place in BANS[ban])


@pytest.mark.parametrize("path", tree.sources(*tree.RINGS), ids=tree.name)
def test_clock_chance_and_environment_are_arguments(path: Path) -> None:
    used = set(_uses(tree.parsed(path)))
    broken = {
        ban
        for ban in BANS
        if not _allowed(tree.name(path), ban) and any(_breaks(each, ban) for each in used)
    }
    assert broken == set()


def test_the_bans_see_every_way_of_writing() -> None:
    examples = {
        "from datetime import datetime\ndatetime.now()": "datetime.now",
        "import datetime\ndatetime.datetime.now()": "datetime.now",
        "from time import sleep": "time.sleep",
        "import random": "random.",
        "from random import choice": "random.",
        "import os\nos.environ['HOME']": "os.environ",
    }
    for code, ban in examples.items():
        assert any(_breaks(used, ban) for used in _uses(ast.parse(code))), code


# Numbers that the French regulator (ARCEP) keeps for fiction: nobody is ever called by a test.
FICTION = ("19900", "26191", "35301", "46571", "53649", "63998")
FRENCH_NUMBER = re.compile(
    r"(?<![\w.])(?:\+33|0033|0)[ .\-]?(?:\(0\))?([1-79](?:[ .\-]?\d){8})(?!\w)"
)
# Files of cases that must hold other numbers, each with its reason.
REAL_LOOKING_NUMBERS = {
    "tests/unit/addresses/test_phones.py": "ranges without fiction: special, short, internet lines",
}
ALL_DIGITS = "123456789"  # the alphabet, not a number


def _real_numbers(text: str) -> list[str]:
    found = (re.sub(r"\D", "", match[1]) for match in FRENCH_NUMBER.finditer(text))
    return [number for number in found if not number.startswith((*FICTION, ALL_DIGITS))]


@pytest.mark.parametrize("path", tree.files(), ids=tree.name)
def test_phone_numbers_are_fictitious(path: Path) -> None:
    if tree.name(path) not in {*REAL_LOOKING_NUMBERS, "requirements.txt", "requirements-dev.txt"}:
        assert _real_numbers(tree.text(path)) == []


def test_real_numbers_are_recognised_in_every_writing() -> None:
    ours = f"+33 6{39_98_00_00_01}"
    assert _real_numbers(ours) == []
    for start in ("+336", "06", "00336", "+33 (0)6"):
        assert _real_numbers(f"call {start}{12}.34.56.{78}") == ["612345678"]


# Where this tree is built is nobody's business, and where packages come from is the reader's.
FOREIGN = re.compile(
    r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|debian\.org/debian|artifact|crates)[\w./-]*"
    r"|--(?:extra-)?index-url|--find-links|--trusted-host"
    r"|/(?:root|home|Users|work)/[\w.-]+"
)
OWN_PATTERNS = {"tests/architecture/test_bans.py", "Makefile"}


@pytest.mark.parametrize("path", tree.files(), ids=tree.name)
def test_no_registry_and_no_machine_is_named(path: Path) -> None:
    if tree.name(path) not in OWN_PATTERNS:
        assert FOREIGN.findall(tree.text(path)) == []


@pytest.mark.parametrize("path", tree.files(), ids=tree.name)
def test_email_addresses_are_of_reserved_domains(path: Path) -> None:
    """RFC 2606 and RFC 6761: nobody can ever receive at these."""
    if not tree.name(path).startswith("tests/"):
        return
    reserved = re.compile(r"(?:^|\.)(?:test|example|invalid|localhost|example\.(?:org|com|net))$")
    known = ("gmail.com", "orange.fr", "free.fr", "wanadoo.fr", "yahoo.com", "hotmail.com")
    hosts = re.findall(r"@([\w-]+(?:\.[\w-]+)+)", tree.text(path))
    assert [host for host in hosts if host.lower() in known and not reserved.search(host)] == []
