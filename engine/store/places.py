"""The register of where persons can be found, and of where they cannot.

Every table is in here once: as (part of) a place that erasure searches, or as one that holds
nobody, with the reason. So are the files. A table that is in neither fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Where(StrEnum):
    """A place, as certificates name it."""

    LISTS = "lists"
    CONTENTS = "contents"
    PLANNING = "planning"
    BLOCKS = "blocks"
    DELIVERIES = "deliveries"
    SHORT_LINKS = "short_links"
    OPPOSITIONS = "oppositions"
    EVENTS = "events"
    DEAD_LETTERS = "dead_letters"
    OUTBOX = "outbox"
    RIGHTS = "rights"
    CONSENTS = "consents"
    CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Place:
    """Where persons are.

    tables   those that hold them; none: files
    found_by how a person is found there
    left     what an erasure leaves there
    """

    tables: tuple[str, ...]
    found_by: str
    left: str


PLACES: Final[Mapping[Where, Place]] = {
    Where.LISTS: Place(
        ("list_chunks",),
        "prefixes of keys beside each chunk",
        "the chunk without the row, under a new key; the old key is destroyed",
    ),
    Where.CONTENTS: Place(
        ("campaigns",),
        "content that brought its recipients is opened",
        "the content without the row, under a new key; the old key is destroyed",
    ),
    Where.PLANNING: Place(
        ("spills",),
        "campaigns that are being planned when the search begins",
        "nothing: the search waits until their rows are in blocks, without whoever was erased, and"
        " their recipient file is deleted",
    ),
    Where.BLOCKS: Place(
        ("blocks",),
        "prefixes of keys beside each block",
        "a tombstone at the position, under a new key; the old key is destroyed",
    ),
    Where.DELIVERIES: Place(
        ("deliveries",), "key of the person or contact point", "outcome and time, of nobody"
    ),
    Where.SHORT_LINKS: Place(
        ("short_links",), "key of the person or contact point", "nothing: the row is deleted"
    ),
    Where.OPPOSITIONS: Place(
        ("suppressions", "suppression_chunks", "opposition_list_entries"),
        "key of the person or contact point",
        "the key, which goes on forbidding contact; the sealed contact is gone",
    ),
    Where.CONSENTS: Place(
        ("consents",), "key of the person or contact point", "nothing: the row is deleted"
    ),
    Where.CONTACTS: Place(
        ("contacts",), "key of the person or contact point", "nothing: the row is deleted"
    ),
    Where.EVENTS: Place(
        ("events",),
        "sealed ids beside events that wait are opened",
        "the event without the id; the key is destroyed",
    ),
    Where.DEAD_LETTERS: Place(
        ("dead_letters",),
        "the bodies are opened and searched",
        "that somebody sent a message; its body is gone, and its key destroyed",
    ),
    Where.OUTBOX: Place((), "reference of the delivery", "nothing: the file is deleted"),
    Where.RIGHTS: Place(
        ("rights_requests",),
        "the request itself",
        "what was asked for and when; whom it was about is gone, and the key destroyed",
    ),
}

NOT_REACHED: Final = (
    "the broker's log of messages that were acknowledged, until it is written anew",
    "backups of the keyring that are older than this",
    "what was handed over: mailboxes, telephones, the records of providers",
    "what the client itself keeps, and events that it was sent",
)
"""Where something of a person may be that an erasure cannot look."""

HOLDS_NOBODY: Final[Mapping[str, str]] = {
    "accounts": "accounts of the broker, which are programs",
    "acts": "acts name operators and things, never a person who is contacted",
    "approvals": "operators who approved a campaign",
    "batches": "positions of a block, which name nobody without it",
    "connections": "addresses of machines that came to the gateway, unconnected with any person"
    " of a campaign; retention takes them away",
    "connectors": "providers and how they are reached",
    "controllers": "the clients, and how often somebody was searched for",
    "counters": "sums",
    "holds": "retention classes and campaigns",
    "kills": "what an operator switched off",
    "list_imports": "sums and the checksum of a file",
    "lists": "names and purposes of lists",
    "opposition_lists": "names and dates of such lists",
    "policy_state": "a number",
    "rulesets": "rules",
    "store_identity": "the machine",
    "sweeps": "retention classes",
    "tallies": "sums",
}

FILES: Final[Mapping[str, str]] = {
    "outbox": "place: outbox",
    "drop": "place: planning; a file that no campaign names is the client's own",
    "database": "the tables above; pages are overwritten and the write-ahead log is emptied",
    "keyring": "wrapped keys, which name nobody",
    "logs": "ids and reasons only",
    "exports": "handed out on request, and kept by whoever asked",
}
