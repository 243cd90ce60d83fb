"""Errors of the channels ring; each message says what, where and what to do."""


class ChannelError(Exception):
    """Root of every error that this ring raises on purpose."""


class ConnectorFault(ChannelError):
    """Raised when a connector cannot be built: an option is missing, unknown or contradictory."""


class ConnectorUnavailable(ChannelError):
    """Raised by ``hand_over`` when the provider could not be reached or refused our set-up.

    Nothing that the slice still holds was sent. The sentence is fit for operators: it names host
    and port, never a person, a password or the provider's own text.

    reason        a short machine word: ``connect_timeout``, ``auth_refused``, ``tls_unverified``
    open_breaker  True: our own set-up is at fault and trying again cannot help before somebody
                  mends it; False: the provider may be back in a moment
    """

    def __init__(self, reason: str, cause: str, *, open_breaker: bool) -> None:
        super().__init__(f"{reason}: {cause}")
        self.reason = reason
        self.cause = cause
        self.open_breaker = open_breaker
