from datetime import date

import pytest

from policy.facts import CampaignKind
from policy.rule_kinds import Ban, Selector
from policy.selecting import in_force, left_open, matches
from tests.unit.policy.sends import RECIPIENT, SEND, reaching, sending

CALL = sending(channel="voice", voice_mode="automated")


def test_a_selector_that_asks_for_nothing_matches_every_send() -> None:
    assert matches(Selector(), SEND, RECIPIENT)


@pytest.mark.parametrize(
    ("matching", "other"),
    [
        (Selector(channels=("sms", "voice")), Selector(channels=("email",))),
        (Selector(campaigns=("marketing",)), Selector(campaigns=("service",))),
        (Selector(relations=("b2c_prospect",)), Selector(relations=("b2b_named",))),
        (Selector(bases=("consent",)), Selector(bases=("contract",))),
        (Selector(purposes=("offres",)), Selector(purposes=("rappels",))),
        (Selector(sectors=("toys", "wine")), Selector(sectors=("wine",))),
        (Selector(countries=("FR",)), Selector(countries=("DE",))),
        (Selector(controllers=("ctl_1",)), Selector(controllers=("ctl_2",))),
    ],
    ids=[
        "channel",
        "kind",
        "relation",
        "basis",
        "purpose",
        "sector",
        "country",
        "controller",
    ],
)
def test_a_selector_matches_the_words_that_it_lists(matching: Selector, other: Selector) -> None:
    assert matches(matching, SEND, RECIPIENT)
    assert not matches(other, SEND, RECIPIENT)


def test_every_list_that_is_given_must_match() -> None:
    assert not matches(Selector(channels=("sms",), campaigns=("service",)), SEND, RECIPIENT)


@pytest.mark.parametrize(
    ("selector", "fact"),
    [
        (Selector(campaigns=("service",)), "kind"),
        (Selector(relations=("b2b_named",)), "relation"),
        (Selector(bases=("contract",)), "basis"),
        (Selector(sectors=("wine",)), "sectors"),
    ],
    ids=["kind", "relation", "basis", "sectors"],
)
def test_a_fact_of_the_send_that_is_unknown_matches_and_is_named(
    selector: Selector, fact: str
) -> None:
    send = sending(**{fact: None})

    assert matches(selector, send, RECIPIENT)
    assert left_open(selector, send) == (fact,)


def test_whose_country_is_unknown_is_under_the_rules_of_all_countries() -> None:
    assert matches(Selector(countries=("DE",)), SEND, reaching(country=None))


def test_what_advertises_nothing_is_of_no_sector() -> None:
    assert not matches(Selector(sectors=("wine",)), sending(sectors=frozenset()), RECIPIENT)


def test_calls_are_told_apart_by_who_speaks() -> None:
    assert matches(Selector(voice_modes=("automated",)), CALL, RECIPIENT)
    assert not matches(Selector(voice_modes=("live",)), CALL, RECIPIENT)


def test_a_call_about_which_nobody_knows_who_speaks_is_one_of_each() -> None:
    assert left_open(Selector(voice_modes=("live",)), sending(channel="voice")) == ("voice_mode",)


def test_a_rule_about_calls_of_one_mode_is_not_about_texts() -> None:
    assert not matches(Selector(voice_modes=("live",)), SEND, RECIPIENT)
    assert matches(Selector(), SEND, RECIPIENT)


def test_a_rule_may_leave_matters_of_safety_out() -> None:
    safety = sending(kind=CampaignKind.SERVICE, safety=True)

    assert not matches(Selector(except_safety=True), safety, RECIPIENT)
    assert matches(Selector(except_safety=True), SEND, RECIPIENT)
    assert matches(Selector(), safety, RECIPIENT)


def ban(valid_from: date | None = None, valid_to: date | None = None) -> Ban:
    return Ban(
        id="ban", source="house", certainty="house", valid_from=valid_from, valid_to=valid_to
    )


FIRST, LAST = date(2026, 8, 11), date(2026, 8, 20)


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2026, 8, 10), False),
        (FIRST, True),
        (date(2026, 8, 15), True),
        (LAST, True),
        (date(2026, 8, 21), False),
    ],
    ids=["before", "first day", "between", "last day", "after"],
)
def test_a_rule_holds_from_its_first_day_to_its_last(day: date, *, held: bool) -> None:
    assert in_force(ban(FIRST, LAST), [day]) is held


def test_a_rule_without_dates_always_holds() -> None:
    assert in_force(ban(), [date(1900, 1, 1)])


def test_where_it_may_be_several_days_a_rule_of_any_of_them_holds() -> None:
    around = [date(2026, 8, 10), FIRST]

    assert in_force(ban(valid_from=FIRST), around)
    assert in_force(ban(valid_to=date(2026, 8, 10)), around)


def test_where_no_day_is_known_every_rule_holds() -> None:
    assert in_force(ban(FIRST, LAST), [])
