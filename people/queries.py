"""What a person may see, and so name, of people and what they use.

Doors that look something up by a name of theirs, or suggest one, start from here.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from people.models import Category, Organisation, Service, Team, User
from people.policy import allows


def people(user: User) -> QuerySet[User]:
    """Everybody for those who work here, else who is of one's own organisation."""
    rows = User.objects.filter(is_active=True)
    if allows(user, "people.see"):
        return rows
    theirs = Q(pk=user.pk)
    if user.organisation_id is not None:
        theirs |= Q(organisation_id=user.organisation_id)
    return rows.filter(theirs)


def nobody(user: User, email: str) -> str:
    """What `user` is told about an address that none of these people has.

    The same for a stranger's as for nobody's, so that it tells of no account.
    """
    if allows(user, "people.see"):
        return _("Nobody has the e-mail %(email)s.") % {"email": email}
    words = {"email": email}
    return _("Nobody in your organisation has the e-mail %(email)s.") % words


def services(user: User) -> QuerySet[Service]:
    """Staff see all; requesters those in use that are there for their organisation."""
    if user.is_staff:
        return Service.objects.all()
    theirs = Service.objects.filter(
        Q(organisations=None) | Q(organisations=user.organisation_id), is_active=True
    )
    return Service.objects.filter(pk__in=theirs.values("pk"))


def categories(user: User) -> QuerySet[Category]:
    """Staff see all; requesters those in use for services that they see."""
    if user.is_staff:
        return Category.objects.all()
    theirs = Q(services=None) | Q(services__in=services(user))
    rows = Category.objects.filter(theirs, is_active=True)
    return Category.objects.filter(pk__in=rows.values("pk"))


def teams(user: User) -> QuerySet[Team]:
    """For those who work here."""
    return Team.objects.all() if allows(user, "people.see") else Team.objects.none()


def organisations(user: User) -> QuerySet[Organisation]:
    """All for those who work here, else one's own."""
    if allows(user, "people.see"):
        return Organisation.objects.all()
    return Organisation.objects.filter(user=user)
