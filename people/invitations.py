"""The mail that lets somebody choose a password: sign-up is closed, one is asked."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _

from core import reader
from people.models import User


def link_for(user: User) -> str:
    """The address where this person sets a password, once, within three days."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(user),
            "key": default_token_generator.make_token(user),
        },
    )
    return f"{settings.BASE_URL}{path}"


def send(user: User, *, by: User) -> None:
    """Send it in their language. Without EMAIL_URL it is written to VAR/mail."""
    with reader.speaking(user.language or reader.language() or ""):
        _send(user, by)


def _send(user: User, by: User) -> None:
    words = {
        "name": user.name,
        "who": by.name,
        "link": link_for(user),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
    }
    body = _(
        "Hello %(name)s,\n\n"
        "%(who)s gave you access to Beeline. Choose your password here:\n\n"
        "%(link)s\n\n"
        "The link works once, for %(days)s days. After that, use “Forgotten your "
        "password?” on the sign-in page with this e-mail address.\n"
    )
    send_mail(
        _("Your access to Beeline"),
        body % words,
        settings.DEFAULT_FROM_EMAIL,
        [user.email],
    )
