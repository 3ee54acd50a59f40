"""The pages of knowledge, for those who work here; requesters read in the portal."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import slots
from core.errors import Invalid, Refused, Stale
from core.once import sent_once
from core.templating import render
from itsm.knowledge import actions, drafts, queries
from itsm.knowledge.forms import ArticleForm, from_ticket
from itsm.knowledge.models import Article, ArticleState
from itsm.knowledge.policy import possible
from itsm.tickets.models import Ticket
from itsm.tickets.queries import get_ticket
from people.pages.doors import page

LONGEST_SEARCH = 200


@require_safe
@page()
def shelf(request: HttpRequest) -> HttpResponse:
    """All articles: by state, by words, or those that are due for another look."""
    user: Any = request.user
    if not user.is_staff:
        return Redirect(reverse("portal-articles"))
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    state = request.GET.get("state", "")
    state = state if state in ArticleState.values else ""
    due = request.GET.get("state") == "due"
    start = request.GET.get("after", "")
    found = queries.shelf(
        user,
        state=state,
        words=words,
        due=due,
        start=int(start) if _is_whole(start) else 0,
        today=timezone.localdate(),
    )
    context = {
        "shelf": found,
        "tabs": _tabs(found, "due" if due else state),
        "words": words,
        "state": "due" if due else state,
        "is_due": partial(queries.is_due, today=timezone.localdate()),
    }
    return render(request, "itsm/knowledge/shelf.html", context)


def _tabs(found: queries.Shelf, current: str) -> list[dict[str, Any]]:
    labels = {
        "": (_("All"), sum(found.counts.values())),
        "draft": (_("Drafts"), found.counts.get("draft", 0)),
        "published": (_("Published"), found.counts.get("published", 0)),
        "retired": (_("Retired"), found.counts.get("retired", 0)),
        "due": (_("To look at again"), found.due),
    }
    return [
        {
            "label": label,
            "url": f"?state={slug}" if slug else "?",
            "count": n,
            "current": slug == current,
        }
        for slug, (label, n) in labels.items()
    ]


@require_safe
@page()
def article(request: HttpRequest, number: str) -> HttpResponse:
    """One article, what can be done with it, whom it helped, its tickets."""
    user: Any = request.user
    if not user.is_staff:
        return Redirect(reverse("portal-article", args=[number]))
    return _article(request, queries.get_article(user, number))


def _article(
    request: HttpRequest, found: Article, problem: Refused | None = None
) -> HttpResponse:
    user: Any = request.user
    queries.with_use([found])
    context = {
        "article": found,
        "allowed": possible(found, user),
        "tickets": queries.tickets_of(found, user),
        "history": queries.history(found),
        "is_due": queries.is_due(found, today=timezone.localdate()),
        "panels": slots.filled("article.side", found, user),
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "itsm/knowledge/article.html", context, status=status)


@page()
def new(request: HttpRequest) -> HttpResponse:
    """A new article, from a ticket where one is named."""
    user: Any = request.user
    if not user.is_staff:
        return Redirect(reverse("portal-articles"))
    source = _ticket(request, request.POST.get("ticket", request.GET.get("ticket", "")))
    if request.method != "POST":
        again = timezone.localdate() + actions.REVIEW_AFTER
        initial: dict[str, Any] = {"audience": "everybody", "owner": user.email}
        initial["review_on"] = again
        if source is not None:
            initial |= from_ticket(source)
        initial |= drafts.typed(user, None, source)
        return _form(request, ArticleForm(initial=initial), source=source)
    form = ArticleForm(request.POST)
    if not form.is_valid():
        return _form(request, form, source=source, status=422)
    at = timezone.now()

    def work() -> str:
        made = actions.write(by=user, at=at, source=source, **form.given())
        _publish_too(request, made, at)
        drafts.sent(user, None, source)
        return made.number

    try:
        number = sent_once(request, work, user_id=user.pk, at=at)
    except Invalid as no:
        return _form(request, _with(form, no), source=source, status=422)
    messages.success(request, _("%(n)s is kept.") % {"n": number})
    return Redirect(reverse("article", args=[number]))


@page()
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change an article; a newer version of somebody else's is not overwritten."""
    user: Any = request.user
    if not user.is_staff:
        return Redirect(reverse("portal-article", args=[number]))
    found = queries.get_article(user, number)
    if request.method != "POST":
        typed = drafts.typed(user, found, None)
        form = ArticleForm(initial={**ArticleForm.initial_of(found), **typed})
        return _form(request, form, article=found)
    form = ArticleForm(request.POST)
    if not form.is_valid():
        return _form(request, form, article=found, status=422)
    seen, at = request.POST.get("version", ""), timezone.now()
    version = int(seen) if _is_whole(seen) else None
    given = form.given()

    def work() -> str:
        actions.edit(article=found, by=user, at=at, given=given, version=version)
        _publish_too(request, found, at)
        drafts.sent(user, found, None)
        return found.number

    try:
        sent_once(request, work, user_id=user.pk, at=at)
    except Invalid as no:
        return _form(request, _with(form, no), article=found, status=422)
    except Stale as no:
        form.add_error(None, no.detail)
        return _form(request, form, article=found, theirs=found, status=412)
    messages.success(request, _("%(n)s is kept.") % {"n": number})
    return Redirect(reverse("article", args=[found.number]))


