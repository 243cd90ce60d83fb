"""What the rules on volume say of a campaign whose recipients were counted."""

from collections.abc import Sequence

from engine.app import App
from engine.controllers import Controller
from engine.send_facts import decode_stored, send_facts
from engine.store import approvals
from engine.store.campaigns import CampaignRow
from engine.wire.job import CampaignJob
from policy.campaign_step import Refusal, too_large
from policy.send_reasons import SendReason


def volume_refused(
    app: App, controller: Controller, job: CampaignJob, campaign: CampaignRow
) -> tuple[Refusal, ...]:
    """Return what the rules on volume have against a campaign whose recipients were counted."""
    now = app.clock.now()
    edition = app.rulebook.current()
    compiled = edition.compiled(controller.number, job.id, max(now, campaign.not_before))
    if compiled is None:
        return ()  # dispatch waits for rules
    with app.db.read() as connection:
        approved = approvals.count(connection, campaign.id)
    found: dict[Refusal, None] = {}
    stored = decode_stored(campaign.facts)
    for channel in job.route:
        send = send_facts(
            job,
            channel,
            controller.settings,
            None,
            stored,
            size=campaign.accepted,
            approvals=approved,
        )
        found.update(dict.fromkeys(too_large(compiled, send, now)))
    return tuple(found)


def lacks_approval(refused: Sequence[Refusal]) -> bool:
    """Return whether nothing but approvals is lacking."""
    return bool(refused) and all(one.reason is SendReason.NOT_APPROVED for one in refused)
