"""The demo: real campaigns on the embedded default, from CSV files to messages one can open.

Nothing is faked: it calls what the verbs of ``chappe`` call, and the campaigns are worked by the
process that ``chappe up`` runs.
"""

from contextlib import suppress
from pathlib import Path

from engine import campaign_audit, intake, statistics
from engine import explain as explaining
from engine.app import App
from engine.campaign_audit import Audit
from engine.clock import DAY, HOUR, MINUTE, Millis
from engine.events import new_id
from engine.states import BatchState
from engine.statistics import Overview
from engine.subjects import Subject
from engine.wire import decode_job
from ops.cli import output
from ops.cli.installing import install
from ops.cli.session import own_account
from ops.cli.showing import campaign_shown, one_line
from ops.cli.watching import follow
from ops.cli.wishes import Wishes
from ops.demo import preparing, ruling
from ops.demo.jobs import (
    CONTROLLER,
    FLASH,
    LETTER,
    LIST,
    OFFERS,
    RECALL,
    SALE,
    letter_job,
    sale_job,
)
from ops.demo.page import Ended, write_page
from ops.demo.people import client_email, client_ref, first_opposed
from ops.demo.promises import a_year_later, erase, leave_by_link, waiting_clients
from ops.demo.stage import DemoFault, Stage, opened, process, set_up, step, tell
from ops.demo.working_day import until_eleven

_PATIENCE_SECONDS = 50.0
_UNTIL_ALL_ARE_AWAKE = 3 * HOUR + 10 * MINUTE  # the sale is over by then, too
_A_YEAR_LATER = 366 * DAY


def play(home: Path | None) -> Path:
    """Play the demo in ``home``, or in a temporary folder; return the page to look at.

    Raises DemoFault, or whatever error a step of a real installation would end with.
    """
    now = set_up(home)
    step(1, "an installation: keys, two databases, an outbox, a client, the French rules")
    made = install(now.settings, Wishes(CONTROLLER, (OFFERS,), outbox=True, attested_by="the demo"))
    tell(next(line for line in made.made if line.startswith("rules")))
    stage = now.later(_until_eleven(now))
    with opened(stage) as app:
        refused = _prepare(stage, app)
        waited = _send_first(stage, app)
    later = stage.later(_UNTIL_ALL_ARE_AWAKE)
    with opened(later) as app:
        ended = _finish(later, app)
        audits = [campaign_audit.audit(app, one.found.row.name, CONTROLLER) for one in ended]
        _print_outcomes(ended, audits)
        _explain(app, ended[1])
        page = write_page(
            stage.settings.home_folder,
            [Ended(one, audit) for one, audit in zip(ended, audits, strict=True)],
            ruling.ruled(app, waited, refused),
        )
    step(15, "a year and a day later (the clock is injected): retention run, retention proof")
    with opened(stage.later(_A_YEAR_LATER)) as app:
        a_year_later(app)
    _print_next(now, page)
    return page


def _until_eleven(stage: Stage) -> Millis:
    with opened(stage) as app:
        tell("the clock is set to eleven on a working day: text messages keep hours")
        return until_eleven(app.clock.now())


def _prepare(stage: Stage, app: App) -> tuple[str, ...]:
    """Prepare everything; return why one of the campaigns is refused."""
    preparing.agree(app)
    step(2, f"list import {LIST} clients.csv --attested-by 'the demo'")
    preparing.import_clients(stage, app)
    step(3, "suppress import oppositions.csv")
    preparing.import_oppositions(stage, app)
    preparing.write_jobs(stage, app)
    preparing.check(4, "sale.json", stage, app)
    preparing.check(5, "recall.json", stage, app)
    step(6, "campaign check herbs.json, which tells its recipients that they are ill")
    return ruling.refused_for_its_words(app, (stage.files / "herbs.json").read_bytes())


def _send_first(stage: Stage, app: App) -> tuple[str, ...]:
    """Send a letter, the recall and texts, begin the sale; return who waited for what.

    Two people think better of it while the sale goes out.
    """
    step(7, "campaign submit … --wait, worked by the process that `chappe up` runs")
    with process(stage):
        _send(app, letter_job())
        _send(app, (stage.files / "recall.json").read_bytes())
        step(8, "policy kill channel sms, campaign submit flash.json, policy lift 1")
        number = ruling.switch_off_texts(app)
        _take(app, (stage.files / "flash.json").read_bytes())
        waited = ruling.held_back(app, FLASH, stage)
        waited += ruling.switch_on_texts(app, number, FLASH)
        step(9, "policy apply shop.toml --controller boutique, while all that runs")
        ruling.cyclone(app, stage)
        step(10, "campaign submit sale.json, spread over ten minutes")
        _begin(app, sale_job())
        leaving, erased = waiting_clients(app, 2)
        step(11, f"{client_email(leaving)} clicks `No more of these` while the sale goes out")
        leave_by_link(stage, app, leaving)
        step(12, f"rights open --kind erasure --ref {client_ref(erased)}, while the sale goes out")
        erase(stage, app, erased)
    return waited


