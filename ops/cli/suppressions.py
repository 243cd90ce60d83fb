"""``chappe suppress``: who must not be contacted, added, looked up, handed over."""

import csv
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from channels.contract import AddressKind
from engine import opposition_files, opposition_imports, opposition_removal, oppositions
from engine.app import App
from engine.opposition_imports import Defaults
from engine.opposition_removal import ComesFromErasure, Removal
from engine.oppositions import Reason
from engine.subjects import REF
from ops.cli import output
from ops.cli.files import FormatOption, MapOption, ReportOption, row_file
from ops.cli.notes import Notes, reasons_in_words
from ops.cli.options import ControllerOption, JsonFlag, PlatformFlag, YesFlag, examples, new_app
from ops.cli.persons import (
    ChannelOption,
    ForPurposeOption,
    KindOption,
    PurposeOption,
    RefOption,
    SubjectArgument,
    subject_of,
)
from ops.cli.screening import print_screen, print_suppressions, suppression_shown
from ops.cli.session import opened, realm_of
from ops.cli.shapes import (
    SuppressionAdded,
    SuppressionsImported,
)

app = new_app(
    "Oppositions: who must not be contacted. An import never undoes one.\n\n"
    "An entry is about an address, or with --ref about a person on all their addresses. It holds"
    " for one controller, or with --platform for every one; on every channel, or on the one that"
    " --channel names; whatever the purpose, or for the one that --purpose names."
)

_SOURCE = "cli"
_WIDER = (
    "the opposition was to more than one channel or purpose, and nothing of it is left: forbid again"
    " what the person did not consent to, with `chappe suppress add … --channel … --purpose …`"
)
_ERASED = (
    "this entry comes from an erasure: the person asked to be forgotten. Without it they can be"
    " imported and written to again"
)


@app.command(
    epilog=examples(
        "chappe suppress add ana@example.org",
        "chappe suppress add 0639980001 --channel sms --reason stop",
        "chappe suppress add --ref client-17 --controller boutique",
        "chappe suppress add ana@example.org --purpose offers",
        "chappe suppress add ana@example.org --platform",
    )
)
def add(
    address: SubjectArgument = None,
    ref: RefOption = None,
    kind: KindOption = None,
    channel: ChannelOption = None,
    purpose: PurposeOption = None,
    reason: Annotated[Reason, typer.Option(help="Why.")] = Reason.OBJECTION,
    controller: ControllerOption = None,
    platform: PlatformFlag = False,
    json: JsonFlag = False,
) -> None:
    """Forbid contact; it holds for every slice that leaves from now on."""
    subject = subject_of(address, ref, kind)
    with opened() as installation:
        whose = realm_of(installation, controller, platform=platform)
        done = oppositions.add(
            installation,
            whose,
            subject,
            channel=channel,
            purpose=purpose,
            reason=reason,
            source=_SOURCE,
        )
    added = SuppressionAdded(
        already=done.already, reason=done.reason, since=output.moment(done.since)
    )
    if json:
        output.document(added)
        return
    word = "was opposed already" if added.already else "is opposed"
    output.data(f"{word}: {added.reason}, since {output.readable(added.since)}")


@app.command(
    epilog=examples(
        "chappe suppress remove ana@example.org --why entered_in_error",
        "chappe suppress remove 0639980001 --channel sms --why consent_renewed",
    )
)
def remove(
    why: Annotated[Removal, typer.Option(help="Why this entry may go.")],
    address: SubjectArgument = None,
    ref: RefOption = None,
    kind: KindOption = None,
    channel: ChannelOption = None,
    purpose: PurposeOption = None,
    controller: ControllerOption = None,
    platform: PlatformFlag = False,
    yes: YesFlag = False,
) -> None:
    """Take one entry away, for a reason from a closed list.

    Name the entry as `check` shows it, with its channel and purpose. consent_renewed needs a
    consent in the ledger that was given on a later day (`chappe consent give`). One that an
    erasure left is asked about first: without it, lists take the person in again.
    """
    subject = subject_of(address, ref, kind)
    with opened() as installation:
        whose = realm_of(installation, controller, platform=platform)
        take_away = partial(
            opposition_removal.remove,
            installation,
            whose,
            subject,
            channel=channel,
            purpose=purpose,
            why=why,
        )
        try:
            gone = take_away()
        except ComesFromErasure:
            output.warn(_ERASED)
            output.confirmed("Lift what the erasure left?", yes=yes)
            gone = take_away(though_erased=True)
    where = f"on {gone.channel or 'every channel'}, for {gone.purpose or 'any purpose'}"
    output.data(f"removed: {gone.reason}, {where}")
    if why is Removal.CONSENT_RENEWED and not (gone.channel and gone.purpose):
        output.warn(_WIDER)


