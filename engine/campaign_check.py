"""``chappe campaign check``: what would become of a campaign, without storing or sending anything.

Runs the very rules, normalisers and passes that admission and planning run, looks up oppositions
as they stand now, and renders every message to know who lacks a variable and what is billed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from channels.contract import ADDRESS_KIND, Addressee, Channel, Composer, UnusableRecipient
from channels.plain import TextParts
from engine import controllers
from engine.admission import first_cursor
from engine.admission_rules import AnyRefusal, refusals_of
from engine.app import App
from engine.blocks import Block
from engine.briefing import public_base, unsubscribe_link
from engine.campaign_facts import Findings, gather
from engine.clock import Millis
from engine.connectors import unit_cost_of
from engine.controllers import Controller
from engine.foreseen import Foreseen, Ruled
from engine.opposed import opposed
from engine.people import BlockPeople
from engine.planning.aiming import all_keys
from engine.planning.cursor import Spilled
from engine.planning.dry_run import DryRun, dry_run
from engine.planning.own_time import Starts
from engine.replay import course_of_job
from engine.short_codes import LENGTH
from engine.sources import SourceFault, source_of
from engine.timing import times_of
from engine.wire.instants import Duration
from engine.wire.job import CampaignJob
from policy.decision import Decision, ReasonCode, Verdict

_REFERENCE = "0.0.0." + "0" * 20  # as long as a real one
_TOKEN = "0" * 64
_CODE = "0" * LENGTH
_SOURCE_RULE = "source"
# Who the recipients are: after a reason of one of them there is nothing to count.
_RULES_OF_RECIPIENTS = frozenset({_SOURCE_RULE, "aims"})


@dataclass(slots=True)
class Reach:
    """Who would be reached through one channel of the route.

    sent        messages that would be handed over
    opposed     recipients who must not be contacted on it
    no_address  recipients without an address for it
    invalid     recipients who cannot be served, by reason
    passed_on   those among the last two who go on to the next channel
    ruled       what the rules in force say: who may not leave, or only later
    units       what would be billed: SMS parts, or messages
    cost        units at the first usable connector's ``unit_cost``; None: it has none
    """

    channel: Channel
    sent: int = 0
    opposed: int = 0
    no_address: int = 0
    invalid: Counter[str] = field(default_factory=Counter)
    passed_on: int = 0
    ruled: Ruled = field(default_factory=Ruled)
    units: int = 0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``recipients`` is None when they cannot be read at all.

    over_since  instant at which the schedule ended: every recipient would expire; None: it has not
    starts      how many recipients would start at which instant, the earliest first
    assumed     of them, those of whom nobody knows in which time zone they are
    end         instant from which on nothing leaves: whoever starts later would expire
    """

    refusals: tuple[AnyRefusal, ...]
    recipients: DryRun | None
    channels: tuple[Reach, ...]
    over_since: Millis | None = None
    starts: Mapping[Millis, int] = field(default_factory=dict)
    assumed: int = 0
    end: Millis = 0

    @property
    def admissible(self) -> bool:
        """Whether the campaign would be admitted, and reach anybody at all."""
        in_time = any(start < self.end for start in self.starts)
        reached = in_time and any(leg.sent for leg in self.channels)
        return reached and not self.refusals and self.over_since is None


def check(app: App, job: CampaignJob) -> Report:
    """Check a campaign as it would stand if it came in now.

    Raises UnknownController. Reads all recipients: takes as long as planning does.
    """
    with app.db.read() as connection:
        controller = controllers.find(connection, job.controller)
    times = times_of(job, app.clock.now(), Duration.parse(controller.settings.history))
    over_since = times.not_after if times.not_after <= app.clock.now() else None
    findings = gather(app, controller, job)
    refusals = refusals_of(app, controller, job, findings, max(app.clock.now(), times.not_before))
    if any(refusal.rule in _RULES_OF_RECIPIENTS for refusal in refusals):
        return Report(refusals, None, (), over_since)
    cursor = first_cursor(job, findings)
    starts = Starts(cursor, times.not_before)
    course = course_of_job(job, controller, findings, times.not_after)
    at = max(app.clock.now(), times.not_before)
    rules = Foreseen(app, course, job.id, cursor.variables, at)
    count = _Count(app, controller, job, findings, starts, rules)
    source = source_of(app, controller.name, job, findings.list_id, findings.list_until)
    keys = app.vault.pseudonyms(controller.name)
    try:
        persons = partial(all_keys, app)
        tally = dry_run(source, cursor, keys, app.settings.batch_size, persons, count.take)
    except SourceFault as fault:  # it changed while it was read
        changed = Decision(Verdict.DENY, ReasonCode.RECIPIENTS_UNREADABLE, _SOURCE_RULE, str(fault))
        return Report((*refusals, changed), None, (), over_since)
    return Report(
        refusals,
        tally,
        tuple(count.legs()),
        over_since,
        dict(sorted(count.starts.items())),
        starts.assumed,
        times.not_after,
    )