def _finish(stage: Stage, app: App) -> list[Overview]:
    step(13, "three hours later (the clock is injected): the sale, and texts where it was early")
    with process(stage), suppress(KeyboardInterrupt):
        for name in (SALE, FLASH):
            follow(app, name, CONTROLLER, _nothing, timeout=_PATIENCE_SECONDS)
    step(14, "campaign audit: everybody is accounted for, once")
    names = (LETTER, SALE, RECALL, FLASH)
    return [statistics.overview(app, name, CONTROLLER) for name in names]


def _begin(app: App, body: bytes) -> None:
    """Submit a campaign that goes on for a while, and wait until its first wave has left."""
    _take(app, body)
    until = app.clock.boot() + _PATIENCE_SECONDS
    while not _first_wave_left(now := statistics.overview(app, SALE, CONTROLLER)):
        if app.clock.boot() > until:
            raise DemoFault("the sale did not begin in time")
        app.clock.wait(0.1)
    tell(f"{SALE}: leaves over ten minutes; {now.waiting} wait still")


def _first_wave_left(sale: Overview) -> bool:
    at_work = any(one.state is not BatchState.SCHEDULED for one in sale.work)
    return bool(sale.outcomes) and not at_work


def _nothing(_shown: object) -> None:
    """Tell nothing: the table that follows says it all."""


def _take(app: App, body: bytes) -> None:
    taken = intake.take(app, body, own_account(app.settings), new_id())
    if taken.campaign_id is None:
        raise DemoFault("; ".join(map(str, taken.faults)))


def _send(app: App, body: bytes) -> Overview:
    job = decode_job(body)
    _take(app, body)
    with suppress(KeyboardInterrupt):
        follow(
            app,
            job.id,
            CONTROLLER,
            lambda shown: tell(f"{job.id}: {one_line(shown)}"),
            timeout=_PATIENCE_SECONDS,
        )
    return statistics.overview(app, job.id, CONTROLLER)


def _print_outcomes(ended: list[Overview], audits: list[Audit]) -> None:
    rows = []
    for overview in ended:
        shown = campaign_shown(overview, 0)
        rows += [
            (shown.campaign, leg.channel, leg.outcome, leg.reason, leg.recipients)
            for leg in shown.legs
        ]
    output.table(("campaign", "channel", "outcome", "reason", "recipients"), rows)
    for audit in audits:
        row = audit.found.row
        final = " + ".join(f"{number} {word}" for word, number in audit.final.items())
        verdict = "holds" if audit.holds else "DOES NOT HOLD"
        output.data(f"{row.name}: {row.accepted} accepted = {final}: {verdict}")
    if not all(audit.holds for audit in audits):
        raise DemoFault("the figures do not agree")


def _explain(app: App, overview: Overview) -> None:
    told = explaining.explain(
        app, overview.found.row.name, CONTROLLER, Subject("email", first_opposed())
    )
    for story in told.stories:
        why = ", ".join(f"{one.reason}, told by {one.source}" for one in told.opposed)
        output.data(f"{first_opposed()} got no offer: {story.outcome} ({why})")


def _print_next(stage: Stage, page: Path) -> None:
    home = stage.settings.home_folder
    call = f"CHAPPE_HOME={home} {stage.command}"
    output.say("")
    output.say("Look at it:", style="bold")
    output.say(f"  file://{page}")
    output.say(f"  {home / 'outbox' / 'email'}/*.eml     open one in your mail program")
    output.say("Try next:", style="bold")
    for line in (
        "campaign show winter-sale",
        f"campaign explain {RECALL} --ref C0011",
        "policy current --controller boutique",
        "suppress add client002@example.org",
        f"campaign check {stage.files / 'sale.json'} --proof me@example.org",
        f"campaign submit {stage.files / 'sale.json'}     (the same id: nobody gets it twice)",
        "--help",
    ):
        output.say(f"  {call} {line}")
    output.say(f"Clean up: rm -r {home}")
