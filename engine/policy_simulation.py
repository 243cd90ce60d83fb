"""Replays other rules over a real campaign: who would leave, when, and who would not, and why.

Its own recipients are read, and oppositions, consents and earlier contacts are looked up as
dispatch would. Nobody is claimed, nothing is written, nothing is sent. Everybody is taken to be
ready at one instant: the speed of providers, what is switched off and planned slices are left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from engine import controllers, replay
from engine.admission import first_cursor
from engine.app import App
from engine.blocks import Block, Recipient, decode_block
from engine.briefing import campaign_scope
from engine.campaign_facts import Findings, gather
from engine.clock import Millis
from engine.controllers import Controller
from engine.endings_replayed import SENT, Ending, Side
from engine.planning.aiming import all_keys
from engine.planning.cursor import Spilled
from engine.planning.dry_run import DryRun, dry_run
from engine.policy_scope import PolicyFault
from engine.replay import Course
from engine.rulebook import Edition
from engine.sources import SourceFault, source_of
from engine.states import CampaignState
from engine.statistics import Found, find
from engine.store import overviews
from engine.timing import times_of
from engine.vault import KeyDestroyed
from engine.wire.instants import Duration
from engine.wire.job import CampaignJob
from policy.evaluate import Compiled, compile_ruleset
from policy.layers import ORDER, union
from policy.reading import content_hash, read_ruleset
from policy.rule_kinds import Ruleset

__all__ = ["SENT", "Ending", "Simulation", "simulate", "simulate_job"]

_PLANNED = frozenset({CampaignState.PLANNED, CampaignState.FINISHED})


@dataclass(slots=True)
class Simulation:
    """What came of it, by the rules that hold and by those proposed.

    otherwise  how many recipients end otherwise, or in another hour
    lost       blocks that nobody can open any more
    """

    controller: str
    campaign: str
    ruleset: Ruleset
    version: str
    at: Millis
    present: Counter[Ending] = field(default_factory=Counter)
    proposed: Counter[Ending] = field(default_factory=Counter)
    otherwise: int = 0
    lost: int = 0

    @property
    def recipients(self) -> int:
        """How many recipients were looked at."""
        return self.proposed.total()


def simulate(
    app: App, ruleset: Ruleset, name: str, controller: str | None, at: Millis | None = None
) -> Simulation:
    """Replay a ruleset, in the place of the one of its layer, over a campaign that was planned.

    at  when everybody is ready to leave; None: now, or when the campaign began if it is over

    Raises UnknownCampaign, AmbiguousCampaign, PolicyFault for one without recipients, ContentGone.
    """
    with app.db.read() as connection:
        found = find(connection, name, controller)
        numbers = [index.block_id for index in overviews.block_indexes(connection, found.row.id)]
    if found.row.state not in _PLANNED:
        raise PolicyFault(f"campaign {name!r} is {found.row.state}: its recipients are not known")
    if not numbers:
        raise PolicyFault(
            f"the recipients of campaign {name!r} are forgotten, as with any that is over: give"
            " its file instead of its id"
        )
    when = _begins(app, found) if at is None else at
    course = replay.course_of(app, found)
    done = Simulation(found.controller, name, ruleset, content_hash(ruleset), when)
    count = _Count(app, done, course)
    for number in numbers:
        block = _opened(app, found, number)
        if block is None:
            done.lost += 1
        else:
            count(block)
    return done


def simulate_job(
    app: App, ruleset: Ruleset, job: CampaignJob, at: Millis | None = None
) -> Simulation:
    """Replay a ruleset over a campaign as it would be planned if it came in now.

    at  when everybody is ready to leave; None: when the campaign would begin

    Raises UnknownController, PolicyFault where its recipients cannot be read. Reads them twice:
    rules may ask how many there are.
    """
    with app.db.read() as connection:
        controller = controllers.find(connection, job.controller)
    findings = gather(app, controller, job)
    times = times_of(job, app.clock.now(), Duration.parse(controller.settings.history))
    when = max(app.clock.now(), times.not_before) if at is None else at
    done = Simulation(job.controller, job.id, ruleset, content_hash(ruleset), when)
    size = _planned(app, controller, job, findings, lambda _block: None).accepted
    course = replay.course_of_job(job, controller, findings, times.not_after, size)
    _planned(app, controller, job, findings, _Count(app, done, course))
    return done


def _planned(
    app: App,
    controller: Controller,
    job: CampaignJob,
    findings: Findings,
    taken: Callable[[Block], None],
) -> DryRun:
    """Give the recipients of a campaign block by block, as planning would cut them."""
    cursor = first_cursor(job, findings)

    def take(rows: Sequence[Spilled]) -> None:
        recipients: list[Recipient | None] = [row.recipient for row in rows]
        taken(Block(cursor.kinds, cursor.variables, recipients))

    keys = app.vault.pseudonyms(controller.name)
    try:
        source = source_of(app, controller.name, job, findings.list_id, findings.list_until)
        persons = partial(all_keys, app)
        return dry_run(source, cursor, keys, app.settings.batch_size, persons, take)
    except SourceFault as fault:
        raise PolicyFault(
            f"the recipients of campaign {job.id!r} cannot be read: {fault}"
        ) from None


class _Count:
    """Counts what becomes of recipients, block by block, by both sets of rules."""

    def __init__(self, app: App, done: Simulation, course: Course) -> None:
        self._app = app
        self._done = done
        self._course = course
        self._sides: tuple[Side, Side] | None = None

    def __call__(self, block: Block) -> None:
        """Count the recipients of one block."""
        if self._sides is None:  # all blocks of a campaign have the same columns
            self._sides = self._ready(block)
        before, after = (side.endings(block) for side in self._sides)
        self._done.present.update(before)
        self._done.proposed.update(after)
        pairs = zip(before, after, strict=True)
        self._done.otherwise += sum(one != other for one, other in pairs)

    def _ready(self, block: Block) -> tuple[Side, Side]:
        app, course, done = self._app, self._course, self._done
        edition = app.rulebook.current()
        present = edition.compiled(course.controller, done.campaign, done.at)
        proposed = _proposed(edition, course, done)
        return (
            Side(app, course, edition, present, (block, done.at)),
            Side(app, course, edition, proposed, (block, done.at)),
        )


def _begins(app: App, found: Found) -> Millis:
    row = found.row
    if row.state is CampaignState.FINISHED:
        return max(row.not_before, row.planned_at or row.received_at)
    return max(row.not_before, app.clock.now())


def _proposed(edition: Edition, course: Course, done: Simulation) -> Compiled | None:
    """Return the rules of all layers, with a ruleset in place of that of its layer."""
    ruleset = done.ruleset
    rows = edition.in_force(course.controller, done.campaign, done.at)
    layers = {row.layer: read_ruleset(row.text) for row in rows if row.layer != ruleset.layer}
    layers[ruleset.layer] = ruleset
    if ORDER[0] not in layers:
        return None
    whole = union(*(layers[layer] for layer in ORDER if layer in layers))
    return compile_ruleset(whole, content_hash(whole))


def _opened(app: App, found: Found, number: int) -> Block | None:
    """Open a block; None: its key is destroyed, or it is gone."""
    with app.db.read() as connection:
        sealed = overviews.sealed_blocks(connection, [number]).get(number)
    if sealed is None:
        return None
    try:
        scope = campaign_scope(found.row.id)
        return decode_block(app.vault.open(found.controller, scope, sealed))
    except KeyDestroyed:
        return None
