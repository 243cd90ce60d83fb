"""Dispatch decides about everybody exactly as the rules do: any rules, any recipients."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Channel
from engine.blocks import Block, Point, Recipient
from engine.contact_times import ContactTime, pack
from engine.deciding import Decider, ruling, told
from engine.people import BlockPeople
from engine.recipient_facts import RecipientClasses
from engine.rulebook import Edition
from engine.store import contacts
from policy.decision import Verdict
from policy.evaluate import compile_ruleset
from policy.rule_kinds import Ruleset
from policy.send_facts import SendFacts
from tests.scenarios.site import Site
from tests.unit.policy.ruleset_strategies import nows, rulesets, sends

COLUMNS = ("country", "postal_code")
rows = st.tuples(
    st.sampled_from(
        ["+33639980001", "+33199000001", "+33801000000", "+262692000001", "+32470123456"]
    ),
    st.sampled_from(["p@b.test", "info@b.test", "noreply@b.test"]),
    st.sampled_from([None, "FR", "RE", "DE", "XX"]),
    st.sampled_from([None, "75011", "97400", "67000"]),
    st.lists(st.integers(-20, 0), max_size=3),  # days since earlier contacts
)


def block_of(people: list[Any]) -> Block:
    def point(address: str, number: int) -> Point:
        return Point(address, number.to_bytes(16, "big"), number.to_bytes(16, "little"))

    return Block(
        ("tel", "email"),
        COLUMNS,
        [
            Recipient(
                (1_000 + number).to_bytes(16, "big"),
                None,
                (point(tel, number), point(email, number)),
                (country, postal),
            )
            for number, (tel, email, country, postal, _) in enumerate(people)
        ],
    )


@given(ruleset=rulesets, send=sends, people=st.lists(rows, min_size=1, max_size=6), now=nows)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_dispatch_decides_as_the_rules_do_on_the_facts(
    site: Site, ruleset: Ruleset, send: SendFacts, people: list[Any], now: int
) -> None:
    channel = Channel(send.channel)
    block = block_of(people)
    scope = site.controller.number
    folk = BlockPeople(block, channel, scope, send.purpose)
    compiled = compile_ruleset(ruleset, "v")
    prepared = compiled.for_send(send)
    earlier = {
        number: [ContactTime(channel, scope, now + day * 86_400_000) for day in person[4]]
        for number, person in enumerate(people)
    }
    with site.app.db.write() as connection:
        places = {((1_000 + number).to_bytes(16, "big"), scope): number for number in earlier}
        contacts.lock(site.app.db, connection, places)
        packed = {place: (pack(earlier[number], now), now) for place, number in places.items()}
        contacts.write(connection, packed)
    made = ruling(compiled, prepared, RecipientClasses(channel, COLUMNS), Edition(1), now)
    decided = Decider(site.app, folk, made).decide(range(len(people)), now)
    plain = RecipientClasses(channel, COLUMNS)
    for number, recipient in enumerate(block.recipients):
        assert recipient is not None
        point = folk.point(recipient)
        assert point is not None
        assert point.address is not None
        facts = replace(
            plain.of(recipient, point.address),
            contacts=tuple((one.channel.value, "controller", one.at) for one in earlier[number]),
        )
        wanted = compiled.decide(send, facts, now)
        if wanted.verdict is Verdict.DENY:
            assert decided.denied[number] == told(wanted)
            assert number not in decided.deferred
        elif wanted.verdict is Verdict.DEFER:
            assert decided.deferred[number] == (wanted.until, wanted.reason.value)
        else:
            assert number not in decided.denied.keys() | decided.deferred.keys()
