"""What the rules would say of recipients who are only being counted: may they leave, and when."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine import replay
from engine.app import App
from engine.blocks import Block, Recipient
from engine.clock import Millis
from engine.deciding import told as told_of
from engine.planning.cursor import Spilled
from engine.replay import Course, Leg
from policy.decision import Verdict
from policy.send_facts import RecipientFacts
from policy.send_reasons import SendDecision

_MOST_KEPT = 100_000  # classes of recipients kept at once, so that memory stays flat


@dataclass(slots=True)
class Ruled:
    """What the rules say of those who could be reached on one channel.

    denied   recipients who may never leave, by reason and rule
    later    those who may leave, but only later
    expired  those whom no opening lets leave before the end
    """

    denied: Counter[str] = field(default_factory=Counter)
    later: int = 0
    expired: int = 0


class Foreseen:
    """Asks the rules in force about rows that are not stored. Without any rules nobody is asked."""

    def __init__(
        self, app: App, course: Course, campaign: str, variables: tuple[str, ...], at: Millis
    ) -> None:
        self._app = app
        self._course = course
        self._at = at
        self._legs: tuple[Leg, ...] = ()
        self._known: list[dict[RecipientFacts, tuple[SendDecision, Millis]]] = []
        edition = app.rulebook.current()
        compiled = edition.compiled(course.controller, campaign, at)
        if compiled is not None:
            self._legs = replay.legs_of(app, course, compiled, edition, variables, at)
            self._known = [{} for _ in self._legs]

    def ask(
        self,
        number: int,
        kinds: tuple[str, ...],
        variables: tuple[str, ...],
        rows: Sequence[Spilled],
        told: Ruled,
    ) -> set[int]:
        """Count what the rules say on the ``number``-th channel; return which rows may leave."""
        places = range(len(rows))
        if not self._legs:
            return set(places)
        recipients: list[Recipient | None] = [row.recipient for row in rows]
        leg, block = self._legs[number], Block(kinds, variables, recipients)
        asked = [at for at in places if not replay.reachable(block, leg.channel, at)]
        may = set(places) - set(asked)  # who has no address is not the rules' concern
        facts = leg.facts(self._app, self._course, block, asked, self._at)
        for place, one in facts.items():
            if self._permits(number, one, told):
                may.add(place)
        return may

    def _permits(self, number: int, facts: RecipientFacts, told: Ruled) -> bool:
        known = self._known[number]
        settled = known.get(facts)
        if settled is None:
            if len(known) >= _MOST_KEPT:
                known.clear()
            end = self._course.not_after
            settled = known[facts] = replay.settled(self._legs[number], facts, self._at, end)
        decision, instant = settled
        if decision.verdict is Verdict.DENY:
            told.denied[told_of(decision)] += 1
            return False
        if decision.verdict is Verdict.DEFER:
            told.expired += 1
            return False
        told.later += instant > self._at
        return True