class _Count:
    """Sends recipients down the route, as dispatch would, and counts what becomes of them."""

    def __init__(
        self,
        app: App,
        controller: Controller,
        job: CampaignJob,
        findings: Findings,
        starts: Starts,
        rules: Foreseen,
    ) -> None:
        self._rules = rules
        self.starts: Counter[Millis] = Counter()
        self._sorted = starts.sort
        self._app = app
        self._scope = controller.number
        self._purpose = job.purpose
        self._fallback = frozenset(reason.value for reason in job.fallback.on)
        self._findings = findings
        self._cursor = first_cursor(job, findings)
        self._legs = [Reach(channel) for channel in job.route]
        self._public_url = public_base(app.settings.public_url)

    def legs(self) -> list[Reach]:
        """Return the counts per channel, with their cost."""
        for leg in self._legs:
            usable = (
                row
                for row in self._findings.connectors[leg.channel]
                if row.enabled and row.attested_at is not None
            )
            first = next(usable, None)
            price = None if first is None else unit_cost_of(first)
            leg.cost = None if price is None else price * leg.units
        return self._legs

    def take(self, rows: Sequence[Spilled]) -> None:
        """Count the recipients of one block."""
        for start, alike in self._sorted(rows).items():
            self.starts[start] += len(alike)
        left = list(rows)
        for leg in self._legs:
            left = self._go(leg, left)

    def _go(self, leg: Reach, rows: Sequence[Spilled]) -> list[Spilled]:
        """Count rows on one channel; return those who go on to the next."""
        number = self._legs.index(leg)
        last = number == len(self._legs) - 1
        kind = self._cursor.kinds.index(ADDRESS_KIND[leg.channel])
        composer = self._findings.composers.get(leg.channel)
        cursor = self._cursor
        block = Block(cursor.kinds, cursor.variables, [row.recipient for row in rows])
        people = BlockPeople(block, leg.channel, self._scope, self._purpose)
        forbidden = opposed(self._app.db, people, range(len(rows)))
        leg.opposed += len(forbidden)
        left = [row for place, row in enumerate(rows) if place not in forbidden]
        may = self._rules.ask(number, cursor.kinds, cursor.variables, left, leg.ruled)
        onward = []
        for row in (row for place, row in enumerate(left) if place in may):
            why = self._serve(leg, row, kind, composer)
            if why and not last and why in self._fallback:
                leg.passed_on += 1
                onward.append(row)
        return onward

    def _serve(self, leg: Reach, row: Spilled, kind: int, composer: Composer | None) -> str:
        """Count one recipient; return why they cannot be reached, or nothing."""
        point = row.recipient.points[kind]
        if point is None:
            leg.no_address += 1
            return "no_address"
        if point.address is None:
            leg.invalid[point.fault] += 1
            return "invalid"
        units = 1
        if composer is not None:
            values = dict(zip(self._cursor.variables, row.recipient.values, strict=True))
            own = _TOKEN if leg.channel is Channel.EMAIL else _CODE
            link = unsubscribe_link(self._public_url, leg.channel, own)
            addressee = Addressee(0, point.address, _REFERENCE, values, link)
            try:
                parts = composer.compose(addressee).parts
            except UnusableRecipient as unusable:
                leg.invalid[unusable.reason] += 1
                return "invalid"
            units = parts.units if isinstance(parts, TextParts) else 1
        leg.sent += 1
        leg.units += units
        return ""
