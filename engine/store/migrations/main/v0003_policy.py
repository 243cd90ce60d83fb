"""The tables of policy, oppositions by purpose, and where lists come from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers INTEGER keys by itself

_OPPOSED = "key, scope, channel, reason, source, subject, created_at, chunk_id"
# SQLite cannot change a primary key: the rows move to a table that has the right one.
_SQLITE_INDEXES = (
    "CREATE INDEX suppressions_by_chunk ON suppressions (chunk_id)",
    "CREATE INDEX suppressions_erased ON suppressions (scope, key) WHERE reason = 'erased'",
    "CREATE INDEX suppressions_platform ON suppressions (key, channel) WHERE scope = 0",
)
_SQLITE_COLUMNS = (
    "key BLOB NOT NULL, scope INTEGER NOT NULL, channel TEXT NOT NULL, {purpose}"
    " reason TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL,"
    " created_at BIGINT NOT NULL, chunk_id INTEGER, PRIMARY KEY (key, scope, channel{also})"
)
_STORAGE = (
    "ALTER TABLE contacts SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)",
    "ALTER TABLE opposition_list_entries SET (autovacuum_vacuum_insert_scale_factor = 0.01)",
)


def upgrade() -> None:
    """Create the tables, and give oppositions a purpose: that of all of them so far is any."""
    op.create_table(
        "rulesets",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cases", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    state = op.create_table(
        "policy_state",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(state, [{"id": 1, "generation": 1}])
    op.create_table(
        "kills",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "approvals",
        sa.Column("campaign_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "actor"),
    )
    op.create_table(
        "consents",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", "scope", "purpose", "channel"),
    )
    op.create_index(
        "consents_withdrawn",
        "consents",
        ["withdrawn_at"],
        unique=False,
        sqlite_where=sa.text("withdrawn_at IS NOT NULL"),
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.create_table(
        "opposition_lists",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dated_at", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "opposition_list_entries",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "list", "edition"),
    )
    op.create_table(
        "contacts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spans", sa.LargeBinary(), nullable=False),
        sa.Column("latest_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "scope"),
    )
    op.create_index("ix_contacts_latest_at", "contacts", ["latest_at"], unique=False)
    for column in (
        sa.Column("attested_by", sa.Text(), nullable=True),
        sa.Column("attested_at", sa.BigInteger(), nullable=True),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
    ):
        op.add_column("lists", column)
    op.add_column("campaigns", sa.Column("facts", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE suppressions ADD COLUMN purpose text NOT NULL DEFAULT ''")
        op.execute("ALTER TABLE suppressions DROP CONSTRAINT suppressions_pkey")
        op.execute("ALTER TABLE suppressions ADD PRIMARY KEY (key, scope, channel, purpose)")
        for statement in _STORAGE:
            op.execute(statement)
    else:
        _move("purpose TEXT DEFAULT '' NOT NULL,", ", purpose")


def downgrade() -> None:
    """Drop the tables and all that they hold. Oppositions to one purpose become ones to any."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "DELETE FROM suppressions AS more USING suppressions AS one"
            " WHERE more.key = one.key AND more.scope = one.scope"
            " AND more.channel = one.channel AND more.purpose > one.purpose"
        )
        op.execute("ALTER TABLE suppressions DROP CONSTRAINT suppressions_pkey")
        op.execute("ALTER TABLE suppressions DROP COLUMN purpose")
        op.execute("ALTER TABLE suppressions ADD PRIMARY KEY (key, scope, channel)")
    else:
        _move("", "")
    op.drop_column("campaigns", "facts")
    for column in ("findings", "supplier", "attested_at", "attested_by"):
        op.drop_column("lists", column)
    for table in (
        "contacts",
        "opposition_list_entries",
        "opposition_lists",
        "consents",
        "approvals",
        "kills",
        "policy_state",
        "rulesets",
    ):
        op.drop_table(table)


def _move(purpose: str, also: str) -> None:
    op.execute("ALTER TABLE suppressions RENAME TO suppressions_before")
    for name in ("by_chunk", "erased", "platform"):
        op.execute(f"DROP INDEX suppressions_{name}")
    columns = _SQLITE_COLUMNS.format(purpose=purpose, also=also)
    op.execute(f"CREATE TABLE suppressions ({columns})")
    op.execute(
        f"INSERT OR IGNORE INTO suppressions ({_OPPOSED})"  # noqa: S608 (our own names)
        f" SELECT {_OPPOSED} FROM suppressions_before"
    )
    op.execute("DROP TABLE suppressions_before")
    for statement in _SQLITE_INDEXES:
        op.execute(statement)