def _is_whole(text: str) -> bool:
    """Whether it is a number as our own addresses and forms have it."""
    return text.isascii() and text.isdigit() and len(text) < 10


def _publish_too(request: HttpRequest, article: Article, at: datetime) -> None:
    """Where that was asked for, and is theirs to do; else it stays a draft."""
    user: Any = request.user
    if request.POST.get("then") != "publish":
        return
    if "publish" in possible(article, user):
        actions.publish(article=article, by=user, at=at)
    else:
        words = _("A draft for now: the service's team or a team lead publishes it.")
        messages.info(request, words)


def _with(form: ArticleForm, no: Invalid) -> ArticleForm:
    for name, sentences in no.errors.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)
    return form


def _form(
    request: HttpRequest,
    form: ArticleForm,
    *,
    article: Article | None = None,
    source: Ticket | None = None,
    theirs: Article | None = None,
    status: int = 200,
) -> HttpResponse:
    user: Any = request.user
    allowed = possible(article, user) if article else []
    context = {
        "form": form,
        "article": article,
        "source": source,
        "theirs": theirs,
        "version": theirs.version if theirs else _version(form, article),
        "draft_url": drafts.address(article, source),
        "kept": form.initial.get("said", ""),
        "may_publish": article is None or "publish" in allowed,
        "may": article is None or "edit" in allowed,
    }
    return render(request, "itsm/knowledge/edit.html", context, status=status)


def _version(form: ArticleForm, article: Article | None) -> Any:
    """The version that what stands in the form began with."""
    begun = form.data if form.is_bound else form.initial
    return begun.get("version") or (article.version if article else "")


@require_safe
@page("article.write")
def versions(request: HttpRequest, number: str) -> HttpResponse:
    """Every wording it had; one of them in full."""
    user: Any = request.user
    found = queries.get_article(user, number)
    rows = queries.versions(found)
    wanted = request.GET.get("v", "")
    shown = next((v for v in rows if str(v.number) == wanted), rows[0])
    context = {"article": found, "versions": rows, "shown": shown}
    return render(request, "itsm/knowledge/versions.html", context)


@require_POST
@page("article.write")
def do(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Publish, retire, restore, redact: each one action."""
    user: Any = request.user
    found, at = queries.get_article(user, number), timezone.now()
    known = {
        "publish": (actions.publish, _("Published.")),
        "retire": (actions.retire, _("Retired. Nobody finds it any more.")),
        "restore": (actions.restore, _("It is a draft again.")),
    }
    try:
        if verb == "redact":
            why = request.POST.get("why", "").replace("\x00", "")
            actions.redact(article=found, by=user, at=at, why=why)
            said = _("Its texts are gone.")
        elif verb in known:
            call, said = known[verb]
            call(article=found, by=user, at=at)
        else:
            raise Http404(_("There is no such verb."))
    except Refused as no:
        return _article(request, found, no)
    messages.success(request, said)
    return Redirect(reverse("article", args=[found.number]))


@require_safe
@page("article.write")
def beside(request: HttpRequest, number: str) -> HttpResponse:
    """Articles for a ticket: its own, and what fits its words. A piece, or a page."""
    user: Any = request.user
    ticket = get_ticket(user, number)
    return _beside(request, ticket)


def _beside(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    user: Any = request.user
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    context = {
        "ticket": ticket,
        "beside": queries.beside(ticket, user, words),
        "words": words,
        "address": lambda one: request.build_absolute_uri(
            reverse("article", args=[one.number])
        ),
    }
    block = "articles" if request.headers.get("HX-Request") else None
    return render(request, "itsm/knowledge/beside.html", context, block=block)


@require_POST
@page("article.write")
def on_ticket(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Link an article to the ticket, take it off, or say that it solved it."""
    user: Any = request.user
    ticket, at = get_ticket(user, number), timezone.now()
    found = queries.get_article(user, request.POST.get("article", ""))
    both: dict[str, Any] = {"article": found, "ticket": ticket, "by": user, "at": at}
    if verb == "solved":
        actions.use(**both, helped=True)
    elif verb == "link":
        actions.link(**both)
    elif verb == "unlink":
        actions.unlink(**both)
    else:
        raise Http404(_("There is no such verb."))
    if request.headers.get("HX-Request"):
        return _beside(request, ticket)
    return Redirect(reverse("articles-beside", args=[ticket.number]))


def _ticket(request: HttpRequest, number: str) -> Ticket | None:
    user: Any = request.user
    return get_ticket(user, number) if number else None
