"""Any text is either a ruleset or faults, and a ruleset has a hash of what it says."""

import random
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from policy.reading import RulesetFault, RulesetFaultLine, content_hash, read_ruleset
from policy.rule_kinds import Cap, Hours, Selector, Window
from tests.unit.policy.ruleset_texts import CAP, HEAD, HOURS

REST = """\
[[exemption]]
rule = "fr.cap"
controller = "c1"
reason = "a trial"
author = "the platform"
until = 2026-12-31
[[local_holiday]]
places = ["67"]
month = 12
day = 26
source = "local law"
"""


def _found(text: str | bytes) -> tuple[RulesetFaultLine, ...] | None:
    try:
        read_ruleset(text)
    except RulesetFault as fault:
        return fault.faults
    return None


def test_a_ruleset_is_read_into_its_types() -> None:
    ruleset = read_ruleset(HEAD + HOURS + CAP + REST)

    assert ruleset.rule == (
        Hours(
            id="fr.sms.hours",
            source="a law",
            certainty="law",
            when=Selector(channels=("sms",)),
            windows=(Window(start="08:00", end="20:00"),),
            valid_from=date(2026, 1, 1),
        ),
        Cap(id="fr.cap", source="a decree", certainty="law", most=4, days=30),
    )
    assert read_ruleset(("\ufeff" + HEAD + HOURS).replace("\n", "\r\n").encode()).name == "fr"


@given(st.text() | st.binary())
def test_no_text_ends_in_anything_but_a_ruleset_or_its_faults(text: str | bytes) -> None:
    found = _found(text)
    assert found is None or found


VALUES = [
    *("1", "-1", "1e400", "nan", "true", '""', '"x"', "[]", "{}", "[[1]]", "2026-01-01"),
    *("07:00:00", "2026-01-01T00:00:00Z", str(10**30), '"\\u0000"', '[{a = "b"}]'),
]


@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_no_mutation_of_a_ruleset_ends_in_anything_else(chance: random.Random, times: int) -> None:
    lines = (HEAD + HOURS + CAP + REST).splitlines()
    for _ in range(times):
        place = chance.randrange(len(lines))
        key = lines[place].split(" = ")[0]
        cut = chance.randrange(len(lines[place]) + 1)
        lines[place] = chance.choice(
            [
                "",
                f"{key} = {chance.choice(VALUES)}",
                lines[place][:cut] + lines[place][cut + 1 :],
                lines[place][:cut] + chance.choice("[]{}\"'=.,#x") + lines[place][cut:],
                chance.choice(lines),
            ]
        )
    found = _found("\n".join(lines))
    assert found is None or found
    assert all(1 <= fault.line <= len(lines) for fault in found or ())


def test_the_hash_is_of_what_is_said_and_not_of_how() -> None:
    known = content_hash(read_ruleset(HEAD + HOURS + CAP))

    assert len(known) == 16
    assert int(known, 16) >= 0
    assert content_hash(read_ruleset(HEAD + "# more\n" + CAP + "\n" + HOURS)) == known
    assert content_hash(read_ruleset(HEAD + CAP + "when = {}\n" + HOURS)) == known
    assert content_hash(read_ruleset(HEAD + CAP.replace("30", "31") + HOURS)) != known
    assert content_hash(read_ruleset(HEAD + HOURS + CAP + REST)) != known
