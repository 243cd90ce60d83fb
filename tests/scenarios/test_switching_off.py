"""What is switched off is off for every process at once, also for what arrives later."""

import pytest

from engine import audit, switching_off
from engine.audit import Act
from engine.clock import HOUR
from engine.controllers import UnknownController
from engine.policy_scope import PolicyFault
from engine.rulebook import Edition
from engine.store.kills import KillKind
from engine.switching_off import Target, kill, lift
from tests.scenarios.hands import NOON
from tests.scenarios.site import Site, people


def seen(site: Site) -> Edition:
    """Return what a worker sees that looks now."""
    return site.app.rulebook.current()


def off(site: Site, campaign: str = "c", channel: str = "email") -> bool:
    whose = (site.controller.number, site.controller.name)
    return seen(site).killed(whose, campaign, channel, site.clock.now()) is not None


def test_a_campaign_is_off_for_one_controller_only_also_before_it_comes(site: Site) -> None:
    other = site.new_controller()
    done = kill(site.app, Target(KillKind.CAMPAIGN, "c", site.controller.name), "wrong price")
    assert "will not leave when it comes" in done.notice
    assert off(site)
    assert not off(site, "d")
    assert seen(site).killed((other.number, other.name), "c", "email", NOON) is None


def test_the_controller_of_a_campaign_need_not_be_said_where_it_can_be_only_one(site: Site) -> None:
    campaign = site.submit(*people(1))
    site.new_controller()
    done = kill(site.app, Target(KillKind.CAMPAIGN, campaign.name), "wrong price")
    assert (done.target.controller, done.notice) == (site.controller.name, "")
    assert off(site, campaign.name)
    with pytest.raises(PolicyFault, match="say whose"):
        kill(site.app, Target(KillKind.CAMPAIGN, "to-come"), "no")


@pytest.mark.parametrize("kind", [KillKind.CONTROLLER, KillKind.CHANNEL, KillKind.CONNECTOR])
def test_what_has_a_name_is_off_by_its_name_and_a_wrong_one_is_refused(
    site: Site, kind: KillKind
) -> None:
    site.provider(name="mail-a")
    names = {
        KillKind.CONTROLLER: site.controller.name,
        KillKind.CHANNEL: "email",
        KillKind.CONNECTOR: "mail-a",
    }
    name = names[kind]
    with pytest.raises(PolicyFault, match=f"did you mean '{name}'"):
        kill(site.app, Target(kind, name[:-1]), "no")
    kill(site.app, Target(kind, name), "stop")
    assert off(site) is (kind is not KillKind.CONNECTOR)
    assert seen(site).connectors_off(NOON) == ({"mail-a"} if kind is KillKind.CONNECTOR else set())


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("fr", "FR"),
        ("+262", "+262"),
        ("+33 6 39", "+33639"),
        ("@Example.ORG", "@example.org"),
        ("@École.example.org", "@xn--cole-9oa.example.org"),
    ],
)
def test_a_destination_is_a_country_a_beginning_of_numbers_or_a_domain(
    site: Site, given: str, stored: str
) -> None:
    kill(site.app, Target(KillKind.DESTINATION, given), "stop")
    assert [one.target for one in seen(site).destinations_off(NOON)] == [stored]


@pytest.mark.parametrize(
    "given", ["", "XX", "France", "+", "+0", "+33a", "@", "@nowhere", "a@b.test"]
)
def test_what_is_no_destination_is_refused(site: Site, given: str) -> None:
    with pytest.raises(PolicyFault):
        kill(site.app, Target(KillKind.DESTINATION, given), "stop")


def test_it_goes_on_by_itself_at_its_end(site: Site) -> None:
    kill(site.app, Target(KillKind.CHANNEL, "email"), "stop", NOON + HOUR)
    assert off(site)
    site.clock.millis = NOON + HOUR
    assert not off(site)
    assert switching_off.every(site.app) == []
    assert len(switching_off.every(site.app, ended=True)) == 1
    with pytest.raises(PolicyFault, match="passed already"):
        kill(site.app, Target(KillKind.CHANNEL, "email"), "stop", NOON)


def test_it_goes_on_when_it_is_lifted_and_only_if_nothing_else_keeps_it_off(site: Site) -> None:
    target = Target(KillKind.CHANNEL, "email")
    first, second = kill(site.app, target, "stop"), kill(site.app, target, "stop as well")
    lifted = lift(site.app, first.kill.id, "mended")
    assert [one.id for one in lifted.still] == [second.kill.id]
    assert off(site)
    assert lift(site.app, second.kill.id, "mended").still == ()
    assert not off(site)
    with pytest.raises(PolicyFault, match="no kill"):
        lift(site.app, second.kill.id, "again")


def test_both_are_on_record_with_the_reason(site: Site) -> None:
    done = kill(site.app, Target(KillKind.CHANNEL, "email"), "complaints", NOON + HOUR)
    lift(site.app, done.kill.id, "it was nothing")
    on, before = audit.latest(site.app, audit.Wanted(), 2)
    assert (on.act, before.act) == (Act.SWITCHED_ON, Act.SWITCHED_OFF)
    assert on.subject == before.subject == "channel:email"
    assert audit.details_of(on) == {"kill": done.kill.id, "reason": "it was nothing"}
    assert audit.details_of(before) == {
        "kill": done.kill.id,
        "reason": "complaints",
        "until": "2026-11-25T13:00:00+00:00",
    }


def test_the_controller_is_told_of_its_own_and_nobody_of_the_platforms(site: Site) -> None:
    name = site.controller.name
    campaign = kill(site.app, Target(KillKind.CAMPAIGN, "c", name), "stop", NOON + HOUR)
    kill(site.app, Target(KillKind.CONTROLLER, name), "stop")
    kill(site.app, Target(KillKind.CHANNEL, "email"), "stop")
    lift(site.app, campaign.kill.id, "mended")
    told = [
        (event["controller"], event["campaign"], event["off"], event["until"])
        for event in site.events("switched")
    ]
    assert told == [
        (name, "c", True, "2026-11-25T13:00:00Z"),
        (name, None, True, None),
        (name, "c", False, None),
    ]


def test_nothing_is_switched_off_for_an_unknown_controller_or_without_a_reason(site: Site) -> None:
    with pytest.raises(UnknownController):
        kill(site.app, Target(KillKind.CAMPAIGN, "c", "nobody"), "stop")
    with pytest.raises(PolicyFault, match="all controllers"):
        kill(site.app, Target(KillKind.CHANNEL, "email", site.controller.name), "stop")
    with pytest.raises(PolicyFault, match="say why"):
        kill(site.app, Target(KillKind.CHANNEL, "email"), " ")
    assert seen(site).off == ()
