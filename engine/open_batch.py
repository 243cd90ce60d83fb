"""A claimed batch with its recipients unsealed: who stands at a position, and their message."""

from dataclasses import dataclass

import sqlalchemy as sa

from channels.contract import ADDRESS_KIND, Addressee, Channel, Message, UnusableRecipient
from engine.app import App
from engine.blocks import Block, Point, Recipient, decode_block
from engine.briefing import Briefing, campaign_scope, unsubscribe_link
from engine.clock import Millis
from engine.reference import make_reference
from engine.resealed import open_stored
from engine.short_codes import make_code
from engine.states import Outcome
from engine.store.claims import Claim
from engine.store.delivery_row import DeliveryRow
from engine.store.tables import blocks
from engine.tokens import Bearer
from engine.vault import KeyDestroyed


def open_batch(app: App, claim: Claim, briefing: Briefing) -> "OpenBatch":
    """Unseal the recipients of a claimed batch; without their key it is as if all were erased.

    Raises VaultFault when the bytes were altered.
    """

    def stored() -> bytes:
        with app.db.read() as connection:
            found = connection.execute(
                sa.select(blocks.c.sealed).where(blocks.c.id == claim.block_id)
            )
            return bytes(found.scalar_one())

    scope = campaign_scope(claim.campaign_id)
    kind = ADDRESS_KIND[briefing.route[claim.leg - 1]]
    try:
        block = decode_block(open_stored(app, briefing.controller_name, scope, stored))
    except KeyDestroyed:
        with app.db.read() as connection:
            size = connection.execute(
                sa.select(blocks.c.size).where(blocks.c.id == claim.block_id)
            ).scalar_one()
        return OpenBatch(claim, briefing, Block((kind,), (), [None] * size), 0, readable=False)
    return OpenBatch(claim, briefing, block, block.kinds.index(kind), readable=briefing.readable)


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A claimed batch with its campaign and its recipients unsealed.

    readable  whether anybody of it can be contacted; False where the key of block or content is gone
    """

    claim: Claim
    briefing: Briefing
    block: Block
    kind: int  # index of the leg's address kind in the block's points
    readable: bool = True

    @property
    def channel(self) -> Channel:
        """The channel of this leg."""
        return self.briefing.route[self.claim.leg - 1]

    @property
    def controller(self) -> int:
        """The number of the controller."""
        return self.claim.controller

    @property
    def purpose(self) -> str:
        """What the campaign is for."""
        return self.briefing.purpose

    @property
    def last_leg(self) -> bool:
        """Whether no further channel follows in the route."""
        return self.claim.leg >= len(self.briefing.route)

    def passes_on(self, why: str) -> bool:
        """Return whether a recipient who cannot be reached here goes on to the next channel.

        ``why`` is no_address, invalid or failed.
        """
        return why in self.briefing.fallback and not self.last_leg

    def recipient(self, position: int) -> Recipient | None:
        """Return the recipient at a position; None: erased."""
        return self.block.recipients[position]

    def point(self, recipient: Recipient) -> Point | None:
        """Return the recipient's contact point on this leg."""
        return recipient.points[self.kind]

    @property
    def shows_short_link(self) -> bool:
        """Whether the messages of this leg show a link by code."""
        composer = self.briefing.composers[self.claim.leg - 1]
        return self.channel is not Channel.EMAIL and composer.facts.shows_link

    def token(self, recipient: Recipient, point: Point) -> str:
        """Return the token that speaks for a recipient at one contact point."""
        return self.briefing.mint.mint(
            Bearer(
                self.briefing.campaign_id,
                self.channel,
                point.key or b"",
                recipient.person,
                recipient.ref,
                None if recipient.ref else point.address,
            )
        )

    def short_code(self, position: int) -> str:
        """Return the code that stands for the token of one recipient."""
        claim = self.claim
        return make_code(self.briefing.reference_key, claim.block_id, position, claim.leg)

    def compose(self, position: int) -> Message:
        """Render the message of one recipient.

        Raises UnusableRecipient when it cannot be served.
        """
        recipient = self.block.recipients[position]
        point = recipient.points[self.kind] if recipient is not None else None
        if recipient is None or point is None or point.address is None or point.key is None:
            reason = "no_address"
            raise UnusableRecipient(reason)
        briefing, claim = self.briefing, self.claim
        by_token = self.channel is Channel.EMAIL
        own = self.token(recipient, point) if by_token else self.short_code(position)
        return briefing.composers[claim.leg - 1].compose(
            Addressee(
                position,
                point.address,
                make_reference(briefing.reference_key, claim.block_id, position, claim.leg),
                dict(zip(self.block.variables, recipient.values, strict=True)),
                unsubscribe_link(briefing.public_url, self.channel, own),
            )
        )

    def row(  # noqa: PLR0913 (one for each column that differs)
        self,
        position: int,
        outcome: Outcome,
        at: Millis,
        *,
        reason: str | None = None,
        connector: int | None = None,
        units: int = 0,
        provider_ref: str | None = None,
    ) -> DeliveryRow:
        """Return the delivery of one position as it is stored."""
        recipient = self.block.recipients[position]
        point = recipient.points[self.kind] if recipient is not None else None
        return DeliveryRow(
            self.briefing.expiry_month,
            self.claim.block_id,
            position,
            self.claim.leg,
            self.claim.campaign_id,
            outcome,
            reason,
            connector,
            point.key if point is not None else None,
            recipient.person if recipient is not None else None,
            units,
            provider_ref,
            at,
        )
