"""Decides whether a send may leave now, by all the rules of a ruleset. Pure and total.

Any denial denies. Else any deferral defers, until the first instant at which no rule defers; what
denies then, denies then. Else the send is allowed, if a basis rule speaks about it.

Dates. A rule is in force if it is so on *any* of the days that it may be: the date in the
ruleset's zone, and those at each place where the recipient may be. A basis rule must speak about
the send on *each* of them. So where the days differ around a change of the law, both versions
hold, and a decision is never looser than it would be on one of the days alone.

Exemptions are the platform's: those that another layer writes are not read. One has ended when
any of those days is later than its last. A basis rule that a controller is let off still speaks
about its sends: an exemption waives what is asked, it forbids nothing.

Unknown facts. A rule that may be about a send has its say, but a basis rule that *may* be about
it does not open it: that asks for facts of the send that are known. A recipient's country is
different, for it is unknown for most email addresses: without one the rules of all countries
count, and open it together.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from policy.applicable import Applicable
from policy.combining import Against, allowed, deferred, denied, most_telling_first
from policy.decision import Verdict
from policy.holiday_calendar import Holidays
from policy.judges import DEFERRING, JUDGES, Judges
from policy.rule_kinds import Basis, Cap, OppositionList, Pause, Rule, Ruleset
from policy.rules.judging import deny
from policy.selecting import left_open
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendDecision, SendReason
from policy.territory import local_dates

_MINUTE = 60_000
_MINUTES_A_DAY = 1_440
# A year, and what a cap of a year may add: what would open later than that never opens.
_HORIZON = 400 * 86_400_000
# Ten openings a day until the horizon: no calendar that anybody means has more.
_MOST_STEPS = 4_096
# Decisions kept at once: memory stays flat where every recipient is a class of its own.
_MOST_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one rule in one decision.

    matched    whether it is about the send to this recipient, or may be
    in_force   whether it holds today
    exempted   whether the platform lets the controller off it today
    judgement  what it says against the send; None: nothing, or it had no say
    """

    rule: str
    kind: str
    matched: bool
    in_force: bool
    exempted: bool
    judgement: Judgement | None


def compile_ruleset(ruleset: Ruleset, version: str, *, judges: Judges = JUDGES) -> "Compiled":
    """Make a ruleset ready to decide. ``version`` is its hash: every decision names it.

    Raises ``zoneinfo.ZoneInfoNotFoundError`` where the ruleset's zone is none.
    """
    return Compiled(ruleset, version, judges)


