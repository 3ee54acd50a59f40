"""All that a story's page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as T

from backlog.standing import allows_on
from backlog.stories import evidence, listing
from backlog.stories.models import Remark, Story, StoryFile, StoryLink
from core import subjects
from core.wording import NUMBER, Around
from people import history
from people.models import User
from people.policy import Scope, allows

MOST_NUMBERS = 50
REVERSED = {
    StoryLink.Kind.SPLIT_FROM.value: T("Split into"),
    StoryLink.Kind.MERGED_INTO.value: T("Took in"),
    StoryLink.Kind.DUPLICATE_OF.value: T("Has a duplicate"),
    StoryLink.Kind.DEPENDS_ON.value: T("Needed by"),
}


@dataclass(frozen=True, slots=True)
class Related:
    """Another story, and how the two hang together."""

    words: str
    story: Story
    link: int | None  # the id where it is this story's own link


@dataclass(frozen=True, slots=True)
class Page:
    """A story as one person sees it; some fifteen queries, whatever it holds."""

    story: Story
    criteria: Sequence[Any]
    remarks: Sequence[Remark]
    around: Around
    files: Sequence[StoryFile]
    watchers: Sequence[User]
    evidence: Sequence[evidence.Shown]
    hidden: int  # evidence that is not theirs to see
    related: Sequence[Related]
    history: Sequence[history.Line]
    options: listing.Options
    place: int
    may_write: bool
    may_rank: bool
    may_talk: bool
    may_redact: bool
    is_watching: bool


def page_of(story: Story, user: User) -> Page:
    """Read it all."""
    process = story.process
    may_write = allows_on(user, "story.write", process)
    remarks = list(story.remarks.select_related("author").order_by("at", "pk"))
    watchers = [w.user for w in story.watches.select_related("user").order_by("pk")]
    shown, hidden = evidence.of(story, user) if user.is_staff else ([], 0)
    is_open = story.state in listing.OPEN
    return Page(
        story=story,
        criteria=list(story.criteria.order_by("position", "pk")),
        remarks=remarks,
        around=_around(remarks, story, user),
        files=list(story.files.select_related("by").order_by("at", "pk")),
        watchers=watchers if user.is_staff else [],
        evidence=shown,
        hidden=hidden,
        related=_related(story, user),
        history=history.of(story) if user.is_staff else [],
        options=listing.options(process) if may_write else {},
        place=listing.place_of(story) if is_open else 0,
        may_write=may_write and story.state != Story.State.DROPPED,
        may_rank=is_open and allows_on(user, "story.rank", process),
        may_talk=allows(user, "story.comment", frozenset({Scope.SEEN})),
        may_redact=allows_on(user, "story.redact", process),
        is_watching=any(one.pk == user.pk for one in watchers),
    )


def _around(remarks: Sequence[Remark], story: Story, user: User) -> Around:
    """Stories and tickets that are named become links where the reader may see them."""
    texts = [story.notes, story.i_want, story.so_that, *(r.body for r in remarks)]
    numbers = {n for text in texts for n in NUMBER.findall(text)}
    pks = {int(n[4:]) for n in numbers if n.startswith("STO-") and len(n) < 20}
    seen = Story.objects.visible_to(user).filter(pk__in=pks) if pks else ()
    links = {one.number: f"/backlog/stories/{one.number}/" for one in seen}
    if others := sorted(n for n in numbers if not n.startswith("STO-"))[:MOST_NUMBERS]:
        kind = subjects.get("ticket")
        known = kind.visible_to(user).filter(number__in=others)
        links |= {n: kind.url(n) for n in known.values_list("number", flat=True)}
    return Around(links=links, names=True)


def _related(story: Story, user: User) -> list[Related]:
    seen = Story.objects.visible_to(user)
    own = story.links.filter(target__in=seen).select_related("target__process")
    theirs = StoryLink.objects.filter(target=story, source__in=seen)
    found = [
        Related(str(link.get_kind_display()), link.target, link.pk) for link in own
    ]
    found += [
        Related(str(REVERSED[link.kind]), link.source, None)
        for link in theirs.select_related("source__process").order_by("pk")
    ]
    return found
