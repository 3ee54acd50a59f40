"""A story's page and what can be done on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backlog.stories import actions, evidence, fields, reading
from backlog.stories.list_views import BASES, url_of
from backlog.stories.models import SCALE, Criterion, Story, StoryLink
from backlog.stories.queries import get_story
from backlog.stories.words import LABELS, PART_WORDS, sprint, worth
from core.errors import Invalid, Refused
from core.files import BINARY, SHOWN
from core.templating import render
from people.models import User
from people.pages.doors import page, who

TEMPLATE = "backlog/stories/story.html"
SANDBOX = "sandbox; default-src 'none'"
Verb = Callable[[HttpRequest, Story, User, datetime], Any]


@require_safe
@page()
def by_number(request: HttpRequest, number: str) -> HttpResponse:
    """To its page under its process."""
    return Redirect(url_of(get_story(who(request), number)))


@require_safe
@page()
def one(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """A story."""
    story = get_story(who(request), number)
    if story.process.slug != slug or story.number != number:
        return Redirect(url_of(story))
    return _story(request, story)


def _story(
    request: HttpRequest,
    story: Story,
    problem: Refused | None = None,
    *,
    block: str | None = None,
) -> HttpResponse:
    user = who(request)
    context: dict[str, Any] = {
        "base": BASES[user.is_staff],
        "process": story.process,
        "story": story,
        "page": reading.page_of(story, user),
        "problem": problem,
        "typed": request.POST if problem else {},
        "editing": request.GET.get("edit", ""),
        "labels": LABELS,
        "parts": PART_WORDS,
        "scale": SCALE,
        "kinds": StoryLink.Kind.choices,
        "sprint_words": sprint,
        "worth": worth,
    }
    status = problem.status if problem else 200
    return render(request, TEMPLATE, context, block=block, status=status)


@require_POST
@page()
def do(request: HttpRequest, slug: str, number: str, verb: str) -> HttpResponse:
    """One thing that can be done on it; back to the page, or its middle renewed."""
    user = who(request)
    story = get_story(user, number)
    if verb not in VERBS:
        raise Http404(_("There is no such verb."))
    is_htmx = request.headers.get("HX-Request") == "true"
    block = "story" if is_htmx else None
    try:
        said = VERBS[verb](request, story, user, timezone.now())
    except Refused as no:
        return _story(request, story, no, block=block)
    if is_htmx:
        return _story(request, get_story(user, number), block=block)
    messages.success(request, said if isinstance(said, str) else _("Saved."))
    return Redirect(url_of(story))


def _edit(request: HttpRequest, story: Story, by: User, at: datetime) -> None:
    given = fields.read(request.POST, story.process)
    actions.edit_story(story=story, by=by, at=at, given=given)


def _remark(request: HttpRequest, story: Story, by: User, at: datetime) -> str:
    files = request.FILES.getlist("file")
    if files and not request.POST.get("body", "").strip():
        for file in files:
            actions.attach(story=story, by=by, at=at, file=file)
        return _("Saved.")
    actions.remark(story=story, by=by, at=at, body=request.POST.get("body", ""))
    for file in files:
        actions.attach(story=story, by=by, at=at, file=file)
    return _("Said.")


def _redact(request: HttpRequest, story: Story, by: User, at: datetime) -> None:
    said = story.remarks.filter(pk=_id(request, "remark")).first()
    if said is None:
        raise Invalid({"remark": [_("There is no such remark.")]})
    why = request.POST.get("why", "")
    actions.redact_remark(said=said, by=by, at=at, why=why)


def _criterion(request: HttpRequest, story: Story, by: User, at: datetime) -> None:
    sent = request.POST
    if not sent.get("criterion"):
        actions.add_criterion(story=story, by=by, at=at, text=sent.get("text", ""))
        return
    row = _its_criterion(request, story)
    if "remove" in sent:
        actions.remove_criterion(criterion=row, by=by, at=at)
    elif "text" in sent:
        actions.edit_criterion(criterion=row, by=by, at=at, text=sent["text"])
    else:
        met = sent.get("met") == "1"
        actions.meet_criterion(criterion=row, by=by, at=at, met=met)


def _its_criterion(request: HttpRequest, story: Story) -> Criterion:
    row = story.criteria.filter(pk=_id(request, "criterion")).first()
    if row is None:
        raise Invalid({"criterion": [_("There is no such criterion any more.")]})
    found: Criterion = row
    return found


def _watch(request: HttpRequest, story: Story, by: User, at: datetime) -> None:
    actions.watch(story=story, by=by, at=at, on=request.POST.get("on") == "1")


def _evidence(request: HttpRequest, story: Story, by: User, at: datetime) -> None:
    if pk := _id(request, "remove"):
        row = story.evidence.filter(pk=pk).first()
        if row is not None:
            actions.remove_evidence(evidence=row, by=by, at=at)
        return
    shown = evidence.named(by, request.POST.get("number", ""))
    if shown is None:
        raise Invalid({"number": [_("There is no ticket of that number for you.")]})
    actions.add_evidence(
        story=story, by=by, at=at, subject_type=shown.type, subject_id=shown.pk
    )


def _link(request: HttpRequest, story: Story, by: User, at: datetime) -> None:
    if pk := _id(request, "remove"):
        row = story.links.filter(pk=pk).first()
        if row is not None:
            actions.unlink_story(link=row, by=by, at=at)
        return
    try:
        other = get_story(by, request.POST.get("number", ""))
    except Http404 as gone:
        raise Invalid({"number": [str(gone)]}) from gone
    kind = request.POST.get("kind", "")
    actions.link_story(story=story, target=other, kind=kind, by=by, at=at)


def _drop(request: HttpRequest, story: Story, by: User, at: datetime) -> str:
    why = request.POST.get("why", "")
    actions.drop_story(story=story, by=by, at=at, why=why)
    return _("%(number)s is dropped.") % {"number": story.number}


def _restore(request: HttpRequest, story: Story, by: User, at: datetime) -> str:
    actions.restore_story(story=story, by=by, at=at)
    return _("%(number)s is back.") % {"number": story.number}


def _id(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


VERBS: dict[str, Verb] = {
    "edit": _edit,
    "remark": _remark,
    "redact": _redact,
    "criterion": _criterion,
    "watch": _watch,
    "evidence": _evidence,
    "link": _link,
    "drop": _drop,
    "restore": _restore,
}


@require_safe
@page()
def file(request: HttpRequest, slug: str, number: str, pk: int) -> HttpResponseBase:
    """A file of it, for those who see it; pictures are shown, all else is loaded."""
    story = get_story(who(request), number)
    kept = story.files.filter(pk=pk).first()
    if kept is None or not default_storage.exists(kept.path):
        raise Http404(_("There is no such file for you."))
    is_shown = kept.content_type in SHOWN
    return FileResponse(
        default_storage.open(kept.path, "rb"),
        as_attachment=not is_shown,
        filename=kept.name,
        content_type=kept.content_type if is_shown else BINARY,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "private, no-cache",
        },
    )
