"""How the log knows the people room's rows, and who may see what happened to them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from core import subjects
from notify.models import Wording
from people import policy
from people.calendars.models import Calendar
from people.models import (
    ApiToken,
    Category,
    Organisation,
    Rota,
    Service,
    SignOn,
    Team,
    User,
)


def _visible(model: Any, verb: str) -> Callable[[User], QuerySet[Any]]:
    def visible_to(user: User) -> QuerySet[Any]:
        if policy.allows(user, verb):
            return model.objects.all()
        return model.objects.none()

    return visible_to


def _own_tokens(user: User) -> QuerySet[ApiToken]:
    if policy.allows(user, "people.change"):
        return ApiToken.objects.all()
    return ApiToken.objects.filter(user_id=user.pk)


def _named(model: Any, field: str) -> Callable[[Iterable[int]], Mapping[int, str]]:
    def numbers(ids: Iterable[int]) -> Mapping[int, str]:
        rows = model.objects.filter(pk__in=set(ids))
        return {pk: str(name) for pk, name in rows.values_list("pk", field)}

    return numbers


def _list(folder: str) -> Callable[[str], str]:
    return lambda number: f"/settings/{folder}/"


def register() -> None:
    """Make them known to core."""
    rows: list[tuple[Any, str, str, str]] = [
        (User, "people.see", "email", "people"),
        (Team, "people.see", "slug", "teams"),
        (Organisation, "people.see", "slug", "organisations"),
        (Service, "people.see", "slug", "services"),
        (Category, "people.see", "slug", "categories"),
        (Rota, "rota.see", "slug", "rotas"),
    ]
    for model, verb, field, folder in rows:
        subjects.register(
            subjects.SubjectType(
                name=model.subject_type,
                visible_to=_visible(model, verb),
                numbers=_named(model, field),
                url=_list(folder),
            )
        )
    subjects.register(
        subjects.SubjectType(
            name=Calendar.subject_type,
            visible_to=_visible(Calendar, "calendar.see"),
            numbers=_named(Calendar, "slug"),
            url=lambda number: f"/settings/calendars/{number}/",
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=SignOn.subject_type,
            visible_to=_visible(SignOn, "people.change"),
            numbers=_named(SignOn, "name"),
            url=lambda number: "/settings/sign-on/",
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=Wording.subject_type,
            visible_to=_visible(Wording, "notification.word"),
            numbers=_named(Wording, "rule"),
            url=lambda rule: f"/settings/texts/{rule}/",
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=ApiToken.subject_type,
            visible_to=_own_tokens,
            numbers=_named(ApiToken, "prefix"),
            url=lambda number: "/settings/tokens/",
        )
    )
