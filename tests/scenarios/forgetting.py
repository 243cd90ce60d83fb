"""What tests of erasure share: a person who is everywhere, requests, and searches afterwards."""

from pathlib import Path

import sqlalchemy as sa

from engine import rights
from engine.app import App
from engine.list_files import RowFile
from engine.list_imports import ImportReport, ListImport, import_list
from engine.rights import Request
from engine.rights_execution import execute
from engine.store.tables import blocks, deliveries, list_chunks, suppression_chunks
from engine.subjects import Subject
from policy.rights import RequestState, Right
from tests.scenarios.campaign import Json
from tests.scenarios.site import Site

ANA: Json = {"ref": "c-ana", "email": "ana@example.org", "tel": "+33639980101"}
BEN: Json = {"ref": "c-ben", "email": "ben@example.org", "tel": "+33639980102"}
EVE: Json = {"ref": "c-eve", "email": "eve@example.org", "tel": "+33639980103"}
_ROUNDS = 50


def opened(site: Site, *subjects: tuple[str, str], right: Right = Right.ERASURE) -> Request:
    """Open a request about these addresses or refs."""
    given = [Subject(kind, value) for kind, value in subjects]
    return rights.open_request(site.app, site.controller.name, right, given, source="test")


def carried_out(site: Site, request: Request) -> Request:
    """Run a request to its end, as actors would; the clock moves on where it has to wait."""
    for _ in range(_ROUNDS):
        execute(site.app)
        now = rights.show(site.app, request.row.id)
        if now.state is RequestState.DONE:
            return now
        site.clock.move(1)
    raise AssertionError(f"it never ends: {rights.show(site.app, request.row.id).progress}")


def erased(site: Site, *subjects: tuple[str, str]) -> Request:
    """Erase a person, from the request to the certificate."""
    return carried_out(site, opened(site, *subjects))


def imported(
    site: Site, folder: Path, *rows: Json, name: str = "clients", purposes: tuple[str, ...] = ()
) -> ImportReport:
    """Import rows into a list."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    path = folder / f"{name}.csv"
    lines = [";".join(str(row.get(column) or "") for column in columns) for row in rows]
    path.write_text("\n".join((";".join(columns), *lines)) + "\n")
    wanted = ListImport(site.controller.name, name, RowFile(path), purposes or ("offres",))
    return import_list(
        site.app, wanted, noted=lambda _note: None, progress=lambda _rows, _bytes: None
    )


def sealed_things(app: App) -> list[tuple[str, int, bytes]]:
    """Return every sealed block, list chunk and contact chunk, as (table, id, bytes)."""
    found = []
    with app.db.read() as connection:
        for table in (blocks, list_chunks, suppression_chunks):
            rows = connection.execute(sa.select(table.c.id, table.c.sealed))
            found += [(table.name, row.id, bytes(row.sealed)) for row in rows]
    return found


def keys_in_history(app: App) -> int:
    """Return how many deliveries carry a key of a person, or what a provider calls them."""
    telling = ("person_key", "contact_key", "provider_ref")
    named = sa.or_(*(deliveries.c[name].is_not(None) for name in telling))
    with app.db.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).where(named)) or 0
