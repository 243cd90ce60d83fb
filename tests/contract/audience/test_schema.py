"""The schema goes up from nothing, and down again, on either store."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.store import schema
from engine.store.database import Database
from engine.store.schema import METADATA, SchemaFault, Which

BOTH_TREES = pytest.mark.parametrize("which", ["main", "keyring"])


def _tables(url: str) -> set[str]:
    db = Database(url)
    with db.read() as connection:
        names = set(sa.inspect(connection).get_table_names())
    db.close()
    return names


@BOTH_TREES
def test_a_database_goes_from_nothing_to_head_and_back(empty_url: str, which: Which) -> None:
    assert schema.current(empty_url, which) is None

    schema.upgrade(empty_url, which)
    assert schema.current(empty_url, which) == schema.head(which)
    assert _tables(empty_url) >= set(METADATA[which].tables)

    schema.downgrade(empty_url, which)
    assert schema.current(empty_url, which) is None
    assert _tables(empty_url) == {schema.VERSION_TABLES[which]}

    schema.upgrade(empty_url, which)
    assert _tables(empty_url) >= set(METADATA[which].tables)


@BOTH_TREES
def test_the_migrations_build_what_the_code_expects(empty_url: str, which: Which) -> None:
    schema.upgrade(empty_url, which)

    db = Database(empty_url)
    with db.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "version_table": schema.VERSION_TABLES[which],
                # An index by what ranges of pages may hold, which only PostgreSQL has.
                "include_name": lambda name, *_about: name != "deliveries_by_person",
            },
        )
        differences = compare_metadata(context, METADATA[which])
    db.close()
    assert differences == []


@BOTH_TREES
def test_migrating_twice_changes_nothing(empty_url: str, which: Which) -> None:
    schema.upgrade(empty_url, which)
    before = _tables(empty_url)
    schema.upgrade(empty_url, which)
    assert _tables(empty_url) == before


def test_both_trees_may_share_a_database(empty_url: str) -> None:
    schema.upgrade(empty_url, "main")
    schema.upgrade(empty_url, "keyring")
    schema.downgrade(empty_url, "main")
    assert schema.current(empty_url, "keyring") == schema.head("keyring")


def test_a_database_without_schema_is_named_with_its_remedy(empty_url: str) -> None:
    db = Database(empty_url)
    with pytest.raises(SchemaFault, match="main database has no schema yet; run: chappe migrate"):
        schema.check(db)
    db.close()


def test_a_database_of_a_newer_version_is_refused(empty_url: str) -> None:
    schema.upgrade(empty_url, "main")
    db = Database(empty_url)
    with db.write() as connection:
        connection.execute(sa.text("UPDATE schema_version SET version_num = '9999'"))
    with pytest.raises(SchemaFault, match="is at 9999, which this version does not know"):
        schema.check(db)
    db.close()


def test_a_migrated_database_is_accepted(empty_url: str) -> None:
    schema.upgrade(empty_url, "main")
    schema.upgrade(empty_url, "keyring")
    db = Database(empty_url)
    schema.check(db, "main")
    schema.check(db, "keyring")
    db.close()


def test_deliveries_are_partitioned_by_the_month_in_which_they_expire(database_url: str) -> None:
    schema.upgrade(database_url, "main")
    db = Database(database_url)
    with db.read() as connection:
        key = connection.scalar(sa.text("SELECT pg_get_partkeydef('deliveries'::regclass)"))
    db.close()
    assert key == "LIST (expiry_month)"
