"""Plays what happened in a process, through its verbs: increments, sprints, ideas."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from backlog.demo.sprinting import SPRINTS, Told
from backlog.increments import actions as increments
from backlog.profile.models import Member
from backlog.sprints import actions as sprints
from backlog.sprints import (
    board_actions,
    daily_actions,
    retro_actions,
    review_actions,
    scope_actions,
)
from backlog.sprints.models import Impediment, RetroNote, RetroVote, Sprint
from backlog.standing import profile_of
from backlog.stories.models import Story
from people.models import User
from processes.models import Process

FORTNIGHT = timedelta(weeks=2)
LAST = 9  # the tenth working day
NINE = time(9)
KATA = ("condition", "now", "obstacle", "experiment", "learned")
BUNDLES = (  # name, goal, notes for those affected, what it holds
    (
        "A DNS record the same day",
        "Records from the template need no board.",
        "From today a DNS record that follows the template goes ahead without the "
        "change authority. Nothing else is different.",
        (0, 1, 2),
    ),
    (
        "No two by accident",
        "Whoever chooses a window sees what else is in it.",
        "",
        (11, 14, 15, 16),
    ),
)


class Stage:
    """Change enablement, its stories by the place of their wishes, and who plays."""

    def __init__(
        self,
        process: Process,
        stories: Sequence[Story],
        people: Mapping[str, User],
        at: datetime,
    ) -> None:
        self.process, self.stories, self.people, self.at = process, stories, people, at
        self.owner = people["dana"]
        self.team = list(User.objects.filter(improves__process=process).order_by("pk"))
        self.monday = at.date() - timedelta(days=at.weekday() + 7)  # of the running one
        self._last = datetime.min.replace(tzinfo=at.tzinfo)

    def play(self) -> None:
        """Three sprints; each is planned on the last day of the one before."""
        first = self.monday - 2 * FORTNIGHT
        self._bundle(self.moment(first, 0))
        sprint = self._planned(SPRINTS[0], first, self.moment(first, 0))
        for told, following in zip(SPRINTS, (*SPRINTS[1:], None), strict=True):
            at = self.moment(first, 0)
            sprint = sprints.start(sprint=sprint, by=self.owner, at=at)
            self._live(sprint, told, first)
            if following is None:
                break
            then = first + FORTNIGHT
            at = self.moment(first, LAST)
            after = self._planned(following, then, at, without=told.holds)
            self._end(sprint, told, first)
            sprint, first = after, then

    def moment(self, first: date, day: int) -> datetime:
        """On a working day of a sprint, some minutes after the moment before."""
        on = first + timedelta(days=day + 2 * (day // 5))
        nine = datetime.combine(on, NINE, self.at.tzinfo)
        self._last = max(nine, self._last + timedelta(minutes=17))
        return self._last

    def _bundle(self, at: datetime) -> None:
        """Both increments, and what is in them."""
        for name, goal, notes, holds in BUNDLES:
            given: dict[str, Any] = {"name": name, "goal": goal, "notes": notes}
            bundle = increments.plan_increment(
                process=self.process, by=self.owner, at=at, **given
            )
            chosen = [self.stories[place].pk for place in holds]
            Story.objects.filter(pk__in=chosen).update(increment=bundle)

    def _planned(
        self, told: Told, first: date, at: datetime, without: Sequence[int] = ()
    ) -> Sprint:
        """What the one before still holds comes when that is closed."""
        sprint = sprints.plan_sprint(
            process=self.process,
            by=self.owner,
            at=at,
            goal=told.goal,
            starts_on=first,
            ends_on=first + timedelta(days=11),
            **dict(zip(KATA, told.kata, strict=True)),
        )
        members = Member.objects.filter(process=self.process).select_related("user")
        days = {member.user: 2 * member.days_a_week for member in members}
        sprints.set_capacity(sprint=sprint, by=self.owner, at=at, days=days)
        new = [self.stories[place] for place in told.holds if place not in without]
        scope_actions.add_stories(sprint=sprint, by=self.owner, at=at, stories=new)
        return sprint

    def _live(self, sprint: Sprint, told: Told, first: date) -> None:
        """Day by day; what lies behind today has not happened yet."""
        for day, verb, *given in told.days:
            at = self.moment(first, day)
            if at < self.at:
                getattr(self, f"_{verb}")(sprint, at, *given)

    def _put(self, _sprint: Sprint, at: datetime, place: int, column: str) -> None:
        story, who = self.stories[place], self.team[place % len(self.team)]
        if column == "doing":
            board_actions.assign_on_board(story=story, by=who, at=at, to=who)
        board_actions.set_column(story=story, by=who, at=at, column=column)

    def _add(self, sprint: Sprint, at: datetime, place: int) -> None:
        new = [self.stories[place]]
        scope_actions.add_stories(sprint=sprint, by=self.owner, at=at, stories=new)

    def _block(self, _sprint: Sprint, at: datetime, place: int, why: str) -> None:
        board_actions.block(story=self.stories[place], by=self.owner, at=at, why=why)

    def _free(self, _sprint: Sprint, at: datetime, place: int) -> None:
        board_actions.unblock(story=self.stories[place], by=self.owner, at=at)

    def _say(
        self, sprint: Sprint, at: datetime, who: str, yesterday: str, today: str
    ) -> None:
        daily_actions.say_daily(
            sprint=sprint,
            by=self.people[who],
            at=at,
            on=at.date(),
            yesterday=yesterday,
            today=today,
        )

    def _hinder(
        self, sprint: Sprint, at: datetime, who: str, text: str, helps: bool = False
    ) -> None:
        daily_actions.raise_impediment(
            process=self.process,
            sprint=sprint,
            by=self.people[who],
            owner=self.people["samira"],
            at=at,
            text=text,
            needs_help=helps,
        )

    def _clear(self, sprint: Sprint, at: datetime, how: str) -> None:
        oldest = Impediment.objects.filter(sprint=sprint, resolved_at=None).earliest(
            "at"
        )
        by = self.people["samira"]
        daily_actions.resolve_impediment(impediment=oldest, by=by, at=at, how=how)

    def _release(self, _sprint: Sprint, at: datetime) -> None:
        """The first increment, inside a sprint."""
        row = self.process.increments.earliest("number")
        told: dict[str, Any] = {"increment": row, "by": self.owner, "at": at}
        for sentence in profile_of(self.process).done:
            increments.check_done(**told, sentence=sentence, holds=True)
        increments.decide(**told, how="all", release_on=at.date())
        increments.release(**told)

    def _end(self, sprint: Sprint, told: Told, first: date) -> None:
        """Review, retrospective, close."""
        for who, text, answer in told.pieces:
            at = self.moment(first, LAST)
            piece = review_actions.give_feedback(
                sprint=sprint, by=self.people[who], at=at, text=text
            )
            if answer:
                review_actions.answer_feedback(
                    piece=piece, by=self.owner, at=at, answer=answer
                )
        self._look_back(sprint, told, self.moment(first, LAST))
        rest = Story.objects.filter(sprint=sprint).exclude(state=Story.State.DONE)
        to = dict.fromkeys(rest, told.rest)
        at = self.moment(first, LAST)
        scope_actions.close(sprint=sprint, by=self.owner, at=at, to=to)

    def _look_back(self, sprint: Sprint, told: Told, at: datetime) -> None:
        """Notes and votes are nobody's; the first note becomes a story."""
        given: dict[str, Any] = {"sprint": sprint, "by": self.owner, "at": at}
        retro_actions.set_retro(**given, phase="write", format="start-stop")
        notes = []
        for category, text, votes in told.notes:
            note = retro_actions.add_note(
                **given, category=category, text=text, secret=text
            )
            notes.append(note)
            RetroVote.objects.bulk_create(
                RetroVote(note=note, voter_key=retro_actions.voter_key(sprint, who))
                for who in self.team[:votes]
            )
        retro_actions.set_retro(**given, phase="act")
        first: RetroNote = notes[0]
        retro_actions.make_story_of_note(
            note=first, by=self.owner, at=at, title=told.action
        )
