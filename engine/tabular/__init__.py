"""Reading lists of recipients: CSV of any honest kind and NDJSON, streaming, in flat memory.

``read_csv`` and ``read_ndjson`` return a ``ListReader``: an iterator of ``Row`` and
``RejectedLine`` that knows its ``cursor`` after each one. Addresses are not looked at here.

Read in this order: ``rows`` (the values), ``dialect`` (what kind of file), ``header`` (names of
columns), ``passages`` (bytes to text), ``reader`` (cursor), ``delimited`` and ``ndjson``.
"""

from engine.tabular.delimited import CsvReader, read_csv
from engine.tabular.dialect import Dialect, sniff
from engine.tabular.header import COLUMN_SYNONYMS, Header, HeaderFault
from engine.tabular.ndjson import read_ndjson
from engine.tabular.reader import ListReader
from engine.tabular.rows import (
    SENTENCES,
    Cursor,
    Item,
    RejectedLine,
    Row,
    UnreadableList,
)

__all__ = [
    "COLUMN_SYNONYMS",
    "SENTENCES",
    "CsvReader",
    "Cursor",
    "Dialect",
    "Header",
    "HeaderFault",
    "Item",
    "ListReader",
    "RejectedLine",
    "Row",
    "UnreadableList",
    "read_csv",
    "read_ndjson",
    "sniff",
]
