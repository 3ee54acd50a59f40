"""How many events came, hour by hour."""

from collections.abc import Sequence

from django.utils.translation import ngettext
from markupsafe import Markup

from core.charts import Point, bars
from core.reader import local
from core.wording import clock_words
from itsm.monitoring.health import Hour


def by_hour(hours: Sequence[Hour], label: str) -> Markup:
    """A column for each hour."""
    return bars([_point(hour) for hour in hours], label)


def _point(hour: Hour) -> Point:
    n = hour.counts["signals"]
    says = ngettext("%(when)s: %(num)s event", "%(when)s: %(num)s events", n)
    words = {"when": clock_words(hour.begins), "num": n}
    return Point(f"{local(hour.begins):%H:%M}", n, says % words, "")
