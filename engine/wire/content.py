"""What a campaign says on each channel, as it stands on the wire; every text is a template."""

from typing import Annotated

from msgspec import Meta, field

from engine.wire.scalars import CALLER_PATTERN, ONE_LINE_PATTERN, Advertiser, OneLine, Text, Wire


class SmsContent(Wire, frozen=True, kw_only=True):
    """A text message."""

    sender: Annotated[
        str,
        Meta(pattern=ONE_LINE_PATTERN, max_length=16, description="Name or number shown."),
    ]
    text: Text


class EmailContent(Wire, frozen=True, kw_only=True):
    """An email; the text part is derived from the HTML when absent."""

    sender: Annotated[OneLine, Meta(description="Name <address> or a bare address.")] = field(
        name="from"
    )
    subject: OneLine
    html: Text
    text: Text | None = None
    reply_to: OneLine | None = None


class VoiceContent(Wire, frozen=True, kw_only=True):
    """A message that a machine speaks."""

    sender: Advertiser | None = None
    number: Annotated[
        Annotated[str, Meta(pattern=CALLER_PATTERN)] | None,
        Meta(
            description="The number shown to whoever is called: +33…, or 0… as in France. Rules may"
            " ask for one of certain ranges."
        ),
    ] = None
    text: Text


class FaxContent(Wire, frozen=True, kw_only=True):
    """A fax."""

    sender: Advertiser | None = None
    text: Text


class PostContent(Wire, frozen=True, kw_only=True):
    """A letter."""

    sender: Advertiser | None = None
    text: Text


class Content(Wire, frozen=True, kw_only=True):
    """One content per channel of the route."""

    sms: SmsContent | None = None
    email: EmailContent | None = None
    voice: VoiceContent | None = None
    fax: FaxContent | None = None
    post: PostContent | None = None
