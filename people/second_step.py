"""The second step of signing in: codes of an app, security keys, recovery codes.

django-allauth does the work; here is what is ours: secrets are sealed, what a person
changes is in the log, and an administrator can take a lost second step away.
"""

from datetime import datetime
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.utils import timezone
from django.utils.translation import gettext as _

from core.log import act, record
from core.sealing import seal, unseal
from people.models import User
from people.policy import require

PURPOSE = "second step"
KINDS = {
    authenticator_added: "user.second_step_add",
    authenticator_removed: "user.second_step_remove",
    authenticator_reset: "user.second_step_renew",
}


class SecondStep(DefaultMFAAdapter):
    """How allauth names and keeps a second step here."""

    def encrypt(self, text: str) -> str:
        """Sealed with SECRET_KEY."""
        return seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed."""
        return unseal(encrypted_text, purpose=PURPOSE)

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """A name for a key whose owner gave it none."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Key %(number)s") % {"number": count + 1}

    def _get_site_name(self) -> str:
        return "Beeline"


def kinds_of(user: User) -> list[str]:
    """What this person's second step is: totp, webauthn; empty where there is none."""
    rows = Authenticator.objects.filter(user_id=user.pk)
    found = rows.values_list("type", flat=True).distinct()
    return sorted(set(found) - {Authenticator.Type.RECOVERY_CODES.value})


def reset_second_step(*, user: User, by: User, at: datetime) -> int:
    """Take away every second step of somebody who lost theirs; how many there were.

    Raises Forbidden. Their password stays: a lost phone is no reason to change it.
    """
    with act():
        user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        require(by, "people.change")
        kinds = kinds_of(user)
        rows = Authenticator.objects.filter(user_id=user.pk)
        count = rows.count()
        if count:
            rows.delete()
            changes = {"second_step": (kinds, None)}
            record(
                "user.second_step_reset", subject=user, by=by, at=at, changes=changes
            )
    return count


def _note(signal: Any, user: User, authenticator: Authenticator, **more: Any) -> None:
    with act():
        record(
            KINDS[signal],
            subject=user,
            by=user,
            at=timezone.now(),
            changes={"second_step": (None, str(authenticator.type))},
        )


def listen() -> None:
    """Put what allauth does for a person into the log."""
    for signal in KINDS:
        signal.connect(_note, dispatch_uid=f"second step {KINDS[signal]}")
