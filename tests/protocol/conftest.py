"""Worlds to dispatch in, made from a schema that exists already."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.dispatching.stage import StagedDatabase
from tests.dispatching.stores import Hands, TimedDatabase
from tests.dispatching.world import QUICK, RELAYS, World, build_world, migrate


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    shared = Path("/dev/shm")  # noqa: S108 (memory: nothing here has to survive)
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def sqlite_worlds(folder: Path) -> Callable[[], World]:
    """A function that gives a fresh world in SQLite, whose empty schema is made once."""
    empty = folder / "empty"
    empty.mkdir()
    migrate(f"sqlite:///{empty / 'chappe.db'}", f"sqlite:///{empty / 'keyring.db'}")

    def build() -> World:
        home = folder / "world"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(empty, home)
        hands = Hands()
        return build_world(
            StagedDatabase(f"sqlite:///{home / 'chappe.db'}", hands),
            TimedDatabase(f"sqlite:///{home / 'keyring.db'}", hands),
            home,
            RELAYS,
            **QUICK,
        )

    return build
