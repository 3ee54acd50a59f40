"""Each applet's entry into core's registries, called once when the room is ready."""

from backlog.measures import register as measures
from backlog.sprints import register as sprints
from backlog.stories import register as stories


def all_applets() -> None:
    """Register subjects, panels, readers of the log and invariants."""
    stories.register()
    sprints.register()
    measures.register()
