"""What speaks for stories, as far as the reader may see it; and the other way round."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as T

from backlog.stories.actions.linking import EVIDENCE
from backlog.stories.models import Evidence, Story
from core import subjects
from people.models import User

NAMES = {"ticket": T("Ticket"), "article": T("Article"), "feedback": T("Feedback")}
ICONS = {"ticket": "queue", "article": "book", "feedback": "chat"}
MOST = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing of another room, for a reader who may see it."""

    type: str
    pk: int
    number: str
    title: str
    url: str
    evidence: int | None = None  # the id of its link to the story

    @property
    def name(self) -> str:
        """What kind of thing it is."""
        return str(NAMES[self.type])


def find(user: User, kind: str, pk: str) -> Shown | None:
    """One thing that could speak for a story; None for what is not theirs to see."""
    if not (kind in EVIDENCE and pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    return next(iter(_shown(user, kind, {int(pk): None})), None)


def of(story: Story, user: User) -> tuple[list[Shown], int]:
    """What this reader may see of it, and how much more there is; a query or two for
    each kind of thing."""
    links = list(story.evidence.order_by("-at")[:MOST])
    found: list[Shown] = []
    for kind in EVIDENCE:
        ids = {link.subject_id: link.pk for link in links if link.subject_type == kind}
        if ids:
            found += _shown(user, kind, ids)
    return found, len(links) - len(found)


def _shown(user: User, kind: str, ids: Mapping[int, int | None]) -> list[Shown]:
    subject = subjects.get(kind)
    rows = {row.pk: row for row in subject.visible_to(user).filter(pk__in=ids)}
    numbers = subject.numbers(rows)
    return [
        Shown(
            type=kind,
            pk=pk,
            number=numbers.get(pk, ""),
            title=str(getattr(row, "title", "") or getattr(row, "words", "")),
            url=subject.url(numbers.get(pk, "")),
            evidence=ids[pk],
        )
        for pk, row in rows.items()
    ]


def stories_of(user: User, kind: str, pk: int) -> Sequence[Story]:
    """The stories for which a thing speaks and that this person may see; one query."""
    links = Evidence.objects.filter(subject_type=kind, subject_id=pk)
    rows = Story.objects.visible_to(user).filter(pk__in=links.values("story"))
    return list(rows.select_related("process").order_by("-pk")[:MOST])


def counts(kind: str, ids: Iterable[int]) -> dict[int, int]:
    """For how many stories each of these speaks; one query."""
    found: dict[int, int] = {}
    links = Evidence.objects.filter(subject_type=kind, subject_id__in=list(ids))
    for pk in links.values_list("subject_id", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found


def named(user: User, number: str) -> Shown | None:
    """A ticket by its number, for who may see it; two queries."""
    rows = subjects.get("ticket").visible_to(user)
    pk = rows.filter(number=number.strip().upper()).values_list("pk", flat=True).first()
    return None if pk is None else find(user, "ticket", str(pk))
