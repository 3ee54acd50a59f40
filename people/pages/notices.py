"""The inbox behind the bell, and what one chooses to hear of."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.errors import Invalid
from core.templating import render
from notify import bell as bells
from notify import inbox
from notify.failures import words
from notify.models import Choice, Reach
from notify.rulebook import EVERYBODY, INBOX, MAIL, REQUESTER, STAFF, Rule
from people import notice_actions as actions
from people.forms import ActionForm
from people.models import User
from people.pages.doors import page, who

HERE = "/notifications/"
GROUPS = (
    (STAFF, T("Your work")),
    (EVERYBODY, T("Decisions")),
    (REQUESTER, T("What you asked for")),
)
COLUMNS = ((INBOX, T("In the inbox")), (MAIL, T("By e-mail")))


def frame(user: User) -> str:
    """The page's frame: requesters have theirs."""
    return "base.html" if user.is_staff else "portal_base.html"


@page()
def listing(request: HttpRequest) -> HttpResponse:
    """What one was told, by day; what is urgent and unread first."""
    user, at = who(request), timezone.now()
    only = "unread" in request.GET
    before = request.GET.get("before", "").replace("\x00", "")[:60]
    context = {
        "inbox": inbox.of(user, at=at, only_unread=only, before=before),
        "only": only,
        "before": before,
        "undo": _stamp(request.GET.get("undo", "")),
        "frame": frame(user),
    }
    return render(request, "people/notifications.html", context)


@page()
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, when the live channel says that it has moved."""
    return render(request, "components/bell.html")


@page()
def read(request: HttpRequest) -> HttpResponse:
    """One line is read, or all are; the page offers to take that back."""
    user, at = who(request), timezone.now()
    asked: dict[str, str] = {}
    if request.method == "POST":
        ids = _ids(request)
        if actions.read_notices(user=user, by=user, at=at, ids=ids):
            bells.ring({user.pk: set()})
            asked["undo"] = at.isoformat()
    return _back(request, asked)


@page()
def unread(request: HttpRequest) -> HttpResponse:
    """Lines are unread again."""
    user = who(request)
    if request.method == "POST":
        ids, read_at = _ids(request) or [], _stamp(request.POST.get("stamp", ""))
        if actions.unread_notices(user=user, by=user, ids=ids, read_at=read_at):
            bells.ring({user.pk: set()})
    return _back(request, {})


def _ids(request: HttpRequest) -> list[int] | None:
    """The line that is named; None where none is, which means all of them."""
    given = request.POST.get("id", "")
    if not given:
        return None
    return (
        [int(given)] if given.isascii() and given.isdigit() and len(given) < 19 else []
    )


def _stamp(text: str) -> datetime | None:
    try:
        at = parse_datetime(text[:60])
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _back(request: HttpRequest, asked: dict[str, str]) -> Redirect:
    if request.POST.get("only"):
        asked = {"unread": "1", **asked}
    return Redirect(f"{HERE}?{urlencode(asked)}" if asked else HERE)


class ReachForm(ActionForm):
    """When one is left alone, and how one is paged."""

    quiet_from = forms.TimeField(label=T("Quiet from"), required=False)
    quiet_until = forms.TimeField(label=T("Quiet until"), required=False)
    digest_at = forms.TimeField(
        label=T("One e-mail a day, at"),
        required=False,
        help_text=T("Empty: each on its own, a minute after it happened."),
    )
    page_phone = forms.CharField(
        label=T("Number for SMS or calls"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    page_topic = forms.CharField(
        label=T("Topic on ntfy"), required=False, max_length=64
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("quiet_from", "quiet_until", "digest_at"):
            field: Any = self.fields[name]
            field.widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
        if not user.is_staff:
            del self.fields["page_phone"], self.fields["page_topic"]


@page()
def choices(request: HttpRequest) -> HttpResponse:
    """By which channels one hears of what, quiet hours, digest, paging."""
    user = who(request)
    row = Reach.objects.filter(user=user).first() or Reach(user=user)
    first = {name: getattr(row, name) for name in actions.REACH}
    form = ReachForm(request.POST or None, user=user, initial=first)
    rules = actions.offered(user)
    chosen = dict(Choice.objects.filter(user=user).values_list("rule", "channels"))
    status = 200
    if request.method == "POST":
        status = 422
        chosen |= (typed := _typed(request, rules))
        if form.is_valid():
            try:
                given = {"channels": typed, **form.cleaned_data}
                actions.set_notifications(
                    user=user, by=user, at=timezone.now(), **given
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect("/account/notifications/")
    context = {
        "form": form,
        "reach": row,
        "why": words(row.mail_failure),
        "columns": COLUMNS,
        "groups": _groups(rules, chosen),
        "frame": frame(user),
    }
    return render(request, "people/notification_choices.html", context, status=status)


def _typed(request: HttpRequest, rules: list[Rule]) -> dict[str, list[str]]:
    """Which boxes are ticked, of the rules that have any."""
    return {
        rule.name: [c for c, _w in COLUMNS if f"{rule.name}:{c}" in request.POST]
        for rule in rules
        if not (rule.is_page or rule.is_fixed)
    }


def _groups(
    rules: list[Rule], chosen: dict[str, list[str]]
) -> list[tuple[Any, list[tuple[Rule, list[str]]]]]:
    """The rules by group, each with the channels that hold for this person."""
    return [
        (label, lines)
        for group, label in GROUPS
        if (
            lines := [
                (rule, chosen.get(rule.name, list(rule.channels)))
                for rule in rules
                if rule.group == group
            ]
        )
    ]
