"""The tables: which code serves a kind of connector, and which a channel's content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from channels.content import (
    Content,
    EmailContent,
    FaxContent,
    PostContent,
    SmsContent,
    VoiceContent,
    read_content,
)
from channels.contract import Channel, Composer, Connector, ConnectorConfig, Sender
from channels.email.compose import EmailComposer, Signer
from channels.email.smtp import smtp_connector
from channels.errors import ConnectorFault
from channels.outbox import outbox_connector
from channels.plain import SmsComposer, TextComposer

ContentT = TypeVar("ContentT")
ConnectorFactory = Callable[[ConnectorConfig, Mapping[str, str]], Connector]

CONNECTORS: Mapping[str, ConnectorFactory] = {
    "outbox": outbox_connector,
    "smtp": smtp_connector,
}


@dataclass(frozen=True, slots=True)
class Extras:
    """What a composer needs besides content and sender.

    now     milliseconds since the epoch, UTC: Date fields
    signer  signs emails; None: the relay does
    """

    now: Callable[[], int]
    signer: Signer | None = None


def build_connector(config: ConnectorConfig, secrets: Mapping[str, str]) -> Connector:
    """Build one connector; it connects when it is first used.

    secrets  per kind; ``smtp``: ``password``. Never kept in options.

    Raises ConnectorFault: unknown kind, unknown or missing option, wrong channel.
    """
    factory = CONNECTORS.get(config.kind)
    if factory is None:
        known = ", ".join(sorted(CONNECTORS))
        msg = f"connector {config.name}: unknown kind {config.kind!r}; known: {known}"
        raise ConnectorFault(msg)
    return factory(config, secrets)


def build_composer(
    channel: Channel,
    content: Mapping[str, object] | Content,
    sender: Sender,
    *,
    now: Callable[[], int],
    signer: Signer | None = None,
) -> Composer:
    """Compile a campaign's content for one channel.

    content  the wire's object for the channel, or its type from ``channels.content``

    Raises UnusableContent naming every fault.
    """
    typed = read_content(channel, content) if isinstance(content, Mapping) else content
    return _COMPOSERS[channel](typed, sender, Extras(now, signer))


def _sms(content: Content, _sender: Sender, _extras: Extras) -> Composer:
    return SmsComposer(_of(SmsContent, content))


def _email(content: Content, sender: Sender, extras: Extras) -> Composer:
    return EmailComposer(_of(EmailContent, content), sender, extras.now, extras.signer)


def _voice(content: Content, _sender: Sender, _extras: Extras) -> Composer:
    return TextComposer(Channel.VOICE, _of(VoiceContent, content))


def _fax(content: Content, _sender: Sender, _extras: Extras) -> Composer:
    return TextComposer(Channel.FAX, _of(FaxContent, content))


def _post(content: Content, _sender: Sender, _extras: Extras) -> Composer:
    return TextComposer(Channel.POST, _of(PostContent, content))


_COMPOSERS: Mapping[Channel, Callable[[Content, Sender, Extras], Composer]] = {
    Channel.SMS: _sms,
    Channel.EMAIL: _email,
    Channel.VOICE: _voice,
    Channel.FAX: _fax,
    Channel.POST: _post,
}


def _of(kind: type[ContentT], content: Content) -> ContentT:
    if isinstance(content, kind):
        return content
    msg = f"the content is a {type(content).__name__}, not a {kind.__name__}"
    raise TypeError(msg)
