"""What people dropped in a sentence, and what they were answered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from backlog.stories import actions
from people.models import User
from processes.models import Process

# process, who, how many days ago, the sentence, the answer, whether it became a story
IDEAS = (
    (
        *("incident", "carol", 24, "Ask me whether it prints before you close it"),
        "We ask from now on; the story says how far we are.",
        True,
    ),
    (
        *("incident", "tess", 2, "Tell all of us once that the VPN is down, not each"),
        "",
        False,
    ),
    (
        *("request", "george", 6, "Let me see what a laptop costs before I choose"),
        "",
        False,
    ),
    (
        *("change", "tom", 17, "Skip the review of changes under ten minutes"),
        "The shortest change of last year took the shop away for an hour. A kind with "
        "a record may skip it; the minutes alone do not say enough.",
        False,
    ),
    (*("problem", "bob", 9, "A button that says: this is the third time"), "", False),
)


def drop(people: Mapping[str, User], *, at: datetime) -> None:
    """Each is given, and answered two days later where it has an answer."""
    processes = {row.slug: row for row in Process.objects.select_related("owner")}
    for slug, who, days, text, answer, is_taken in IDEAS:
        given_at = at - timedelta(days=days)
        idea = actions.give_idea(
            process=processes[slug], by=people[who], at=given_at, text=text
        )
        told: dict[str, Any] = {
            "idea": idea,
            "by": people["dana"],
            "at": given_at + timedelta(days=2),
            "answer": answer,
        }
        if is_taken:
            actions.take_idea(**told)
        elif answer:
            actions.decline_idea(**told)
