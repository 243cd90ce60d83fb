"""Any ruleset and any facts, small enough that rules meet and days differ."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from policy.facts import CampaignKind
from policy.rule_kinds import (
    Addresses,
    Ban,
    Basis,
    Cap,
    ConsentAge,
    Content,
    Exemption,
    Hours,
    Numbers,
    OppositionList,
    Pause,
    Permitted,
    Provenance,
    Region,
    Rule,
    Ruleset,
    Screen,
    Sector,
    Selector,
    Sender,
    Volume,
    Window,
)
from policy.send_facts import ContentFacts, RecipientFacts, SendFacts
from tests.unit.policy.sends import DAY, millis, sending

CHANGE = date(2026, 8, 11)
START = millis("2026-08-10T00:00Z")

channels = st.sampled_from(["sms", "voice", "email"])
relations = st.sampled_from(["b2c_prospect", "b2c_customer"])
bases = st.sampled_from(["consent", "contract"])
modes = st.sampled_from(["automated", "live"])
countries = st.sampled_from(["FR", "DE"])
sectors = st.sampled_from(["toys", "wine"])
controllers = st.sampled_from(["ctl_1", "ctl_2"])
days = st.integers(-2, 2).map(lambda shift: CHANGE + timedelta(shift))
instants = st.integers(-12 * 24, 3 * 24).map(lambda hours: START + hours * DAY // 24)
nows = st.integers(START, START + 2 * DAY)


T = TypeVar("T")


def often(usual: st.SearchStrategy[T], other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Three in four are usual: of wholly random facts nearly all are denied at once."""
    return st.sampled_from([usual, usual, usual, other]).flatmap(lambda chosen: chosen)


