"""What a campaign says on each channel, as upstream systems write it.

The fields are those of the wire's ``content`` object; every text is a template.
"""

from collections.abc import Mapping

import msgspec

from channels.contract import Channel, UnusableContent
from channels.struct_types import build_now


class SmsContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text message.

    sender  what the phone shows: at most 11 letters and digits, or a number
    stop    what ``{{ stop }}`` stands for, e.g. ``STOP au 36xxx``
    """

    text: str
    sender: str = ""
    stop: str = "STOP"


class EmailContent(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}
):
    """An email; ``text`` is derived from ``html`` when it is not given."""

    sender: str
    subject: str
    html: str
    text: str | None = None
    reply_to: str | None = None


class VoiceContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text to be spoken.

    sender  on whose behalf it is spoken: one line
    number  shown to whoever is called: E.164, or the national form of France; empty: not said
    stop    what ``{{ stop }}`` stands for
    """

    text: str
    sender: str = ""
    stop: str = "STOP"
    number: str = ""


class FaxContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text to be put on fax pages.

    sender  who writes: one line
    stop    what ``{{ stop }}`` stands for
    """

    text: str
    sender: str = ""
    stop: str = "STOP"


class PostContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a letter.

    sender  who writes: one line
    stop    what ``{{ stop }}`` stands for
    """

    text: str
    sender: str = ""
    stop: str = "STOP"


Content = SmsContent | EmailContent | VoiceContent | FaxContent | PostContent

CONTENT_TYPES: Mapping[Channel, type[Content]] = {
    Channel.SMS: SmsContent,
    Channel.EMAIL: EmailContent,
    Channel.VOICE: VoiceContent,
    Channel.FAX: FaxContent,
    Channel.POST: PostContent,
}

build_now(*CONTENT_TYPES.values())


def read_content(channel: Channel, fields: Mapping[str, object]) -> Content:
    """Turn the wire's object for one channel into its type.

    Raises UnusableContent naming the field that is wrong.
    """
    try:
        return msgspec.convert(dict(fields), CONTENT_TYPES[channel])
    except msgspec.ValidationError as error:
        raise UnusableContent([f"{channel.value}: {error}"]) from None
