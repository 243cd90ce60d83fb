"""What a connection to a relay is, whichever way it sends."""

from dataclasses import dataclass
from typing import Protocol

from channels.contract import Message
from channels.email.compose import EmailParts
from channels.email.desk import Desk, Feed


@dataclass(frozen=True, slots=True)
class Features:
    """What the relay announced.

    eight_bit  8BITMIME (RFC 6152)
    utf8       SMTPUTF8 (RFC 6531)
    """

    eight_bit: bool = False
    utf8: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much, in seconds and mails.

    answer    wait for the answer to the final dot
    command   wait for any other answer
    messages  mails on one connection
    """

    answer: float = 120.0
    command: float = 30.0
    messages: int = 1000


class Line(Protocol):
    """One open connection, logged in."""

    @property
    def usable(self) -> bool:
        """Whether another letter may be sent on it."""
        ...

    async def serve(self, desk: Desk) -> None:
        """Send letters until the desk has none or the line is spent; settles all it took."""
        ...

    def forget(self, feed: Feed) -> None:
        """A slice was given up: abort if content of it is on the wire without an answer."""
        ...

    def hang_up(self) -> None:
        """Close politely; only when nothing is under way."""
        ...

    def abort(self) -> None:
        """Cut at once; what was unsent stays unsent."""
        ...


def mail_of(message: Message) -> EmailParts:
    """Return the payload of an email. Raises TypeError for any other channel's."""
    parts = message.parts
    if isinstance(parts, EmailParts):
        return parts
    msg = f"smtp sends emails, not {type(parts).__name__}"
    raise TypeError(msg)


def mail_options(features: Features, *, utf8: bool) -> str:
    """Return the parameters of MAIL FROM, each with a blank before it."""
    body = " BODY=8BITMIME" if features.eight_bit else ""
    return body + (" SMTPUTF8" if utf8 else "")
