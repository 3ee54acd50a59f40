"""Overrides and swaps over REST."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.schema import INSTANT, TEXT, WHOLE, Doc, array, component, obj, one_of
from people import api_fields as fields
from people.models import Rota, RotaOverride, RotaSwap
from people.policy import require
from people.rotas import actions, queries, specs, swap_actions
from people.rotas import api_fields as taken
from people.rotas.api import RotaView

OVERRIDE = component(
    "Override",
    obj(
        {
            "id": WHOLE,
            "position": WHOLE,
            "person": TEXT,
            "starts_at": INSTANT,
            "ends_at": INSTANT,
        }
    ),
)


def _override(row: RotaOverride) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "position": row.position,
        "person": row.user.email,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
    }


class OverridesView(RotaView):
    """`/rotas/<slug>/overrides/`."""

    docs = {
        "get": Doc(
            "Who is on duty instead, as far as it is not over",
            obj({"results": array(OVERRIDE)}),
        ),
        "post": Doc(
            "Put somebody on duty instead",
            OVERRIDE,
            status=201,
            body=obj(taken.OVERRIDE_TAKEN, ("person", "starts_at", "ends_at")),
            is_keyed=True,
            needs_body=True,
        ),
    }

    def check_allowed(self) -> None:
        """Whoever leads the team, and administrators."""
        if self.request.method == "POST":
            relations = actions.relations(self.subject, self.user)
            require(self.user, "rota.change", relations)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """By when they begin."""
        rows = queries.overrides_ahead(self.subject, self.at)
        return answers.answer({"results": [_override(row) for row in rows]})

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it."""
        return self.once(self._make)

    def _make(self) -> HttpResponse:
        given = fields.read(self.fields(), taken.OVERRIDE)
        given = taken.needed(given, "person", "starts_at", "ends_at")
        given["user"] = given.pop("person")
        row = actions.override(rota=self.subject, by=self.user, at=self.at, **given)
        return answers.answer(_override(row), status=201)


class OverrideView(RotaView):
    """`DELETE /rotas/<slug>/overrides/<id>/`."""

    docs = {"delete": Doc("Take it back; one that has begun ends", None, status=204)}

    def find(self, slug: str = "", **kwargs: Any) -> Any:
        """The override of this rota."""
        rota = super().find(slug)
        row = RotaOverride.objects.filter(rota=rota, pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is no such override."))
        return row

    def check_allowed(self) -> None:
        """Whoever leads the team, and administrators."""
        relations = actions.relations(self.subject.rota, self.user)
        require(self.user, "rota.change", relations)

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Gone."""
        self.check_query()
        actions.remove_override(override=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


SIDE = obj(
    {"layer": WHOLE, "turn": WHOLE, "person": TEXT, "start": INSTANT, "end": INSTANT}
)
SWAP = component(
    "Swap",
    obj(
        {
            "id": WHOLE,
            "state": one_of(*RotaSwap.State.values),
            "one": SIDE,
            "other": SIDE,
        }
    ),
)


def _swap(row: RotaSwap) -> Mapping[str, Any]:
    sides = {
        "one": (row.one_layer, row.one_turn, row.one_user),
        "other": (row.other_layer, row.other_turn, row.other_user),
    }
    told: dict[str, Any] = {"id": row.pk, "state": row.state}
    for name, (layer, turn, person) in sides.items():
        start, end = queries.turn_times(specs.layer(layer), turn)
        told[name] = {
            "layer": layer.pk,
            "turn": turn,
            "person": person.email,
            "start": start,
            "end": end,
        }
    return told


class SwapsView(RotaView):
    """`/rotas/<slug>/swaps/`."""

    docs = {
        "get": Doc(
            "Swaps that are proposed or agreed, and not over",
            obj({"results": array(SWAP)}),
        ),
        "post": Doc(
            "Propose one; by whoever leads the team it is agreed at once",
            SWAP,
            status=201,
            body=obj({"one": taken.TURN, "other": taken.TURN}),
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Those that wait for an answer first."""
        rows = queries.swaps(Rota.objects.filter(pk=self.subject.pk), self.at)
        return answers.answer({"results": [_swap(one.row) for one in rows]})

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Propose."""
        return self.once(self._make)

    def _make(self) -> HttpResponse:
        given = taken.needed(fields.read(self.fields(), taken.SWAP), "one", "other")
        row = swap_actions.propose_swap(
            rota=self.subject, by=self.user, at=self.at, **given
        )
        return answers.answer(_swap(row), status=201)


class SwapView(RotaView):
    """`POST /rotas/<slug>/swaps/<id>/<verb>/`."""

    does: Callable[..., RotaSwap] = swap_actions.accept_swap  # by `urls`

    def find(self, slug: str = "", **kwargs: Any) -> Any:
        """The swap of this rota."""
        rows = RotaSwap.objects.filter(rota=super().find(slug), pk=kwargs["id"])
        row = rows.first()
        if row is None:
            raise Http404(_("There is no such swap."))
        return row

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        fields.read(self.fields(), {})
        row = type(self).does(swap=self.subject, by=self.user, at=self.at)
        return answers.answer(_swap(row))


VERBS: dict[str, tuple[Callable[..., RotaSwap], str]] = {
    "accept": (swap_actions.accept_swap, "Agree to what was proposed to oneself"),
    "decline": (swap_actions.decline_swap, "Say no to it"),
    "withdraw": (swap_actions.withdraw_swap, "Take one's own proposal back"),
    "undo": (swap_actions.undo_swap, "Give both turns back; for who leads the team"),
}


def urls() -> list[URLPattern]:
    """Their addresses."""
    found = [
        path("rotas/<str:slug>/overrides/", OverridesView.as_view()),
        path("rotas/<str:slug>/overrides/<int:id>/", OverrideView.as_view()),
        path("rotas/<str:slug>/swaps/", SwapsView.as_view()),
    ]
    for verb, (does, says) in VERBS.items():
        docs = {"post": Doc(says, SWAP, body=obj({}), is_keyed=True)}
        given = {"docs": docs, "does": staticmethod(does)}
        view: Any = type(f"Swap{verb.title()}View", (SwapView,), given)
        found.append(path(f"rotas/<str:slug>/swaps/<int:id>/{verb}/", view.as_view()))
    return found
