"""A caller rang again about their ticket: for the telephone's own program."""

from typing import Any

from django.http import HttpResponse

from itsm.tickets import actions
from itsm.tickets.api.views import TicketView
from itsm.tickets.policy import require_on
from itsm.tickets.states import Channel
from people import api_fields as fields

CHANNELS = (Channel.PHONE.value, Channel.WALK_IN.value)


class CalledView(TicketView):
    """`POST /tickets/<number>/called/`."""

    def check_allowed(self) -> None:
        """Who may write a note on it."""
        require_on(self.user, "ticket.note", self.subject)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Keep that they called."""
        return self.once(self._called)

    def _called(self) -> HttpResponse:
        given = fields.read(self.fields(), {"channel": fields.choice(*CHANNELS)})
        channel = Channel(given.get("channel", Channel.PHONE))
        ticket = actions.called_again(
            ticket=self.subject, by=self.user, at=self.at, channel=channel
        )
        return self.told(ticket)
