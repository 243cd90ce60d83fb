"""``chappe policy explain``: why a person of a campaign is contacted or not, rule by rule."""

from typing import Annotated

import typer

from channels.contract import AddressKind
from engine import policy_explaining
from engine.clock import Millis
from engine.policy_explaining import Reasoned, Reasons
from engine.policy_scope import Scope
from engine.subjects import Subject
from engine.switching_off import Target
from ops.cli import output
from ops.cli.options import ControllerOption, JsonFlag, examples, instant_given, new_app
from ops.cli.persons import KindOption, RefOption, SubjectArgument, subject_of
from ops.cli.policy_change_showing import held_shown
from ops.cli.policy_reason_shapes import DecisionShown, PolicyExplained, ReasonedShown, StepShown
from ops.cli.proving import explained_shown, print_story
from ops.cli.session import opened
from ops.cli.switching_off import kill_shown
from policy.decision import Verdict
from policy.evaluate import Step
from policy.send_reasons import SENTENCES, SendDecision

app = new_app("Explain what rules say.")

_AGAINST = "against"
_NOT_ABOUT, _NOT_IN_FORCE = "not about it", "not in force"
_SILENT = (_NOT_IN_FORCE, _NOT_ABOUT)
_STYLES = {Verdict.ALLOW: "green", Verdict.DENY: "red", Verdict.DEFER: "yellow"}


@app.command(
    epilog=examples(
        "chappe policy explain winter-1 ana@example.org",
        "chappe policy explain winter-1 --ref client-17 --facts",
        "chappe policy explain winter-1 --tel +33639980001 --at 2026-12-24T19:00+01:00 --json",
    )
)
def explain(
    name: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    address: SubjectArgument = None,
    email: Annotated[str | None, typer.Option(help="A person by an email address.")] = None,
    tel: Annotated[str | None, typer.Option(help="A person by a phone number.")] = None,
    ref: RefOption = None,
    kind: KindOption = None,
    controller: ControllerOption = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Decide for then (UTC unless it says); default: now."),
    ] = None,
    facts: Annotated[
        bool, typer.Option("--facts", help="What the rules looked at, by name; no address.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Say why a recipient of a campaign was or would be contacted, or not: the whole trace.

    First what is recorded and what forbids contact, then what every rule says. No address is
    shown, and of a consent only which parts of its proof are there.
    """
    subject = _subject(address, email, tel, ref, kind)
    with opened() as installation:
        when = instant_given(at, "--at")
        told = policy_explaining.explain(installation, name, controller, subject, when)
        now = installation.clock.now()
    shown = _shown(told, now)
    if json:
        output.document(shown)
        return
    print_story(shown.so_far)
    for held in shown.rulesets:
        output.data(f"{held.layer}: {held.ruleset} {held.version}")
    for kill in shown.switched_off:
        output.styled(f"switched off by kill {kill.kill}: {kill.kind} {kill.target}", "red")
    if shown.not_asked:
        output.warn(shown.not_asked)
    for recipient in shown.recipients:
        for one in recipient:
            _print(one, facts=facts)


def _subject(
    address: str | None,
    email: str | None,
    tel: str | None,
    ref: str | None,
    kind: AddressKind | None,
) -> Subject:
    given = {AddressKind.EMAIL: email, AddressKind.TEL: tel, kind: address}
    named = {known: text for known, text in given.items() if text is not None}
    if len(named) + (ref is not None) != 1:
        raise typer.BadParameter("give one of: an address, --email, --tel, --ref")
    known, text = next(iter(named.items()), (None, None))
    return subject_of(text, ref, known)


def _shown(told: Reasons, now: Millis) -> PolicyExplained:
    found = told.explanation.found
    scope = Scope(found.row.controller, found.controller, found.row.name)
    return PolicyExplained(
        so_far=explained_shown(told.explanation),
        at=output.moment(told.at),
        rulesets=tuple(held_shown(scope, row, "now") for row in told.layers),
        switched_off=tuple(
            kill_shown(kill, Target.of(kill, found.controller), now)
            for kill in dict.fromkeys(told.kills.values())
        ),
        not_asked=told.silent or None,
        recipients=tuple(
            tuple(_reasoned(one, told.at) for one in recipient) for recipient in told.recipients
        ),
    )


def _reasoned(one: Reasoned, at: Millis) -> ReasonedShown:
    later = None
    if one.settled is not None and one.settled[0] != one.decision:
        later = _decision(*one.settled)
    return ReasonedShown(
        channel=one.channel,
        connector=one.carrier,
        unreachable=one.reach or None,
        decision=None if one.decision is None else _decision(one.decision, at),
        finally_=later,
        trace=tuple(map(_step, one.steps)),
        facts=dict(one.facts or {}),
    )


def _decision(decision: SendDecision, at: Millis) -> DecisionShown:
    return DecisionShown(
        verdict=decision.verdict.value,
        reason=decision.reason.value,
        rule=decision.rule or None,
        sentence=decision.sentence(),
        until=output.perhaps(decision.until),
        at=output.moment(at),
    )


def _step(step: Step) -> StepShown:
    said = step.judgement
    return StepShown(
        rule=step.rule,
        kind=step.kind,
        says=_AGAINST if said is not None else _silent(step),
        verdict=None if said is None else said.verdict.value,
        reason=None if said is None else said.reason.value,
        sentence=None if said is None else SENTENCES[said.reason].en.format(subject=said.subject),
        until=None if said is None else output.perhaps(said.until),
    )


def _silent(step: Step) -> str:
    """Return why a rule says nothing against a send."""
    if not step.matched:
        return _NOT_ABOUT
    if not step.in_force:
        return _NOT_IN_FORCE
    return "exempted" if step.exempted else "permits"


def _print(one: ReasonedShown, *, facts: bool) -> None:
    through = f" through {one.connector}" if one.connector else ", by no connector that is in use"
    output.data("")
    if one.decision is None:
        output.data(f"{one.channel}: nobody to reach ({one.unreachable})")
        return
    _print_decision(f"{one.channel}{through}", one.decision)
    if one.finally_ is not None:
        _print_decision("  then", one.finally_)
    about = [step for step in one.trace if step.says not in _SILENT]
    output.table(
        ("rule", "kind", "says"), [(step.rule, step.kind, _in_words(step)) for step in about]
    )
    for why in _SILENT:
        rules = [step.rule for step in one.trace if step.says == why]
        if rules:
            output.data(f"{why}: {', '.join(rules)}")
    if facts:
        output.facts(dict(one.facts))


def _print_decision(what: str, decision: DecisionShown) -> None:
    rule = f" ({decision.rule})" if decision.rule else ""
    until = f", until {output.readable(decision.until)}" if decision.until else ""
    output.styled(
        f"{what}, {output.readable(decision.at)}: {decision.verdict}: {decision.reason}{until}:"
        f" {decision.sentence}{rule}",
        _STYLES[Verdict(decision.verdict)],
    )


def _in_words(step: StepShown) -> str:
    if step.says != _AGAINST:
        return step.says
    until = f" until {output.readable(step.until)}" if step.until else ""
    return f"{step.verdict}: {step.reason}{until}: {step.sentence}"
