"""The tables of unsubscribing, rights, retention and audit; see ``tables`` for the others.

The same rules hold: instants are milliseconds since the epoch (``*_at``), and only ``sealed``
columns may hold an address, a name or content.
"""

import sqlalchemy as sa

from engine.store.columns import ID, JSON, id_column, metadata

short_links = sa.Table(  # codes in text messages, each for the token that a link in a mail carries
    "short_links",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("controller", sa.Integer, nullable=False, index=True),
    sa.Column("campaign_id", ID, nullable=False),
    sa.Column("contact_key", sa.LargeBinary, nullable=False, index=True),
    sa.Column("person_key", sa.LargeBinary, nullable=False, index=True),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

connections = sa.Table(  # who connected to the gateway; never a token, never a query
    "connections",
    metadata,
    id_column(),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("address", sa.Text, nullable=False),  # of the peer, as far as proxies are trusted
    sa.Column("route", sa.Text, nullable=False),  # which page or interface; a closed word
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Index("connections_by_time", "at", postgresql_using="brin"),
)

acts = sa.Table(  # the audit: who did what, when; each row holds the hash of the one before
    "acts",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),  # without gaps
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("controller", sa.Text, nullable=False),  # its name; '': the platform
    sa.Column("subject", sa.Text, nullable=False),  # what was acted upon, such as campaign:winter-1
    sa.Column("details", JSON, nullable=False),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("seal", sa.LargeBinary, nullable=False),  # keyed hash of the hash
)

rights_requests = sa.Table(  # what persons asked for, and how far it is
    "rights_requests",
    metadata,
    id_column(),
    sa.Column("controller", sa.Integer, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),  # policy.rights.Right
    sa.Column("state", sa.Text, nullable=False, index=True),  # policy.rights.RequestState
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sealed_subject", sa.LargeBinary),  # who it is about; null once it was carried out
    sa.Column("progress", JSON, nullable=False),  # the step it is at, and what was found where
    sa.Column("certificate", sa.Text),  # signed; what was searched, and how much was found
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),  # GDPR art. 12(3)
    sa.Column("accepted_at", sa.BigInteger),  # from here on the person is not contacted
    sa.Column("finished_at", sa.BigInteger),
    sa.Column("next_at", sa.BigInteger, nullable=False),  # when an actor looks at it again
    sa.Column("token", sa.LargeBinary),  # random, of the actor at work
    sa.Column("lease_until", sa.BigInteger),  # database clock
    sqlite_autoincrement=True,
)

holds = sa.Table(  # legal holds: what must not be deleted although its time has come
    "holds",
    metadata,
    id_column(),
    sa.Column("retention_class", sa.Text, nullable=False),
    sa.Column("controller", sa.Integer),  # null: of every controller
    sa.Column("campaign_id", ID),  # null: of every campaign
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("until", sa.BigInteger),  # null: until it is lifted
    sa.Column("lifted_at", sa.BigInteger),
    sqlite_autoincrement=True,
)

sweeps = sa.Table(  # per retention class: when it was swept last, and what is overdue
    "sweeps",
    metadata,
    sa.Column("retention_class", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # idle | running
    sa.Column("cursor", JSON, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("started_at", sa.BigInteger),
    sa.Column("finished_at", sa.BigInteger),
    sa.Column("removed", sa.BigInteger, nullable=False),  # in all
    sa.Column("overdue", sa.BigInteger, nullable=False),  # found too old by the last look
    sa.Column("token", sa.LargeBinary),  # random, of the actor at work
    sa.Column("lease_until", sa.BigInteger),  # database clock
)
