"""The addresses of agreements and of the report of promises."""

from django.urls import path

from itsm.sla.pages import (
    agreements,
    paging,
    portal,
    promises,
    recomputations,
    renewing,
    report,
)
from itsm.tickets.states import TicketType

urlpatterns = [
    path("pages/<str:token>/", paging.by_link, name="page-link"),
    path("wake/<slug:number>/", paging.wake, name="ticket-wake"),
    path("wake/<slug:number>/on-it/", paging.acknowledge, name="ticket-acknowledge"),
    path("settings/promises/", recomputations.listing, name="recomputations"),
    path("settings/promises/anew/", recomputations.begin, name="recompute"),
    path("settings/promises/<int:pk>/", recomputations.one, name="recomputation"),
    path("settings/agreements/", agreements.listing, name="agreements"),
    path("settings/agreements/new/", agreements.new, name="agreement-new"),
    path("settings/agreements/try/", agreements.try_out, name="agreement-try"),
    path("settings/agreements/<slug:key>/", agreements.edit, name="agreement"),
    path(
        "settings/agreements/<slug:key>/accept/",
        agreements.accept,
        name="agreement-accept",
    ),
    path("settings/agreements/<slug:key>/end/", agreements.end, name="agreement-end"),
    path("portal/agreements/", portal.mine, name="portal-agreements"),
    path(
        "portal/agreements/<slug:slug>/accept/",
        portal.accept,
        name="portal-agreement-accept",
    ),
    path(
        "promises/renew/<slug:number>/",
        renewing.renew,
        name="promise-renew",
    ),
    *(
        path(
            f"{type_}s/<slug:number>/promises/",
            promises.promises,
            {"type_": type_},
            name=f"{type_}-promises",
        )
        for type_ in TicketType.values
    ),
    path("promises/", report.overview, name="promises"),
    path("promises/export/", report.export, name="promises-export"),
    path("promises/behind/", report.tickets, name="promises-behind"),
]
