"""The first administrator, where nobody is in the database yet.

The wiring fills three slots: `first_run.check` (is this the printed code),
`first_run.done` (forget it) and rooms load what they ship.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import slots
from core.errors import Invalid
from core.log import act, record
from core.templating import render
from people.changes import one_at_a_time
from people.models import User
from people.roles import Role

MOST_TRIES, WINDOW = 10, 900  # wrong codes, for all comers together; seconds
OPEN_TO_ALL = ("/first-run/", "/static/", "/health/", "/metrics", "/api/")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class FirstRunMiddleware:
    """Leads every page to the first run while there is nobody; free afterwards."""

    somebody_is_there = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or lead to the first run."""
        if not self.somebody_is_there and not request.path.startswith(OPEN_TO_ALL):
            if not User.objects.exists():
                return Redirect("/first-run/")
            type(self).somebody_is_there = True
        return self.get_response(request)


class FirstRunForm(forms.Form):
    """The code, and who the first administrator is."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("“make up” printed it: three groups of four."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
    email = forms.EmailField(label=gettext_lazy("Your work email"))
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=200)
    password = forms.CharField(
        label=gettext_lazy("A password"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """The password, where it is good enough."""
        found: str = self.cleaned_data["password"]
        person = User(
            email=self.cleaned_data.get("email", ""),
            name=self.cleaned_data.get("name", ""),
        )
        validate_password(found, person)
        return found


def page(request: HttpRequest) -> HttpResponse:
    """Ask for the code; afterwards there is no such page."""
    if User.objects.exists():
        raise Http404
    form = FirstRunForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if _tries() >= MOST_TRIES:
            form.add_error(None, _("Too many wrong codes. Wait a quarter of an hour."))
            status = 429
        elif form.is_valid():
            try:
                user = create_first_administrator(
                    at=timezone.now(), **form.cleaned_data
                )
            except Invalid as no:
                _count_try()
                form.add_error("code", no.detail)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                login(request, user, backend=BACKEND)
                return Redirect("/settings/people/")
    return render(request, "first_run.html", {"form": form}, status=status)


def create_first_administrator(
    *, code: str, email: str, name: str, password: str, at: datetime
) -> User:
    """Make the first administrator and load what ships. Raises Invalid."""
    if not any(slots.filled("first_run.check", code)):
        raise Invalid({"code": [_("This is not the code that was printed last.")]})
    with act():
        one_at_a_time()
        if User.objects.exists():
            raise Invalid({"code": [_("Somebody was quicker. Sign in instead.")]})
        user = User.objects.create_user(
            email,
            password,
            name=name.strip(),
            roles=[Role.ADMINISTRATOR.value],
            created_at=at,
        )
        changes: dict[str, tuple[Any, Any]] = {"roles": (None, user.roles)}
        record("user.create", subject=user, by=None, at=at, changes=changes)
    slots.filled("first_run.done", at)
    return user


def _tries() -> int:
    return int(cache.get("first-run-tries", 0))


def _count_try() -> None:
    cache.add("first-run-tries", 0, WINDOW)
    cache.incr("first-run-tries")
