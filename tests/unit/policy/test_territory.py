"""Where somebody may be: by number, postal code and country, and by what they leave open."""

from datetime import date
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.european_places import EUROPE
from policy.french_places import FRANCE
from policy.territory import PLACES, clocks_of, local_dates, places_of
from tests.unit.policy.moments import METROPOLITAN, at

PLANS = (FRANCE, *EUROPE)
EEA_UK_AND_SWITZERLAND = (
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI"
    " LT LU LV MT NL NO PL PT RO SE SI SK"
)
MOBILE = "+33639980001"  # of the range kept for fiction
NORTH = {"971", "977", "978"}
POLYNESIA = {"987", "987-G", "987-M"}


@pytest.mark.parametrize(
    ("number", "places"),
    [
        (MOBILE, METROPOLITAN),
        ("+33199000001", METROPOLITAN),
        ("+262262", {"974"}),
        ("+262263", {"974"}),
        ("+262692", {"974"}),
        ("+262693", {"974"}),
        ("+262269", {"976"}),
        ("+262639", {"976"}),
        ("+262947", {"974", "976"}),
        ("+262", {"974", "976"}),
        ("+59069", NORTH),
        ("+596696", {"972"}),
        ("+594694", {"973"}),
        ("+508410000", {"975"}),
        ("+6814", {"986"}),
        ("+6877", {"988"}),
        ("+68987", POLYNESIA),
        ("+49151", {"DE"}),
        ("+346", {"ES", "ES-CN"}),
        ("+35191", {"PT", "PT-20", "PT-30"}),
        ("+447700900000", {"GB"}),
    ],
)
def test_a_number_tells_where_its_holder_may_be(number: str, places: set[str]) -> None:
    assert places_of(number=number) == places


@pytest.mark.parametrize(
    ("postal_code", "country", "places"),
    [
        ("75001", "FR", {"75"}),
        ("01000", "FR", {"01"}),
        ("57000", "FR", {"57"}),
        ("67000", "FR", {"67"}),
        ("67 000", "FR", {"67"}),
        ("20000", "FR", {"20"}),
        ("20600", "FR", {"20"}),
        ("97110", "FR", {"971"}),
        ("97133", "FR", {"977"}),
        ("97150", "FR", {"978"}),
        ("97098", "FR", NORTH),
        ("97200", "FR", {"972"}),
        ("97300", "FR", {"973"}),
        ("97400", "FR", {"974"}),
        ("97500", "FR", {"975"}),
        ("97600", "FR", {"976"}),
        ("98600", "FR", {"986"}),
        ("98714", "FR", {"987"}),
        ("98742", "FR", {"987-M"}),
        ("98755", "FR", {"987", "987-G"}),
        ("98799", "FR", POLYNESIA),
        ("98800", "FR", {"988"}),
        ("97400", "RE", {"974"}),
        ("28001", "ES", {"ES"}),
        ("35001", "ES", {"ES-CN"}),
        ("38001", "ES", {"ES-CN"}),
        ("1000-001", "PT", {"PT"}),
        ("9000-001", "PT", {"PT-30"}),
        ("9500", "PT", {"PT-20"}),
        ("SW1A 1AA", "GB", {"GB"}),
        ("75001", "DE", {"DE"}),
    ],
)
def test_a_postal_code_is_read_as_its_country_writes_it(
    postal_code: str, country: str, places: set[str]
) -> None:
    assert places_of(postal_code=postal_code, country=country) == places


def test_a_postal_code_tells_where_in_the_country_a_mobile_is() -> None:
    assert places_of(number=MOBILE, postal_code="67000") == {"67"}
    assert places_of(number=MOBILE, postal_code="67000", country="FR") == {"67"}
    assert places_of(number="+346", postal_code="35001") == {"ES-CN"}
    assert places_of(number="+262947", postal_code="97600") == {"976"}
    assert places_of(number="+59069", postal_code="97150") == {"978"}


def test_where_postal_code_and_number_disagree_both_are_possible() -> None:
    assert places_of(number="+262692", postal_code="97600") == {"974", "976"}
    assert places_of(number=MOBILE, postal_code="97400") == METROPOLITAN | {"974"}
    assert places_of(number="+49151", postal_code="67000", country="FR") == {"DE", "67"}


def test_a_postal_code_that_nobody_can_read_tells_nothing() -> None:
    for unreadable in ("1000", "F-67000", "99999", "98000", "here"):
        assert places_of(number=MOBILE, postal_code=unreadable) == METROPOLITAN
        assert places_of(postal_code=unreadable, country="FR") == METROPOLITAN


def test_the_same_postal_code_is_in_many_countries_so_alone_it_tells_nothing() -> None:
    assert places_of(postal_code="75001") == frozenset()


