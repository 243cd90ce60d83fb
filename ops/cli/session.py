"""What nearly every verb begins with: the settings, the opened installation, whose it is about."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from engine import audit, controllers
from engine.app import App
from engine.bootstrap import build_app
from engine.broker.connection import account_of
from engine.errors import EngineError
from engine.settings import Settings, load_settings

EMBEDDED_ACCOUNT = "chappe"


class NotSaidWhose(EngineError):
    """Raised when a verb needs a controller and there is not exactly one to guess."""


@contextmanager
def opened() -> Iterator[App]:
    """Open the installation that the settings name, and close it again."""
    app = build_app(load_settings())
    try:
        yield app
    finally:
        with suppress(sa.exc.SQLAlchemyError):  # the scheduler makes up for it
            audit.anchor(app)  # whatever the verb put on record
        app.close()


def own_account(settings: Settings) -> str:
    """Return the account as which this command puts campaigns."""
    if settings.embedded:
        return EMBEDDED_ACCOUNT
    return account_of(settings.broker_url.get_secret_value())


def whose(app: App, given: str | None) -> str:
    """Return the controller that was named, or the only one there is.

    Raises NotSaidWhose, or UnknownController.
    """
    if given is not None:
        with app.db.read() as connection:
            return controllers.find(connection, given).name
    names = [controller.name for controller in controllers.every(app)]
    if len(names) == 1:
        return names[0]
    if not names:
        raise NotSaidWhose("there is no controller yet; `chappe init` makes the first one")
    raise NotSaidWhose(f"say whose: --controller {' | '.join(names)}")


def realm_of(app: App, given: str | None, *, platform: bool) -> str | None:
    """Return whose oppositions a verb is about; None: the whole platform's."""
    return None if platform else whose(app, given)
