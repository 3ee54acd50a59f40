"""Stories go into an increment and out of it; an increment is dropped."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backlog.increments.queries import get_increment
from backlog.refining.map import actions
from backlog.standing import require_on
from backlog.stories.queries import get_story
from core.errors import Refused
from people.pages.doors import page, who


@require_POST
@page()
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the chosen stories into it."""
    return _some(request, pk, actions.add_stories)


@require_POST
@page()
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the chosen stories out of it."""
    return _some(request, pk, actions.remove_stories)


def _some(request: HttpRequest, pk: int, verb: Callable[..., Any]) -> HttpResponse:
    user = who(request)
    increment = get_increment(user, pk)
    require_on(user, "increment.plan", increment.process)
    numbers = [n for n in request.POST.getlist("story") if n][:200]
    some = [get_story(user, number) for number in numbers]
    try:
        verb(increment=increment, by=user, at=timezone.now(), stories=some)
    except Refused as no:
        messages.error(request, no.detail)
    return Redirect(f"{reverse('increment', args=[pk])}#stories")


@require_POST
@page()
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """It will not come."""
    user = who(request)
    increment = get_increment(user, pk)
    actions.drop_increment(increment=increment, by=user, at=timezone.now())
    said = _("“%(name)s” is dropped; its stories wait for another increment.")
    messages.success(request, said % {"name": increment.name})
    return Redirect(reverse("increments", args=[increment.process.slug]))
