"""Taking a person out of what is sealed: lists, messages, blocks.

Each thing is locked, opened, sealed anew without the person under a new key, and put back; the old
key is destroyed once that is committed, so that copies of the database cannot be opened either.
"""

from typing import Final, NamedTuple

from msgspec.structs import replace

from engine.blocks import decode_block, encode_block
from engine.briefing import campaign_scope
from engine.erasure.looking import block_ids, campaign_ids, chunk_ids, groups, job_of
from engine.erasure.sealed_rows import (
    Kept,
    Rewritten,
    block_without,
    chunk_without,
    index_of_block,
    index_of_chunk,
    message_rows_without,
)
from engine.erasure.work import Change, Work, open_living
from engine.list_chunks import decode_chunk, encode_chunk, list_scope
from engine.store import sealed_traces as store
from engine.store.places import Where
from engine.store.sealed_traces import NewBlock, NewChunk, StoredBlock, StoredChunk
from engine.vault import Plain
from engine.wire.canonical import encode_job

NOT_LATER: Final = True  # a step that is done
LATER: Final = False  # one that must be looked at again


class _Chunk(NamedTuple):
    stored: StoredChunk
    kept: Kept


class _Block(NamedTuple):
    stored: StoredBlock
    new: Rewritten


def erase_from_lists(work: Work) -> bool:
    """Take the person's rows out of every list."""
    for ids in groups(chunk_ids(work)):
        with work.change() as change:
            met = _chunks(work, store.chunks_by_id(change.connection, ids, alone=True))
            filled = [one for one in met if one.kept.chunk.rows]
            sealed = iter(
                work.app.vault.seal_each(
                    [
                        Plain(
                            work.controller,
                            list_scope(one.stored.list_id),
                            encode_chunk(one.kept.chunk),
                        )
                        for one in filled
                    ],
                    work.app.clock.now(),
                )
                if filled
                else ()
            )
            store.replace_chunks(
                change.connection,
                [
                    _new_chunk(work, one, next(sealed) if one.kept.chunk.rows else None)
                    for one in met
                ],
            )
            change.note(Where.LISTS, sum(one.kept.gone + one.kept.cut for one in met))
            change.stale += [one.stored.sealed for one in met]
    return NOT_LATER


def _chunks(work: Work, stored: list[StoredChunk]) -> list[_Chunk]:
    """Return those chunks that do mention the person, without them."""
    met = []
    for chunk in stored:
        scope = list_scope(chunk.list_id)
        (plain,) = open_living(work.app.vault, work.controller, scope, [chunk.sealed])
        if plain is not None:
            kept = chunk_without(decode_chunk(plain), work.person)
            if kept.gone or kept.cut:
                met.append(_Chunk(chunk, kept))
    return met


def _new_chunk(work: Work, one: _Chunk, sealed: bytes | None) -> NewChunk:
    index = index_of_chunk(one.kept.chunk, work.app.vault.pseudonyms(work.controller))
    return NewChunk(
        id=one.stored.id,
        import_id=one.stored.import_id,
        rows=len(one.kept.chunk.rows),
        erased=one.kept.gone,
        contact_prefixes=index.contacts,
        person_prefixes=index.persons,
        sealed=sealed,
    )


def erase_from_messages(work: Work) -> bool:
    """Take the person's rows out of campaigns that brought their recipients with them."""
    for campaign_id in campaign_ids(work):
        with work.app.db.read() as connection:
            sealed = store.content(connection, campaign_id)
        if _mentions(work, campaign_id, sealed):
            with work.change() as change:
                _rewrite_message(work, change, campaign_id)
    return NOT_LATER


def _mentions(work: Work, campaign_id: int, sealed: bytes | None) -> bool:
    job = job_of(work, campaign_id, sealed)
    rows = job.recipients.inline if job is not None else None
    return rows is not None and message_rows_without(rows, work.person)[1] > 0


def _rewrite_message(work: Work, change: Change, campaign_id: int) -> None:
    sealed = store.content(change.connection, campaign_id, alone=True)
    job = job_of(work, campaign_id, sealed)
    if sealed is None or job is None or job.recipients.inline is None:
        return
    rows, changed = message_rows_without(job.recipients.inline, work.person)
    left = replace(job, recipients=replace(job.recipients, inline=rows))
    new = work.app.vault.seal(
        work.controller, campaign_scope(campaign_id), encode_job(left), work.app.clock.now()
    )
    store.replace_content(change.connection, campaign_id, new)
    change.note(Where.CONTENTS, changed)
    change.stale.append(sealed)


def erase_from_blocks(work: Work) -> bool:
    """Put a tombstone at the person's positions, and remember in which blocks."""
    for ids in groups(block_ids(work)):
        with work.change() as change:
            met = _blocks(work, store.blocks_by_id(change.connection, ids, alone=True))
            if not met:
                continue
            sealed = work.app.vault.seal_each(
                [
                    Plain(
                        work.controller,
                        campaign_scope(one.stored.campaign_id),
                        encode_block(one.new.block),
                    )
                    for one in met
                ],
                work.app.clock.now(),
            )
            store.replace_blocks(
                change.connection,
                [
                    NewBlock(one.stored.id, *index_of_block(one.new.block), blob)
                    for one, blob in zip(met, sealed, strict=True)
                ],
            )
            change.note(Where.BLOCKS, sum(len(one.new.gone) + one.new.cut for one in met))
            change.stale += [one.stored.sealed for one in met]
            before = change.progress
            gone = [(one.stored.id, position) for one in met for position in one.new.gone]
            change.progress = replace(
                before,
                blocks=(*before.blocks, *(one.stored.id for one in met)),
                positions=(*before.positions, *gone),
            )
    return NOT_LATER


def _blocks(work: Work, stored: list[StoredBlock]) -> list[_Block]:
    """Return those blocks that do mention the person, without them."""
    met = []
    for block in stored:
        scope = campaign_scope(block.campaign_id)
        (plain,) = open_living(work.app.vault, work.controller, scope, [block.sealed])
        if plain is not None:
            new = block_without(decode_block(plain), work.person)
            if new.gone or new.cut:
                met.append(_Block(block, new))
    return met
