"""Following a campaign: asked twice a second, told when something has changed."""

from collections.abc import Callable

from engine import statistics
from engine.app import App
from ops.cli.campaign_shapes import CampaignShown
from ops.cli.showing import campaign_shown, is_over

_PAUSE_SECONDS = 0.5


def follow(
    app: App,
    name: str,
    controller: str | None,
    tell: Callable[[CampaignShown], None],
    *,
    timeout: float | None = None,
    until: Callable[[CampaignShown], bool] = is_over,
) -> CampaignShown:
    """Tell of a campaign whenever it changed, until it is over or ``timeout`` seconds passed.

    Raises UnknownCampaign or AmbiguousCampaign.
    """
    begun = app.clock.boot()
    told: CampaignShown | None = None
    while True:
        overview = statistics.overview(app, name, controller)
        shown = campaign_shown(overview, app.clock.now())
        if shown != told:
            tell(shown)
            told = shown
        if until(shown) or (timeout is not None and app.clock.boot() - begun > timeout):
            return shown
        app.clock.wait(_PAUSE_SECONDS)
