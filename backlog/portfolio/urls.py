"""The address of the portfolio."""

from django.urls import path

from backlog.portfolio import views

urlpatterns = [path("backlog/portfolio/", views.portfolio, name="portfolio")]
