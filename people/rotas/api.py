"""Rotas and who is on duty, over REST. Secret addresses of calendars are made on pages
alone: whoever stole a token could make themselves one that outlives it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.filters import choices, containing, flag, instant, named
from core.api.pages import BY_SLUG
from core.api.problems import Malformed
from core.api.resources import Resource, routes
from core.api.schema import (
    FLAG,
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
)
from core.api.views import ApiView
from people import api_fields as fields
from people.models import Rota, RotaLayer, User
from people.policy import allows, require
from people.rotas import actions, plan, queries, reading, specs
from people.rotas import api_fields as taken
from people.rotas.queries import Names

LONGEST, USUAL = timedelta(days=400), timedelta(days=28)
EMAILS = """ARRAY(SELECT u.email
    FROM unnest(people_rotalayer.people) WITH ORDINALITY AS t (id, n)
    JOIN people_user u ON u.id = t.id ORDER BY n)"""


def _rotas(user: User) -> QuerySet[Rota]:
    """With the layers that count, or will; two queries."""
    emails = RawSQL(EMAILS, [])  # noqa: S611 - our own words
    layers = RotaLayer.objects.filter(ends=None).annotate(emails=emails)
    newest = Prefetch("layers", layers.order_by("position"), to_attr="newest")
    return queries.rotas(user).select_related("team").prefetch_related(newest)


def _rota(row: Any) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "kind": row.kind,
        "team": row.team.slug if row.team else None,
        "time_zone": row.time_zone,
        "note": row.note,
        "is_active": row.is_active,
        "layers": [
            {
                "id": layer.pk,
                "position": layer.position,
                **specs.plain(specs.of_row(layer)),
                "people": list(layer.emails),
                "begins": layer.begins,
            }
            for layer in row.newest
        ],
    }


ROTA: dict[str, Schema] = {
    "slug": TEXT,
    "name": TEXT,
    "kind": one_of(*Rota.Kind.values),
    "team": OPTIONAL_TEXT,
    "time_zone": TEXT,
    "note": TEXT,
    "is_active": FLAG,
    "layers": array(
        obj(
            {
                "id": WHOLE,
                "position": WHOLE,
                **taken.LAYER,
                "people": array(TEXT),
                "begins": INSTANT,
            }
        )
    ),
}


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Rota:
    given = taken.needed(fields.read(raw, taken.ROTA), "name", "time_zone", "layers")
    is_active = given.pop("is_active", True)
    rota = actions.create_rota(by=by, at=at, **given)
    if not is_active:
        actions.change_rota(rota=rota, by=by, at=at, is_active=False)
    return rota


def _change(row: Rota, raw: Mapping[str, Any], *, by: User, at: datetime) -> Rota:
    given = fields.read(raw, taken.ROTA)
    return actions.change_rota(rota=row, by=by, at=at, **given)


def _may_write(user: User, row: Rota | None) -> None:
    """To make one: whoever leads some team; for which one, the action looks."""
    if row is None and user.led_team_ids and allows(user, "rota.see"):
        return
    require(user, "rota.change", actions.relations(row, user))


ROTAS = Resource(
    name="rotas",
    shape="Rota",
    key="slug",
    rows=_rotas,
    tell=_rota,
    told=ROTA,
    order=BY_SLUG,
    filters=(
        containing("q", "name"),
        flag("is_active", "is_active"),
        choices("kind", "kind", Rota.Kind.values),
        named("team", "team__slug", nullable="team"),
    ),
    taken=taken.ROTA_TAKEN,
    required=("name", "time_zone", "layers"),
    create=_create,
    change=_change,
    may_write=_may_write,
)


class RotaView(ApiView):
    """Something of one rota."""

    collection = "rotas"

    def find(self, slug: str = "", **kwargs: Any) -> Rota:
        """The rota."""
        row = None
        if "\x00" not in slug:
            row = queries.rotas(self.user).filter(slug=slug).first()
        if row is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": slug})
        return row

    def instant(self, name: str) -> datetime | None:
        """A moment of the query. Raises Malformed."""
        given = self.plain.GET.getlist(name)
        try:
            return instant(given) if given else None
        except ValueError as wrong:
            raise Malformed(str(wrong), {name: [str(wrong)]}) from wrong

    def rules(self, start: datetime, end: datetime) -> plan.Rota:
        """The rota's rules."""
        rows = Rota.objects.filter(pk=self.subject.pk)
        found = reading.plans(rows, start, end)
        return found[0][1] if found else plan.Rota(())


