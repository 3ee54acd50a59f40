"""The addresses of settings, the account and the first run."""

from django.urls import path

from people import first_run
from people.calendars import views as calendars
from people.delivery import urls as delivery
from people.machines import urls as machines
from people.pages import (
    account,
    notices,
    own,
    roles,
    roster_views,
    security,
    settings,
    wordings,
)
from people.rotas import urls as rotas

urlpatterns = [
    path("first-run/", first_run.page, name="first-run"),
    path("account/", account.account, name="account"),
    path("account/devices/<int:pk>/end/", own.end_device, name="device-end"),
    path("account/devices/end-others/", own.end_others, name="devices-end"),
    path("account/presence/", own.presence, name="presence"),
    path("account/look/", own.look, name="account-look"),
    path("account/tour/", own.tour, name="tour"),
    path("account/notifications/", notices.choices, name="notification-choices"),
    path("notifications/", notices.listing, name="notifications"),
    path("notifications/bell/", notices.bell, name="bell"),
    path("notifications/read/", notices.read, name="notifications-read"),
    path("notifications/unread/", notices.unread, name="notifications-unread"),
    path("settings/", settings.start, name="settings"),
    path("settings/look/", settings.look, name="settings-look"),
    path("settings/tokens/", settings.tokens, name="settings-tokens"),
    path("settings/tokens/<int:pk>/revoke/", settings.revoke, name="token-revoke"),
    path("settings/people/<int:pk>/invite/", settings.invite, name="person-invite"),
    path(
        "settings/people/<int:pk>/second-step/",
        security.forget_second_step,
        name="person-second-step",
    ),
    path("settings/people/<int:pk>/unlink/", security.unlink, name="person-unlink"),
    path("settings/people/export/", roster_views.export, name="people-export"),
    path("settings/people/import/", roster_views.bring_in, name="people-import"),
    *rotas.urlpatterns,
    path("settings/roles/", roles.roles, name="settings-roles"),
    path("settings/texts/", wordings.listing, name="settings-texts"),
    path("settings/texts/<str:rule>/", wordings.edit, name="settings-text"),
    path("settings/sign-on/", security.provider, name="settings-sign-on"),
    path(
        "settings/teams/<slug:slug>/members/",
        settings.membership,
        name="team-members",
    ),
    path("settings/calendars/new/", calendars.new, name="calendar-new"),
    path("settings/calendars/<slug:key>/", calendars.show, name="calendar"),
    path("settings/calendars/<slug:key>/edit/", calendars.edit, name="calendar-edit"),
    path(
        "settings/calendars/<slug:key>/<slug:verb>/", calendars.act, name="calendar-act"
    ),
    *delivery.urlpatterns,
    *machines.urlpatterns,
    path("settings/<slug:slug>/", settings.listing, name="settings-list"),
    path("settings/<slug:slug>/new/", settings.new, name="settings-new"),
    path("settings/<slug:slug>/<slug:key>/", settings.edit, name="settings-edit"),
]
