"""What people are told where a platform has no rules, as after an upgrade from before there were any.

Without rules nothing is sent, so whoever starts a process or migrates a database is told at once.
"""

from typing import Final

import structlog

from engine.app import App

SENTENCE: Final = "no ruleset holds on the platform: nothing is sent until one does"
REMEDY: Final = "chappe policy apply fr --reason 'first rules'"

_log = structlog.get_logger()


def log_lack(app: App) -> None:
    """Put a line with the remedy into the log of a process where there are no rules."""
    if not app.rulebook.current().ruled(app.clock.now()):
        _log.error("platform_without_rules", effect=SENTENCE, remedy=REMEDY)
