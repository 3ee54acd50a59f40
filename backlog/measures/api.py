"""A sprint's days over REST."""

from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from backlog.measures import queries
from backlog.sprints.api import SPRINTS
from core.api import answers
from core.api.resources import ItemView
from core.api.schema import WHOLE, Doc, Schema, array, component, obj, one_of

DATE: Schema = {"type": "string", "format": "date"}
DAY = obj({"date": DATE, "forecast": WHOLE, "scope": WHOLE, "done": WHOLE})


class BurndownView(ItemView):
    """`GET /api/v1/sprints/<id>/burndown/`."""

    resource = SPRINTS
    collection = "sprints"
    http_method_names = ["get", "head", "options"]

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Its days from the start to its end, or to today."""
        found = queries.of_sprint(self.subject, at=self.at)
        days = [
            {"date": d.date, "forecast": d.forecast, "scope": d.scope, "done": d.done}
            for d in found.days
        ]
        unit = "points" if found.in_points else "stories"
        return answers.item(self.plain, {"unit": unit, "days": days})


def urls() -> list[URLPattern]:
    """The address of a sprint's days."""
    shape = component(
        "Burndown", obj({"unit": one_of("points", "stories"), "days": array(DAY)})
    )
    docs = {"get": Doc("Forecast, scope and done, day by day", shape, has_etag=True)}
    return [path("sprints/<str:key>/burndown/", BurndownView.as_view(docs=docs))]
