from dataclasses import dataclass

from engine.gateway.limits import Allowance, Buckets
from engine.gateway.protocol import Door


@dataclass
class _Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_used_up_flows_in_again() -> None:
    clock = _Clock()
    buckets = Buckets(Allowance(burst=3, per_second=0.5), clock)
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]
    assert not buckets.left("a")
    assert buckets.seconds("a") == 2
    assert buckets.take("b"), "one address must not pay for another"
    clock.seconds = 2.0
    assert buckets.take("a")
    assert not buckets.take("a")


def test_a_long_rest_fills_no_more_than_the_bucket() -> None:
    clock = _Clock()
    buckets = Buckets(Allowance(burst=2, per_second=1), clock)
    buckets.take("a")
    clock.seconds = 1_000
    assert [buckets.take("a") for _ in range(3)] == [True, True, False]


def test_no_number_of_addresses_fills_the_memory() -> None:
    buckets = Buckets(Allowance(burst=1, per_second=1), _Clock(), most=100)
    for number in range(10_000):
        buckets.take(str(number))
    assert len(buckets) == 100


def test_one_address_cannot_hold_every_place() -> None:
    door = Door(most=10, most_alike=4, is_proxy=lambda host: host == "proxy")
    assert [door.enter("a") for _ in range(5)] == [True] * 4 + [False]
    assert [door.enter("proxy") for _ in range(6)] == [True] * 6
    assert not door.enter("b"), "there are ten in all"
    door.leave("a")
    assert door.enter("b")
