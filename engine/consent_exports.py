"""The ledger of consents handed back to a client.

The ledger keeps keys and no addresses: whoever wants its rows beside the persons they are about
brings the persons, as a file of rows.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from channels.contract import AddressKind
from engine.app import App
from engine.audit import Act
from engine.consent_ledger import day_of
from engine.list_files import Note, Noted, RowFile, groups, reading
from engine.oppositions import record_act
from engine.pseudonyms import Pseudonyms
from engine.store import consents as store
from engine.store.consents import Agreed, ConsentRow
from engine.subjects import REF, Keyed, Realm, keyed_row, realm
from engine.tabular import Item, RejectedLine

COLUMNS = (
    *(REF, *(kind.value for kind in AddressKind), "key", "purpose", "channel", "given_on"),
    *("method", "text_version", "source", "withdrawn_on"),
)
_PAGE = 5_000


def export(
    app: App, controller: str, persons: RowFile | None, noted: Noted
) -> Iterator[dict[str, str]]:
    """Give the ledger of a controller as rows of ``COLUMNS``.

    persons  those to be told of, whose address or id stands in the row then, so that
             ``consent_imports`` reads it again; None: everybody, by key alone

    Raises FileFault, UnreadableList, UnknownController.
    """
    with app.db.read() as connection:
        where = realm(connection, controller)
    with app.db.write() as connection:
        told = {"by_key": persons is None}
        record_act(app, connection, Act.CONSENTS_EXPORTED, where, told, "consents")
    if persons is None:
        yield from _everybody(app, where)
        return
    pseudonyms = app.vault.pseudonyms(where.owner)
    with reading(persons) as (reader, _stream):
        for group in groups(reader, _PAGE):
            yield from _of_group(app, where, _named(pseudonyms, group, noted))


def _everybody(app: App, where: Realm) -> Iterator[dict[str, str]]:
    last: Agreed | None = None
    while True:
        with app.db.read() as connection:
            rows = store.after(connection, where.scope, last, _PAGE)
        if not rows:
            return
        last = rows[-1].key, rows[-1].purpose, rows[-1].channel
        for row in rows:
            yield _written(row, {"key": row.key.hex()})


def _named(pseudonyms: Pseudonyms, group: Sequence[Item], noted: Noted) -> dict[bytes, Keyed]:
    found: dict[bytes, Keyed] = {}
    for item in group:
        if isinstance(item, RejectedLine):
            noted(Note(item.line, "rejected", item.reason, "", item.sentence))
            continue
        subjects, faults = keyed_row(pseudonyms, item.values)
        found |= {one.key: one for one in subjects}
        for column, fault in faults.items():
            noted(Note(item.line, "unusable", fault.reason, column, fault.sentence))
    return found


def _of_group(app: App, where: Realm, named: Mapping[bytes, Keyed]) -> Iterator[dict[str, str]]:
    with app.db.read() as connection:
        rows = store.of_keys(app.db, connection, where.scope, named)
    by_key: dict[bytes, list[ConsentRow]] = defaultdict(list)
    for row in rows:
        by_key[bytes(row.key)].append(row)
    for key, one in named.items():
        for row in by_key[key]:
            yield _written(row, {one.kind: one.value})


def _written(row: ConsentRow, whose: Mapping[str, str]) -> dict[str, str]:
    facts = {
        "purpose": row.purpose,
        "channel": row.channel,
        "given_on": row.given_on,
        "method": row.method,
        "text_version": row.text_version,
        "source": row.source,
        "withdrawn_on": "" if row.withdrawn_at is None else day_of(row.withdrawn_at),
    }
    return {name: whose.get(name) or facts.get(name, "") for name in COLUMNS}
