"""Says in plain sentences what a rule is about and what it asks, for people who read law."""

from collections.abc import Iterable, Mapping
from functools import singledispatch

from ops.policy_pages import words
from policy import rule_kinds as kinds
from policy.send_facts import CONTENT, EVIDENCE

_WHO: Mapping[str, str] = {
    "b2c_prospect": "consumers who bought nothing",
    "b2c_customer": "consumers who are customers",
    "b2b_named": "professionals by name",
    "b2b_legal": "companies",
}
_ALL_OF: Mapping[frozenset[str], str] = {
    frozenset({"b2c_prospect", "b2c_customer"}): "consumers",
    frozenset({"b2b_named", "b2b_legal"}): "professionals and companies",
}
_BASES: Mapping[str, str] = {
    "consent": "consent",
    "soft_opt_in": "the exception for customers",
    "legitimate_interest": "legitimate interest",
    "contract": "a contract",
    "legal_obligation": "a legal obligation",
    "vital_interest": "a vital interest",
    "public_task": "a public task",
}
_MOST_COUNTRIES = 3
_A_WEEK = 7


def joined(parts: Iterable[str], last: str = "and") -> str:
    """Return parts as people list them."""
    *some, end = list(parts) or [""]
    return f"{', '.join(some)} {last} {end}" if some else end


def about(when: kinds.Selector) -> str:
    """Return which sends a rule is about."""
    said = [
        joined((_kind(one) for one in when.campaigns), "or") or "every message",
        _by(when),
        _to(when.relations),
        f"on the basis of {joined((_BASES[one] for one in when.bases), 'or')}"
        if when.bases
        else "",
        f"for {joined(when.purposes, 'or')}" if when.purposes else "",
        f"that advertises {joined(when.sectors, 'or')}" if when.sectors else "",
        f"in {_countries(when.countries)}" if when.countries else "",
        f"of {joined(when.controllers, 'or')}" if when.controllers else "",
        "unless it is a matter of safety" if when.except_safety else "",
    ]
    text = " ".join(one for one in said if one).removesuffix(",")
    return f"{text[0].upper()}{text[1:]}."


def _to(relations: tuple[str, ...]) -> str:
    if not relations:
        return ""
    known = _ALL_OF.get(frozenset(relations))
    return f"to {known or joined((_WHO[one] for one in relations), 'or')}"


def _kind(campaign: str) -> str:
    return "marketing" if campaign == "marketing" else "service messages"


def _by(when: kinds.Selector) -> str:
    channels = [words.CHANNELS[one] for one in when.channels]
    speaks = [words.VOICE_MODES[one] for one in when.voice_modes]
    modes = f" in which {joined(speaks, 'or')}," if speaks else ""
    return f"by {joined(channels, 'or')}{modes}" if channels else ""


def _countries(codes: tuple[str, ...]) -> str:
    if len(codes) <= _MOST_COUNTRIES:
        return joined(codes, "or")
    return f"one of {len(codes)} countries and territories ({', '.join(codes)})"


@singledispatch
def asks(rule: kinds.Rule) -> str:
    """Return what a rule asks."""
    raise TypeError(f"no words for rules of kind {type(rule).__name__}")


@asks.register
def _(rule: kinds.Basis) -> str:
    if not rule.one_of:
        return "No legal basis is enough."
    return f"Only on {'; or on '.join(map(_permitted, rule.one_of))}."


def _permitted(option: kinds.Permitted) -> str:
    proof = [EVIDENCE[name] for name in option.proof]
    true = [EVIDENCE[name] for name in option.true]
    needs = [
        f"proved by {joined(proof)}" if proof else "",
        f"where {joined(true)}" if true else "",
        "and given for this channel" if option.channel_covered else "",
    ]
    said = ", ".join(one for one in needs if one)
    return f"{_BASES[option.type]}{f', {said}' if said else ''}"


@asks.register
def _(rule: kinds.Content) -> str:
    return f"The content says {joined(CONTENT[name] for name in rule.must_say)}."


