"""``chappe policy simulate``: what other rules would make of a real campaign, without sending."""

from collections import Counter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from engine import policy_simulation
from engine.app import App
from engine.clock import Millis
from engine.policy_simulation import SENT, Ending, Simulation
from ops.cli import hour_chart, output, packs
from ops.cli.checking import read_job
from ops.cli.hour_chart import Hour
from ops.cli.options import ControllerOption, JsonFlag, examples, instant_given, new_app
from ops.cli.policy_reason_shapes import EndingShown, HourShown, Simulated
from ops.cli.policy_showing import fault_shown, findings_shown, print_faults
from ops.cli.session import opened
from policy.reading import RulesetFault, read_ruleset
from policy.rule_kinds import Ruleset

app = new_app("Try rules on real campaigns.")


@app.command(
    epilog=examples(
        "chappe policy simulate ./ours.toml winter-1",
        "chappe policy simulate fr winter-1 --at 2026-12-24T18:00+01:00",
        "chappe policy simulate ./ours.toml winter-1 --svg hours.svg --json",
    )
)
def simulate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RULESET", help="A name that `chappe policy list` shows, or the path of a file."
        ),
    ],
    campaign: Annotated[
        str,
        typer.Argument(metavar="CAMPAIGN", help="Its id, or the path of its file (JOB.json)."),
    ],
    controller: ControllerOption = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="When everybody is ready to leave (UTC unless it says); default: now, or when the"
            " campaign began if it is over.",
        ),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the chart as a picture, too.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Replay a ruleset over a campaign's own recipients: how each would end, and in which hour.

    It stands in for the ruleset of its layer, and is compared with the rules that hold. Oppositions
    and earlier contacts count as they stand; the speed of providers and what is switched off do
    not. The recipients of a campaign that is over are forgotten: give its file, which is read as
    it would be planned now. Nothing is sent, claimed or stored.
    """
    ruleset = _ruleset(name)
    when = instant_given(at, "--at")
    with opened() as installation:
        done = _simulated(installation, ruleset, (campaign, controller, json), when)
    hours, zone = _hours(done), ZoneInfo(ruleset.zone)
    if svg is not None:
        title = f"{done.campaign}: recipients by hour, {ruleset.zone}"
        svg.write_text(hour_chart.picture(hours, zone, title), encoding="utf-8")
    shown = _shown(done, hours)
    if json:
        output.document(shown)
        return
    _print(shown, hours, zone)


def _simulated(
    installation: App, ruleset: Ruleset, which: tuple[str, str | None, bool], at: Millis | None
) -> Simulation:
    """Replay over a campaign by its id, or by its file where there is one of that name."""
    campaign, controller, json = which
    if not Path(campaign).is_file():
        return policy_simulation.simulate(installation, ruleset, campaign, controller, at)
    _, job = read_job(Path(campaign), json=json)
    return policy_simulation.simulate_job(installation, ruleset, job, at)


def _ruleset(name: str) -> Ruleset:
    """Return a ruleset that can decide; what is wrong in it is told, and ends the command."""
    page = packs.ruleset(name)
    try:
        ruleset = read_ruleset(page.text)
    except RulesetFault as fault:
        print_faults([fault_shown(page, one) for one in fault.faults])
        raise typer.Exit(1) from None
    errors = [one for one in findings_shown(page, ruleset) if one.severity == "error"]
    if errors:
        print_faults(errors)
        raise typer.Exit(1)
    return ruleset


def _hours(done: Simulation) -> list[Hour]:
    """Return the hours in which anybody leaves, by either set of rules."""
    present, proposed = _by_hour(done.present), _by_hour(done.proposed)
    return [
        Hour(output.moment(hour), present[hour], proposed[hour])
        for hour in sorted(present.keys() | proposed.keys())
    ]


def _by_hour(endings: Counter[Ending]) -> Counter[Millis]:
    counted: Counter[Millis] = Counter()
    for ending, number in endings.items():
        if ending.outcome == SENT and ending.hour is not None:
            counted[ending.hour] += number
    return counted


def _shown(done: Simulation, hours: list[Hour]) -> Simulated:
    return Simulated(
        controller=done.controller,
        campaign=done.campaign,
        ruleset=done.ruleset.name,
        version=done.version,
        layer=done.ruleset.layer,
        at=output.moment(done.at),
        recipients=done.recipients,
        otherwise=done.otherwise,
        endings=_endings(done),
        hours=tuple(
            HourShown(hour=one.begins, present=one.present, proposed=one.proposed) for one in hours
        ),
        notices=_notices(done),
    )


def _endings(done: Simulation) -> tuple[EndingShown, ...]:
    """Return how many end alike, whenever they leave; the most first."""
    present, proposed = _alike(done.present), _alike(done.proposed)
    kinds = sorted(
        present.keys() | proposed.keys(), key=lambda kind: (-proposed[kind], -present[kind], kind)
    )
    return tuple(
        EndingShown(
            outcome=kind[0],
            reason=kind[1] or None,
            rule=kind[2] or None,
            present=present[kind],
            proposed=proposed[kind],
        )
        for kind in kinds
    )


def _alike(endings: Counter[Ending]) -> Counter[tuple[str, str, str]]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for ending, number in endings.items():
        counted[ending.outcome, ending.reason, ending.rule] += number
    return counted


def _notices(done: Simulation) -> tuple[str, ...]:
    if not done.lost:
        return ()
    return (f"{done.lost} blocks of the campaign cannot be opened any more and are left out",)


def _print(shown: Simulated, hours: list[Hour], zone: ZoneInfo) -> None:
    for sentence in shown.notices:
        output.warn(sentence)
    output.table(
        ("outcome", "reason", "rule", "now", "then"),
        [(one.outcome, one.reason, one.rule, one.present, one.proposed) for one in shown.endings],
    )
    if hours:
        output.data("")
        for line in hour_chart.text_lines(hours, zone):
            output.data(line)
        output.data(f"hours of {zone.key}")
    output.say(
        f"{shown.recipients} recipients of {shown.campaign}, ready at"
        f" {output.readable(shown.at)}: {shown.otherwise} would fare otherwise by {shown.ruleset}"
        f" {shown.version}"
    )
