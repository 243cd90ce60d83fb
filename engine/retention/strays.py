"""Keys whose sealed thing is gone, or never came to be: a crash between two commits leaves some.

Keys are committed before what they seal, and destroyed before it is deleted. So a stray key opens
nothing that is there; it goes because a copy may hold what it opens.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from engine.app import App
from engine.clock import Millis
from engine.retention.sweeper import HEAD_BYTES, Held, before
from engine.store.keyring_tables import sealed_keys
from engine.store.privacy_tables import rights_requests
from engine.store.tables import (
    campaigns,
    connectors,
    dead_letters,
    events,
    list_chunks,
    lists,
    suppression_chunks,
)
from engine.vault import key_of

_AT_ONCE = 5_000
_BELONGS = re.compile(r"(campaign|list):(\d+)(:spills)?")

# Scopes with one key for each row: where the sealed things lie.
_SEALED: Mapping[str, sa.Column[bytes]] = {
    "suppressions": suppression_chunks.c.sealed,
    "events": events.c.sealed_ref,
    "dead letters": dead_letters.c.sealed,
    "connectors": connectors.c.sealed_secrets,
    "rights": rights_requests.c.sealed_subject,
}


class StrayKeys:
    """Destroys keys of campaigns and lists that are gone, and of single things that are.

    Those of a campaign under way go when it ends.
    """

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count them; a hold keeps all."""
        return 0 if held.scopes else len(self._stray(app, now))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Destroy some."""
        if held.scopes:
            return 0
        stray = self._stray(app, now)[: min(limit, _AT_ONCE)]
        if stray:
            app.vault.destroy_keys(stray)
        return len(stray)

    def _stray(self, app: App, now: Millis) -> list[bytes]:
        limit = before("stray_keys", now)
        with app.vault.keyring.read() as keyring:
            scopes = keyring.scalars(sa.select(sealed_keys.c.scope).distinct()).all()
        gone = _scopes_gone(app, scopes)
        stray: list[bytes] = []
        for scope in scopes:
            if scope in gone:
                stray += _old_keys(app, scope, limit)
            elif (heads := _heads_of(scope)) is not None:
                stray += _unused(app, heads, _old_keys(app, scope, limit))
            if len(stray) >= _AT_ONCE:
                break
        return stray


def _old_keys(app: App, scope: str, limit: Millis) -> list[bytes]:
    with app.vault.keyring.read() as keyring:
        return list(
            keyring.scalars(
                sa.select(sealed_keys.c.key_id).where(
                    sealed_keys.c.scope == scope, sealed_keys.c.created_at < limit
                )
            )
        )


def _heads_of(scope: str) -> "sa.Select[bytes] | None":
    """Return the query for what is sealed in a scope; None: it goes as a whole."""
    if scope in _SEALED:
        column = _SEALED[scope]
        return sa.select(sa.func.substr(column, 1, HEAD_BYTES)).where(column.is_not(None))
    found = _BELONGS.fullmatch(scope)
    if found is None or found[1] != "list":
        return None
    head = sa.func.substr(list_chunks.c.sealed, 1, HEAD_BYTES)
    return sa.select(head).where(list_chunks.c.list_id == int(found[2]))


def _unused(app: App, heads: "sa.Select[bytes]", ids: Sequence[bytes]) -> list[bytes]:
    if not ids:
        return []
    with app.db.read() as connection:
        used = {key_of(bytes(head)) for head in connection.scalars(heads)}
    return [key_id for key_id in ids if key_id not in used]


def _scopes_gone(app: App, scopes: Iterable[str]) -> set[str]:
    """Return the scopes of campaigns and lists that have nothing sealed any more."""
    named = [(scope, found) for scope in scopes if (found := _BELONGS.fullmatch(scope))]
    with app.db.read() as connection:
        alive = {
            "campaign": set(
                connection.scalars(
                    sa.select(campaigns.c.id).where(campaigns.c.forgotten_at.is_(None))
                )
            ),
            "list": set(
                connection.scalars(sa.select(lists.c.id).where(lists.c.deleted_at.is_(None)))
            ),
        }
    return {scope for scope, found in named if int(found[2]) not in alive[found[1]]}
