"""How accounts come to be: never by signing up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse

from people.models import User


class ClosedSignUp(DefaultAccountAdapter):
    """Sign-up is closed: people are invited or imported."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def pre_login(
        self, request: HttpRequest, user: User, **more: Any
    ) -> HttpResponse | None:
        """No program signs in, whatever it brings: password, passkey or provider."""
        if user.is_machine:
            refused: HttpResponse = self.respond_user_inactive(request, user)
            return refused
        answer: HttpResponse | None = super().pre_login(request, user, **more)
        return answer


def forget_addresses(user: User) -> None:
    """An address that was replaced signs nobody in and gets no more mail.

    allauth notes an address when a password is chosen by mail, and goes on using it.
    """
    EmailAddress.objects.filter(user_id=user.pk).delete()
