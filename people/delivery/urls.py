"""The addresses of routes and delivery."""

from django.urls import path

from people.delivery import views

urlpatterns = [
    path("settings/routes/", views.routes, name="routes"),
    path("settings/routes/new/", views.new_route, name="route-new"),
    path("settings/routes/<int:pk>/", views.edit_route, name="route"),
    path("settings/routes/<int:pk>/test/", views.test_route, name="route-test"),
    path("settings/routes/<int:pk>/pause/", views.pause_route, name="route-pause"),
    path("settings/delivery/", views.delivery, name="delivery"),
    path("settings/delivery/<int:pk>/again/", views.send_again, name="message-again"),
    path("settings/delivery/again/", views.send_all_again, name="messages-again"),
    path(
        "settings/delivery/people/<int:pk>/release/",
        views.release,
        name="address-release",
    ),
]
