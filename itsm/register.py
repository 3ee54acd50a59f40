"""Each applet's entry into core's registries, called once when the room is ready."""

from itsm.changes import detail as changes
from itsm.problems import detail as problems
from itsm.requests import detail as requests
from itsm.tickets import subjects


def all_applets() -> None:
    """Register details, subjects, consumers and slots."""
    for practice in (changes, problems, requests):
        practice.register()
    subjects.register()
