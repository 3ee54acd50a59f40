"""A forgotten password: the answer, and its time, are the same for every address.

The page only hands the address on; whether somebody has it is looked up afterwards,
by a worker. Nobody who has no account here gets a mail.
"""

import logging
from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from core import reader
from people.invitations import link_for
from people.models import User
from people.sign_on import is_linked

log = logging.getLogger(__name__)


class AskForReset(ResetPasswordForm):
    """The form; it asks the database nothing."""

    def clean_email(self) -> str:
        """As it was typed; whether somebody has it does not matter here."""
        return str(self.cleaned_data["email"]).strip().lower()

    def save(self, request: HttpRequest, **more: Any) -> str:
        """Hand it on."""
        from people.tasks import send_reset

        email = str(self.cleaned_data["email"])
        try:
            send_reset.apply_async([email], retry=False)
        except OperationalError:  # the broker is away: rather slow than never
            log.exception("a mail to choose a password was sent without a worker")
            send(email)
        return email


def send(email: str) -> int:
    """The mail, to whoever may sign in here with a password; how many."""
    people = User.objects.people().filter(email__iexact=email)
    wanted = [p for p in people if p.has_usable_password() or not is_linked(p)]
    for person in wanted:
        with reader.speaking(person.language):
            _send(person)
    return len(wanted)


def _send(person: User) -> None:
    words = {
        "name": person.name,
        "link": link_for(person),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
    }
    body = _(
        "Hello %(name)s,\n\n"
        "Somebody asked for a new password for your account. If that was you, choose "
        "it here:\n\n"
        "%(link)s\n\n"
        "The link works once, for %(days)s days. If it was not you, there is nothing "
        "to do: your password is unchanged.\n"
    )
    sender = settings.DEFAULT_FROM_EMAIL
    send_mail(_("A new password"), body % words, sender, [person.email])
