"""How somebody stands to a process: the one getter, and what policy is asked with."""

from collections.abc import Callable

from django.http import Http404
from django.utils.translation import gettext as _

from backlog.profile.models import Member, Profile, Stakeholder
from core import log
from people import policy
from people.models import User
from people.policy import Scope
from processes.models import Process


def relations(user: User, process: Process) -> frozenset[Scope]:
    """The scopes that hold for this person; up to two queries, once in an action."""
    return log.remembered(
        ("backlog.relations", user.pk, process.pk), lambda: _relations(user, process)
    )


def _relations(user: User, process: Process) -> frozenset[Scope]:
    found = set()
    if process.owner_id == user.pk:
        found |= {Scope.OWNED, Scope.MEMBER}
    elif Member.objects.filter(process=process, user=user).exists():
        found.add(Scope.MEMBER)
    if user.is_staff or found:
        found.add(Scope.SEEN)
    elif Stakeholder.objects.filter(process=process, user=user).exists():
        found |= {Scope.NAMED, Scope.SEEN}
    return frozenset(found)


def require_on(user: User, verb: str, process: Process) -> None:
    """Raise Forbidden, with a sentence, where policy does not allow it."""
    policy.require(user, verb, relations(user, process))


def allows_on(user: User, verb: str, process: Process) -> bool:
    """Whether policy allows it."""
    return policy.allows(user, verb, relations(user, process))


def allowed(user: User, process: Process) -> Callable[[str], bool]:
    """Which verbs policy allows, for a page that asks for several; two queries at most,
    however many it asks for."""
    found = relations(user, process)
    return lambda verb: policy.allows(user, verb, found)


def get_process(user: User, slug: str) -> Process:
    """A process whose backlog this person may see; Http404 otherwise."""
    found = Process.objects.filter(slug=slug).select_related("owner").first()
    if found is None or not allows_on(user, "backlog.see", found):
        raise Http404(_("There is no such process for you."))
    return found


def profile_of(process: Process) -> Profile:
    """How it is improved; unsaved where nobody has said anything yet."""
    return Profile.objects.filter(process=process).first() or Profile(process=process)


def lock(process: Process) -> Profile:
    """The process's profile, made where it is missing, locked until the action ends.

    Whoever changes ranks, sprints or the map of a process comes through here.
    """
    rows = Profile.objects.select_for_update().filter(process=process)
    if found := rows.first():
        return found
    Profile.objects.get_or_create(process=process)
    return rows.get()
