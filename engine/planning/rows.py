"""A row of the source becomes a recipient: normalised, keyed, or rejected with a reason.

This is the hot loop of planning: a few microseconds a row.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from channels.addresses import NORMALISERS, AddressFault
from channels.contract import AddressKind
from engine.blocks import Point, Recipient
from engine.list_chunks import REF
from engine.planning.aiming import NOT_AIMED
from engine.planning.cursor import Spilled
from engine.pseudonyms import Pseudonyms
from engine.sources import ERASED
from engine.tabular import Row

NO_CONTACT_POINT: Final = "no_contact_point"
REF_MISSING: Final = "ref_missing"
REJECTIONS: Final = {
    NO_CONTACT_POINT: "the row has no address for any channel of the route",
    REF_MISSING: "the row has several addresses and no ref: whether they are one person's"
    " cannot be known",
    ERASED: "the person was erased at their own request",
    NOT_AIMED: "an earlier campaign, which says who is meant, leaves this person out",
}

_ROW: Final = "row"  # stands in for an address kind where no address can be had


class RowMaker:
    """Makes the recipients of one campaign.

    An address that cannot be used makes an ``invalid`` recipient, not a rejected row. Addresses of
    kinds that the route does not use are not kept.
    """

    def __init__(
        self, campaign_id: int, kinds: Sequence[str], variables: Sequence[str], keys: Pseudonyms
    ) -> None:
        self.refs = False
        self.reasons: Counter[str] = Counter()
        self.rejected: list[tuple[int, str]] = []
        self._campaign_id = campaign_id
        self._kinds = tuple((kind, NORMALISERS[AddressKind(kind)]) for kind in kinds)
        self._variables = tuple(variables)
        self._keys = keys

    def make(self, rows: Sequence[Row], ordinal: int) -> list[Spilled]:
        """Return the recipients of some rows, numbered from ``ordinal`` on.

        Rows that are none are counted in ``reasons`` and kept, with their line, in ``rejected``.
        """
        made: list[Spilled] = []
        variables = self._variables
        for number, row in enumerate(rows, ordinal):
            values = row.values
            points, given = self._points(values)
            ref = values.get(REF) or None
            if given != 1 and (not given or ref is None):
                self._reject(row.line, REF_MISSING if given else NO_CONTACT_POINT)
                continue
            if ref is not None:
                self.refs = True
                person = self._keys.person(ref)
            else:
                person = self._only_key(points) or self._keys.contact(
                    # Nobody else can be meant by an address that cannot be read.
                    _ROW,
                    f"{self._campaign_id}/{number}",
                )
            kept = tuple([values.get(name) for name in variables])
            made.append(Spilled(number, Recipient(person, ref, tuple(points), kept)))
        return made

    def _points(self, values: dict[str, str | None]) -> tuple[list[Point | None], int]:
        """Return the contact points of a row, and how many addresses it gives."""
        points: list[Point | None] = []
        given = 0
        keys = self._keys
        for kind, normalise in self._kinds:
            raw = values.get(kind)
            if not raw or raw.isspace():
                points.append(None)
                continue
            given += 1
            try:
                address = normalise(raw).value
            except AddressFault as fault:
                points.append(Point(None, None, None, fault.reason))
            else:
                points.append(
                    Point(address, keys.contact(kind, address), keys.platform(kind, address))
                )
        return points, given

    @staticmethod
    def _only_key(points: Sequence[Point | None]) -> bytes | None:
        for point in points:
            if point is not None:
                return point.key
        return None

    def _reject(self, line: int, reason: str) -> None:
        self.reasons[reason] += 1
        self.rejected.append((line, reason))


def without_erased(rows: Sequence[Spilled], erased: frozenset[bytes]) -> tuple[list[Spilled], int]:
    """Return rows without persons and contact points that were erased, and how many went.

    Who has another contact point left stays, without the one that was erased.
    """
    kept: list[Spilled] = []
    for row in rows:
        who = row.recipient
        if who.person in erased:
            continue
        if not any(point is not None and point.key in erased for point in who.points):
            kept.append(row)
            continue
        points = tuple(
            None if point is not None and point.key in erased else point for point in who.points
        )
        if any(point is not None and point.key is not None for point in points):
            left = Recipient(who.person, who.ref, points, who.values)
            kept.append(Spilled(row.ordinal, left))
    return kept, len(rows) - len(kept)
