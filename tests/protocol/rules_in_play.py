"""Rulesets and switches that change while the state machine plays, and what they forbade when."""

from dataclasses import dataclass, field, replace

from channels.contract import Channel
from engine.blocks import Recipient
from engine.contact_times import unpack
from engine.recipient_facts import RecipientClasses
from engine.store import contacts, kills, rulesets
from engine.store.kills import Kill, KillKind
from policy.decision import Verdict
from policy.evaluate import Compiled, compile_ruleset
from policy.reading import read_ruleset
from tests.dispatching.twin import Reached
from tests.dispatching.world import COUNTRY, World, send_to
from tests.open_rules import OPEN, lay_down

_RULE = '\n[[rule]]\nid = "{name}"\nsource = "for tests"\ncertainty = "house"\n{more}\n'
# Nobody gets a second message, so each slice takes places and gives some back.
ONCE = OPEN + _RULE.format(
    name="once", more='kind = "cap"\nmost = 1\ndays = 300\ncounts = ["sms", "email"]'
)
RULESETS = {
    "open": ONCE,
    "mornings": ONCE
    + _RULE.format(
        name="hours", more='kind = "hours"\nwindows = [{ start = "08:00", end = "09:31" }]'
    ),
    "persons": ONCE
    + _RULE.format(name="roles", more='kind = "addresses"\nrefuse = ["role", "technical"]'),
    "mails": ONCE + _RULE.format(name="ban", more='kind = "ban"\nwhen = { channels = ["sms"] }'),
}
_PAUSE = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Held:
    """A ruleset that held from a tick and an instant on."""

    tick: int
    since: int
    compiled: Compiled


@dataclass(frozen=True, slots=True)
class Off:
    """Email was off from a tick and an instant on, until another instant."""

    tick: int
    since: int
    until: int


@dataclass(slots=True)
class RulesInPlay:
    """What held when, as the test did it."""

    world: World
    held: list[Held] = field(default_factory=list)
    off: list[Off] = field(default_factory=list)

    def change(self, name: str, tick: int) -> None:
        """Let another ruleset hold from now on, or switch email off."""
        if name == "off":
            self._switch_off(tick)
            return
        lay_down(self.world.app, RULESETS[name])
        compiled = compile_ruleset(read_ruleset(RULESETS[name]), name)
        self.held.append(Held(tick, self.world.hands.millis, compiled))

    def _switch_off(self, tick: int) -> None:
        now = self.world.hands.millis
        off = Kill(
            0,
            KillKind.CHANNEL,
            "email",
            0,
            "for tests",
            "operator",
            now,
            now + _PAUSE,
            None,
            None,
        )
        with self.world.db.write() as connection:
            rulesets.take_turn(connection)
            kills.insert(connection, off)
        self.off.append(Off(tick, now, now + _PAUSE))

    def permitted(self, each: Reached, stale: int) -> bool:
        """Return whether any ruleset let somebody be reached that could still count then.

        One that was replaced counts for batches claimed before, and a moment longer.
        """
        ends = [*self.held[1:], None]
        return any(
            one.since <= each.gate_at
            and (end is None or (each.claimed < end.tick and each.gate_at <= end.since + stale))
            and self._allows(one.compiled, each)
            for one, end in zip(self.held, ends, strict=True)
        )

    def switched_off(self, each: Reached, stale: int) -> bool:
        """Return whether somebody was reached by email long after that was switched off."""
        return "@" in each.to and any(
            each.gate_at < off.until
            and (each.claimed >= off.tick or each.gate_at > off.since + stale)
            for off in self.off
            if off.since <= each.gate_at
        )

    def _allows(self, compiled: Compiled, each: Reached) -> bool:
        channel = Channel.EMAIL if "@" in each.to else Channel.SMS
        somebody = Recipient(b"", None, (), (COUNTRY,))
        facts = RecipientClasses(channel, ("country",)).of(somebody, each.to)
        send = replace(send_to(channel), connector_country="FR")
        return compiled.decide(send, facts, each.gate_at).verdict is Verdict.ALLOW

    def placed(self, people: int) -> set[int]:
        """Return who has a place under the rule on how often."""
        world, scope = self.world, self.world.controller.number
        keys = {world.pseudonyms.person(f"r{number}"): number for number in range(people)}
        with world.db.read() as connection:
            stored = contacts.read(connection, [(key, scope) for key in keys])
        found = {keys[key]: len(unpack(spans)) for (key, _), spans in stored.items() if spans}
        assert set(found.values()) <= {1}, "somebody took two places"
        return set(found)
