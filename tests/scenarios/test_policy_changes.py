"""Rulesets are applied and taken back: at once or from an instant on, and always on record."""

import pytest
import sqlalchemy as sa

from engine import audit, policy_changes
from engine.audit import Act, ActRow
from engine.clock import HOUR
from engine.controllers import UnknownController
from engine.policy_changes import RulesetRefused, apply_ruleset, roll_back
from engine.policy_scope import PolicyFault, Scope
from engine.store import rulesets
from engine.store.policy_tables import rulesets as table
from policy.evaluate import Compiled
from tests.scenarios.hands import NOON
from tests.scenarios.rulesets import AT_NIGHT, CASES, HOURS, head, hours, wish
from tests.scenarios.site import Site

PLATFORM = Scope(0, "", "")
EARLY, LATE = hours("06:00", "12:00"), hours("10:00", "22:00")
WITH = CASES.replace("T12:00", "T11:00")  # at an hour at which all of them are open


def of(site: Site, campaign: str = "") -> Scope:
    return Scope(site.controller.number, site.controller.name, campaign)


def rules(site: Site, campaign: str = "c") -> Compiled | None:
    """Return what a worker that looks now decides by."""
    edition = site.app.rulebook.current()
    return edition.compiled(site.controller.number, campaign, site.clock.now())


def versions(site: Site, campaign: str = "c") -> list[str]:
    edition = site.app.rulebook.current()
    rows = edition.in_force(site.controller.number, campaign, site.clock.now())
    return [row.version for row in rows]


def newest_act(site: Site) -> ActRow:
    return audit.latest(site.app, audit.Wanted(), 1)[0]


@pytest.fixture
def bare(site: Site) -> Site:
    """A site to which no ruleset was ever applied."""
    with site.app.db.write() as connection:
        connection.execute(sa.delete(table))
        rulesets.take_turn(connection)
    return site


def test_a_ruleset_holds_as_soon_as_it_is_applied(bare: Site) -> None:
    assert rules(bare) is None
    changed = apply_ruleset(bare.app, wish())
    assert (changed.before, changed.already, changed.cases) == ("", False, 1)
    compiled = rules(bare)
    assert compiled is not None
    assert compiled.version == changed.after


def test_the_act_says_who_when_why_and_what_held_before_and_after(bare: Site) -> None:
    first = apply_ruleset(bare.app, wish(hours("08:00", "20:00")))
    second = apply_ruleset(bare.app, wish(hours("09:00", "20:00"), reason="quieter  mornings"))
    act = newest_act(bare)
    assert (act.act, act.subject, act.actor) == (
        Act.POLICY_APPLIED,
        "ruleset:ours",
        bare.app.settings.actor,
    )
    told = audit.details_of(act)
    assert told == {
        "layer": "platform",
        "before": first.after,
        "after": second.after,
        "effective_at": "2026-11-25T12:00:00+00:00",
        "reason": "quieter mornings",
        "stricter": 1,
        "looser": 0,
        "other": 0,
    }


def test_a_refused_ruleset_changes_nothing_and_leaves_no_act(bare: Site) -> None:
    with pytest.raises(RulesetRefused) as refused:
        apply_ruleset(bare.app, wish(hours(end="23:30"), cases=CASES + AT_NIGHT))
    assert [one.subject for one in refused.value.examined.objections] == ["case at night"]
    assert rules(bare) is None
    assert newest_act(bare).act != Act.POLICY_APPLIED


def test_applied_again_as_it_is_nothing_is_written(bare: Site) -> None:
    apply_ruleset(bare.app, wish())
    number = newest_act(bare).number
    assert apply_ruleset(bare.app, wish()).already
    assert newest_act(bare).number == number
    assert len(policy_changes.history(bare.app, None, None)[1]) == 1
    assert not apply_ruleset(bare.app, wish(cases=WITH)).already  # its cases are part of it


