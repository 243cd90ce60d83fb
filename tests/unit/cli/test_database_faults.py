import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from ops.database_faults import sentence_of


def _wrapped(cause: BaseException) -> sa.exc.SQLAlchemyError:
    return sa.exc.OperationalError("SELECT 'ana@example.org'", None, cause)


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            psycopg.OperationalError('FATAL: password authentication failed for user "secret"'),
            "account and password",
        ),
        (psycopg.OperationalError('FATAL: database "secret" does not exist'), "no database"),
        (psycopg.OperationalError("failed to resolve host 'secret'"), "host is unknown"),
        (psycopg.OperationalError("connection to secret failed: Connection refused"), "listens"),
        (psycopg.OperationalError("connection timeout expired"), "network"),
        (psycopg.errors.DiskFull("secret"), "disk is full"),
        (psycopg.errors.InsufficientPrivilege("secret"), "lacks a right"),
        (psycopg.errors.SerializationFailure("secret"), "try again"),
        (psycopg.errors.ReadOnlySqlTransaction("secret"), "primary"),
        (psycopg.errors.CheckViolation("secret"), "(23514)"),
        (RuntimeError("secret"), "(RuntimeError)"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_a_database_fault_is_told_by_its_class_and_quotes_nothing(
    cause: BaseException, said: str
) -> None:
    told = sentence_of(_wrapped(cause))
    assert said in told
    assert "secret" not in told
    assert "example.org" not in told


def test_a_full_disk_is_called_so(tmp_path: Path) -> None:
    small = sqlite3.connect(tmp_path / "small.db")
    small.execute("PRAGMA max_page_count = 2")
    small.execute("CREATE TABLE one (a)")
    with pytest.raises(sqlite3.OperationalError) as full:
        small.execute("INSERT INTO one VALUES (zeroblob(100000))")
    small.close()
    assert "disk is full" in sentence_of(_wrapped(full.value))
