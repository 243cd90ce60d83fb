"""The actors: what a doorbell message makes a worker do. Each decodes its ids and calls a use case.

They are declared in one function that is given the broker, never at import. A message is a hint
that there is work; the database says what it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dramatiq

from engine.broker.topology import DISPATCH_QUEUES, PLANNING, RETENTION, RIGHTS, dispatch_queue

DISPATCH_ACTOR = "dispatch_lane"
PLANNING_ACTOR = "plan_chunk"
RIGHTS_ACTOR = "run_rights"
RETENTION_ACTOR = "sweep_class"
WORK_QUEUES = (PLANNING, *DISPATCH_QUEUES, RIGHTS, RETENTION)  # those that a worker answers


@dataclass(frozen=True, slots=True)
class Work:
    """The use cases behind the actors."""

    plan: Callable[[int], bool]  # campaign id; True: there is more to plan
    dispatch: Callable[[str], int]  # lane
    rights: Callable[[], bool]  # True: a request was carried out, there may be more
    sweep: Callable[[str], bool]  # retention class; True: there is more to sweep


class Bells:
    """Rings doorbells. Errors of the broker go to the caller: a lost ring is rung again later."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker

    def ring_lane(self, lane: str) -> None:
        """Say that a lane has work."""
        self._ring(dispatch_queue(lane), DISPATCH_ACTOR, (lane,))

    def ring_planning(self, campaign_id: int) -> None:
        """Say that a campaign is to be admitted or planned."""
        self._ring(PLANNING, PLANNING_ACTOR, (campaign_id,))

    def ring_rights(self) -> None:
        """Say that a person's request is to be carried out."""
        self._ring(RIGHTS, RIGHTS_ACTOR, ())

    def ring_retention(self, name: str) -> None:
        """Say that a retention class is to be swept."""
        self._ring(RETENTION, RETENTION_ACTOR, (name,))

    def _ring(self, queue: str, actor: str, arguments: tuple[Any, ...]) -> None:
        self._broker.enqueue(
            dramatiq.Message(
                queue_name=queue, actor_name=actor, args=arguments, kwargs={}, options={}
            )
        )


def declare_queues(broker: dramatiq.Broker) -> None:
    """Make the broker consume every doorbell queue that an actor answers."""
    for queue in WORK_QUEUES:
        broker.declare_queue(queue)


def declare_actors(broker: dramatiq.Broker, work: Work, bells: Bells) -> None:
    """Declare the actors of a worker process."""

    def plan_chunk(campaign_id: int) -> None:
        if work.plan(campaign_id):
            bells.ring_planning(campaign_id)

    def dispatch_lane(lane: str) -> None:
        work.dispatch(lane)

    def run_rights() -> None:
        if work.rights():
            bells.ring_rights()

    def sweep_class(name: str) -> None:
        if work.sweep(name):
            bells.ring_retention(name)

    dramatiq.actor(actor_name=RETENTION_ACTOR, queue_name=RETENTION, broker=broker)(sweep_class)
    dramatiq.actor(actor_name=RIGHTS_ACTOR, queue_name=RIGHTS, broker=broker)(run_rights)
    dramatiq.actor(actor_name=PLANNING_ACTOR, queue_name=PLANNING, broker=broker)(plan_chunk)
    dramatiq.actor(actor_name=DISPATCH_ACTOR, queue_name=DISPATCH_QUEUES[0], broker=broker)(
        dispatch_lane
    )
    declare_queues(broker)
