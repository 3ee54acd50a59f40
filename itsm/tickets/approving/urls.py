"""The addresses of decisions."""

from django.urls import path

from itsm.tickets.approving import pages
from itsm.tickets.states import TicketType

urlpatterns = [
    path("approvals/", pages.waiting, name="approvals"),
    *(
        path(
            f"{type_}s/<slug:number>/approval/",
            pages.decide,
            {"type_": type_},
            name=f"{type_}-approval",
        )
        for type_ in TicketType.values
    ),
    path("account/delegations/", pages.give, name="delegation-give"),
    path("account/delegations/<int:pk>/end/", pages.take_back, name="delegation-end"),
]
