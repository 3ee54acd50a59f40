"""The portal's addresses."""

from django.urls import path

from itsm.portal import asking, feedback_views, known_views, reading, views
from itsm.portal.ordering import views as ordering

urlpatterns = [
    path("portal/", views.home, name="portal"),
    path("portal/report/", asking.report, name="portal-report"),
    path("portal/order/", ordering.catalogue, name="portal-catalogue"),
    path("portal/order/<slug:slug>/", ordering.order, name="portal-order"),
    path("portal/order/<slug:slug>/picture/", ordering.picture, name="portal-picture"),
    path("portal/again/", ordering.again, name="portal-again"),
    path("portal/again/<int:pk>/end/", ordering.end_again, name="portal-again-end"),
    path("portal/tickets/", views.tickets, name="portal-tickets"),
    path("portal/answers/", reading.found, name="portal-answers"),
    path("portal/articles/", reading.articles, name="portal-articles"),
    path("portal/articles/<slug:number>/", reading.article, name="portal-article"),
    path(
        "portal/articles/<slug:number>/solved/",
        reading.solved,
        name="portal-article-solved",
    ),
    path(
        "incidents/<slug:number>/outage/", known_views.announce, name="ticket-announce"
    ),
    path("portal/known/<slug:number>/", known_views.me_too, name="portal-me-too"),
    path(
        "portal/feedback/<str:token>/",
        feedback_views.by_link,
        name="portal-feedback-link",
    ),
    path("portal/<slug:number>/feedback/", feedback_views.give, name="portal-feedback"),
    path("portal/<slug:number>/", views.ticket, name="portal-ticket"),
    path("portal/<slug:number>/reply/", views.reply, name="portal-reply"),
    path("portal/<slug:number>/close/", views.close, name="portal-close"),
    path("portal/<slug:number>/reopen/", views.reopen, name="portal-reopen"),
    path("portal/<slug:number>/cancel/", views.cancel, name="portal-cancel"),
    path("portal/<slug:number>/copy/", views.copy, name="portal-copy"),
    path("portal/<slug:number>/decide/", views.decide, name="portal-decide"),
    path("portal/<slug:number>/files/<int:pk>/", views.file, name="portal-file"),
]
