"""Processes and their versions over REST. Staff see them all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.filters import containing
from core.api.resources import Resource, routes
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Param,
    Schema,
    array,
    component,
    obj,
    one_of,
    page_of,
)
from core.api.views import ApiView
from people import api_fields as fields
from people import policy
from people.models import User
from processes import making, queries, subjects
from processes.models import Process, ProcessVersion, Rollout

ORDER = pages.Order(columns={"number": "number"}, first="-number")
ROLLOUT: Schema = obj(
    {
        "scope": one_of(*Rollout.Scope.values),
        "team": OPTIONAL_TEXT,
        "percent": {"type": ["integer", "null"]},
        "started_at": INSTANT,
    }
)
BRIEF: dict[str, Schema] = {
    "number": WHOLE,
    "status": one_of(*ProcessVersion.Status.values),
    "note": TEXT,
    "created_at": INSTANT,
    "created_by": OPTIONAL_TEXT,
    "released_at": OPTIONAL_INSTANT,
    "released_by": OPTIONAL_TEXT,
    "rollouts": array(ROLLOUT),
}
component("ProcessVersion", obj(BRIEF))
VERSION_PAGE = page_of("ProcessVersion")
VERSION = component(
    "ProcessVersionInFull",
    obj({**BRIEF, "definition": {"type": "object"}}),
)


def _visible(user: User) -> QuerySet[Process]:
    rollouts = Rollout.objects.filter(ended_at=None, scope=Rollout.Scope.ALL)
    live = rollouts.select_related("version").order_by("pk")
    versions = ProcessVersion.objects.defer("definition").prefetch_related(
        Prefetch("rollouts", queryset=live, to_attr="live_rollouts")
    )
    return (
        subjects.visible_to(user)
        .select_related("owner", "team")
        .prefetch_related(Prefetch("versions", queryset=versions.order_by("number")))
    )


def _tell(row: Process) -> Mapping[str, Any]:
    versions = list(row.versions.all())
    live = [r for v in versions for r in getattr(v, "live_rollouts", ())]
    newest = max(live, key=lambda rollout: rollout.pk, default=None)
    return {
        "slug": row.slug,
        "name": row.name,
        "purpose": row.purpose,
        "owner": row.owner.email if row.owner else None,
        "team": row.team.slug if row.team else None,
        "live_version": newest.version.number if newest else None,
        "versions": [version.number for version in versions],
    }


READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "purpose": fields.text(making.LONGEST["purpose"]),
    "owner": fields.optional(fields.PERSON),
    "team": fields.optional(fields.TEAM),
}


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Process:
    given = {"name": "", **fields.read(raw, READERS)}
    return making.make_process(by=by, at=at, **given)


def _change(row: Process, raw: Mapping[str, Any], *, by: User, at: datetime) -> Process:
    given = fields.read(raw, READERS)
    return making.change_process(process=row, by=by, at=at, **given)


def _may_write(user: User, row: Process | None) -> None:
    if row is None:
        policy.require(user, "process.make")
    else:
        policy.require(user, "process.draft", queries.relations(user, row))


PROCESSES = Resource(
    name="processes",
    shape="Process",
    key="slug",
    rows=_visible,
    tell=_tell,
    told={
        "slug": TEXT,
        "name": TEXT,
        "purpose": TEXT,
        "owner": OPTIONAL_TEXT,
        "team": OPTIONAL_TEXT,
        "live_version": {"type": ["integer", "null"]},
        "versions": array(WHOLE),
    },
    order=pages.BY_SLUG,
    filters=(containing("q", "name", "purpose"),),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken={
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "purpose": {"type": "string", "maxLength": making.LONGEST["purpose"]},
        "owner": OPTIONAL_TEXT,
        "team": OPTIONAL_TEXT,
    },
    required=("name",),
)


class ProcessPartView(ApiView):
    """Something of one process."""

    collection = "processes"

    def find(self, key: str = "", **kwargs: Any) -> Any:
        """The process as far as the person may see it."""
        found = None
        if "\x00" not in key:
            found = subjects.visible_to(self.user).filter(slug=key).first()
        if found is None:
            raise Http404(_("There is no process “%(key)s” for you.") % {"key": key})
        return found

    def versions(self) -> QuerySet[ProcessVersion]:
        """The process's versions with who made them and who runs on them."""
        running = Rollout.objects.filter(ended_at=None).select_related("team")
        return self.subject.versions.select_related(
            "created_by", "released_by"
        ).prefetch_related(Prefetch("rollouts", queryset=running.order_by("pk")))


class VersionsView(ProcessPartView):
    """`…/versions/`, newest first."""

    docs = {
        "get": Doc(
            "The versions",
            VERSION_PAGE,
            query=(
                Param("ordering", {"type": "string", "enum": ORDER.words}),
                Param("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
                Param("cursor"),
            ),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page, without the definitions."""
        rows = self.versions().defer("definition")
        return answers.answer(
            pages.paginate(self.plain, rows, ORDER, lambda found: map(brief, found))
        )


class VersionView(ProcessPartView):
    """`…/versions/<number>/` with its definition."""

    docs = {"get": Doc("One version with its definition", VERSION, has_etag=True)}

    def find(self, key: str = "", version: int = 0, **kwargs: Any) -> Any:
        """The version, or Http404."""
        self.subject = super().find(key)
        found = self.versions().filter(number=version).first()
        if found is None:
            raise Http404(_("There is no such version."))
        return found

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The version in full."""
        told = {**brief(self.subject), "definition": self.subject.definition}
        return answers.item(self.plain, told)


def brief(row: ProcessVersion) -> dict[str, Any]:
    """A version without its definition; its people and rollouts have to be at hand."""
    return {
        "number": row.number,
        "status": row.status,
        "note": row.note,
        "created_at": row.created_at,
        "created_by": row.created_by.email if row.created_by else None,
        "released_at": row.released_at,
        "released_by": row.released_by.email if row.released_by else None,
        "rollouts": [
            {
                "scope": rollout.scope,
                "team": rollout.team.slug if rollout.team else None,
                "percent": rollout.percent,
                "started_at": rollout.started_at,
            }
            for rollout in row.rollouts.all()
        ],
    }


def urls() -> list[URLPattern]:
    """The addresses of processes."""
    return [
        *routes(PROCESSES),
        path("processes/<str:key>/versions/", VersionsView.as_view()),
        path("processes/<str:key>/versions/<int:version>/", VersionView.as_view()),
    ]
