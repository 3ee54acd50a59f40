"""The addresses that events are sent to; each with and without its last slash."""

from django.urls import URLPattern, path

from itsm.monitoring.intake.views import receive

PAGERDUTY = {"v2/enqueue": "pagerduty", "v2/change/enqueue": "pagerduty-change"}
ROUTES = ("alertmanager", "grafana", "zabbix", "nagios", "icinga")
OTHERS = ("cloudevents", "generic")

urlpatterns: list[URLPattern] = []
for address, name in PAGERDUTY.items():
    urlpatterns += [
        path(f"{address}{slash}", receive, {"name": name}) for slash in ("", "/")
    ]
for name in (*ROUTES, *OTHERS):
    urlpatterns += [
        path(f"api/events/{key}{name}{slash}", receive, {"name": name})
        for key in ("<str:key>/", "")  # without: in the Authorization header
        for slash in ("/", "")
    ]
