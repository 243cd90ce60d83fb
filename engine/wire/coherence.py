"""Rules that look at several fields of a campaign, or that its schema cannot say.

They run on whatever parts of a message are right in themselves, so that a sender hears of these
faults together with those of shape. Whether the campaign is *permitted* is not asked here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from email.headerregistry import Address
from email.utils import getaddresses

from channels.contract import Channel
from engine.clock import DAY
from engine.wire.content import Content, EmailContent
from engine.wire.faults import Fault, FaultReason
from engine.wire.instants import Duration, to_millis
from engine.wire.job import (
    SOURCES,
    Basis,
    BasisType,
    CampaignJob,
    Fallback,
    Kind,
    Priority,
    Recipients,
    Schedule,
)
from engine.wire.starts import earliest_start

ADDRESS_COLUMNS = ("email", "tel", "post")
_LONGEST_YEARS = 10
_FIRST_YEAR, _LAST_YEAR = 1970, 2999  # with the longest durations added, still in the calendar
_TEN_YEARS = Duration(months=12 * _LONGEST_YEARS)

PROOF_FIELDS: dict[BasisType, frozenset[str]] = {
    BasisType.CONSENT: frozenset({"given_at", "method", "text_version", "source", "channels"}),
    BasisType.SOFT_OPT_IN: frozenset({"last_purchase_at", "similar", "optout_offered"}),
    BasisType.LEGITIMATE_INTEREST: frozenset({"informed_at", "job_related"}),
    BasisType.CONTRACT: frozenset({"contract_ref", "related"}),
}


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a message that are right in themselves; None: absent or faulty.

    ``content_given`` names the channels that have a content at all, right or wrong.
    """

    kind: Kind | None = None
    basis: Basis | None = None
    recipients: Recipients | None = None
    route: tuple[Channel, ...] | None = None
    content: Content | None = None
    content_given: frozenset[str] = frozenset()
    fallback: Fallback | None = None
    schedule: Schedule | None = None
    priority: Priority | None = None
    history: Duration | None = None
    safety: bool | None = None


def parts_of(job: CampaignJob) -> Parts:
    """Return the parts of a message whose shape is right."""
    contents = {channel for channel in Channel if getattr(job.content, channel) is not None}
    return Parts(
        kind=job.kind,
        basis=job.basis,
        recipients=job.recipients,
        route=job.route,
        content=job.content,
        content_given=frozenset(contents),
        fallback=job.fallback,
        schedule=job.schedule,
        priority=job.priority,
        history=job.history,
        safety=job.safety,
    )


def incoherences(parts: Parts) -> Iterator[Fault]:
    """Yield every fault that lies between fields."""
    for rule in _RULES:
        yield from rule(parts)


def _recipients(parts: Parts) -> Iterator[Fault]:
    recipients = parts.recipients
    if recipients is None:
        return
    given = sum(getattr(recipients, source) is not None for source in SOURCES)
    if given != 1:
        reason = FaultReason.CONTRADICTION if given else FaultReason.MISSING
        yield Fault("recipients", reason, f"expected exactly one of {', '.join(SOURCES)}")
    for name, aim in (("only", recipients.only), ("except", recipients.except_)):
        yield from _unique(f"recipients.{name}.outcomes", aim.outcomes if aim else ())
    for number, row in enumerate(recipients.inline or ()):
        if not any(row.get(column) not in {None, ""} for column in ADDRESS_COLUMNS):
            sentence = f"the row has no address; expected one of {', '.join(ADDRESS_COLUMNS)}"
            yield Fault(f"recipients.inline.{number}", FaultReason.MISSING, sentence)


def _route(parts: Parts) -> Iterator[Fault]:
    route = parts.route or ()
    yield from _unique("route", route)
    for channel in dict.fromkeys(route):
        if channel.value not in parts.content_given:
            sentence = f"the route goes through {channel.value}, so its content is required"
            yield Fault(f"content.{channel.value}", FaultReason.MISSING, sentence)


def _email(parts: Parts) -> Iterator[Fault]:
    email: EmailContent | None = parts.content.email if parts.content else None
    if email is None:
        return
    for name, text in (("from", email.sender), ("reply_to", email.reply_to)):
        if text is not None and not _is_mailbox(text):
            sentence = "expected one address, such as Name <info@example.org>"
            yield Fault(f"content.email.{name}", FaultReason.BAD_FORM, sentence)


def _schedule(parts: Parts) -> Iterator[Fault]:
    schedule = parts.schedule
    if schedule is None:
        return
    yield from _duration("schedule.spread", schedule.spread)
    wrong = [
        *_year("not_before", schedule.not_before),
        *_year("not_after", schedule.not_after),
        *_year("local_date", schedule.local_date),
        *_local_date(schedule),
    ]
    yield from wrong
    if not wrong:
        yield from _end(schedule)


