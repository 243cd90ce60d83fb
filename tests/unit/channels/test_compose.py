"""Emails: what a mail reader finds in them, for any values."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.contract import (
    Addressee,
    UnusableContent,
    UnusableRecipient,
)
from channels.email.compose import EmailParts
from tests.unit.channels.mails import (
    LINK,
    NOW,
    addressee,
    bodies,
    compiled,
    read,
    wire,
)

# -- headers


def test_a_marketing_mail_has_every_header_that_it_must_have() -> None:
    message = read(wire(compiled(reply_to="aide@boutique.example.org"), {"prenom": "Zoé"}))
    assert message["From"] == "Boutique <info@boutique.example.org>"
    assert message["To"] == "ana@example.org"
    assert message["Subject"] == "Pour Zoé"
    assert message["Reply-To"] == "aide@boutique.example.org"
    assert message["Message-ID"] == "<00ff.0a1b2c3d@bounce.example.org>"
    assert message["List-Unsubscribe"] == f"<{LINK}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-ID"] == "<boutique.bounce.example.org>"
    assert message["Date"].datetime.timestamp() == NOW // 1000
    assert message["Auto-Submitted"] is None


def test_a_service_mail_says_that_a_machine_sent_it_and_offers_no_unsubscribing() -> None:
    composer = compiled(marketing=False, html="<p>{{ prenom }}</p>")
    message = read(wire(composer, {"prenom": "Zoé"}))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


def test_the_return_path_names_the_delivery() -> None:
    parts = compiled().compose(addressee({"prenom": "x"})).parts
    assert isinstance(parts, EmailParts)
    assert parts.return_path == "b+00ff.0a1b2c3d@bounce.example.org"


@pytest.mark.parametrize(
    "bad", ["a\r\nBcc: b@example.org", "a\nb", "a\rb", "a\x00b", "a\u2028b", "\x85"]
)
def test_no_value_can_add_a_header(bad: str) -> None:
    with pytest.raises(UnusableRecipient, match="header_injection"):
        compiled().compose(addressee({"prenom": bad}))


@pytest.mark.parametrize(
    "to",
    ["a@example.org>\r\nBcc: x", "a b@example.org", "a\n@example.org", "<a@example.org>", "ab", ""],
)
def test_an_address_that_was_not_normalised_is_not_written(to: str) -> None:
    with pytest.raises(UnusableRecipient, match="address_unusable"):
        compiled().compose(addressee({"prenom": "x"}, to=to))


@pytest.mark.parametrize(
    "link", ["https://x.test/\r\nBcc: a", "https://x.test/>", "javascript:x", "h ttp"]
)
def test_a_link_cannot_add_a_header(link: str) -> None:
    with pytest.raises(UnusableRecipient, match="header_injection"):
        compiled().compose(Addressee(0, "a@example.org", "r", {"prenom": "x"}, link))


def test_marketing_without_a_link_is_not_composed() -> None:
    composer = compiled(html="<p>{{ prenom }}</p>")
    with pytest.raises(UnusableRecipient, match="missing:unsubscribe_url"):
        composer.compose(Addressee(0, "a@example.org", "r", {"prenom": "x"}))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=120))
@example("=?utf-8?q?x?=")
@example("  deux  blancs  ")
@example("a" * 200)
@example("é" * 100)
@example("👨‍👩‍👧‍👦" * 20)
@example("l’été\u202f!")
def test_a_subject_arrives_as_it_was(value: str) -> None:
    composer = compiled(subject="{{ prenom }}")
    values: dict[str, str | None] = {"prenom": value}
    if "\u2028" in value or "\u2029" in value:
        with pytest.raises(UnusableRecipient):
            composer.compose(addressee(values))
        return
    mail = wire(composer, values)
    assert str(read(mail)["Subject"]) == value
    head = mail.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(line) <= 200 for line in head.split(b"\r\n"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Boutique <info@boutique.example.org>", "Boutique <info@boutique.example.org>"),
        ("info@boutique.example.org", "info@boutique.example.org"),
        ("L'été à Paris <a@example.org>", "L'été à Paris <a@example.org>"),
        ('"Dupont, SARL" <a@example.org>', '"Dupont, SARL" <a@example.org>'),
    ],
)
def test_senders_are_written_as_mail_readers_read_them(written: str, expected: str) -> None:
    assert str(read(wire(compiled(**{"from": written}), {"prenom": "x"}))["From"]) == expected


@pytest.mark.parametrize("field", ["from", "reply_to"])
@pytest.mark.parametrize(
    "bad",
    ["", "Boutique", "a@b.test, c@d.test", "a@b.test\nBcc: x@y.test", "a b@c", "é@example.org"],
)
def test_an_impossible_sender_is_told_before_anything_is_sent(field: str, bad: str) -> None:
    with pytest.raises(UnusableContent, match=f"email.{field}"):
        compiled(**{field: bad})


def test_all_faults_of_a_content_are_told_at_once() -> None:
    with pytest.raises(UnusableContent) as caught:
        compiled(subject="a\nb", html=" ", **{"from": "x"})
    assert len(caught.value.faults) == 3


# -- facts


def test_facts_say_what_the_policy_must_know() -> None:
    facts = compiled(subject="{{ a }}", html="{{ b|default(c) }}{{ unsubscribe_url }}").facts
    assert facts.variables == {"a", "b", "c"}
    assert facts.has_unsubscribe
    assert facts.has_sender_identity
    assert not compiled(html="x", text="{{ unsubscribe_url }}").facts.has_unsubscribe


def test_the_cases_of_missing_and_odd_values_end_as_written() -> None:
    composer = compiled(
        subject="Pour {{ prenom }}",
        text="Bonjour {{ prenom }}, {{ marque }} & vous",
        html="<p>Bonjour {{ prenom }}</p>",
    )
    odd = read(wire(composer, {"prenom": "L'Hélène <b>&", "marque": "C&A d'été"}))
    assert odd["Subject"] == "Pour L'Hélène <b>&"
    assert bodies(odd) == (
        "Bonjour L'Hélène <b>&, C&A d'été & vous",
        "<p>Bonjour L&#x27;Hélène &lt;b&gt;&amp;</p>",
    )
    for absent in ({"marque": "x"}, {"prenom": None, "marque": "x"}):
        with pytest.raises(UnusableRecipient, match="missing:prenom"):
            composer.compose(addressee(dict(absent)))
    assert bodies(read(wire(composer, {"prenom": "", "marque": "x"})))[1] == "<p>Bonjour </p>"
    again = read(wire(composer, {"prenom": "{{ marque }}", "marque": "{% for i in range(9) %}"}))
    assert bodies(again)[0] == "Bonjour {{ marque }}, {% for i in range(9) %} & vous"
