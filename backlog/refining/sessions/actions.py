"""A session is planned with an agenda, begun, worked through, and ended."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from backlog.refining.models import AgendaItem, Session
from backlog.refining.readiness import needy
from backlog.standing import profile_of, require_on
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import act, record
from people.models import User
from processes.models import Process

VERB = "story.write"
EACH = 6  # minutes that a story gets where the agenda fills itself
SHORTEST, LONGEST = 10, 240  # minutes of a session
MOST = 40  # items
LONGEST_OUTCOME = 250


def plan_session(
    *, process: Process, by: User, at: datetime, starts_at: datetime, minutes: int = 60
) -> Session:
    """Plan one; the agenda is what needs something, from the top of the rank.

    Raises Forbidden, Invalid.
    """
    with act():
        require_on(by, VERB, process)
        _check(at, starts_at, minutes)
        made = Session.objects.create(process=process, at=starts_at, minutes=minutes)
        found = needy(process, by, profile_of(process), at, minutes // EACH)
        AgendaItem.objects.bulk_create(
            AgendaItem(
                session=made,
                story=line.story,
                position=n,
                why=",".join(one.slug for one in line.findings),
            )
            for n, line in enumerate(found)
        )
        _record(made, "plan", by, at)
    return made


def move_session(
    *, session: Session, by: User, at: datetime, starts_at: datetime, minutes: int
) -> Session:
    """Another time, or another length. Raises Forbidden, Invalid, WrongState."""
    with act():
        session = _locked(session)
        require_on(by, VERB, session.process)
        _require(session, begun=False)
        _check(at, starts_at, minutes)
        session.at, session.minutes = starts_at, minutes
        session.save(update_fields=["at", "minutes"])
        _record(session, "move", by, at)
    return session


def add_item(*, session: Session, story: Story, by: User, at: datetime) -> AgendaItem:
    """Put a story on the agenda; twice is once.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        session = _locked(session)
        require_on(by, VERB, session.process)
        _require(session)
        if story.process_id != session.process_id:
            raise Invalid({"story": [_("It belongs to another process.")]})
        if session.items.count() >= MOST:
            words = {"n": MOST}
            raise Invalid({"story": [_("At most %(n)s fit on an agenda.") % words]})
        last = session.items.aggregate(last=Max("position"))["last"]
        row, is_new = AgendaItem.objects.get_or_create(
            session=session,
            story=story,
            defaults={"position": 0 if last is None else last + 1},
        )
        if is_new:
            _record(session, "add", by, at, story)
    return row


def remove_item(*, item: AgendaItem, by: User, at: datetime) -> None:
    """Take it off the agenda. Raises Forbidden, WrongState (it was looked at)."""
    with act():
        session = _locked(item.session)
        require_on(by, VERB, session.process)
        _require(session)
        if item.started_at is not None:
            raise WrongState(_("It was looked at already; say what became of it."))
        _record(session, "remove", by, at, item.story)
        item.delete()


def start_session(*, session: Session, by: User, at: datetime) -> Session:
    """Begin; the clock runs from now. Raises Forbidden, WrongState."""
    with act():
        session = _locked(session)
        require_on(by, VERB, session.process)
        _require(session, begun=False)
        session.started_at = at
        session.save(update_fields=["started_at"])
        _record(session, "start", by, at)
        first = session.items.order_by("position").first()
        if first is not None:
            _begin(first, at)
    return session


def start_item(*, item: AgendaItem, by: User, at: datetime) -> AgendaItem:
    """Turn to this one; the one before it ends. Raises Forbidden, WrongState."""
    with act():
        session = _locked(item.session)
        require_on(by, VERB, session.process)
        _require(session, begun=True)
        session.items.filter(started_at__isnull=False, ended_at=None).exclude(
            pk=item.pk
        ).update(ended_at=at)
        _begin(item, at)
        _record(session, "item", by, at, item.story)
    return item


def end_item(
    *, item: AgendaItem, by: User, at: datetime, outcome: str
) -> AgendaItem | None:
    """Say what became of it, and turn to the next, which is answered.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        session = _locked(item.session)
        require_on(by, VERB, session.process)
        _require(session, begun=True)
        outcome = outcome.strip()
        if not outcome:
            raise Invalid({"outcome": [_("Say what became of it.")]})
        if len(outcome) > LONGEST_OUTCOME:
            words = {"n": LONGEST_OUTCOME}
            raise Invalid({"outcome": [_("At most %(n)s characters.") % words]})
        item.started_at = item.started_at or at
        item.outcome, item.ended_at = outcome, at
        item.save(update_fields=["outcome", "started_at", "ended_at"])
        _record(session, "outcome", by, at, item.story)
        running = session.items.filter(started_at__isnull=False, ended_at=None)
        waiting = session.items.filter(started_at=None).order_by("position")
        following = None if running.exists() else waiting.first()
        if following is not None:
            _begin(following, at)
    return following


def end_session(*, session: Session, by: User, at: datetime) -> Session:
    """End it; what was not looked at stays for the next one.

    Raises Forbidden, WrongState.
    """
    with act():
        session = _locked(session)
        require_on(by, VERB, session.process)
        _require(session)
        session.started_at = session.started_at or at
        session.ended_at = at
        session.save(update_fields=["started_at", "ended_at"])
        session.items.filter(started_at__isnull=False, ended_at=None).update(
            ended_at=at
        )
        _record(session, "end", by, at)
    return session


def verbs(session: Session) -> list[str]:
    """What can be done where it stands."""
    if session.ended_at is not None:
        return []
    if session.started_at is not None:
        return ["add", "remove", "item", "outcome", "end"]
    return ["move", "add", "remove", "start", "end"]


def _begin(item: AgendaItem, at: datetime) -> None:
    item.started_at, item.ended_at = item.started_at or at, None
    item.save(update_fields=["started_at", "ended_at"])


def _check(at: datetime, starts_at: datetime, minutes: int) -> None:
    errors = {}
    if not SHORTEST <= minutes <= LONGEST:
        words = {"least": SHORTEST, "most": LONGEST}
        errors["minutes"] = [_("%(least)s to %(most)s minutes.") % words]
    if starts_at < at - timedelta(hours=1):
        errors["starts_at"] = [_("That moment is over.")]
    if errors:
        raise Invalid(errors)


def _require(session: Session, *, begun: bool | None = None) -> None:
    if session.ended_at is not None:
        raise WrongState(_("This session is over."))
    if begun is not None and begun != (session.started_at is not None):
        said = _("It has not begun yet.") if begun else _("It has begun already.")
        raise WrongState(said, allowed=verbs(session))


def _locked(session: Session) -> Session:
    rows = Session.objects.select_related("process")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=session.pk)


def _record(
    session: Session, step: str, by: User, at: datetime, story: Story | None = None
) -> None:
    changes: dict[str, tuple[object, object]] = {
        "session": (None, session.pk),
        "step": (None, step),
    }
    if story is not None:
        changes["story"] = (None, story.pk)
    record("process.refine", subject=session.process, by=by, at=at, changes=changes)
