"""What all tables of the main database are made of."""

import sqlalchemy as sa

metadata = sa.MetaData()

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite numbers INTEGER keys by itself
JSON = sa.Text  # encoded and decoded by msgspec; queried by nobody


def id_column() -> sa.Column[int]:
    """Return a key that the database numbers."""
    return sa.Column("id", ID, primary_key=True, autoincrement=True)
