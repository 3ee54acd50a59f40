"""The catalogue's addresses in settings."""

from django.urls import path

from itsm.requests.pages import charges, offering, prices, questions
from people.pages import settings

HERE = "settings/offerings/<slug:slug>/"
FORM = f"{HERE}questions/"
urlpatterns = [
    path("settings/charges/", charges.listing, name="charges"),
    path("settings/charges/export/", charges.export, name="charges-export"),
    path("settings/offerings/new/", settings.new, {"slug": "offerings"}),
    path(HERE, offering.edit, name="offering"),
    path(f"{HERE}picture/", offering.picture, name="offering-picture"),
    path(f"{HERE}prices/", prices.listing, name="offering-prices"),
    path(f"{HERE}prices/<int:pk>/end/", prices.end, name="offering-price-end"),
    path(FORM, questions.show, name="offering-form"),
    path(f"{FORM}add/", questions.add, name="offering-form-add"),
    path(f"{FORM}release/", questions.release, name="offering-form-release"),
    path(f"{FORM}q/<slug:field>/", questions.change, name="offering-form-field"),
    path(f"{FORM}q/<slug:field>/move/", questions.move, name="offering-form-move"),
]