def test_a_dry_run_says_the_same_and_writes_nothing(bare: Site) -> None:
    apply_ruleset(bare.app, wish(hours("09:00")))
    seen = apply_ruleset(bare.app, wish(hours("08:00")), dry=True)
    assert (seen.count("looser"), seen.count("stricter")) == (1, 0)
    assert versions(bare) == [seen.before]
    done = apply_ruleset(bare.app, wish(hours("08:00")))
    assert (seen.before, seen.after, seen.changes) == (done.before, done.after, done.changes)


def test_a_ruleset_holds_from_the_instant_that_was_asked_for(bare: Site) -> None:
    now = apply_ruleset(bare.app, wish(EARLY, cases=WITH))
    later = apply_ruleset(bare.app, wish(LATE, cases=WITH, effective_at=NOON + HOUR))
    assert versions(bare) == [now.after]
    bare.clock.millis = NOON + HOUR - 1
    assert versions(bare) == [now.after]
    bare.clock.millis = NOON + HOUR
    assert versions(bare) == [later.after]


def test_what_was_decided_already_is_not_decided_otherwise_afterwards(bare: Site) -> None:
    with pytest.raises(PolicyFault, match="nothing can hold earlier"):
        apply_ruleset(bare.app, wish(effective_at=NOON - 1))


def test_a_change_that_is_planned_is_told_and_can_be_taken_back(bare: Site) -> None:
    early = apply_ruleset(bare.app, wish(EARLY, cases=WITH))
    apply_ruleset(bare.app, wish(LATE, cases=WITH, effective_at=NOON + HOUR))
    changed = apply_ruleset(bare.app, wish(EARLY, cases=WITH + AT_NIGHT))
    assert "planned for 2026-11-25T13:00:00+00:00" in changed.notices[0]
    with pytest.raises(PolicyFault, match="nothing is planned"):
        roll_back(bare.app, PLATFORM, "no", planned=NOON + 1)
    back = roll_back(bare.app, PLATFORM, "not yet", planned=NOON + HOUR)
    assert back.after == early.after
    bare.clock.millis = NOON + HOUR
    assert versions(bare) == [early.after]


def test_a_ruleset_names_the_layer_that_it_is_for(bare: Site) -> None:
    with pytest.raises(RulesetRefused, match="leave --controller and --campaign out"):
        apply_ruleset(bare.app, wish(controller=bare.controller.name))
    with pytest.raises(RulesetRefused, match="give --controller, and no --campaign"):
        apply_ruleset(bare.app, wish(hours(layer="controller")))
    with pytest.raises(PolicyFault, match="say whose campaign"):
        apply_ruleset(bare.app, wish(hours(layer="campaign"), campaign="c"))
    with pytest.raises(UnknownController):
        apply_ruleset(bare.app, wish(hours(layer="controller"), controller="nobody"))


def test_all_layers_hold_together_and_of_others_none(bare: Site) -> None:
    other = bare.new_controller()
    name = bare.controller.name
    platform = apply_ruleset(bare.app, wish())
    own = apply_ruleset(bare.app, wish(hours("09:00", layer="controller"), controller=name))
    text = hours("10:00", layer="campaign")
    later = apply_ruleset(bare.app, wish(text, controller=name, campaign="to-come"))
    assert "no campaign to-come" in later.notices[0]
    assert versions(bare, "to-come") == [platform.after, own.after, later.after]
    assert versions(bare, "another") == [platform.after, own.after]
    edition = bare.app.rulebook.current()
    assert len(edition.in_force(other.number, "to-come", bare.clock.now())) == 1


def test_a_lower_layer_may_not_loosen_and_is_told_everything_at_once(bare: Site) -> None:
    apply_ruleset(bare.app, wish())
    text = hours("07:00", layer="controller") + HOURS.replace('"hours"', '"hours"', 1).format(
        start="09:00", end="10:00"
    )
    with pytest.raises(RulesetRefused) as refused:
        apply_ruleset(bare.app, wish(text, controller=bare.controller.name, without_cases=False))
    parts = [one.part for one in refused.value.examined.objections]
    assert parts == ["ruleset", "layers", "cases"]


