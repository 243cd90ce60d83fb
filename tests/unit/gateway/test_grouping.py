import asyncio
import threading
from collections.abc import Sequence

import pytest

from engine.gateway.grouping import Grouped, Unavailable


def test_what_waits_while_others_are_served_is_done_together() -> None:
    groups: list[int] = []
    gate = threading.Event()

    def work(items: Sequence[int]) -> list[int]:
        gate.wait(5)
        groups.append(len(items))
        return [item * 2 for item in items]

    async def run() -> list[int]:
        grouped = Grouped("test", work)
        grouped.start(asyncio.get_running_loop())
        first = asyncio.create_task(grouped.ask(0, 5))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(grouped.ask(number, 5)) for number in range(1, 50)]
        await asyncio.sleep(0.05)
        gate.set()
        answers = await asyncio.gather(first, *others)
        grouped.close()
        return answers

    assert asyncio.run(run()) == [number * 2 for number in range(50)]
    assert groups == [1, 49]


def test_a_group_that_breaks_tells_its_members_and_not_the_next() -> None:
    def work(items: Sequence[str]) -> list[str]:
        if "bad" in items:
            raise ValueError("secret")
        return list(items)

    async def run() -> None:
        grouped = Grouped("test", work)
        grouped.start(asyncio.get_running_loop())
        with pytest.raises(Unavailable) as told:
            await grouped.ask("bad", 5)
        assert "secret" not in str(told.value)
        assert await grouped.ask("good", 5) == "good"
        grouped.close()

    asyncio.run(run())


def test_nobody_waits_for_ever_and_who_gave_up_is_not_done_behind_his_back() -> None:
    gate, done = threading.Event(), list[str]()

    def work(items: Sequence[str]) -> list[str]:
        gate.wait(5)
        done.extend(items)
        return list(items)

    async def run() -> None:
        grouped = Grouped("test", work)
        grouped.start(asyncio.get_running_loop())
        stuck = asyncio.create_task(grouped.ask("first", 5))
        await asyncio.sleep(0.05)
        assert grouped.busy_seconds > 0
        with pytest.raises(Unavailable):
            await grouped.ask("gave up", 0.05)
        gate.set()
        await stuck
        assert await grouped.ask("last", 5) == "last"
        grouped.close()

    asyncio.run(run())
    assert done == ["first", "last"]


def test_too_many_are_turned_away_at_once() -> None:
    gate = threading.Event()

    def work(items: Sequence[int]) -> Sequence[int]:
        gate.wait(5)
        return items

    async def run() -> None:
        grouped = Grouped("test", work, capacity=3)
        grouped.start(asyncio.get_running_loop())
        waiting = [asyncio.create_task(grouped.ask(0, 5))]
        await asyncio.sleep(0.05)
        waiting += [asyncio.create_task(grouped.ask(number, 5)) for number in (1, 2, 3)]
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable):
            await grouped.ask(4, 5)
        gate.set()
        assert await asyncio.gather(*waiting) == [0, 1, 2, 3]
        grouped.close()

    asyncio.run(run())


def test_closing_does_what_waits_first() -> None:
    async def run() -> list[int]:
        grouped: Grouped[int, int] = Grouped("test", list, linger=0.2)
        grouped.start(asyncio.get_running_loop())
        waiting = [asyncio.create_task(grouped.ask(number, 5)) for number in range(5)]
        await asyncio.sleep(0.01)
        grouped.close()
        assert not grouped.alive
        return await asyncio.gather(*waiting)

    assert asyncio.run(run()) == [0, 1, 2, 3, 4]


def test_housekeeping_that_fails_does_not_end_the_work() -> None:
    def fail() -> None:
        raise ValueError

    async def run() -> None:
        grouped: Grouped[int, int] = Grouped("test", list, idle=fail)
        grouped.start(asyncio.get_running_loop())
        assert [await grouped.ask(number, 5) for number in range(3)] == [0, 1, 2]
        grouped.close()

    asyncio.run(run())
