"""The one place where the engine is wired: settings in, working parts out."""

from collections.abc import Callable

from channels.contract import Connector
from channels.registry import build_connector
from engine import connectors
from engine.admission import admit
from engine.app import App
from engine.briefing import Briefings
from engine.clock import Clock, SystemClock
from engine.fleet import Fleet
from engine.intake import Handler
from engine.lanes import Dispatcher
from engine.master_key import read_master_key
from engine.planning.chunk import plan_chunk
from engine.retention.turns import sweep_class
from engine.rights_execution import execute
from engine.rulebook import Rulebook
from engine.settings import Settings
from engine.signing import signer_for
from engine.store import grants, schema
from engine.store.connectors import ConnectorRow
from engine.store.database import Database
from engine.vault import Vault


def build_app(settings: Settings, clock: Clock | None = None) -> App:
    """Open databases and vault.

    Raises SigningFault without its DKIM keys, VaultFault without a usable master key (the one that
    opens the keyring), SchemaFault when a database was not migrated.
    """
    signer_for(settings, settings.return_domain)  # a key that is missing is said now
    master_key = read_master_key(settings.master_key_path, settings.keyring)
    db = Database(settings.database)
    schema.check(db, "main")
    keyring = Database(settings.keyring)
    schema.check(keyring, "keyring")
    vault = Vault(keyring, master_key)
    vault.check()
    return App(settings, clock or SystemClock(settings.clock_offset), db, vault)


def migrate(settings: Settings) -> None:
    """Bring both databases to the schema that this version needs; nothing happens when they are."""
    schema.upgrade(settings.database, "main")
    schema.upgrade(settings.keyring, "keyring")


def lacks_rules(settings: Settings) -> bool:
    """Whether no ruleset holds on the platform. Needs no master key: who migrates may have none."""
    db, clock = Database(settings.database, pool_size=1), SystemClock(settings.clock_offset)
    try:
        return not Rulebook(db, clock.now).current().ruled(clock.now())
    finally:
        db.close()


def grant_roles(settings: Settings, application: str | None, reader: str | None) -> None:
    """Let two roles of PostgreSQL work with both databases; see ``engine.store.grants``.

    None: no such role. Raises RolesNeedPostgreSQL for an embedded database.
    """
    for url, which in _databases(settings):
        db = Database(url, pool_size=1)
        try:
            grants.grant(db, which, application, reader)
        finally:
            db.close()


def _databases(settings: Settings) -> tuple[tuple[str, schema.Which], ...]:
    return ((settings.database, "main"), (settings.keyring, "keyring"))


def revisions(settings: Settings) -> dict[str, str | None]:
    """Return where the schema of each database stands; None: it has none."""
    return {
        "main": schema.current(settings.database, "main"),
        "keyring": schema.current(settings.keyring, "keyring"),
    }


def unmigrate(settings: Settings) -> None:
    """Take both schemas away, and everything in them: keys first, so that nothing stays readable."""
    schema.downgrade(settings.keyring, "keyring")
    schema.downgrade(settings.database, "main")


def build_fleet(app: App) -> Fleet:
    """Return the connectors of this process, none of them connected yet."""

    def build(row: ConnectorRow) -> Connector:
        return build_connector(*connectors.load_config(app, row))

    return Fleet(build)


def build_dispatcher(app: App, fleet: Fleet) -> Dispatcher:
    """Return what works the lanes of this process."""
    return Dispatcher(app, fleet, Briefings(app))


def build_intake(app: App) -> Handler:
    """Return what judges the campaign messages that a consumer is given."""
    return Handler(app)


def build_planner(app: App) -> Callable[[int], bool]:
    """Return what admits and plans a campaign by its id; its answer True asks to be called again."""

    def plan(campaign_id: int) -> bool:
        return admit(app, campaign_id).admitted and plan_chunk(app, campaign_id)

    return plan


def build_rights(app: App) -> Callable[[], bool]:
    """Return what carries out the request that has been due longest; False: there is none."""

    def carry_out() -> bool:
        return execute(app) is not None

    return carry_out


def build_sweeper(app: App) -> Callable[[str], bool]:
    """Return what takes one turn at a retention class; True: there is more of it."""

    def sweep(name: str) -> bool:
        return sweep_class(app, name)

    return sweep
