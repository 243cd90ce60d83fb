"""What rules look at beside the clock: where data goes, proofs, lists of objectors."""

from collections.abc import Callable
from datetime import date

from channels.contract import Channel, Message, Traits
from engine import consents
from engine.connectors import Attestation, attest
from engine.consents import Proof
from engine.list_files import RowFile
from engine.opposition_lists import Copy, import_list
from engine.subjects import Subject
from engine.wire.job import ConsentMethod
from tests.open_rules import lay_down
from tests.scenarios.campaign import Campaign
from tests.scenarios.site import Site, people
from tests.scenarios.written_rules import in_paris, rule, ruleset

PROVEN = ruleset(
    rule(
        "basis",
        "proof",
        one_of=[
            {"type": "consent", "proof": ["given_at", "method"], "channel_covered": True},
            {"type": "contract"},
        ],
        covers=False,
    )
)


def region(*countries: str) -> str:
    return ruleset(rule("region", "where", countries=list(countries)))


def reasons_of_refusal(site: Site, campaign: Campaign) -> list[str]:
    site.finish()
    assert campaign.state == "refused"
    (event,) = campaign.events("refused")
    return [one["reason"] for one in event["reasons"]]


# --- where data goes -----------------------------------------------------------------------------


def test_a_connector_elsewhere_is_passed_over_while_another_serves(site: Site) -> None:
    lay_down(site.app, region("FR"))
    german, french = site.provider(attested="DE"), site.provider(attested="FR")
    campaign = site.submit(*people(3))
    site.run()
    assert (german.asked, len(french.reached)) == ([], 3)
    assert campaign.outcomes == {"sent": 3}


def test_where_none_is_permitted_any_more_all_wait_and_nobody_is_lost(site: Site) -> None:
    relay = site.provider(name="mail", attested="FR", traits=Traits(slice_limit=2))
    campaign = site.submit(*people(4))
    site.plan()
    lay_down(site.app, region("DE"))
    for _ in range(3):
        site.run()
        site.clock.move(60)
    assert (relay.asked, campaign.outcomes, campaign.waiting) == ([], {}, 4)
    attest(site.app, "mail", Attestation("operator", "DE", "Relais GmbH"))
    site.clock.move(60)
    site.run()
    assert campaign.outcomes == {"sent": 4}


def test_a_connector_attested_for_elsewhere_is_used_no_more_from_the_next_batch_on(
    site: Site,
) -> None:
    lay_down(site.app, region("FR"))
    relay = site.provider(name="mail", attested="FR")
    site.submit(*people(1))
    site.run()
    attest(site.app, "mail", Attestation("operator", "DE", "Relais GmbH"))
    late = site.submit(*people(1, "late.test"))
    assert reasons_of_refusal(site, late) == ["region_refused"]
    assert len(relay.reached) == 1


def test_the_next_batch_is_decided_by_where_its_connector_is_by_then(
    new_site: Callable[..., Site],
) -> None:
    site = new_site(batch_size=1)
    lay_down(site.app, ruleset(rule("region", "fr", when={"countries": ["FR"]}, countries=["FR"])))
    relay = site.provider(name="mail", attested="FR")

    def move(_message: Message) -> None:
        attest(site.app, "mail", Attestation("operator", "DE", "Relais GmbH"))

    relay.heed = move
    rows = [row | {"country": "FR"} for row in people(2)]
    campaign = site.submit(*rows)
    site.run()
    assert campaign.reasons == {("sent", ""): 1, ("denied", "region_refused:fr"): 1}


# --- how many ------------------------------------------------------------------------------------


def test_a_campaign_that_is_too_large_is_refused_when_it_was_counted(site: Site) -> None:
    lay_down(site.app, ruleset(rule("volume", "large", most=2)))
    relay = site.provider()
    small, large = site.submit(*people(2)), site.submit(*people(3, "large.test"))
    site.finish()
    assert (small.outcomes, large.state) == ({"sent": 2}, "refused")
    assert len(relay.reached) == 2


def test_a_ceiling_that_is_lowered_under_way_lets_a_campaign_wait_for_approval(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3))
    site.plan()
    lay_down(site.app, ruleset(rule("volume", "large", most=2, approvals=1)))
    site.run()
    assert (relay.asked, campaign.waiting) == ([], 3)
    lay_down(site.app, ruleset(rule("volume", "large", most=3, approvals=1)))
    site.finish()
    assert campaign.outcomes == {"sent": 3}


# --- proofs --------------------------------------------------------------------------------------


def agree(site: Site, *numbers: int) -> None:
    for number in numbers:
        consents.give(
            site.app,
            site.controller.name,
            [Subject("email", f"p{number}@example.org")],
            purpose="offres",
            channels=[Channel.EMAIL],
            proof=Proof(date(2026, 11, 2), ConsentMethod.PAPER, "v1", "shop"),
        )


