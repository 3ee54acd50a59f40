"""What stands before a page: somebody signed in, who may, and refusals as pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from core.errors import Refused
from core.templating import render
from people import policy
from people.models import User

View = Callable[..., HttpResponseBase]
PAGES = {400: "errors/400.html", 403: "errors/403.html", 422: "errors/400.html"}


def who(request: HttpRequest) -> User:
    """The person who is signed in; for views that `page` or `login_required` guards."""
    user = request.user
    assert isinstance(user, User)
    return user


def page(verb: str = "") -> Callable[[View], View]:
    """A page for people who are signed in and, where a verb is named, may do it.

    A refusal that the view does not answer itself becomes the product's own page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _signs_in(request)
            try:
                if verb:
                    policy.require(request.user, verb)
                return view(request, *args, **kwargs)
            except Refused as no:
                return refused(request, no)

        return guarded

    return decorate


def _signs_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back; htmx stays where it is, with what was typed."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path())


def elsewhere(request: HttpRequest, url: str) -> HttpResponse:
    """To another page; htmx is told in its own words, out of a dialog too."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def refused(request: HttpRequest, no: Refused) -> HttpResponse:
    """The page that says what was not possible, and that nothing was changed."""
    template = PAGES.get(no.status, "errors/409.html")
    return render(request, template, {"detail": no.detail}, status=no.status)
