"""Forgetting what rules needed to know: consents, times of contact, replaced opposition lists."""

from engine import controllers, opposition_lists
from engine.app import App
from engine.clock import DAY
from engine.store import consents as ledger_rows
from engine.store import opposition_lists as list_rows
from engine.store.consents import ConsentRow
from engine.store.policy_tables import consents, contacts, opposition_list_entries
from tests.scenarios.site import Site
from tests.scenarios.sweeping import rows_of, sweep_everything


def _consent(site: Site, key: bytes, withdrawn_at: int | None) -> None:
    row = ConsentRow(
        key,
        site.controller.number,
        "offres",
        "email",
        "2024-03-02",
        "paper",
        "form-7",
        "fair",
        site.clock.millis,
        withdrawn_at,
    )
    with site.app.db.write() as connection:
        ledger_rows.put(site.app.db, connection, [row])


def _contact(app: App, key: bytes, scope: int, latest_at: int) -> None:
    row = {"key": key, "scope": scope, "spans": b"", "latest_at": latest_at}
    with app.db.write() as connection:
        connection.execute(contacts.insert().values(row))


def test_a_consent_is_proven_until_five_years_after_it_was_taken_back(site: Site) -> None:
    _consent(site, b"a" * 16, site.clock.millis)
    _consent(site, b"b" * 16, None)
    site.clock.millis += 1_820 * DAY
    assert sweep_everything(site).get("consents", 0) == 0
    site.clock.millis += 10 * DAY
    assert sweep_everything(site).get("consents", 0) == 1
    assert rows_of(site, consents, consents.c.withdrawn_at.is_(None)) == 1


def test_times_of_contact_go_when_no_rule_looks_back_that_far(site: Site) -> None:
    _contact(site.app, b"a" * 16, 0, site.clock.millis)
    _contact(site.app, b"b" * 16, site.controller.number, site.clock.millis + 60 * DAY)
    site.clock.millis += 390 * DAY
    assert sweep_everything(site).get("contact_times", 0) == 0
    site.clock.millis += 10 * DAY
    assert sweep_everything(site).get("contact_times", 0) == 1
    assert rows_of(site, contacts) == 1


def test_consents_and_times_of_contact_go_with_the_contract(site: Site) -> None:
    _consent(site, b"a" * 16, None)
    _contact(site.app, b"a" * 16, site.controller.number, site.clock.millis)
    _contact(site.app, b"b" * 16, site.controller.number + 1, site.clock.millis)
    controllers.end(site.app, site.controller.name)
    site.clock.millis += 20 * DAY
    swept = sweep_everything(site)
    assert (swept.get("consents", 0), swept.get("contact_times", 0)) == (0, 0)
    site.clock.millis += 20 * DAY
    swept = sweep_everything(site)
    assert (swept.get("consents", 0), swept.get("contact_times", 0)) == (1, 1)
    assert (rows_of(site, consents), rows_of(site, contacts)) == (0, 1)


def test_editions_that_count_no_more_go_and_the_one_that_counts_stays(site: Site) -> None:
    with site.app.db.write() as connection:
        for name in ("kept", "removed"):
            for key in (b"a" * 16, b"b" * 16):
                edition = list_rows.begin(connection, name, "x", 1)
                list_rows.add(site.app.db, connection, name, edition, [key])
            (row,) = [row for row in list_rows.every(connection) if row.name == name]
            assert list_rows.switch(connection, row._replace(edition=2), 0)
        list_rows.drop(connection, "removed")
    assert (
        sweep_everything(site).get("opposition_lists", 0) == 6
    )  # three editions, each with its mark
    assert rows_of(site, opposition_list_entries) == 2
    with site.app.db.read() as connection:
        found = opposition_lists.standing(
            site.app.db, connection, ["kept", "removed"], [b"a" * 16, b"b" * 16]
        )
    assert found == {b"b" * 16: frozenset({"kept"})}
