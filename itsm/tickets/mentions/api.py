"""Where one was named, and what one is told of whose tickets are, over REST."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.resources import paging
from core.api.schema import (
    INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    array,
    component,
    obj,
    one_of,
    page_of,
)
from core.api.views import SAFE, ApiView
from itsm.tickets.mentions.models import Mention
from itsm.tickets.mentions.reading import read, unread
from itsm.tickets.together import news
from itsm.tickets.together.models import Handover
from people import policy

ORDER = pages.Order(columns={"id": "pk"}, first="-id")
component(
    "Mention",
    obj(
        {
            "id": WHOLE,
            "ticket": TEXT,
            "comment": WHOLE,
            "by": OPTIONAL_TEXT,
            "team": OPTIONAL_TEXT,
            "at": INSTANT,
        }
    ),
)


def _told(row: Mention) -> dict[str, Any]:
    return {
        "id": row.pk,
        "ticket": row.ticket.number,
        "comment": row.comment_id,
        "by": row.by.email if row.by else None,
        "team": row.team.slug if row.team else None,
        "at": row.at,
    }


class Own(ApiView):
    """For those who work here, each their own."""

    def check_allowed(self) -> None:
        """Who has a queue; requesters are told nothing."""
        if self.request.method not in SAFE:
            policy.require(self.user, "ticket.queue")


class MentionsView(Own):
    """`GET /mentions/`."""

    collection = "mentions"
    docs = {
        "get": Doc(
            "Where one was named and has not looked, the newest first",
            page_of("Mention"),
            query=paging(ORDER),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """On tickets that they may still see."""
        found = unread(self.user).order_by()
        page = pages.paginate(
            self.plain, found, ORDER, lambda rows: [_told(row) for row in rows]
        )
        return answers.answer(page)


class MentionView(Own):
    """`DELETE /mentions/<id>/`."""

    collection = "mentions"
    docs = {"delete": Doc("They have looked at it", None, status=204)}

    def find(self, **kwargs: Any) -> Mention:
        """One's own."""
        row = Mention.objects.filter(user=self.user, pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is nothing here for you."))
        return row

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """It is in the list no longer."""
        self.check_query()
        read(by=self.user, at=self.at, mention=self.subject.pk)
        return HttpResponse(status=204)


class HandoversView(Own):
    """`GET /handovers/`."""

    collection = "handovers"
    docs = {
        "get": Doc(
            "What one is asked and told about whose tickets are, the newest first",
            obj(
                {
                    "results": array(
                        obj(
                            {
                                "id": WHOLE,
                                "kind": one_of(*Handover.Kind.values),
                                "ticket": TEXT,
                                "about": TEXT,
                                "reason": TEXT,
                                "at": INSTANT,
                            }
                        )
                    )
                }
            ),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Questions first; they are answered with the verbs `grant` and `keep`."""
        asked, told = news.of(self.user, at=self.at)
        results = [
            {
                "id": one.pk,
                "kind": one.kind,
                "ticket": one.row.number,
                "about": one.email,
                "reason": one.said,
                "at": one.at,
            }
            for one in (*asked, *told)
        ]
        return answers.answer({"results": results})


class HandoverView(Own):
    """`DELETE /handovers/<id>/`."""

    collection = "handovers"
    docs = {"delete": Doc("They have read it; questions stay", None, status=204)}

    def find(self, **kwargs: Any) -> int:
        """One's own that is no question."""
        if not news.to_note(self.user, kwargs["id"]).exists():
            raise Http404(_("There is nothing here for you."))
        return int(kwargs["id"])

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """It is in the list no longer."""
        self.check_query()
        news.noted(self.user, self.subject)
        return HttpResponse(status=204)


def urls() -> list[URLPattern]:
    """The addresses of what one is told."""
    return [
        path("mentions/", MentionsView.as_view()),
        path("mentions/<int:id>/", MentionView.as_view()),
        path("handovers/", HandoversView.as_view()),
        path("handovers/<int:id>/", HandoverView.as_view()),
    ]
