"""A real worker is killed again and again while it erases persons, and while it sweeps."""

from collections.abc import Iterator

import pytest

from ops.chaos.erasing import STEPS, killed_while_erasing
from ops.chaos.field import Field, real_field
from ops.chaos.sweeping import OF_CAMPAIGNS, killed_while_sweeping

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(300),
]
RECIPIENTS = 2_000


@pytest.fixture(scope="module")
def real() -> Iterator[Field]:
    """RabbitMQ and PostgreSQL of this file's own, and an installation on them."""
    with real_field() as field:
        yield field


def test_erased_persons_are_gone_however_often_the_worker_is_killed(real: Field) -> None:
    verdict = killed_while_erasing(real, RECIPIENTS)
    assert verdict.ok, verdict.line()
    assert verdict.killed > len(STEPS)


def test_what_is_too_old_goes_and_nothing_else_however_often_the_worker_is_killed(
    real: Field,
) -> None:
    verdict = killed_while_sweeping(real, RECIPIENTS)
    assert verdict.ok, verdict.line()
    assert verdict.killed > len(OF_CAMPAIGNS)
