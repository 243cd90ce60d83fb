"""Rules and switches that change while a campaign is under way, and rules that are not there."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from channels.contract import Channel, Message, Traits
from engine.clock import HOUR, MINUTE, SECOND
from engine.store import rulesets
from engine.store.policy_tables import policy_state
from engine.store.policy_tables import rulesets as table
from engine.switching_off import KillKind, Target, kill, lift
from tests.open_rules import OPEN, lay_down
from tests.scenarios.campaign import Json
from tests.scenarios.hands import NOON
from tests.scenarios.provider import Provider
from tests.scenarios.site import Site, people
from tests.scenarios.written_rules import rule, ruleset

Sites = Callable[..., Site]
BAN = ruleset(rule("ban", "no.more"))
SMALL = Traits(slice_limit=2)


def after(relay: Provider, number: int, act: Callable[[], object]) -> None:
    """Do something once that many messages have been on their way; it is known half a second later.

    A slice that was checked before then is looked at again as it is handed over.
    """
    todo = [act]

    def heed(_message: Message) -> None:
        if len(relay.asked) == number and todo:
            todo.pop()()
            relay.clock.wait(0.6)

    relay.heed = heed


# --- rules that change ---------------------------------------------------------------------------


def test_a_stricter_ruleset_reaches_the_next_slice(site: Site) -> None:
    relay = site.provider(traits=SMALL)
    campaign = site.submit(*people(10))
    after(relay, 3, lambda: lay_down(site.app, BAN))
    site.finish()
    # What was checked already is in the hands of the provider: its own slice, and no other.
    assert len(relay.reached) == 4
    assert campaign.reasons == {("sent", ""): 4, ("denied", "banned:no.more"): 6}


def test_a_looser_ruleset_reaches_those_who_were_not_decided_yet(site: Site) -> None:
    lay_down(
        site.app, ruleset(rule("hours", "never", windows=[{"start": "03:00", "end": "04:00"}]))
    )
    site.provider()
    rows = [row | {"country": "GF"} for row in people(3)]
    campaign = site.submit(*rows)
    site.run()
    lay_down(site.app, OPEN)
    site.run()
    assert campaign.waiting == 3  # they wait for what they were told
    later = site.submit(*people(2, "later.test"))
    site.run()
    assert later.outcomes == {"sent": 2}
    site.finish()
    assert campaign.outcomes == {"sent": 3}


def test_a_ruleset_that_begins_in_the_middle_of_a_batch_holds_from_its_instant_on(
    site: Site,
) -> None:
    lay_down(site.app, BAN, since=NOON + 10 * SECOND)
    relay = site.provider(traits=SMALL, heed=lambda message: site.clock.move(1.5))
    campaign = site.submit(*people(20))
    site.run()
    site.finish()
    assert relay.reached
    assert max(one.at for one in relay.reached) < NOON + 12 * SECOND
    assert campaign.reasons[("denied", "banned:no.more")] == 20 - len(relay.reached)


def test_each_worker_process_learns_of_a_change_before_its_next_slice(site: Site) -> None:
    relay = site.provider(traits=SMALL)
    campaign = site.submit(*people(4))
    site.plan()
    site.app.rulebook.current()
    lay_down(site.app, BAN)
    site.another_dispatcher().work("email")
    assert (relay.asked, campaign.outcomes) == ([], {"denied": 4})


def below(layer: str, name: str) -> str:
    return f'name = "x"\ntitle = "X"\nlayer = "{layer}"\n' + rule("ban", name)


def test_layers_of_a_controller_and_of_a_campaign_restrict_nobody_else(site: Site) -> None:
    relay = site.provider()
    other = site.new_controller()
    job = site.job(*people(1, "one.test"), controller=other.name)
    lay_down(site.app, below("controller", "all.no"), controller=site.controller.number)
    lay_down(
        site.app, below("campaign", "one.no"), controller=other.number, campaign=str(job["id"])
    )
    own, one = site.submit(*people(1)), site.submit_job(job)
    free = site.submit(*people(1, "free.test"), controller=other.name)
    site.run()
    assert [own.state, one.state, free.outcomes] == ["refused", "refused", {"sent": 1}]
    reasons = [one["reason"] for event in site.events("refused") for one in event["reasons"]]
    assert reasons == ["banned", "banned"]
    assert relay.addresses == ["p0@free.test"]


def test_a_layer_that_a_controller_adds_under_way_reaches_its_campaigns_alone(site: Site) -> None:
    relay = site.provider(traits=SMALL)
    other = site.new_controller()
    mine = site.submit(*people(6))
    site.plan()
    theirs = site.submit(*people(6, "their.test"), controller=other.name)
    text = below("controller", "all.no")
    after(relay, 1, lambda: lay_down(site.app, text, controller=site.controller.number))
    site.finish()
    assert theirs.outcomes == {"sent": 6}
    assert mine.reasons == {("sent", ""): 2, ("denied", "banned:controller.all.no"): 4}


# --- no rules ------------------------------------------------------------------------------------


def _without_rules(site: Site) -> None:
    with site.app.db.write() as connection:
        rulesets.take_turn(connection)
        connection.execute(sa.delete(table))


def _unreadable(site: Site) -> None:
    with site.app.db.write() as connection:
        rulesets.take_turn(connection)
        broken = {"text": 'name = "x"\n[[rule]]\nkind = "newer"\n', "version": "broken"}
        connection.execute(sa.update(table).values(broken))


@pytest.mark.parametrize("break_rules", [_without_rules, _unreadable])
def test_without_rules_that_can_be_read_nothing_leaves_and_nobody_is_denied(
    site: Site, break_rules: Callable[[Site], None]
) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3))
    site.plan()
    break_rules(site)
    for _ in range(3):
        site.run()
        site.clock.move(61)
    assert (relay.asked, campaign.outcomes, campaign.waiting) == ([], {}, 3)
    lay_down(site.app, OPEN, since=site.clock.millis)
    site.clock.move(61)
    site.run()
    assert campaign.outcomes == {"sent": 3}


def test_rules_that_vanish_under_way_stop_the_next_slice(site: Site) -> None:
    relay = site.provider(traits=SMALL)
    campaign = site.submit(*people(6))
    after(relay, 1, lambda: _without_rules(site))
    site.run()
    assert (campaign.outcomes, campaign.waiting) == ({"sent": 2}, 4)
    lay_down(site.app, OPEN)
    site.finish()
    assert campaign.outcomes == {"sent": 6}


# --- what is switched off ------------------------------------------------------------------------

SWITCHES = [
    Target(KillKind.CAMPAIGN, "*", "*"),
    Target(KillKind.CONTROLLER, "*"),
    Target(KillKind.CHANNEL, "email"),
    Target(KillKind.CONNECTOR, "mail"),
    Target(KillKind.DESTINATION, "@example.org"),
]
IDS = [str(target.kind) for target in SWITCHES]


def named(site: Site, target: Target, job: Json) -> Target:
    name = {KillKind.CAMPAIGN: str(job["id"]), KillKind.CONTROLLER: site.controller.name}
    owner = site.controller.name if target.controller else ""
    return Target(target.kind, name.get(target.kind, target.name), owner)


@pytest.mark.parametrize("target", SWITCHES, ids=IDS)
def test_what_is_off_stops_what_arrives_later_until_its_end(site: Site, target: Target) -> None:
    relay = site.provider(name="mail")
    job = site.job(*people(2))
    kill(site.app, named(site, target, job), "complaints", NOON + HOUR)
    campaign = site.submit_job(job)
    for _ in range(30):
        site.run()
        site.clock.move(60)
    assert (relay.asked, campaign.outcomes, campaign.waiting) == ([], {}, 2)
    site.clock.millis = NOON + HOUR + MINUTE  # whether a connector is open is asked once a minute
    site.run()
    assert campaign.outcomes == {"sent": 2}
    assert min(one.at for one in relay.reached) >= NOON + HOUR


@pytest.mark.parametrize("target", SWITCHES, ids=IDS)
def test_what_is_switched_off_in_the_middle_stops_and_goes_on_when_it_is_lifted(
    site: Site, target: Target
) -> None:
    relay = site.provider(name="mail", traits=SMALL)
    job = site.job(*people(10))
    off: list[int] = []
    after(relay, 3, lambda: off.append(kill(site.app, named(site, target, job), "stop").kill.id))
    campaign = site.submit_job(job)
    site.run()
    reached = len(relay.reached)
    assert 2 <= reached <= 4
    site.clock.move(15 * 60)
    site.run()
    assert (len(relay.reached), campaign.waiting) == (reached, 10 - reached)
    lift(site.app, off[0], "mended")
    site.clock.move(11 * 60)
    site.run()
    assert campaign.outcomes == {"sent": 10}


def test_only_who_is_meant_is_stopped(site: Site) -> None:
    relay = site.provider(name="mail")
    spare = site.provider(name="spare")
    other = site.new_controller()
    kill(site.app, Target(KillKind.CONNECTOR, "mail"), "stop")
    kill(site.app, Target(KillKind.CONTROLLER, other.name), "stop")
    kill(site.app, Target(KillKind.CHANNEL, "sms"), "stop")
    kill(site.app, Target(KillKind.DESTINATION, "@other.test"), "stop")
    campaign = site.submit({"email": "p@example.org"}, {"email": "p@other.test"})
    stopped = site.submit(*people(1), controller=other.name)
    site.run()
    assert (relay.asked, spare.addresses) == ([], ["p@example.org"])
    assert (campaign.waiting, stopped.waiting) == (1, 1)


def test_a_country_is_switched_off_by_its_code_or_by_the_beginning_of_its_numbers(
    site: Site,
) -> None:
    texts = site.provider(Channel.SMS)
    kill(site.app, Target(KillKind.DESTINATION, "BE"), "stop")
    kill(site.app, Target(KillKind.DESTINATION, "+3363998000"), "stop")
    rows = [{"tel": tel} for tel in ("+33639980001", "+33639981001", "+32470123456")]
    campaign = site.submit(*rows, route=["sms"])
    site.run()
    assert (texts.addresses, campaign.waiting) == (["+33639981001"], 2)


def test_a_switch_that_holds_past_the_campaigns_end_lets_it_expire(site: Site) -> None:
    site.provider()
    kill(site.app, Target(KillKind.CHANNEL, "email"), "stop")
    campaign = site.submit(*people(2), schedule={"not_after": "2026-11-25T12:10:00Z"})
    site.finish()
    assert campaign.outcomes == {"expired": 2}


def test_the_generation_only_grows(site: Site) -> None:
    with site.app.db.read() as connection:
        before = connection.scalar(sa.select(policy_state.c.generation)) or 0
    done = kill(site.app, Target(KillKind.CHANNEL, "email"), "stop")
    lift(site.app, done.kill.id, "mended")
    with site.app.db.read() as connection:
        assert connection.scalar(sa.select(policy_state.c.generation)) == before + 2
