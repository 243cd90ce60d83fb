"""What the fields of a campaign are made of: patterns, ids and texts, and the base of its types."""

from typing import Annotated

from msgspec import Meta, Struct

from engine.wire.instants import DURATION_PATTERN

# ``$(?!\n)``: Python's ``$`` alone also matches before a newline at the end.
CONTROLLER_PATTERN = r"^[a-z0-9-]{1,64}$(?!\n)"
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)"
SLUG_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$(?!\n)"
ONE_LINE_PATTERN = r"^[^\u0000-\u001f\u007f]+$(?!\n)"
CALLER_PATTERN = r"^(?:\+[1-9]|0[1-9])(?:[ .-]?[0-9]){6,14}$(?!\n)"
FILE_PATTERN = r"^[^./\\\u0000-\u001f][^/\\\u0000-\u001f]{0,199}$(?!\n)"
SHA256_PATTERN = r"^[0-9a-f]{64}$(?!\n)"
CLOCK_PATTERN = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"
COLUMN_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$(?!\n)"

PATTERN_WORDS = {  # what a fault says instead of the pattern
    CONTROLLER_PATTERN: "1 to 64 lower-case letters, digits or hyphens",
    ID_PATTERN: "1 to 64 letters, digits, dots, hyphens or underscores, a letter or digit first",
    SLUG_PATTERN: "1 to 64 lower-case letters, digits, dots, hyphens or underscores",
    ONE_LINE_PATTERN: "one line of text without control characters",
    CALLER_PATTERN: "a telephone number: + and country code, or the form of France (0 …)",
    FILE_PATTERN: "a file name without folder and without a dot in front",
    SHA256_PATTERN: "64 lower-case hexadecimal digits",
    COLUMN_PATTERN: "column names of letters, digits and underscores",
    CLOCK_PATTERN: "a time of day such as 14:00, from 00:00 to 23:59",
    DURATION_PATTERN: "an ISO 8601 duration such as P2Y, P30D or PT6H",
}

Unique = Meta(extra_json_schema={"uniqueItems": True})
ControllerId = Annotated[
    str, Meta(pattern=CONTROLLER_PATTERN, description="The client: lower-case, digits, hyphens.")
]
CampaignId = Annotated[
    str,
    Meta(pattern=ID_PATTERN, description="Your id, unique per controller while history lasts."),
]
Purpose = Annotated[
    str, Meta(pattern=SLUG_PATTERN, description="What the campaign is for, as agreed before.")
]
Sector = Annotated[str, Meta(pattern=SLUG_PATTERN, description="Such as energy_works.")]
Text = Annotated[str, Meta(min_length=1, description="A template; variables as {{ name }}.")]
OneLine = Annotated[str, Meta(pattern=ONE_LINE_PATTERN, max_length=500)]
Word = Annotated[str, Meta(pattern=ONE_LINE_PATTERN, max_length=200)]
_WHO = (
    "Who speaks or writes, a must in marketing, with {{ stop }} or {{ unsubscribe_url }} in text."
)
Advertiser = Annotated[Word, Meta(description=_WHO)]


class Wire(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything in a job: immutable, unknown fields are faults."""
