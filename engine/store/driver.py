"""The driver's own connection, for the few statements that must not pass through SQLAlchemy.

Its errors are turned into SQLAlchemy's, so that callers know one kind: a database that goes away
in the middle of a COPY must look like one that goes away in the middle of any statement.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def driver_connection(connection: sa.Connection, statement: str) -> Iterator[Any]:
    """Give the driver's connection for one statement of the connection's transaction.

    Raises SQLAlchemy's DBAPIError, of the class that belongs to the driver's error.
    """
    raw = connection.connection.driver_connection
    base: Any = connection.dialect.loaded_dbapi.Error  # a class of the driver
    try:
        yield raw
    except base as error:
        gone = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
        if gone:
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            statement,
            None,
            error,
            base,
            hide_parameters=True,
            connection_invalidated=gone,
            dialect=connection.dialect,
        ) from error
