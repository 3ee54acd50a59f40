"""Service accounts as pages and programs list them."""

from django.db.models import Count, Q, QuerySet

from people.models import ApiToken, User
from people.policy import allows
from people.roles import Role

OWNERLESS = Q(is_active=True) & (
    Q(manager=None)
    | Q(manager__is_active=False)
    | Q(manager__roles__contained_by=[Role.REQUESTER.value])
)


def visible_to(user: User) -> QuerySet[User]:
    """All of them for those who work here, with their owner and organisation."""
    rows = User.objects.filter(is_machine=True, anonymised_at=None)
    rows = rows.select_related("manager", "organisation")
    return rows if allows(user, "people.see") else rows.none()


def listed(words: str) -> QuerySet[User]:
    """Those whose name or address holds the words, with how many tokens they have."""
    rows = User.objects.filter(is_machine=True).select_related("manager")
    rows = rows.filter(Q(name__icontains=words) | Q(email__icontains=words))
    return rows.annotate(
        n_tokens=Count("api_tokens", filter=Q(api_tokens__revoked_at=None))
    )


def ownerless() -> QuerySet[User]:
    """Those in use for which nobody answers (any more)."""
    return User.objects.filter(OWNERLESS, is_machine=True)


def lacks_owner(account: User) -> bool:
    """Whether somebody has to be found who answers for it."""
    owner = account.manager
    return account.is_active and (owner is None or not owner.works_here)


def of_owner(person: User) -> QuerySet[User]:
    """What this person answers for."""
    rows = User.objects.filter(is_machine=True, is_active=True, manager=person)
    return rows.order_by("name", "pk")


def tokens_of(account: User) -> QuerySet[ApiToken]:
    """Its tokens that were not revoked, the newest first."""
    rows = ApiToken.objects.filter(user=account, revoked_at=None)
    return rows.select_related("user").order_by("-pk")
