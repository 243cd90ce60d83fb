"""Which of two rules is looser is said for every parameter of every kind, by one table."""

from datetime import date
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.rule_kinds import (
    Ban,
    Basis,
    Cap,
    Channel,
    Content,
    Hours,
    Numbers,
    Permitted,
    Relation,
    Rule,
    Selector,
    Volume,
    Window,
)
from policy.strictness import EVERY, NEUTRAL, PARAMETERS, joined, looser
from tests.unit.policy.random_rules import CLOCKS, KINDS, pairs, rules, rules_of

CHANNELS: tuple[Channel, ...] = get_args(Channel)
RELATIONS: tuple[Relation, ...] = get_args(Relation)


def _rule(kind: type[Rule], **said: Any) -> Rule:
    rule: Rule = kind(id="x", source="house", certainty="house", **said)
    return rule


def _windows(*spans: str) -> tuple[Window, ...]:
    return tuple(Window(start=span[:5], end=span[-5:]) for span in spans)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_table_speaks_about_every_parameter_of_every_kind(kind: type[Rule]) -> None:
    said = {parameter.name.split(".")[0] for parameter in PARAMETERS[kind]} | set(NEUTRAL)

    assert said == {field.name for field in msgspec.structs.fields(kind)}
    assert {name.name for name in EVERY if name.name.startswith("when.")} == {
        f"when.{field.name}" for field in msgspec.structs.fields(Selector)
    }


@given(rules())
def test_no_rule_is_looser_than_itself(rule: Rule) -> None:
    assert looser(rule, rule) == ()


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(*[rules_of(kind)] * 3)))
def test_what_is_no_looser_than_a_rule_is_no_looser_than_what_that_one_is_no_looser_than(
    three: tuple[Rule, Rule, Rule],
) -> None:
    first, second, third = three
    for parameter in PARAMETERS[type(first)]:
        steps = parameter.no_looser(first, second) and parameter.no_looser(second, third)
        # What a cap counts depends on its selector, so it only holds where the channels do.
        if steps and (parameter.name != "counts" or len({r.when.channels for r in three}) == 1):
            assert parameter.no_looser(first, third)


LOOSER: list[tuple[type[Rule], dict[str, Any], dict[str, Any], str]] = [
    (Ban, {}, {"when": Selector(channels=("sms",))}, "when.channels all → sms"),
    (
        Ban,
        {"when": Selector(relations=("b2b_named", "b2b_legal"))},
        {"when": Selector(relations=("b2b_named",))},
        "when.relations b2b_named, b2b_legal → b2b_named",
    ),
    (Ban, {}, {"when": Selector(except_safety=True)}, "when.except_safety no → yes"),
    (Ban, {}, {"valid_from": date(2026, 1, 2)}, "valid_from always → 2026-01-02"),
    (Ban, {}, {"valid_to": date(2026, 1, 2)}, "valid_to for good → 2026-01-02"),
    (
        Basis,
        {"one_of": (Permitted(type="consent", proof=("given_at",), channel_covered=True),)},
        {"one_of": (Permitted(type="consent", proof=("given_at",)),)},
        "one_of consent (with given_at, the channel named) → consent (with given_at)",
    ),
    (
        Basis,
        {"one_of": ()},
        {"one_of": (Permitted(type="consent"),)},
        "one_of none → consent",
    ),
    (Content, {"must_say": ("stop", "x")}, {"must_say": ("x",)}, "must_say stop, x → x"),
    (
        Hours,
        {"windows": _windows("08:00-20:00")},
        {"windows": _windows("09:00-19:00", "19:30-20:30")},
        "windows 08:00–20:00 → 09:00–19:00, 19:30–20:30",
    ),
    (
        Hours,
        {"windows": _windows("08:00-20:00"), "holidays": False},
        {"windows": _windows("08:00-20:00")},
        "holidays no → yes",
    ),
    (Cap, {"most": 3, "days": 30}, {"most": 4, "days": 30}, "most 3 → 4"),
    (Cap, {"most": 3, "days": 30}, {"most": 3, "days": 29}, "days 30 → 29"),
    (
        Cap,
        {"most": 3, "days": 30, "scope": "platform"},
        {"most": 3, "days": 30},
        "scope platform → controller",
    ),
    (
        Cap,
        {"most": 3, "days": 30, "counts": ("sms", "email")},
        {"most": 3, "days": 30},
        "counts sms, email → the channel itself",
    ),
    (
        Cap,
        {"most": 3, "days": 30},
        {"most": 3, "days": 30, "counts": ("sms", "email")},
        "counts the channel itself → sms, email",
    ),
    (
        Numbers,
        {"kinds": ("mobile",), "countries": ("FR",)},
        {"kinds": ("mobile",)},
        "countries FR → all",
    ),
    (Volume, {"most": 3}, {"most": 3, "approvals": 2}, "approvals 0 → 2"),
    (Volume, {"most": 3, "approvals": 2}, {"most": 3, "approvals": 1}, "approvals 2 → 1"),
]


