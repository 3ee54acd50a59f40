"""Which version of a form an order answers, and what it answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.requests.forms import queries
from itsm.requests.forms.answers import Answered, clean
from itsm.requests.forms.changed import asked_now
from itsm.requests.forms.definition import Field, Type
from itsm.requests.models import Form, Offering
from people.models import User

Given = Mapping[str, Any]
BEFORE = "answers."  # before a question's slug in what is refused


class Changed(Invalid):
    """The form has questions now that these answers leave open: `new` are those."""

    def __init__(self, new: Sequence[Field]) -> None:
        said = _("The form has changed since you began. New or changed: %(names)s.")
        names = ", ".join(one.label for one in new)
        errors = {f"{BEFORE}{one.slug}": [_("This is asked now.")] for one in new}
        super().__init__(errors, said % {"names": names})
        self.new = list(new)


def settle(
    offering: Offering,
    given: Given,
    *,
    requester: User,
    at: datetime,
    began: int | None = None,
    but_files: bool = False,
) -> tuple[Form | None, Answered]:
    """The version that counts, with the answers read by it. Raises Invalid, Changed.

    That is the one they began with (`began`) while its answers still leave nothing
    open that the newest asks; else, and without one, the newest.
    """
    known, day = queries.Named(requester), timezone.localdate(at)
    form = queries.newest(offering)
    former = _former(offering, began, form)
    if former is not None:
        old, new = queries.fields(former), queries.fields(form)
        if not but_files:
            opened = asked_now(old, new, given, known=known, day=day)
            if opened:
                raise Changed(opened)
        form = former
    asked = queries.fields(form)
    found = clean(asked, given, known=known, day=day, but_files=but_files)
    if found.errors:
        raise Invalid({f"{BEFORE}{n}": said for n, said in found.errors.items()})
    return form, found


def _former(offering: Offering, began: int | None, newest: Form | None) -> Form | None:
    """The version they began with, where that is not the newest."""
    if began is None or newest is None or began == newest.number:
        return None
    return queries.version(offering, began)


def asks_for_files(form: Form | None) -> bool:
    """Whether a file has to come with each order."""
    asked = queries.fields(form)
    return any(one.type == Type.FILE and one.required for one in asked)
