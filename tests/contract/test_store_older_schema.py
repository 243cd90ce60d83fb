"""An installation of before there were rules is migrated with everything that it holds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store import schema
from engine.store.database import Database
from engine.store.suppressions import Mark, add_missing
from engine.store.tables import suppressions
from tests.conftest import empty_database

BEFORE = "0002"
ANA, BO, CY = b"a" * 16, b"b" * 16, b"c" * 16
# key, scope, channel, reason, source, subject, created_at, chunk_id
OPPOSED = (
    (ANA, 1, "", "objection", "mail", "contact", 1_700_000_000_000, 7),
    (ANA, 1, "email", "unsubscribed", "gateway", "contact", 1_700_000_000_001, 8),
    (ANA, 2, "", "complaint", "relay", "contact", 1_700_000_000_002, None),
    (BO, 0, "sms", "stop", "operator", "contact", 1_700_000_000_003, 9),
    (CY, 1, "", "erased", "rights", "person", 1_700_000_000_004, None),
)
_INSERT = (
    "INSERT INTO suppressions (key, scope, channel, reason, source, subject, created_at, chunk_id)"
    " VALUES (:key, :scope, :channel, :reason, :source, :subject, :created_at, :chunk_id)"
)
_NAMES = ("key", "scope", "channel", "reason", "source", "subject", "created_at", "chunk_id")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database at the schema of before, with oppositions, on either store."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/chappe.db"
        _fill(url)
        yield url
        return
    if request.config.getoption("--without-services"):
        pytest.skip("--without-services was asked for")
    services = request.getfixturevalue("services")
    with empty_database(services.urls["CHAPPE_DATABASE_URL"]) as url:
        _fill(url)
        yield url


def _fill(url: str) -> None:
    schema.upgrade(url, "main", BEFORE)
    db = Database(url)
    with db.write() as connection:
        rows = [dict(zip(_NAMES, row, strict=True)) for row in OPPOSED]
        connection.execute(sa.text(_INSERT), rows)
    db.close()


def _opposed(db: Database) -> list[tuple[object, ...]]:
    columns = [suppressions.c[name] for name in (*_NAMES, "purpose")]
    with db.read() as connection:
        rows = connection.execute(sa.select(*columns)).all()
    return sorted((bytes(row.key), *row[1:]) for row in rows)


def test_every_opposition_is_there_after_a_migration_and_is_about_any_purpose(older: str) -> None:
    schema.upgrade(older, "main")
    db = Database(older)
    schema.check(db)
    assert _opposed(db) == sorted((*row, "") for row in OPPOSED)
    mark = Mark(1, "email", "unsubscribed", "gateway", "contact", 1, "offers")
    with db.write() as connection:
        assert add_missing(db, connection, mark, None, [ANA]) == {ANA}, "one more, to a purpose"
        assert add_missing(db, connection, replace(mark, purpose=""), None, [ANA]) == set()
    db.close()


def test_no_rules_hold_after_a_migration_and_changes_of_them_are_counted_from_one(
    older: str,
) -> None:
    schema.upgrade(older, "main")
    db = Database(older)
    with db.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM rulesets")) == 0
        assert connection.scalar(sa.text("SELECT generation FROM policy_state")) == 1
    db.close()


def test_going_back_forgets_no_opposition_and_keeps_one_of_each_place(older: str) -> None:
    schema.upgrade(older, "main")
    db = Database(older)
    only = Mark(2, "sms", "stop", "operator", "contact", 5, "offers")
    with db.write() as connection:
        add_missing(db, connection, only, None, [BO])
        again = Mark(1, "", "objection", "mail", "contact", 6, "offers")
        add_missing(db, connection, again, None, [ANA])
    db.close()
    schema.downgrade(older, "main", BEFORE)
    db = Database(older)
    with db.read() as connection:
        found = connection.execute(sa.text("SELECT key, scope, channel FROM suppressions")).all()
    db.close()
    places = sorted((bytes(row.key), row.scope, row.channel) for row in found)
    assert places == sorted([*(row[:3] for row in OPPOSED), (BO, 2, "sms")])
    schema.upgrade(older, "main")
