import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.contract import Channel
from channels.email.roles import role_of
from channels.phone_kinds import number_country, number_kind
from engine import recipient_facts
from engine.blocks import Recipient
from engine.recipient_facts import RecipientClasses
from policy.send_facts import RecipientFacts
from policy.territory import places_of

COLUMNS = ("prenom", "postal_code", "country")


def somebody(postal: str | None = None, country: str | None = None) -> Recipient:
    return Recipient(b"k", None, (), ("Camille", postal, country))


def test_a_text_message_is_about_the_number_and_where_it_may_be() -> None:
    facts = RecipientClasses(Channel.SMS, COLUMNS).of(somebody("97400", "FR"), "+33639980001")
    assert (facts.country, facts.number_kind, facts.role) == ("FR", "fiction", None)
    assert facts.places == places_of(number="+33639980001", postal_code="97400", country="FR")


def test_an_email_is_about_the_role_of_its_address_and_what_the_row_says() -> None:
    facts = RecipientClasses(Channel.EMAIL, COLUMNS).of(somebody("75001", " fr "), "info@b.test")
    assert facts == RecipientFacts(country="FR", places=frozenset({"75"}), role="role")


def test_a_letter_is_about_what_the_row_says_alone() -> None:
    facts = RecipientClasses(Channel.POST, COLUMNS).of(somebody("67000", "FR"), "M\nRue\nX")
    assert facts == RecipientFacts(country="FR", places=frozenset({"67"}))


@pytest.mark.parametrize("country", ["France", "F", "F1", "ÉÉ", "", "  ", None])
def test_a_country_that_is_no_code_is_unknown(country: str | None) -> None:
    facts = RecipientClasses(Channel.EMAIL, COLUMNS).of(somebody(None, country), "p@b.test")
    assert facts == RecipientFacts(role="person")


def test_without_the_columns_nobody_knows_where_an_email_goes() -> None:
    classes = RecipientClasses(Channel.EMAIL, ("prenom",))
    facts = classes.of(Recipient(b"k", None, (), ("Camille",)), "p@b.test")
    assert facts == RecipientFacts(role="person")


numbers = st.one_of(
    st.sampled_from(["6", "639", "69", "7", "700", "1", "8", "80", "82", "9475", "3639", "162"])
    .flatmap(lambda root: st.tuples(st.just(root), st.text("0123456789", max_size=12)))
    .map(lambda parts: "+33" + "".join(parts)),
    st.sampled_from(["262", "2626", "262639", "590", "594", "687", "32", "49", "1", "44"])
    .flatmap(lambda root: st.tuples(st.just(root), st.text("0123456789", max_size=10)))
    .map(lambda parts: "+" + "".join(parts)),
)


@given(
    st.lists(
        st.tuples(
            numbers,
            st.none() | st.sampled_from(["75001", "97400", "67000", "x"]),
            st.none() | st.sampled_from(["FR", "RE", "DE", "nowhere"]),
        ),
        max_size=20,
    )
)
@example([("+33" + "695" + "0" * 6, None, None), ("+33" + "690" + "0" * 6, None, None)])
def test_whoever_shares_a_class_has_equal_facts(
    people: list[tuple[str, str | None, str | None]],
) -> None:
    classes = RecipientClasses(Channel.SMS, COLUMNS)
    for number, postal, country in people:
        code = country if country in {"FR", "RE", "DE"} else None
        assert classes.of(somebody(postal, country), number) == RecipientFacts(
            country=number_country(number),
            number_kind=number_kind(number),
            places=places_of(number=number, postal_code=postal, country=code),
        )


@given(st.lists(st.sampled_from(["info", "INFO", "noreply", "p.martin", "info+x", "contact2"])))
def test_emails_share_a_class_by_their_role(names: list[str]) -> None:
    classes = RecipientClasses(Channel.EMAIL, COLUMNS)
    for name in names:
        address = f"{name}@b.test"
        assert classes.of(somebody("75001", "FR"), address).role == role_of(address)


def test_equal_facts_are_one_object_so_that_they_are_decided_once() -> None:
    classes = RecipientClasses(Channel.SMS, COLUMNS)
    first = classes.of(somebody(), "+33639980001")
    assert classes.of(somebody(), "+33639980002") is first
    assert classes.of(somebody("75001"), "+33639980002") is not first


def test_memory_stays_flat_however_many_classes_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recipient_facts, "_MOST_KEPT", 3)
    classes = RecipientClasses(Channel.EMAIL, COLUMNS)
    for code in range(75001, 75011):
        classes.of(somebody(str(code), "FR"), "p@b.test")
        assert len(classes._kept) <= 3
