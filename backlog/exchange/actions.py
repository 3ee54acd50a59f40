"""Stories of a file are written, all of them or none."""

from collections.abc import Mapping
from datetime import datetime

from backlog.exchange import reading
from backlog.standing import lock, require_on
from backlog.stories.actions import create_story
from backlog.stories.models import Story
from core.context import Door, through
from core.log import act
from people.models import User
from processes.models import Process


def import_stories(
    *,
    process: Process,
    by: User,
    at: datetime,
    table: reading.Table,
    mapping: Mapping[int, str],
) -> list[Story]:
    """Write every row that can be; those that came before are left, so that the same
    file is safe to send twice. Nobody is told. Raises Forbidden.
    """
    with through(Door.IMPORT), act():
        lock(process)
        require_on(by, "story.write", process)
        rows = reading.read(table, mapping, process)
        return [
            create_story(process=process, by=by, at=at, **row.given)
            for row in rows
            if row.comes
        ]
