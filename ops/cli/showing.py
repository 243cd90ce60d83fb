"""A campaign as commands show it: one shape, one table, one line."""

from collections.abc import Iterable, Iterator, Sequence

from engine.clock import SECOND, Millis
from engine.deciding import LATER
from engine.planning.ending import APPROVAL_NEEDED
from engine.planning.own_time import HOME
from engine.states import BatchState, CampaignState
from engine.statistics import Overview
from ops.cli import output
from ops.cli.campaign_shapes import (
    ApprovalShown,
    CampaignShown,
    LegShown,
    StartShown,
    TroubleShown,
    TryShown,
    WorkShown,
)

_PATIENCE: Millis = 5 * SECOND  # after which somebody should have taken a campaign up


def campaign_shown(overview: Overview, now: Millis) -> CampaignShown:
    """Return where a campaign stands as it is shown."""
    row = overview.found.row
    return CampaignShown(
        controller=overview.found.controller,
        campaign=row.name,
        state=overview.state,
        cancelled=row.cancelled_at is not None,
        reasons=row.reasons,
        kind=row.kind,
        purpose=row.purpose,
        route=row.route,
        urgent=row.urgent,
        received_at=output.moment(row.received_at),
        not_before=output.moment(row.not_before),
        not_after=output.moment(row.not_after),
        planned_at=output.perhaps(row.planned_at),
        finished_at=output.perhaps(row.finished_at),
        rows_read=row.rows_read,
        accepted=row.accepted,
        duplicates=row.duplicates,
        rejected=row.rejected,
        outcomes=dict(overview.outcomes),
        waiting=overview.waiting,
        units=overview.units,
        legs=tuple(
            LegShown(
                channel=row.route[count.leg - 1],
                connector=overview.connectors.get(count.connector),
                outcome=count.outcome.word,
                reason=count.reason or None,
                recipients=count.recipients,
                units=count.units,
            )
            for count in overview.counts
        ),
        starts=tuple(
            StartShown(
                at=output.moment(one.at),
                until=output.moment(one.at + row.spread) if row.spread else None,
                recipients=one.recipients,
                expires=one.expires,
            )
            for one in overview.starts
        ),
        assumed=overview.assumed,
        work=tuple(
            WorkShown(
                state=one.state.name.lower(),
                batches=one.batches,
                soonest=output.moment(one.soonest),
            )
            for one in overview.work
        ),
        tries=tuple(
            TryShown(
                reason=one.reason,
                recipients=one.recipients,
                soonest=output.moment(one.soonest),
            )
            for one in overview.tries
        ),
        troubles=tuple(
            TroubleShown(
                connector=one.connector,
                channel=one.channel,
                cause=one.cause,
                since=output.perhaps(one.since),
                tried_again=output.perhaps(one.until),
            )
            for one in overview.troubles
        ),
        approvals=approvals_shown(overview.approvals),
        waits_for=tuple(_waits_for(overview, now)),
    )


def approvals_shown(approvals: Iterable[tuple[str, Millis]]) -> tuple[ApprovalShown, ...]:
    """Return who approved a campaign."""
    return tuple(ApprovalShown(actor=actor, at=output.moment(at)) for actor, at in approvals)


def is_over(shown: CampaignShown) -> bool:
    """Whether nothing more happens to a campaign."""
    return shown.state in {CampaignState.FINISHED, CampaignState.REFUSED}


def one_line(shown: CampaignShown) -> str:
    """Return where a campaign stands as one line."""
    ended = "  ".join(f"{word} {number}" for word, number in shown.outcomes.items())
    done = sum(shown.outcomes.values())
    return f"{shown.state}  {done}/{shown.accepted}  {ended}".rstrip()