@pytest.mark.parametrize(("kind", "upper", "lower", "said"), LOOSER)
def test_a_looser_parameter_is_named_with_both_values(
    kind: type[Rule], upper: dict[str, Any], lower: dict[str, Any], said: str
) -> None:
    assert looser(_rule(kind, **upper), _rule(kind, **lower)) == (said,)


SMS = Selector(channels=("sms",))
STRICTER: list[tuple[type[Rule], dict[str, Any], dict[str, Any]]] = [
    (Volume, {"most": 3, "approvals": 1}, {"most": 0, "approvals": 0}),
    (
        Hours,
        {"windows": _windows("08:00-12:00", "12:00-20:00"), "days": ("mon", "tue")},
        {"windows": _windows("09:00-19:00", "22:00-22:00"), "days": ("tue",)},
    ),
    (Cap, {"most": 3, "days": 30}, {"most": 2, "days": 31, "scope": "platform"}),
    (Cap, {"most": 3, "days": 3, "when": SMS}, {"most": 3, "days": 3, "counts": ("sms", "fax")}),
    (Cap, {"most": 3, "days": 3, "when": SMS, "counts": ("sms",)}, {"most": 3, "days": 3}),
    (Cap, {"most": 3, "days": 3}, {"most": 3, "days": 3, "counts": CHANNELS}),
    (
        Cap,
        {"most": 3, "days": 3, "counts": ("sms",)},
        {"most": 3, "days": 3, "counts": ("sms", "fax")},
    ),
    (
        Basis,
        {"one_of": (Permitted(type="consent"), Permitted(type="contract"))},
        {"one_of": (Permitted(type="contract", true=("related",)),), "covers": False},
    ),
    (Numbers, {"kinds": ("mobile", "fixed")}, {"kinds": ("mobile",), "countries": ("FR",)}),
]


@pytest.mark.parametrize(("kind", "upper", "lower"), STRICTER)
def test_a_stricter_rule_is_no_looser_but_its_opposite_is(
    kind: type[Rule], upper: dict[str, Any], lower: dict[str, Any]
) -> None:
    assert looser(_rule(kind, **upper), _rule(kind, **lower)) == ()
    assert looser(_rule(kind, **lower), _rule(kind, **upper)) != ()


def test_another_kind_is_looser() -> None:
    assert looser(_rule(Ban), _rule(Content, must_say=("stop",))) == ("kind ban → content",)


@given(pairs())
def test_a_rule_that_is_no_looser_matches_all_that_the_upper_one_does(
    both: tuple[Rule, Rule],
) -> None:
    upper, lower = both
    if looser(upper, lower):
        return
    for name in ("channels", "relations", "countries", "purposes"):
        theirs, ours = getattr(upper.when, name), getattr(lower.when, name)
        words = {*CHANNELS, *RELATIONS, "FR", "DE", "abc", "fr.sms"}
        assert all(not ours or word in ours for word in words if not theirs or word in theirs)


SPANS = st.lists(
    st.tuples(st.sampled_from(CLOCKS), st.sampled_from(CLOCKS)), min_size=1, max_size=4
).map(lambda spans: tuple(Window(start=start, end=end) for start, end in spans))


def _open(windows: tuple[Window, ...], clock: str) -> bool:
    return any(window.start <= clock < window.end for window in windows)


@given(SPANS, SPANS)
def test_windows_are_looser_exactly_when_they_open_more(
    upper: tuple[Window, ...], lower: tuple[Window, ...]
) -> None:
    opens = any(_open(lower, clock) and not _open(upper, clock) for clock in CLOCKS)
    rules = _rule(Hours, windows=upper), _rule(Hours, windows=lower)

    assert bool(looser(*rules)) == opens
    assert all(_open(tuple(joined(upper)), clock) == _open(upper, clock) for clock in CLOCKS)
