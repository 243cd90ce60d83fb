"""``campaign check``: what would become of everybody, with nothing stored and nothing sent."""

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine import connectors
from engine.campaign_check import Reach, Report, check
from engine.connectors import ConnectorFault
from engine.controllers import UnknownController
from engine.oppositions import Reason, add
from engine.planning import steps
from engine.store.keyring_tables import sealed_keys
from engine.store.schema import METADATA
from engine.subjects import Subject
from engine.wire.job import CampaignJob
from policy.decision import ReasonCode
from tests.open_rules import OPEN, lay_down
from tests.planning.world import World

PEOPLE: list[dict[str, Any]] = [
    {"ref": "1", "email": "ana@example.org", "tel": "0639980001", "prenom": "Ana"},
    {"ref": "2", "email": "bo@example.org", "prenom": "Bo"},
    {"ref": "3", "tel": "0639980003", "prenom": "Chloé"},
    {"ref": "4", "email": "n/a", "tel": "0639980004", "prenom": "Dan"},
    {"ref": "5", "email": "eve@example.org", "tel": "0639980005", "prenom": None},
    {"ref": "2", "email": "bo2@example.org", "prenom": "Bo"},
    {"ref": "6", "email": "fay@example.org", "prenom": "Fay"},
    {"post": "Gil\n75001 Paris", "prenom": "Gil", "email": ""},
    {"email": "hal@example.org", "tel": "0639980008", "prenom": "Hal"},
]


def both(world: World, **fields: object) -> CampaignJob:
    return world.job({"inline": PEOPLE}, **{"route": ["email", "sms"], **fields})


def oppose(world: World, address: str, channel: Channel | None = None) -> None:
    add(
        world.app,
        world.controller.name,
        Subject("email", address),
        reason=Reason.OBJECTION,
        source="test",
        channel=channel,
    )


def stored(world: World) -> dict[str, int]:
    """How many rows each table holds."""
    counted = {}
    with world.app.db.read() as connection:
        for name, table in METADATA["main"].tables.items():
            counted[name] = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    with world.keyring.read() as connection:
        keys = sa.select(sa.func.count()).select_from(sealed_keys)
        counted["keys"] = connection.scalar(keys) or 0
    return counted


def reach(report: Report, channel: Channel) -> Reach:
    return next(leg for leg in report.channels if leg.channel is channel)


def test_everybody_is_sent_down_the_route_and_counted(world: World) -> None:
    report = check(world.app, both(world))
    assert report.admissible
    tally = report.recipients
    assert tally is not None
    assert (tally.rows, tally.accepted, tally.duplicates) == (9, 6, 1)
    assert tally.rejected == {"no_contact_point": 1, "ref_missing": 1}
    assert tally.lines == [(8, "no_contact_point"), (9, "ref_missing")]

    email, sms = report.channels
    assert (email.sent, email.no_address, email.passed_on) == (3, 1, 3)
    assert email.invalid == {"no_at": 1, "missing:prenom": 1}
    assert (sms.sent, sms.no_address, sms.passed_on) == (2, 0, 0)
    assert sms.invalid == {"missing:prenom": 1}


def test_without_fallback_nobody_goes_on(world: World) -> None:
    report = check(world.app, both(world, fallback={"on": []}))
    assert reach(report, Channel.EMAIL).passed_on == 0
    assert reach(report, Channel.SMS).sent == 0


def test_the_opposed_are_counted_and_go_nowhere(world: World) -> None:
    oppose(world, "fay@example.org")
    oppose(world, "ana@example.org", Channel.EMAIL)
    report = check(world.app, both(world))
    email, sms = report.channels
    assert (email.opposed, email.sent) == (2, 1)
    assert (sms.opposed, sms.sent) == (0, 2)


def test_nothing_is_stored(world: World) -> None:
    before = stored(world)
    check(world.app, both(world))
    check(world.app, world.job({"list": "personne"}, purpose="sondage"))
    assert stored(world) == before


def test_many_buckets_come_to_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    once = check(world.app, both(world)).recipients
    monkeypatch.setattr(steps, "BUCKET_ROWS", 2)
    assert check(world.app, both(world)).recipients == once


def test_units_and_cost_are_those_of_the_real_texts(world: World) -> None:
    name = world.connector(Channel.SMS, unit_cost="0.045")
    world.controller = world.new_controller(
        f"{world.controller.name}-b", connectors={Channel.SMS: (name,)}
    )
    text = "Bonjour {{ prenom }}, " + "x" * 150 + " {{ stop }}"
    rows = [{"tel": "0639980001", "prenom": "Ana"}, {"tel": "0639980002", "prenom": "Œdipe"}]
    job = world.job(
        {"inline": rows}, route=["sms"], content={"sms": {"sender": "BOUTIQUE", "text": text}}
    )
    (sms,) = check(world.app, job).channels
    assert (sms.sent, sms.units) == (2, 2 + 3)  # Œ is not in the GSM alphabet
    assert sms.cost == Decimal("0.225")
    connectors.disable(world.app, name)


