"""Every reason to refuse a campaign that comes in: by what it is, and by the rules in force."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine.app import App
from engine.campaign_facts import Findings
from engine.clock import Millis
from engine.controllers import Controller
from engine.send_facts import send_facts
from engine.store.connectors import ConnectorRow
from engine.wire.job import CampaignJob
from policy.campaign_step import Refusal, refusals, region_refused
from policy.decide import decide_campaign
from policy.decision import Decision, ReasonCode, Verdict
from policy.evaluate import Compiled
from policy.needs import sectors_named
from policy.send_facts import SendFacts
from policy.send_reasons import SendReason
from policy.typed_tree import meant

AnyRefusal = Decision | Refusal
"""Why a campaign may not be sent: by what it is, or by a rule of a ruleset."""

# What a campaign is refused for already needs no second reason that says the same.
_SAID: Mapping[str, frozenset[SendReason]] = {
    "evidence": frozenset({SendReason.NO_PROOF, SendReason.CONSENT_NOT_FOR_CHANNEL}),
    "content": frozenset({SendReason.CONTENT_LACKS}),
    "connectors": frozenset({SendReason.REGION_REFUSED, SendReason.FACT_UNKNOWN}),
    "source": frozenset({SendReason.PROVENANCE_UNKNOWN, SendReason.NOT_SCREENED}),
}
_NO_RULESET = Decision(Verdict.DENY, ReasonCode.NO_RULESET, "ruleset")


def refusals_of(
    app: App,
    controller: Controller,
    job: CampaignJob,
    findings: Findings,
    at: Millis,
) -> tuple[AnyRefusal, ...]:
    """Return every reason to refuse a campaign that is to leave at an instant; none: it may.

    Where several rules say the same of the same thing, the first of them stands for all.
    """
    first = decide_campaign(findings.facts)
    said = frozenset[SendReason]().union(*(_SAID.get(one.rule, frozenset()) for one in first))
    ruled = _refused_by_rules(app, controller, job, findings, at)
    told = {(one.reason, one.subject): one for one in reversed(ruled) if one.reason not in said}
    return (*first, *reversed(told.values()))


def _refused_by_rules(
    app: App,
    controller: Controller,
    job: CampaignJob,
    findings: Findings,
    at: Millis,
) -> tuple[AnyRefusal, ...]:
    compiled = app.rulebook.current().compiled(controller.number, job.id, at)
    if compiled is None:
        return (_NO_RULESET,)
    unknown = tuple(_unknown_sectors(compiled, controller, job))
    found: dict[Refusal, None] = {}
    for channel in job.route:
        composer = findings.composers.get(channel)
        if composer is None:  # what its content lacks is said already
            continue
        send = send_facts(job, channel, controller.settings, composer.facts, findings.stored)
        through = _through(compiled, send, findings.connectors[channel], at)
        found.update(dict.fromkeys(through))
    return (*unknown, *found)


def _unknown_sectors(
    compiled: Compiled, controller: Controller, job: CampaignJob
) -> Iterator[Decision]:
    """Yield the sectors that no rule has a word for: misspelled, a ban would never be asked."""
    named = sectors_named(compiled.rules)
    said = controller.settings.sectors if job.sectors is None else job.sectors
    for word in said or ():
        if named and word not in named:
            subject = f"{word}{meant(word, sorted(named))}"
            yield Decision(Verdict.DENY, ReasonCode.SECTOR_UNKNOWN, "sectors", subject)


def _through(
    compiled: Compiled, send: SendFacts, rows: Sequence[ConnectorRow], at: Millis
) -> Iterator[Refusal]:
    """Yield what is against a send by whichever of its connectors it may go through.

    One that the rules on regions permit is enough: dispatch uses no other.
    """
    usable = [row for row in rows if row.enabled and row.attested_at is not None]
    sends = [replace(send, connector_country=row.country or None) for row in usable]
    permitted = [one for one in sends if not region_refused(compiled, one, at)]
    for one in (permitted or sends or [send])[:1]:
        yield from refusals(compiled, one, at)
