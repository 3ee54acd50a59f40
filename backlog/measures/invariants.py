"""What must always be true of sprints: their charts say what their rows say."""

from collections import defaultdict

from backlog.measures.burndown import Replay
from backlog.sprints.models import Sprint, SprintStory
from core import invariants
from core.models import Event

SHOWN = 20
BEGUN = (Sprint.State.RUNNING, Sprint.State.CLOSED)


def register() -> None:
    """Add them."""
    says = "What a sprint holds and has done is what its events say"
    invariants.register("backlog.sprints", says, charted)


def charted() -> list[str]:
    """Replay every sprint that began; three queries.

    A story that was deleted is in its events alone, and stays there.
    """
    sprints = {sprint.pk: sprint for sprint in Sprint.objects.filter(state__in=BEGUN)}
    replays: dict[int, Replay] = defaultdict(Replay)
    events = Event.objects.filter(subject_type="sprint", subject_id__in=sprints)
    for event in events.order_by("pk").iterator(2000):
        replays[event.subject_id].read(event)
    held: dict[int, set[str]] = defaultdict(set)
    done: dict[int, set[str]] = defaultdict(set)
    left: dict[int, set[str]] = defaultdict(set)
    for row in SprintStory.objects.filter(sprint__in=sprints).iterator(2000):
        story = str(row.story_id)
        if row.removed_at is not None:
            left[row.sprint_id].add(story)
            continue
        held[row.sprint_id].add(story)
        if row.done_at is not None:
            done[row.sprint_id].add(story)
    problems = []
    for pk, sprint in sprints.items():
        replay, there = replays[pk], held[pk] | left[pk]
        holds, finished = replay.points.keys() & there, replay.done & there
        if (holds, finished) != (held[pk], done[pk]):
            problems.append(
                f"Sprint {sprint.number} of process {sprint.process_id} holds "
                f"{len(held[pk])} stories, {len(done[pk])} of them done; its events "
                f"say {len(holds)} and {len(finished)}."
            )
    return problems[:SHOWN]
