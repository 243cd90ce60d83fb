from pathlib import Path

import sqlalchemy as sa

from engine.bootstrap import build_app
from engine.settings import load_settings
from engine.states import Outcome
from engine.store.tables import deliveries, tallies
from tests.acceptance.cli.desk import Chappe, Up


def test_a_person_is_told_what_became_of_them_and_why(chappe: Chappe, job: Path, up: Up) -> None:
    with up():
        chappe("campaign", "submit", job, "--wait")
    got = chappe("campaign", "explain", "winter-1", "client1@example.org", "--json").json
    assert got["stories"][0]["outcome"] == "sent"
    assert got["stories"][0]["legs"][0]["connector"] == "outbox"
    not_got = chappe("campaign", "explain", "winter-1", "--ref", "c3", "--json").json
    assert not_got["stories"][0]["outcome"] == "suppressed"
    assert not_got["suppressions"][0]["reason"] == "complaint"
    assert "suppressed" in chappe("campaign", "explain", "winter-1", "--ref", "c3").out
    nobody = chappe("campaign", "explain", "winter-1", "zoe@example.org", "--json").json
    assert nobody["among_recipients"] is False
    assert "not among" in chappe("campaign", "explain", "winter-1", "zoe@example.org").out
    assert chappe("campaign", "explain", "winter-9", "zoe@example.org").code == 1


def test_once_the_blocks_are_gone_the_deliveries_still_tell(
    chappe: Chappe, job: Path, up: Up
) -> None:
    with up():
        chappe("campaign", "submit", job, "--wait")
    app = build_app(load_settings())
    app.vault.destroy_scope("boutique", "campaign:1")
    app.db.close()
    told = chappe("campaign", "explain", "winter-1", "client1@example.org", "--json").json
    assert told["stories"][0]["outcome"] == "sent"
    assert chappe("campaign", "audit", "winter-1").code == 0


def test_an_audit_that_does_not_hold_ends_with_one(chappe: Chappe, job: Path, up: Up) -> None:
    with up():
        chappe("campaign", "submit", job, "--wait")
    app = build_app(load_settings())
    with app.db.write() as connection:
        connection.execute(
            sa.update(tallies).where(tallies.c.outcome == Outcome.SENT).values(recipients=8)
        )
        connection.execute(sa.delete(deliveries).where(deliveries.c.outcome == Outcome.SUPPRESSED))
    app.db.close()
    answer = chappe("campaign", "audit", "winter-1", "--json")
    assert answer.code == 1
    assert (answer.json["holds"], answer.json["gap"]) == (False, 1)
    assert "do not agree" in answer.err


def test_those_in_doubt_are_named_by_ref_and_by_address_only_when_asked(
    chappe: Chappe, job: Path, up: Up
) -> None:
    # Or the recipients are forgotten as soon as nobody is in doubt.
    kept = ("--reason", "for tests", "--author", "tests")
    assert chappe("retention", "hold", "content", *kept).code == 0
    with up():
        chappe("campaign", "submit", job, "--wait")
    app = build_app(load_settings())
    with app.db.write() as connection:
        one = connection.execute(
            sa.select(deliveries.c.position).where(deliveries.c.outcome == Outcome.SENT).limit(1)
        ).scalar_one()
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.position == one)
            .values(outcome=Outcome.IN_DOUBT, reason="worker_lost")
        )
    app.db.close()
    (doubt,) = chappe("campaign", "audit", "winter-1", "--json").json["in_doubt"]
    assert doubt["ref"].startswith("c")
    assert (doubt["contact"], doubt["reason"]) == (None, "worker_lost")
    assert "example.org" not in chappe("campaign", "audit", "winter-1").out
    assert "@example.org" in chappe("campaign", "audit", "winter-1", "--reveal").out
