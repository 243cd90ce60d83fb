"""A campaign under rules while nobody sends: what they would say of each recipient at an instant.

The very facts are gathered that dispatch gathers, and nothing is claimed, reserved or written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from channels.contract import ADDRESS_KIND, Channel
from engine.app import App
from engine.blocks import Block
from engine.briefing import read_briefing
from engine.campaign_facts import Findings
from engine.clock import Millis
from engine.controllers import Controller
from engine.deciding import Decider, Ruling, ruling
from engine.errors import EngineError
from engine.people import BlockPeople
from engine.recipient_facts import RecipientClasses
from engine.rulebook import Edition
from engine.send_facts import send_facts
from engine.statistics import Found
from engine.store.connectors import ConnectorRow, of_channel
from engine.wire.job import CampaignJob
from policy.campaign_step import region_refused
from policy.decision import Verdict
from policy.evaluate import Compiled
from policy.send_facts import Millis as At
from policy.send_facts import RecipientFacts, SendFacts
from policy.send_reasons import SendDecision

_MOST_WAITS = 16  # times that one recipient is put off until we stop asking


class ContentGone(EngineError):
    """Raised when nobody can read any more what a campaign said, so that rules cannot be asked."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a campaign is to dispatch, without what it says: the facts of each leg, and its end.

    connectors  the controller's own order, per channel
    fallback    what sends a recipient on to the next leg
    not_after   nothing leaves from there on
    """

    controller: int
    purpose: str
    sends: tuple[SendFacts, ...]
    connectors: Mapping[Channel, tuple[str, ...]]
    fallback: frozenset[str]
    not_after: Millis


@dataclass(frozen=True, slots=True)
class Leg:
    """One channel of a campaign's route under some rules.

    carrier  the connector that would be asked first; None: there is none to use
    """

    channel: Channel
    carrier: str | None
    send: SendFacts
    ruling: Ruling

    def facts(
        self, app: App, course: Course, block: Block, positions: Sequence[int], at: Millis
    ) -> dict[int, RecipientFacts]:
        """Return the facts of those positions that have an address, as they stood at an instant."""
        people = BlockPeople(block, self.channel, course.controller, course.purpose)
        found = Decider(app, people, self.ruling).facts_of(positions)
        return {position: _before(one, at) for position, one in found.items()}


def course_of(app: App, found: Found) -> Course:
    """Read the course of a campaign that was planned.

    Raises ContentGone, VaultFault for content that was altered.
    """
    briefing = read_briefing(app, found.row.id)
    if not briefing.sends:
        raise ContentGone(
            f"the content of campaign {found.row.name!r} is forgotten: rules cannot be asked of it"
        )
    return Course(
        briefing.controller,
        briefing.purpose,
        briefing.sends,
        briefing.connectors,
        briefing.fallback,
        briefing.not_after,
    )


def course_of_job(
    job: CampaignJob,
    controller: Controller,
    findings: Findings,
    not_after: Millis,
    size: int | None = None,
) -> Course:
    """Return the course that a campaign would have if it came in now."""
    sends = tuple(
        send_facts(
            job,
            channel,
            controller.settings,
            findings.composers[channel].facts if channel in findings.composers else None,
            findings.stored,
            size=size,
        )
        for channel in job.route
    )
    fallback = frozenset(reason.value for reason in job.fallback.on)
    orders = controller.settings.connectors
    return Course(controller.number, job.purpose, sends, orders, fallback, not_after)


def legs_of(
    app: App,
    course: Course,
    compiled: Compiled,
    edition: Edition,
    variables: tuple[str, ...],
    at: Millis,
) -> tuple[Leg, ...]:
    """Make rules ready for each channel of a route.

    variables  the columns of the campaign's blocks
    """
    return tuple(
        _leg(app, course, compiled, edition, (send, variables), at) for send in course.sends
    )


def settled(leg: Leg, facts: RecipientFacts, at: Millis, end: Millis) -> tuple[SendDecision, At]:
    """Decide until nothing is put off any more: return the last decision, and when it was made.

    end  nothing leaves from there on: what is put off beyond is decided no further
    """
    decision, instant = leg.ruling.prepared.decide_anew(facts, at), at
    for _ in range(_MOST_WAITS):
        until = decision.until
        if decision.verdict is not Verdict.DEFER or until is None or until >= end:
            break
        instant = until
        decision = leg.ruling.prepared.decide_anew(facts, instant)
    return decision, instant


def _leg(
    app: App,
    course: Course,
    compiled: Compiled,
    edition: Edition,
    sent: tuple[SendFacts, tuple[str, ...]],
    at: Millis,
) -> Leg:
    send, variables = sent
    channel = Channel(send.channel)
    carrier, through = _carried(app, course, compiled, send, at)
    made = ruling(
        compiled,
        compiled.for_send(through),
        RecipientClasses(channel, variables),
        edition,
        at,
    )
    return Leg(channel, carrier, through, made)


def _carried(
    app: App, course: Course, compiled: Compiled, send: SendFacts, at: Millis
) -> tuple[str | None, SendFacts]:
    """Return the connector that would be asked first, and the send by it.

    Where rules on regions permit none, it is the first one, so that they say so.
    """
    sends = {
        row.name: replace(send, connector_country=row.country or None)
        for row in _usable(app, course, Channel(send.channel))
    }
    permitted = (name for name in sends if not region_refused(compiled, sends[name], at))
    name = next(permitted, next(iter(sends), None))
    return (None, send) if name is None else (name, sends[name])


def _usable(app: App, course: Course, channel: Channel) -> list[ConnectorRow]:
    with app.db.read() as connection:
        known = of_channel(connection, channel.value)
    order = course.connectors.get(channel, ())
    if order:
        by_name = {row.name: row for row in known}
        known = [by_name[name] for name in order if name in by_name]
    return [row for row in known if row.enabled and row.attested_at is not None]


def _before(facts: RecipientFacts, at: Millis) -> RecipientFacts:
    """Return facts without contacts that came later: a campaign that ran must not meet itself."""
    earlier = tuple(one for one in facts.contacts if one[2] < at)
    return facts if earlier == facts.contacts else replace(facts, contacts=earlier)


def reachable(block: Block, channel: Channel, position: int) -> str:
    """Return why a position of a block has no address to use on a channel; empty: it has."""
    recipient = block.recipients[position]
    if recipient is None:
        return "erased"
    point = recipient.points[block.kinds.index(ADDRESS_KIND[channel].value)]
    if point is None:
        return "no_address"
    return "" if point.address is not None else "invalid"
