"""The list of alerts, one alert, and the list as a file."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.reader import gettext as _
from core.templating import render
from itsm.monitoring.alerts import files, queries
from itsm.monitoring.alerts import wish as wishes
from itsm.monitoring.alerts.lines import lines, lines_for
from itsm.monitoring.alerts.wish import Options, Wish
from itsm.monitoring.models import Alert, Severity
from people.pages.doors import page, who
from people.policy import allows

SEE = "alert.see"
MOST = 20  # lines beside one alert
MOVES = (
    ("next previous", "jk", gettext_lazy("move")),
    ("", ("Enter",), gettext_lazy("open")),
)
TABS = (
    ("open", "", gettext_lazy("Open")),
    ("open", "waiting", gettext_lazy("Not decided yet")),
    ("closed", "", gettext_lazy("Cleared")),
    ("all", "", gettext_lazy("All")),
)


@require_safe
@page(SEE)
def listing(request: HttpRequest) -> HttpResponse:
    """The alerts that are asked for, those of one incident folded; or its news."""
    at, known = timezone.now(), wishes.options()
    wish = wishes.read(request.GET.dict(), known)
    fragment, since = request.GET.get("fragment"), _since(request)
    if fragment in {"new", "news"} and since is not None:
        return _news(request, wish, known, since, at)
    user = who(request)
    found = queries.listed(user, wish, known, at=at)
    context = {
        "wish": wish,
        "lines": lines(found.rows, found.groups, found.incidents),
        "alerts": _counted(found.alerts),
        "folded": _folds(found),
        "next": wish.url(after=found.after) if found.after else "",
        "previous": wish.url(before=found.before) if found.before else "",
        "tabs": _tabs(wish),
        "choices": _choices(known),
        "since": int(at.timestamp() * 1000),
        "file": f"{wishes.PATH}export/{wish.url()[len(wishes.PATH) :]}",
        "has_sources": bool(known.sources),
        "may_change": allows(user, "source.change"),
        "moves": MOVES,
    }
    return render(request, "itsm/monitoring/alerts.html", context)


def _since(request: HttpRequest) -> datetime | None:
    text = request.GET.get("since", "")
    if not (text.isascii() and text.isdigit() and len(text) < 14):
        return None
    return datetime.fromtimestamp(int(text) / 1000, tz=UTC)


def _news(
    request: HttpRequest, wish: Wish, known: Options, since: datetime, at: datetime
) -> HttpResponse:
    """How many arrived, and the named lines as they are now."""
    user = who(request)
    ids = [int(t) for t in request.GET.getlist("t") if t.isdecimal() and len(t) < 18]
    context = {
        "count": queries.arrived(user, wish, known, since=since, at=at),
        "here": wish.url(),
        "lines": lines_for(user, queries.some(user, ids)) if ids else [],
        "wish": wish,
    }
    return render(request, "itsm/monitoring/alerts_news.html", context)


def _counted(count: tuple[int, bool]) -> str:
    """A count in words: exact up to a thousand, then "1,000+"."""
    n, is_exact = count
    return str(n) if is_exact else _("1,000+")


def _folds(found: queries.Found) -> str:
    """On how many lines they stand, where that is fewer."""
    is_fewer = any(facts.n > 1 for facts in found.groups.values())
    return _counted(found.lines) if is_fewer and found.lines[0] else ""


def _tabs(wish: Wish) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": wish.url(status=status, decision=decision, group="", incident=""),
            "current": (wish.status, wish.decision) == (status, decision)
            or (not decision and wish.status == status and wish.decision != "waiting"),
        }
        for status, decision, label in TABS
    ]


def _choices(known: Options) -> Mapping[str, Any]:
    """What the filters offer, besides words."""

    def named(rows: Mapping[str, tuple[int, str]]) -> list[tuple[str, str]]:
        return [(slug, name) for slug, (_pk, name) in rows.items()]

    return {
        "severity": Severity.choices,
        "service": named(known.services),
        "source": named(known.sources),
        "decision": Alert.Decision.choices,
    }


@require_safe
@page(SEE)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert: what it says, what was decided and why, what was before."""
    user = who(request)
    alert = wishes.visible_to(user).select_related(*queries.RELATED).filter(pk=pk)
    found = alert.first()
    if found is None:
        raise Http404(_("There is no such alert for you."))
    former, others = queries.before(found, MOST), queries.beside(found, MOST)
    told = lines_for(user, [found, *former, *others])
    context = {
        "alert": found,
        "line": told[0],
        "former": told[1 : len(former) + 1],
        "others": told[len(former) + 1 :],
        "details": _pretty(found.details),
        "most": MOST,
    }
    return render(request, "itsm/monitoring/alert.html", context)


def _pretty(details: Any) -> str:
    """What the tool sent besides, to be read."""
    return json.dumps(details, indent=2, ensure_ascii=False) if details else ""


@require_safe
@page(SEE)
def export(request: HttpRequest) -> HttpResponse:
    """The list as a file, every alert for itself."""
    user, at, known = who(request), timezone.now(), wishes.options()
    wish = wishes.read(request.GET.dict(), known)
    rows = wishes.narrow(user, wish, known, at=at)
    text = files.written(rows, user)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="alerts.csv"'
    return answer
