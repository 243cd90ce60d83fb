"""Another try, another connector, another channel: and never after a doubt or an objection."""

import itertools
from collections.abc import Callable

import pytest

from channels.contract import Channel, Idempotency, SendKind, SendResult, Traits
from engine import campaign_facts
from engine.clock import HOUR, MINUTE, SECOND
from engine.endings import BACK_OFF
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.hands import NOON
from tests.scenarios.provider import (
    BUSY,
    DOUBT,
    REFUSED,
    SENT,
    SILENCE,
    UNKNOWN,
    Provider,
    twin,
)
from tests.scenarios.site import Site, after, people

Sites = Callable[..., Site]
BY_KEY = Traits(slice_limit=100, idempotency=Idempotency.KEY)


def both(number: int, **changes: object) -> Json:
    """A row of a person with a phone and an email address."""
    row: Json = {
        "ref": f"c-{number}",
        "email": f"p{number}@example.org",
        "tel": f"+3363998010{number}",
    }
    return {name: value for name, value in (row | changes).items() if value is not None}


# --- another channel -----------------------------------------------------------------------------


def test_who_cannot_be_reached_by_text_message_gets_an_email_and_counts_once(site: Site) -> None:
    texts, mails = site.provider(Channel.SMS), site.provider()
    texts.script = {"+33639980103": [REFUSED], "+33639980104": [UNKNOWN]}
    campaign = site.submit(
        both(0),
        both(1, tel=None),  # no number at all
        both(2, tel="12"),  # a number that cannot be one
        both(3),  # refused for good
        both(4),  # unknown to the operator
        route=["sms", "email"],
    )
    site.finish()
    assert sorted(texts.asked) == ["+33639980100", "+33639980103", "+33639980104"]
    assert sorted(mails.asked) == [f"p{number}@example.org" for number in range(1, 5)]
    assert campaign.outcomes == {"sent": 5}
    assert campaign.audit.passed_on == 4
    finished = campaign.events("finished")[0]
    assert (finished["accepted"], finished["outcomes"]["sent"]) == (5, 5)
    assert sum(finished["outcomes"].values()) == 5


@pytest.mark.parametrize(
    ("reason", "passed"), [("no_address", {1}), ("invalid", {2, 4}), ("failed", {3})]
)
def test_only_the_named_reasons_lead_to_the_next_channel(
    site: Site, reason: str, passed: set[int]
) -> None:
    texts, mails = site.provider(Channel.SMS), site.provider()
    texts.script = {"+33639980103": [REFUSED], "+33639980104": [UNKNOWN]}
    rows = [both(0), both(1, tel=None), both(2, tel="12"), both(3), both(4)]
    campaign = site.submit(*rows, route=["sms", "email"], fallback={"on": [reason]})
    site.finish()
    assert sorted(mails.asked) == [f"p{number}@example.org" for number in sorted(passed)]
    assert campaign.outcomes["sent"] == 1 + len(passed)
    assert sum(campaign.outcomes.values()) == 5


def test_who_cannot_be_reached_at_all_ends_as_on_the_last_channel(site: Site) -> None:
    site.provider(Channel.SMS, usual=REFUSED), site.provider(usual=UNKNOWN)
    campaign = site.submit(both(1), both(2, email=None), route=["sms", "email"])
    site.finish()
    assert campaign.outcomes == {"invalid": 2}
    assert campaign.reasons[("invalid", "no_address")] == 1


@pytest.mark.parametrize("answer", [DOUBT, SILENCE], ids=["in doubt", "silent"])
def test_a_doubt_does_not_lead_to_the_next_channel(site: Site, answer: SendResult) -> None:
    texts, mails = site.provider(Channel.SMS, usual=answer), site.provider()
    campaign = site.submit(both(1), both(2), route=["sms", "email"])
    site.finish()
    assert len(texts.asked) == 2
    assert mails.asked == []
    assert campaign.outcomes == {"in_doubt": 2}


