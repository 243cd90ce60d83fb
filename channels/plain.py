"""Composers of the channels whose message is one text: SMS, voice, fax and post.

Fax and voice get their pages and recordings from their own connectors; what is composed here is
the text that those start from.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from channels.content import FaxContent, PostContent, SmsContent, VoiceContent
from channels.contract import (
    Addressee,
    Channel,
    ContentFacts,
    Message,
    UnusableContent,
    UnusableRecipient,
)
from channels.normal_form import AddressFault
from channels.phones import normalise
from channels.render import Source, Templates
from channels.sms.segments import segments

_LINK = "unsubscribe_url"
_BUILT_IN = frozenset({_LINK, "stop"})
_TYPICAL_LINK = "https://links.example.org/s/12345678901"
_SENDER = re.compile(r"[A-Za-z0-9 ]{1,11}|\+?[0-9]{3,15}")
_STOP_WORD = re.compile(r"\bSTOP\b", re.IGNORECASE)
_LINES = re.compile(r"[\x00-\x1f\x7f]")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class TextParts:
    """The payload of every channel but email.

    sender  what a phone shows, or who speaks or writes; empty: not said
    units   what is billed: SMS parts; 1 elsewhere
    number  shown to whoever is called, E.164; empty on other channels, or not said
    """

    text: str
    sender: str = ""
    units: int = 1
    number: str = ""


class SmsComposer:
    """Text messages; accents are composed first, so that a phone's é is not billed as two."""

    def __init__(self, content: SmsContent) -> None:
        faults = _sender_faults(content.sender)
        self._text = _OneText("sms.text", content.text, {"stop": content.stop}, faults)
        self._sender = content.sender
        typical = self._text.typical()
        self.facts = ContentFacts(
            variables=self._text.variables - _BUILT_IN,
            has_sender_identity=bool(content.sender),
            has_unsubscribe="stop" in self._text.variables or bool(_STOP_WORD.search(content.text)),
            units=segments(typical).parts,
            shows_link=_LINK in self._text.variables,
        )

    def compose(self, addressee: Addressee) -> Message:
        """Render one text message. Raises UnusableRecipient."""
        text = unicodedata.normalize("NFC", self._text.render(addressee))
        parts = TextParts(text, self._sender, segments(text).parts)
        return Message(addressee.position, addressee.reference, addressee.address, parts)


class TextComposer:
    """Voice, fax and post: one text."""

    def __init__(self, channel: Channel, content: VoiceContent | FaxContent | PostContent) -> None:
        built_in = {"stop": content.stop}
        faults = _name_faults(channel, content.sender)
        number = _caller(content, faults)
        self._text = _OneText(f"{channel.value}.text", content.text, built_in, faults)
        self._sender = content.sender.strip()
        self._number = number
        self.facts = ContentFacts(
            variables=self._text.variables - _BUILT_IN,
            has_sender_identity=bool(self._sender),
            has_unsubscribe=not self._text.variables.isdisjoint(_BUILT_IN),
            shows_link=_LINK in self._text.variables,
        )

    def compose(self, addressee: Addressee) -> Message:
        """Render one text. Raises UnusableRecipient."""
        parts = TextParts(self._text.render(addressee), self._sender, number=self._number)
        return Message(addressee.position, addressee.reference, addressee.address, parts)


class _OneText:
    """One compiled template with its built-in variables."""

    def __init__(
        self, name: str, text: str, built_in: Mapping[str, str], faults: list[str]
    ) -> None:
        if not text.strip():
            faults = [*faults, f"{name}: is empty"]
        if faults:
            raise UnusableContent(faults)
        self._templates = Templates([Source(name, text)])
        self._built_in = dict(built_in)
        self.variables = self._templates.variables

    def render(self, addressee: Addressee) -> str:
        values = {
            **addressee.values,
            _LINK: addressee.unsubscribe_url or None,
            **self._built_in,
        }
        text = self._templates.layouts[0].text(self._templates.fill(values))
        if _FORBIDDEN.search(text):
            raise UnusableRecipient("control_character")
        return text

    def typical(self) -> str:
        """Return the text with a value of eight letters for every variable of a row."""
        values = dict.fromkeys(self.variables, "x" * 8) | {_LINK: _TYPICAL_LINK} | self._built_in
        try:
            return self._templates.layouts[0].text(self._templates.fill(values))
        except UnusableRecipient:  # e.g. a variable that must be a number
            return ""


def _sender_faults(sender: str) -> list[str]:
    if not sender or _SENDER.fullmatch(sender):
        return []
    return ["sms.sender: must be at most 11 letters, digits or spaces, or a number"]


def _caller(content: VoiceContent | FaxContent | PostContent, faults: list[str]) -> str:
    """Return the number that a call shows, in E.164; adds to ``faults`` when it is none."""
    if not isinstance(content, VoiceContent) or not content.number:
        return ""
    try:
        return normalise(content.number).value
    except AddressFault as fault:
        faults.append(f"voice.number: {fault}")
        return ""


def _name_faults(channel: Channel, sender: str) -> list[str]:
    if _LINES.search(sender):
        return [f"{channel.value}.sender: must be one line without control characters"]
    return []
