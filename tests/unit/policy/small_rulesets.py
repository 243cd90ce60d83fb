"""Rules and rulesets of a line each, for the tests of how rules are combined."""

from datetime import date

from policy.evaluate import Compiled, compile_ruleset
from policy.judges import Judges
from policy.rule_kinds import (
    Ban,
    Basis,
    BasisType,
    Content,
    Day,
    Exemption,
    Hours,
    Layer,
    Permitted,
    Rule,
    Ruleset,
    Selector,
    Window,
)
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import SendDecision
from tests.unit.policy.plain_judges import DAYS, PLAIN
from tests.unit.policy.sends import NOW, RECIPIENT, SEND

ANY = Selector()


def basis(
    *types: BasisType,
    name: str = "basis",
    when: Selector = ANY,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Basis:
    return Basis(
        id=name,
        source="law",
        certainty="law",
        when=when,
        valid_from=valid_from,
        valid_to=valid_to,
        one_of=tuple(Permitted(type=one) for one in types),
    )


def ban(name: str = "ban", when: Selector = ANY) -> Ban:
    return Ban(id=name, source="law", certainty="law", when=when)


def hours(
    name: str,
    start: str,
    end: str,
    *,
    days: tuple[Day, ...] = DAYS,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Hours:
    return Hours(
        id=name,
        source="law",
        certainty="law",
        days=days,
        windows=(Window(start=start, end=end),),
        valid_from=valid_from,
        valid_to=valid_to,
    )


STOP = Content(id="stop", source="law", certainty="law", must_say=("stop",))
LINK = Content(id="link", source="law", certainty="law", must_say=("unsubscribe_link",))
OPEN = basis("consent")


def exemption(rule: str, until: date = date(2026, 11, 24), controller: str = "ctl_1") -> Exemption:
    return Exemption(rule=rule, controller=controller, reason="trial", author="DPO", until=until)


def ruleset(
    *rules: Rule,
    exemptions: tuple[Exemption, ...] = (),
    layer: Layer = "platform",
    zone: str = "Europe/Paris",
) -> Ruleset:
    return Ruleset(
        name="test", title="Test", layer=layer, zone=zone, rule=rules, exemption=exemptions
    )


def compiled(*rules: Rule, judges: Judges = PLAIN) -> Compiled:
    return compile_ruleset(ruleset(*rules), "v1", judges=judges)


def decide(
    *rules: Rule,
    send: SendFacts = SEND,
    recipient: RecipientFacts = RECIPIENT,
    now: Millis = NOW,
) -> SendDecision:
    return compiled(*rules).decide(send, recipient, now)
