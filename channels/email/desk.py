"""Between slices and connections: connections fetch letters here as they come free.

Several slices are served in turn, so that none waits for another to end; a connection does not
know which slice its letters are from.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from channels.contract import Effect, Message, SendResult, Slice


class Feed:
    """One slice being handed over.

    done  a future that ends when every taken letter is settled or dropped
    """

    __slots__ = ("closed", "done", "exhausted", "pending", "slice")

    def __init__(self, slice: Slice, done: "asyncio.Future[None]") -> None:  # noqa: A002
        self.slice = slice
        self.done = done
        self.exhausted = False
        self.closed = False
        self.pending = 0

    def fail(self, error: Exception) -> None:
        """End with an error; nothing more of this slice is sent or settled."""
        self.closed = self.exhausted = True
        if not self.done.done():
            self.done.set_exception(error)

    def exhaust(self) -> None:
        """Take nothing more; end when nothing is pending."""
        self.exhausted = True
        self.finish_if_empty()

    def finish_if_empty(self) -> None:
        """End when nothing is left to take nor pending."""
        if self.exhausted and self.pending == 0 and not self.done.done():
            self.done.set_result(None)


class Letter:
    """One taken message and the slice that it is from."""

    __slots__ = ("feed", "message", "returned")

    def __init__(self, feed: Feed, message: Message) -> None:
        self.feed = feed
        self.message = message
        self.returned = False

    def gate(self) -> bool:
        """Ask the slice's gate; False: neither send nor settle, but ``drop``."""
        feed = self.feed
        if feed.closed:
            return False
        try:
            return feed.slice.gate(self.message.position)
        except Exception as error:  # noqa: BLE001 (the core's fault ends this slice, not the line)
            feed.fail(error)
            return False

    def settle(self, result: SendResult) -> None:
        """Say what became of the letter. A fault of our own set-up ends the slice."""
        feed = self.feed
        if feed.closed:
            return
        try:
            feed.slice.settle(self.message.position, result)
        except Exception as error:  # noqa: BLE001 (the core's fault ends this slice, not the line)
            feed.fail(error)
            return
        feed.pending -= 1
        if result.effect is Effect.OPEN_BREAKER:
            feed.exhausted = True
        if feed.exhausted:
            feed.finish_if_empty()

    def drop(self) -> None:
        """Let go of a letter whose gate was shut."""
        self.feed.pending -= 1
        self.feed.finish_if_empty()


class Desk:
    """Hands out letters of all open slices, fairly.

    on_take  called after each letter, so that more connections can be opened while there is work
    """

    def __init__(self, on_take: Callable[[], None]) -> None:
        self._feeds: deque[Feed] = deque()
        self._returned: deque[Letter] = deque()
        self._on_take = on_take

    @property
    def has_work(self) -> bool:
        """Whether there may be something to take."""
        return bool(self._returned or self._feeds)

    def open(self, feed: Feed) -> None:
        """Begin to serve a slice."""
        self._feeds.append(feed)

    def take(self) -> Letter | None:
        """Return the next letter, of each slice in turn; None: nothing now."""
        while self._returned:
            letter = self._returned.popleft()
            if not letter.feed.closed:
                return letter
        feeds = self._feeds
        while feeds:
            feed = feeds[0]
            message = None if feed.exhausted else _next(feed)
            if message is None:
                feeds.popleft()
                feed.exhaust()
                continue
            feed.pending += 1
            if len(feeds) > 1:
                feeds.rotate(-1)
            self._on_take()
            return Letter(feed, message)
        return None

    def put_back(self, letter: Letter) -> None:
        """Return a letter of which nothing, or only the envelope, was sent."""
        self._returned.append(letter)

    def give_back(self, letter: Letter, result: SendResult, *, fresh: bool) -> None:
        """Return a letter of which only the envelope was sent when its connection closed.

        Relays close connections after some mails or some time; that is nobody's fault and the
        letter goes over another one. On a ``fresh`` connection, which had not sent a mail yet, the
        letter may be the reason: it is tried once more, then settled as ``result``.
        """
        if letter.returned:
            letter.settle(result)
            return
        letter.returned = fresh
        self._returned.append(letter)

    def close(self, feed: Feed) -> None:
        """Serve a slice no more: its holder is gone."""
        feed.closed = feed.exhausted = True
        if feed in self._feeds:
            self._feeds.remove(feed)
        self._returned = deque(letter for letter in self._returned if letter.feed is not feed)

    def fail(self, error: Exception, result: SendResult) -> None:
        """End all slices with an error; letters that were taken are settled as ``result``."""
        feeds = {letter.feed: None for letter in self._returned} | dict.fromkeys(self._feeds)
        for feed in feeds:
            feed.exhausted = False  # so that the last settlement does not end it as done
        while self._returned:
            self._returned.popleft().settle(result)
        self._feeds.clear()
        for feed in feeds:
            feed.fail(error)


def _next(feed: Feed) -> Message | None:
    try:
        return feed.slice.take()
    except Exception as error:  # noqa: BLE001 (the core's fault ends this slice, not the line)
        feed.fail(error)
        return None
