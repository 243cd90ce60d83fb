"""The one way to write a campaign, and its fingerprint."""

from datetime import date, datetime
from enum import Enum
from hashlib import sha256

import msgspec

from engine.wire.instants import Duration, to_millis
from engine.wire.job import CampaignJob
from engine.wire.schema import encode_hook

_encoder = msgspec.json.Encoder(enc_hook=encode_hook)
_canonical = msgspec.json.Encoder(order="sorted")


def encode_job(job: CampaignJob) -> bytes:
    """Return a campaign as JSON; ``decode_job`` gives it back unchanged."""
    return _encoder.encode(job)


def job_fingerprint(job: CampaignJob) -> bytes:
    """Return 32 bytes that are equal for two messages that say the same.

    Order of fields, white space, defaults given or left out, and the way an instant or a duration
    is written make no difference. Fields left at their default do not count, so that a field added
    later does not make a stranger of a campaign known before.
    """
    return sha256(_canonical.encode(_plain(job))).digest()


def _plain(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        return {
            field.encode_name: _plain(inner)
            for field in msgspec.structs.fields(value)
            if (inner := getattr(value, field.name)) != field.default
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _atom(value)


def _atom(value: object) -> object:
    if isinstance(value, datetime):
        return to_millis(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Duration | date):
        return str(value)
    return value
