"""Figures: recipients are counted, not attempts, and every place says the same at every moment."""

from collections import Counter
from collections.abc import Callable

from channels.contract import Channel, Message, SendKind, SendResult, Traits
from engine import campaign_audit
from engine.campaign_audit import Audit
from engine.progress import ProgressReporter
from engine.states import Outcome
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.provider import BUSY, DOUBT, REFUSED, UNKNOWN
from tests.scenarios.site import Site, people

Sites = Callable[..., Site]
TWO_PARTS = SendResult(SendKind.SENT, units=2)


def places(campaign: Campaign) -> list[dict[str, int]]:
    """What every place that counts outcomes says of a finished campaign."""
    (finished,) = campaign.events("finished")
    told = {word: number for word, number in finished["outcomes"].items() if number}
    rows = Counter(Outcome(row.outcome).word for row in campaign.rows())
    rows.pop("passed_on", None)
    return [dict(campaign.outcomes), dict(campaign.audit.final), dict(rows), told]


def agree(campaign: Campaign, expected: dict[str, int]) -> None:
    """See that a campaign is over and every place says the same of it."""
    assert campaign.finished
    assert places(campaign) == [expected] * 4
    row = campaign.overview.found.row
    assert row.accepted == campaign.events("finished")[0]["accepted"] == sum(expected.values())
    assert (campaign.waiting, row.open_batches) == (0, 0)


def test_tries_and_pauses_inflate_no_figure(new_site: Sites) -> None:
    """100 emails, of which 10 need three tries; paused and resumed twice."""
    site = new_site(batch_size=30)
    relay = site.provider(traits=Traits(slice_limit=20))
    relay.script = {f"p{number}@example.org": [BUSY, BUSY] for number in range(10)}
    campaign = site.submit(*people(100))

    def pause(message: Message) -> None:
        if len(relay.asked) in {15, 65}:
            campaign.pause()
            site.clock.move(2)

    relay.heed = pause
    for _ in range(2):
        site.run()
        assert campaign.state == "paused"
        campaign.resume()
        site.clock.move(2)
    site.finish()
    assert len(relay.asked) == 120
    assert len(relay.reached) == len(set(relay.addresses)) == 100
    agree(campaign, {"sent": 100})
    assert campaign.overview.units == 100


def test_units_are_what_is_billed(site: Site) -> None:
    texts = site.provider(Channel.SMS, usual=TWO_PARTS)
    texts.script = {"+33639980100": [BUSY], "+33639980101": [REFUSED]}
    rows: list[Json] = [{"tel": f"+336399801{number:02}"} for number in range(100)]
    campaign = site.submit(*rows, route=["sms"])
    site.finish()
    agree(campaign, {"sent": 99, "failed": 1})
    assert campaign.overview.units == 198


def test_every_ending_has_its_place_and_the_sum_is_whole(new_site: Sites) -> None:
    site = new_site(batch_size=4)
    relay = site.provider()
    answers = {0: [UNKNOWN], 1: [REFUSED], 2: [DOUBT], 3: [BUSY] * 9, 4: [BUSY]}
    relay.script = {f"p{number}@example.org": list(said) for number, said in answers.items()}
    site.oppose("p5@example.org")
    rows = [*people(9), {"email": "no address"}, {"email": "p8@example.org"}]
    campaign = site.submit(*rows)
    site.finish()
    agree(campaign, {"sent": 4, "invalid": 2, "failed": 2, "in_doubt": 1, "suppressed": 1})
    planned = campaign.events("planned")[0]
    assert (planned["rows"], planned["accepted"], planned["duplicates"]) == (11, 10, 1)


def test_the_sum_is_whole_at_every_moment_of_a_campaign(new_site: Sites) -> None:
    site = new_site(batch_size=5)
    texts = site.provider(Channel.SMS, traits=Traits(slice_limit=2))
    mails = site.provider(traits=Traits(slice_limit=2))
    rows: list[Json] = [
        {"ref": str(number), "email": f"p{number}@example.org", "tel": f"+3363998010{number}"}
        for number in range(10)
    ]
    texts.script = {"+33639980101": [REFUSED], "+33639980102": [BUSY], "+33639980103": [DOUBT]}
    texts.script["+33639980104"] = [UNKNOWN]
    mails.script = {"p4@example.org": [BUSY, REFUSED]}
    del rows[5]["tel"]
    site.oppose("+33639980106", "tel")
    campaign = site.submit(*rows, route=["sms", "email"])
    seen: list[Audit] = []

    def look(message: Message) -> None:
        seen.append(campaign_audit.audit(site.app, campaign.name, campaign.controller))

    texts.heed = mails.heed = look
    site.finish()
    assert len(seen) == len(texts.asked) + len(mails.asked) >= 13
    assert all(audit.holds and audit.gap == 0 for audit in seen)
    assert {audit.waiting + sum(audit.final.values()) for audit in seen} == {10}
    finals = [sum(audit.final.values()) for audit in seen]
    assert finals == sorted(finals)
    agree(campaign, {"sent": 7, "in_doubt": 1, "suppressed": 1, "failed": 1})


def test_a_campaign_finishes_once_however_many_batches_it_had(new_site: Sites) -> None:
    site = new_site(batch_size=1)
    site.provider(Channel.SMS, usual=REFUSED)
    mails = site.provider()
    mails.script = {f"p{number}@example.org": [BUSY, BUSY] for number in range(0, 12, 3)}
    rows: list[Json] = [
        {"ref": str(n), "email": f"p{n}@example.org", "tel": f"+336399801{n:02}"} for n in range(12)
    ]
    campaign = site.submit(*rows, route=["sms", "email"])
    site.finish()
    for _ in range(3):
        site.clock.move(86400)
        site.run()
    agree(campaign, {"sent": 12})
    told = [event["event"] for event in site.published]
    assert told == ["accepted", "planned", "finished"]
    assert len({event["id"] for event in site.published}) == 3


def test_a_campaign_that_reaches_nobody_finishes_and_says_why(site: Site) -> None:
    relay = site.provider(Channel.SMS)
    campaign = site.submit(*people(3), route=["sms"])
    site.finish()
    assert relay.asked == []
    (finished,) = campaign.events("finished")
    assert (finished["accepted"], finished["reasons"][0]["reason"]) == (0, "no_recipients")
    assert campaign.events("planned") == []
    row = campaign.overview.found.row
    assert (row.rows_read, row.rejected) == (3, 3)


def test_progress_is_told_while_a_campaign_runs_and_only_when_it_moved(new_site: Sites) -> None:
    site = new_site(batch_size=2, turn_seconds=0.1)
    site.provider()
    campaign = site.submit(*people(4), schedule={"spread": "PT1M"})
    site.run()
    reporter = ProgressReporter(site.app)
    now = site.clock.now()
    assert reporter.report(now) == 0  # too soon
    assert reporter.report(now + 10_000) == 1
    assert reporter.report(now + 15_000) == 0  # too soon again
    assert reporter.report(now + 60_000) == 0  # nothing moved
    told = campaign.events("progress")[-1]
    assert told["accepted"] == 4
    assert told["waiting"] == campaign.waiting == 2
    assert told["outcomes"]["sent"] == 2
