"""What becomes of each recipient of a block under one set of rules, while nobody sends."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine import replay
from engine.app import App
from engine.blocks import Block
from engine.clock import HOUR, Millis
from engine.opposed import opposed
from engine.people import BlockPeople
from engine.replay import Course, Leg
from engine.rulebook import Edition
from policy.decision import Verdict
from policy.evaluate import Compiled
from policy.send_facts import RecipientFacts
from policy.send_reasons import SendDecision

SENT, DENIED, EXPIRED = "sent", "denied", "expired"
_MOST_KEPT = 100_000  # classes of recipients kept at once, so that memory stays flat


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


_NO_RULES = Ending(DENIED, "no_ruleset")


class Side:
    """One set of rules over the campaign; None: no ruleset of the platform is among them."""

    def __init__(
        self,
        app: App,
        course: Course,
        edition: Edition,
        compiled: Compiled | None,
        begins: tuple[Block, Millis],
    ) -> None:
        block, self._at = begins
        self._app = app
        self._course = course
        self._legs: tuple[Leg, ...] = ()
        self._known: list[dict[RecipientFacts, Ending]] = []
        if compiled is not None:
            self._legs = replay.legs_of(app, course, compiled, edition, block.variables, self._at)
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
        return (ending.reason or ending.outcome) in self._course.fallback

    def _on(
        self,
        block: Block,
        leg: Leg,
        known: dict[RecipientFacts, Ending],
        positions: Sequence[int],
    ) -> dict[int, Ending]:
        """Return what becomes of positions on one channel."""
        people = BlockPeople(block, leg.channel, self._course.controller, self._course.purpose)
        forbidden = opposed(self._app.db, people, positions)
        found = {position: Ending("suppressed", "opposition") for position in forbidden}
        for position in positions:
            reach = replay.reachable(block, leg.channel, position)
            if reach and position not in forbidden:
                found[position] = Ending(reach) if reach == "erased" else Ending("invalid", reach)
        asked = [position for position in positions if position not in found]
        for position, facts in leg.facts(self._app, self._course, block, asked, self._at).items():
            ending = known.get(facts)
            if ending is None:
                if len(known) >= _MOST_KEPT:
                    known.clear()
                end = self._course.not_after
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
