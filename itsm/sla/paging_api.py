"""Waking who is on duty, and saying that one is on it, over REST."""

from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from core.api.schema import Doc
from itsm.sla import paging
from itsm.tickets.api.views import ANY_TICKET, TicketView
from itsm.tickets.policy import require_on
from people import api_fields as fields


class _Verb(TicketView):
    """A verb without fields; repeated it changes nothing."""

    policy_verb = ""

    def check_allowed(self) -> None:
        """Who may."""
        require_on(self.user, self.policy_verb, self.subject)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it once."""
        return self.once(self._done)

    def _done(self) -> HttpResponse:
        fields.read(self.fields(), {})
        self.act()
        return self.told(self.subject)

    def act(self) -> None:
        """The one domain call."""
        raise NotImplementedError


class PageView(_Verb):
    """`POST /tickets/<number>/page/`."""

    policy_verb = "ticket.page"

    def act(self) -> None:
        """Wake who is on duty, where nobody is being woken yet."""
        paging.page(ticket=self.subject, by=self.user, at=self.at)


class AcknowledgeView(_Verb):
    """`POST /tickets/<number>/acknowledge/`."""

    policy_verb = "ticket.acknowledge"

    def act(self) -> None:
        """Say that one is on it."""
        paging.acknowledge(ticket=self.subject, by=self.user, at=self.at)


def urls() -> list[URLPattern]:
    """The two addresses."""
    known: dict[str, Any] = {"collection": "tickets"}
    page = Doc("Wake who is on duty for it", ANY_TICKET, has_etag=True, is_keyed=True)
    acknowledge = Doc(
        "Say that you are on it", ANY_TICKET, has_etag=True, is_keyed=True
    )
    return [
        path(
            "tickets/<ticket:number>/page/",
            PageView.as_view(**known, docs={"post": page}),
        ),
        path(
            "tickets/<ticket:number>/acknowledge/",
            AcknowledgeView.as_view(**known, docs={"post": acknowledge}),
        ),
    ]
