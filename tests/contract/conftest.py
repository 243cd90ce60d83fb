from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.services.running import Services
from tests.conftest import empty_database
from tests.dispatching.stores import NOON, Hands, Lane, TimedDatabase, open_migrated


@pytest.fixture(scope="module")
def _stores() -> Iterator[dict[str, TimedDatabase]]:
    opened: dict[str, TimedDatabase] = {}
    yield opened
    for store in opened.values():
        store.close()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)], ids=lambda name: name
)
def lane(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _stores: dict[str, TimedDatabase],
) -> Lane:
    """An empty lane in a database that the tests of one file share, on either store."""
    if request.param not in _stores:
        _stores[request.param] = open_migrated(_url(request, tmp_path_factory), Hands())
    store = _stores[request.param]
    store.hands.millis = NOON
    return Lane(store)


def _url(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        file: Path = folders.mktemp("store") / "chappe.db"
        return f"sqlite:///{file}"
    if request.config.getoption("--without-services"):
        pytest.skip("--without-services was asked for")
    url: str = request.getfixturevalue("dispatch_database_url")
    return url


@pytest.fixture(scope="module")
def dispatch_database_url(services: Services) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that the tests of one file share."""
    with empty_database(services.urls["CHAPPE_DATABASE_URL"]) as url:
        yield url
