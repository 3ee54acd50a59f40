"""The pages of a process: how it runs, its versions, and what its owner does."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import slots
from core.errors import Forbidden, Invalid, Refused, Stale
from core.shell import NavItem
from core.templating import render
from people import policy
from people.models import Team
from people.pages.doors import page, who
from processes import (
    actions,
    control_words,
    definition,
    drawing,
    parts,
    queries,
    words,
)
from processes.crossing import suggest_map
from processes.models import Process, ProcessVersion


def rail(request: HttpRequest) -> NavItem | None:
    """Processes in the rail, for everybody who works here."""
    user = request.user
    if not user.is_authenticated or not user.is_staff:
        return None
    return NavItem(_("Processes"), "/processes/", "org", group=3)


@page("process.see")
def listing(request: HttpRequest) -> HttpResponse:
    """All processes."""
    live = queries.live_versions()
    found = [
        {"process": process, "live": live.get(process.slug)}
        for process in queries.processes()
    ]
    context = {
        "found": found,
        "may_make": policy.allows(who(request), "process.make"),
        "links": slots.filled("process.links", request),
    }
    return render(request, "processes/list.html", context)


@page("process.see")
def process(request: HttpRequest, slug: str) -> HttpResponse:
    """One process: its live version drawn, and who runs on which."""
    found = _process(slug)
    live = queries.live_version(found)
    rows = queries.versions(found)
    states = next((r.states for r in rows if live and r.version.pk == live.pk), {})
    context = {
        "process": found,
        "live": live,
        "versions": rows,
        "states": states,
        "may": _may(request, "process.draft", found),
        "panels": slots.filled("process.page", found, who(request)),
        **_drawn(live, states),
    }
    return render(request, "processes/process.html", context)


@page("process.see")
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version: what it changes, where it runs, what can be done with it."""
    return _version_page(request, _version(slug, number))


def _version_page(
    request: HttpRequest, found: ProcessVersion, problem: Refused | None = None
) -> HttpResponse:
    rows = queries.versions(found.process)
    row = next(r for r in rows if r.version.pk == found.pk)
    base = _compared_with(found, rows)
    others = [
        r.version for r in rows if r.version.pk != found.pk and r.version.released_at
    ]
    context = {
        "process": found.process,
        "version": found,
        "row": row,
        "base": base,
        "differences": _differences(base, found),
        "text": actions.text_of(found),
        "teams": [
            (team.slug, team.name)
            for team in Team.objects.filter(is_active=True).order_by("name")
        ],
        "others": others,
        "may": _may(request, "process.release", found.process),
        "problem": problem,
        "problems": _sentences(problem),
        "typed": request.POST,
        **_drawn(found, row.states),
        **_control(found),
    }
    status = problem.status if problem else 200
    return render(request, "processes/version.html", context, status=status)


def _sentences(problem: Refused | None) -> list[str]:
    """Everything that is wrong, each with where it is."""
    if isinstance(problem, Invalid):
        return [sentence for found in problem.errors.values() for sentence in found]
    return [problem.detail] if problem else []


def _compared_with(
    found: ProcessVersion, rows: list[queries.VersionRow]
) -> ProcessVersion | None:
    """The live version for a draft; the released one before it otherwise."""
    if found.status == ProcessVersion.Status.DRAFT:
        return queries.live_version(found.process)
    earlier = [
        r.version
        for r in rows
        if r.version.number < found.number and r.version.released_at
    ]
    return earlier[0] if earlier else None


def _differences(base: ProcessVersion | None, found: ProcessVersion) -> list[str]:
    if base is None or base.pk == found.pk:
        return []
    return words.differences(definition.of(base), definition.of(found))


def _drawn(found: ProcessVersion | None, states: Mapping[str, int]) -> dict[str, Any]:
    if found is None:
        return {"svg": "", "ways": []}
    parsed = definition.of(found)
    return {
        "definition": parsed,
        "svg": drawing.svg(parsed, counts=states),
        "ways": drawing.rows(parsed),
    }


def _control(found: ProcessVersion) -> dict[str, Any]:
    """How risk is counted and trust is earned, in words."""
    parsed = definition.of(found)
    return {
        "risk_rows": control_words.rows(parsed.risk) if parsed.risk else [],
        "trust_rules": control_words.trust_sentences(parsed.trust)
        if parsed.trust
        else [],
    }


@page("process.see")
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new draft, from the version that is live or another."""
    user: Any = request.user
    found = _process(slug)
    if not _may(request, "process.draft", found):
        raise Forbidden(_("Only its owner and team change a process."))
    if request.method == "POST":
        text, note = _typed(request)
        try:
            made = actions.create_draft(
                process=found, by=user, at=timezone.now(), text=text, note=note
            )
        except Refused as no:
            return _editor(request, found, None, text, note, problem=no)
        return Redirect(_url(made))
    number = request.GET.get("from", "")
    source = (
        found.versions.filter(number=int(number[:9])).first()
        if number.isascii() and number.isdigit()
        else queries.live_version(found)
    )
    text = actions.text_of(source) if source else ""
    return _editor(request, found, None, text, "")


@page("process.see")
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Change a draft; a newer save of somebody else's is never overwritten."""
    user: Any = request.user
    found = _version(slug, number)
    if not _may(request, "process.draft", found.process):
        raise Forbidden(_("Only its owner and team change a process."))
    if request.method != "POST":
        text = actions.text_of(found)
        return _editor(request, found.process, found, text, found.note)
    text, note = _typed(request)
    seen = request.POST.get("seen", "")
    try:
        actions.save_draft(
            version=found, by=user, at=timezone.now(), text=text, note=note, seen=seen
        )
    except Refused as no:
        return _editor(request, found.process, found, text, note, problem=no)
    messages.success(request, _("Saved."))
    return Redirect(_url(found))


