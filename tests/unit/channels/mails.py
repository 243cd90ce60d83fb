"""Composing emails, and reading them as a mail program does."""

import email
import email.policy
from email.message import EmailMessage
from typing import Any

from channels.contract import (
    Addressee,
    Channel,
    Composer,
    Sender,
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


def compiled(**changes: Any) -> Composer:
    marketing = changes.pop("marketing", True)
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
