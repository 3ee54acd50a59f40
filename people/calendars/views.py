"""The pages of calendars in settings: a year of one, its form, a new one."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from core import slots, worktime
from core.errors import Forbidden, Invalid
from core.reader import language
from core.templating import render
from core.worktime.calendar import FIRST_YEAR, LAST_YEAR, Calendar
from people import history, policy
from people.calendars import actions, holidays, lines, queries, reading, year
from people.calendars.forms import CalendarForm
from people.calendars.models import Calendar as Row
from people.pages.doors import page, who
from people.pages.settings import tabs

USED_BY = "calendar.used_by"  # fillers get the calendar: lists of {title, url, note}


@page("calendar.see")
def show(request: HttpRequest, key: str) -> HttpResponse:
    """A year of it, what differs, who counts by it, and what would be due when."""
    row, user, now = _row(request, key), who(request), timezone.now()
    calendar = reading.worktime(row.version_id)
    here = now.astimezone(calendar.zone)
    number = _year(request.GET.get("year", ""), here.year)
    context = {
        "tabs": tabs(user, "calendars"),
        "row": row,
        "may": policy.allows(user, "calendar.change"),
        "year": year.Year(calendar, row.content, number),
        "years": (FIRST_YEAR, LAST_YEAR),
        "today": here.date(),
        "weekdays": [(str(WEEKDAYS_ABBR[n]), str(WEEKDAYS[n])) for n in range(7)],
        "week": year.week_words(row.content["hours"]),
        "place": _place(row),
        "is_open": worktime.is_open(calendar, now),
        "changes_at": _next_change(calendar, now),
        "what_if": _what_if(request, calendar, here),
        "used_by": [one for found in slots.filled(USED_BY, row) for one in found],
        "history": history.of(row) if policy.allows(user, "calendar.change") else [],
    }
    return render(request, "settings/calendar.html", context)


@page("calendar.see")
def new(request: HttpRequest) -> HttpResponse:
    """A form for one more."""
    _require_change(request)
    form = CalendarForm(request.POST or None)
    if not Row.objects.filter(is_default=True).exists():
        form.fields["is_default"].initial = True
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_calendar(
                by=who(request), at=timezone.now(), **form.given()
            )
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Added: %(name)s.") % {"name": row.name})
            return Redirect(f"/settings/calendars/{row.slug}/")
    return _form(request, form, None)


@page("calendar.see")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Its form; saving makes a new version."""
    row = _row(request, key)
    _require_change(request)
    form = CalendarForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        given = form.given()
        try:
            actions.change_calendar(
                calendar=row, by=who(request), at=timezone.now(), **given
            )
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Saved."))
            return Redirect(f"/settings/calendars/{row.slug}/")
    return _form(request, form, row)


@page("calendar.see")
def act(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    """Make it the default, retire it, or bring it back."""
    row = _row(request, key)
    verbs = {
        "default": actions.make_default,
        "retire": actions.retire,
        "return": actions.bring_back,
    }
    if verb not in verbs:
        raise Http404(_("There is no such page."))
    if request.method == "POST":
        verbs[verb](calendar=row, by=who(request), at=timezone.now())
        messages.success(request, _("Saved."))
    return Redirect(f"/settings/calendars/{row.slug}/")


def _row(request: HttpRequest, key: str) -> Any:
    row = queries.calendars(who(request)).filter(slug=key).first()
    if row is None:
        raise Http404(_("There is no such calendar."))
    return row


def _require_change(request: HttpRequest) -> None:
    if not policy.allows(who(request), "calendar.change"):
        raise Forbidden(_("Only administrators change calendars."))


def _form(request: HttpRequest, form: CalendarForm, row: Any) -> HttpResponse:
    context = {"tabs": tabs(who(request), "calendars"), "form": form, "row": row}
    status = 422 if request.method == "POST" else 200
    return render(request, "settings/calendar_form.html", context, status=status)


def _year(given: str, now: int) -> int:
    asked = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else 0
    return asked if FIRST_YEAR <= asked <= LAST_YEAR else now


def _place(row: Any) -> str:
    country, region = row.content["country"], row.content["region"]
    return holidays.place_name(country, region, language() or "") if country else ""


def _next_change(calendar: Calendar, now: datetime) -> str:
    """When it closes or opens next, by its own clocks; empty where it does not."""
    is_open = worktime.is_open(calendar, now)
    change = worktime.next_closing if is_open else worktime.next_opening
    at = change(calendar, now)
    return year.moment_words(at.astimezone(calendar.zone)) if at else ""


def _what_if(request: HttpRequest, calendar: Calendar, here: datetime) -> Any:
    """The question as it was typed, and its answer or what is wrong with it."""
    typed: dict[str, Any] = {
        "start": request.GET.get("start", f"{here:%Y-%m-%dT%H:%M}")[:40],
        "takes": request.GET.get("takes", "4 h").strip()[:40],
        "is_asked": "takes" in request.GET,
    }
    if not typed["is_asked"]:
        return typed
    try:
        local = datetime.fromisoformat(typed["start"]).replace(tzinfo=None)
        start = worktime.resolve_local(calendar.zone, local)
    except (ValueError, OverflowError):
        return typed | {"start_fault": _("Choose a day and a time.")}
    try:
        length = lines.read_length(typed["takes"])
        due = year.due(calendar, start, length)
    except ValueError as wrong:
        return typed | {"takes_fault": str(wrong)}
    except worktime.CalendarError as no:
        return typed | {"takes_fault": no.detail}
    found = [] if length.days else year.steps(calendar, start, due)
    local_due = due.astimezone(calendar.zone)
    return typed | {
        "due": year.moment_words(local_due),
        "steps": _local(found, calendar),
    }


def _local(steps: list[year.Step], calendar: Calendar) -> list[year.Step]:
    zone = calendar.zone
    return [year.Step(s.begin.astimezone(zone), s.end.astimezone(zone)) for s in steps]
