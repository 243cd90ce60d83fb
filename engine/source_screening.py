"""Sensitive data in the rows of a campaign that were never imported into a list.

A list was looked through when it was imported (``engine.lists.findings_of``); a file in the drop
folder, and rows inside the job, are looked through here.
"""

from engine.list_findings import in_columns, in_rows
from engine.sources import Source


def screened(source: Source) -> frozenset[str]:
    """Return the kinds of sensitive data in a source's columns and cells; reads it to its end.

    Rows that cannot be read are no part of the campaign and are passed over. Raises SourceFault.
    """
    names: dict[str, None] = {}
    found: set[str] = set()
    for group in source.groups(""):
        for row in group.rows:
            names.update(dict.fromkeys(row.values))
        found.update(in_rows(row.values.values() for row in group.rows))
    return frozenset(found.union(in_columns(names)))
