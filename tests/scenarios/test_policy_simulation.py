"""Other rules are replayed over a campaign: nobody is sent anything, and it comes as it would."""

from collections import Counter

import msgspec
import pytest

from channels.contract import Channel
from engine.clock import HOUR, Millis
from engine.policy_scope import PolicyFault
from engine.policy_simulation import Ending, Simulation, simulate, simulate_job
from engine.wire import decode_job
from policy.reading import read_ruleset
from tests.open_rules import OPEN, lay_down
from tests.scenarios.campaign import Campaign
from tests.scenarios.hands import NOON
from tests.scenarios.site import Site, after
from tests.scenarios.sweeping import sweep_everything

HOURS = """
[[rule]]
kind = "hours"
id = "office"
source = "for tests"
certainty = "house"
when = {{ channels = ["email"] }}
windows = [{{ start = "{start}", end = "18:00" }}]
holidays = true

[[rule]]
kind = "addresses"
id = "roles"
source = "for tests"
certainty = "house"
when = {{ channels = ["email"] }}
refuse = ["role"]
"""
STRICT = OPEN + HOURS.format(start="15:00")
CAP = """
[[rule]]
kind = "cap"
id = "once"
source = "for tests"
certainty = "house"
most = 1
days = 30
"""
PARIS = {"postal_code": "75001", "country": "FR"}
MARTINIQUE = {"postal_code": "97200", "country": "FR"}  # Martinique: 08:00 where Paris has 13:00
ROWS = [
    *({"ref": f"p-{at}", "email": f"p{at}@example.org", **PARIS} for at in range(6)),
    {"ref": "m-1", "email": "m1@example.org", **MARTINIQUE},
    {"ref": "d-1", "email": "info@example.org", **PARIS},
    {"ref": "t-1", "tel": "+33639980001", **PARIS},
    {"ref": "x-1", "tel": "+33639980002", "email": "not an address", **PARIS},
]


@pytest.fixture
def campaign(site: Site) -> Campaign:
    """A campaign of ten by email, then text message, planned; one of them objected."""
    site.provider(Channel.EMAIL)
    site.provider(Channel.SMS)
    made = site.submit(*ROWS, route=["email", "sms"])
    site.oppose("p5@example.org")
    site.plan()
    return made


def tried(site: Site, campaign: Campaign, text: str, at: Millis | None = None) -> Simulation:
    return simulate(site.app, read_ruleset(text), campaign.name, campaign.controller, at)


def alike(endings: Counter[Ending]) -> dict[tuple[str, str, str], int]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for one, number in endings.items():
        counted[one.outcome, one.reason, one.rule] += number
    return dict(counted)


def by_hour(endings: Counter[Ending]) -> dict[int, int]:
    """Return how many leave, by hours after the clock's instant."""
    return {
        (one.hour - NOON) // HOUR: number for one, number in endings.items() if one.hour is not None
    }


def test_both_sets_of_rules_are_counted_by_outcome_reason_and_hour(
    site: Site, campaign: Campaign
) -> None:
    done = tried(site, campaign, STRICT)
    assert alike(done.present) == {("sent", "", ""): 9, ("suppressed", "opposition", ""): 1}
    assert by_hour(done.present) == {0: 9}
    assert alike(done.proposed) == {
        ("sent", "", ""): 8,
        ("denied", "address_refused", "roles"): 1,
        ("suppressed", "opposition", ""): 1,
    }
    # 13:00 in Paris: email opens at 15:00 there, and at 15:00 in Martinique, five hours later.
    assert by_hour(done.proposed) == {0: 2, 2: 5, 7: 1}
    assert (done.recipients, done.otherwise) == (10, 7)


def test_nothing_is_sent_or_written(site: Site, campaign: Campaign) -> None:
    before = Counter(site.stored())
    tried(site, campaign, STRICT)
    assert campaign.waiting == 10
    assert all(not provider.addresses for provider in site.providers.values())
    assert Counter(site.stored()).total() == before.total()


def test_what_a_simulation_says_is_what_comes_once_the_ruleset_is_applied(
    site: Site, campaign: Campaign
) -> None:
    done = tried(site, campaign, STRICT)
    lay_down(site.app, STRICT, since=NOON)
    site.finish()
    counted: Counter[str] = Counter()
    for one, number in done.proposed.items():
        counted[one.outcome] += number
    assert dict(counted) == dict(campaign.outcomes)
    assert campaign.reasons["denied", "address_refused:roles"] == 1


def test_who_is_put_off_beyond_the_end_expires(site: Site) -> None:
    site.provider()
    made = site.submit(*ROWS[:3], schedule={"not_after": after(2 * 3600)})
    site.plan()
    assert alike(tried(site, made, STRICT).proposed) == {("expired", "hours", "office"): 3}


def test_a_lower_layer_is_tried_on_top_of_what_holds_above_it(
    site: Site, campaign: Campaign
) -> None:
    lay_down(site.app, STRICT)
    text = 'name = "shop"\ntitle = "Shop"\nlayer = "controller"\n' + HOURS.format(start="16:00")
    done = tried(site, campaign, text)
    assert by_hour(done.present) == {0: 2, 2: 5, 7: 1}
    assert by_hour(done.proposed) == {0: 2, 3: 5, 8: 1}


def test_a_campaign_that_ran_does_not_meet_itself(site: Site, campaign: Campaign) -> None:
    lay_down(site.app, OPEN + CAP)
    site.finish()
    assert campaign.outcomes["sent"] == 9
    site.clock.move(7200)
    done = tried(site, campaign, OPEN + CAP)
    assert done.at == NOON
    assert alike(done.proposed)["sent", "", ""] == 9
    later = tried(site, campaign, OPEN + CAP, NOON + HOUR)
    assert alike(later.proposed)["expired", "cap", "once"] == 9


def test_without_recipients_there_is_nothing_to_replay(site: Site) -> None:
    site.provider()
    made = site.submit(*ROWS[:1])
    with pytest.raises(PolicyFault, match="not known"):
        tried(site, made, STRICT)


def test_where_no_platform_ruleset_holds_nobody_leaves(site: Site, campaign: Campaign) -> None:
    done = tried(site, campaign, STRICT, -1)
    assert alike(done.present) == {("denied", "no_ruleset", ""): 10}
    assert done.otherwise == 10


def test_a_campaign_that_has_not_come_is_replayed_from_its_own_source(site: Site) -> None:
    site.provider(Channel.EMAIL)
    site.provider(Channel.SMS)
    job = site.job(*ROWS, route=["email", "sms"])
    site.oppose("p5@example.org")
    before = simulate_job(site.app, read_ruleset(STRICT), decode_job(msgspec.json.encode(job)))
    campaign = site.submit_job(job)
    site.plan()
    planned = tried(site, campaign, STRICT)
    assert (before.present, before.proposed) == (planned.present, planned.proposed)


def test_a_campaign_that_is_over_is_forgotten_and_says_how_to_go_on(
    site: Site, campaign: Campaign
) -> None:
    site.finish()
    sweep_everything(site)
    with pytest.raises(PolicyFault, match="give its file"):
        tried(site, campaign, STRICT)