def test_a_connector_never_sees_its_cost(world: World) -> None:
    name = world.connector(Channel.VOICE, unit_cost="0.1")
    config, _ = connectors.load_config(world.app, connectors.get(world.app, name))
    assert set(config.options) == {"folder"}
    connectors.disable(world.app, name)


@pytest.mark.parametrize("cost", ["cheap", "-1", "0,045", "1e9", ""])
def test_a_cost_is_a_plain_number(world: World, cost: str) -> None:
    with pytest.raises(ConnectorFault, match="unit_cost"):
        world.connector(Channel.VOICE, unit_cost=cost)


def test_every_refusal_comes_with_the_counts(world: World) -> None:
    report = check(world.app, both(world, purpose="sondage"))
    assert [refusal.reason for refusal in report.refusals] == [ReasonCode.PURPOSE_NOT_PERMITTED]
    assert not report.admissible
    assert report.recipients is not None
    assert report.recipients.accepted == 6


def test_people_are_counted_even_where_the_content_is_broken(world: World) -> None:
    content = {"email": {"from": "a@example.org", "subject": "s", "html": "{{ prenom"}}
    report = check(world.app, both(world, route=["email"], content=content))
    assert [refusal.reason for refusal in report.refusals] == [ReasonCode.CONTENT_UNUSABLE]
    assert reach(report, Channel.EMAIL).sent == 5


def test_a_source_that_cannot_be_read_leaves_nothing_to_count(world: World) -> None:
    report = check(world.app, world.job({"list": "personne"}))
    assert [refusal.reason for refusal in report.refusals] == [ReasonCode.RECIPIENTS_MISSING]
    assert report.recipients is None
    assert report.channels == ()
    assert not report.admissible


def test_a_file_that_changes_while_it_is_checked_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = world.job(world.drop("clients.csv", b"email\nana@example.org\n"))

    def passed(_source: object) -> None:
        world.dropped("clients.csv").write_bytes(b"email\nbo@example.org\n")

    monkeypatch.setattr("engine.sources.FileSource.check", passed)
    report = check(world.app, job)
    assert [refusal.reason for refusal in report.refusals] == [ReasonCode.RECIPIENTS_UNREADABLE]
    assert report.recipients is None


def test_rejected_lines_of_a_file_are_named(world: World) -> None:
    rows = b"email;prenom\na@example.org;A\nb@example.org\n;C\n"
    report = check(world.app, world.job(world.drop("clients.csv", rows)))
    assert report.recipients is not None
    assert report.recipients.lines == [(3, "too_few_columns"), (4, "no_contact_point")]
    assert world.dropped("clients.csv").exists()


def test_nobody_to_send_to_is_not_admissible(world: World) -> None:
    report = check(world.app, world.job(world.drop("clients.csv", b"email;prenom\n;A\n")))
    assert report.refusals == ()
    assert not report.admissible


def test_an_unknown_controller_is_named(world: World) -> None:
    job = world.job({"inline": PEOPLE}, controller="inconnu")
    with pytest.raises(UnknownController, match="inconnu"):
        check(world.app, job)


def test_a_check_says_whom_the_rules_forbid_and_who_must_wait(world: World) -> None:
    """Rules are asked of each recipient, as dispatch will; what they put off counts as sent."""
    rules = (
        '\n[[rule]]\nkind = "hours"\nid = "test.hours"\nsource = "for tests"\ncertainty = "house"\n'
        'when = { channels = ["email"], countries = ["FR"] }\n'
        'windows = [{ start = "18:00", end = "19:00" }]\n'
        '\n[[rule]]\nkind = "addresses"\nid = "test.technical"\nsource = "for tests"\n'
        'certainty = "house"\nrefuse = ["technical"]\n'
    )
    lay_down(world.app, OPEN + rules)
    rows = [
        {"email": "paris@example.org", "prenom": "P", "country": "FR", "postal_code": "75011"},
        {"email": "roma@example.org", "prenom": "P", "country": "IT"},
        {"email": "postmaster@example.org", "prenom": "P", "country": "IT"},
        {"email": "nobody-knows@example.org", "prenom": "P"},
    ]
    (email,) = check(world.app, world.job({"inline": rows})).channels
    assert (email.sent, email.ruled.later) == (2, 1)
    assert email.ruled.denied == {
        "address_refused:test.technical": 1,
        "zone_unknown:test.hours": 1,
    }
