"""What can go wrong while services are found and started."""


class ServiceFault(Exception):
    """Root of the faults of this package."""


class Unavailable(ServiceFault):
    """Raised when a service is neither given, installed nor installable; names the remedy."""


class NotReady(ServiceFault):
    """Raised when a service was started but did not answer in time; quotes its last log lines."""


class StateFault(ServiceFault):
    """Raised when the state file of running services cannot be read."""