def test_the_tries_on_the_first_channel_end_before_the_next_one_is_taken(site: Site) -> None:
    texts, mails = site.provider(Channel.SMS, usual=BUSY), site.provider()
    schedule = {"not_after": after(7 * 86400)}
    campaign = site.submit(both(1), route=["sms", "email"], schedule=schedule)
    site.finish()
    assert len(texts.asked) == len(BACK_OFF) + 1
    assert mails.addresses == ["p1@example.org"]
    assert mails.reached[0].at >= NOON + sum(BACK_OFF)
    assert campaign.outcomes == {"sent": 1}


# --- another try ---------------------------------------------------------------------------------


def test_tries_come_at_growing_intervals_and_have_an_end(site: Site) -> None:
    relay = site.provider(usual=BUSY)
    tried: list[int] = []
    relay.heed = lambda message: tried.append(site.clock.millis)
    campaign = site.submit(*people(1))
    site.finish()
    gaps = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert gaps == list(BACK_OFF)
    assert gaps == sorted(gaps)
    assert campaign.reasons == {("failed", "busy"): 1}
    assert campaign.finished


def test_who_is_accepted_at_the_third_try_is_reached_once(site: Site) -> None:
    relay = site.provider()
    relay.script = {f"p{number}@example.org": [BUSY, BUSY] for number in range(3)}
    campaign = site.submit(*people(9))
    site.finish()
    assert len(relay.asked) == 9 + 3 * 2
    assert len(relay.addresses) == len(set(relay.addresses)) == 9
    assert campaign.outcomes == {"sent": 9}


def test_a_provider_that_names_a_time_is_not_asked_before(site: Site) -> None:
    relay = site.provider()
    later = SendResult(SendKind.NOT_ACCEPTED, "greylisted", retry_after=600)
    relay.script = {"p0@example.org": [later]}
    site.submit(*people(1))
    site.finish()
    assert [one.at - NOON for one in relay.reached] == [10 * MINUTE]


def test_tries_end_with_the_campaign(site: Site) -> None:
    relay = site.provider(usual=BUSY)
    campaign = site.submit(*people(2), schedule={"not_after": after(60)})
    site.finish()
    assert relay.times == {"p0@example.org": 2, "p1@example.org": 2}  # at once and after 30 s
    assert campaign.outcomes == {"expired": 2}
    assert site.clock.millis == NOON + 60 * SECOND


@pytest.mark.parametrize("answer", [REFUSED, UNKNOWN, DOUBT, SILENCE], ids=lambda a: a.reason)
def test_a_definite_no_and_a_doubt_get_no_other_try(site: Site, answer: SendResult) -> None:
    relay = site.provider(usual=answer)
    campaign = site.submit(*people(3))
    site.finish()
    site.clock.move(80 * 3600)
    site.run()
    assert len(relay.asked) == 3
    assert campaign.finished


# --- another connector ---------------------------------------------------------------------------


def test_who_is_not_accepted_by_one_connector_goes_to_the_next_at_once(site: Site) -> None:
    first, second = site.provider(usual=BUSY), site.provider()
    campaign = site.submit(*people(3))
    site.run()
    assert (len(first.asked), len(second.reached)) == (3, 3)
    assert campaign.outcomes == {"sent": 3}


@pytest.mark.parametrize("answer", [SENT, REFUSED, UNKNOWN, DOUBT, SILENCE], ids=lambda a: a.reason)
def test_nothing_but_not_accepted_goes_to_the_next_connector(
    site: Site, answer: SendResult
) -> None:
    first, second = site.provider(usual=answer), site.provider()
    campaign = site.submit(*people(3))
    site.finish()
    assert len(first.asked) == 3
    assert second.asked == []
    assert campaign.finished


def test_when_no_connector_accepts_all_of_them_wait(site: Site) -> None:
    first, second = site.provider(usual=BUSY), site.provider(usual=BUSY)
    campaign = site.submit(*people(1))
    site.run()
    assert (len(first.asked), len(second.asked)) == (1, 1)
    site.finish()
    assert len(first.asked) == len(second.asked) == len(BACK_OFF) + 1
    assert campaign.outcomes == {"failed": 1}
    assert site.clock.millis >= NOON + sum(BACK_OFF) > NOON + 15 * HOUR


