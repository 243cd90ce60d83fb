"""Waiting for an answer no longer than a person would."""

from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread, Timer
from typing import TypeVar

_Thing = TypeVar("_Thing")
_Answer = TypeVar("_Answer")


def waited(work: Callable[[], None], seconds: float) -> bool:
    """Do something in a thread of its own; False: it was not done in time.

    Whatever hangs is left behind, and ends with the process at the latest.
    """
    thread = Thread(target=work, name="doctor", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def answers(
    ask: Callable[[_Thing], _Answer], things: Sequence[_Thing], seconds: float
) -> Iterator[tuple[_Thing, _Answer | None]]:
    """Ask about all things at once; give each with its answer, None where none came in time.

    ``ask`` must not raise. All together take ``seconds`` at most, however many hang.
    """
    told: SimpleQueue[tuple[int, _Answer] | None] = SimpleQueue()
    for place, thing in enumerate(things):
        work = _telling(told, ask, place, thing)
        Thread(target=work, name="doctor", daemon=True).start()
    over = Timer(seconds, told.put, (None,))
    over.daemon = True
    over.start()
    found: dict[int, _Answer] = {}
    while len(found) < len(things) and (one := told.get()) is not None:
        found[one[0]] = one[1]
    over.cancel()
    for place, thing in enumerate(things):
        yield thing, found.get(place)


def _telling(
    told: SimpleQueue[tuple[int, _Answer] | None],
    ask: Callable[[_Thing], _Answer],
    place: int,
    thing: _Thing,
) -> Callable[[], None]:
    return lambda: told.put((place, ask(thing)))
