"""A process's profile over REST: `/api/v1/processes/<slug>/…/`. Staff read it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backlog.profile import actions, api_fields, queries
from backlog.profile.api_fields import PARTS, Taken
from backlog.profile.api_stream import urls as stream_urls
from backlog.profile.models import Profile
from backlog.standing import allows_on, profile_of, require_on
from core.api import answers
from core.api.schema import WHOLE, Doc, array, component, obj
from people import api_fields as fields
from processes.api import ProcessPartView
from processes.models import Process

PROFILE = component("ProcessProfile", obj(api_fields.PROFILE_TOLD))


def tell_profile(process: Process, profile: Profile) -> Mapping[str, Any]:
    """As programs read it; one query where there is an Agile Service Manager."""
    manager = profile.service_manager
    same = [name for name in api_fields.PROFILE_TOLD if name != "service_manager"]
    told = {name: getattr(profile, name) for name in same if name != "process"}
    return {
        "process": process.slug,
        **told,
        "service_manager": manager.email if manager else None,
    }


class ProfileView(ProcessPartView):
    """`…/profile/`."""

    docs = {
        "get": Doc("What it is for, and how it improves", PROFILE, has_etag=True),
        "patch": Doc(
            "Describe it",
            PROFILE,
            body=obj(api_fields.PROFILE_TAKEN, ()),
            has_etag=True,
        ),
    }

    def check_allowed(self) -> None:
        """Its owner, its team, administrators."""
        if self.request.method == "PATCH":
            require_on(self.user, "backlog.describe", self.subject)

    def told(self) -> Mapping[str, Any]:
        """As it is now."""
        return tell_profile(self.subject, profile_of(self.subject))

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The profile."""
        return answers.item(self.plain, self.told())

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        given = fields.read(self.fields(), api_fields.PROFILE)
        with transaction.atomic():
            answers.require_current(self.plain, self.told)
            actions.describe(process=self.subject, by=self.user, at=self.at, **given)
        return answers.item(self.plain, self.told())


class PartView(ProcessPartView):
    """Something of one list of the profile; `taken` says of which."""

    taken: Taken = None  # type: ignore[assignment]  # given by `urls`

    def check_allowed(self) -> None:
        """Its owner, its team, administrators write."""
        if self.request.method not in {"GET", "HEAD", "OPTIONS"}:
            require_on(self.user, "backlog.describe", self.process())

    def process(self) -> Process:
        """The process it is about."""
        found: Process = self.subject
        return found

    def rows(self) -> list[Any]:
        """The list as far as this person may read it."""
        return list(self.taken.part.rows(self.user, self.process()))

    def tell(self, row: Any) -> Mapping[str, Any]:
        """One row; opinions to its owner and team alone."""
        told = dict(self.taken.tell(row))
        if not allows_on(self.user, "stakeholder.opinion", self.process()):
            told.pop("opinion", None)
        return told

    def told(self, pk: int) -> Mapping[str, Any]:
        """One row as it is now."""
        return self.tell(next(row for row in self.rows() if row.pk == pk))

    def read(self) -> dict[str, Any]:
        """What was sent; a row that it names is one of this process."""
        given = fields.read(self.fields(), self.taken.readers)
        for name in self.taken.rows & given.keys():
            pk = given[name]
            model = self.taken.part.model
            given[name] = queries.part(model, self.process(), pk) if pk else None
            if pk and given[name] is None:
                raise Http404(_("There is no such line."))
        return given


class PartListView(PartView):
    """The list, and adding to it."""

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of it: it is never long."""
        return answers.answer({"results": [self.tell(row) for row in self.rows()]})

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Add one, once for its key."""
        return self.once(self._add)

    def _add(self) -> HttpResponse:
        given = {**self.taken.empty, **self.read()}
        row = self.taken.part.add(
            process=self.process(), by=self.user, at=self.at, **given
        )
        return answers.item(self.plain, self.told(row.pk), status=201)


class PartItemView(PartView):
    """One of them."""

    def find(self, key: str = "", id: int = 0, **kwargs: Any) -> Any:
        """The row of this process, or Http404."""
        self.of = super().find(key)
        row = queries.part(self.taken.part.model, self.of, id)
        if row is None:
            raise Http404(_("There is no such line."))
        return row

    def process(self) -> Process:
        """The process it is of."""
        found: Process = self.of
        return found

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The row."""
        return answers.item(self.plain, self.told(self.subject.pk))

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        pk, given = self.subject.pk, self.read()
        with transaction.atomic():
            answers.require_current(self.plain, lambda: self.told(pk))
            self.taken.part.change(**self._known(), **given)
        return answers.item(self.plain, self.told(pk))

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Take it out."""
        self.check_query()
        self.taken.part.remove(**self._known())
        return HttpResponse(status=204)

    def _known(self) -> dict[str, Any]:
        return {self.taken.part.one: self.subject, "by": self.user, "at": self.at}


def _routes(taken: Taken) -> list[URLPattern]:
    """The addresses of one list."""
    told = {"id": WHOLE, **taken.told}
    always = [name for name in told if name != "opinion"]
    shape = component(taken.shape, obj(told, always))
    body = component(f"New{taken.shape}", obj(taken.fields, taken.required))
    edit = component(f"Edit{taken.shape}", obj(taken.changeable, ()))
    title = str(taken.says)
    docs = {
        "get": Doc(title, obj({"results": array(shape)})),
        "post": Doc(
            "Add one",
            shape,
            status=201,
            body=body,
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        ),
    }
    item_docs = {
        "get": Doc("One of them", shape, has_etag=True),
        "patch": Doc("Change it", shape, body=edit, has_etag=True),
        "delete": Doc("Take it out", None, status=204),
    }
    base = f"processes/<str:key>/{taken.part.slug}/"
    return [
        path(base, PartListView.as_view(taken=taken, docs=docs)),
        path(f"{base}<int:id>/", PartItemView.as_view(taken=taken, docs=item_docs)),
    ]


def urls() -> list[URLPattern]:
    """The addresses of profiles."""
    return [
        path("processes/<str:key>/profile/", ProfileView.as_view()),
        *(one for taken in PARTS for one in _routes(taken)),
        *stream_urls(),
    ]
