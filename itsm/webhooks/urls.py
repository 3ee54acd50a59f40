"""The addresses of webhooks."""

from django.urls import path

from itsm.webhooks import views

ONE = "settings/webhooks/<int:pk>/"
urlpatterns = [
    path("settings/webhooks/", views.webhooks, name="webhooks"),
    path("settings/webhooks/new/", views.new_webhook, name="webhook-new"),
    path(ONE, views.webhook, name="webhook"),
    path(f"{ONE}edit/", views.edit_webhook, name="webhook-edit"),
    path(f"{ONE}test/", views.test, name="webhook-test"),
    path(f"{ONE}pause/", views.pause, name="webhook-pause"),
    path(f"{ONE}resume/", views.resume, name="webhook-resume"),
    path(f"{ONE}rotate/", views.rotate, name="webhook-rotate"),
    path(f"{ONE}replay/", views.replay, name="webhook-replay"),
    path(f"{ONE}delete/", views.delete, name="webhook-delete"),
    path(f"{ONE}deliveries/<int:id>/", views.delivery, name="delivery-of"),
    path(f"{ONE}deliveries/<int:id>/again/", views.again, name="delivery-again"),
]