HELD: dict[str, Schema] = {
    "position": WHOLE,
    "person": OPTIONAL_TEXT,
    "why": one_of(*plan.Why),
    "instead_of": OPTIONAL_TEXT,
}
SHIFT: dict[str, Schema] = {
    **HELD,
    "start": INSTANT,
    "end": INSTANT,
    "layer": {"type": ["integer", "null"]},
    "turn": {"type": ["integer", "null"]},
}


def _email(names: Names, pk: int | None) -> str | None:
    found = names.get(pk)
    return found.email if found else None


class OnDutyView(RotaView):
    """`GET /rotas/<slug>/on-duty/?at=`."""

    docs = {
        "get": Doc(
            "Who is on duty, first to last, now or `at` another time",
            component(
                "OnDuty",
                obj(
                    {
                        "at": INSTANT,
                        "on_duty": array(TEXT),
                        "positions": array(obj(HELD)),
                        "is_gap": FLAG,
                        "changes_at": OPTIONAL_INSTANT,
                    }
                ),
            ),
            query=(Param("at", INSTANT),),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Those who are there, each once; and each position with why."""
        at = self.instant("at") or self.at
        rules = self.rules(at, at + reading.FARTHEST)
        kept = rules.kept(at, at + reading.MOMENT)
        held = [(position, rules.held(position, at)) for position in kept]
        is_active = self.subject.is_active
        found = reading.people(rules, at) if is_active else []
        names = Names.of(
            [*found, *(pk for _p, h in held for pk in (h.person, h.instead_of))]
        )
        told = {
            "at": at,
            "on_duty": [_email(names, pk) for pk in found],
            "positions": [
                {
                    "position": position,
                    "person": _email(names, one.person),
                    "why": one.why.value,
                    "instead_of": _email(names, one.instead_of),
                }
                for position, one in held
            ],
            "is_gap": plan.is_gap(rules, at),
            "changes_at": plan.next_change(rules, at, reading.FARTHEST),
        }
        return answers.answer(told)


class ShiftsView(RotaView):
    """`GET /rotas/<slug>/shifts/?start=&end=`."""

    docs = {
        "get": Doc(
            "The time between two instants, in each position cut into shifts",
            obj({"start": INSTANT, "end": INSTANT, "shifts": array(obj(SHIFT))}),
            query=(
                Param("start", INSTANT, "Now, if it is left out"),
                Param("end", INSTANT, "Four weeks later, at most 400 days"),
            ),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Without a rest: nobody on duty is a shift of nobody, and says why."""
        start = self.instant("start") or self.at
        end = self.instant("end") or start + USUAL
        if not start < end <= start + LONGEST:
            why = _("The end has to be after the start, by at most 400 days.")
            raise Malformed(why, {"end": [why]})
        found = plan.shifts(self.rules(start, end), start, end)
        names = queries.names_in(found)
        told = [
            {
                "position": shift.position,
                "start": shift.start,
                "end": shift.end,
                "person": _email(names, shift.person),
                "why": shift.why.value,
                "instead_of": _email(names, shift.instead_of),
                "layer": shift.layer,
                "turn": shift.turn,
            }
            for shift in found
        ]
        return answers.answer({"start": start, "end": end, "shifts": told})


def urls() -> list[URLPattern]:
    """The addresses of rotas, and of who is on duty by them."""
    return [
        *routes(ROTAS),
        path("rotas/<str:slug>/on-duty/", OnDutyView.as_view()),
        path("rotas/<str:slug>/shifts/", ShiftsView.as_view()),
    ]
