"""The tables of campaigns: who may send, to whom, what came of it.

Instants are milliseconds since the epoch (``*_at``). ``sealed`` columns hold bytes that only the
vault can open. Nothing else may hold an address, a name or content. Closed lists of values
(states, outcomes) are small integers or words whose enums live in ``engine.states``.

``sqlite_autoincrement``: an id outlives its row, in deliveries, scopes of keys, links, holds and
the audit. SQLite would otherwise give the highest one out again once its row is deleted.
"""

import sqlalchemy as sa

from engine.store.columns import ID, JSON, id_column, metadata

controllers = sa.Table(
    "controllers",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),  # the id on the wire
    sa.Column("state", sa.Text, nullable=False),  # alive | ended
    sa.Column("settings", JSON, nullable=False),  # ControllerSettings
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),  # when the contract ended
    # Grows when the search for a person begins: what was read before may hold that person still.
    sa.Column("erasures", sa.Integer, nullable=False, server_default="0"),
)

accounts = sa.Table(  # which broker account may speak for which controller; '*' is all of them
    "accounts",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("controller", sa.Text, primary_key=True),
)

connectors = sa.Table(
    "connectors",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("options", JSON, nullable=False),
    sa.Column("sealed_secrets", sa.LargeBinary),
    sa.Column("rank", sa.Integer, nullable=False),  # lower is tried first
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("country", sa.Text, nullable=False),  # ISO 3166-1 alpha-2, where data is processed
    sa.Column("sub_processor", sa.Text, nullable=False),
    sa.Column("attested_at", sa.BigInteger),
    sa.Column("attested_by", sa.Text),
    # The circuit breaker: closed, or open until an instant because of a cause.
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_free_at", sa.BigInteger, nullable=False, server_default="0"),  # rate limit
    sa.Column("open_until", sa.BigInteger),
    sa.Column("open_since", sa.BigInteger),
    sa.Column("open_cause", sa.Text),
)

