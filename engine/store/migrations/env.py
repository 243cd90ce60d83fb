"""Run by alembic for either version tree, on a connection that ``engine.store.schema`` opened.

Both databases run their schema changes in a transaction: a migration happens whole or not at all.
"""

import sqlalchemy as sa
from alembic import context

connection = context.config.attributes["connection"]
if not isinstance(connection, sa.Connection):
    msg = "migrations are run by `chappe migrate`, not by the alembic command"
    raise TypeError(msg)
context.configure(
    connection=connection,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