def _local_date(schedule: Schedule) -> Iterator[Fault]:
    if schedule.local_date is None:
        return
    if schedule.local_time is None:
        sentence = "schedule.local_date is given, so the time of that day is required"
        yield Fault("schedule.local_time", FaultReason.MISSING, sentence)
    if schedule.not_before is not None:
        sentence = "schedule.local_date says when it begins; leave one of the two out"
        yield Fault("schedule.not_before", FaultReason.CONTRADICTION, sentence)


def _end(schedule: Schedule) -> Iterator[Fault]:
    """Whatever is certain to expire is a fault; where the recipients decide, a check tells."""
    begin = earliest_start(schedule)
    if begin is None or schedule.not_after is None:
        return
    end = to_millis(schedule.not_after)
    own = schedule.local_time is not None
    if end <= begin:
        after = "the first place in which local_time comes" if own else "schedule.not_before"
        sentence = f"expected an instant later than {after}"
        yield Fault("schedule.not_after", FaultReason.CONTRADICTION, sentence)
    elif schedule.spread is not None and schedule.spread.after(begin) > end:
        sentence = f"longer than the time between {'local_time' if own else 'not_before'}"
        yield Fault("schedule.spread", FaultReason.CONTRADICTION, f"{sentence} and not_after")


def _urgency(parts: Parts) -> Iterator[Fault]:
    schedule = parts.schedule
    spread = schedule.spread if schedule else None
    if parts.priority is Priority.URGENT and schedule and schedule.local_time is not None:
        sentence = "an urgent campaign does not wait for a time of day; leave one of the two out"
        yield Fault("schedule.local_time", FaultReason.CONTRADICTION, sentence)
    if parts.priority is Priority.URGENT and spread is not None and spread != Duration():
        sentence = "an urgent campaign is not spread over time; leave one of the two out"
        yield Fault("schedule.spread", FaultReason.CONTRADICTION, sentence)
    if parts.safety and parts.kind is Kind.MARKETING:
        sentence = "only a campaign of kind service can be a matter of safety"
        yield Fault("safety", FaultReason.CONTRADICTION, sentence)


def _fallback(parts: Parts) -> Iterator[Fault]:
    if parts.fallback is not None:
        yield from _unique("fallback.on", parts.fallback.on)
        yield from _duration("fallback.receipt_wait", parts.fallback.receipt_wait)


def _history(parts: Parts) -> Iterator[Fault]:
    yield from _duration("history", parts.history, least=DAY)


def _proof(parts: Parts) -> Iterator[Fault]:
    basis = parts.basis
    if basis is None or basis.proof is None:
        return
    allowed = PROOF_FIELDS.get(basis.type, frozenset())
    for name in basis.proof.__struct_fields__:
        if name not in allowed and getattr(basis.proof, name) is not None:
            sentence = f"proves nothing for a basis of type {basis.type.value}"
            yield Fault(f"basis.proof.{name}", FaultReason.CONTRADICTION, sentence)
    yield from _unique("basis.proof.channels", basis.proof.channels or ())


_RULES: tuple[Callable[[Parts], Iterator[Fault]], ...] = (
    _proof,
    _recipients,
    _route,
    _email,
    _fallback,
    _schedule,
    _urgency,
    _history,
)


def _unique(field: str, values: Sequence[str]) -> Iterator[Fault]:
    if len(set(values)) < len(values):
        yield Fault(field, FaultReason.REPEATED, "expected each value once")


def _duration(field: str, given: Duration | None, *, least: int = 0) -> Iterator[Fault]:
    if given is None:
        return
    if given.after(0) > _TEN_YEARS.after(0):
        sentence = f"expected at most {_LONGEST_YEARS} years"
        yield Fault(field, FaultReason.TOO_LONG, sentence)
    elif given.after(0) < least:
        yield Fault(field, FaultReason.TOO_SHORT, "expected at least one day")


def _year(name: str, given: date | None) -> Iterator[Fault]:
    if given is not None and not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        sentence = f"expected one of the years {_FIRST_YEAR} to {_LAST_YEAR}"
        yield Fault(f"schedule.{name}", FaultReason.BAD_FORM, sentence)


def _is_mailbox(text: str) -> bool:
    found = getaddresses([text])
    if len(found) != 1:
        return False
    try:
        address = Address(display_name=found[0][0], addr_spec=found[0][1])
    except (ValueError, IndexError):
        return False
    return bool(address.username and address.domain)