@app.command(
    epilog=examples(
        "chappe suppress check ana@example.org",
        "chappe suppress check clients.csv --json",
        "chappe suppress check --ref client-17",
    )
)
def check(
    subject: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS|FILE]", help="An address, or a file of rows.")
    ] = None,
    ref: RefOption = None,
    kind: KindOption = None,
    purpose: ForPurposeOption = None,
    map_: MapOption = None,
    format_: FormatOption = None,
    controller: ControllerOption = None,
    platform: PlatformFlag = False,
    json: JsonFlag = False,
) -> None:
    """Say what forbids contact with an address, a person, or each line of a file.

    A file is screened without storing anything; with --json one object per line that has
    something against it.
    """
    path = Path(subject) if subject is not None and ref is None and kind is None else None
    with opened() as installation:
        whose = realm_of(installation, controller, platform=platform)
        if path is not None and path.is_file():
            rows = row_file(path, map_, format_)
            screened = opposition_files.screen(installation, whose, rows, purpose)
            print_screen(screened, json=json)
            return
        subjects = [subject_of(subject, ref, kind)]
        found = oppositions.check(installation, whose, subjects, purpose)
    shown = [suppression_shown(one) for one in found]
    if json:
        output.document(shown)
    elif shown:
        print_suppressions(shown)
    else:
        output.data("nothing forbids contact")


@app.command(
    "import",
    epilog=examples(
        "chappe suppress import optouts.csv --reason unsubscribed",
        "chappe suppress import robinson.csv --platform",
    ),
)
def import_(
    file: Annotated[
        Path, typer.Argument(help="Columns ref, email, tel, post; channel; purpose; since.")
    ],
    reason: Annotated[Reason, typer.Option(help="For rows that say none.")] = Reason.IMPORTED,
    channel: ChannelOption = None,
    purpose: PurposeOption = None,
    map_: MapOption = None,
    format_: FormatOption = None,
    report: ReportOption = None,
    controller: ControllerOption = None,
    platform: PlatformFlag = False,
    json: JsonFlag = False,
) -> None:
    """Add every opposition of a file; what exists already stays as it is."""
    with (
        opened() as installation,
        output.file_progress(file) as told,
        Notes(report) as notes,
    ):
        whose = realm_of(installation, controller, platform=platform)
        done = opposition_imports.import_file(
            installation,
            whose,
            row_file(file, map_, format_),
            Defaults(channel, reason, f"{_SOURCE}-import", purpose),
            noted=notes,
            progress=told,
        )
    imported = SuppressionsImported(
        rows=done.rows,
        rejected=done.rejected,
        added=done.added,
        already=done.already,
        repeated=done.repeated,
        reasons=dict(done.reasons),
        notes=notes.shapes(),
    )
    if json:
        output.document(imported)
        return
    output.facts(
        {
            "rows": imported.rows,
            "added": imported.added,
            "there already": imported.already,
            "repeated in the file": imported.repeated,
            "rejected": imported.rejected,
            "rejected because": reasons_in_words(list(imported.reasons.items())),
        }
    )
    notes.tell("rejected", "unusable")


@app.command(epilog=examples("chappe suppress export > oppositions.csv"))
def export(
    purpose: ForPurposeOption = None,
    controller: ControllerOption = None,
    platform: PlatformFlag = False,
) -> None:
    """Write oppositions as CSV, to be handed to the client. This is personal data."""
    with opened() as installation:
        whose = realm_of(installation, controller, platform=platform)
        _write_csv(installation, whose, purpose)


def _write_csv(installation: App, whose: str | None, purpose: str | None) -> None:
    facts = ("channel", "reason", "source", "since", "purpose")
    columns = (REF, *(kind.value for kind in AddressKind), *facts)
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    for one in opposition_files.export(installation, whose, purpose):
        writer.writerow(opposition_files.exported_row(one))
