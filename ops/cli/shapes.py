"""The shapes that ``--json`` prints. They are published: fields may be added, none is renamed.

Instants are UTC, ISO 8601. Null means that there is nothing to say. ``ops/docs/commands.md`` is
generated from these types, so descriptions are written for the people who read it.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Words = tuple[str, ...]
Instant = Annotated[datetime, Meta(tz=True)]


def says(text: str) -> Meta:
    """Return the description of a field."""
    return Meta(description=text)


class Shape(Struct, frozen=True, kw_only=True):
    """Base of everything that is printed as JSON."""


class Installed(Shape, frozen=True, kw_only=True):
    """What ``init`` made, and what was there before."""

    home: str
    master_key: Annotated[str, says("Where the master key lies.")]
    made: Annotated[Words, says("What this run made.")]
    kept: Annotated[Words, says("What was there and was left as it is.")]


class Migrated(Shape, frozen=True, kw_only=True):
    """Where the schema of one database stood, and where it stands."""

    database: Annotated[str, says("main or keyring")]
    before: str | None
    after: str | None


class ControllerShown(Shape, frozen=True, kw_only=True):
    """A controller and what was agreed with it."""

    controller: str
    alive: bool
    purposes: Annotated[dict[str, str], says("Purpose to kind: marketing or service.")]
    history: Annotated[str, says("How long deliveries are kept at most, ISO 8601.")]
    connectors: Annotated[dict[str, Words], says("Channel to connectors, in order.")]
    stop_mention: str
    return_domain: str | None
    allow_inline: bool
    sectors: Annotated[Words | None, says("What it advertises; null: not said.")]
    senders: Annotated[dict[str, Words], says("Channel to what it may show as the sender.")]
    created_at: Instant


class ConnectorShown(Shape, frozen=True, kw_only=True):
    """A connector, its attestation and its circuit breaker. Secrets are never shown."""

    connector: str
    channel: str
    kind: str
    rank: Annotated[int, says("Place in the order of its channel, lower first.")]
    enabled: bool
    state: Annotated[str, says("ready, disabled, not attested, or the cause of an open breaker")]
    options: dict[str, str]
    country: str | None
    sub_processor: str | None
    attested_by: str | None
    attested_at: Instant | None
    failures: Annotated[int, says("Faults in a row that keep the breaker open; 0: closed.")]
    open_cause: str | None
    open_since: Instant | None
    open_until: Annotated[Instant | None, says("When it is tried again.")]


class Probed(Shape, frozen=True, kw_only=True):
    """What a connector's test said."""

    connector: str
    works: bool
    reason: Annotated[str | None, says("What is wrong; null when it works.")]


class Grant(Shape, frozen=True, kw_only=True):
    """A broker account that may speak for a controller."""

    account: str
    controller: Annotated[str, says("* means every controller.")]


class DeadLetterFault(Shape, frozen=True, kw_only=True):
    """One thing wrong with a message."""

    field: str
    reason: str
    sentence: str
    line: int | None


class DeadLetterShown(Shape, frozen=True, kw_only=True):
    """A message that is no campaign."""

    dead_letter: int
    state: Annotated[str, says("open, replayed or dropped")]
    account: str | None
    message_id: str | None
    received_at: Instant
    closed_at: Instant | None
    faults: tuple[DeadLetterFault, ...]


class Replayed(Shape, frozen=True, kw_only=True):
    """What became of a replay."""

    dead_letter: int
    taken: Annotated[bool, says("Whether it is a campaign now.")]
    duplicate: bool
    faults: tuple[DeadLetterFault, ...]


class NoteShown(Shape, frozen=True, kw_only=True):
    """What there is to say of one line of a file."""

    line: int
    what: Annotated[str, says("rejected, unusable, repaired or opposed")]
    reason: str
    column: str
    sentence: str


class ListImported(Shape, frozen=True, kw_only=True):
    """What became of an imported file: rows = accepted + rejected."""

    controller: str
    list: str
    rows: int
    accepted: int
    rejected: int
    duplicates: Annotated[int, says("Accepted rows of a person that an earlier row has.")]
    opposed: Annotated[int, says("Accepted rows that must not be contacted on some channel.")]
    repaired: int
    unusable: Annotated[int, says("Addresses left out of accepted rows.")]
    resumed: Annotated[int, says("Rows that an import cut before its end had stored.")]
    columns: Words
    attested: Annotated[bool, says("Whether somebody answers for where the whole list comes from.")]
    findings: Annotated[dict[str, int], says("Sensitive data in the file: how often, by kind.")]
    reasons: Annotated[dict[str, int], says("Why lines were rejected, counted.")]
    notes: tuple[NoteShown, ...]


class ImportShown(Shape, frozen=True, kw_only=True):
    """One import into a list."""

    accepted: int
    rejected: int
    opposed: int
    created_at: Instant
    finished_at: Annotated[Instant | None, says("Null: cut before its end; not in the list.")]


class ListShown(Shape, frozen=True, kw_only=True):
    """A contact list."""

    controller: str
    list: str
    purposes: Words
    columns: Words
    rows: int
    attested_by: Annotated[str | None, says("Null: nobody answers for where it comes from.")]
    attested_at: Instant | None
    supplier: Annotated[str | None, says("Null: the controller collected it itself.")]
    findings: Annotated[
        dict[str, int] | None, says("Sensitive data: how often, by kind. Null: not screened.")
    ]
    created_at: Instant
    imports: tuple[ImportShown, ...]


class SuppressionShown(Shape, frozen=True, kw_only=True):
    """An entry that forbids contact."""

    kind: Annotated[str, says("tel, email, post or ref")]
    channel: Annotated[str | None, says("Null: every channel.")]
    purpose: Annotated[str | None, says("Null: whatever the purpose.")] = None
    reason: str
    source: str
    since: Instant
    platform: Annotated[bool, says("Whether it holds for every controller.")]


class SuppressionAdded(Shape, frozen=True, kw_only=True):
    """What became of an addition."""

    already: Annotated[bool, says("It was there before, and stays as it is.")]
    reason: str
    since: Instant


class SuppressionsImported(Shape, frozen=True, kw_only=True):
    """What became of a file of oppositions."""

    rows: int
    rejected: int
    added: int
    already: int
    repeated: int
    reasons: dict[str, int]
    notes: tuple[NoteShown, ...]


class LineScreened(Shape, frozen=True, kw_only=True):
    """What forbids contact with one line of a file; lines without entries are not printed."""

    line: int
    fault: Annotated[str | None, says("Why the line could not be screened.")] = None
    against: tuple[SuppressionShown, ...] = ()
