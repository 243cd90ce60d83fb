"""Many workers, bad providers and a nervous operator at once: nobody twice, nobody lost."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread
from time import sleep

from channels.contract import Channel, Traits
from engine import control
from engine.clock import SECOND
from engine.control import ControlFault
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.provider import (
    BAD_SETUP,
    BUSY,
    DEAD,
    DOUBT,
    REFUSED,
    SENT,
    THROTTLED,
    UNKNOWN,
    Provider,
)
from tests.scenarios.site import Site

Sites = Callable[..., Site]
ANSWERS = (SENT, SENT, SENT, BUSY, THROTTLED, REFUSED, UNKNOWN, DEAD, DOUBT, BAD_SETUP)
LANES = ("sms", "sms.urgent", "email", "email.urgent")
WORKERS = 3
CAMPAIGNS = 5
SEED = 1
PEOPLE = 20
PATIENCE = 60.0
LEAPS = (0.1, 3, 40)  # seconds between two acts
SLACK = 41 * SECOND


def script(chance: Random, provider: Provider, addresses: list[str]) -> None:
    """Give every address up to three answers of any kind; then it is served."""
    for address in addresses:
        provider.script[address] = chance.choices(ANSWERS, k=chance.randrange(4))


def rows(campaign: int) -> list[Json]:
    return [
        {
            "ref": f"c-{number}",
            "tel": f"+33639981{campaign}{number:02}",
            "email": f"p{number}@c{campaign}.test",
        }
        for number in range(PEOPLE)
    ]


@dataclass(slots=True)
class Storm:
    """Campaigns under way, with workers that take whatever is due."""

    site: Site
    chance: Random
    campaigns: list[Campaign] = field(default_factory=list)
    opposed: dict[str, int] = field(default_factory=dict)  # when, at the first time
    over: Event = field(default_factory=Event)

    def begin(self, number: int, texts: list[Provider], mails: list[Provider]) -> None:
        """Submit a campaign to people of whom each has answers of every provider ahead."""
        people = rows(number)
        route = ["sms", "email"] if number % 2 else ["email"]
        for provider in mails:
            script(self.chance, provider, [row["email"] for row in people])
        for provider in texts:
            script(self.chance, provider, [row["tel"] for row in people])
        if route == ["email"]:
            people = [{"ref": row["ref"], "email": row["email"]} for row in people]
        priority = "urgent" if number == 1 else "normal"
        self.campaigns.append(self.site.submit(*people, route=route, priority=priority))

    def work(self) -> None:
        """Be a worker process."""
        dispatcher = self.site.another_dispatcher()
        while not self.over.is_set():
            for lane in LANES:
                dispatcher.work(lane)
            sleep(0.005)

    def operate(self) -> None:
        """Do something that an operator could do just now."""
        number = self.chance.randrange(CAMPAIGNS)
        campaign, act = self.campaigns[number], self.chance.randrange(8)
        with suppress(ControlFault):  # it is over, or cancelled
            if act < 2:
                control.pause(self.site.app, campaign.name, campaign.controller)
            elif act < 5:
                control.resume(self.site.app, campaign.name, campaign.controller)
            elif act == 5 and number == 0:
                control.cancel(self.site.app, campaign.name, campaign.controller)
            else:
                self.oppose(self.chance.randrange(PEOPLE), number)

    def oppose(self, person: int, campaign: int) -> None:
        """Let a person object in one of the ways that there are."""
        addresses = [f"p{person}@c{campaign}.test"]
        way = self.chance.choice(["any", "purpose", "other purpose", "platform", "person"])
        if way == "person":  # the same one in every campaign, whatever the channel
            for row in (rows(each)[person] for each in range(CAMPAIGNS)):
                addresses += [row["email"], row["tel"]]
            self.site.oppose(f"c-{person}", "ref")
        else:
            purpose = {"purpose": "offres", "other purpose": "rappels"}.get(way)
            self.site.oppose(addresses[0], purpose=purpose, platform=way == "platform")
        if way != "other purpose":
            for address in addresses:
                self.opposed.setdefault(address, self.site.clock.millis)

    def rage(self) -> None:
        """Let the operator loose for a while; the sums are whole at every moment."""
        for _ in range(60):
            self.operate()
            self.site.clock.move(self.chance.choice(LEAPS))
            self.site.turn()
            self.site.check_sums()

    def calm_down(self) -> None:
        """Resume whatever is paused and wait for the end."""
        for campaign in self.campaigns:
            with suppress(ControlFault):
                control.resume(self.site.app, campaign.name, campaign.controller)
        for _ in range(400):
            if all(campaign.finished for campaign in self.campaigns):
                return
            self.site.clock.move(600)
            self.site.turn()
            sleep(0.02)


def test_nobody_is_reached_twice_and_nobody_is_lost(new_site: Sites) -> None:
    site = new_site(batch_size=6, turn_seconds=0.5)
    traits = Traits(slice_limit=3)
    texts = [site.provider(Channel.SMS, traits=traits) for _ in range(2)]
    mails = [site.provider(traits=traits) for _ in range(2)]
    storm = Storm(site, Random(SEED))
    for number in range(CAMPAIGNS):
        storm.begin(number, texts, mails)
    site.plan()
    workers = [Thread(target=storm.work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    try:
        storm.rage()
        storm.calm_down()
    finally:
        storm.over.set()
        for worker in workers:
            worker.join(PATIENCE)
    for campaign in storm.campaigns:
        assert campaign.finished, campaign.overview
        assert sum(campaign.outcomes.values()) == PEOPLE
        assert len(campaign.events("finished")) == 1
    for kind in (texts, mails):
        reached = [one for provider in kind for one in provider.reached]
        assert len({one.to for one in reached}) == len(reached), "somebody was reached twice"
        # Checked a second before at most; the clock may have leapt just then.
        late = [one for one in reached if one.at > storm.opposed.get(one.to, one.at) + SLACK]
        assert late == []
