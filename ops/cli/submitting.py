"""``chappe campaign submit``: a campaign is put, and followed where that is wanted."""

from typing import Annotated

import typer

from engine import admission, dead_letters, statistics
from engine.app import App
from engine.broker.publisher import Publisher
from engine.clock import Millis
from engine.errors import EngineError
from engine.events import Reason, new_id
from engine.intake import take
from engine.states import CampaignState, Outcome
from engine.wire import CampaignJob, job_fingerprint
from ops.cli import output
from ops.cli.campaign_shapes import CampaignShown, ReasonShown, Submitted
from ops.cli.checking import FileArgument, read_job, refuse_faults
from ops.cli.options import JsonFlag, examples, new_app, seconds_option
from ops.cli.session import opened, own_account
from ops.cli.showing import is_over, one_line, print_legs
from ops.cli.watching import follow

app = new_app("Submit.")

_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.25


class NotTakenIn(EngineError):
    """Raised when a campaign was put, and intake turned it into a dead letter or never saw it."""


@app.command(
    epilog=examples(
        "chappe campaign submit job.json",
        "chappe campaign submit job.json --wait",
        "generate-job | chappe campaign submit - --wait --timeout 60 --json",
    )
)
def submit(
    file: FileArgument,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait",
            help="Wait until it is finished (0, whoever was reached) or refused (1); one that"
            " starts later is not waited for once it is planned.",
        ),
    ] = False,
    timeout: Annotated[
        float | None, seconds_option("With --wait: seconds after which to give up, with 1.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Put a campaign. Exit code 0: it is kept, whatever happens next.

    In production it is published to RabbitMQ and confirmed; embedded it is stored for the running
    process to take up. The same campaign put twice is admitted once.
    """
    body, job = read_job(file, json=json)
    with opened() as installation:
        message_id = new_id()
        duplicate = _put(installation, body, job, message_id, json=json)
        done = Submitted(
            controller=job.controller, campaign=job.id, confirmed=True, duplicate=duplicate
        )
        if not wait:
            _print(done, json=json)
            return
        last = _wait(installation, job, message_id, timeout=timeout)
        gave_up = not _settled(last, installation.clock.now())
        refusals: tuple[Reason, ...] = ()
        if last.state == CampaignState.REFUSED:
            found = statistics.overview(installation, job.id, job.controller).found
            refusals = statistics.refusal(installation, found)
    reasons = tuple(
        ReasonShown(reason=one.reason, sentence=one.sentence, field=one.field) for one in refusals
    )
    _print(
        Submitted(
            controller=job.controller,
            campaign=job.id,
            confirmed=True,
            duplicate=duplicate,
            state=last.state,
            outcomes=last.outcomes,
            reasons=reasons,
        ),
        json=json,
    )
    if not json:
        print_legs(last)
    _leave(last, reasons, gave_up=gave_up)


def _put(installation: App, body: bytes, job: CampaignJob, message_id: str, *, json: bool) -> bool:
    """Put the campaign; return whether it is known to have been there before."""
    settings = installation.settings
    if not settings.embedded:
        publisher = Publisher(settings.broker_url.get_secret_value(), purpose="submit")
        try:
            publisher.publish_job(body, message_id=message_id)
        finally:
            publisher.close()
        return False
    taken = take(installation, body, own_account(settings), message_id)
    if taken.campaign_id is None:
        refuse_faults(f"campaign {job.id}", taken.faults, json=json)
    return taken.duplicate


def _wait(
    installation: App, job: CampaignJob, message_id: str, *, timeout: float | None
) -> CampaignShown:
    begun = installation.clock.boot()
    _until_taken_in(installation, job, message_id, timeout)
    left = None if timeout is None else timeout - (installation.clock.boot() - begun)
    warned: list[str] = []

    def tell(shown: CampaignShown) -> None:
        output.say(one_line(shown))
        for sentence in shown.waits_for:
            if sentence not in warned:
                warned.append(sentence)
                output.warn(f"waits: {sentence}")

    def settled(shown: CampaignShown) -> bool:
        return _settled(shown, installation.clock.now())

    return follow(installation, job.id, job.controller, tell, timeout=left, until=settled)


def _settled(shown: CampaignShown, now: Millis) -> bool:
    """Whether there is nothing to wait for: it is over, or planned and to start later."""
    later = shown.not_before > output.moment(now)
    return is_over(shown) or (shown.state == CampaignState.PLANNED and later)


def _until_taken_in(
    installation: App, job: CampaignJob, message_id: str, timeout: float | None
) -> None:
    """Wait until intake has stored the campaign.

    Raises NotTakenIn when it became a dead letter, or nobody took it in time.
    """
    begun = installation.clock.boot()
    warned = False
    while True:
        try:
            found = statistics.overview(installation, job.id, job.controller).found
        except (admission.UnknownCampaign, statistics.AmbiguousCampaign):
            found = None
        if found is not None and found.row.fingerprint == job_fingerprint(job):
            return
        for letter in dead_letters.every(installation):
            if letter.message_id == message_id:
                msg = f"intake refused the message; see chappe dead-letter show {letter.id}"
                raise NotTakenIn(msg)
        waited = installation.clock.boot() - begun
        if timeout is not None and waited > timeout:
            raise NotTakenIn("nobody took the campaign in yet; it waits in the broker")
        if waited > _PATIENCE_SECONDS and not warned:
            warned = True
            output.warn("nobody has taken it in yet; is a worker running?")
        installation.clock.wait(_PAUSE_SECONDS)


def _leave(last: CampaignShown, reasons: tuple[ReasonShown, ...], *, gave_up: bool) -> None:
    if last.state == CampaignState.REFUSED:
        why = "; ".join(f"{one.sentence} ({one.reason})" for one in reasons)
        output.refuse(f"campaign {last.campaign} was refused: {why}")
    if gave_up:
        output.refuse(
            f"campaign {last.campaign} is still {last.state}, {last.waiting} of {last.accepted}"
            f" recipients wait: {'; '.join(last.waits_for) or 'they are being worked'};"
            f" see chappe campaign watch {last.campaign}"
        )
    if is_over(last) and not last.outcomes.get(Outcome.SENT.word):
        ended = ", ".join(f"{number} {word}" for word, number in last.outcomes.items())
        output.warn(f"nothing was sent: {ended or ', '.join(last.reasons) or 'no recipients'}")


def _print(done: Submitted, *, json: bool) -> None:
    if json:
        output.document(done)
        return
    word = "was there before" if done.duplicate else "confirmed"
    state = f", {done.state}" if done.state else ""
    output.data(f"{done.campaign} of {done.controller}: {word}{state}")