def test_a_campaign_without_proof_reaches_only_those_who_gave_one(site: Site) -> None:
    lay_down(site.app, PROVEN)
    relay = site.provider()
    agree(site, 0, 2)
    campaign = site.submit(*people(4))
    site.run()
    assert sorted(relay.addresses) == ["p0@example.org", "p2@example.org"]
    assert campaign.reasons == {("sent", ""): 2, ("denied", "no_proof:proof"): 2}


def test_consent_for_another_purpose_or_channel_or_controller_is_none(site: Site) -> None:
    lay_down(site.app, PROVEN)
    relay = site.provider()
    other = site.new_controller()
    agree(site, 0)
    theirs = site.submit(*people(1), controller=other.name)
    site.run()
    assert theirs.outcomes == {"denied": 1}
    consents.give(
        site.app,
        site.controller.name,
        [Subject("email", "p1@example.org")],
        purpose="rappels",
        channels=[Channel.EMAIL],
        proof=Proof(date(2026, 11, 2), ConsentMethod.PAPER, "v1", "shop"),
    )
    mine = site.submit({"email": "p1@example.org"})
    site.run()
    assert (mine.outcomes, relay.asked) == ({"denied": 1}, [])


def test_a_withdrawal_in_the_middle_stops_whoever_did_not_leave_yet(site: Site) -> None:
    lay_down(site.app, PROVEN)
    relay = site.provider(traits=Traits(slice_limit=1))
    agree(site, *range(6))
    gone: list[str] = []

    def heed(message: Message) -> None:
        if not gone:
            gone.extend(f"p{number}@example.org" for number in range(6))
            gone.remove(message.to)
            for address in gone:
                consents.withdraw(
                    site.app,
                    site.controller.name,
                    [Subject("email", address)],
                    purpose="offres",
                    channels=[Channel.EMAIL],
                    source="call",
                )
            site.clock.move(0.6)

    relay.heed = heed
    campaign = site.submit(*people(6))
    site.finish()
    assert campaign.outcomes == {"sent": 1, "suppressed": 5}
    assert not set(relay.addresses) & set(gone)


def test_a_proof_that_is_too_old_is_none(site: Site) -> None:
    old = rule("consent_age", "age", evidence="given_at", months=1)
    lay_down(site.app, PROVEN + old)
    site.provider()
    agree(site, 0)
    site.clock.millis = in_paris("2026-12-02T23:00")
    in_time = site.submit(*people(1))
    site.run()
    site.clock.millis = in_paris("2026-12-03T01:30")
    late = site.submit(*people(1))
    site.run()
    assert (in_time.outcomes, late.reasons) == (
        {"sent": 1},
        {("denied", "evidence_too_old:age"): 1},
    )


# --- lists of objectors --------------------------------------------------------------------------


def consult(site: Site, dated_at: int, *numbers: str) -> None:
    path = site.app.settings.home_folder / "objectors.csv"
    path.write_text("\n".join(["tel", *numbers]) + "\n")
    copy = Copy("objectors", "an authority", dated_at)
    import_list(
        site.app, copy, RowFile(path), noted=lambda note: None, progress=lambda rows, size: None
    )


def test_who_is_on_a_list_of_objectors_is_denied_and_so_is_everybody_where_it_is_old(
    site: Site,
) -> None:
    lay_down(
        site.app, ruleset(rule("opposition_list", "bl", name="objectors", read_within_days=30))
    )
    texts = site.provider(Channel.SMS)
    rows = [{"tel": f"+3363998000{number}"} for number in range(2)]
    never = site.submit(*rows, route=["sms"])
    site.run()
    assert never.reasons == {("denied", "opposition_list_old:bl"): 2}
    consult(site, site.clock.millis, "+33639980001")
    fresh = site.submit(*rows, route=["sms"])
    site.run()
    assert fresh.reasons == {("sent", ""): 1, ("denied", "on_opposition_list:bl"): 1}
    site.clock.move(31 * 86_400)
    old = site.submit(*rows, route=["sms"])
    site.run()
    assert old.reasons == {
        ("denied", "opposition_list_old:bl"): 1,
        ("denied", "on_opposition_list:bl"): 1,
    }
    assert texts.addresses == ["+33639980000"]


# --- sectors -------------------------------------------------------------------------------------


def test_a_sector_that_no_rule_knows_is_refused_with_what_may_be_meant(site: Site) -> None:
    """Misspelled, the ban on it would never be asked."""
    site.provider()
    lay_down(site.app, ruleset(rule("sector", "works", refuse=["energy_works"])))
    campaign = site.submit(*people(1), sectors=["energy_work"])
    assert reasons_of_refusal(site, campaign) == ["sector_unknown"]
    (event,) = campaign.events("refused")
    assert "did you mean" in event["reasons"][0]["sentence"]
    assert reasons_of_refusal(site, site.submit(*people(1), sectors=["energy_works"])) == [
        "sector_ban"
    ]
