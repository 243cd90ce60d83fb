"""What rules do to campaigns: one is refused, one waits, and new ones hold while a third goes out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from channels.contract import Channel
from engine import campaign_check, controllers, statistics, switching_off
from engine.app import App
from engine.policy_changes import Wish, apply_ruleset
from engine.statistics import Overview
from engine.switching_off import KillKind, Target
from engine.wire import decode_job
from ops.cli import output
from ops.demo.jobs import CONTROLLER
from ops.demo.reasons import in_words
from ops.demo.stage import DemoFault, Stage, tell
from policy.layers import ORDER
from policy.reading import read_ruleset
from policy.rule_kinds import Ruleset

_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the page says of the rules of a run.

    held     each ruleset that holds: its title, version, number of rules, why it was applied
    off      what had been switched off, and why
    waited   who waited for what meanwhile, as sentences
    refused  why a campaign was refused, as sentences
    sources  what each rule names as its source, by its id
    """

    held: tuple[tuple[str, str, int, str], ...]
    off: tuple[tuple[str, str], ...]
    waited: tuple[str, ...]
    refused: tuple[str, ...]
    sources: Mapping[str, str]


CYCLONE: Final = """\
name = "boutique"
title = "What our shop adds to the French rules"
layer = "controller"

[[rule]]
kind = "ban"
id = "boutique.cyclone"
source = "Decided by the shop: nobody gets offers during the cyclone in La Réunion"
certainty = "house"
when = { channels = ["email"], campaigns = ["marketing"], countries = ["RE"] }
"""
_CASES: Final = """\
[[case]]
title = "no offers to La Réunion"
at = "2026-11-24T12:00"
given = { channel = "email", kind = "marketing", relation = "b2c_customer", country = "RE" }
then = { verdict = "deny", reason = "banned" }

[[case]]
title = "recalls go there, too"
at = "2026-11-24T12:00"
given = { channel = "email", kind = "service", basis = "contract", country = "RE", role = "person", findings = [], connector_country = "FR", withdrawn = false }
then = { verdict = "allow" }
"""


def ruled(app: App, waited: tuple[str, ...], refused: tuple[str, ...]) -> Ruled:
    """Return what the rules were at the end of a run, and what they did before."""
    with app.db.read() as connection:
        whose = controllers.find(connection, CONTROLLER).number
    held = app.rulebook.current().in_force(whose, "", app.clock.now())
    read = [(row, read_ruleset(row.text)) for row in held]
    return Ruled(
        tuple((one.title, row.version, len(one.rule), row.reason) for row, one in read),
        tuple((str(target), off.reason) for off, target in switching_off.every(app, ended=True)),
        waited,
        refused,
        {_shown(rule.id, one): rule.source for _, one in read for rule in one.rule},
    )


def _shown(rule: str, ruleset: Ruleset) -> str:
    """Return how decisions call a rule: those of lower layers with the name of their layer."""
    return rule if ruleset.layer == ORDER[0] else f"{ruleset.layer}.{rule}"


def refused_for_its_words(app: App, body: bytes) -> tuple[str, ...]:
    """Return why a campaign is refused that the rules must not let through."""
    report = campaign_check.check(app, decode_job(body))
    why = tuple(one.sentence() for one in report.refusals)
    if not why:
        raise DemoFault("a campaign that names illnesses was not refused")
    for sentence in why:
        tell(f"refused: {sentence}")
    return why


def switch_off_texts(app: App) -> int:
    """Let no text message leave any more; return the number of the kill."""
    done = switching_off.kill(app, Target(KillKind.CHANNEL, Channel.SMS), "operator asks")
    tell(f"{done.target} is off: kill {done.kill.id}")
    return done.kill.id


def held_back(app: App, name: str, stage: Stage) -> tuple[str, ...]:
    """Wait until a campaign stands still because of the kill; return why."""
    before = _texts(stage)
    now = _wait(app, name, lambda shown: bool(shown.stops) and shown.waiting > 0)
    if _texts(stage) != before:
        raise DemoFault("a text message left although the channel was off")
    return _told(f"{name}: {now.waiting} wait: {sentence}" for sentence in now.stops)


def switch_on_texts(app: App, number: int, name: str) -> tuple[str, ...]:
    """Lift the kill: whoever may get a text now gets it; return why the others wait, until when."""
    switching_off.lift(app, number, "operator is ready")
    now = _wait(app, name, lambda shown: bool(shown.outcomes) and bool(shown.tries))
    for word, count in now.outcomes.items():
        tell(f"{name}: {count} {word}")
    return _told(
        f"{name}: {wait.recipients} wait until {output.readable(output.moment(wait.soonest))}: "
        f"{in_words(wait.reason, {})}"
        for wait in now.tries
    )


def cyclone(app: App, stage: Stage) -> None:
    """Let a stricter ruleset of the shop hold while the process that sends goes on."""
    (stage.files / "shop.toml").write_text(CYCLONE, encoding="utf-8")
    (stage.files / "shop.cases.toml").write_text(_CASES, encoding="utf-8")
    wish = Wish(CYCLONE, _CASES, "cyclone warning", controller=CONTROLLER)
    done = apply_ruleset(app, wish)
    for change in done.changes:
        tell(change.sentence)
    tell(
        f"{done.name} {done.after} holds, {done.cases} cases pass; workers read it within a second"
    )


def _wait(app: App, name: str, stands: Callable[[Overview], bool]) -> Overview:
    """Look at a campaign until it stands as it should. Raises DemoFault when it does not in time."""
    until = app.clock.boot() + _PATIENCE_SECONDS
    while not stands(now := statistics.overview(app, name, CONTROLLER)):
        if app.clock.boot() > until:
            raise DemoFault(f"{name} does not stand as it should: {now.state}")
        app.clock.wait(0.1)
    return now


def _told(sentences: Iterable[str]) -> tuple[str, ...]:
    kept = tuple(sentences)
    for sentence in kept:
        tell(sentence)
    return kept


def _texts(stage: Stage) -> int:
    return len(list((stage.settings.home_folder / "outbox" / "sms").glob("*.json")))