def test_a_stricter_platform_tells_which_rulesets_of_controllers_say_less_now(bare: Site) -> None:
    apply_ruleset(bare.app, wish())
    name = bare.controller.name
    apply_ruleset(bare.app, wish(hours("09:00", layer="controller"), controller=name))
    assert apply_ruleset(bare.app, wish(hours("08:30"))).notices == ()
    (notice,) = apply_ruleset(bare.app, wish(hours("10:00"))).notices
    assert notice.startswith(f"controller {name} now has a ruleset in which rule hours loosens")
    assert len(versions(bare)) == 2  # it restricts still


def test_without_a_platform_a_lower_ruleset_says_that_nothing_is_sent(bare: Site) -> None:
    text = hours(layer="controller")
    changed = apply_ruleset(bare.app, wish(text, controller=bare.controller.name))
    assert "nothing is sent at all" in changed.notices[0]


def test_a_rollback_lets_hold_again_what_held_before(bare: Site) -> None:
    first = apply_ruleset(bare.app, wish(hours("08:00")))
    second = apply_ruleset(bare.app, wish(hours("09:00")))
    back = roll_back(bare.app, PLATFORM, "too strict")
    assert (back.before, back.after) == (second.after, first.after)
    assert versions(bare) == [first.after]
    assert newest_act(bare).act == Act.POLICY_ROLLED_BACK
    assert roll_back(bare.app, PLATFORM, "it was right").after == second.after
    assert roll_back(bare.app, PLATFORM, "no", to=first.after).after == first.after
    _, rows = policy_changes.history(bare.app, None, None)
    assert [row.version for row in rows] == [
        one.after for one in (first, second, first, second, first)
    ]


def test_the_platform_is_never_left_without_rules(bare: Site) -> None:
    with pytest.raises(PolicyFault, match="nothing to take back"):
        roll_back(bare.app, PLATFORM, "no")
    apply_ruleset(bare.app, wish())
    for to in (None, "none"):
        with pytest.raises(PolicyFault, match="without one nothing is sent"):
            roll_back(bare.app, PLATFORM, "no", to=to)
    with pytest.raises(PolicyFault, match="never had a version"):
        roll_back(bare.app, PLATFORM, "no", to="0123")


def test_a_controller_goes_back_to_nothing_and_forth_again(bare: Site) -> None:
    platform = apply_ruleset(bare.app, wish())
    text = hours("09:00", layer="controller")
    own = apply_ruleset(bare.app, wish(text, controller=bare.controller.name))
    back = roll_back(bare.app, of(bare), "contract changed")
    assert (back.after, back.name, back.count("looser")) == ("", "", 1)
    assert versions(bare) == [platform.after]
    assert roll_back(bare.app, of(bare), "and again").after == own.after
    assert roll_back(bare.app, of(bare), "done", to="none").after == ""


def test_a_version_that_cannot_be_read_any_more_is_not_gone_back_to(bare: Site) -> None:
    apply_ruleset(bare.app, wish(hours("08:00")))
    with bare.app.db.write() as connection:
        broken = head("platform", "ours") + "[[rule]]\nkind = 'forgotten'\n"
        connection.execute(sa.update(table).values(text=broken))
    mended = apply_ruleset(bare.app, wish(hours("09:00")))
    assert mended.changes == ()
    with pytest.raises(PolicyFault, match="cannot read version"):
        roll_back(bare.app, PLATFORM, "no")
    assert versions(bare) == [mended.after]


def test_a_change_needs_a_reason_of_one_line(bare: Site) -> None:
    for reason in ("", "  ", "x" * 201, "a\x00b"):
        with pytest.raises(PolicyFault, match=r"reason|why"):
            apply_ruleset(bare.app, wish(reason=reason))


def test_a_looser_ruleset_lets_those_leave_who_were_put_off(site: Site) -> None:
    """What was decided before counts no more: whoever waits is decided about again."""
    early = CASES.replace("T12:00", "T03:30")
    apply_ruleset(site.app, wish(hours("03:00", "04:00"), cases=early))
    site.provider()
    campaign = site.submit(*[{"email": f"p{n}@example.org", "country": "GF"} for n in range(3)])
    site.run()
    assert campaign.waiting == 3
    apply_ruleset(site.app, wish(hours("00:00", "24:00"), cases=early))
    site.run()
    assert campaign.outcomes == {"sent": 3}
