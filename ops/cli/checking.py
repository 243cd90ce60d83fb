"""``chappe campaign check``: a campaign's message is read, and tried without sending anything."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from channels.contract import AddressKind
from engine import campaign_check, proof
from engine.app import App
from engine.campaign_check import Report
from engine.planning.rows import REJECTIONS
from engine.wire import CampaignJob, Fault, JobFaults, decode_job
from ops.cli import output
from ops.cli.campaign_shapes import Checked, ReachShown, ReasonShown, StartShown
from ops.cli.options import JsonFlag, examples, new_app
from ops.cli.session import opened
from ops.cli.showing import print_starts

app = new_app("Check.")

FileArgument = Annotated[Path, typer.Argument(help="The campaign as JSON; - is standard input.")]


@app.command(
    epilog=examples(
        "chappe campaign check job.json",
        "chappe campaign check job.json --json",
        "chappe campaign check job.json --proof me@example.org",
    )
)
def check(
    file: FileArgument,
    proof_: Annotated[
        str | None,
        typer.Option("--proof", metavar="ADDRESS", help="Send one message there, to be looked at."),
    ] = None,
    kind: Annotated[
        AddressKind | None,
        typer.Option(help="What the address of the proof is; guessed where it can be."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Say what would become of a campaign, without storing or sending anything.

    Every reason for a refusal at once; who would be reached, on which channel, at what cost.
    Exit code 1 when it would be refused or reach nobody, as when its schedule is over.
    """
    _, job = read_job(file, json=json)
    with opened() as installation:
        report = campaign_check.check(installation, job)
        sent = _proof(installation, job, proof_, kind, admissible=report.admissible)
    run = report.recipients
    checked = Checked(
        controller=job.controller,
        campaign=job.id,
        admissible=report.admissible,
        refusals=tuple(
            ReasonShown(reason=one.reason.value, sentence=one.sentence()) for one in report.refusals
        ),
        rows_read=run.rows if run else None,
        accepted=run.accepted if run else None,
        duplicates=run.duplicates if run else None,
        rejected=run.rejected.total() if run else None,
        rejections=dict(run.rejected) if run else {},
        starts=_starts(job, report),
        assumed=report.assumed,
        channels=tuple(
            ReachShown(
                channel=reach.channel,
                sent=reach.sent,
                opposed=reach.opposed,
                no_address=reach.no_address,
                invalid=dict(reach.invalid),
                passed_on=reach.passed_on,
                denied=dict(reach.ruled.denied),
                later=reach.ruled.later,
                expired=reach.ruled.expired,
                units=reach.units,
                cost=None if reach.cost is None else str(reach.cost),
            )
            for reach in report.channels
        ),
        expires=_expires(job, report),
        proof=sent,
    )
    if json:
        output.document(checked)
    else:
        _print_check(checked)
    if not checked.admissible:
        output.refuse(f"campaign {job.id} would be refused, or reach nobody")


def read_job(file: Path, *, json: bool) -> tuple[bytes, CampaignJob]:
    """Read a campaign from a file; every fault of it is printed before exit code 1."""
    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        output.refuse(f"{file}: {error.strerror}")
    try:
        return body, decode_job(body)
    except JobFaults as wrong:
        refuse_faults(str(file), wrong.faults, json=json)


def refuse_faults(what: str, faults: tuple[Fault, ...], *, json: bool) -> NoReturn:
    """Print every fault of a message and end with exit code 1."""
    if json:
        output.document(
            [
                ReasonShown(reason=fault.reason, sentence=fault.sentence, field=fault.field)
                for fault in faults
            ]
        )
    else:
        for fault in faults:
            output.say(f"  {fault}")
    number = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    output.refuse(f"{what} cannot be taken in: {number}")


def _proof(
    installation: App,
    job: CampaignJob,
    address: str | None,
    kind: AddressKind | None,
    *,
    admissible: bool,
) -> str | None:
    if address is None:
        return None
    if not admissible:
        return "not sent: the campaign would be refused, or reach nobody"
    sent = proof.send_proof(installation, job, address, kind)
    return ", ".join(f"{one.channel} sent through {one.connector}" for one in sent)


def _starts(job: CampaignJob, report: Report) -> tuple[StartShown, ...]:
    spread = job.schedule.spread
    return tuple(
        StartShown(
            at=output.moment(at),
            until=None if spread is None else output.moment(spread.after(at)),
            recipients=recipients,
            expires=at >= report.end,
        )
        for at, recipients in report.starts.items()
    )


def _expires(job: CampaignJob, report: Report) -> str | None:
    if report.over_since is None:
        if not report.starts or min(report.starts) < report.end:
            return None
        return "it is schedule.local_time for nobody before schedule.not_after; set a later one"
    end = output.readable(output.moment(report.over_since))
    if job.schedule.not_after is not None:
        return f"its schedule ended at {end}; set another schedule.not_after"
    return f"without schedule.not_after it ended at {end}; set a later schedule.not_before"


def _print_check(checked: Checked) -> None:
    output.facts(
        {
            "campaign": f"{checked.campaign} of {checked.controller}",
            "admissible": checked.admissible,
            "rows read": checked.rows_read,
            "accepted": checked.accepted,
            "duplicates": checked.duplicates,
            "rejected": checked.rejected,
            "proof": checked.proof,
        }
    )
    if checked.channels:
        output.table(
            (
                "channel",
                "would send",
                "opposed",
                "no address",
                "invalid",
                "passed on",
                "denied",
                "later",
                "units",
                "cost",
            ),
            [
                (
                    one.channel,
                    one.sent,
                    one.opposed,
                    one.no_address,
                    sum(one.invalid.values()),
                    one.passed_on,
                    sum(one.denied.values()) + one.expired,
                    one.later,
                    one.units,
                    one.cost,
                )
                for one in checked.channels
            ],
        )
    _print_denied(checked)
    for reason, number in checked.rejections.items():
        output.data(f"{number} rejected: {REJECTIONS.get(reason, reason)} ({reason})")
    print_starts(checked.starts, checked.assumed)
    for one in checked.channels:
        for reason, number in one.invalid.items():
            output.data(f"{one.channel}: {number} invalid: {reason}")
    if checked.expires:
        output.data(f"every recipient would expire: {checked.expires}")
    for refusal in checked.refusals:
        output.data(f"refusal: {refusal.sentence} ({refusal.reason})")


def _print_denied(checked: Checked) -> None:
    """Write whom the rules forbid to contact, and why."""
    for one in checked.channels:
        for why, number in one.denied.items():
            output.data(f"{number} denied on {one.channel}: {why}")
        if one.expired:
            output.data(f"{one.expired} could leave on {one.channel} only after the end")
