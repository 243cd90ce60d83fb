from datetime import date, timedelta

import pytest

from policy.needs import (
    across_controllers,
    asks_for_proof,
    bound_by_time,
    caps_of,
    counts_contacts,
    lists_of,
    sectors_named,
)
from policy.rule_kinds import (
    Cap,
    Channel,
    ConsentAge,
    OppositionList,
    Pause,
    Rule,
    Sector,
    Selector,
)
from tests.unit.policy.sends import TODAY, sending
from tests.unit.policy.small_rulesets import OPEN, STOP, ban, compiled, hours

FAR = timedelta(days=4)
NEAR = timedelta(days=3)


def cap(*counts: Channel, when: Selector = Selector(), platform: bool = False) -> Cap:  # noqa: B008
    return Cap(
        id="often",
        source="law",
        certainty="law",
        when=when,
        most=1,
        days=30,
        counts=counts,
        scope="platform" if platform else "controller",
    )


def on_list(name: str) -> OppositionList:
    return OppositionList(
        id=f"list.{name}", source="law", certainty="law", name=name, read_within_days=30
    )


def test_earlier_contacts_are_asked_for_by_rules_on_how_often_alone() -> None:
    often = cap()
    assert caps_of((OPEN, STOP, often)) == (often,)
    assert caps_of((OPEN, STOP)) == ()


@pytest.mark.parametrize(
    ("rule", "counted"),
    [
        (cap(), True),
        (cap("sms"), True),
        (cap("email"), False),
        (cap("email", when=Selector(channels=("sms",))), False),
        (cap("sms", when=Selector(channels=("email",))), True),
        (cap(when=Selector(channels=("sms", "voice"))), True),
        (cap(when=Selector(channels=("voice",))), False),
        (cap(when=Selector(purposes=("rappels",))), True),
        (STOP, False),
    ],
)
def test_a_contact_counts_where_any_rule_looks_at_its_channel(rule: Rule, counted: bool) -> None:
    assert counts_contacts((OPEN, rule), "sms") is counted


def test_contacts_of_others_count_for_rules_of_the_platform_alone() -> None:
    assert across_controllers((OPEN, cap(), cap(platform=True)))
    assert not across_controllers((OPEN, cap()))


def test_only_lists_that_a_rule_names_are_consulted() -> None:
    assert lists_of((OPEN, on_list("bloctel"), on_list("robinson"))) == {"bloctel", "robinson"}
    assert lists_of((OPEN,)) == frozenset()


def test_each_recipients_proof_is_asked_for_where_a_campaign_on_consent_gives_none() -> None:
    assert asks_for_proof((OPEN,), sending(evidence={}))
    assert not asks_for_proof((OPEN,), sending())
    assert not asks_for_proof((OPEN,), sending(evidence={}, basis="contract"))
    assert not asks_for_proof((STOP,), sending(evidence={}))


@pytest.mark.parametrize(
    ("rule", "bound"),
    [
        (hours("h", "08:00", "20:00"), True),
        (cap(), True),
        (Pause(id="p", source="law", certainty="law", days=60), True),
        (ConsentAge(id="a", source="law", certainty="law", evidence="given_at", months=36), True),
        (on_list("bloctel"), True),
        (STOP, False),
        (ban(), False),
        (hours("h", "08:00", "20:00", valid_from=TODAY), True),
    ],
)
def test_what_the_clock_changes_is_decided_anew_each_minute(rule: Rule, bound: bool) -> None:
    assert bound_by_time((OPEN, rule), TODAY) is bound


@pytest.mark.parametrize(
    ("first", "last", "bound"),
    [
        (TODAY + NEAR, None, True),
        (TODAY + FAR, None, False),
        (None, TODAY - NEAR, True),
        (None, TODAY - FAR, False),
        (TODAY - FAR, TODAY + FAR, False),
        (TODAY - FAR, TODAY + NEAR, True),
    ],
)
def test_around_the_day_on_which_a_rule_begins_or_ends_as_well(
    first: date | None, last: date | None, bound: bool
) -> None:
    rule = ban()
    rule = type(rule)(
        id="b", source="law", certainty="law", valid_from=first, valid_to=last, when=rule.when
    )
    assert bound_by_time((OPEN, rule), TODAY) is bound


@pytest.mark.parametrize(("last", "bound"), [(TODAY, True), (TODAY - FAR, False)])
def test_around_the_last_day_of_an_exemption_as_well(last: date, bound: bool) -> None:
    assert bound_by_time((OPEN,), TODAY, [last]) is bound


def test_what_is_asked_for_is_found_among_the_rules_that_can_be_about_a_send() -> None:
    calls = cap(when=Selector(channels=("voice",)))
    rules = compiled(OPEN, calls, on_list("bloctel")).for_send(sending(channel="sms")).rules
    assert caps_of(rules) == ()
    assert lists_of(rules) == {"bloctel"}


def test_sectors_are_named_by_bans_on_them_and_by_what_rules_are_about() -> None:
    banned = Sector(id="s", source="law", certainty="law", refuse=("energy_works",))
    about = cap(when=Selector(sectors=("toys",)))
    assert sectors_named((banned, about, OPEN)) == {"energy_works", "toys"}
