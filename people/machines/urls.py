"""The addresses of service accounts, besides those that every list has."""

from django.urls import path

from people.machines import views

urlpatterns = [
    path(
        "settings/service-accounts/<int:pk>/tokens/",
        views.tokens,
        name="service-account-tokens",
    ),
]
