"""What a person is to a kind of change."""

from core.models import Event
from itsm.changes.models import Kind
from people.models import Membership, Service, Team, User
from people.policy import Scope, allows, require
from processes.models import Process
from processes.queries import relations

CHANGE, AUTHORISE = "change_kind.change", "change_kind.authorise"
TEMPLATE = ("service", "plan", "test", "way_back", "answers", "tasks")


def may_change(user: User, service: Service | None, team: Team | None) -> bool:
    """Whether they may write one for this service and team."""
    return allows(user, CHANGE, _owned(user, service, team))


def require_change(user: User, service: Service | None, team: Team | None) -> None:
    """Raise Forbidden where they may not."""
    require(user, CHANGE, _owned(user, service, team))


def _owned(user: User, service: Service | None, team: Team | None) -> frozenset[Scope]:
    """Their service, or a team they lead; up to one query."""
    owns = service is not None and service.owner_id == user.pk
    leads = not owns and team is not None and _leads(user, team)
    return frozenset({Scope.OWNED} if owns or leads else ())


def _leads(user: User, team: Team) -> bool:
    rows = Membership.objects.filter(user=user, team=team, is_lead=True)
    return rows.exists()


def may_authorise(user: User) -> bool:
    """Whether standings are theirs to give; up to two queries."""
    return allows(user, AUTHORISE, _of_process(user))


def require_authorise(user: User) -> None:
    """Raise Forbidden where they are not."""
    require(user, AUTHORISE, _of_process(user))


def _of_process(user: User) -> frozenset[Scope]:
    process = Process.objects.filter(slug="change").first()
    return relations(user, process) if process is not None else frozenset()


def written_by(kind: Kind) -> int | None:
    """Who last wrote what its authorisation rests on, by the log; one query."""
    rows = Event.objects.filter(
        subject_type=Kind.subject_type, subject_id=kind.pk
    ).order_by("-id")
    made = rows.filter(kind="change_kind.create").values_list("actor_id", flat=True)
    changed = rows.filter(
        kind="change_kind.change", changes__has_any_keys=list(TEMPLATE)
    ).values_list("actor_id", flat=True)
    return changed.first() or made.first()
