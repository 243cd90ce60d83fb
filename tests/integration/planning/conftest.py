from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from channels.contract import Channel
from engine.planning import steps
from ops.services.running import Services
from tests.conftest import empty_database
from tests.planning.world import NOON, World, build_world

BOTH_STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]


@pytest.fixture(scope="module")
def _worlds() -> Iterator[dict[str, World]]:
    with ExitStack() as stack:
        worlds: dict[str, World] = {}
        yield worlds
        for world in worlds.values():
            stack.callback(world.app.db.close)
            stack.callback(world.keyring.close)


@pytest.fixture(params=BOTH_STORES)
def world(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _worlds: dict[str, World],
) -> World:
    """An installation with a controller of this test's own, on either store."""
    name: str = request.param
    if name not in _worlds:
        _worlds[name] = _opened(request, tmp_path_factory.mktemp("home"))
    world = _worlds[name]
    world.clock.millis, world.clock.steps = NOON, 0.0
    world.number += 1
    world.controller = world.new_controller(f"boutique-{world.number}")
    return world


def _opened(request: pytest.FixtureRequest, home: Path) -> World:
    if request.param == "sqlite":
        main, keyring = (f"sqlite:///{home}/{name}.db" for name in ("chappe", "keyring"))
    else:
        if request.config.getoption("--without-services"):
            pytest.skip("--without-services was asked for")
        main, keyring = request.getfixturevalue("planning_databases")
    world = build_world(main, keyring, home)
    for channel in (Channel.EMAIL, Channel.SMS):
        world.connector(channel)
    return world


@pytest.fixture(scope="module")
def planning_databases(services: Services) -> Iterator[tuple[str, str]]:
    """The URLs of two empty PostgreSQL databases that the tests of one file share."""
    server = services.urls["CHAPPE_DATABASE_URL"]
    with empty_database(server) as main, empty_database(server) as keyring:
        yield main, keyring


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of a few rows, buckets of a few, blocks of three: many steps for few rows."""
    monkeypatch.setattr(steps, "BUCKET_ROWS", 7)
    monkeypatch.setattr("engine.sources.GROUP_ROWS", 10)
    monkeypatch.setattr("engine.sources._CHUNKS_AT_ONCE", 1)
    monkeypatch.setattr("engine.tabular.delimited.PASSAGE_SIZE", 64)


@pytest.fixture
def in_threes(world: World) -> Iterator[None]:
    """Blocks of at most three recipients."""
    usual = world.app
    settings = usual.settings.model_copy(update={"batch_size": 3})
    world.app = replace(usual, settings=settings)
    yield
    world.app = usual
