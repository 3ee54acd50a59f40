"""The addresses that events are sent to; each with and without its last slash."""

from django.urls import URLPattern, path, register_converter

from itsm.monitoring.intake.views import receive

ROUTES = ("alertmanager", "grafana", "zabbix", "nagios", "icinga")
OTHERS = ("cloudevents", "generic")
EITHER = ("", "/")


class Format:
    """The name of a format in an address."""

    regex = "|".join((*ROUTES, *OTHERS))

    def to_python(self, value: str) -> str:
        """As it stands there."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands there."""
        return value


register_converter(Format, "format")
of_pagerduty: list[URLPattern] = [  # under v2/
    path(f"{address}{slash}", receive, {"name": name})
    for address, name in (
        ("enqueue", "pagerduty"),
        ("change/enqueue", "pagerduty-change"),
    )
    for slash in EITHER
]
of_sources: list[URLPattern] = [  # under api/events/
    path(f"{key}<format:name>{slash}", receive)
    for key in ("<str:key>/", "")  # without: in the Authorization header
    for slash in reversed(EITHER)
]
