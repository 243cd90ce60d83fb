"""Whom one may contact, for whom, and who may be shown as the sender."""

from policy.holiday_calendar import Holidays
from policy.rule_kinds import Addresses, Ban, Numbers, OppositionList, Sector, Sender
from policy.rules.judging import deny, most_telling, unknown
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement, SendReason

DAY = 86_400_000
_WITHOUT_NUMBERS = frozenset({"email", "post"})


def judge_numbers(
    rule: Numbers, send: SendFacts, recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny numbers of other kinds and other countries, and those about which that is unknown."""
    if send.channel in _WITHOUT_NUMBERS:
        return None
    kind, country = recipient.number_kind, recipient.country
    return most_telling(
        (
            _one_of(kind, rule.kinds, SendReason.NUMBER_REFUSED, "number_kind"),
            _one_of(country, rule.countries, SendReason.COUNTRY_REFUSED, "country")
            if rule.countries
            else None,
        )
    )


def judge_addresses(
    rule: Addresses, send: SendFacts, recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny email addresses of refused roles, and those whose role is unknown."""
    if send.channel != "email":
        return None
    if recipient.role is None:
        return unknown("role")
    refused = recipient.role in rule.refuse
    return deny(SendReason.ADDRESS_REFUSED, (recipient.role,)) if refused else None


def judge_sender(
    rule: Sender, send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny senders of other kinds, those that were not approved, and unknown ones."""
    return most_telling(
        (
            _one_of(send.sender_kind, rule.kinds, SendReason.SENDER_REFUSED, "sender_kind"),
            _approval(send) if rule.approved else None,
        )
    )


def _approval(send: SendFacts) -> Judgement | None:
    if send.sender is None:
        return unknown("sender")
    if send.approved_senders is None:
        return unknown("approved_senders")
    approved = send.sender in send.approved_senders
    return None if approved else deny(SendReason.SENDER_NOT_APPROVED)


def _one_of(
    word: str | None, permitted: tuple[str, ...], reason: SendReason, fact: str
) -> Judgement | None:
    if word is None:
        return unknown(fact)
    return None if word in permitted else deny(reason, (word,))


def judge_sector(
    rule: Sector, send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny what advertises a refused sector, and what does not say which sectors it advertises.

    On an excepted basis the rule says nothing; whether that basis holds, a basis rule says.
    """
    if send.basis in rule.except_bases:
        return None
    if send.sectors is None:
        return unknown("sectors")
    refused = send.sectors.intersection(rule.refuse)
    return deny(SendReason.SECTOR_BAN, refused) if refused else None


def judge_opposition_list(
    rule: OppositionList,
    send: SendFacts,
    recipient: RecipientFacts,
    now: Millis,
    _holidays: Holidays,
) -> Judgement | None:
    """Deny whoever is on the list, and everybody where it was not read lately.

    Lately: no longer ago than so many times 24 hours. Of several answers the worse one counts.
    """
    if send.basis in rule.except_bases:
        return None
    answers = {listed for name, listed in recipient.on_lists if name == rule.name}
    if True in answers:
        return deny(SendReason.ON_OPPOSITION_LIST, (rule.name,))
    read = [at for name, at in recipient.lists_read if name == rule.name]
    if not read or now - min(read) > rule.read_within_days * DAY:
        return deny(SendReason.OPPOSITION_LIST_OLD, (rule.name,))
    return None if answers else unknown(rule.name)


def judge_ban(
    _rule: Ban, _send: SendFacts, _recipient: RecipientFacts, _now: Millis, _holidays: Holidays
) -> Judgement | None:
    """Deny everything that the rule is about."""
    return deny(SendReason.BANNED)
