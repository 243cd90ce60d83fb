"""``chappe policy kill``, ``kills`` and ``lift``: what must not leave, now and until further notice."""

from typing import Annotated

import typer

from engine import switching_off
from engine.clock import Millis
from engine.switching_off import Kill, KillKind, Target
from engine.wire.instants import Duration
from ops.cli import output
from ops.cli.options import JsonFlag, examples, instant_given, new_app, number_argument
from ops.cli.policy_change_shapes import KillShown
from ops.cli.policy_changing import ReasonOption
from ops.cli.session import opened

app = new_app("Switch things off at once, and on again.")


@app.command(
    epilog=examples(
        "chappe policy kill campaign winter-1 --reason 'wrong price'",
        "chappe policy kill controller boutique --reason 'complaints' --for PT2H",
        "chappe policy kill channel sms --reason 'operator asks' --until 2026-12-01T08:00+01:00",
        "chappe policy kill connector relay --reason 'listed as spam'",
        "chappe policy kill destination +262 --reason 'cyclone'",
        "chappe policy kill destination @example.org --reason 'asked by its owner'",
    )
)
def kill(
    kind: Annotated[KillKind, typer.Argument(metavar="KIND", help=", ".join(KillKind))],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="Its name; of destinations a country (FR), the beginning of numbers (+262), or a"
            " domain (@example.org).",
        ),
    ],
    reason: ReasonOption,
    controller: Annotated[
        str | None,
        typer.Option(
            "--controller",
            "-c",
            metavar="NAME",
            help="Whose campaign; may be left out where it can be only one.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Until then (UTC unless it says); default: for good."),
    ] = None,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="So long, such as PT2H or P1D.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Let nothing more leave of a campaign, a controller, a channel, a connector or to a destination.

    It holds at once, in every process, and also for what arrives later: a campaign may be named
    before it comes. Who waits goes on waiting until the campaign's own end. What a provider has
    already cannot be called back.
    """
    asked = Target(kind, target, controller or "")
    with opened() as installation:
        end = _end(until, for_, installation.clock.now())
        done = switching_off.kill(installation, asked, reason, end)
        now = installation.clock.now()
    notices = (done.notice,) if done.notice else ()
    shown = kill_shown(done.kill, done.target, now, notices)
    if json:
        output.document(shown)
        return
    ends = output.readable(shown.ends_at)
    output.say(
        f"{done.target} is off, {f'until {ends}' if ends else 'until somebody lifts it'}:"
        f" kill {done.kill.id}",
        style="green",
    )
    for sentence in notices:
        output.warn(sentence)


@app.command(
    epilog=examples(
        "chappe policy kills", "chappe policy kills --ended", "chappe policy kills --json"
    )
)
def kills(
    ended: Annotated[bool, typer.Option("--ended", help="Also what is on again.")] = False,
    json: JsonFlag = False,
) -> None:
    """List what is switched off, with reason and end."""
    with opened() as installation:
        now = installation.clock.now()
        found = switching_off.every(installation, ended=ended)
    shown = [kill_shown(one, target, now) for one, target in found]
    if json:
        output.document(shown)
    elif shown:
        _print(shown)
    else:
        output.say("nothing is switched off")


@app.command(epilog=examples("chappe policy lift 3 --reason 'price mended'"))
def lift(
    number: Annotated[int, number_argument("Number of the kill, as `chappe policy kills` shows.")],
    reason: ReasonOption,
    json: JsonFlag = False,
) -> None:
    """Switch something on again, before its end."""
    with opened() as installation:
        done = switching_off.lift(installation, number, reason)
        now = installation.clock.now()
    still = tuple(f"{done.target} is off still, by kill {one.id}" for one in done.still)
    if json:
        output.document(kill_shown(done.kill, done.target, now, still))
        return
    output.say(f"kill {number} is lifted: {done.target}", style="green")
    for sentence in still:
        output.warn(sentence)


def _end(until: str | None, length: str | None, now: Millis) -> Millis | None:
    """Return when a kill ends by itself; None: it does not."""
    if length is None:
        return instant_given(until, "--until")
    if until is not None:
        raise typer.BadParameter("give --until or --for, not both")
    try:
        return Duration.parse(length).after(now)
    except ValueError as fault:
        raise typer.BadParameter(str(fault), param_hint="--for") from None


def kill_shown(one: Kill, target: Target, now: Millis, notices: tuple[str, ...] = ()) -> KillShown:
    """Return something that is or was switched off."""
    return KillShown(
        kill=one.id,
        kind=one.kind,
        target=one.target,
        controller=target.controller or None,
        off=one.holds(now),
        reason=one.reason,
        actor=one.actor,
        begun_at=output.moment(one.begun_at),
        ends_at=output.perhaps(one.ends_at),
        lifted_at=output.perhaps(one.lifted_at),
        lifted_by=one.lifted_by,
        notices=notices,
    )


def _print(shown: list[KillShown]) -> None:
    output.table(
        ("kill", "kind", "target", "controller", "off", "since", "until", "by", "reason", "lifted"),
        [
            (
                one.kill,
                one.kind,
                one.target,
                one.controller,
                one.off,
                output.readable(one.begun_at),
                output.readable(one.ends_at),
                one.actor,
                one.reason,
                output.readable(one.lifted_at),
            )
            for one in shown
        ],
    )
