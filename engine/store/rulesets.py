"""Rows of rulesets: what holds, held and will hold for each layer; and the generation they are of."""

from typing import NamedTuple

import sqlalchemy as sa

from engine.clock import Millis
from engine.store.policy_tables import policy_state, rulesets


class RulesetRow(NamedTuple):
    """What holds for a layer from an instant on, until the next row of that layer.

    scope     number of the controller; 0: the platform
    campaign  name of the campaign; empty on the other layers
    version   hash of the content; empty: nothing holds on this layer
    text      TOML, as it was handed over; ``cases`` as well
    """

    id: int
    layer: str
    scope: int
    campaign: str
    name: str
    version: str
    text: str
    cases: str
    effective_at: Millis
    applied_at: Millis
    actor: str
    reason: str


_COLUMNS = tuple(rulesets.c[name] for name in RulesetRow._fields)


def generation(connection: sa.Connection) -> int:
    """Return a number that grows with every change of rulesets and of what is switched off."""
    return int(connection.execute(sa.select(policy_state.c.generation)).scalar_one())


def take_turn(connection: sa.Connection) -> int:
    """Let nobody else change policy until the commit, and return the new generation."""
    more = sa.update(policy_state).values(generation=policy_state.c.generation + 1)
    return int(connection.execute(more.returning(policy_state.c.generation)).scalar_one())


def insert(connection: sa.Connection, row: RulesetRow) -> int:
    """Add what holds from ``row.effective_at`` on, and return its id; ``row.id`` is not read."""
    values = row._asdict()
    del values["id"]
    added = rulesets.insert().values(values).returning(rulesets.c.id)
    return int(connection.execute(added).scalar_one())


def every(connection: sa.Connection) -> list[RulesetRow]:
    """Return all rows, by the instant from which they hold; of one instant the later row counts."""
    rows = connection.execute(sa.select(*_COLUMNS).order_by(rulesets.c.effective_at, rulesets.c.id))
    return [RulesetRow._make(row) for row in rows]


def of_layer(
    connection: sa.Connection, layer: str, scope: int, campaign: str = ""
) -> list[RulesetRow]:
    """Return the rows of one layer of one controller or campaign, in the same order."""
    rows = connection.execute(
        sa.select(*_COLUMNS)
        .where(
            rulesets.c.layer == layer, rulesets.c.scope == scope, rulesets.c.campaign == campaign
        )
        .order_by(rulesets.c.effective_at, rulesets.c.id)
    )
    return [RulesetRow._make(row) for row in rows]
