"""The tables of the keyring, a database of its own: wrapped keys, and where the audit stands."""

import sqlalchemy as sa

metadata = sa.MetaData()

controller_keys = sa.Table(
    "controller_keys",
    metadata,
    sa.Column("controller", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),  # wrap | pseudonym | token
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

sealed_keys = sa.Table(
    "sealed_keys",
    metadata,
    sa.Column("key_id", sa.LargeBinary, primary_key=True),
    sa.Column("controller", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),  # campaign:<id>, list:<id>, suppressions …
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index("sealed_keys_by_scope", "controller", "scope"),
)

audit_heads = sa.Table(  # where the audit stood: a chain cannot see that its own end was cut off
    "audit_heads",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
