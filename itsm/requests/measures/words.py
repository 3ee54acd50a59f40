"""The flow's report in words: which days are asked for, and what it says."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.wording import duration
from itsm.requests.measures.candidates import Candidate
from itsm.requests.measures.flow import Line, Wish
from itsm.requests.models import Offering

DAYS = 90
LONGEST = 3660


def read(given: Mapping[str, str], today: date) -> tuple[Wish, str]:
    """The days that are asked for; what nobody understands is said and left out."""
    wish = Wish(today - timedelta(days=DAYS), today)
    try:
        first = parse_date(given["from"]) if given.get("from") else wish.first
        last = parse_date(given["to"]) if given.get("to") else wish.last
    except ValueError:
        first = last = None
    fits = first is not None and last is not None and first <= last
    if first is None or last is None or not fits:
        return wish, _("Send two days, the first before the last.")
    if last - first > timedelta(days=LONGEST):
        return wish, _("At most ten years are possible.")
    return Wish(first, last), ""


def names() -> dict[str, str]:
    """What offerings are called."""
    return dict(Offering.objects.values_list("slug", "name"))


def sentence(lines: list[Line], likely: list[Candidate]) -> str:
    """What it says, in one sentence or two."""
    done = sum(line.done for line in lines)
    if not done:
        return _("Nothing that was ordered in these days is done yet.")
    hands = sum(line.without_hands for line in lines)
    words = {"n": done, "hands": round(100 * hands / done)}
    said = ngettext(
        "%(n)s order was fulfilled; %(hands)s %% needed no hands.",
        "%(n)s orders were fulfilled; %(hands)s %% needed no hands.",
        done,
    )
    told = [said % words]
    waits = [line for line in lines if line.approval]
    if waits:
        most = max(waits, key=lambda line: line.approval or timedelta(0))
        about = {"name": most.name, "time": duration(most.approval or timedelta(0))}
        told.append(_("The longest wait for a yes has %(name)s: %(time)s.") % about)
    if likely:
        first = likely[0]
        about = {"title": first.title, "n": str(first.count)}
        told.append(_("“%(title)s” was done by hand %(n)s times.") % about)
    return " ".join(told)
