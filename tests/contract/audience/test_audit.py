"""The audit tells whether it is whole; each kind of tampering is found, and found where it is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import sqlalchemy as sa

from engine import audit, audit_walk
from engine.app import App
from engine.audit import Act
from engine.audit_walk import Verdict
from engine.clock import HOUR
from engine.store import acts
from engine.store.keyring_tables import audit_heads
from engine.store.privacy_tables import acts as table

Tamper = Callable[[sa.Connection], None]


@pytest.fixture
def app(own_app: App) -> App:
    """An application whose audit a test may ruin."""
    return own_app


def _act(app: App, number: int) -> None:
    with app.db.write() as connection:
        audit.record(app, connection, Act.CAMPAIGN_PAUSED, f"campaign:c{number}", controller="shop")


def _acts(app: App, number: int) -> None:
    for one in range(number):
        _act(app, one)
    audit.anchor(app)


def _tampered(app: App, *tampers: Tamper) -> None:
    """Do what the guards refuse: somebody who owns the database can take them away."""
    with app.db.write() as connection:
        if app.db.is_sqlite:
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER acts_no_{verb}")
        else:
            connection.exec_driver_sql("ALTER TABLE acts DISABLE TRIGGER USER")
        for tamper in tampers:
            tamper(connection)


def _found(verdict: Verdict) -> list[tuple[str, int, int]]:
    return [(one.damage.value, one.number, one.last) for one in verdict.findings]


def _set(number: int, /, **values: object) -> Tamper:
    def tamper(connection: sa.Connection) -> None:
        connection.execute(sa.update(table).where(table.c.number == number).values(**values))

    return tamper


def _drop(*numbers: int) -> Tamper:
    return lambda connection: (
        connection.execute(sa.delete(table).where(table.c.number.in_(numbers))),
        None,
    )[1]


def _forge(app: App, number: int, key: bytes) -> Tamper:
    """Put an act in, linked and hashed as it should be, but sealed with another key."""

    def tamper(connection: sa.Connection) -> None:
        before = acts.by_number(connection, number - 1)
        assert before is not None
        row = before._replace(
            number=number, subject="campaign:forged", previous=before.hash, at=app.clock.now()
        )
        digest = audit.hash_of(row)
        acts.insert(connection, row._replace(hash=digest, seal=audit.seal_of(key, digest)))

    return tamper


def test_an_audit_nobody_touched_is_whole(app: App) -> None:
    assert audit_walk.verify(app).whole
    _acts(app, 7)
    verdict = audit_walk.verify(app)
    assert (verdict.whole, verdict.acts, verdict.anchored) == (True, 7, 7)


def test_each_act_says_who_did_what_to_what_and_when(app: App) -> None:
    _act(app, 3)
    with app.db.read() as connection:
        row = acts.last(connection)
    assert row is not None
    assert (row.number, row.at, row.actor, row.act, row.controller, row.subject) == (
        1,
        app.clock.now(),
        "ops",
        "campaign_paused",
        "shop",
        "campaign:c3",
    )


def test_what_is_rolled_back_is_not_on_record(app: App) -> None:
    def fail() -> None:
        with app.db.write() as connection:
            audit.record(app, connection, Act.LIST_DELETED, "list:clients")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    _act(app, 1)
    assert audit_walk.verify(app).acts == 1


@pytest.mark.parametrize(
    "statement",
    ["UPDATE acts SET actor = 'me'", "DELETE FROM acts WHERE number = 2", "TRUNCATE acts"],
)
def test_the_database_refuses_to_change_or_delete_an_act(app: App, statement: str) -> None:
    if app.db.is_sqlite and statement.startswith("TRUNCATE"):
        statement = "DELETE FROM acts"
    _acts(app, 3)
    with (
        pytest.raises(sa.exc.DBAPIError, match="never changed or deleted"),
        app.db.write() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert audit_walk.verify(app).acts == 3


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "somebody"},
        {"act": "list_deleted"},
        {"subject": "campaign:other"},
        {"controller": ""},
        {"details": '{"reason":"other"}'},
        {"at": 5},
    ],
    ids=lambda values: next(iter(values)),
)
def test_an_act_that_was_changed_is_named(app: App, values: dict[str, object]) -> None:
    _acts(app, 6)
    _tampered(app, _set(4, **values))
    assert _found(audit_walk.verify(app)) == [("altered", 4, 4)]


def test_acts_that_were_deleted_are_named(app: App) -> None:
    _acts(app, 9)
    _tampered(app, _drop(3, 4, 7))
    assert _found(audit_walk.verify(app)) == [("missing", 3, 4), ("missing", 7, 7)]


def test_a_deletion_that_renumbers_the_rest_is_found_where_it_begins(app: App) -> None:
    _acts(app, 6)

    def renumber(connection: sa.Connection) -> None:
        for number in (4, 5, 6):
            _set(number, number=number - 1)(connection)

    _tampered(app, _drop(3), renumber)
    found = _found(audit_walk.verify(app))
    assert found[0] == ("unlinked", 3, 3)
    assert found[-1] == ("cut_off", 6, 6)


def test_acts_that_changed_places_are_named(app: App) -> None:
    _acts(app, 6)
    _tampered(app, _set(3, number=99), _set(4, number=3), _set(99, number=4))
    found = _found(audit_walk.verify(app))
    assert {number for _, number, _ in found} == {3, 4, 5}


def test_an_act_put_in_at_the_end_is_found_although_its_hashes_are_right(app: App) -> None:
    _acts(app, 3)
    _tampered(app, _forge(app, 4, bytes(32)))
    assert _found(audit_walk.verify(app)) == [("forged", 4, 4)]


def test_an_act_put_in_before_others_is_found(app: App) -> None:
    _acts(app, 4)

    def shift(connection: sa.Connection) -> None:
        for number in (4, 3):
            _set(number, number=number + 1)(connection)

    _tampered(app, shift, _forge(app, 3, bytes(32)))
    found = _found(audit_walk.verify(app))
    assert found[0] == ("forged", 3, 3)
    assert ("unlinked", 4, 4) in found


def test_a_tail_that_was_cut_off_is_found(app: App) -> None:
    _acts(app, 8)
    _tampered(app, _drop(7, 8))
    assert _found(audit_walk.verify(app)) == [("cut_off", 7, 8)]


def test_an_audit_that_was_emptied_is_found(app: App) -> None:
    _acts(app, 3)
    _tampered(app, _drop(1, 2, 3))
    assert _found(audit_walk.verify(app)) == [("cut_off", 1, 3)]


def test_a_tail_written_again_is_found_even_by_who_has_the_key(app: App) -> None:
    _acts(app, 3)
    _tampered(app, _drop(3), _forge(app, 3, audit.seal_key(app)))
    assert _found(audit_walk.verify(app)) == [("rewritten", 3, 3)]


def test_what_a_crash_left_without_anchor_is_anchored_next_time(app: App) -> None:
    _acts(app, 2)
    _act(app, 2)  # and the process is gone before it anchors
    assert audit_walk.verify(app).whole
    app.clock.wait(HOUR / 1000)
    assert _found(audit_walk.verify(app)) == [("not_anchored", 3, 3)]
    audit.anchor(app)
    assert audit_walk.verify(app).whole


def test_anchors_that_were_taken_away_are_missed(app: App) -> None:
    _acts(app, 3)
    with app.vault.keyring.write() as keyring:
        keyring.execute(sa.delete(audit_heads))
    app.clock.wait(HOUR / 1000)
    assert _found(audit_walk.verify(app)) == [("not_anchored", 1, 3)]


def test_many_who_act_at_once_leave_one_chain_without_gaps(app: App) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: _act(app, number), range(60)))
    audit.anchor(app)
    verdict = audit_walk.verify(app)
    assert (verdict.whole, verdict.acts) == (True, 60)


def test_a_walk_tells_how_far_it_is(app: App) -> None:
    _acts(app, 5)
    told: list[int] = []
    audit_walk.verify(app, told.append)
    assert sum(told) == 5


def test_details_survive_in_one_order(app: App) -> None:
    told: dict[str, str | int | bool] = {"b": 1, "a": "x", "c": True}
    with app.db.write() as connection:
        audit.record(app, connection, Act.LIST_IMPORTED, "list:x", details=told)
        row = acts.last(connection)
    assert row is not None
    assert row.details == '{"a":"x","b":1,"c":true}'
    assert msgspec.json.decode(row.details) == told
