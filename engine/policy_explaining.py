"""Why a recipient of a campaign may be contacted or not: every rule, and what it looked at.

Facts are shown by their names and never with an address; of a person's own consent only which
parts of the proof are there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from engine import explain as explaining
from engine import replay
from engine.app import App
from engine.blocks import Block
from engine.clock import Millis
from engine.explain import Explanation
from engine.policy_layering import RulesetRow
from engine.replay import ContentGone, Course, Leg
from engine.rulebook import Edition
from engine.store.kills import Kill
from engine.subjects import Subject, keyed
from policy.evaluate import Compiled, Step
from policy.send_facts import ContentFacts, RecipientFacts, SendFacts
from policy.send_reasons import SendDecision

UNKNOWN = "unknown"
_MOST_NAMED = 12  # a phone number alone leaves a hundred places open


@dataclass(frozen=True, slots=True)
class Reasoned:
    """What the rules say of one recipient on one channel.

    carrier   the connector that would be asked first; None: there is none to use
    reach     why there is no address to use, or empty
    decision  None where there is no address, and so nothing to decide
    settled   the decision that comes of it once nothing is put off any more, and when
    facts     what rules looked at, by name, in words
    """

    channel: str
    carrier: str | None
    reach: str
    decision: SendDecision | None = None
    settled: tuple[SendDecision, Millis] | None = None
    steps: tuple[Step, ...] = ()
    facts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """Everything that is known about one person in one campaign, and what the rules say.

    recipients  one for each place of the campaign that fits, with each channel of the route
    layers      which rulesets hold at the instant
    kills       what is switched off, channel by channel
    silent      why the rules could not be asked, or empty
    """

    explanation: Explanation
    at: Millis
    recipients: tuple[tuple[Reasoned, ...], ...]
    layers: tuple[RulesetRow, ...]
    kills: Mapping[str, Kill]
    silent: str


def explain(
    app: App, name: str, controller: str | None, subject: Subject, at: Millis | None = None
) -> Reasons:
    """Say what the rules make of a person in a campaign.

    at  the instant to decide for; None: now

    Raises what ``engine.explain.explain`` does.
    """
    explanation = explaining.explain(app, name, controller, subject)
    found, when = explanation.found, app.clock.now() if at is None else at
    edition = app.rulebook.current()
    layers = edition.in_force(found.row.controller, found.row.name, when)
    whose = (found.row.controller, found.controller)
    kills = {
        channel: kill
        for channel in found.row.route
        if (kill := edition.killed(whose, found.row.name, channel, when)) is not None
    }
    recipients: tuple[tuple[Reasoned, ...], ...] = ()
    compiled = edition.compiled(found.row.controller, found.row.name, when)
    silent = "no ruleset holds on the platform: nothing is sent" if compiled is None else ""
    if compiled is not None:
        try:
            recipients = tuple(_reasoned(app, explanation, subject, edition, compiled, when))
        except ContentGone as gone:
            silent = str(gone)
        if explanation.stories and not recipients:
            silent = silent or f"the recipients of {name} are forgotten: only outcomes are left"
    return Reasons(explanation, when, recipients, layers, kills, silent)


def _reasoned(
    app: App,
    explanation: Explanation,
    subject: Subject,
    edition: Edition,
    compiled: Compiled,
    at: Millis,
) -> Iterator[tuple[Reasoned, ...]]:
    found = explanation.found
    with app.db.read() as connection:
        one = keyed(app.vault.pseudonyms(found.controller), subject)
        members = list(explaining.members(app, connection, found, one.key))
    if not members:
        return
    course = replay.course_of(app, found)
    for block, position, _ in members:
        content = block.content
        legs = replay.legs_of(app, course, compiled, edition, content.variables, at)
        yield tuple(_on(app, (course, leg, compiled), content, position, at) for leg in legs)


def _on(
    app: App,
    under: tuple[Course, Leg, Compiled],
    block: Block,
    position: int,
    at: Millis,
) -> Reasoned:
    course, leg, compiled = under
    reach = replay.reachable(block, leg.channel, position)
    if reach:
        return Reasoned(leg.channel.value, leg.carrier, reach)
    facts = leg.facts(app, course, block, [position], at)[position]
    return Reasoned(
        channel=leg.channel.value,
        carrier=leg.carrier,
        reach="",
        decision=leg.ruling.prepared.decide_anew(facts, at),
        settled=replay.settled(leg, facts, at, course.not_after),
        steps=compiled.trace(leg.send, facts, at),
        facts=dict(_in_words(leg.send, facts)),
    )


def _in_words(send: SendFacts, recipient: RecipientFacts) -> Iterator[tuple[str, str]]:
    """Give all facts by name."""
    for name in (field.name for field in fields(SendFacts)):
        if name not in {"evidence", "content"}:
            yield name, _word(getattr(send, name))
    yield "proof of the campaign", ", ".join(sorted(send.evidence)) or "none"
    for name in (field.name for field in fields(ContentFacts)):
        yield f"content.{name}", _word(getattr(send.content, name))
    yield "recipient.country", _word(recipient.country)
    yield "recipient.number_kind", _word(recipient.number_kind)
    yield "recipient.places", _word(recipient.places or None)
    yield "recipient.role", _word(recipient.role)
    yield "recipient.on_lists", _word(frozenset(name for name, on in recipient.on_lists if on))
    yield "recipient.contacts", _contacts(recipient)
    yield "recipient.proof", ", ".join(sorted(name for name, _ in recipient.evidence)) or "none"


def _contacts(recipient: RecipientFacts) -> str:
    counted = Counter(channel for channel, _, _ in recipient.contacts)
    return ", ".join(f"{channel} {number}" for channel, number in sorted(counted.items())) or "none"


def _word(value: object) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        words = sorted(map(str, value))
        several = len(words) > _MOST_NAMED
        return f"{words[0]} … {words[-1]} ({len(words)})" if several else ", ".join(words) or "none"
    return str(value)
