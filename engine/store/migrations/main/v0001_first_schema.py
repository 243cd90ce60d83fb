"""The tables of campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers INTEGER keys by itself

# How busy tables are kept on PostgreSQL.
_STORAGE = (
    # Rewritten with every slice: room in the page, and a vacuum that comes early.
    "ALTER TABLE batches SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)",
    "ALTER TABLE campaigns SET (fillfactor = 70)",
    "ALTER TABLE tallies SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)",
    # Only ever added to: a vacuum after inserts keeps look-ups index-only.
    "ALTER TABLE counters SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05)",
    "ALTER TABLE suppressions SET (autovacuum_vacuum_insert_scale_factor = 0.01)",
    "ALTER TABLE suppressions SET (autovacuum_analyze_scale_factor = 0.02)",
    "ALTER TABLE events SET (autovacuum_vacuum_scale_factor = 0.02)",
    # Sealed bytes and key prefixes look random: trying to compress them is work for nothing.
    "ALTER TABLE blocks ALTER sealed SET STORAGE EXTERNAL",
    "ALTER TABLE blocks ALTER contact_prefixes SET STORAGE EXTERNAL",
    "ALTER TABLE blocks ALTER person_prefixes SET STORAGE EXTERNAL",
    "ALTER TABLE list_chunks ALTER sealed SET STORAGE EXTERNAL",
    "ALTER TABLE list_chunks ALTER contact_prefixes SET STORAGE EXTERNAL",
    "ALTER TABLE list_chunks ALTER person_prefixes SET STORAGE EXTERNAL",
    "ALTER TABLE spills ALTER sealed SET STORAGE EXTERNAL",
    "ALTER TABLE suppression_chunks ALTER sealed SET STORAGE EXTERNAL",
    # A person is found among years of deliveries by what each range of pages may hold. Such an
    # index is written when a range is full, so that dispatch does not pay for it. A summary must
    # fit a page: hence the sizes.
    (
        "CREATE INDEX deliveries_by_person ON deliveries USING brin"
        " (person_key bytea_bloom_ops(n_distinct_per_range = 2500),"
        " contact_key bytea_bloom_ops(n_distinct_per_range = 2500))"
        " WITH (pages_per_range = 32, autosummarize = on)"
    ),
)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "batches",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("controller", sa.Integer(), nullable=False),
        sa.Column("block_id", _ID, nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("turn", sa.Double(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("todo", sa.LargeBinary(), nullable=False),
        sa.Column("in_flight", sa.LargeBinary(), nullable=False),
        sa.Column("again", sa.LargeBinary(), nullable=False),
        sa.Column("onward", sa.LargeBinary(), nullable=False),
        sa.Column("again_at", sa.BigInteger(), nullable=False),
        sa.Column("again_reason", sa.Text(), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("barren", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "batches_claimed",
        "batches",
        ["lane"],
        unique=False,
        sqlite_where=sa.text("state = 2"),
        postgresql_where=sa.text("state = 2"),
    )
    op.create_index(
        "batches_ready",
        "batches",
        ["lane", "turn"],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "batches_scheduled",
        "batches",
        ["not_before"],
        unique=False,
        sqlite_where=sa.text("state IN (0, 4)"),
        postgresql_where=sa.text("state IN (0, 4)"),
    )
    op.create_index(op.f("ix_batches_campaign_id"), "batches", ["campaign_id"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("size", sa.SmallInteger(), nullable=False),
        sa.Column("contact_prefixes", sa.LargeBinary(), nullable=False),
        sa.Column("person_prefixes", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_blocks_campaign_id"), "blocks", ["campaign_id"], unique=False)
    op.create_table(
        "campaigns",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("controller", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("spread", sa.BigInteger(), nullable=False),
        sa.Column("resend_doubt", sa.Boolean(), nullable=False),
        sa.Column("expiry_month", sa.Integer(), nullable=False),
        sa.Column("sealed_job", sa.LargeBinary(), nullable=True),
        sa.Column("list_id", _ID, nullable=True),
        sa.Column("list_until", _ID, nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("duplicates", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("accepted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("open_batches", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=True),
        sa.Column("references_dropped_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("controller", "name", name="campaigns_by_name"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "campaigns_not_forgotten",
        "campaigns",
        ["id"],
        unique=False,
        sqlite_where=sa.text("forgotten_at IS NULL"),
        postgresql_where=sa.text("forgotten_at IS NULL"),
    )
    op.create_index(op.f("ix_campaigns_state"), "campaigns", ["state"], unique=False)
    op.create_table(
        "connectors",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("sub_processor", sa.Text(), nullable=False),
        sa.Column("attested_at", sa.BigInteger(), nullable=True),
        sa.Column("attested_by", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_free_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_until", sa.BigInteger(), nullable=True),
        sa.Column("open_since", sa.BigInteger(), nullable=True),
        sa.Column("open_cause", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "controllers",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("erasures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "counters",
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "series", "labels"),
    )
    op.create_table(
        "deliveries",
        sa.Column("expiry_month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("leg", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("connector", sa.Integer(), nullable=True),
        sa.Column("contact_key", sa.LargeBinary(), nullable=True),
        sa.Column("person_key", sa.LargeBinary(), nullable=True),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("expiry_month", "block_id", "position", "leg"),
        postgresql_partition_by="LIST (expiry_month)",
    )
    op.create_index(
        "deliveries_by_campaign",
        "deliveries",
        ["campaign_id"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "events",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("controller", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_ref", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "events_waiting",
        "events",
        ["id"],
        unique=False,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "list_chunks",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("import_id", _ID, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("contact_prefixes", sa.LargeBinary(), nullable=False),
        sa.Column("person_prefixes", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_list_chunks_import_id"), "list_chunks", ["import_id"], unique=False)
    op.create_index("list_chunks_by_list", "list_chunks", ["list_id", "id"], unique=False)
    op.create_table(
        "list_imports",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("opposed", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_list_imports_list_id"), "list_imports", ["list_id"], unique=False)
    op.create_table(
        "lists",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("controller", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "lists_by_name",
        "lists",
        ["controller", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "spills",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "spills_by_bucket", "spills", ["campaign_id", "stage", "bucket", "id"], unique=False
    )
    op.create_table(
        "suppression_chunks",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suppressions",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("chunk_id", _ID, nullable=True),
        sa.PrimaryKeyConstraint("key", "scope", "channel"),
    )
    op.create_index("suppressions_by_chunk", "suppressions", ["chunk_id"], unique=False)
    op.create_index(
        "suppressions_erased",
        "suppressions",
        ["scope", "key"],
        unique=False,
        sqlite_where=sa.text("reason = 'erased'"),
        postgresql_where=sa.text("reason = 'erased'"),
    )
    op.create_index(
        "suppressions_platform",
        "suppressions",
        ["key", "channel"],
        unique=False,
        sqlite_where=sa.text("scope = 0"),
        postgresql_where=sa.text("scope = 0"),
    )
    op.create_table(
        "tallies",
        sa.Column("campaign_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("leg", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("connector", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recipients", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "shard", "leg", "connector", "outcome", "reason"),
    )
    op.create_index(
        "tallies_in_doubt",
        "tallies",
        ["campaign_id"],
        unique=False,
        sqlite_where=sa.text("outcome = 6"),
        postgresql_where=sa.text("outcome = 6"),
    )

    if op.get_bind().dialect.name == "postgresql":
        for statement in _STORAGE:
            op.execute(statement)


def downgrade() -> None:
    """Drop the tables, and all that they hold."""
    for table in (
        "tallies",
        "suppressions",
        "suppression_chunks",
        "spills",
        "lists",
        "list_imports",
        "list_chunks",
        "events",
        "deliveries",
        "counters",
        "controllers",
        "connectors",
        "campaigns",
        "blocks",
        "batches",
    ):
        op.drop_table(table)
