"""Whatever is put into the audit's tables, verifying ends with the place, never with a crash."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from engine import audit, audit_export, audit_walk
from engine.app import App
from engine.audit import Act
from engine.audit_walk import Verdict
from engine.store import acts
from engine.store.acts import Wanted
from engine.store.keyring_tables import audit_heads

_REST = "at, actor, act, controller, subject, details, previous, hash, seal"


@pytest.fixture
def app(own_app: App) -> App:
    """An application whose audit a test may ruin, with five acts."""
    for one in range(5):
        _act(own_app, one)
    audit.anchor(own_app)
    return own_app


def _act(app: App, number: int) -> None:
    with app.db.write() as connection:
        audit.record(app, connection, Act.CAMPAIGN_PAUSED, f"campaign:c{number}", controller="shop")


def _tamper(app: App, statement: str) -> None:
    with app.db.write() as connection:
        if app.db.is_sqlite:
            for guard in ("update", "delete", "replace"):
                connection.exec_driver_sql(f"DROP TRIGGER acts_no_{guard}")
        else:
            connection.exec_driver_sql("ALTER TABLE acts DISABLE TRIGGER USER")
        connection.exec_driver_sql(statement)


def _found(verdict: Verdict) -> list[tuple[str, int, int]]:
    return [(one.damage.value, one.number, one.last) for one in verdict.findings]


@pytest.mark.parametrize("number", [0, -1, -(2**63)])
def test_an_act_put_in_before_the_first_is_found(app: App, number: int) -> None:
    _tamper(app, f"INSERT INTO acts SELECT {number}, {_REST} FROM acts WHERE number = 2")  # noqa: S608 (words of this test)
    found = _found(audit_walk.verify(app))
    assert found[0] == ("unlinked", number, number)
    assert {place for _, place, _ in found} == {number}
    lines = list(audit_export.export(app))
    assert _found(audit_export.verify_export(app, lines)) == found


@pytest.mark.parametrize("details", ["oops", "[1]", '{ "a": 1}', '{"b":1,"a":2}', '{"a":{}}', ""])
def test_details_that_are_none_are_located_shown_and_exported_as_found(
    app: App, details: str
) -> None:
    _tamper(app, f"UPDATE acts SET details = '{details}' WHERE number = 3")  # noqa: S608 (words of this test)
    assert _found(audit_walk.verify(app)) == [("altered", 3, 3)]
    assert len(audit.latest(app, Wanted(), 10)) == 5
    lines = list(audit_export.export(app))
    assert _found(audit_export.verify_export(app, lines)) == [("altered", 3, 3)]


@pytest.mark.parametrize(
    "change",
    [
        "at = 'noon'",
        "actor = x'ff01'",
        "actor = CAST(actor AS BLOB)",
        "subject = CAST(x'ff01' AS TEXT)",
        "details = 7",
        "previous = 'abc'",
        "hash = 'abc'",
        "hash = 9999999999",
        "seal = 5",
        "seal = 0.5",
    ],
)
def test_a_value_of_another_kind_is_located(app: App, change: str) -> None:
    if not app.db.is_sqlite:
        pytest.skip("PostgreSQL stores nothing but what the column is made for")
    _tamper(app, f"UPDATE acts SET {change} WHERE number = 3")  # noqa: S608 (words of this test)
    found = _found(audit_walk.verify(app))
    assert ("altered", 3, 3) in found or ("forged", 3, 3) in found
    assert {place for _, place, _ in found} <= {3, 4}  # the next one is linked to it
    assert _found(audit_export.verify_export(app, audit_export.export(app))) == found
    assert len(audit.latest(app, Wanted(), 10)) == 5


@pytest.mark.parametrize("number", ["'x'", "x'00'", "2.5"])
def test_an_act_whose_number_is_none_is_missed_and_found(app: App, number: str) -> None:
    if not app.db.is_sqlite:
        pytest.skip("PostgreSQL stores nothing but what the column is made for")
    _tamper(app, f"UPDATE acts SET number = {number} WHERE number = 3")  # noqa: S608 (words of this test)
    verdict = audit_walk.verify(app)
    assert _found(verdict) == [("missing", 3, 3), ("unlinked", 6, 6)]
    assert verdict.acts == 5
    _act(app, 9)  # the chain goes on all the same
    with app.db.read() as connection:
        last = acts.last(connection)
    assert last is not None
    assert last.number == 6


def test_sqlite_refuses_to_replace_an_act_by_inserting_it_again(app: App) -> None:
    if not app.db.is_sqlite:
        pytest.skip("PostgreSQL has no such statement")
    with (
        pytest.raises(sa.exc.DBAPIError, match="never changed or deleted"),
        app.db.write() as connection,
    ):
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO acts SELECT * FROM acts WHERE number = 2"
        )
    assert audit_walk.verify(app).whole


def test_lines_of_an_export_that_changed_places_or_came_twice_are_named(app: App) -> None:
    lines = list(audit_export.export(app))
    swapped = [lines[0], lines[2], lines[1], *lines[3:]]
    assert _found(audit_export.verify_export(app, swapped)) == [("misplaced", 2, 2)]
    twice = [*lines[:3], lines[1], *lines[3:]]
    assert _found(audit_export.verify_export(app, twice)) == [("unlinked", 2, 2)]


def test_an_export_says_up_to_where_the_keyring_vouches_for_it(app: App) -> None:
    lines = list(audit_export.export(app))
    _act(app, 5)
    audit.anchor(app)
    assert audit_export.verify_export(app, lines).anchored == 5
    cut = audit_export.verify_export(app, lines[:3])
    assert (cut.findings, cut.anchored, cut.whole) == ([], 0, False)


def test_an_anchor_that_was_changed_is_located(app: App) -> None:
    with app.vault.keyring.write() as keyring:
        keyring.execute(sa.update(audit_heads).values(hash=bytes(32)))
    assert _found(audit_walk.verify(app)) == [("rewritten", 5, 5)]


def test_processes_that_anchor_at_once_do_not_fail(app: App) -> None:
    def act(number: int) -> None:
        _act(app, number)
        audit.anchor(app)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(act, range(80)))
    verdict = audit_walk.verify(app)
    assert (verdict.whole, verdict.acts, verdict.anchored) == (True, 85, 85)
