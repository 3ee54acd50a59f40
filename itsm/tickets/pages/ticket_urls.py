"""Addresses of one ticket: the same for each practice, and its verbs."""

from django.urls import URLPattern, path

from itsm.tickets.pages import (
    ticket_drafts,
    ticket_history,
    ticket_offers,
    ticket_tasks,
    ticket_verbs,
    ticket_views,
)
from itsm.tickets.states import TicketType

urlpatterns: list[URLPattern] = [
    path("people/options/", ticket_views.people_options, name="people-options"),
    path("drafts/<slug:form>/", ticket_drafts.draft_alone, name="draft"),
    path("drafts/<int:pk>/undo/", ticket_drafts.undo, name="draft-undo"),
    path("mentions/read/", ticket_offers.all_read, name="mentions-read"),
    path("mentions/<int:pk>/", ticket_offers.mention, name="mention"),
    path("uploads/<int:pk>/<str:name>", ticket_drafts.uploaded, name="upload"),
]
for type_ in TicketType.values:
    here, kind = f"{type_}s/<slug:number>/", {"type_": type_}
    urlpatterns += [
        path(here, ticket_views.ticket_page, kind, name=type_),
        path(f"{here}do/<slug:verb>/", ticket_verbs.do, kind, name=f"{type_}-do"),
        path(f"{here}draft/<slug:form>/", ticket_drafts.draft, kind),
        path(f"{here}uploads/", ticket_drafts.upload, kind),
        path(f"{here}preview/", ticket_drafts.preview, kind),
        path(f"{here}replies/", ticket_offers.replies, kind),
        path(f"{here}names/", ticket_offers.names, kind),
        path(f"{here}tasks/", ticket_tasks.add, kind),
        path(f"{here}tasks/<int:pk>/", ticket_tasks.change, kind),
        path(f"{here}history/<slug:field>/", ticket_history.history, kind),
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
