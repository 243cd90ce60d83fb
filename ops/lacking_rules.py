"""Says where a platform has no rules, as after an upgrade from a version that knew none.

Without rules nothing is sent, so whoever starts a process or migrates a database is told at once.
"""

from typing import Final

import structlog

from engine.clock import Millis
from engine.rulebook import Rulebook
from policy.layers import ORDER

SENTENCE: Final = "no ruleset holds on the platform: nothing is sent until one does"
REMEDY: Final = "chappe policy apply fr --reason 'first rules'"
_PLATFORM: Final = 0

_log = structlog.get_logger()


def lacks_rules(rulebook: Rulebook, now: Millis) -> bool:
    """Return whether no ruleset of the platform holds at an instant."""
    held = rulebook.current().in_force(_PLATFORM, "", now)
    return not any(row.layer == ORDER[0] for row in held)


def log_lack(rulebook: Rulebook, now: Millis) -> None:
    """Put a line with the remedy into the log of a process where there are no rules."""
    if lacks_rules(rulebook, now):
        _log.error("platform_without_rules", effect=SENTENCE, remedy=REMEDY)
