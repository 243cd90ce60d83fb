"""The tables of unsubscribing, rights, retention, audit and operation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers INTEGER keys by itself

# Acts are only ever added. Whoever means to change one has to take this away first.
_NEVER = "acts are never changed or deleted"
_GUARDS = {
    "postgresql": (
        (
            "CREATE FUNCTION chappe_acts_stay() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{_NEVER}'; END $$"
        ),
        (
            "CREATE TRIGGER acts_stay BEFORE UPDATE OR DELETE ON acts"
            " FOR EACH ROW EXECUTE FUNCTION chappe_acts_stay()"
        ),
        (
            "CREATE TRIGGER acts_not_emptied BEFORE TRUNCATE ON acts"
            " FOR EACH STATEMENT EXECUTE FUNCTION chappe_acts_stay()"
        ),
    ),
    "sqlite": (
        *(
            f"CREATE TRIGGER acts_no_{verb} BEFORE {verb} ON acts"
            f" BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END"
            for verb in ("update", "delete")
        ),
        (  # INSERT OR REPLACE deletes without asking the trigger of deletions
            "CREATE TRIGGER acts_no_replace BEFORE INSERT ON acts"
            " WHEN EXISTS (SELECT 1 FROM acts WHERE number = NEW.number)"
            " BEGIN SELECT RAISE(ABORT, 'acts are never changed or deleted'); END"
        ),
    ),
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("controller", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "controller"),
    )
    op.create_table(
        "acts",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("controller", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "connections",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "connections_by_time", "connections", ["at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_dead_letters_received_at"), "dead_letters", ["received_at"], unique=False
    )
    op.create_table(
        "holds",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("retention_class", sa.Text(), nullable=False),
        sa.Column("controller", sa.Integer(), nullable=True),
        sa.Column("campaign_id", _ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rights_requests",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("controller", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sealed_subject", sa.LargeBinary(), nullable=True),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_rights_requests_controller"), "rights_requests", ["controller"], unique=False
    )
    op.create_index(op.f("ix_rights_requests_state"), "rights_requests", ["state"], unique=False)
    op.create_table(
        "short_links",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("controller", sa.Integer(), nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("contact_key", sa.LargeBinary(), nullable=False),
        sa.Column("person_key", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(
        op.f("ix_short_links_contact_key"), "short_links", ["contact_key"], unique=False
    )
    op.create_index(op.f("ix_short_links_controller"), "short_links", ["controller"], unique=False)
    op.create_index(op.f("ix_short_links_person_key"), "short_links", ["person_key"], unique=False)
    op.create_table(
        "store_identity",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("adopted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "sweeps",
        sa.Column("retention_class", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("overdue", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("retention_class"),
    )

    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables, and all that they hold."""
    for table in (
        "sweeps",
        "store_identity",
        "short_links",
        "rights_requests",
        "holds",
        "dead_letters",
        "connections",
        "acts",
        "accounts",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION chappe_acts_stay()")