def _typed(request: HttpRequest) -> tuple[str, str]:
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    return text, request.POST.get("note", "").replace("\x00", "")[:500]


def _editor(
    request: HttpRequest,
    found: Process,
    draft: ProcessVersion | None,
    text: str,
    note: str,
    problem: Refused | None = None,
) -> HttpResponse:
    if draft is not None:
        draft.refresh_from_db()
    context = {
        "process": found,
        "draft": draft,
        "text": text,
        "note": note,
        "problems": _sentences(problem),
        "theirs": actions.text_of(draft)
        if draft is not None and isinstance(problem, Stale)
        else "",
        "seen": actions.fingerprint(draft) if draft is not None else "",
    }
    status = problem.status if problem else 200
    return render(request, "processes/edit.html", context, status=status)


@page("process.see")
def act(request: HttpRequest, slug: str, number: str, verb: str) -> HttpResponse:
    """Release, widen, roll back or retire a version."""
    user: Any = request.user
    found = _version(slug, int(number))
    if request.method != "POST":
        return Redirect(_url(found))
    try:
        VERBS[verb](request, found, user)
    except Refused as no:
        return _version_page(request, found, problem=no)
    messages.success(request, _("Done."))
    return Redirect(_url(found))


def _audience(request: HttpRequest) -> dict[str, Any]:
    percent = request.POST.get("percent", "")
    slug = request.POST.get("team", "").replace("\x00", "")
    return {
        "scope": request.POST.get("scope", "all"),
        "team": Team.objects.filter(slug=slug).first(),
        "percent": int(percent[:4])
        if percent.isascii() and percent.isdigit()
        else None,
    }


def _release(request: HttpRequest, found: ProcessVersion, user: Any) -> None:
    at = timezone.now()
    actions.release(version=found, by=user, at=at, **_audience(request))


def _widen(request: HttpRequest, found: ProcessVersion, user: Any) -> None:
    at = timezone.now()
    actions.widen(version=found, by=user, at=at, **_audience(request))


def _roll_back(request: HttpRequest, found: ProcessVersion, user: Any) -> None:
    actions.roll_back(version=found, by=user, at=timezone.now())


def _retire(request: HttpRequest, found: ProcessVersion, user: Any) -> None:
    actions.retire(version=found, by=user, at=timezone.now())


VERBS = {
    "release": _release,
    "widen": _widen,
    "roll_back": _roll_back,
    "retire": _retire,
}


@page("process.see")
def migrate(request: HttpRequest, slug: str, number: int, to: int) -> HttpResponse:
    """Move the tickets in flight of one version to another, by a map of states."""
    user: Any = request.user
    source, target = _version(slug, number), _version(slug, to)
    if not _may(request, "process.migrate", source.process):
        raise Forbidden(_("Only its owner and team change a process."))
    old, new_ = sorted((source, target), key=lambda version: version.number)
    before, after = definition.of(old), definition.of(new_)
    problem: Refused | None = None
    if request.method == "POST":
        try:
            moved = actions.migrate(
                source=source,
                target=target,
                there=_map(request, "map", before.states),
                back=_map(request, "back", after.states),
                by=user,
                at=timezone.now(),
                returning=source is new_,
            )
        except Refused as no:
            problem = no
        else:
            said = ngettext("%(n)d ticket moved.", "%(n)d tickets moved.", moved)
            messages.success(request, said % {"n": moved})
            return Redirect(_url(target))
    return _migrate_page(request, source, target, before, after, problem)


def _migrate_page(
    request: HttpRequest,
    source: ProcessVersion,
    target: ProcessVersion,
    before: definition.Definition,
    after: definition.Definition,
    problem: Refused | None,
) -> HttpResponse:
    """The two maps as they were chosen, else as they are suggested."""
    context = {
        "process": source.process,
        "source": source,
        "target": target,
        "is_back": source.number > target.number,
        "before": before,
        "after": after,
        "held": parts.counts(source.process).get(source.pk, {}),
        "there": _chosen(request, "map", before, after),
        "back": _chosen(request, "back", after, before),
        "problems": _sentences(problem),
    }
    status = problem.status if problem else 200
    return render(request, "processes/migrate.html", context, status=status)


def _chosen(
    request: HttpRequest,
    name: str,
    from_: definition.Definition,
    to: definition.Definition,
) -> dict[str, str]:
    suggested = suggest_map(from_, to)
    return {
        state: request.POST.get(f"{name}-{state}", suggested.get(state, ""))
        for state in from_.states
    }


def _map(request: HttpRequest, name: str, states: Mapping[str, Any]) -> dict[str, str]:
    chosen = {state: request.POST.get(f"{name}-{state}", "") for state in states}
    return {state: there for state, there in chosen.items() if there}


def _process(slug: str) -> Process:
    return get_object_or_404(Process.objects.select_related("owner", "team"), slug=slug)


def _version(slug: str, number: int) -> ProcessVersion:
    found = (
        ProcessVersion.objects.select_related(
            "process__owner", "process__team", "created_by", "released_by"
        )
        .filter(process__slug=slug, number=min(number, 2**31 - 1))
        .first()
    )
    if found is None:
        raise Http404(_("There is no such version."))
    return found


def _may(request: HttpRequest, verb: str, found: Process) -> bool:
    user: Any = request.user
    return policy.allows(user, verb, queries.relations(user, found))


def _url(found: ProcessVersion) -> str:
    return f"/processes/{found.process.slug}/versions/{found.number}/"
