"""What holds and what is off at an instant, by the rows of one generation."""

import pytest

from engine.rulebook import Edition, latest
from engine.store.kills import Kill
from engine.store.rulesets import RulesetRow
from policy.decision import Verdict
from policy.send_facts import RecipientFacts
from tests.open_rules import OPEN
from tests.unit.policy.sends import NOW, SEND

T = NOW


def row(
    version: str, *, layer: str = "platform", scope: int = 0, campaign: str = "", since: int = 0
) -> RulesetRow:
    text = OPEN if layer == "platform" else _ban(layer)
    return RulesetRow(
        0, layer, scope, campaign, "x", version, text, "", since, since, "operator", "for tests"
    )


def _ban(layer: str) -> str:
    return (
        f'name = "x"\ntitle = "X"\nlayer = "{layer}"\n'
        '[[rule]]\nkind = "ban"\nid = "ban"\nsource = "for tests"\ncertainty = "house"\n'
    )


def edition(*rows: RulesetRow, off: tuple[Kill, ...] = ()) -> Edition:
    made = Edition(1, off)
    for one in sorted(rows, key=lambda row: row.effective_at):
        made._rows.setdefault((one.layer, one.scope, one.campaign), []).append(one)
    return made


def kill(kind: str, target: str, *, scope: int = 0, begun: int = 0, end: int | None = None) -> Kill:
    return Kill(1, kind, target, scope, "for tests", "operator", begun, end, None, None)


def test_of_one_layer_the_row_that_began_last_holds() -> None:
    rows = [row("a"), row("b", since=T)]
    assert latest(rows, -1) is None
    assert [found.version for found in (latest(rows, T - 1), latest(rows, T)) if found] == [
        "a",
        "b",
    ]


def test_each_layer_of_a_campaign_counts_and_nobody_elses() -> None:
    made = edition(
        row("p"),
        row("c", layer="controller", scope=1),
        row("k", layer="campaign", scope=1, campaign="promo"),
    )

    def of(scope: int, name: str) -> list[str]:
        return [one.version for one in made.in_force(scope, name, T)]

    assert of(1, "promo") == ["p", "c", "k"]
    assert of(1, "other") == ["p", "c"]
    assert of(2, "promo") == ["p"]


def test_without_a_ruleset_of_the_platform_nothing_is_permitted() -> None:
    assert edition().compiled(1, "promo", T) is None
    assert edition(row("p", since=T)).compiled(1, "promo", T - 1) is None
    assert edition(row("c", layer="controller", scope=1)).compiled(1, "promo", T) is None


def test_a_row_without_a_version_ends_what_held_on_its_layer() -> None:
    made = edition(row("p"), row("", since=T))
    assert made.compiled(1, "promo", T - 1) is not None
    assert made.compiled(1, "promo", T) is None


def test_one_layer_that_cannot_be_read_permits_nothing_to_anybody_under_it() -> None:
    broken = row("c", layer="controller", scope=1)._replace(text="kind = ")
    made = edition(row("p"), broken)
    assert made.compiled(1, "promo", T) is None
    assert made.compiled(2, "promo", T) is not None


def test_layers_decide_together() -> None:
    made = edition(row("p"), row("c", layer="controller", scope=1))
    own, other = made.compiled(1, "promo", T), made.compiled(2, "promo", T)
    assert own is not None
    assert other is not None
    assert own.decide(SEND, RecipientFacts(), T).verdict is Verdict.DENY
    assert other.decide(SEND, RecipientFacts(), T).verdict is Verdict.ALLOW
    assert own.version not in {"p", "c"}
    assert other.version == "p"


def test_what_was_compiled_once_is_not_compiled_again() -> None:
    made = edition(row("p"), row("p", since=T))
    assert made.compiled(1, "promo", T - 1) is made.compiled(2, "else", T)


@pytest.mark.parametrize(
    ("off", "stopped"),
    [
        (kill("campaign", "promo", scope=1), True),
        (kill("campaign", "promo", scope=2), False),
        (kill("campaign", "other", scope=1), False),
        (kill("controller", "boutique"), True),
        (kill("controller", "promo"), False),
        (kill("channel", "email"), True),
        (kill("channel", "sms"), False),
        (kill("connector", "email"), False),
        (kill("destination", "email"), False),
        (kill("channel", "email", begun=T + 1), False),
        (kill("channel", "email", begun=T), True),
        (kill("channel", "email", end=T), False),
        (kill("channel", "email", end=T + 1), True),
        (kill("channel", "email")._replace(lifted_at=T), False),
    ],
)
def test_a_kill_stops_what_it_names_while_it_holds(off: Kill, stopped: bool) -> None:
    found = edition(off=(off,)).killed((1, "boutique"), "promo", "email", T)
    assert found == (off if stopped else None)


def test_connectors_and_destinations_are_off_by_themselves() -> None:
    mail, reunion = kill("connector", "mail-a", end=T), kill("destination", "+262", begun=T)
    made = edition(off=(mail, reunion))
    assert sorted(made.connectors_off(T - 1)) == ["mail-a"]
    assert made.connectors_off(T) == frozenset()
    assert (made.destinations_off(T - 1), made.destinations_off(T)) == ((), (reunion,))


def test_the_next_change_is_the_first_instant_to_come() -> None:
    made = edition(
        row("a"),
        row("b", since=T + 30),
        row("c", layer="controller", scope=1, since=T + 20),
        off=(kill("channel", "sms", begun=T + 10, end=T + 40),),
    )
    asked = [T, T + 10, T + 20, T + 30, T + 40]
    assert [made.next_change(at) for at in asked] == [T + 10, T + 20, T + 30, T + 40, None]
