import pytest

from policy.rule_kinds import Addresses, Ban, Numbers, OppositionList, Sector, Sender
from policy.rules.contact import (
    judge_addresses,
    judge_ban,
    judge_numbers,
    judge_opposition_list,
    judge_sector,
    judge_sender,
)
from policy.send_facts import RecipientFacts
from policy.send_reasons import SendReason
from tests.unit.policy.sends import DAY, NOW, asking, reaching, sending

NUMBERS = Numbers(id="n", source="law", certainty="law", kinds=("mobile", "voip"))
FRENCH = Numbers(id="n", source="law", certainty="law", kinds=("mobile",), countries=("FR",))
ADDRESSES = Addresses(id="a", source="law", certainty="law", refuse=("technical", "role"))
SENDER = Sender(id="s", source="law", certainty="law", kinds=("alphanumeric", "short"))
APPROVED = Sender(id="s", source="law", certainty="law", kinds=("alphanumeric",), approved=True)
SECTOR = Sector(
    id="s", source="law", certainty="law", refuse=("energy", "wine"), except_bases=("contract",)
)
LIST = OppositionList(
    id="l",
    source="law",
    certainty="law",
    name="bloctel",
    read_within_days=30,
    except_bases=("contract",),
)
MAIL = sending(channel="email")


def test_numbers_of_the_kinds_listed_are_contacted() -> None:
    assert asking(judge_numbers, NUMBERS) is None
    assert asking(judge_numbers, FRENCH) is None


def test_other_numbers_and_other_countries_are_not() -> None:
    fixed, abroad = reaching(number_kind="fixed"), reaching(country="DE")

    assert asking(judge_numbers, NUMBERS, recipient=fixed) == (SendReason.NUMBER_REFUSED, "fixed")
    assert asking(judge_numbers, FRENCH, recipient=abroad) == (SendReason.COUNTRY_REFUSED, "DE")
    assert asking(judge_numbers, NUMBERS, recipient=abroad) is None


def test_numbers_about_which_something_is_unknown_are_not() -> None:
    nameless, stateless = reaching(number_kind=None), reaching(country=None)

    assert asking(judge_numbers, NUMBERS, recipient=nameless) == (
        SendReason.FACT_UNKNOWN,
        "number_kind",
    )
    assert asking(judge_numbers, FRENCH, recipient=stateless) == (
        SendReason.FACT_UNKNOWN,
        "country",
    )
    both = reaching(number_kind=None, country="DE")
    assert asking(judge_numbers, FRENCH, recipient=both) == (SendReason.COUNTRY_REFUSED, "DE")


@pytest.mark.parametrize("channel", ["email", "post"])
def test_where_there_are_no_numbers_a_rule_about_them_says_nothing(channel: str) -> None:
    assert asking(judge_numbers, FRENCH, sending(channel=channel), RecipientFacts()) is None


def test_addresses_of_refused_roles_are_not_contacted() -> None:
    assert asking(judge_addresses, ADDRESSES, MAIL, reaching(role="person")) is None
    assert asking(judge_addresses, ADDRESSES, MAIL, reaching(role="technical")) == (
        SendReason.ADDRESS_REFUSED,
        "technical",
    )


def test_an_address_of_unknown_role_is_not_contacted_and_a_number_has_none() -> None:
    assert asking(judge_addresses, ADDRESSES, MAIL) == (SendReason.FACT_UNKNOWN, "role")
    assert asking(judge_addresses, ADDRESSES) is None


def test_a_sender_of_a_permitted_kind_may_be_shown() -> None:
    assert asking(judge_sender, SENDER) is None
    assert asking(judge_sender, APPROVED) is None


def test_a_sender_of_another_or_unknown_kind_may_not() -> None:
    assert asking(judge_sender, SENDER, sending(sender_kind="mobile")) == (
        SendReason.SENDER_REFUSED,
        "mobile",
    )
    assert asking(judge_sender, SENDER, sending(sender_kind=None)) == (
        SendReason.FACT_UNKNOWN,
        "sender_kind",
    )


def test_a_sender_must_be_known_and_approved_where_the_rule_says_so() -> None:
    assert asking(judge_sender, APPROVED, sending(sender="Other")) == (
        SendReason.SENDER_NOT_APPROVED,
        "",
    )
    assert asking(judge_sender, APPROVED, sending(sender=None)) == (
        SendReason.FACT_UNKNOWN,
        "sender",
    )
    assert asking(judge_sender, APPROVED, sending(approved_senders=None)) == (
        SendReason.FACT_UNKNOWN,
        "approved_senders",
    )
    assert asking(judge_sender, SENDER, sending(sender=None, approved_senders=None)) is None


def test_what_advertises_a_refused_sector_is_not_sent() -> None:
    assert asking(judge_sector, SECTOR) is None
    assert asking(judge_sector, SECTOR, sending(sectors=frozenset({"toys", "wine"}))) == (
        SendReason.SECTOR_BAN,
        "wine",
    )


def test_what_does_not_say_what_it_advertises_is_not_sent() -> None:
    assert asking(judge_sector, SECTOR, sending(sectors=None)) == (
        SendReason.FACT_UNKNOWN,
        "sectors",
    )
    assert asking(judge_sector, SECTOR, sending(sectors=frozenset())) is None


def test_an_excepted_basis_lifts_the_ban_of_a_sector() -> None:
    assert asking(judge_sector, SECTOR, sending(sectors=None, basis="contract")) is None
    assert asking(judge_sector, SECTOR, sending(sectors=frozenset({"wine"}), basis=None)) == (
        SendReason.SECTOR_BAN,
        "wine",
    )


def listed(*answers: bool, read: int | None = NOW - DAY) -> RecipientFacts:
    return reaching(
        on_lists=frozenset({("other", True), *(("bloctel", answer) for answer in answers)}),
        lists_read=frozenset({("other", 0)} | ({("bloctel", read)} if read is not None else set())),
    )


def test_who_is_not_on_a_list_that_was_read_lately_is_contacted() -> None:
    assert asking(judge_opposition_list, LIST, recipient=listed(False)) is None


@pytest.mark.parametrize("answers", [(True,), (True, False)], ids=["on it", "said both"])
def test_who_is_on_the_list_is_not(answers: tuple[bool, ...]) -> None:
    on_it = asking(judge_opposition_list, LIST, recipient=listed(*answers, read=None))

    assert on_it == (SendReason.ON_OPPOSITION_LIST, "bloctel")


def test_about_whom_nobody_asked_the_list_is_not_contacted() -> None:
    unasked = asking(judge_opposition_list, LIST, recipient=listed())

    assert unasked == (SendReason.FACT_UNKNOWN, "bloctel")


@pytest.mark.parametrize("read", [None, NOW - 30 * DAY - 1], ids=["never read", "too long ago"])
def test_a_list_that_was_not_read_lately_permits_nobody(read: int | None) -> None:
    old = asking(judge_opposition_list, LIST, recipient=listed(False, read=read))

    assert old == (SendReason.OPPOSITION_LIST_OLD, "bloctel")


def test_a_list_counts_up_to_the_last_instant_of_its_days() -> None:
    assert asking(judge_opposition_list, LIST, recipient=listed(False, read=NOW - 30 * DAY)) is None


def test_an_excepted_basis_does_not_ask_the_list() -> None:
    assert asking(judge_opposition_list, LIST, sending(basis="contract"), listed(True)) is None


def test_a_ban_refuses_all() -> None:
    rule = Ban(id="b", source="law", certainty="law")

    assert asking(judge_ban, rule) == (SendReason.BANNED, "")
