"""SMS, voice, fax and post: one text."""

from collections.abc import Mapping

import pytest

from channels.content import FaxContent
from channels.contract import Addressee, Channel, Sender, UnusableContent, UnusableRecipient
from channels.plain import TextParts
from channels.registry import build_composer

SENDER = Sender("boutique", "noel", "bounce.example.org")
TEL = "+33639980101"


def compose(channel: Channel, content: Mapping[str, object], **values: str | None) -> TextParts:
    composer = build_composer(channel, content, SENDER, now=lambda: 0)
    parts = composer.compose(Addressee(3, TEL, "r", values, "https://x.test/u")).parts
    assert isinstance(parts, TextParts)
    return parts


def test_an_sms_is_plain_text_with_its_stop_mention_and_size() -> None:
    content = {"sender": "BOUTIQUE", "text": "Bonjour {{ prenom }} & vous. {{ stop }}"}
    assert compose(Channel.SMS, content, prenom="L'Hélène <b>&") == TextParts(
        "Bonjour L'Hélène <b>& & vous. STOP", "BOUTIQUE", 1
    )
    assert compose(Channel.SMS, {**content, "stop": "STOP au 36063"}, prenom="x").text.endswith(
        "36063"
    )
    assert compose(Channel.SMS, content, prenom="ê" * 50).units == 2


def test_accents_of_an_sms_are_composed_before_they_are_counted() -> None:
    parts = compose(Channel.SMS, {"text": "{{ v }} STOP"}, v="e\u0301" * 150)
    assert parts.text == "é" * 150 + " STOP"
    assert parts.units == 1


@pytest.mark.parametrize(
    ("text", "has"),
    [("a {{ stop }}", True), ("Stop au 36063", True), ("nonstop", False), ("a", False)],
)
def test_facts_say_whether_an_sms_tells_how_to_object(text: str, has: bool) -> None:
    facts = build_composer(Channel.SMS, {"text": text, "sender": "A"}, SENDER, now=lambda: 0).facts
    assert facts.has_unsubscribe is has
    assert facts.has_sender_identity


def test_facts_estimate_the_size_of_an_sms() -> None:
    content = {"text": "a" * 155 + "{{ prenom }}"}
    assert build_composer(Channel.SMS, content, SENDER, now=lambda: 0).facts.units == 2


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.FAX, Channel.POST])
def test_other_channels_carry_one_text(channel: Channel) -> None:
    content = {"text": "Bonjour {{ prenom }}, {{ unsubscribe_url }}"}
    assert compose(channel, dict(content), prenom="Zoé").text == "Bonjour Zoé, https://x.test/u"
    facts = build_composer(channel, dict(content), SENDER, now=lambda: 0).facts
    assert facts.variables == {"prenom"}
    assert facts.has_unsubscribe
    assert not facts.has_sender_identity


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.FAX, Channel.POST])
def test_other_channels_say_who_speaks_and_where_to_object(channel: Channel) -> None:
    content = {"text": "Offre. {{ stop }}", "sender": "Boutique Zoé", "stop": "STOP au 36063"}
    assert compose(channel, dict(content)) == TextParts("Offre. STOP au 36063", "Boutique Zoé")
    facts = build_composer(channel, dict(content), SENDER, now=lambda: 0).facts
    assert facts.has_sender_identity
    assert facts.has_unsubscribe
    assert facts.variables == set()


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.FAX, Channel.POST])
def test_a_blank_name_names_nobody_and_a_word_alone_is_no_mention(channel: Channel) -> None:
    content = {"text": "Offre, STOP", "sender": "  "}
    facts = build_composer(channel, content, SENDER, now=lambda: 0).facts
    assert not facts.has_sender_identity
    assert not facts.has_unsubscribe


@pytest.mark.parametrize("sender", ["Boutique\nautre", "a\x00", "\t"])
def test_who_speaks_is_one_line(sender: str) -> None:
    with pytest.raises(UnusableContent, match=r"post\.sender: must be one line"):
        build_composer(Channel.POST, {"text": "x", "sender": sender}, SENDER, now=lambda: 0)


@pytest.mark.parametrize("value", ["a\x00b", "\x1b[2J", "\x7f"])
def test_control_characters_are_not_sent(value: str) -> None:
    with pytest.raises(UnusableRecipient, match="control_character"):
        compose(Channel.SMS, {"text": "{{ v }}"}, v=value)


@pytest.mark.parametrize("values", [{}, {"prenom": None}], ids=str)
def test_a_missing_value_is_told_by_name(values: dict[str, str | None]) -> None:
    with pytest.raises(UnusableRecipient, match="missing:prenom"):
        compose(Channel.SMS, {"text": "{{ prenom }}"}, **values)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"text": "x", "sender": "Trop long pour un nom"}, "sms.sender"),
        ({"text": "  "}, "sms.text"),
        ({"text": 3}, "sms: "),
        ({}, "sms: "),
        ({"text": "x", "subject": "y"}, "sms: "),
        ({"text": "{{ a"}, "sms.text, line 1"),
    ],
    ids=str,
)
def test_impossible_contents_are_told_by_field(content: dict[str, object], fault: str) -> None:
    with pytest.raises(UnusableContent) as caught:
        build_composer(Channel.SMS, content, SENDER, now=lambda: 0)
    assert fault in caught.value.faults[0]


def test_a_content_of_another_channel_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="FaxContent, not a SmsContent"):
        build_composer(Channel.SMS, FaxContent("x"), SENDER, now=lambda: 0)


def test_a_text_that_needs_a_number_is_compiled_without_a_typical_size() -> None:
    content = {"text": "{{ (montant|float / 2)|round }} STOP"}
    facts = build_composer(Channel.SMS, content, SENDER, now=lambda: 0).facts
    assert facts.units == 1
    assert compose(Channel.SMS, content, montant="5").text.endswith(" STOP")
    with pytest.raises(UnusableRecipient, match="template_error"):
        compose(Channel.SMS, content, montant="beaucoup")


@pytest.mark.parametrize("given", ["+33199001234", "01 99 00 12 34", "0199001234"])
def test_a_call_shows_its_number_in_one_form(given: str) -> None:
    parts = compose(Channel.VOICE, {"text": "Offre. {{ stop }}", "number": given})
    assert parts.number == "+33199001234"
    assert compose(Channel.VOICE, {"text": "Offre. {{ stop }}"}).number == ""


def test_a_call_with_a_number_that_is_none_is_refused_with_other_faults() -> None:
    content = {"text": "Offre", "sender": "a\nb", "number": "01 99"}
    with pytest.raises(UnusableContent) as fault:
        compose(Channel.VOICE, content)
    assert [one.partition(":")[0] for one in fault.value.faults] == ["voice.sender", "voice.number"]


@pytest.mark.parametrize("channel", [Channel.FAX, Channel.POST])
def test_only_a_call_shows_a_number(channel: Channel) -> None:
    with pytest.raises(UnusableContent, match="number"):
        compose(channel, {"text": "Offre", "number": "+33199001234"})
