"""Days and sends that no rule speaks about are told, for they are probably not meant."""

from datetime import date
from typing import Any, get_args

from policy.lint import lint
from policy.rule_kinds import (
    Ban,
    Basis,
    Cap,
    Channel,
    Layer,
    Permitted,
    Relation,
    Rule,
    Ruleset,
    Selector,
)

SAID: dict[str, Any] = {"source": "law", "certainty": "law"}
CHANNELS: tuple[Channel, ...] = get_args(Channel)
RELATIONS: tuple[Relation, ...] = get_args(Relation)


def _ruleset(*rules: Rule, layer: Layer = "controller", **more: Any) -> Ruleset:
    return Ruleset(name="fr", title="x", layer=layer, rule=rules, **more)


def _said(*rules: Rule, **more: Any) -> list[str]:
    return [str(one) for one in lint(_ruleset(*rules, **more))]


def _cap(name: str, most: int = 1, **more: Any) -> Cap:
    return Cap(id=name, most=most, days=3, **SAID, **more)


def _basis(name: str = "fr.basis", **more: Any) -> Basis:
    return Basis(id=name, one_of=(Permitted(type="consent"),), **SAID, **more)


def _ban(**more: Any) -> Ban:
    return Ban(id="fr.cap.ban", when=Selector(channels=("fax",)), **SAID, **more)


def test_versions_that_leave_days_without_any_are_told() -> None:
    old = _cap("fr.cap.old", valid_to=date(2026, 8, 10))
    short = _cap("fr.cap.short", 3, valid_from=date(2026, 1, 1), valid_to=date(2026, 2, 1))
    late = _cap("fr.cap.new", 2, valid_from=date(2026, 8, 13))
    prompt = _cap("fr.cap.new", 2, valid_from=date(2026, 8, 11))

    assert _said(late, short, old) == [
        (
            "warning: fr.cap.new: no rule fr.cap.* of its kind holds from 2026-08-11 to 2026-08-12, "
            "after fr.cap.old"
        )
    ]
    assert _said(prompt, short, old) == []
    assert _said(late, old, _ban(valid_from=date(2027, 1, 1)))[1:] == []
    assert _said(_cap("a", valid_to=date(2026, 1, 1)), _cap("b", 2, valid_from=date.max)) == []


def test_marketing_that_no_basis_rule_speaks_about_is_named() -> None:
    silent = [
        f"warning: ruleset: no rule of kind basis speaks about marketing by {channel} to "
        f"{', '.join(RELATIONS)}"
        for channel in CHANNELS
    ]
    service = _basis(when=Selector(campaigns=("service",)))

    assert _said(layer="platform") == silent
    assert _said(service, layer="platform") == silent
    assert _said(_basis(covers=False), layer="platform") == silent
    assert _said(_basis(when=Selector(campaigns=("marketing",))), layer="platform") == []
    assert _said(layer="controller") == []


def test_silence_has_its_days_and_its_relations() -> None:
    sms = Selector(channels=("sms",), relations=RELATIONS[1:])
    rest = Selector(channels=CHANNELS[1:])
    day = date(2026, 8, 10)
    rules = [
        _basis("a.b", when=rest, valid_to=date.max),
        _basis("c.d", when=sms, valid_from=date(2026, 1, 1), valid_to=day),
        _basis("e.f", when=Selector(channels=("sms",)), valid_from=date(2026, 8, 12)),
    ]
    by_sms = "warning: ruleset: no rule of kind basis speaks about marketing by sms to"
    everybody = ", ".join(RELATIONS)

    assert _said(*rules, layer="platform") == [
        f"{by_sms} {everybody}",
        f"{by_sms} {RELATIONS[0]} from 2026-01-01",
        f"{by_sms} {everybody} from 2026-08-11",
    ]
