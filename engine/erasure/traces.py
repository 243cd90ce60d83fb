"""Taking a person out of what is found by key, and out of what was written beside the database."""

from pathlib import Path
from typing import Final

from channels.contract import Channel
from channels.outbox_files import forget, references
from engine import connectors
from engine.clock import SECOND, Millis
from engine.erasure.letters import mentions
from engine.erasure.sealed_steps import LATER, NOT_LATER
from engine.erasure.work import Work, open_living
from engine.intake import DEAD_LETTER_SCOPE
from engine.opposition_chunks import SCOPE as OPPOSITIONS_SCOPE
from engine.opposition_chunks import decode_contacts, encode_contacts
from engine.personal_events import SCOPE as EVENTS_SCOPE
from engine.reference import PROOFS, DeliveryName, make_reference
from engine.store import connectors as connector_rows
from engine.store import consents, dead_letters, keyed_traces, suppression_chunks, suppressions
from engine.store.places import Where
from engine.store.suppressions import PLATFORM_SCOPE
from engine.vault import PLATFORM

_TELL_WITHIN: Final[Millis] = 5 * SECOND  # events are published within a second of being written
OUTBOX: Final = "outbox"  # the kind of connector that writes files


def drop_short_links(work: Work) -> bool:
    """Delete the codes of the person's messages."""
    keys = work.keys
    with work.change() as change:
        gone = keyed_traces.drop_links(
            change.connection, work.row.controller, keys.persons, keys.named
        )
        change.note(Where.SHORT_LINKS, gone)
    return NOT_LATER


def drop_contacts(work: Work) -> bool:
    """Drop the sealed contacts behind the person's oppositions; their keys go on forbidding."""
    scope, keys = work.row.controller, work.keys.subjects
    with work.app.db.read() as connection:
        entries = suppressions.entries(
            work.app.db, connection, scope=scope, keys=keys, platform_keys=()
        )
    for chunk_id in sorted({entry.chunk_id for entry in entries if entry.chunk_id is not None}):
        _drop_from_chunk(work, chunk_id, frozenset(keys))
    return NOT_LATER


def _drop_from_chunk(work: Work, chunk_id: int, keys: frozenset[bytes]) -> None:
    vault = work.app.vault
    with work.change() as change:
        sealed = suppression_chunks.lock_chunk(change.connection, chunk_id)
        if sealed is None:
            return
        (plain,) = open_living(vault, work.controller, OPPOSITIONS_SCOPE, [sealed])
        contacts = decode_contacts(plain) if plain is not None else []
        rest = [one for one in contacts if one.key not in keys]
        suppressions.forget_contacts(change.connection, chunk_id, keys)
        if rest:
            new = vault.seal(
                work.controller, OPPOSITIONS_SCOPE, encode_contacts(rest), work.app.clock.now()
            )
            suppression_chunks.fill_chunk(change.connection, chunk_id, new)
        else:
            suppression_chunks.drop_chunk(change.connection, chunk_id)
        change.note(Where.OPPOSITIONS, len(contacts) - len(rest))
        change.stale.append(sealed)


def drop_consents(work: Work) -> bool:
    """Delete the person's consents: whoever was erased is contacted for nothing any more."""
    scope, keys = work.row.controller, work.keys.persons
    with work.change() as change:
        change.note(Where.CONSENTS, consents.delete_of(change.connection, scope, keys))
    return NOT_LATER


def drop_contact_times(work: Work) -> bool:
    """Delete when the person was contacted: by this controller, and by any at their addresses."""
    scope, keys = work.row.controller, work.keys.persons
    pseudonyms = work.app.vault.pseudonyms(work.controller)
    platform_keys = [pseudonyms.platform(*point) for point in work.person.every_point]
    with work.change() as change:
        gone = keyed_traces.drop_contact_times(change.connection, scope, keys)
        gone += keyed_traces.drop_contact_times(change.connection, PLATFORM_SCOPE, platform_keys)
        change.note(Where.CONTACTS, gone)
    return NOT_LATER


def drop_event_ids(work: Work) -> bool:
    """Take the client's id of the person out of events that wait to be published.

    New ones get a moment first: the client is to learn who asked to be erased.
    """
    with work.change() as change:
        told = keyed_traces.events_with_ref(change.connection, work.row.controller)
        opened = open_living(
            work.app.vault, work.controller, EVENTS_SCOPE, [event.sealed for event in told]
        )
        found = [
            event
            for event, ref in zip(told, opened, strict=True)
            if ref is not None and ref.decode() in work.person.refs
        ]
        newest = max((event.created_at for event in found), default=0)
        if newest > work.app.clock.now() - _TELL_WITHIN:
            return LATER
        keyed_traces.drop_event_refs(change.connection, [event.number for event in found])
        change.note(Where.EVENTS, len(found))
        change.stale += [event.sealed for event in found]
    return NOT_LATER


def anonymise_deliveries(work: Work) -> bool:
    """Delete the outbox's files of the person, then take their keys out of the history.

    In this order: without the keys nobody knows any more which files they were.
    """
    keys = work.keys
    with work.app.db.read() as connection:
        found = keyed_traces.deliveries_of(connection, keys.persons, keys.named)
    files = _forget_files(
        work, [DeliveryName(one.block_id, one.position, one.leg) for one in found]
    )
    with work.change() as change:
        done = keyed_traces.anonymise_deliveries(change.connection, found)
        change.note(Where.OUTBOX, files)
        change.note(Where.DELIVERIES, done)
    return NOT_LATER


def _forget_files(work: Work, names: list[DeliveryName]) -> int:
    key = work.app.vault.reference_key()
    # Whoever was being written to when a worker died has a delivery that names nobody.
    stood = [
        DeliveryName(block_id, position, leg)
        for block_id, position in work.progress.positions
        for leg in range(1, len(Channel) + 1)
    ]
    theirs = {
        make_reference(key, name.block_id, name.position, name.leg) for name in (*names, *stood)
    }
    with work.app.db.read() as connection:
        rows = [row for row in connector_rows.every(connection) if row.kind == OUTBOX]
    folders = {connectors.options_of(row).get("folder") for row in rows}
    paths = [Path(folder).expanduser() for folder in folders if folder]
    # A proof holds somebody's values and an address: nobody can tell any more whose.
    return sum(forget(path, theirs | references(path, PROOFS)) for path in paths)


def drop_dead_letters(work: Work) -> bool:
    """Drop messages that never became campaigns and mention the person."""
    with work.app.db.read() as connection:
        letters = dead_letters.in_states(connection, (dead_letters.OPEN,))
    for letter in letters:
        if letter.sealed is None:
            continue
        (body,) = open_living(work.app.vault, PLATFORM, DEAD_LETTER_SCOPE, [letter.sealed])
        if body is None or not mentions(body, work.person, work.controller):
            continue
        with work.change() as change:
            dropped = dead_letters.close(
                change.connection, letter.id, dead_letters.DROPPED, work.app.clock.now()
            )
            change.note(Where.DEAD_LETTERS, int(dropped))
            change.stale.append(letter.sealed)
    return NOT_LATER