lists = sa.Table(
    "lists",
    metadata,
    id_column(),
    sa.Column("controller", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("purposes", JSON, nullable=False),
    sa.Column("columns", JSON, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("attested_by", sa.Text),  # who answers for where it comes from
    sa.Column("attested_at", sa.BigInteger),
    sa.Column("supplier", sa.Text),  # who supplied it; null: the controller collected it itself
    sa.Column("findings", JSON),  # kinds of sensitive data in names and values; null: not screened
    sa.Column("deleted_at", sa.BigInteger),
    sa.Index(
        "lists_by_name",
        "controller",
        "name",
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

list_imports = sa.Table(
    "list_imports",
    metadata,
    id_column(),
    sa.Column("list_id", ID, nullable=False, index=True),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("opposed", sa.Integer, nullable=False),
    sa.Column("erased", sa.Integer, nullable=False, server_default="0"),  # of those accepted
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column(
        "finished_at", sa.BigInteger
    ),  # null: still running, or interrupted; not part of the list
    sa.Column("undone_at", sa.BigInteger),
    sqlite_autoincrement=True,
)

list_chunks = sa.Table(
    "list_chunks",
    metadata,
    id_column(),
    sa.Column("list_id", ID, nullable=False),
    sa.Column("import_id", ID, nullable=False, index=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("contact_prefixes", sa.LargeBinary, nullable=False),  # sorted 8-byte key prefixes
    sa.Column("person_prefixes", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("list_chunks_by_list", "list_id", "id"),
    sqlite_autoincrement=True,
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    id_column(),
    sa.Column("controller", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # the client's id of the campaign
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),  # sha256 of the campaign as decoded
    sa.Column("account", sa.Text, nullable=False),  # the broker account that enqueued it
    sa.Column("state", sa.Text, nullable=False, index=True),  # states.CampaignState
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("route", JSON, nullable=False),  # channels, first leg first
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("not_after", sa.BigInteger, nullable=False),  # nothing is handed over from here on
    sa.Column("spread", sa.BigInteger, nullable=False),  # milliseconds; 0 is at once
    sa.Column("resend_doubt", sa.Boolean, nullable=False),
    sa.Column("expiry_month", sa.Integer, nullable=False),  # yyyymm: its history is dropped then
    sa.Column("sealed_job", sa.LargeBinary),  # the CampaignJob as JSON
    sa.Column("list_id", ID),
    sa.Column("list_until", ID),  # last chunk of the list that belongs to this campaign
    sa.Column("facts", JSON),  # engine.send_facts.Stored: what admission found out for the rules
    sa.Column("reasons", JSON),  # why it was refused or is paused
    # Planning: where the reading of the source stands, and what it counted.
    sa.Column("cursor", JSON),
    sa.Column("rows_read", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("duplicates", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rejected", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("accepted", sa.BigInteger, nullable=False, server_default="0"),
    # Dispatch: flags that only the holder of a batch acts upon, and what is still open.
    sa.Column("paused_at", sa.BigInteger),
    sa.Column("cancelled_at", sa.BigInteger),
    sa.Column("open_batches", sa.Integer, nullable=False, server_default="0"),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("planned_at", sa.BigInteger),
    sa.Column("finished_at", sa.BigInteger),
    sa.Column("forgotten_at", sa.BigInteger),  # its content and blocks were destroyed
    sa.Column("references_dropped_at", sa.BigInteger),  # what providers call its messages
    sa.UniqueConstraint("controller", "name", name="campaigns_by_name"),
    sa.Index(
        "campaigns_not_forgotten",
        "id",
        sqlite_where=sa.text("forgotten_at IS NULL"),
        postgresql_where=sa.text("forgotten_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

spills = sa.Table(  # sealed rows on their way from the source to blocks, in buckets by key
    "spills",
    metadata,
    id_column(),
    sa.Column("campaign_id", ID, nullable=False),
    sa.Column("stage", sa.SmallInteger, nullable=False),
    sa.Column("bucket", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("spills_by_bucket", "campaign_id", "stage", "bucket", "id"),
)

blocks = sa.Table(  # sealed recipients; positions never move
    "blocks",
    metadata,
    id_column(),
    sa.Column("campaign_id", ID, nullable=False, index=True),
    sa.Column("size", sa.SmallInteger, nullable=False),
    sa.Column("contact_prefixes", sa.LargeBinary, nullable=False),
    sa.Column("person_prefixes", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

batches = sa.Table(  # work: positions of a block on one leg in one round
    "batches",
    metadata,
    id_column(),
    sa.Column("campaign_id", ID, nullable=False, index=True),
    sa.Column("controller", sa.Integer, nullable=False),
    sa.Column("block_id", ID, nullable=False),
    sa.Column("leg", sa.SmallInteger, nullable=False),
    sa.Column("round", sa.SmallInteger, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),  # email, email.urgent …
    sa.Column("turn", sa.Double, nullable=False),  # fair order within the lane, given at birth
    sa.Column("state", sa.SmallInteger, nullable=False),  # states.BatchState
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("todo", sa.LargeBinary, nullable=False),  # bitmap: not handed over yet
    sa.Column("in_flight", sa.LargeBinary, nullable=False),  # bitmap: journalled, outcome unknown
    sa.Column("again", sa.LargeBinary, nullable=False),  # bitmap: not accepted, for the next round
    sa.Column("onward", sa.LargeBinary, nullable=False),  # bitmap: passed on to the next leg
    sa.Column("again_at", sa.BigInteger, nullable=False),  # earliest instant of the next round
    sa.Column("again_reason", sa.Text),  # why most were not accepted: a word; null: nobody was
    sa.Column("token", sa.LargeBinary),  # random, of the present claim
    sa.Column("step", sa.Integer, nullable=False),  # grows with each journal entry
    sa.Column("lease_until", sa.BigInteger),  # database clock
    sa.Column("barren", sa.SmallInteger, nullable=False),  # leases expired without an entry
    sa.Index(
        "batches_ready",
        "lane",
        "turn",
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    ),
    sa.Index(
        "batches_claimed",
        "lane",  # not the lease: each journal entry renews it, and would have to write the index
        sqlite_where=sa.text("state = 2"),
        postgresql_where=sa.text("state = 2"),
    ),
    sa.Index(
        "batches_scheduled",
        "not_before",
        sqlite_where=sa.text("state IN (0, 4)"),
        postgresql_where=sa.text("state IN (0, 4)"),
    ),
)

deliveries = sa.Table(  # one recipient × one campaign × one leg, with its outcome
    "deliveries",
    metadata,
    sa.Column("expiry_month", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("block_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("position", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("leg", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("campaign_id", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.SmallInteger, nullable=False),  # states.Outcome
    sa.Column("reason", sa.Text),
    sa.Column("connector", sa.Integer),
    sa.Column("contact_key", sa.LargeBinary),
    sa.Column("person_key", sa.LargeBinary),
    sa.Column("units", sa.SmallInteger, nullable=False),
    sa.Column("provider_ref", sa.Text),
    sa.Column("at", sa.BigInteger, nullable=False),
    # A block-range index: campaigns lie together on disk, and inserts hardly notice it.
    sa.Index("deliveries_by_campaign", "campaign_id", postgresql_using="brin"),
    # PostgreSQL has deliveries_by_person besides, for erasure: see the first migration.
    postgresql_partition_by="LIST (expiry_month)",
)

tallies = sa.Table(  # counts of outcomes, written with them; sharded so that workers do not queue
    "tallies",
    metadata,
    sa.Column("campaign_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("shard", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("leg", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("connector", sa.Integer, primary_key=True, autoincrement=False),  # 0: none
    sa.Column("outcome", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, primary_key=True),  # '': none
    sa.Column("recipients", sa.BigInteger, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Index(
        "tallies_in_doubt",
        "campaign_id",
        sqlite_where=sa.text("outcome = 6"),
        postgresql_where=sa.text("outcome = 6"),
    ),
)

counters = sa.Table(  # what metrics show, written with what happened; never falls, never deleted
    "counters",
    metadata,
    sa.Column("shard", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("series", sa.Text, primary_key=True),  # engine.counters.Series
    sa.Column("labels", sa.Text, primary_key=True),  # label values, closed words, joined by '|'
    sa.Column("value", sa.BigInteger, nullable=False),
)

suppressions = sa.Table(  # keys that must not be contacted; one index answers every look-up
    "suppressions",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),  # of a contact point or a person
    sa.Column(
        "scope", sa.Integer, primary_key=True, autoincrement=False
    ),  # controller; 0: platform
    sa.Column("channel", sa.Text, primary_key=True),  # '': every channel
    sa.Column("purpose", sa.Text, primary_key=True, server_default=sa.text("''")),  # '': any
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # contact | person
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("chunk_id", ID),  # where the contact lies sealed; null once it was erased
    sa.Index("suppressions_by_chunk", "chunk_id"),
    sa.Index(  # who must not be taken in again: planning and imports ask for all of them
        "suppressions_erased",
        "scope",
        "key",
        sqlite_where=sa.text("reason = 'erased'"),
        postgresql_where=sa.text("reason = 'erased'"),
    ),
    # Every look-up asks for the platform's keys too, which are few: a small index of their own
    # spares it half of the descents into the large one.
    sa.Index(
        "suppressions_platform",
        "key",
        "channel",
        sqlite_where=sa.text("scope = 0"),
        postgresql_where=sa.text("scope = 0"),
    ),
)

suppression_chunks = sa.Table(  # sealed contacts behind suppressions, to hand back to the client
    "suppression_chunks",
    metadata,
    id_column(),
    sa.Column("scope", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

events = sa.Table(  # the outbox: written with what happened, published afterwards
    "events",
    metadata,
    id_column(),
    sa.Column("routing_key", sa.Text, nullable=False),
    sa.Column("body", JSON, nullable=False),
    sa.Column("controller", sa.Integer),  # whose event it is; null: of no controller
    sa.Column("created_at", sa.BigInteger, nullable=False),
    # The client's own id of a person, where the event is about one; gone once it was published.
    sa.Column("sealed_ref", sa.LargeBinary),
    sa.Column("published_at", sa.BigInteger),
    sa.Index(
        "events_waiting",
        "id",
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    ),
)

dead_letters = sa.Table(  # campaign messages that could not be admitted to the database as such
    "dead_letters",
    metadata,
    id_column(),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("reasons", JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open | replayed | dropped
    sa.Column("received_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("sealed", sa.LargeBinary),
    sqlite_autoincrement=True,
)

store_identity = sa.Table(  # which machine's database this is: a copy must be adopted to dispatch
    "store_identity",
    metadata,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("adopted_at", sa.BigInteger, nullable=False),
)
