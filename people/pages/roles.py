"""What each role may do, read from the policy table and said in words."""

from django.http import HttpRequest, HttpResponse

from core.templating import render
from people.models import User
from people.pages.doors import page
from people.pages.settings import tabs
from people.policy_words import by_role


@page("people.see")
def roles(request: HttpRequest) -> HttpResponse:
    """For everybody who works here: why a button is there for one and not another."""
    user: User = request.user  # type: ignore[assignment]
    context = {"tabs": tabs(user, "roles"), "roles": by_role()}
    return render(request, "settings/roles.html", context)
