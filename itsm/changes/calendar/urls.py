"""The addresses of the change calendar; they stand before those of tickets."""

from django.urls import path

from itsm.changes.calendar import views

urlpatterns = [
    path("changes/calendar/", views.calendar, name="change-calendar"),
    path("changes/calendar/link/", views.link, name="change-calendar-link"),
    path("changes/calendar/<str:token>.ics", views.ical, name="change-calendar-feed"),
    path(
        "changes/<slug:number>/collisions/", views.in_the_way, name="change-collisions"
    ),
]
