"""The entry of fulfilment and entitlements into core's registries."""

from itsm.requests.entitlements import subjects as entitlements
from itsm.requests.fulfilment import invariants, panels, running, settings, subjects


def register() -> None:
    """Join the tickets' actions, tell of tasks and of what people hold, show it."""
    for part in (running, subjects, entitlements, invariants, panels, settings):
        part.register()
