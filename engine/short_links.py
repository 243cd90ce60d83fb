"""Short links for messages that are paid by the letter: a code instead of a token.

What a code stands for is a row, written in the transaction that journals the slice: it is there
before the message can be.
"""

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.open_batch import OpenBatch
from engine.store import short_links
from engine.store.database import Database
from engine.store.journal import Along
from engine.store.short_links import ShortLink


def along(app: App, batch: OpenBatch, positions: Sequence[int]) -> list[Along]:
    """Return what must be written with the journal entry that puts these positions in flight.

    Nothing for email, whose links carry the token itself, nor where no link is shown.
    """
    if not positions or not batch.shows_short_link:
        return []
    now = app.clock.now()
    links = [link for position in positions if (link := _link(batch, position, now)) is not None]
    return [partial(_write, app.db, links)]


def _link(batch: OpenBatch, position: int, now: Millis) -> ShortLink | None:
    recipient = batch.recipient(position)
    point = batch.point(recipient) if recipient is not None else None
    if recipient is None or point is None or point.key is None:
        return None
    return ShortLink(
        batch.short_code(position),
        batch.claim.controller,
        batch.claim.campaign_id,
        point.key,
        recipient.person,
        batch.token(recipient, point),
        now,
    )


def _write(
    db: Database, links: Sequence[ShortLink], connection: sa.Connection, _open_batches: int | None
) -> None:
    short_links.add(db, connection, links)
