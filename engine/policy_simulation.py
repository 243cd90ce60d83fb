"""Replays other rules over a real campaign: who would leave, when, and who would not, and why.

Its own blocks are read, and oppositions, consents and earlier contacts are looked up as dispatch
would. Nobody is claimed, nothing is written, nothing is sent. Everybody is taken to be ready at
one instant: the speed of providers, what is switched off and planned slices are left out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from channels.contract import ADDRESS_KIND
from engine import replay
from engine.app import App
from engine.blocks import Block, decode_block
from engine.briefing import Briefing, campaign_scope
from engine.clock import HOUR, Millis
from engine.oppositions import find_suppressed
from engine.policy_scope import PolicyFault
from engine.replay import Leg
from engine.rulebook import Edition
from engine.states import CampaignState
from engine.statistics import Found, find
from engine.store import overviews
from engine.vault import KeyDestroyed
from policy.decision import Verdict
from policy.evaluate import Compiled, compile_ruleset
from policy.layers import ORDER, union
from policy.reading import content_hash, read_ruleset
from policy.rule_kinds import Ruleset
from policy.send_facts import RecipientFacts
from policy.send_reasons import SendDecision

SENT, DENIED, EXPIRED = "sent", "denied", "expired"
_PLANNED = frozenset({CampaignState.PLANNED, CampaignState.FINISHED})


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a recipient.

    outcome  ``sent``, ``denied``, ``expired``, or what dispatch finds before it asks the rules
    hour     the beginning of the hour in which it leaves; None: it does not
    """

    outcome: str
    reason: str = ""
    rule: str = ""
    hour: Millis | None = None


_MOST_KEPT = 100_000  # classes of recipients kept at once, so that memory stays flat
_NO_RULES = Ending(DENIED, "no_ruleset")


@dataclass(slots=True)
class Simulation:
    """What came of it, by the rules that hold and by those proposed.

    otherwise  how many recipients end otherwise, or in another hour
    lost       blocks that nobody can open any more
    """

    found: Found
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
    """Replay a ruleset, in the place of the one of its layer, over a campaign.

    at  when everybody is ready to leave; None: now, or when the campaign began if it is over

    Raises UnknownCampaign, AmbiguousCampaign, PolicyFault for one without recipients, ContentGone.
    """
    with app.db.read() as connection:
        found = find(connection, name, controller)
        numbers = [index.block_id for index in overviews.block_indexes(connection, found.row.id)]
    if found.row.state not in _PLANNED:
        raise PolicyFault(f"campaign {name!r} is {found.row.state}: its recipients are not known")
    if not numbers:
        raise PolicyFault(f"the recipients of campaign {name!r} are forgotten: nothing to replay")
    when = _begins(app, found) if at is None else at
    briefing = replay.briefing_of(app, found)
    edition = app.rulebook.current()
    present = edition.compiled(found.row.controller, found.row.name, when)
    proposed = _proposed(edition, found, ruleset, when)
    done = Simulation(found, ruleset, content_hash(ruleset), when)
    sides: tuple[_Side, _Side] | None = None
    for number in numbers:
        block = _opened(app, found, number)
        if block is None:
            done.lost += 1
            continue
        if sides is None:  # all blocks of a campaign have the same columns
            sides = (
                _Side(app, briefing, edition, present, (block, when)),
                _Side(app, briefing, edition, proposed, (block, when)),
            )
        _count(done, block, sides)
    return done


def _count(done: Simulation, block: Block, sides: tuple["_Side", "_Side"]) -> None:
    before, after = (side.endings(block) for side in sides)
    done.present.update(before)
    done.proposed.update(after)
    done.otherwise += sum(one != other for one, other in zip(before, after, strict=True))


def _begins(app: App, found: Found) -> Millis:
    row = found.row
    if row.state is CampaignState.FINISHED:
        return max(row.not_before, row.planned_at or row.received_at)
    return max(row.not_before, app.clock.now())


def _proposed(edition: Edition, found: Found, ruleset: Ruleset, at: Millis) -> Compiled | None:
    """Return the rules of all layers, with a ruleset in place of that of its layer."""
    rows = edition.in_force(found.row.controller, found.row.name, at)
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


