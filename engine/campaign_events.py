"""Events about one campaign, written in the transaction of what happened."""

from typing import Any

import sqlalchemy as sa

from engine.clock import Millis
from engine.events import CampaignEvent, instant, new_id
from engine.store import events


def tell(
    connection: sa.Connection,
    kind: type[CampaignEvent],
    names: tuple[str, str],
    now: Millis,
    /,
    **facts: Any,
) -> None:
    """Put an event into the outbox.

    names  the controller's name, and the client's own id of the campaign
    facts  the fields of this kind of event
    """
    controller, campaign = names
    event = kind(id=new_id(), at=instant(now), controller=controller, campaign=campaign, **facts)
    events.put(connection, event, now)
