"""``chappe consent import`` and ``export``: the ledger as files."""

import csv
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from channels.contract import Channel
from engine import consent_exports, consent_imports
from engine.wire.job import ConsentMethod
from ops.cli import output
from ops.cli.consent_shapes import ConsentsImported
from ops.cli.files import FormatOption, MapOption, ReportOption, row_file
from ops.cli.notes import Notes, reasons_in_words
from ops.cli.options import ControllerOption, JsonFlag, examples, instant_option, new_app
from ops.cli.session import opened, whose

app = new_app("The ledger of consents as files.")

PurposeOption = Annotated[
    str | None, typer.Option(metavar="WORD", help="A purpose agreed with the controller.")
]
ChannelsOption = Annotated[
    list[Channel] | None, typer.Option("--channel", help="A channel it covers. Repeatable.")
]
MethodOption = Annotated[ConsentMethod | None, typer.Option(help="How it was given.")]
GivenOption = Annotated[
    datetime | None, instant_option("The day it was given, such as 2026-11-20 (UTC).")
]
TextOption = Annotated[
    str | None, typer.Option(metavar="WORDS", help="The wording that was shown.")
]
CollectedOption = Annotated[
    str | None, typer.Option("--source", metavar="WORDS", help="Where it was collected.")
]


@app.command(
    "import",
    epilog=examples(
        "chappe consent import consents.csv",
        "chappe consent import box.csv --purpose offers --channel email --given 2026-03-02"
        " --method unticked_box --text-version 2026-03 --source site",
    ),
)
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="Columns ref, email, tel, post; purpose, channel, given_on, method, text_version,"
            " source; withdrawn_on."
        ),
    ],
    purpose: PurposeOption = None,
    channel: ChannelsOption = None,
    given: GivenOption = None,
    method: MethodOption = None,
    text_version: TextOption = None,
    source: CollectedOption = None,
    map_: MapOption = None,
    format_: FormatOption = None,
    report: ReportOption = None,
    controller: ControllerOption = None,
    json: JsonFlag = False,
) -> None:
    """Record every consent of a file; options hold for rows that do not say otherwise.

    A row with withdrawn_on forbids contact from that day on, and so speaks against older proofs.
    """
    usual = {
        "purpose": purpose or "",
        "channel": " ".join(channel or ()),
        "given_on": given.date().isoformat() if given else "",
        "method": method or "",
        "text_version": text_version or "",
        "source": source or "",
    }
    with (
        opened() as installation,
        output.file_progress(file) as told,
        Notes(report) as notes,
    ):
        owner = whose(installation, controller)
        done = consent_imports.import_file(
            installation,
            owner,
            row_file(file, map_, format_),
            usual,
            noted=notes,
            progress=told,
        )
    _print_import(done, notes, json=json)


def _print_import(done: consent_imports.ConsentReport, notes: Notes, *, json: bool) -> None:
    imported = ConsentsImported(
        rows=done.rows,
        rejected=done.rejected,
        recorded=done.recorded,
        already=done.already,
        refused=done.refused,
        withdrawn=done.withdrawn,
        lifted=done.lifted,
        standing=done.standing,
        reasons=dict(done.reasons),
        notes=notes.shapes(),
    )
    if json:
        output.document(imported)
        return
    output.facts(
        {
            "rows": imported.rows,
            "recorded": imported.recorded,
            "there already": imported.already,
            "taken back": imported.withdrawn,
            "refused": imported.refused,
            "rejected rows": imported.rejected,
            "rejected or refused because": reasons_in_words(list(imported.reasons.items())),
            "objections lifted": imported.lifted,
            "objections that stand": imported.standing,
        }
    )
    notes.tell("rejected", "refused", "unusable")


@app.command(
    epilog=examples(
        "chappe consent export > ledger.csv", "chappe consent export clients.csv > consents.csv"
    )
)
def export(
    persons: Annotated[
        Path | None,
        typer.Argument(help="A file of the persons to be told of: columns ref, email, tel, post."),
    ] = None,
    map_: MapOption = None,
    format_: FormatOption = None,
    controller: ControllerOption = None,
) -> None:
    """Write the ledger as CSV. This is personal data.

    It keeps keys and no addresses: without a file of persons, each row names its person by key
    only. With one, rows carry its ids and addresses, and `chappe consent import` reads them.
    """
    notes = Notes()
    writer = csv.DictWriter(sys.stdout, consent_exports.COLUMNS, lineterminator="\n")
    with opened() as installation:
        file = row_file(persons, map_, format_) if persons is not None else None
        writer.writeheader()
        owner = whose(installation, controller)
        for row in consent_exports.export(installation, owner, file, notes):
            writer.writerow(row)
    notes.tell("rejected", "unusable")
