"""Upper rooms join an action inside its transaction (sla's clocks, say).

What may lag behind is a consumer of the log instead; see `core.consumers`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.models import Event

Follower = Callable[["Event", Any], None]
_followers: dict[str, list[Follower]] = {}


def follow(subject_type: str, follower: Follower) -> None:
    """Call `follower(event, subject)` for each event on that type of subject."""
    listed = _followers.setdefault(subject_type, [])
    if follower not in listed:
        listed.append(follower)


def tell(event: "Event", subject: Any) -> None:
    """Tell those who follow the subject's type; called by `record()` alone."""
    for follower in _followers.get(event.subject_type, ()):
        follower(event, subject)
