"""A process whose owner is Dana, with Bob in its team; Alice only works here."""

import pytest

from backlog.profile.models import Member
from backlog.stories.actions import create_story
from tests.cast import AT


@pytest.fixture
def process(cast):
    """The incident process: Dana owns it, Bob improves it with her."""
    found = cast.processes["incident"]
    Member.objects.create(process=found, user=cast.bob)
    return found


@pytest.fixture
def write(cast, process):
    """Write a story by Dana; `wsjf=(8, 5, 3, 2)` are its four parts."""

    def make(title="Fewer questions on the form", wsjf=None, **fields):
        if wsjf is not None:
            parts = ("value", "time_criticality", "risk_reduction", "size")
            fields |= dict(zip(parts, wsjf, strict=True))
        fields = {"process": process, "by": cast.dana, "at": AT} | fields
        return create_story(title=title, **fields)

    return make