@asks.register
def _(rule: kinds.Screen) -> str:
    lists = [name.removeprefix("words:") for name in rule.refuse if name.startswith("words:")]
    others = [words.FINDING_KINDS.get(name, name) for name in rule.refuse if ":" not in name]
    said = [f"words about {joined(lists, 'or')}"] if lists else []
    return f"Neither content nor columns hold {joined([*said, *others], 'or')}."


@asks.register
def _(rule: kinds.Hours) -> str:
    spans = joined(f"{one.start}–{one.end}" for one in rule.windows)
    off = {
        (False, False): ", never on public holidays, those of a part of the country included",
        (False, True): ", never on national public holidays",
        (True, False): ", never on public holidays of a part of the country",
        (True, True): "",
    }[rule.holidays, rule.local_holidays]
    return f"{_days(rule.days)}, {spans}{off}, where the recipient is."


def _days(days: tuple[str, ...]) -> str:
    order = list(words.DAYS)
    places = sorted({order.index(day) for day in days})
    if len(places) == _A_WEEK:
        return "Every day"
    names = [words.DAYS[order[place]] for place in places]
    if len(names) > 2 and places[-1] - places[0] == len(places) - 1:  # noqa: PLR2004 (a span)
        return f"{names[0]} to {names[-1]}"
    return joined(names) if names else "Never"


@asks.register
def _(rule: kinds.Cap) -> str:
    by = "by one controller" if rule.scope == "controller" else "by all controllers together"
    what = joined((words.CHANNELS[one] for one in rule.counts), "or") or "contacts by the channel"
    return f"At most {rule.most} {what} in {rule.days} calendar days, {by}."


@asks.register
def _(rule: kinds.Pause) -> str:
    return f"Not for {rule.days} full days after the person refused."


@asks.register
def _(rule: kinds.Numbers) -> str:
    of = f", of {_countries(rule.countries)}" if rule.countries else ""
    return f"Only {joined(_number_kind(one) for one in rule.kinds)}{of}."


def _number_kind(kind: str) -> str:
    return {"fiction": "numbers set aside for films and tests"}.get(kind, words.NUMBER_KINDS[kind])


@asks.register
def _(rule: kinds.Addresses) -> str:
    return f"No addresses {joined((words.ROLES[role] for role in rule.refuse), 'or')}."


@asks.register
def _(rule: kinds.Sender) -> str:
    approved = " that was approved for the controller" if rule.approved else ""
    shown = joined((words.SENDER_KINDS[one] for one in rule.kinds), "or")
    return f"Shown as the sender: {shown}{approved}."


@asks.register
def _(rule: kinds.Sector) -> str:
    named = joined((name.replace("_", " ") for name in rule.refuse), "or")
    return f"Nothing that advertises {named}{_except(rule.except_bases)}."


def _except(bases: tuple[str, ...]) -> str:
    return f", save on {joined((_BASES[one] for one in bases), 'or')}" if bases else ""


@asks.register
def _(rule: kinds.OppositionList) -> str:
    fresh = f"of which the copy is no older than {rule.read_within_days} days"
    return f"Nobody on the list {rule.name}, {fresh}{_except(rule.except_bases)}."


@asks.register
def _(rule: kinds.ConsentAge) -> str:
    return f"No more than {rule.months} months since {EVIDENCE[rule.evidence]}."


@asks.register
def _(rule: kinds.Provenance) -> str:
    own = "" if rule.suppliers else ", and nobody else supplied it"
    return f"Somebody answers for where the list comes from{own}."


@asks.register
def _(rule: kinds.Region) -> str:
    return f"The provider processes data in {_countries(rule.countries)}."


@asks.register
def _(rule: kinds.Volume) -> str:
    first = "the first campaign by the channel" if rule.first_use else "a campaign"
    size = f" of more than {rule.most} recipients" if rule.most else ""
    people = f"{rule.approvals} other person" + ("s" if rule.approvals > 1 else "")
    opens = f"unless {people} approved it" if rule.approvals else "whoever approved it"
    return f"Not {first}{size}, {opens}."


@asks.register
def _(_rule: kinds.Ban) -> str:
    return "Nothing at all."
