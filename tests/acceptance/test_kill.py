"""Real processes killed, frozen and cut off, while a sink counts whom it was given."""

from collections.abc import Callable, Iterator

import pytest

from ops.chaos import deferring, scenarios, steps
from ops.chaos.field import Field, embedded_field, real_field
from ops.chaos.verdict import Verdict

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(300),
]
RECIPIENTS = 2_000
Scenario = Callable[[Field, int], Verdict]


@pytest.fixture(scope="module")
def real() -> Iterator[Field]:
    """RabbitMQ and PostgreSQL of this file's own, to be killed, and an installation on them."""
    with real_field() as field:
        yield field


@pytest.mark.parametrize(
    "scenario",
    [
        scenarios.killed_at_random,
        scenarios.frozen_past_their_lease,
        scenarios.broker_killed,
        scenarios.database_killed,
        steps.killed_at_each_step,
        deferring.killed_while_deferring,
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_everybody_is_reached_at_most_once_and_accounted_for(
    real: Field, scenario: Scenario
) -> None:
    verdict = scenario(real, RECIPIENTS)
    assert verdict.ok, verdict.line()


def test_a_polite_stop_leaves_nobody_in_doubt(real: Field) -> None:
    verdict = scenarios.stopped_politely(real, RECIPIENTS)
    assert verdict.ok, verdict.line()
    assert verdict.in_doubt == 0


def test_the_embedded_default_survives_being_killed() -> None:
    with embedded_field() as field:
        verdict = scenarios.embedded_killed(field, RECIPIENTS)
    assert verdict.ok, verdict.line()
    assert verdict.killed > 0
