"""Recipients as decisions look at them: positions on one channel of one campaign."""

from dataclasses import dataclass
from typing import Protocol

from channels.contract import ADDRESS_KIND, Channel
from engine.blocks import Block, Point, Recipient


class People(Protocol):
    """Recipients of one campaign on one channel, by position."""

    @property
    def controller(self) -> int:
        """The number of the controller."""
        ...

    @property
    def purpose(self) -> str:
        """What the campaign is for."""
        ...

    @property
    def channel(self) -> Channel:
        """The channel that they are to be reached by."""
        ...

    def recipient(self, position: int) -> Recipient | None:
        """Return who stands at a position; None: erased."""
        ...

    def point(self, recipient: Recipient) -> Point | None:
        """Return the recipient's contact point on the channel."""
        ...


@dataclass(frozen=True, slots=True)
class BlockPeople:
    """All recipients of a block on one channel, though nobody has claimed them."""

    block: Block
    channel: Channel
    controller: int
    purpose: str

    def recipient(self, position: int) -> Recipient | None:
        """Return who stands at a position; None: erased."""
        return self.block.recipients[position]

    def point(self, recipient: Recipient) -> Point | None:
        """Return the recipient's contact point on the channel."""
        return recipient.points[self.block.kinds.index(ADDRESS_KIND[self.channel].value)]