def some(words: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """None of the words, mostly, so that rules are about many sends."""
    return st.just(()) | st.lists(words, max_size=2, unique=True).map(tuple)


selectors = st.builds(
    Selector,
    channels=some(channels),
    campaigns=some(st.sampled_from(["marketing", "service"])),
    relations=some(relations),
    bases=some(bases),
    voice_modes=some(modes),
    sectors=some(sectors),
    countries=some(countries),
    controllers=some(controllers),
    except_safety=st.booleans(),
)
permitted = st.builds(
    Permitted,
    type=bases,
    proof=some(st.sampled_from(["given_at", "method"])),
    true=some(st.just("related")),
    channel_covered=st.booleans(),
)
windows = st.tuples(st.integers(0, 23), st.integers(1, 24)).map(
    lambda hours: Window(start=f"{min(hours):02}:00", end=f"{max(hours):02}:00")
)
_KINDS: dict[type[Rule], dict[str, st.SearchStrategy[object]]] = {
    Basis: {"one_of": st.lists(permitted, max_size=3).map(tuple)},
    Content: {"must_say": st.just(("stop",))},
    Screen: {"refuse": st.just(("nir",))},
    Hours: {
        "days": st.lists(
            st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat"]), min_size=1, unique=True
        ).map(tuple),
        "windows": st.lists(windows, min_size=1, max_size=2).map(tuple),
    },
    Cap: {"most": st.integers(1, 2), "days": st.integers(1, 12)},
    Pause: {"days": st.integers(1, 12)},
    Numbers: {"kinds": st.just(("mobile",)), "countries": some(countries)},
    Addresses: {"refuse": st.just(("role",))},
    Sender: {"kinds": st.just(("short",)), "approved": st.booleans()},
    Sector: {"refuse": st.just(("wine",)), "except_bases": some(bases)},
    OppositionList: {"name": st.just("bloctel"), "read_within_days": st.integers(1, 30)},
    ConsentAge: {"evidence": st.just("given_at"), "months": st.integers(1, 3)},
    Provenance: {"suppliers": st.booleans()},
    Region: {"countries": st.just(("FR",))},
    Volume: {
        "most": st.integers(0, 2),
        "approvals": st.integers(0, 2),
        "first_use": st.booleans(),
    },
    Ban: {},
}


def rules_of(*kinds: type[Rule]) -> st.SearchStrategy[Rule]:
    """Rules of some kinds; their ids may be the same, which a lint would refuse."""
    return st.sampled_from(kinds).flatmap(_rules_of_kind)


def _rules_of_kind(kind: type[Rule]) -> st.SearchStrategy[Rule]:
    return st.builds(
        kind,
        id=st.sampled_from(["a", "b", "c", "d"]),
        source=st.just("the house"),
        certainty=st.just("house"),
        when=st.just(Selector()) | selectors,
        valid_from=st.none() | days,
        valid_to=st.none() | days,
        **_KINDS[kind],
    )


OPEN = Basis(
    id="open",
    source="the house",
    certainty="house",
    one_of=(Permitted(type="consent"), Permitted(type="contract")),
)
rules = rules_of(*_KINDS)
_of_time = rules_of(Hours, Cap, Pause)
exemptions = st.builds(
    Exemption,
    rule=st.sampled_from(["a", "b", "c", "d"]),
    controller=controllers,
    reason=st.just("agreed"),
    author=st.just("DPO"),
    until=days,
)
rulesets = st.builds(
    Ruleset,
    name=st.just("any"),
    title=st.just("Any"),
    layer=st.sampled_from(["platform", "platform", "controller"]),
    zone=st.sampled_from(["UTC", "Europe/Paris", "Pacific/Noumea"]),
    rule=often(
        st.lists(_of_time, min_size=1, max_size=5).map(lambda some: (OPEN, *some)),
        st.lists(rules, max_size=6).map(tuple)
        | st.lists(rules, max_size=4).map(lambda some: (OPEN, *some)),
    ),
    exemption=st.lists(exemptions, max_size=2).map(tuple),
)
_evidence = st.fixed_dictionaries(
    {},
    optional={
        "given_at": days,
        "method": st.sampled_from(["form", ""]),
        "related": st.booleans(),
        "channels": st.frozensets(channels, max_size=2),
    },
)
_any_sends = st.builds(
    SendFacts,
    controller=controllers,
    kind=st.none() | st.sampled_from(CampaignKind),
    purpose=st.just("offres"),
    relation=st.none() | relations,
    basis=st.none() | bases,
    channel=channels,
    voice_mode=st.none() | modes,
    safety=st.booleans(),
    sectors=st.none() | st.frozensets(sectors),
    evidence=_evidence,
    content=st.builds(
        ContentFacts,
        stop=st.none() | st.booleans(),
        findings=st.none() | st.frozensets(st.just("nir")),
    ),
    sender=st.none() | st.just("Dupuis"),
    sender_kind=st.none() | st.sampled_from(["short", "mobile"]),
    approved_senders=st.none() | st.frozensets(st.just("Dupuis")),
    connector_country=st.none() | countries,
    size=st.none() | st.integers(0, 3),
    approvals=st.integers(0, 2),
    first_use=st.none() | st.booleans(),
    list_attested=st.none() | st.booleans(),
    list_supplier=st.none() | st.just("supplier"),
)
_any_recipients = st.builds(
    RecipientFacts,
    country=st.none() | countries,
    number_kind=st.none() | st.sampled_from(["mobile", "fixed"]),
    places=st.frozensets(st.sampled_from(["75", "971", "987", "988"]), max_size=2),
    role=st.none() | st.sampled_from(["person", "role"]),
    on_lists=st.frozensets(st.tuples(st.just("bloctel"), st.booleans())),
    lists_read=st.frozensets(st.tuples(st.just("bloctel"), instants | nows), max_size=1),
    contacts=st.lists(st.tuples(channels, st.just("controller"), instants | nows), max_size=3).map(
        tuple
    ),
    refused_at=st.none() | instants | nows,
    evidence=_evidence.map(lambda said: frozenset(said.items())),
    withdrawn=st.none() | st.booleans(),
)
_usual_sends = st.builds(
    sending, controller=controllers, channel=channels, basis=bases, voice_mode=modes
)
_usual_recipients = _any_recipients.map(
    lambda any_one: replace(any_one, withdrawn=False, places=any_one.places or frozenset({"75"}))
)
sends = often(_usual_sends, _any_sends)
recipients = often(_usual_recipients, _any_recipients)
