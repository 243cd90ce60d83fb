"""Looks into what a campaign brings: sensitive data, where its recipients come from, what is new."""

import sqlalchemy as sa

from channels.contract import Channel
from engine import lists
from engine.app import App
from engine.controllers import Controller
from engine.send_facts import Stored
from engine.source_screening import screened
from engine.sources import SourceFault, source_of
from engine.store import campaigns
from engine.store.lists import ListRow
from engine.wire.job import CampaignJob
from policy import screening


def look_into(
    app: App,
    controller: Controller,
    job: CampaignJob,
    list_row: ListRow | None,
    list_until: int | None,
) -> Stored:
    """Find out what rules look at and dispatch cannot see any more. Reads files and rows once.

    A source that cannot be read has no findings here: the campaign is refused for that anyway.
    """
    with app.db.read() as connection:
        new_by = _never_used(connection, controller, job)
    if list_row is not None:
        in_source, origin = lists.findings_of(list_row), lists.provenance_of(list_row)
        attested, supplier = origin.attested_by is not None, origin.supplier
    else:
        in_source = _in_source(app, controller, job, list_until)
        told = job.recipients.provenance
        attested, supplier = told is not None, None if told is None else told.supplier
    findings = {
        channel: tuple(sorted(in_source | _in_content(job, channel)))
        for channel in job.route
        if in_source is not None
    }
    return Stored(findings=findings, attested=attested, supplier=supplier, first_use=new_by)


def _in_source(
    app: App, controller: Controller, job: CampaignJob, until: int | None
) -> frozenset[str] | None:
    if job.recipients.list is not None:
        return frozenset()
    try:
        return screened(source_of(app, controller.name, job, None, until))
    except (SourceFault, OSError):
        return frozenset()


def _in_content(job: CampaignJob, channel: Channel) -> frozenset[str]:
    content = getattr(job.content, channel.value)
    texts = (
        [] if content is None else [getattr(content, name) for name in content.__struct_fields__]
    )
    told = [text for text in texts if isinstance(text, str)]
    return frozenset[str]().union(*(screening.findings_in(text) for text in told))


def _never_used(
    connection: sa.Connection, controller: Controller, job: CampaignJob
) -> tuple[Channel, ...]:
    used = campaigns.channels_used(connection, controller.number)
    return tuple(channel for channel in job.route if channel.value not in used)