class _Side:
    """One set of rules over the campaign; None: no ruleset of the platform is among them."""

    def __init__(
        self,
        app: App,
        briefing: Briefing,
        edition: Edition,
        compiled: Compiled | None,
        begins: tuple[Block, Millis],
    ) -> None:
        block, self._at = begins
        self._app = app
        self._briefing = briefing
        self._legs: tuple[Leg, ...] = ()
        self._known: list[dict[RecipientFacts, Ending]] = []
        if compiled is not None:
            self._legs = replay.legs_of(app, briefing, compiled, edition, block.variables, self._at)
            self._known = [{} for _ in self._legs]

    def endings(self, block: Block) -> list[Ending]:
        """Return what becomes of each recipient of a block, in order."""
        places = range(len(block.recipients))
        found = dict.fromkeys(places, _NO_RULES)
        left: Sequence[int] = places
        for number, leg in enumerate(self._legs):
            last = number == len(self._legs) - 1
            ended = self._on(block, leg, self._known[number], left)
            passed = {
                position
                for position, ending in ended.items()
                if not last and ending.outcome == "invalid" and self._passes_on(ending)
            }
            found.update({place: one for place, one in ended.items() if place not in passed})
            left = sorted(passed)
        return [found[position] for position in places]

    def _passes_on(self, ending: Ending) -> bool:
        return (ending.reason or ending.outcome) in self._briefing.fallback

    def _on(
        self,
        block: Block,
        leg: Leg,
        known: dict[RecipientFacts, Ending],
        positions: Sequence[int],
    ) -> dict[int, Ending]:
        """Return what becomes of positions on one channel."""
        opposed = _opposed(self._app, self._briefing, block, leg, positions)
        found = {position: Ending("suppressed", "opposition") for position in opposed}
        for position in positions:
            reach = replay.reachable(block, leg.channel, position)
            if reach and position not in opposed:
                found[position] = Ending(reach) if reach == "erased" else Ending("invalid", reach)
        asked = [position for position in positions if position not in found]
        for position, facts in leg.facts(self._app, self._briefing, block, asked, self._at).items():
            ending = known.get(facts)
            if ending is None:
                if len(known) >= _MOST_KEPT:
                    known.clear()
                end = self._briefing.not_after
                ending = known[facts] = _ending(*replay.settled(leg, facts, self._at, end))
            found[position] = ending
        return found


def _ending(decision: SendDecision, at: Millis) -> Ending:
    match decision.verdict:
        case Verdict.ALLOW:
            return Ending(SENT, hour=at // HOUR * HOUR)
        case Verdict.DENY:
            return Ending(DENIED, decision.reason.value, decision.rule)
        case Verdict.DEFER:
            return Ending(EXPIRED, decision.reason.value, decision.rule)


def _opposed(
    app: App, briefing: Briefing, block: Block, leg: Leg, positions: Sequence[int]
) -> set[int]:
    """Return the positions whose person or contact point must not be contacted."""
    held: dict[bytes, list[int]] = {}
    own: set[bytes] = set()
    platform: set[bytes] = set()
    for position, person, key, platform_key in _keys(block, leg, positions):
        own |= {person, key} - {None}  # type: ignore[arg-type]
        platform |= {platform_key} - {None}  # type: ignore[arg-type]
        for one in {person, key, platform_key} - {None}:
            held.setdefault(one, []).append(position)  # type: ignore[arg-type]
    if not held:
        return set()
    with app.db.read() as connection:
        found = find_suppressed(
            app.db,
            connection,
            scope=briefing.controller,
            channel=leg.channel,
            purpose=briefing.purpose,
            keys=own,
            platform_keys=platform,
        )
    return {position for key in found for position in held[key]}


def _keys(
    block: Block, leg: Leg, positions: Sequence[int]
) -> Iterator[tuple[int, bytes, bytes | None, bytes | None]]:
    kind = block.kinds.index(ADDRESS_KIND[leg.channel].value)
    for position in positions:
        recipient = block.recipients[position]
        if recipient is None:
            continue
        point = recipient.points[kind]
        key, platform_key = (None, None) if point is None else (point.key, point.platform_key)
        yield position, recipient.person, key, platform_key
