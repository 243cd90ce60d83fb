"""Emails: what a mail reader finds in them, for any values."""

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.contract import (
    Addressee,
    Channel,
    Composer,
    Sender,
    UnusableContent,
    UnusableRecipient,
)
from channels.email.compose import EmailParts
from channels.registry import build_composer

NOW = 1_790_000_000_000
LINK = "https://chappe.example.org/u/" + "0a1b" * 30
CONTENT = {
    "from": "Boutique <info@boutique.example.org>",
    "subject": "Pour {{ prenom }}",
    "html": "<p>Bonjour {{ prenom }}</p><a href='{{ unsubscribe_url }}'>Se désabonner</a>",
}


def compiled(*, marketing: bool = True, **changes: Any) -> Composer:
    sender = Sender("boutique", "noel", "bounce.example.org", marketing)
    return build_composer(Channel.EMAIL, {**CONTENT, **changes}, sender, now=lambda: NOW)


def addressee(values: dict[str, str | None], *, to: str = "ana@example.org") -> Addressee:
    return Addressee(0, to, "00ff.0a1b2c3d", values, LINK)


def wire(composer: Composer, values: dict[str, str | None], *, eight_bit: bool = False) -> bytes:
    parts = composer.compose(addressee(values)).parts
    assert isinstance(parts, EmailParts)
    return parts.wire(eight_bit=eight_bit)


def read(mail: bytes) -> EmailMessage:
    """Read a mail as it would be after SMTP: dots unstuffed."""
    lines = [line[1:] if line.startswith(b".") else line for line in mail.split(b"\r\n")]
    message = email.message_from_bytes(b"\r\n".join(lines), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def bodies(message: EmailMessage) -> tuple[str, str]:
    """Return text and HTML with LF line ends."""
    found = []
    for part, kind in zip(message.iter_parts(), ("text/plain", "text/html"), strict=True):
        assert part.get_content_type() == kind
        assert not part.defects
        raw = part.get_payload(decode=True)
        assert isinstance(raw, bytes)
        found.append(raw.decode("utf-8").replace("\r\n", "\n"))
    return found[0], found[1]


def unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


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


@pytest.mark.parametrize("bad", ["a\r\nBcc: b@example.org", "a\nb", "a\rb", "a\x00b", "a\u2028b", "\x85"])
def test_no_value_can_add_a_header(bad: str) -> None:
    with pytest.raises(UnusableRecipient, match="header_injection"):
        compiled().compose(addressee({"prenom": bad}))


@pytest.mark.parametrize(
    "to", ["a@example.org>\r\nBcc: x", "a b@example.org", "a\n@example.org", "<a@example.org>", "ab", ""]
)
def test_an_address_that_was_not_normalised_is_not_written(to: str) -> None:
    with pytest.raises(UnusableRecipient, match="address_unusable"):
        compiled().compose(addressee({"prenom": "x"}, to=to))


@pytest.mark.parametrize("link", ["https://x.test/\r\nBcc: a", "https://x.test/>", "javascript:x", "h ttp"])
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
@pytest.mark.parametrize("bad", ["", "Boutique", "a@b.test, c@d.test", "a@b.test\nBcc: x@y.test", "a b@c"])
def test_an_impossible_sender_is_told_before_anything_is_sent(field: str, bad: str) -> None:
    with pytest.raises(UnusableContent, match=f"email.{field}"):
        compiled(**{field: bad})


def test_all_faults_of_a_content_are_told_at_once() -> None:
    with pytest.raises(UnusableContent) as caught:
        compiled(subject="a\nb", html=" ", **{"from": "x"})
    assert len(caught.value.faults) == 3


# -- bodies

signs = st.text(st.sampled_from(" \t\n\r.=aZé€'\"<>&{}-_🎈\u00a0\u202f\x00\x7f"), max_size=40)
anything = st.one_of(
    signs,
    st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=30),
    st.integers(1, 1200).map(lambda n: "x" * n),
    st.integers(1, 300).map(lambda n: "." * n),
    st.just(LINK),
)
literal = st.text(st.sampled_from("a .=\n\té,F-<>"), max_size=100).map(lambda t: t.replace("From", ""))


