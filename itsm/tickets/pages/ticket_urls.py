"""Addresses of one ticket: the same for each practice, and its verbs."""

from django.urls import URLPattern, path

from itsm.tickets.pages import ticket_verbs, ticket_views
from itsm.tickets.states import TicketType

urlpatterns: list[URLPattern] = [
    path("people/options/", ticket_views.people_options, name="people-options"),
]
for type_ in TicketType.values:
    here, kind = f"{type_}s/<slug:number>/", {"type_": type_}
    urlpatterns += [
        path(here, ticket_views.ticket_page, kind, name=type_),
        path(f"{here}do/<slug:verb>/", ticket_verbs.do, kind, name=f"{type_}-do"),
        path(
            f"{here}next/",
            ticket_views.neighbour,
            {**kind, "direction": "next"},
            name=f"{type_}-next",
        ),
        path(
            f"{here}previous/",
            ticket_views.neighbour,
            {**kind, "direction": "previous"},
            name=f"{type_}-previous",
        ),
    ]
