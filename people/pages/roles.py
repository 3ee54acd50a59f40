"""What each role may do, read from the policy table and said in words."""

from django.http import HttpRequest, HttpResponse

from core.templating import render
from people.pages.doors import page, who
from people.pages.settings import tabs
from people.policy_words import by_role


@page("people.see")
def roles(request: HttpRequest) -> HttpResponse:
    """For everybody who works here: why a button is there for one and not another."""
    context = {"tabs": tabs(who(request), "roles"), "roles": by_role()}
    return render(request, "settings/roles.html", context)
