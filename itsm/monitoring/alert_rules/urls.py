"""The addresses of rules."""

from django.urls import path

from itsm.monitoring.alert_rules import views

HOME = "settings/alert-rules/"
urlpatterns = [
    path(HOME, views.listing, name="alert-rules"),
    path(f"{HOME}new/", views.new, name="alert-rule-new"),
    path(f"{HOME}<int:pk>/", views.edit, name="alert-rule"),
    path(f"{HOME}<int:pk>/try/", views.try_out, name="alert-rule-try"),
    path(f"{HOME}<int:pk>/switch/", views.switch, name="alert-rule-switch"),
    path(f"{HOME}<int:pk>/move/", views.move, name="alert-rule-move"),
    path(f"{HOME}<int:pk>/remove/", views.remove, name="alert-rule-remove"),
]
