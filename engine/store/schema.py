"""The schema of both databases: where it stands, and how it gets to where this version needs it.

Two version trees exist, one for the main database (``engine.store.tables``) and one for the
keyring (``engine.vault``); see ``migrations/``. Each keeps its place in a table of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.errors import EngineError
from engine.store import columns, keyring_tables, policy_tables, privacy_tables, tables
from engine.store.database import Database

Which = Literal["main", "keyring"]

# The tables of each database. Those of the main one register with one collection when imported.
MAIN_TABLES = (tables, privacy_tables, policy_tables)
METADATA: dict[Which, sa.MetaData] = {"main": columns.metadata, "keyring": keyring_tables.metadata}
VERSION_TABLES: dict[Which, str] = {"main": "schema_version", "keyring": "keyring_version"}
_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 1_128_815_953  # any number, the same for every process that migrates


class SchemaFault(EngineError):
    """Raised when a database's schema is not the one that this version needs."""


def upgrade(db_url: str, which: Which, target: str = "head") -> None:
    """Bring a database up to ``target``, from nothing if need be; all of it or nothing."""
    with _migrating(db_url, which) as config:
        command.upgrade(config, target)


def downgrade(db_url: str, which: Which, target: str = "base") -> None:
    """Take a database down to ``target``. Tables that go take their rows with them."""
    with _migrating(db_url, which) as config:
        command.downgrade(config, target)


def current(db_url: str, which: Which) -> str | None:
    """Return the revision at which a database stands; None: it has no schema."""
    with _opened(db_url) as db:
        return revision(db, which)


def revision(db: Database, which: Which) -> str | None:
    """Return the revision at which an open database stands; None: it has no schema."""
    if db.missing:  # looking must not make it
        return None
    with db.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLES[which]}
        )
        return context.get_current_revision()


def head(which: Which) -> str:
    """Return the revision that this version of Chappe needs."""
    found = ScriptDirectory.from_config(_config(which)).get_current_head()
    if found is None:
        msg = f"this installation holds no migrations of the {which} database; install it again"
        raise SchemaFault(msg)
    return found


def check(db: Database, which: Which = "main") -> None:
    """Raise SchemaFault unless the database is at the revision that this version needs."""
    have, needed = revision(db, which), head(which)
    if have == needed:
        return
    if have is None:
        msg = f"the {which} database has no schema yet; run: chappe migrate"
    elif have in _known(which):
        msg = (
            f"the schema of the {which} database is at {have}, this version needs {needed};"
            " run: chappe migrate"
        )
    else:
        msg = (
            f"the schema of the {which} database is at {have}, which this version does not know"
            f" (it needs {needed}); install the version of Chappe that wrote it"
        )
    raise SchemaFault(msg)


def _known(which: Which) -> set[str]:
    script = ScriptDirectory.from_config(_config(which))
    return {step.revision for step in script.walk_revisions()}


@contextmanager
def _opened(db_url: str, *, make: bool = False) -> Iterator[Database]:
    db = Database(db_url, pool_size=1, make=make)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def _migrating(db_url: str, which: Which) -> Iterator[Config]:
    with _opened(db_url, make=True) as db, db.write() as connection:
        if not db.is_sqlite:  # two migrations at once take turns; the second finds nothing to do
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config = _config(which)
        config.attributes["connection"] = connection
        yield config


def _config(which: Which) -> Config:
    config = Config()
    config.set_main_option("path_separator", "newline")  # folders may hold spaces and colons
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("version_locations", _escaped(_MIGRATIONS / which))
    config.attributes["version_table"] = VERSION_TABLES[which]
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")  # the configuration interpolates
