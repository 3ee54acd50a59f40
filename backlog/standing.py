"""How somebody stands to a process: the one getter, and what policy is asked with."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from backlog.profile.models import Profile
from core import log, prepared
from people import policy
from people.models import User
from people.policy import Scope
from processes.models import Process

STANDS = """
SELECT EXISTS (SELECT 1 FROM backlog_member
               WHERE process_id = %(process)s AND user_id = %(user)s),
       EXISTS (SELECT 1 FROM backlog_stakeholder
               WHERE process_id = %(process)s AND user_id = %(user)s)
"""


def relations(user: User, process: Process) -> frozenset[Scope]:
    """The scopes that hold for this person; one query, once in an action."""
    return log.remembered(
        ("backlog.relations", user.pk, process.pk), lambda: _relations(user, process)
    )


def _relations(user: User, process: Process) -> frozenset[Scope]:
    found = set()
    values = {"process": process.pk, "user": user.pk}
    [(is_member, is_named)] = prepared.select(STANDS, **values)
    if process.owner_id == user.pk:
        found |= {Scope.OWNED, Scope.MEMBER}
    elif is_member:
        found.add(Scope.MEMBER)
    if user.is_staff or found:
        found.add(Scope.SEEN)
    elif is_named:
        found |= {Scope.NAMED, Scope.SEEN}
    return frozenset(found)


def require_on(user: User, verb: str, process: Process) -> None:
    """Raise Forbidden, with a sentence, where policy does not allow it."""
    policy.require(user, verb, relations(user, process))


def allows_on(user: User, verb: str, process: Process) -> bool:
    """Whether policy allows it."""
    return policy.allows(user, verb, relations(user, process))


def allowed(user: User, process: Process) -> Callable[[str], bool]:
    """Which verbs policy allows, for a page that asks for several; one query, however
    many it asks for."""
    found = relations(user, process)
    return lambda verb: policy.allows(user, verb, found)


def get_process(user: User, slug: str) -> Process:
    """A process whose backlog this person may see; Http404 otherwise."""
    return get_standing(user, slug)[0]


def get_standing(user: User, slug: str) -> tuple[Process, Callable[[str], bool]]:
    """The same with `allowed` of it; two queries."""

    def build(slug: str) -> QuerySet[Process]:
        return Process.objects.filter(slug=slug).select_related("owner")

    found = prepared.instances("a process by its slug", build, slug=slug)
    may = allowed(user, found[0]) if found else None
    if may is None or not may("backlog.see"):
        raise Http404(_("There is no such process for you."))
    return found[0], may


def profile_of(process: Process) -> Profile:
    """How it is improved; unsaved where nobody has said anything yet."""

    def build(process: int) -> QuerySet[Profile]:
        return Profile.objects.filter(process=process)

    found = prepared.instances("profile of a process", build, process=process.pk)
    return found[0] if found else Profile(process=process)


def lock(process: Process) -> Profile:
    """The process's profile, made where it is missing, locked until the action ends.

    Whoever changes ranks, sprints or the map of a process comes through here.
    """

    def build(process: int) -> QuerySet[Profile]:
        return Profile.objects.select_for_update().filter(process=process)

    question = "lock of a process", build
    if not (found := prepared.instances(*question, process=process.pk)):
        Profile.objects.get_or_create(process=process)
        found = prepared.instances(*question, process=process.pk)
    return found[0]
