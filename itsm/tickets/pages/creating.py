"""Opening a ticket from a form, with its files: all of it, or nothing."""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act
from itsm.tickets import actions
from itsm.tickets.api.views import as_arguments, read_new
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from itsm.tickets.pages.create_form import NewForm
from people import find


def create(form: NewForm, *, at: datetime, files: Sequence[UploadedFile]) -> Ticket:
    """The new ticket. Raises Invalid with all that is wrong, or Forbidden."""
    _settle_caller(form)
    if form.is_solved and not form.value("resolution").strip():
        _check_title_too(form)
    given = form.extra.complete(read_new(form.raw(), form.by, form.type))
    with act():
        ticket = actions.open_ticket(
            type=form.type, by=form.by, at=at, **as_arguments(given, form.type)
        )
        actions.attach_all(files=files, ticket=ticket, by=form.by, at=at)
        if form.is_solved:
            _solve(ticket, form, at)
    return ticket


def _solve(ticket: Ticket, form: NewForm, at: datetime) -> None:
    """Solved on the phone: taken and resolved by whoever logs it, in the same act."""
    given = {"resolution": form.value("resolution").strip()}
    if not given["resolution"]:
        raise Invalid({"resolution": [_("Say what solved it.")]})
    if code := form.value("resolution_code"):
        given["resolution_code"] = code
    perform(ticket, "take", {}, by=form.by, at=at)
    perform(ticket, "resolve", given, by=form.by, at=at)


def _check_title_too(form: NewForm) -> None:
    """Say at once all that is missing of a call that was solved."""
    errors = {"resolution": [_("Say what solved it.")]}
    if not form.value("title").strip():
        errors["title"] = [_("Say in a few words what it is about.")]
    raise Invalid(errors)


def _settle_caller(form: NewForm) -> None:
    """Words in the caller's field have to mean one person before anything is written.

    A whole e-mail is enough; else the people that fit are shown to choose from.
    """
    words = form.value("q").strip()
    if not words or form.value("requester"):
        return
    if "@" in words and (person := find.by_email(words)):
        form.typed = {**form.typed, "requester": person.email}
        return
    form.found = find.find(words, by=form.by)
    if form.found.matches:
        sentence = _("Choose who it is, or empty this field to log it for yourself.")
    else:
        sentence = _("Nobody fits. Try another spelling, or empty this field.")
    raise Invalid({"q": [sentence]})
