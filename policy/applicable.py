"""A rule beside one send: whether it is about it, holds, is waived, and what it says."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Never, cast

from policy.holiday_calendar import Holidays
from policy.judges import Judge
from policy.rule_kinds import Rule
from policy.selecting import covers_country, in_force
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement


@dataclass(frozen=True, slots=True)
class Applicable:
    """One rule beside one send.

    opened   the facts of the send that are unknown and leave open whether the rule is about it;
             None: it is not, whoever the recipient
    covers   whether it may open a kind of send: a basis rule that counts
    let_off  the last day on which the controller is let off the rule; None: it is not
    """

    rule: Rule
    judge: Judge
    opened: tuple[str, ...] | None
    covers: bool
    let_off: date | None

    def about(self, recipient: RecipientFacts) -> bool:
        """Return whether the rule is about the send to this recipient, or may be."""
        return self.opened is not None and covers_country(self.rule.when, recipient)

    def in_force(self, dates: Collection[date]) -> bool:
        """Return whether the rule holds on any of these days."""
        return in_force(self.rule, dates)

    def exempted(self, dates: Collection[date]) -> bool:
        """Return whether the controller is let off on all of these days."""
        return self.let_off is not None and max(dates) <= self.let_off

    def asked(self, recipient: RecipientFacts, dates: Collection[date]) -> bool:
        """Return whether the rule has a say."""
        return self.about(recipient) and self.in_force(dates) and not self.exempted(dates)

    def judgement(
        self, send: SendFacts, recipient: RecipientFacts, now: Millis, holidays: Holidays
    ) -> Judgement | None:
        """Return what the rule says against the send."""
        return self.judge(cast("Never", self.rule), send, recipient, now, holidays)
