"""``chappe suppress``: who must not be contacted, added, looked up, handed over."""

import csv
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from channels.contract import AddressKind, Channel
from engine import opposition_files, opposition_imports, oppositions
from engine.app import App
from engine.opposition_imports import Defaults
from engine.oppositions import ComesFromErasure, Reason, Removal
from engine.subjects import REF, Subject, read_address
from ops.cli import output
from ops.cli.files import FormatOption, MapOption, ReportOption, row_file
from ops.cli.notes import Notes, reasons_in_words
from ops.cli.options import ControllerOption, JsonFlag, PlatformFlag, YesFlag, examples, new_app
from ops.cli.screening import print_screen
from ops.cli.session import opened, realm_of
from ops.cli.shapes import (
    SuppressionAdded,
    SuppressionShown,
    SuppressionsImported,
)

app = new_app("Oppositions: who must not be contacted. An import never undoes one.")

_SOURCE = "cli"
_ERASED = (
    "this entry comes from an erasure: the person asked to be forgotten. Without it they can be"
    " imported and written to again"
)
SubjectArgument = Annotated[
    str | None, typer.Argument(metavar="[ADDRESS]", help="Email, phone number or postal address.")
]
RefOption = Annotated[str | None, typer.Option(help="A person by the client's own id.")]
KindOption = Annotated[
    AddressKind | None, typer.Option(help="What the address is; guessed where it can be.")
]
ChannelOption = Annotated[Channel | None, typer.Option(help="One channel; default: every one.")]


@app.command(
    epilog=examples(
        "chappe suppress add ana@example.org",
        "chappe suppress add 0639980001 --channel sms --reason stop",
        "chappe suppress add --ref client-17 --controller boutique",
        "chappe suppress add ana@example.org --platform",
    )
)
def add(
    address: SubjectArgument = None,
    ref: RefOption = None,
    kind: KindOption = None,
    channel: ChannelOption = None,
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
            installation, whose, subject, channel=channel, reason=reason, source=_SOURCE
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
    controller: ControllerOption = None,
    platform: PlatformFlag = False,
    yes: YesFlag = False,
) -> None:
    """Take one entry away, for a reason from a closed list.

    One that an erasure left is asked about first: without it, lists take the person in again.
    """
    subject = subject_of(address, ref, kind)
    with opened() as installation:
        whose = realm_of(installation, controller, platform=platform)
        take_away = partial(
            oppositions.remove, installation, whose, subject, channel=channel, why=why
        )
        try:
            gone = take_away()
        except ComesFromErasure:
            output.warn(_ERASED)
            output.confirmed("Lift what the erasure left?", yes=yes)
            gone = take_away(though_erased=True)
    output.data(f"removed: {gone.reason}, on {gone.channel or 'every channel'}")


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
            screened = opposition_files.screen(installation, whose, row_file(path, map_, format_))
            print_screen(screened, json=json)
            return
        found = oppositions.check(installation, whose, [subject_of(subject, ref, kind)])
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
    file: Annotated[Path, typer.Argument(help="Columns ref, email, tel, post; channel; since.")],
    reason: Annotated[Reason, typer.Option(help="For rows that say none.")] = Reason.IMPORTED,
    channel: ChannelOption = None,
    map_: MapOption = None,
    format_: FormatOption = None,
    report: ReportOption = None,
    controller: ControllerOption = None,
    platform: PlatformFlag = False,
    json: JsonFlag = False,
) -> None:
    """Add every opposition of a file; what exists already stays as it is."""
    notes = Notes(report)
    with opened() as installation, output.file_progress(file) as told:
        whose = realm_of(installation, controller, platform=platform)
        try:
            done = opposition_imports.import_file(
                installation,
                whose,
                row_file(file, map_, format_),
                Defaults(channel, reason, f"{_SOURCE}-import"),
                noted=notes,
                progress=told,
            )
        finally:
            notes.close()
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
def export(controller: ControllerOption = None, platform: PlatformFlag = False) -> None:
    """Write oppositions as CSV, to be handed to the client. This is personal data."""
    with opened() as installation:
        whose = realm_of(installation, controller, platform=platform)
        _write_csv(installation, whose)


def subject_of(address: str | None, ref: str | None, kind: AddressKind | None) -> Subject:
    """Return whom the arguments mean.

    Raises typer.BadParameter unless it is either an address or a ref, SubjectFault for an address
    that cannot be used.
    """
    if (address is None) == (ref is None):
        raise typer.BadParameter("give either an address or --ref")
    if ref is not None:
        return Subject(REF, ref)
    return read_address(address or "", kind)


def suppression_shown(one: oppositions.Found) -> SuppressionShown:
    """Return an entry as it is shown."""
    return SuppressionShown(
        kind=one.kind,
        channel=one.channel,
        reason=one.reason,
        source=one.source,
        since=output.moment(one.since),
        platform=one.platform,
    )


def print_suppressions(found: list[SuppressionShown]) -> None:
    """Write entries as a table."""
    output.table(
        ("kind", "channel", "reason", "source", "since", "holds for"),
        [
            (
                one.kind,
                one.channel or "every",
                one.reason,
                one.source,
                output.readable(one.since),
                "every controller" if one.platform else "this controller",
            )
            for one in found
        ],
    )


def _write_csv(installation: App, whose: str | None) -> None:
    columns = (REF, *(kind.value for kind in AddressKind), "channel", "reason", "source", "since")
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    for one in opposition_files.export(installation, whose):
        writer.writerow(opposition_files.exported_row(one))
