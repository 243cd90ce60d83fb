"""Decides about the recipients of one batch on their way through one connector.

Recipients of equal facts are decided once. What must be looked up for each of them, the earlier
contacts, a consent of their own, a list of objectors, is looked up in one go for a whole slice,
and only where a rule asks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from channels.contract import ADDRESS_KIND, AddressKind
from engine import consents, opposition_lists
from engine.app import App
from engine.clock import MINUTE, SECOND, Millis
from engine.contact_caps import NOTHING_RETURNED, Contacts, Counted, Reservation, Returned
from engine.people import People
from engine.recipient_facts import RecipientClasses
from engine.rulebook import Edition
from engine.store.kills import Kill
from policy import needs
from policy.decision import Verdict
from policy.evaluate import Compiled, Prepared
from policy.send_facts import RecipientFacts
from policy.send_reasons import SendDecision, SendReason

KILLED: Final = "killed"
LATER: Final = frozenset(
    {
        *(SendReason.CAP, SendReason.REFUSAL, SendReason.HOLIDAY, SendReason.DAY, SendReason.HOURS),
        KILLED,
    }
)
"""Why somebody who waits may leave later: the rules that defer, or a destination that is off."""

_ASK_AGAIN: Millis = 10 * MINUTE  # about a destination that is off until somebody lifts that


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rules on one campaign through one connector, ready to decide; kept from batch to batch.

    generation  of the edition that it was made of
    changes_at  when other rules begin to hold, or something is switched off; None: not foreseen
    counted     whether contacts on this channel are counted for any rule on how often
    """

    generation: int
    changes_at: Millis | None
    prepared: Prepared
    classes: RecipientClasses
    caps: bool
    counted: bool
    across: bool
    lists: frozenset[str]
    proof: bool
    off: tuple[Kill, ...] = ()

    def outdated(self, generation: int, now: Millis) -> bool:
        """Return whether it must be made anew. ``generation`` was just read from the database."""
        return generation > self.generation or (
            self.changes_at is not None and now >= self.changes_at
        )


