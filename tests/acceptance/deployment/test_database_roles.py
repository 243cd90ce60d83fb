"""What the roles of both clusters may do, and above all what they may not."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.store import grants, partitions, schema
from engine.store.database import Database
from ops.deploy.secrets_folder import ROLES
from tests.deployment import cluster
from tests.deployment.cluster import Deployment

pytestmark = [pytest.mark.services]
DENIED = "42501"
READ_ONLY = "25006"
BOTH = ("postgres", "keyring")
MONTH = 203512
Url = Callable[[str, str], str]


def refusal(url: str, statement: str, before: str = "SET TRANSACTION READ WRITE; ") -> str:
    """Return the SQLSTATE with which a statement is refused; empty: it was done.

    ``before`` switches off what keeps a careless reader from writing, which is no boundary.
    """
    db = Database(url, pool_size=1)
    try:
        with db.write() as connection:
            connection.exec_driver_sql(f"{before}{statement}")
    except sa.exc.DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", ""))
    else:
        return ""
    finally:
        db.close()


@pytest.mark.parametrize(
    ("server", "table"), [("postgres", "acts"), ("keyring", "audit_heads")], ids=["acts", "anchors"]
)
@pytest.mark.parametrize("role", ["app", "reader"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET at = 0",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "ALTER TABLE {} ADD COLUMN more int",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ],
)
def test_nobody_but_the_owner_can_change_or_cut_the_audit(
    deployment: Deployment, server: str, table: str, role: str, statement: str
) -> None:
    url = deployment.url(f"{server}_{role}")
    assert refusal(url, statement.format(table)) == DENIED


@pytest.mark.parametrize("role", ["app", "reader"])
@pytest.mark.parametrize("server", BOTH)
@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE chappe_owner",
        "CREATE ROLE another",
        "ALTER ROLE chappe_owner PASSWORD 'word'",
        "CREATE SCHEMA another",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_a_role_cannot_get_more_than_it_was_given(
    deployment: Deployment, role: str, server: str, statement: str
) -> None:
    assert refusal(deployment.url(f"{server}_{role}"), statement) == DENIED


def test_the_application_alters_no_table_but_its_partitions(deployment: Deployment) -> None:
    for table in schema.METADATA["main"].tables:
        refused = refusal(deployment.url("postgres_app"), f"ALTER TABLE {table} RENAME TO other")
        assert refused == ("" if table in grants.PARTITIONED else DENIED), table
        if not refused:
            assert (
                refusal(deployment.url("postgres_app"), f"ALTER TABLE other RENAME TO {table}")
                == ""
            )
    for table in schema.METADATA["keyring"].tables:
        statement = f"ALTER TABLE {table} RENAME TO other"
        assert refusal(deployment.url("keyring_app"), statement) == DENIED
    assert refusal(deployment.url("keyring_app"), "CREATE TABLE other (x int)") == DENIED


def test_the_application_makes_and_drops_months_of_deliveries(deployment: Deployment) -> None:
    db = Database(deployment.url("postgres_app"), pool_size=1)
    partitions.ensure(db, MONTH)
    assert MONTH in partitions.months(db, MONTH)
    assert refusal(deployment.url("postgres_reader"), "SELECT count(*) FROM deliveries") == ""
    # A later version may add a column, also where the application made the partition.
    owner = Database(deployment.url("postgres_owner"), pool_size=1)
    with owner.write() as connection:
        connection.exec_driver_sql("ALTER TABLE deliveries ADD COLUMN more int")
        connection.exec_driver_sql("ALTER TABLE deliveries DROP COLUMN more")
    owner.close()
    partitions.drop(db, MONTH, 1, lambda _: None)
    assert MONTH not in partitions.months(db, MONTH)
    db.close()


@pytest.mark.parametrize("server", BOTH)
def test_the_reader_reads_everything_and_writes_nothing(
    deployment: Deployment, server: str
) -> None:
    url = deployment.url(f"{server}_reader")
    which: schema.Which = "main" if server == "postgres" else "keyring"
    for table in (*schema.METADATA[which].tables, schema.VERSION_TABLES[which]):
        assert refusal(url, f"SELECT * FROM {table} LIMIT 1") == "", table  # noqa: S608 (the same)
        statement = f"DELETE FROM {table}"  # noqa: S608 (a table of ours)
        assert refusal(url, statement) == DENIED, table
        assert refusal(url, statement, before="") == READ_ONLY, table


@pytest.mark.parametrize("server", BOTH)
def test_a_role_of_one_cluster_is_a_stranger_on_the_other(
    deployment: Deployment, server: str
) -> None:
    other = "keyring" if server == "postgres" else "postgres"
    words = {
        (deployment.secrets / f"{name}_{role}_password").read_text()
        for name in BOTH
        for role in ROLES
    }
    assert len(words) == 2 * len(ROLES)
    here, there = deployment.url(f"{server}_app"), deployment.url(f"{other}_app")
    stolen = there.replace(there.split("@")[0], here.split("@")[0])
    with pytest.raises(sa.exc.OperationalError):
        Database(stolen, pool_size=1).engine.connect()


def test_the_script_refuses_to_make_roles_without_passwords(
    deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    done = cluster.make_roles(deployment.main, tmp_path_factory.mktemp("none"), "postgres")
    assert done.returncode != 0
    assert "python -m ops.deploy secrets" in done.stderr
    assert refusal(deployment.url("postgres_app"), "SELECT 1") == "", "the old password still works"


def test_a_changed_password_counts_once_the_script_has_run_again(deployment: Deployment) -> None:
    before = deployment.url("keyring_reader")
    (deployment.secrets / "keyring_reader_password").unlink()
    cluster.fill_secrets(deployment.secrets, deployment.main, deployment.keyring, deployment.broker)
    done = cluster.make_roles(deployment.keyring, deployment.secrets, "keyring")
    assert done.returncode == 0, done.stderr
    with pytest.raises(sa.exc.OperationalError):
        Database(before, pool_size=1).engine.connect()
    assert refusal(deployment.url("keyring_reader"), "SELECT 1") == ""
