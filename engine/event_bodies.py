"""Events as they travel: their bytes, and the routing key under which consumers pick them."""

import msgspec

from engine.errors import EngineError
from engine.events import EVENT_SCHEMA, Event

NO_CONTROLLER = "_"  # in routing keys of messages that no controller could be found for

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class EventFault(EngineError):
    """Raised when bytes are not an event of the published schema."""


def event_name(kind: type[Event]) -> str:
    """Return the word that names a kind of event on the wire."""
    return str(kind.__struct_config__.tag)


def routing_key(event: Event) -> str:
    """Return ``campaign.<event>.<controller>``."""
    return f"campaign.{event_name(type(event))}.{event.controller or NO_CONTROLLER}"


def encode_event(event: Event) -> bytes:
    """Return an event as JSON."""
    return _encoder.encode(event)


def decode_event(body: bytes) -> Event:
    """Read an event.

    Raises EventFault when the bytes are not of the published schema.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise EventFault(f"the bytes are not an event of {EVENT_SCHEMA}") from None
