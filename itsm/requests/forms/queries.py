"""The versions of an offering's form, and what answers may name."""

from dataclasses import dataclass

from itsm.requests.forms.definition import Field, read
from itsm.requests.models import Form, Offering
from people import find
from people import queries as visible
from people.models import User


def newest(offering: Offering) -> Form | None:
    """The version that is asked; one query."""
    rows = Form.objects.filter(offering=offering).exclude(released_at=None)
    return rows.order_by("-number").first()


def version(offering: Offering, number: int) -> Form | None:
    """A released version; one query."""
    rows = Form.objects.filter(offering=offering, number=number)
    return rows.exclude(released_at=None).first()


def draft(offering: Offering) -> Form | None:
    """The one that is being built; one query."""
    return Form.objects.filter(offering=offering, released_at=None).first()


def fields(form: Form | None) -> list[Field]:
    """Its questions; none without a form."""
    return [] if form is None else read(form.fields)


@dataclass(frozen=True, slots=True)
class Named:
    """What the answers of a person may name: one query for each."""

    requester: User

    def person(self, email: str) -> str | None:
        """Somebody's address as we write it: of their organisation, or of ours."""
        found = find.by_email(email)
        if found is None:
            return None
        seen = visible.people(self.requester).filter(pk=found.pk).exists()
        near = found.pk in (self.requester.pk, self.requester.manager_id)
        return found.email if seen or near else None

    def service(self, slug: str) -> str | None:
        """A service that they may use."""
        rows = visible.services(self.requester).filter(slug=slug, is_active=True)
        return rows.values_list("slug", flat=True).first()
