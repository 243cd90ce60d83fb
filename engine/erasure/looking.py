"""Looking for a person: what lists, blocks and messages know besides what the request says.

Nothing is changed here. Who is known by a ref may have addresses in any list; who is known by an
address may have a ref. Each round finds what the names of the round before lead to.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from engine.blocks import decode_block
from engine.briefing import campaign_scope
from engine.erasure.person import Person, Sightings
from engine.erasure.sealed_rows import Row, row_of_message, rows_of_block, rows_of_chunk
from engine.erasure.work import Work, open_living
from engine.list_chunks import decode_chunk, list_scope
from engine.store import sealed_traces as store
from engine.wire.decode import decode_stored_job
from engine.wire.job import CampaignJob

GROUP: Final = 20  # sealed things that are opened at once: a few megabytes


def groups(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut ids into groups that are dealt with together."""
    for start in range(0, len(ids), GROUP):
        yield ids[start : start + GROUP]


def block_ids(work: Work) -> list[int]:
    """Return the blocks that may hold the person."""
    keys = work.keys
    with work.app.db.read() as connection:
        return store.blocks_with(
            work.app.db, connection, work.row.controller, keys.contacts, keys.refs
        )


def chunk_ids(work: Work) -> list[int]:
    """Return the list chunks that may hold the person."""
    keys = work.keys
    with work.app.db.read() as connection:
        return store.chunks_with(
            work.app.db, connection, work.row.controller, keys.contacts, keys.refs
        )


def campaign_ids(work: Work) -> list[int]:
    """Return the campaigns whose content may hold recipients."""
    with work.app.db.read() as connection:
        return store.with_content(connection, work.row.controller)


def job_of(work: Work, campaign_id: int, sealed: bytes | None) -> CampaignJob | None:
    """Open a campaign's content; None: it was forgotten."""
    if sealed is None:
        return None
    scope = campaign_scope(campaign_id)
    (plain,) = open_living(work.app.vault, work.controller, scope, [sealed])
    return None if plain is None else decode_stored_job(plain)


def look(work: Work) -> Person:
    """Return the person with everything that this round has found."""
    sightings = Sightings(work.person)
    for rows in (_in_lists(work), _in_blocks(work), _in_messages(work)):
        for ref, points in rows:
            sightings.take(ref, points)
    return sightings.widened()


def _in_lists(work: Work) -> Iterator[Row]:
    vault = work.app.vault
    for ids in groups(chunk_ids(work)):
        with work.app.db.read() as connection:
            stored = store.chunks_by_id(connection, ids)
        by_list: dict[int, list[bytes]] = defaultdict(list)
        for chunk in stored:
            by_list[chunk.list_id].append(chunk.sealed)
        for list_id, sealed in by_list.items():
            for plain in open_living(vault, work.controller, list_scope(list_id), sealed):
                if plain is not None:
                    yield from rows_of_chunk(decode_chunk(plain))


def _in_blocks(work: Work) -> Iterator[Row]:
    vault = work.app.vault
    for ids in groups(block_ids(work)):
        with work.app.db.read() as connection:
            stored = store.blocks_by_id(connection, ids)
        for block in stored:
            scope = campaign_scope(block.campaign_id)
            (plain,) = open_living(vault, work.controller, scope, [block.sealed])
            if plain is not None:
                yield from rows_of_block(decode_block(plain))


def _in_messages(work: Work) -> Iterator[Row]:
    for campaign_id in campaign_ids(work):
        with work.app.db.read() as connection:
            sealed = store.content(connection, campaign_id)
        job = job_of(work, campaign_id, sealed)
        for row in (job.recipients.inline if job is not None else None) or ():
            yield row_of_message(row)