def ruling(
    compiled: Compiled,
    prepared: Prepared,
    classes: RecipientClasses,
    edition: Edition,
    now: Millis,
) -> Ruling:
    """Find out what the rules on a campaign ask for."""
    rules = prepared.rules
    return Ruling(
        generation=edition.generation,
        changes_at=edition.next_change(now),
        prepared=prepared,
        classes=classes,
        caps=bool(needs.caps_of(rules)),
        counted=needs.counts_contacts(compiled.rules, prepared.send.channel),
        across=needs.across_controllers(compiled.rules),
        lists=needs.lists_of(rules),
        proof=needs.asks_for_proof(rules, prepared.send),
        off=edition.destinations_off(now),
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about some positions; who is in neither may go out now.

    denied    why, as deliveries keep it
    deferred  until when at least, and why
    """

    denied: Mapping[int, str]
    deferred: Mapping[int, tuple[Millis, str]]


class Decider:
    """Decides about positions of one batch, or of any other people of one campaign."""

    def __init__(self, app: App, people: People, made: Ruling) -> None:
        self.ruling = made
        self.counted = Counted(app.db, people, made.across)
        self._app = app
        self._people = people

    def holds_for(self, now: Millis) -> Millis | None:
        """Return for how long what is decided now is certainly true; None: as long as a slice."""
        left = None if self.ruling.changes_at is None else self.ruling.changes_at - now
        today = datetime.fromtimestamp(now // SECOND, UTC).date()
        prepared = self.ruling.prepared
        exempted = [one.let_off for one in prepared.applicable if one.let_off is not None]
        if needs.bound_by_time(prepared.rules, today, exempted):
            minute = MINUTE - now % MINUTE
            left = minute if left is None else min(left, minute)
        return left

    def decide(self, positions: Sequence[int], now: Millis) -> Decided:
        """Decide about positions that have an address.

        Raises SQLAlchemy's OperationalError when something cannot be looked up.
        """
        facts = self.facts_of(positions)
        prepared = self.ruling.prepared
        # By the object: whoever has equal facts mostly has the same one, and hashing takes longer.
        known: dict[int, SendDecision] = {}
        denied: dict[int, str] = {}
        deferred: dict[int, tuple[Millis, str]] = {}
        for position, one in facts.items():
            decision = known.get(id(one))
            if decision is None:
                decision = known[id(one)] = prepared.decide(one, now)
            if decision.verdict is Verdict.DENY:
                denied[position] = told(decision)
            elif decision.verdict is Verdict.DEFER:
                deferred[position] = (decision.until or now, decision.reason.value)
        if self.ruling.off:
            self._destinations(facts, now, denied, deferred)
        return Decided(denied, deferred)

    def reservation(
        self, positions: Sequence[int], now: Millis, returned: Returned = NOTHING_RETURNED
    ) -> Reservation | None:
        """Return what takes places under rules on how often, and gives others back.

        None: no rule counts this channel, or there is nothing to do.
        """
        if not self.ruling.counted or not (positions or returned.positions):
            return None
        facts = self._classes(positions)
        prepared = self.ruling.prepared

        def permits(position: int, contacts: Contacts) -> bool:
            # Proofs and lists of objectors were looked at before, and are not looked up again: only
            # what rules on how often say counts, whatever else is said for want of those.
            decision = prepared.decide_anew(replace(facts[position], contacts=contacts), now)
            others = {reason for _, reason in decision.others}
            return SendReason.CAP not in {decision.reason, *others}

        return Reservation(self.counted, positions, self._people.channel, now, permits, returned)

    def _classes(self, positions: Sequence[int]) -> dict[int, RecipientFacts]:
        people, of = self._people, self.ruling.classes.of
        found = {}
        for position in positions:
            recipient = people.recipient(position)
            point = None if recipient is None else people.point(recipient)
            if recipient is not None and point is not None and point.address is not None:
                found[position] = of(recipient, point.address)
        return found

    def facts_of(self, positions: Sequence[int]) -> dict[int, RecipientFacts]:
        """Return all that rules look at of those positions that have an address."""
        facts = self._classes(positions)
        if self.ruling.caps:
            for position, contacts in self.counted.earlier(positions).items():
                if position in facts:
                    facts[position] = replace(facts[position], contacts=contacts)
        if self.ruling.proof:
            self._add_proofs(facts)
        if self.ruling.lists:
            self._add_lists(facts)
        return facts

    def _add_proofs(self, facts: dict[int, RecipientFacts]) -> None:
        """Add what each recipient agreed to, as the ledger of consents has it."""
        people = self._people
        keys: dict[bytes, list[int]] = {}
        for position in facts:
            recipient = people.recipient(position)
            point = None if recipient is None else people.point(recipient)
            for key in {recipient and recipient.person, point and point.key} - {None}:
                keys.setdefault(key, []).append(position)  # type: ignore[arg-type]
        with self._app.db.read() as connection:
            found = consents.evidence_for(
                self._app.db,
                connection,
                scope=people.controller,
                purpose=people.purpose,
                channel=people.channel.value,
                keys=keys,
            )
        for key, evidence in found.items():
            for position in keys[key]:
                facts[position] = replace(
                    facts[position], evidence=facts[position].evidence | evidence
                )

    def _add_lists(self, facts: dict[int, RecipientFacts]) -> None:
        """Add which opposition lists each recipient is on, and how old our copies are."""
        people, lists = self._people, sorted(self.ruling.lists)
        keys: dict[bytes, list[int]] = {}
        for position in facts:
            recipient = people.recipient(position)
            point = None if recipient is None else people.point(recipient)
            if point is not None and point.platform_key is not None:
                keys.setdefault(point.platform_key, []).append(position)
        with self._app.db.read() as connection:
            read = {
                name: at
                for name, at in opposition_lists.read_at(connection).items()
                if name in self.ruling.lists
            }
            standing = opposition_lists.standing(self._app.db, connection, lists, keys)
        dated = frozenset(read.items())
        nowhere = frozenset((name, False) for name in read)
        for key, held in keys.items():
            on = standing.get(key, frozenset())
            answers = frozenset((name, name in on) for name in read) if on else nowhere
            for position in held:
                facts[position] = replace(facts[position], on_lists=answers, lists_read=dated)

    def _destinations(
        self,
        facts: Mapping[int, RecipientFacts],
        now: Millis,
        denied: Mapping[int, str],
        deferred: dict[int, tuple[Millis, str]],
    ) -> None:
        """Let those wait whose destination is switched off."""
        people = self._people
        email = ADDRESS_KIND[people.channel] is AddressKind.EMAIL
        for position, one in facts.items():
            recipient = people.recipient(position)
            point = None if recipient is None else people.point(recipient)
            address = "" if point is None else point.address or ""
            for kill in self.ruling.off:
                if position in denied or not _meant(kill.target, address, one, email=email):
                    continue
                until = now + _ASK_AGAIN if kill.ends_at is None else kill.ends_at
                deferred[position] = (max(until, deferred.get(position, (0, ""))[0]), KILLED)


def told(decision: SendDecision) -> str:
    """Return why somebody was denied, as deliveries keep it: the reason and the rule."""
    return f"{decision.reason.value}:{decision.rule}" if decision.rule else decision.reason.value


def _meant(target: str, address: str, facts: RecipientFacts, *, email: bool) -> bool:
    """Return whether an address lies in a destination: a country, ``+33639``, ``@example.org``."""
    if target.startswith("@"):
        return email and address.rpartition("@")[2].lower() == target[1:].lower()
    if target.startswith("+"):
        return not email and address.startswith(target)
    return facts.country == target
