"""Who is a duplicate: one pass over persons, then one over the contact points of each kind.

A recipient is a person; a contact point serves once per campaign and channel; the first row of the
source wins. Rows come to a pass in buckets by what it compares, in any order: the outcome depends
on the rows' ordinals alone, so that a pass done again after a crash comes out the same.
"""

from collections.abc import Iterable, Mapping, Sequence

from engine.blocks import Point, Recipient
from engine.planning.cursor import Spilled


def bucket_of(key: bytes, buckets: int) -> int:
    """Return the bucket of a key; buckets follow each other in the order of keys."""
    return int.from_bytes(key[:4], "big") * buckets >> 32


def key_of(row: Spilled, kind: int | None) -> bytes:
    """Return what a pass compares of a row; the person where it has no such contact point."""
    if kind is not None:
        point = row.recipient.points[kind]
        if point is not None and point.key is not None:
            return point.key
    return row.recipient.person


def in_order(rows: Iterable[Spilled], kind: int | None) -> list[Spilled]:
    """Return rows in the order of what a pass compares, which differs from row to row."""
    return sorted(rows, key=_person_of if kind is None else lambda row: key_of(row, kind))


def _person_of(row: Spilled) -> bytes:
    return row.recipient.person


def by_bucket(
    rows: Iterable[Spilled], kind: int | None, buckets: int
) -> Mapping[int, list[Spilled]]:
    """Sort rows into the buckets of the pass that compares ``kind``."""
    sorted_rows: dict[int, list[Spilled]] = {}
    for row in rows:
        key = row.recipient.person if kind is None else key_of(row, kind)
        sorted_rows.setdefault(bucket_of(key, buckets), []).append(row)
    return sorted_rows


class Pass:
    """One bucket of one pass; holds at most one row per key, however often it comes."""

    def __init__(self, kind: int | None) -> None:
        self.duplicates = 0
        self._kind = kind
        self._first: dict[bytes, Spilled] = {}
        self._others: list[Spilled] = []

    def take(self, rows: Sequence[Spilled]) -> None:
        """Compare some more rows."""
        if self._kind is None:
            self._take_persons(rows)
        else:
            self._take_points(rows, self._kind)

    def kept(self) -> list[Spilled]:
        """Return the rows that are left."""
        return [*self._first.values(), *self._others]

    def _take_persons(self, rows: Sequence[Spilled]) -> None:
        first = self._first
        for row in rows:
            person = row.recipient.person
            held = first.setdefault(person, row)
            if held is not row:
                self.duplicates += 1
                if row.ordinal < held.ordinal:
                    first[person] = row

    def _take_points(self, rows: Sequence[Spilled], kind: int) -> None:
        first = self._first
        for row in rows:
            point = row.recipient.points[kind]
            if point is None or point.key is None:
                self._others.append(row)
                continue
            held = first.setdefault(point.key, row)
            if held is row:
                continue
            loser = row
            if row.ordinal < held.ordinal:
                first[point.key], loser = row, held
            self._without_point(loser, kind)

    def _without_point(self, row: Spilled, kind: int) -> None:
        """Keep a row whose contact point serves another person only if it has one besides."""
        who = row.recipient
        points = (*who.points[:kind], None, *who.points[kind + 1 :])
        if any(_usable(point) for point in points):
            left = Recipient(who.person, who.ref, points, who.values)
            self._others.append(Spilled(row.ordinal, left))
        else:
            self.duplicates += 1


def _usable(point: Point | None) -> bool:
    return point is not None and point.key is not None
