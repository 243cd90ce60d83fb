from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from engine import controllers
from engine.app import App
from engine.settings import Settings
from engine.store import schema
from engine.store.database import Database
from engine.store.schema import METADATA
from engine.vault import Vault
from tests.conftest import empty_database
from tests.open_rules import lay_down
from tests.scenarios.hands import HandClock
from tests.scenarios.site import Site


def _urls(request: pytest.FixtureRequest, stack: ExitStack) -> tuple[str, str]:
    """Return URLs of two empty databases, of which the second is for the keys."""
    if request.param == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("site")
        return f"sqlite:///{folder}/chappe.db", f"sqlite:///{folder}/keyring.db"
    if request.config.getoption("--without-services"):
        pytest.skip("--without-services was asked for")
    server = request.getfixturevalue("services").urls["CHAPPE_DATABASE_URL"]
    main, keyring = (stack.enter_context(empty_database(server)) for _ in range(2))
    return main, keyring


def _hurried(url: str) -> Database:
    """Open a database that waits for no disk: nothing here asks what outlives a power cut."""
    db = Database(url)
    if db.is_sqlite:
        sa.event.listen(
            db.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous = OFF")
        )
    else:
        with db.write() as connection:
            change = f"ALTER DATABASE {db.url.database} SET synchronous_commit = off"
            connection.execute(sa.text(change))
        db.close()  # connections opened from now on know of it
    return db


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]
)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """Migrated databases and platform keys on either store, shared by all scenarios."""
    with ExitStack() as stack:
        main, keyring = _urls(request, stack)
        schema.upgrade(main, "main")
        schema.upgrade(keyring, "keyring")
        db, keys = _hurried(main), _hurried(keyring)
        stack.callback(db.close)
        stack.callback(keys.close)
        settings = Settings(home=tmp_path_factory.mktemp("home"))
        app = App(settings, HandClock(), db, Vault(keys, bytes(range(32))))
        controllers.create_platform_keys(app)
        yield app


@pytest.fixture
def new_site(installation: App) -> Iterator[Callable[..., Site]]:
    """Open a site with settings of its own; when the test is over, its rows are gone."""
    opened: list[Site] = []
    lay_down(installation)

    def new(**settings: Any) -> Site:
        clock = HandClock()
        changed = installation.settings.model_copy(update=settings)
        site = Site(replace(installation, settings=changed, clock=clock), clock)
        opened.append(site)
        return site

    try:
        yield new
        for site in opened:
            site.close()
    finally:
        with installation.db.write() as connection:
            for table in METADATA["main"].sorted_tables:
                # The audit is never deleted from, by anybody; the generation only grows.
                if table.name not in {"acts", "policy_state"}:
                    connection.execute(sa.delete(table))


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    """A site with one controller and no connector."""
    return new_site()
