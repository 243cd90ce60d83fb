"""What to say when a database does not answer as it should: the cause in words, and a remedy.

The drivers' own texts may quote values, so they are only looked at, never shown.
"""

from collections.abc import Sequence

import sqlalchemy as sa

_SQLITE: dict[str, str] = {
    "SQLITE_FULL": "the disk is full; make room and try again",
    "SQLITE_NOTADB": "the file is no SQLite database, or it was overwritten; put it back from a"
    " backup, or let CHAPPE_HOME or CHAPPE_DATABASE_URL name another one",
    "SQLITE_CORRUPT": "the file is damaged; put it back from a backup",
    "SQLITE_CANTOPEN": "the file cannot be opened; look at its folder and whose it is",
    "SQLITE_READONLY": "the file may not be written; look at whose it and its folder are",
    "SQLITE_PERM": "the file may not be opened; look at whose it is",
    "SQLITE_IOERR": "the disk reports a fault, or is full; look at the disk",
    "SQLITE_BUSY": "another process has held it for too long; try again",
    "SQLITE_LOCKED": "another connection has held it for too long; try again",
}
_SQLSTATES: dict[str, str] = {
    "28": "it refuses the account; check account and password in the URL",
    "3D000": "there is no database of that name; create it, or mend the URL",
    "42501": "the account lacks a right there; grant it the schema and its tables",
    "42P01": "a table is not there; run: chappe migrate",
    "42703": "a column is not there; run: chappe migrate",
    "53100": "its disk is full; make room there",
    "53300": "it has no connection left; raise max_connections or run fewer processes",
    "25006": "it only reads, as a replica does; name the primary in the URL",
    "57P": "it is stopping or starting; try again",
    "40": "it was busy with others on the same rows; try again",
    "08": "the connection broke; try again",
}
# A connection that never came to be has no SQLSTATE: the text of libpq tells, from its catalogue.
_CONNECTING: tuple[tuple[str, str], ...] = (
    ("password authentication failed", _SQLSTATES["28"]),
    ("no password supplied", "it wants a password and the URL has none"),
    ("no pg_hba.conf entry", "it lets this account in from nowhere near here; see its pg_hba.conf"),
    ("connection refused", "nobody listens there; is it running, and is the port right?"),
    ("failed to resolve host", "the name of its host is unknown; check the URL"),
    ("could not translate host name", "the name of its host is unknown; check the URL"),
    ("timeout", "its host does not answer; check network and firewall"),
    ("too many connections", _SQLSTATES["53300"]),
    ("too many clients", _SQLSTATES["53300"]),
    ("starting up", _SQLSTATES["57P"]),
    ("shutting down", _SQLSTATES["57P"]),
    ("closed the connection", "the connection broke; try again"),
    ('role "', _SQLSTATES["28"]),
    ('database "', _SQLSTATES["3D000"]),
)


def sentence_of(fault: sa.exc.SQLAlchemyError) -> str:
    """Return in one sentence what is wrong with the database; quotes no value and no password."""
    cause = getattr(fault, "orig", None) or fault
    told = (
        _of_sqlite(getattr(cause, "sqlite_errorname", None))
        or _of_state(getattr(cause, "sqlstate", None))
        or _of_connecting(cause)
    )
    if told:
        return f"the database: {told}"
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return f"the database does not answer as it should ({name or type(cause).__name__})"


def _of_sqlite(name: str | None) -> str:
    return _longest_first(_SQLITE, name or "")


def _of_state(state: str | None) -> str:
    return _longest_first(_SQLSTATES, state or "")


def _longest_first(told: dict[str, str], code: str) -> str:
    """Return the words for a code, or for the class that it begins with."""
    return next((told[key] for key in _by_length(tuple(told)) if code.startswith(key)), "")


def _by_length(keys: Sequence[str]) -> list[str]:
    return sorted(keys, key=len, reverse=True)


def _of_connecting(cause: BaseException) -> str:
    if not type(cause).__module__.startswith("psycopg"):
        return ""
    text = str(cause).casefold()
    return next((words for phrase, words in _CONNECTING if phrase in text), "")
