"""The addresses of the catalogue in settings, and of what happens after an order."""

from django.urls import path

from itsm.requests.pages import (
    bundles,
    charges,
    entitlements,
    flow,
    offering,
    plan,
    prices,
    questions,
    steps,
    tasks,
)
from itsm.requests.pages import trainings as trained
from people.pages import settings

HERE = "settings/offerings/<slug:slug>/"
FORM = f"{HERE}questions/"
urlpatterns = [
    path("tasks/", tasks.listing, name="tasks"),
    path("tasks/<int:pk>/", tasks.one, name="task"),
    path("tasks/<int:pk>/do/", tasks.act, name="task-do"),
    path("requests/flow/", flow.report, name="request-flow"),
    path("requests/flow/behind/", flow.behind, name="request-flow-behind"),
    path("requests/<slug:number>/plan/", plan.show, name="request-plan"),
    path("bundles/new/", bundles.new, name="bundle-new"),
    path("entitlements/", entitlements.listing, name="entitlements"),
    path("entitlements/confirm/", entitlements.confirm, name="entitlements-confirm"),
    path("entitlements/<int:pk>/end/", entitlements.end, name="entitlement-end"),
    path("settings/trainings/", trained.listing, name="trainings"),
    path(f"{HERE}steps/", steps.edit, name="offering-steps"),
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
