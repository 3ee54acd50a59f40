"""The addresses of rotas, absences and their calendars."""

from django.urls import URLPattern, path

from people.rotas import absence_views, change_views, feed_views, views

ROTA = "settings/rotas/<slug:slug>/"

urlpatterns: list[URLPattern] = [
    path("duty/<str:token>.ics", feed_views.feed, name="duty-feed"),
    path("account/duty.ics", feed_views.download_mine, name="duty-download"),
    path("settings/absences/", absence_views.listing, name="absences"),
    path("settings/absences/<int:pk>/", absence_views.change, name="absence"),
    path("settings/absences/<int:pk>/end/", absence_views.end, name="absence-end"),
    path("settings/rotas/", views.listing, name="rotas"),
    path("settings/rotas/new/", views.new, name="rota-new"),
    path(
        "settings/rotas/overrides/<int:pk>/end/",
        change_views.end_override,
        name="rota-override-end",
    ),
    path(
        "settings/rotas/swaps/<int:pk>/<slug:verb>/",
        change_views.answer_swap,
        name="rota-swap-answer",
    ),
    path(ROTA, views.show, name="rota"),
    path(f"{ROTA}edit/", views.edit, name="rota-edit"),
    path(f"{ROTA}override/", change_views.override, name="rota-override"),
    path(f"{ROTA}swap/", change_views.swap, name="rota-swap"),
    path(f"{ROTA}link/", feed_views.link, name="rota-link"),
    path(f"{ROTA}rota.ics", feed_views.download, name="rota-download"),
]