@given(
    st.lists(st.tuples(literal, st.sampled_from(["a", "b", "c"])), max_size=5),
    literal,
    st.fixed_dictionaries({"a": anything, "b": anything, "c": anything}),
    st.booleans(),
)
def test_both_parts_arrive_exactly_whatever_the_values(
    pieces: list[tuple[str, str]], last: str, values: dict[str, str], eight_bit: bool
) -> None:
    text = "".join(f"{before}{{{{ {name} }}}}" for before, name in pieces) + last
    composer = compiled(subject="s", text=text, html="<p>x</p>" + text)
    mail = wire(composer, dict(values), eight_bit=eight_bit)
    expected = "".join(before + unix(values[name]) for before, name in pieces) + last
    plain, html = bodies(read(mail))
    assert plain == expected
    assert html_unescaped(html) == "<p>x</p>" + html_unescaped_literals(pieces, values) + last
    lines = mail.split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert all(len(line) <= 998 for line in lines)
    assert b"\x00" not in mail
    if not eight_bit:
        body = mail.partition(b"\r\n\r\n")[2]
        assert all(len(line) <= 76 or line.startswith(b"Content") for line in body.split(b"\r\n"))
        assert not any(line.startswith(b".") for line in lines)
        assert mail.isascii()


def html_unescaped(text: str) -> str:
    for escaped, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, sign)
    return text


def html_unescaped_literals(pieces: list[tuple[str, str]], values: dict[str, str]) -> str:
    # A value that itself reads like an entity comes back escaped once more: compare unescaped.
    return "".join(before + unix(values[name]) for before, name in pieces)


@given(anything)
def test_a_part_with_statements_arrives_exactly_too(value: str) -> None:
    text = "{% if true %}.début {{ a }} fin \n.{% endif %}"
    composer = compiled(subject="s", text=text)
    plain, _ = bodies(read(wire(composer, {"a": value, "prenom": "x"})))
    assert plain == f".début {unix(value)} fin \n."


def test_8bit_is_smaller_and_says_so() -> None:
    composer = compiled(text="été {{ prenom }}")
    mail = wire(composer, {"prenom": "Zoé"}, eight_bit=True)
    assert b"Content-Transfer-Encoding: 8bit" in mail
    assert "été Zoé".encode() in mail


@pytest.mark.parametrize("value", ["x" * 1500, "a\nb", "a\x00b"])
def test_what_8bit_cannot_carry_is_quoted(value: str) -> None:
    composer = compiled(subject="s", text="été {{ prenom }}")
    mail = wire(composer, {"prenom": value}, eight_bit=True)
    assert b"8bit" not in mail
    assert bodies(read(mail))[0] == f"été {value}"


# -- the text part


def test_a_text_part_is_derived_from_the_html() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><h1>Soldes&nbsp;!</h1>"
        "<p>Bonjour <b>{{ prenom }}</b>,<br>à samedi</p><ul><li>un</li><li>deux</li></ul>"
        "{% if prenom %}<p>{{ prenom|upper }} &#123;&#123; &amp; vous</p>{% endif %}"
        "<img alt='photo'><a href='{{ unsubscribe_url }}'>Se désabonner</a></body></html>"
    )
    plain, _ = bodies(read(wire(compiled(html=html), {"prenom": "Zoé"})))
    assert "Soldes\u00a0!" in plain
    assert "Bonjour Zoé,\nà samedi" in plain
    assert "- un\n- deux" in plain
    assert "ZOÉ {{ & vous" in plain
    assert f"Se désabonner ({LINK})" in plain
    assert "p{}" not in plain


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