class Compiled:
    """A ruleset that decides. It never changes, so threads may share it."""

    def __init__(self, ruleset: Ruleset, version: str, judges: Judges) -> None:
        self.version = version
        self.holidays = Holidays(ruleset.local_holiday)
        self.rules = tuple(sorted(ruleset.rule, key=lambda rule: rule.id))
        self._judges = judges
        self._zone = ZoneInfo(ruleset.zone)
        self._let_off: dict[tuple[str, str], date] = {}
        for exemption in ruleset.exemption if ruleset.layer == "platform" else ():
            key = exemption.rule, exemption.controller
            self._let_off[key] = max(exemption.until, self._let_off.get(key, date.min))

    def decide(self, send: SendFacts, recipient: RecipientFacts, now: Millis) -> SendDecision:
        """Decide one send at an instant."""
        return self.for_send(send).decide_anew(recipient, now)

    def for_send(self, send: SendFacts) -> "Prepared":
        """Pick the rules that can be about a send, once for all its recipients."""
        return Prepared(self, send, self.applicable(send))

    def applicable(
        self, send: SendFacts, kinds: tuple[type[Rule], ...] | None = None
    ) -> tuple[Applicable, ...]:
        """Return the rules that can be about one send; of some kinds only, where they are given."""
        wanted = (one for one in self.rules if kinds is None or isinstance(one, kinds))
        rules = (self._beside(send, rule) for rule in wanted)
        return tuple(one for one in rules if one.opened is not None)

    def trace(self, send: SendFacts, recipient: RecipientFacts, now: Millis) -> tuple[Step, ...]:
        """Return what became of each rule, ordered by id."""
        dates = self.dates(recipient, now)
        return tuple(
            Step(
                rule=one.rule.id,
                kind=str(one.rule.__struct_config__.tag),
                matched=one.about(recipient),
                in_force=one.in_force(dates),
                exempted=one.exempted(dates),
                judgement=one.judgement(send, recipient, now, self.holidays)
                if one.asked(recipient, dates)
                else None,
            )
            for one in (self._beside(send, rule) for rule in self.rules)
        )

    def dates(self, recipient: RecipientFacts, now: Millis) -> frozenset[date]:
        """Return the days that it may be: in the ruleset's zone, and where the recipient is."""
        today = datetime.fromtimestamp(now // 1000, self._zone).date()
        return local_dates(recipient.places, now) | {today}

    def _beside(self, send: SendFacts, rule: Rule) -> Applicable:
        return Applicable(
            rule=rule,
            judge=self._judges[type(rule)],
            opened=left_open(rule.when, send),
            covers=isinstance(rule, Basis) and rule.covers,
            let_off=self._let_off.get((rule.id, send.controller)),
        )


class Prepared:
    """The rules that can be about one send. It keeps what it decided; threads may share it.

    What time changes, it changes at whole minutes: dates, windows, the offsets of zones. All else
    is counted from instants that the facts name. So a decision holds for its minute, unless such
    an instant lies in it. Dispatch decides in real time, where a minute is long.
    """

    def __init__(
        self, compiled: Compiled, send: SendFacts, applicable: tuple[Applicable, ...]
    ) -> None:
        self.send = send
        self.applicable = applicable
        self._compiled = compiled
        self._deferring = tuple(one for one in applicable if isinstance(one.rule, DEFERRING))
        self._spans = frozenset(_minutes_counted(one.rule) for one in applicable) | {0}
        self._kept: tuple[int, dict[RecipientFacts, SendDecision]] = (0, {})

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that can be about the send."""
        return tuple(one.rule for one in self.applicable)

    def decide(self, recipient: RecipientFacts, now: Millis) -> SendDecision:
        """Decide for a class of recipients at an instant: anew only once in a minute."""
        minute = now // _MINUTE
        # Minute and decisions are one value: no thread can file an old decision as a new one.
        held, kept = self._kept
        if held != minute or len(kept) >= _MOST_KEPT:
            kept = {}
            self._kept = (minute, kept)
        decision = kept.get(recipient)
        if decision is None:
            decision = self.decide_anew(recipient, now)
            if not self._changes_in(minute, recipient):
                kept[recipient] = decision
        return decision

    def decide_anew(self, recipient: RecipientFacts, now: Millis) -> SendDecision:
        """Decide without regard to what was decided before."""
        version = self._compiled.version
        against = most_telling_first(self._against(recipient, now))
        if not against:
            return allowed(version)
        return denied(against, version) or deferred(against, version, self._opening(recipient, now))

    def _against(self, recipient: RecipientFacts, now: Millis) -> Iterator[Against]:
        dates = self._compiled.dates(recipient, now)
        uncovered = self._uncovered(recipient, dates)
        if uncovered:
            yield "", uncovered
        for one in self.applicable:
            judgement = self._judgement(one, recipient, dates, now)
            if judgement:
                yield one.rule.id, judgement

    def _judgement(
        self, one: Applicable, recipient: RecipientFacts, dates: Collection[date], now: Millis
    ) -> Judgement | None:
        if not one.asked(recipient, dates):
            return None
        return one.judgement(self.send, recipient, now, self._compiled.holidays)

    def _uncovered(self, recipient: RecipientFacts, dates: Collection[date]) -> Judgement | None:
        """Return why no basis rule opens the send on one of these days; None: one does on each.

        Where an unknown fact leaves open whether one does, that fact is what lacks.
        """
        covering = [one for one in self.applicable if one.covers and one.about(recipient)]
        for day in sorted(dates):
            opened = [one.opened for one in covering if one.in_force((day,))]
            if () in opened:
                continue
            facts = {fact for names in opened for fact in names or ()}
            return deny(SendReason.FACT_UNKNOWN if facts else SendReason.NOT_COVERED, facts)
        return None

    def _opening(self, recipient: RecipientFacts, now: Millis) -> Millis | None:
        """Return the first instant at which no rule defers; None: there is none.

        Each time one is found the rules are asked again: others may hold by then.
        """
        instant = now
        for _ in range(_MOST_STEPS):
            later = self._deferred_until(recipient, instant)
            if later is None:
                return instant
            if not instant < later <= now + _HORIZON:
                return None
            instant = later
        return None

    def _deferred_until(self, recipient: RecipientFacts, instant: Millis) -> Millis | None:
        dates = self._compiled.dates(recipient, instant)
        untils = []
        for one in self._deferring:
            judgement = self._judgement(one, recipient, dates, instant)
            if judgement and judgement.verdict is Verdict.DEFER:
                untils.append(self._released(one, recipient, instant, judgement.until or instant))
        return max(untils, default=None)

    def _released(
        self, one: Applicable, recipient: RecipientFacts, instant: Millis, until: Millis
    ) -> Millis:
        """Return when a rule no longer defers: earlier than it says where it ends before.

        A rule ends at a local midnight, so at a whole minute.
        """
        if one.in_force(self._compiled.dates(recipient, until)):
            return until
        low, high = instant // _MINUTE, -(-until // _MINUTE)
        while high - low > 1:
            middle = (low + high) // 2
            if one.in_force(self._compiled.dates(recipient, middle * _MINUTE)):
                low = middle
            else:
                high = middle
        return high * _MINUTE

    def _changes_in(self, minute: int, recipient: RecipientFacts) -> bool:
        """Return whether an instant that the facts name, or the end of a span, is in a minute."""
        named = [at for _, _, at in recipient.contacts]
        named += [at for _, at in recipient.lists_read]
        if recipient.refused_at is not None:
            named.append(recipient.refused_at)
        return any(at // _MINUTE + span == minute for at in named for span in self._spans)


def _minutes_counted(rule: Rule) -> int:
    """Return how long a rule counts from an instant; 0: it does not count."""
    match rule:
        case Cap() | Pause():
            return rule.days * _MINUTES_A_DAY
        case OppositionList():
            return rule.read_within_days * _MINUTES_A_DAY
        case _:
            return 0
