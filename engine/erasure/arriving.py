"""Campaigns that bring their recipients: whoever was erased is not even stored."""

import sqlalchemy as sa
from msgspec.structs import replace

from engine.app import App
from engine.controllers import Controller
from engine.erasure.sealed_rows import row_of_message
from engine.sources import ERASED_ROW
from engine.store import erased
from engine.store.blocks import hold_controller
from engine.wire.job import CampaignJob, InlineRow


def leave_out_erased(
    app: App, connection: sa.Connection, controller: Controller, job: CampaignJob
) -> CampaignJob:
    """Return a campaign as it may be stored within this transaction.

    The controller's row is held, so that a search for a person either comes later and finds what
    is stored here, or came before and is heeded.
    """
    rows = job.recipients.inline
    if rows is None:
        return job
    hold_controller(connection, controller.number)
    keys = erased.read(connection, controller.number).keys
    if not keys:
        return job
    pseudonyms = app.vault.pseudonyms(controller.name)

    def left(row: InlineRow) -> InlineRow:
        ref, points = row_of_message(row)
        gone = [kind for kind, value in points if pseudonyms.contact(kind, value) in keys]
        if (ref is not None and pseudonyms.person(ref) in keys) or (
            gone and len(gone) == len(points)
        ):
            return ERASED_ROW
        return {name: value for name, value in row.items() if name not in gone} if gone else row

    return replace(job, recipients=replace(job.recipients, inline=tuple(map(left, rows))))