def test_a_connector_that_cannot_be_reached_is_left_for_the_next_at_once(site: Site) -> None:
    first, second = site.provider(down="connect_timeout"), site.provider()
    campaign = site.submit(*people(3))
    site.run()
    assert (first.calls, first.asked) == (1, [])
    assert len(second.reached) == 3
    assert campaign.outcomes == {"sent": 3}


# --- doubts --------------------------------------------------------------------------------------


def test_those_in_doubt_are_named_by_the_clients_own_ids(site: Site) -> None:
    relay = site.provider()
    relay.script = {"p1@example.org": [DOUBT], "p2@example.org": [SILENCE]}
    campaign = site.submit(both(0), both(1), both(2))
    site.finish()
    assert len(relay.reached) == 3
    assert campaign.outcomes == {"sent": 1, "in_doubt": 2}
    doubts = {doubt.ref: doubt.reason for doubt in campaign.audit.doubts}
    assert doubts == {"c-1": "no_answer", "c-2": "unanswered"}
    assert all(doubt.contact is None for doubt in campaign.audit.doubts)


@pytest.fixture
def known_traits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let admission see the traits of the providers in memory."""
    monkeypatch.setattr(
        campaign_facts,
        "build_connector",
        lambda config, secrets: twin(site.providers[config.name]),
    )


def resending(site: Site, provider: Provider) -> Campaign:
    """Admit a campaign that asks to send again in doubt; the provider does not answer at first."""
    provider.script = {"p0@example.org": [DOUBT, SENT]}
    campaign = site.submit(*people(1), on_doubt="resend")
    site.plan()
    return campaign


@pytest.mark.usefixtures("known_traits")
def test_a_doubt_is_sent_again_where_the_provider_drops_repeats(site: Site) -> None:
    relay = site.provider(traits=BY_KEY)
    campaign = resending(site, relay)
    site.finish()
    assert campaign.outcomes == {"sent": 1}
    assert relay.addresses == relay.repeats == ["p0@example.org"]


@pytest.mark.usefixtures("known_traits")
@pytest.mark.parametrize("idempotency", [Idempotency.NONE, Idempotency.NAME])
def test_to_send_again_in_doubt_is_refused_where_it_could_be_delivered_twice(
    site: Site, idempotency: Idempotency
) -> None:
    relay = site.provider(traits=Traits(slice_limit=100, idempotency=idempotency))
    campaign = site.submit(*people(1), on_doubt="resend")
    site.finish()
    assert relay.asked == []
    assert campaign.state == "refused"
    assert campaign.overview.found.row.reasons == ("resend_not_safe",)


@pytest.mark.usefixtures("known_traits")
def test_to_send_again_in_doubt_is_refused_where_another_provider_could_be_asked(
    site: Site,
) -> None:
    first, second = site.provider(traits=BY_KEY), site.provider(traits=BY_KEY)
    campaign = resending(site, first)
    site.finish()
    assert first.asked == second.asked == []
    (event,) = campaign.events("refused")
    assert [reason["reason"] for reason in event["reasons"]] == ["resend_not_safe"]
    assert second.name in event["reasons"][0]["sentence"]


@pytest.mark.usefixtures("known_traits")
def test_a_doubt_never_goes_to_a_provider_that_came_later_even_if_both_drop_repeats(
    site: Site,
) -> None:
    first = site.provider(traits=BY_KEY)
    campaign = resending(site, first)
    second = site.provider(traits=BY_KEY)
    site.finish()
    assert campaign.outcomes == {"in_doubt": 1}
    assert second.asked == []


def test_a_doubt_is_only_recorded_unless_the_campaign_asks_for_more(site: Site) -> None:
    relay = site.provider(traits=BY_KEY, usual=DOUBT)
    campaign = site.submit(*people(2))
    site.finish()
    assert len(relay.asked) == 2
    assert campaign.outcomes == {"in_doubt": 2}
