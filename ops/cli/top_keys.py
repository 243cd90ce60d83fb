"""One key pressed on a terminal, without waiting for the end of a line."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_QUIT = {b"q", b"Q", b"\x03", b"\x04"}  # q, Ctrl-C, Ctrl-D


@contextmanager
def quitting() -> Iterator[Callable[[float], bool]]:
    """Give a wait of some seconds that tells whether somebody wants to leave.

    Where nobody can press a key, it only waits. The terminal is put back as it was. An interrupt
    counts, even where a shell without job control has let it be ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not sys.stdin.isatty():
        yield _only_wait
        return
    source = sys.stdin.fileno()
    before = termios.tcgetattr(source)
    tty.setcbreak(source)
    try:
        yield lambda seconds: _asked(source, seconds)
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)


def _asked(source: int, seconds: float) -> bool:
    ready, _, _ = select.select([source], [], [], seconds)
    if not ready:
        return False
    pressed = os.read(source, 1)
    return pressed in _QUIT or not pressed  # nothing to read: the terminal is gone


def _only_wait(seconds: float) -> bool:
    select.select([], [], [], seconds)
    return False
