"""Vouching for a list that exists, and looking through it for sensitive data."""

from collections import Counter

import structlog

from engine import audit, controllers
from engine.app import App
from engine.audit import Act
from engine.list_chunks import decode_chunk, list_scope
from engine.list_findings import in_columns, in_rows, written
from engine.list_provenance import Provenance, said
from engine.lists import columns_of, find, provenance_of
from engine.store import lists as store
from engine.store.lists import ListRow

_READ_CHUNKS = 10
_log = structlog.get_logger()


def attest(
    app: App, controller: str, name: str, *, by: str, supplier: str | None = None
) -> Provenance:
    """Record who answers for where all rows of a list come from; return what is known of it then.

    supplier  who supplied them, besides those who were named before; None: nobody else

    Raises UnknownController, UnknownList or ProvenanceFault.
    """
    given = said(by, supplier, app.clock.now())
    with app.db.write() as connection:
        number = controllers.find(connection, controller).number
        row = store.locked(connection, find(connection, number, name).id)
        known = provenance_of(row).attested(by.strip(), app.clock.now(), given.supplier)
        store.change(connection, row.id, known.values())
        subject, told = f"list:{name}", known.details()
        audit.record(
            app, connection, Act.LIST_ATTESTED, subject, controller=controller, details=told
        )
    return known


def screen(app: App, controller: str, name: str) -> Counter[str]:
    """Look through a list for sensitive data, and keep what was found: counts by kind.

    What is imported meanwhile is looked through as well. Raises UnknownController, UnknownList,
    and KeyDestroyed or ListGone when the list is deleted meanwhile.
    """
    with app.db.read() as connection:
        number = controllers.find(connection, controller).number
        row = find(connection, number, name)
    cells: Counter[str] = Counter()
    after = 0
    while True:
        with app.db.read() as connection:
            until = store.last_chunk(connection, row.id)
        cells += _cells(app, controller, row, after, until)
        after = until
        with app.db.write() as connection:
            now = store.locked(connection, row.id)
            if store.last_chunk(connection, row.id) != until:
                continue
            found = cells + in_columns(columns_of(now))
            store.change(connection, row.id, {"findings": written(found)})
            audit.record(
                app,
                connection,
                Act.LIST_SCREENED,
                f"list:{name}",
                controller=controller,
                details=dict(found),
            )
        _log.info("list_screened", list=row.id, findings=dict(found))
        return found


def _cells(app: App, controller: str, row: ListRow, after: int, until: int) -> Counter[str]:
    """Count sensitive numbers in the chunks of a list: ``after`` < id ≤ ``until``."""
    found: Counter[str] = Counter()
    while after < until:
        with app.db.read() as connection:
            chunks = store.chunks_after(connection, row.id, after, until, _READ_CHUNKS)
        if not chunks:
            break
        after = chunks[-1].id
        sealed = [chunk.sealed for chunk in chunks]
        for plain in app.vault.open_many(controller, list_scope(row.id), sealed):
            found += in_rows(decode_chunk(plain).rows)
    return found
