"""Every address of the product, by room."""

from allauth.account import urls as sign_in
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from itsm.monitoring.intake import urls as events_in
from people.pages.find_views import find_people
from people.pages.sign_in import SignIn, back, start

# By what address somebody is known is for administrators to change, not for themselves.
NOT_OFFERED = {
    "account_login",  # ours
    "account_email",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_confirm_login_code",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("v2/", include(events_in.of_pagerduty)),  # first: asked most often by far
    path("api/events/", include(events_in.of_sources)),
    path("admin/", admin.site.urls),
    path("accounts/login/", SignIn.as_view(), name="account_login"),
    path("accounts/sign-on/", start, name="sign-on"),
    path("accounts/sign-on/back/", back, name="sign-on-back"),
    path(
        "accounts/",
        include([p for p in sign_in.urlpatterns if p.name not in NOT_OFFERED]),
    ),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("core.urls")),
    path("people/find/", find_people, name="people-find"),
    path("", include("backlog.urls")),
    path("", include("itsm.changes.measures.urls")),
    path("", include("itsm.tickets.approving.urls")),
    path("", include("itsm.changes.calendar.urls")),  # before a change of that number
    path("", include("itsm.changes.kinds.urls")),
    path("", include("itsm.requests.urls")),  # before one ticket's: requests/flow/
    path("", include("itsm.tickets.urls")),
    path("", include("itsm.knowledge.urls")),
    path("", include("itsm.feedback.urls")),
    path("", include("itsm.sla.urls")),
    path("", include("itsm.monitoring.source_urls")),
    path("", include("itsm.monitoring.seen_urls")),
    path("", include("itsm.portal.urls")),
    path("", include("itsm.webhooks.urls")),
    path("", include("people.urls")),
    path("", include("processes.urls")),
    path("api/v1/", include("backlog.api_urls")),
    path("api/v1/", include("itsm.api_urls")),
    path("api/now/", include("itsm.table.urls")),
    path("api/", include("core.api.urls")),  # its last line answers all that is left
]

handler400 = "core.api.handlers.bad_request"
handler403 = "core.api.handlers.forbidden"
handler404 = "core.api.handlers.not_found"
handler500 = "core.api.handlers.server_error"
