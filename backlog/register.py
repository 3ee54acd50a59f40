"""Each applet's entry into core's registries, called once when the room is ready."""

from backlog.demo import register as demo
from backlog.increments import register as increments
from backlog.measures import register as measures
from backlog.portfolio import register as portfolio
from backlog.profile import register as profile
from backlog.refining import register as refining
from backlog.sprints import register as sprints
from backlog.stories import register as stories


def all_applets() -> None:
    """Register subjects, panels, readers of the log and invariants."""
    for applet in (profile, stories, increments, refining, sprints, measures):
        applet.register()
    portfolio.register()
    demo.register()