def test_the_code_of_a_country_stands_for_what_has_no_code_of_its_own() -> None:
    assert places_of(country="FR") == METROPOLITAN
    assert places_of(country="RE") == {"974"}
    assert places_of(country="BL") == {"977"}
    assert places_of(country="PF") == POLYNESIA
    assert places_of(country="ES") == {"ES", "ES-CN"}


def test_france_as_the_country_of_an_overseas_number_or_postal_code_changes_nothing() -> None:
    assert places_of(number="+262692", country="FR") == {"974"}
    assert places_of(number=MOBILE, country="FR") == METROPOLITAN


def test_a_country_that_contradicts_the_number_is_possible_as_well() -> None:
    assert places_of(number=MOBILE, country="RE") == METROPOLITAN | {"974"}
    assert places_of(number=MOBILE, country="DE") == METROPOLITAN | {"DE"}
    assert places_of(number="+262947", country="RE") == {"974", "976"}


@pytest.mark.parametrize(
    ("number", "postal_code", "country"),
    [
        (None, None, None),
        ("", "", ""),
        ("+37793", None, None),  # Monaco is not France
        ("+12025550100", None, None),
        ("0639980001", None, None),  # not E.164
        (None, None, "US"),
        (None, "98000", "MC"),
        ("+37793", "75001", "FR"),
        (MOBILE, "75001", "US"),
    ],
)
def test_what_nobody_knows_is_nowhere(
    number: str | None, postal_code: str | None, country: str | None
) -> None:
    assert places_of(number=number, postal_code=postal_code, country=country) == frozenset()


def test_recipients_of_equal_facts_share_one_set_of_places() -> None:
    first = places_of(number=MOBILE, postal_code="67000")
    assert places_of(number="+33639980002", postal_code="67200") is first
    assert places_of(number=MOBILE) is places_of(number="+33639980002")


def test_every_country_of_the_eea_the_united_kingdom_and_switzerland_is_there() -> None:
    assert {plan.country for plan in PLANS} == set(EEA_UK_AND_SWITZERLAND.split())


def test_every_department_and_territory_is_there() -> None:
    departments = {f"{number:02}" for number in range(1, 96)}
    overseas = {*["971", "972", "973", "974", "975", "976", "977", "978", "986", "988"], *POLYNESIA}
    assert {place.key for place in FRANCE.places} == departments | overseas


def test_keys_are_unique_and_zones_exist() -> None:
    assert len(PLACES) == sum(len(plan.places) for plan in PLANS)
    assert {place.zone for place in PLACES.values()} <= available_timezones()


def test_tables_name_no_place_that_is_not_there_and_leave_none_out() -> None:
    for plan in PLANS:
        own = {place.key for place in plan.places}
        for table in (plan.by_country, plan.by_number, plan.by_postal):
            named = {key for keys in table.values() for key in keys}
            assert named == own or not table


def test_no_two_countries_share_a_country_code_or_the_beginning_of_a_number() -> None:
    for tables in ([plan.by_country for plan in PLANS], [plan.by_number for plan in PLANS]):
        assert len({code for table in tables for code in table}) == sum(map(len, tables))


def test_it_may_be_two_days_at_once() -> None:
    now = at("2026-08-10T17:00Z")
    assert local_dates(("75",), now) == {date(2026, 8, 10)}
    assert local_dates(("988",), now) == {date(2026, 8, 11)}
    assert local_dates(("75", "988"), now) == {date(2026, 8, 10), date(2026, 8, 11)}


def test_places_that_nobody_knows_tell_no_day() -> None:
    assert local_dates((), at("2026-08-10T17:00Z")) == frozenset()
    assert local_dates(("nowhere",), at("2026-08-10T17:00Z")) == frozenset()


def test_places_of_one_zone_share_a_clock() -> None:
    (clock,) = clocks_of(METROPOLITAN)
    assert clock.places == METROPOLITAN
    assert clock.zone.key == "Europe/Paris"
    assert [each.zone.key for each in clocks_of(frozenset({"DE", "75"}))] == [
        "Europe/Paris",
        "Europe/Berlin",
    ]


def test_no_clock_is_known_where_one_place_is_unknown() -> None:
    assert clocks_of(frozenset({"75", "nowhere"})) == ()
    assert clocks_of(frozenset()) == ()


@given(
    number=st.none() | st.from_regex(r"\+(33|262|590|689|34|351|49|1)[0-9]{0,9}", fullmatch=True),
    postal_code=st.none() | st.from_regex(r"[0-9]{4,5}", fullmatch=True) | st.text(max_size=6),
    country=st.none() | st.sampled_from(["FR", "RE", "PF", "ES", "PT", "DE", "US"]),
)
def test_whatever_is_known_the_places_are_places(
    number: str | None, postal_code: str | None, country: str | None
) -> None:
    assert places_of(number=number, postal_code=postal_code, country=country) <= PLACES.keys()
