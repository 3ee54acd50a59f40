"""Known outages over REST: which there are for me, "me too", and announcing one."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from core.errors import Forbidden, Invalid
from itsm.portal import actions, outages
from itsm.portal.models import MeToo, Outage
from itsm.tickets.api.views import TicketView
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.states import TicketType
from people import api_fields as fields

KNOWN = component(
    "KnownOutage",
    obj(
        {
            "number": TEXT,
            "service": TEXT,
            "sentence": TEXT,
            "more": TEXT,
            "since": INSTANT,
            "is_mine": FLAG,
            "others": WHOLE,
            "is_over": FLAG,
        }
    ),
)
LIST: Schema = obj({"results": array(KNOWN)})
ANNOUNCED: Schema = obj(
    {
        "shown": FLAG,
        "wording": one_of(*Outage.Wording.values),
        "expected_at": OPTIONAL_INSTANT,
    }
)


class OutagesView(ApiView):
    """`GET /outages/`."""

    collection = "outages"
    docs = {"get": Doc("What is known to be broken on one's services", LIST)}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """As the portal opens with it."""
        return self.known()

    def known(self) -> HttpResponse:
        """The outages as they are now."""
        found = outages.known(self.user, at=self.at)
        return answers.answer({"results": [asdict(one) for one in found]})


class MeTooView(OutagesView):
    """`/outages/<number>/me_too/`: nobody learns from it whether a ticket exists."""

    docs = {
        "post": Doc(
            "Have it too", LIST, body=obj({}), is_keyed=True, more={404: "No outage"}
        ),
        "delete": Doc("Take that back", None, status=204),
    }
    http_method_names = ["post", "delete", "options"]

    def find(self, number: str = "", **kwargs: Any) -> Ticket:
        """An outage that they are told of, or said that they have."""
        number = number.upper()
        rows = Ticket.objects.filter(number=number)
        mine = MeToo.objects.filter(user_id=self.user.pk, ticket__in=rows)
        told = outages.told_to(self.user, at=self.at).filter(number=number)
        found = rows.filter(pk__in=mine.values("ticket_id")).first() or told.first()
        if found is None:
            raise Http404(_("There is no such outage for you."))
        return found

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Count them in."""
        return self.once(self._me_too)

    def _me_too(self) -> HttpResponse:
        fields.read(self.fields(), {})
        try:
            actions.me_too(ticket=self.subject, by=self.user, at=self.at)
        except Forbidden as no:
            raise Http404(no.detail) from no
        return self.known()

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Count them out."""
        self.check_query()
        try:
            actions.not_me(ticket=self.subject, by=self.user, at=self.at)
        except Forbidden as no:
            raise Http404(no.detail) from no
        return HttpResponse(status=204)


class AnnounceView(TicketView):
    """`POST /incidents/<number>/announce/`."""

    def check_allowed(self) -> None:
        """Who may tell requesters."""
        require_on(self.user, "ticket.announce", self.subject)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Choose a sentence, or tell nothing."""
        return self.once(self._announce)

    def _announce(self) -> HttpResponse:
        readers = {
            "shown": fields.flag,
            "wording": fields.choice(*Outage.Wording.values),
            "expected_at": fields.optional(fields.instant),
        }
        given = fields.read(self.fields(), readers)
        if "shown" not in given:
            raise Invalid({"shown": [_("This is needed.")]})
        said = actions.announce(ticket=self.subject, by=self.user, at=self.at, **given)
        told = {name: getattr(said, name) for name in readers}
        return answers.answer(told)


ANNOUNCE = Doc(
    "Tell requesters of it as a known outage, in one of our sentences, or nothing",
    ANNOUNCED,
    body=obj(
        {
            "shown": FLAG,
            "wording": one_of(*Outage.Wording.values),
            "expected_at": OPTIONAL_INSTANT,
        },
        ("shown",),
    ),
    is_keyed=True,
    needs_body=True,
)


def urls() -> list[URLPattern]:
    """The addresses of outages."""
    announce = AnnounceView.as_view(
        type=TicketType.INCIDENT, collection="incidents", docs={"post": ANNOUNCE}
    )
    return [
        path("outages/", OutagesView.as_view()),
        path("outages/<slug:number>/me_too/", MeTooView.as_view()),
        path("incidents/<ticket:number>/announce/", announce),
    ]
