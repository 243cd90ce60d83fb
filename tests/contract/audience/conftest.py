"""An application on either store, for tests of controllers, oppositions and lists."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from engine import controllers
from engine.app import App
from engine.clock import Millis
from engine.controllers import Controller, ControllerSettings
from engine.gateway.serving import serving
from engine.list_files import Note, RowFile
from engine.settings import Settings
from engine.store import schema
from engine.store.database import Database
from engine.vault import Vault
from engine.wire.job import Kind
from tests.conftest import empty_database
from tests.gateway.visitor import Visitor
from tests.open_rules import lay_down

NOON: Millis = 1_795_608_000_000


class StillClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.millis = NOON

    def now(self) -> Millis:
        return self.millis

    def boot(self) -> float:
        return self.millis / 1000

    def wait(self, seconds: float) -> None:
        self.millis += round(seconds * 1000)


BOTH_STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]


def _urls(request: pytest.FixtureRequest, stack: ExitStack) -> tuple[str, str]:
    """Return URLs of two empty databases, of which the second is for the keys."""
    if request.param == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("store")
        return f"sqlite:///{folder}/chappe.db", f"sqlite:///{folder}/keyring.db"
    if request.config.getoption("--without-services"):
        pytest.skip("--without-services was asked for")
    server = request.getfixturevalue("services").urls["CHAPPE_DATABASE_URL"]
    main, keyring = (stack.enter_context(empty_database(server)) for _ in range(2))
    return main, keyring


@pytest.fixture(params=BOTH_STORES)
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without anything in it."""
    with ExitStack() as stack:
        yield _urls(request, stack)[0]


@pytest.fixture(scope="module", params=BOTH_STORES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An application that the tests of one file share; each takes a controller of its own."""
    with ExitStack() as stack:
        main, keyring = _urls(request, stack)
        schema.upgrade(main, "main")
        schema.upgrade(keyring, "keyring")
        db, keys = Database(main), Database(keyring)
        stack.callback(db.close)
        stack.callback(keys.close)
        settings = Settings(home=tmp_path_factory.mktemp("home"))
        app = App(settings, StillClock(), db, Vault(keys, bytes(range(32))))
        controllers.create_platform_keys(app)
        lay_down(app)
        yield app


@pytest.fixture
def shop(app: App) -> Controller:
    """A new controller that agreed on the purpose ``offres``."""
    settings = ControllerSettings(purposes={"offres": Kind.MARKETING, "factures": Kind.SERVICE})
    return controllers.create(app, f"shop-{uuid4().hex[:12]}", settings)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], RowFile]:
    """Write a CSV file and return it, ready to be imported."""

    def write(text: str, name: str = "rows.csv") -> RowFile:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return RowFile(path)

    return write


class Report:
    """Gathers what an import says of single lines."""

    def __init__(self) -> None:
        self.notes: list[Note] = []

    def __call__(self, note: Note) -> None:
        self.notes.append(note)

    def of(self, what: str) -> list[tuple[int, str]]:
        """Return (line, reason) of the notes of one sort."""
        return [(note.line, note.reason) for note in self.notes if note.what == what]


def silent(_rows: int, _bytes: int) -> None:
    """Show no progress."""


@pytest.fixture
def opened(app: App) -> Iterator[Callable[..., Visitor]]:
    """Serve on a free port, with settings of the test's own."""
    with ExitStack() as stack:

        def serve(**settings: Any) -> Visitor:
            given = {"gateway_listen": "127.0.0.1:0", **settings}
            changed = replace(app, settings=app.settings.model_copy(update=given))
            return Visitor(stack.enter_context(serving(changed, lambda: None)))

        yield serve


@pytest.fixture
def visitor(opened: Callable[..., Visitor]) -> Visitor:
    return opened()


@pytest.fixture(params=BOTH_STORES)
def own_app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """An application with databases of its own, whose audit a test may ruin."""
    with ExitStack() as stack:
        main, keyring = _urls(request, stack)
        schema.upgrade(main, "main")
        schema.upgrade(keyring, "keyring")
        db, keys = Database(main), Database(keyring)
        stack.callback(db.close)
        stack.callback(keys.close)
        settings = Settings(home=tmp_path_factory.mktemp("home"), actor="ops")
        made = App(settings, StillClock(), db, Vault(keys, bytes(range(32))))
        controllers.create_platform_keys(made)
        yield made
