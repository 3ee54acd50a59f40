"""Absences over REST: who is away is for everybody who works here; why is for them,
whoever leads them, and administrators."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, filters, pages
from core.api.filters import named, since
from core.api.resources import paging
from core.api.schema import (
    INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Param,
    component,
    obj,
    page_of,
)
from core.api.views import ApiView
from people import api_fields as fields
from people.models import Absence, User
from people.policy import allows, require
from people.rotas import absence_actions, absence_views, queries
from people.rotas import api_fields as taken

ORDER = pages.Order(
    columns={"starts_at": "starts_at", "ends_at": "ends_at"}, first="starts_at"
)
FILTERS = (
    named("user", "user__email", fold=True),
    named("cover", "cover__email", nullable="cover", fold=True),
    since("ends_since", "ends_at"),
)
ABSENCE = component(
    "Absence",
    obj(
        {
            "id": WHOLE,
            "user": TEXT,
            "starts_at": INSTANT,
            "ends_at": INSTANT,
            "cover": OPTIONAL_TEXT,
            "note": OPTIONAL_TEXT,
        }
    ),
)


class AbsenceApiView(ApiView):
    """Whoever works here."""

    collection = "absences"

    def check_allowed(self) -> None:
        """As on the pages; a list of nothing is for everybody."""
        if self.request.method not in {"GET", "HEAD"}:
            require(self.user, "rota.see")

    def tell(self, rows: Any) -> list[Mapping[str, Any]]:
        """Absences, with the notes that are this person's to read; one query more."""
        may_all = allows(self.user, "absence.change")
        mine = set() if may_all else absence_views.led(self.user)
        return [
            {
                "id": row.pk,
                "user": row.user.email,
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
                "cover": row.cover.email if row.cover else None,
                "note": row.note if may_all or row.user_id in mine else None,
            }
            for row in rows
        ]


class AbsencesView(AbsenceApiView):
    """`/absences/`."""

    docs = {
        "get": Doc(
            "Who is away when, and who covers",
            page_of("Absence"),
            query=(
                *(Param(one.name, one.schema, one.says) for one in FILTERS),
                *paging(ORDER),
            ),
        ),
        "post": Doc(
            "Enter an absence: one's own, of somebody in a team one leads",
            ABSENCE,
            status=201,
            body=obj(taken.ABSENCE_TAKEN, ("starts_at", "ends_at")),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page, past ones too."""
        rows = queries.absences(self.user)
        rows = filters.apply(self.plain, rows, FILTERS, self.user)
        return answers.answer(pages.paginate(self.plain, rows, ORDER, self.tell))

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Enter one."""
        return self.once(self._make)

    def _make(self) -> HttpResponse:
        given = fields.read(self.fields(), taken.ABSENCE)
        given = taken.needed(given, "starts_at", "ends_at")
        user: User = given.pop("user", self.user)
        row = absence_actions.add_absence(user=user, by=self.user, at=self.at, **given)
        headers = {"Location": self.plain.build_absolute_uri(f"{row.pk}/")}
        (told,) = self.tell([row])
        return answers.item(self.plain, told, status=201, headers=headers)


class AbsenceView(AbsenceApiView):
    """`/absences/<id>/`."""

    docs = {
        "get": Doc("One of them", ABSENCE, has_etag=True),
        "patch": Doc(
            "Change it",
            ABSENCE,
            body=obj({k: v for k, v in taken.ABSENCE_TAKEN.items() if k != "user"}, ()),
            has_etag=True,
        ),
        "delete": Doc("Take it back; one that has begun ends", None, status=204),
    }

    def find(self, **kwargs: Any) -> Absence:
        """For whoever works here."""
        row = queries.absences(self.user).filter(pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is no such absence."))
        return row

    def check_allowed(self) -> None:
        """Oneself, whoever leads, administrators; everybody who works here reads."""
        super().check_allowed()
        if self.request.method not in {"GET", "HEAD"}:
            relations = absence_actions.relations(self.subject.user, self.user)
            require(self.user, "absence.change", relations)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The absence."""
        (told,) = self.tell([self.subject])
        return answers.item(self.plain, told)

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        readers = {k: v for k, v in taken.ABSENCE.items() if k != "user"}
        raw = self.fields()
        with transaction.atomic():
            rows = Absence.objects.select_for_update(of=("self",))
            row = rows.select_related("user", "cover").get(pk=self.subject.pk)
            answers.require_current(self.plain, lambda: self.tell([row])[0])
            given = fields.read(raw, readers)
            row = absence_actions.change_absence(
                absence=row, by=self.user, at=self.at, **given
            )
        return answers.item(self.plain, self.tell([row])[0])

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Back again, or not away after all."""
        self.check_query()
        absence_actions.end_absence(absence=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


def urls() -> list[URLPattern]:
    """The addresses of absences."""
    return [
        path("absences/", AbsencesView.as_view()),
        path("absences/<int:id>/", AbsenceView.as_view()),
    ]
