"""The tables of policy: rulesets and who changed them, what is switched off, proofs, counts.

The same rules hold as in ``tables``: instants are milliseconds since the epoch (``*_at``), and
nothing here holds an address, a name or content of a person; persons are keys.
"""

import sqlalchemy as sa

from engine.store.columns import id_column, metadata

rulesets = sa.Table(  # only ever added to: each row is what held for a layer from an instant on
    "rulesets",
    metadata,
    id_column(),
    sa.Column("layer", sa.Text, nullable=False),  # platform | controller | campaign
    sa.Column("scope", sa.Integer, nullable=False),  # controller; 0: platform
    sa.Column("campaign", sa.Text, nullable=False),  # its name, on the layer of a campaign; else ''
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),  # hash of what it says; '': nothing holds
    sa.Column("text", sa.Text, nullable=False),  # TOML, as it was handed over
    sa.Column("cases", sa.Text, nullable=False),
    sa.Column("effective_at", sa.BigInteger, nullable=False),
    sa.Column("applied_at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

policy_state = sa.Table(  # one row: grows with every change, so that dispatch sees it at once
    "policy_state",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),  # always 1
    sa.Column("generation", sa.BigInteger, nullable=False),
)

kills = sa.Table(  # what is switched off, whatever arrives later
    "kills",
    metadata,
    id_column(),
    sa.Column("kind", sa.Text, nullable=False),  # campaign | controller | channel | connector …
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("scope", sa.Integer, nullable=False),  # controller of a campaign; else 0
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("begun_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger),  # null: until somebody lifts it
    sa.Column("lifted_at", sa.BigInteger),
    sa.Column("lifted_by", sa.Text),
    sqlite_autoincrement=True,
)

approvals = sa.Table(  # who said that a campaign may leave
    "approvals",
    metadata,
    sa.Column("campaign_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
)

consents = (
    sa.Table(  # the ledger: what a person agreed to, how that is proven, when it was taken back
        "consents",
        metadata,
        sa.Column("key", sa.LargeBinary, primary_key=True),  # of a contact point or a person
        sa.Column("scope", sa.Integer, primary_key=True, autoincrement=False),  # controller
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("given_on", sa.Text, nullable=False),  # ISO date
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("text_version", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger),
        sa.Index(  # for retention; it must never look fit for asking whose consents hold
            "consents_withdrawn",
            "withdrawn_at",
            sqlite_where=sa.text("withdrawn_at IS NOT NULL"),
            postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
        ),
    )
)

opposition_lists = sa.Table(  # lists that a state or a supplier keeps, and how old our copy is
    "opposition_lists",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("dated_at", sa.BigInteger, nullable=False),  # the instant at which the list was right
    sa.Column("imported_at", sa.BigInteger, nullable=False),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),  # that of the entries that count
)

opposition_list_entries = sa.Table(  # platform keys of whoever stands on such a list
    "opposition_list_entries",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("list", sa.Text, primary_key=True),
    sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
)

contacts = sa.Table(  # when somebody was contacted, for caps; one row each, locked to be changed
    "contacts",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),  # person; under scope 0 the contact point
    sa.Column(
        "scope", sa.Integer, primary_key=True, autoincrement=False
    ),  # controller; 0: platform
    sa.Column("spans", sa.LargeBinary, nullable=False),  # engine.contact_times encodes them
    sa.Column("latest_at", sa.BigInteger, nullable=False, index=True),
)