def print_campaign(shown: CampaignShown) -> None:
    """Write everything about a campaign."""
    output.facts(
        {
            "campaign": f"{shown.campaign} of {shown.controller}",
            "state": shown.state + (" (cancelled)" if shown.cancelled else ""),
            "reasons": ", ".join(shown.reasons) or None,
            "kind": f"{shown.kind}, for {shown.purpose}{', urgent' if shown.urgent else ''}",
            "route": " → ".join(shown.route),
            "received": output.readable(shown.received_at),
            "not before": output.readable(shown.not_before),
            "not after": output.readable(shown.not_after),
            "planned": output.readable(shown.planned_at),
            "finished": output.readable(shown.finished_at),
            "rows read": f"{shown.rows_read} = {shown.accepted} accepted"
            f" + {shown.duplicates} duplicates + {shown.rejected} rejected",
            "approved by": ", ".join(one.actor for one in shown.approvals) or None,
            "waiting": shown.waiting,
            "units": shown.units,
        }
    )
    if not is_over(shown):
        print_starts(shown.starts, shown.assumed)
    print_legs(shown)
    for sentence in shown.waits_for:
        output.warn(f"waits: {sentence}")


def print_starts(starts: Sequence[StartShown], assumed: int) -> None:
    """Write who starts when, where that is more than one instant or a spread."""
    if len(starts) > 1 or any(one.until or one.expires for one in starts):
        output.table(
            ("starts", "until", "recipients", "expires"),
            [
                (output.readable(one.at), output.readable(one.until), one.recipients, one.expires)
                for one in starts
            ],
        )
    if assumed:
        who = "recipient is" if assumed == 1 else "recipients are"
        output.warn(
            f"{assumed} {who} in no known time zone, and taken to be in {HOME}:"
            " give a number, or the columns country and postal_code"
        )


def print_legs(shown: CampaignShown) -> None:
    """Write how recipients ended, by channel and reason."""
    if not shown.legs:
        return
    output.table(
        ("channel", "outcome", "reason", "recipients", "units", "connector"),
        [
            (one.channel, one.outcome, one.reason, one.recipients, one.units, one.connector)
            for one in shown.legs
        ],
    )


def _waits_for(overview: Overview, now: Millis) -> list[str]:
    row = overview.found.row
    if overview.state in {CampaignState.FINISHED, CampaignState.REFUSED, "cancelling"}:
        return []
    found = []
    if overview.state == "paused":
        why = ", ".join(row.reasons) or "an operator"
        verb = "approve" if APPROVAL_NEEDED in row.reasons else "resume"
        found.append(f"paused since {_at(row.paused_at)} ({why}); see chappe campaign {verb}")
    if row.state is CampaignState.RECEIVED and now - row.received_at > _PATIENCE:
        found.append("nobody has taken it up yet; is a worker running (chappe up)?")
    start = min((one.at for one in overview.starts), default=row.not_before)
    if start > now:
        found.append(f"it starts at {_at(start)}")
    found += overview.stops
    for one in overview.troubles:
        again = f", tried again at {_at(one.until)}" if one.until is not None else ""
        since = f" since {_at(one.since)}" if one.since is not None else ""
        found.append(f"connector {one.connector} ({one.channel}): {one.cause}{since}{again}")
    if overview.state == CampaignState.PLANNED:
        found += _tried_again(overview, now)
    aside = [one for one in overview.work if one.state is BatchState.QUARANTINED]
    return found + [f"{one.batches} batches stopped several workers: set aside" for one in aside]


def _tried_again(overview: Overview, now: Millis) -> Iterator[str]:
    end = overview.found.row.not_after
    for one in overview.tries:
        alone = one.recipients == 1
        for_rules = one.reason in LATER
        if one.soonest >= end:
            are = f"{one.recipients} {'is' if alone else 'are'}"
            what = "not open to the rules" if for_rules else "not tried again"
            yield f"{are} {what} before the end at {_at(end)}: {one.reason}"
        elif one.soonest > now:
            wait = f"{one.recipients} {'waits' if alone else 'wait'}"
            what = "for the rules, the first of them until" if for_rules else "for another try at"
            yield f"{wait} {what} {_at(one.soonest)}: {one.reason}"


def _at(at: Millis | None) -> str | None:
    return output.readable(output.perhaps(at))
