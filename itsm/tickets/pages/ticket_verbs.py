"""One view for every verb: its form, doing it, and what stood in the way."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import Invalid, Refused, WrongState
from core.once import sent_once
from core.reader import phrase
from core.templating import render
from itsm.tickets import subjects
from itsm.tickets.bulk import acting as bulk
from itsm.tickets.drafts import sending
from itsm.tickets.drafts.actions import drop, hold, read
from itsm.tickets.joining.reading import goes_on_at
from itsm.tickets.mentions.noting import told as named_in
from itsm.tickets.models import Ticket
from itsm.tickets.pages import posted, ticket_composer, ticket_reads
from itsm.tickets.pages import ticket_forms as forms
from itsm.tickets.pages.ticket_composer import kept_words, named_files
from itsm.tickets.pages.ticket_inputs import FormField
from itsm.tickets.pages.ticket_said import said
from itsm.tickets.pages.ticket_views import (
    TEMPLATE,
    changed,
    context,
    is_htmx,
    page_of,
    target,
)
from itsm.tickets.pages.uploads import sent_files
from itsm.tickets.queries import get_ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.replies.fields import left_open
from itsm.tickets.together import saves
from itsm.tickets.verbs import OPTIONAL, SPECS, verbs_for
from people.models import User
from people.pages.doors import elsewhere, who

FORM = "itsm/tickets/ticket_verb.html"
ELSEWHERE = frozenset({"merge", "unmerge", "split", "unsplit", "convert"})
CONFLICT = "itsm/tickets/ticket_conflict.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def do(request: HttpRequest, type_: str, number: str, verb: str) -> HttpResponse:
    """GET shows the verb's form; POST does it."""
    ticket = get_ticket(who(request), number, type_=type_)
    _known(ticket, verb)
    if request.method != "POST":
        return _ask(request, ticket, verb)
    if verb == "comment":
        return _say(request, ticket)
    return _do(request, ticket, verb)


def _known(ticket: Ticket, verb: str) -> None:
    usual = verb in SPECS or verb in OPTIONAL or verb == "edit"
    if usual or verb in definition_of(ticket).transitions:
        return
    raise Http404(_("There is no verb “%(verb)s”.") % {"verb": verb})


def _do(request: HttpRequest, ticket: Ticket, verb: str) -> HttpResponse:
    try:
        version = _version(request.POST.get("version"))
        saved = saves.save(
            ticket,
            verb,
            request.POST,
            by=who(request),
            at=timezone.now(),
            version=version,
            fields=lambda now: _fields(request, now, verb),
        )
        if verb != "edit" or posted.TEXT_AREAS & request.POST.keys():
            drop(by=who(request), ticket=ticket, form=verb)  # else it is another text's
    except Refused as refused:
        return _refused(request, ticket, verb, refused)
    words = f"{said(saved.ticket, verb)} {saves.kept_words(saved.kept)}".strip()
    if saved.kept and not is_htmx(request):
        messages.info(request, words)
    if verb == "resolve" and (below := request.POST.getlist("children")):
        return _below(request, saved.ticket, below)
    if verb in ELSEWHERE:
        number = goes_on_at(saved.ticket, verb, who(request))
        return _there(request, subjects.url(number), words)
    return changed(request, saved.ticket, words)


def _below(request: HttpRequest, ticket: Ticket, numbers: list[str]) -> HttpResponse:
    """Resolve the chosen tickets below it with the same words, item by item."""
    seen = Ticket.objects.visible_to(who(request)).filter(parent=ticket)
    mine = seen.filter(number__in=[n[:16] for n in numbers if "\0" not in n])
    batch = bulk.start(
        numbers=list(mine.values_list("number", flat=True)),
        verb="resolve",
        fields=posted.read(request.POST, "resolve"),
        by=who(request),
        at=timezone.now(),
    )
    bulk.go(batch)
    back = quote(subjects.url(ticket.number))
    words = said(ticket, "resolve")
    return _there(request, f"/queue/bulk/{batch.pk}/?back={back}", words)


def _there(request: HttpRequest, to: str, words: str) -> HttpResponse:
    """To the ticket on which one goes on; the dialog goes with its page."""
    messages.success(request, words)
    return elsewhere(request, to)


def _version(given: str | None) -> int | None:
    """The version that was seen, as a number or as an ETag; None where not sent."""
    if not given:
        return None
    digits = given.strip('"').rsplit(".", 1)[-1]
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Invalid({"version": [_("Send the version as the page had it.")]})
    return int(digits)


def _ask(request: HttpRequest, ticket: Ticket, verb: str) -> HttpResponse:
    """The verb's form, or why it is not possible now."""
    user = who(request)
    if not user.is_staff:
        return HttpResponseRedirect(f"/portal/{ticket.number}/")
    found = verbs_for(ticket, user, at=timezone.now(), ways_back=True)
    offers = {offer.name: offer for offer in found}
    if verb not in offers and verb != "edit":
        return _refused(request, ticket, verb, _not_now(ticket, verb, list(offers)))
    return _form(request, ticket, verb, _fields(request, ticket, verb, offers))


def _not_now(ticket: Ticket, verb: str, possible: list[str]) -> Refused:
    if verb == "take" and ticket.owner is not None:
        return WrongState(
            _("%(person)s has %(number)s.")
            % {"person": ticket.owner.name, "number": ticket.number},
            allowed=possible,
        )
    return WrongState(
        _("This is not possible with %(number)s now.") % {"number": ticket.number},
        allowed=possible,
    )


def _fields(
    request: HttpRequest, ticket: Ticket, verb: str, offers: Any = None
) -> list[FormField]:
    if offers is None:
        found = verbs_for(ticket, who(request), at=timezone.now())
        offers = {offer.name: offer for offer in found}
    requires = offers[verb].requires if verb in offers else ()
    source = request.POST if request.method == "POST" else request.GET
    only = [name for name in source.get("only", "").split(",") if name]
    fields = forms.fields_of(ticket, verb, requires=requires, only=only)
    given = {n: request.GET[n] for n in request.GET if n != "only"}
    return [replace(one, value=given.get(one.name, one.value)) for one in fields]


def _form(
    request: HttpRequest,
    ticket: Ticket,
    verb: str,
    fields: list[FormField],
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    spec = SPECS.get(verb)
    rules = definition_of(ticket).transitions.get(verb, ())
    label = str(spec.label) if spec else phrase(rules[0].label) if rules else _("Edit")
    source = request.POST if request.method == "POST" else request.GET
    told: dict[str, Any] = {
        "ticket": ticket,
        "url": ticket_reads.url_of(ticket),
        "verb": verb,
        "label": label or phrase(verb.replace("_", " ").capitalize()),
        "fields": fields,
        "problem": problem,
        "only": source.get("only", ""),
        **_shown(request, ticket, verb),
        "open_tasks": _open_tasks(ticket, rules),
        "target": target(request),
    }
    if any(one.kind == "textarea" for one in fields):
        told |= _kept(request, ticket, verb, fields)
    if not is_htmx(request):
        return render(request, FORM, told, status=status)
    in_place = told["target"].startswith("fact-")
    block = "inplace" if in_place else "dialog"
    return render(request, FORM, told, block=block, status=status)


def _kept(
    request: HttpRequest, ticket: Ticket, verb: str, fields: list[FormField]
) -> dict[str, Any]:
    """Where the form keeps its draft, and the form with the draft that is there.

    Over a newer save the draft's own version is sent, so that both are shown.
    """
    where = {"keep": f"{ticket_reads.url_of(ticket)}draft/{verb}/"}
    held = None if request.method == "POST" else read(who(request), ticket, verb)
    if held is None:
        return where
    typed = {**held.fields, **({"body": held.body} if held.body else {})}
    if typed.get("mode") == "reply":
        typed["public"] = "on"
    filled = [replace(one, value=typed.get(one.name, one.value)) for one in fields]
    where["draft_said"] = kept_words(held.at)
    if verb in forms.VERSIONED and typed.get("version"):
        where |= {n: typed.get(n, "") for n in ("version", "seen")}
    return {**where, "fields": filled}


def _open_tasks(ticket: Ticket, rules: Any) -> bool:
    from itsm.tickets import details

    detail = details.of(ticket.type)
    asks = any("tasks" in rule.requires for rule in rules)
    if not asks or detail is None or "tasks" not in detail.held:
        return False
    return not detail.held["tasks"](ticket, detail.load(ticket))


def _refused(
    request: HttpRequest, ticket: Ticket, verb: str, refused: Refused
) -> HttpResponse:
    """What stood in the way, in words, with everything typed still there."""
    fresh = get_ticket(who(request), ticket.number)
    if isinstance(refused, saves.Conflict):
        return _conflict(request, verb, refused)
    if isinstance(refused, Invalid):
        fields = forms.filled(
            _fields(request, fresh, verb), request.POST, refused.errors
        )
        shown = {name for one in fields if one.problem for name in [one.name]}
        rest = [
            text
            for name, texts in refused.errors.items()
            for text in texts
            if name not in shown and f"{name}.start" not in shown and name != "extra"
        ]
        problem = " ".join(rest)
        return _form(request, fresh, verb, fields, problem=problem, status=422)
    page = {
        "ticket": fresh,
        "url": ticket_reads.url_of(fresh),
        "refused": refused,
        "possible": _possible(fresh, who(request)),
        "typed": [
            (name, request.POST[name])
            for name in request.POST
            if name in posted.TEXT_AREAS and request.POST[name].strip()
        ],
    }
    template = "itsm/tickets/ticket_refused.html"
    if is_htmx(request):
        block = "dialog"
        response = render(request, template, page, block=block, status=refused.status)
        response.headers["HX-Retarget"] = "#dialog"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return render(request, template, page, status=refused.status)


def _possible(ticket: Ticket, user: User) -> list[ticket_reads.VerbButton]:
    offers = verbs_for(ticket, user, at=timezone.now())
    return ticket_reads.buttons(ticket, offers, is_watching=False)[:6]


def _shown(request: HttpRequest, ticket: Ticket, verb: str) -> dict[str, Any]:
    """The version a form shows and marks of its values, as it sends them back."""
    if verb not in forms.VERSIONED:
        return {"version": "", "seen": ""}
    if request.method == "POST":  # what was wrong is put right: what was seen stays
        return {n: request.POST.get(n, "") for n in ("version", "seen")}
    return {"version": ticket.version}


def _conflict(
    request: HttpRequest, verb: str, conflict: saves.Conflict
) -> HttpResponse:
    """Both versions side by side, field by field; a person decides."""
    ticket = conflict.ticket
    told = {
        "ticket": ticket,
        "url": ticket_reads.url_of(ticket),
        "verb": verb,
        "asked": [p for p in conflict.pairs if p.verdict == "both"],
        "mine": [p for p in conflict.pairs if p.verdict == "mine"],
        "theirs": [p for p in conflict.pairs if p.verdict == "theirs"],
        "said": [n for n in saves.FREE if request.POST.get(n, "").strip()],
        "typed": request.POST,
        "seen": saves.seen(pair.theirs for pair in conflict.pairs),
        "only": request.POST.get("only", ""),
    }
    if not is_htmx(request):
        return render(request, CONFLICT, told, status=412)
    response = render(request, CONFLICT, told, block="dialog", status=412)
    response.headers["HX-Retarget"] = "#dialog"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _say(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """A reply or a note, perhaps with files: all of it or nothing.

    A reply of somebody who works here goes out a few seconds later; the rest at once.
    """
    user, at = who(request), timezone.now()
    public = request.POST.get("mode", "") == "reply" or "public" in request.POST
    body, files = request.POST.get("body", ""), named_files(request.POST)
    until: datetime | None = None
    holds = public and user.is_staff and user.pk != ticket.requester_id
    try:
        _check_filled(body if public else "")
        until = posted.next_word(request.POST) if holds else None
        sent = sent_files(request)

        def work() -> str:
            if holds:
                hold(
                    ticket=ticket,
                    by=user,
                    at=at,
                    body=body,
                    sent=sent,
                    files=files,
                    until=until,
                )
            else:
                sending.say(ticket, body, public, sent, files, by=user, at=at)
            return ticket.number

        sent_once(request, work, user_id=user.pk, at=at)
    except Refused as refused:
        return _not_said(request, ticket, refused, body, public)
    words = _("Noted.") if not public else _("Goes out in 5 seconds.")
    if public and not holds:
        words = _("Sent.")
    if unseen := named_in(ticket, body, user).unseen:
        names = ", ".join(unseen)
        words += " " + _("Not told, as they cannot see this: %(who)s.") % {"who": names}
    fresh = {"value": "", "problem": "", "mode": "reply" if public else "note"}
    blocks = ("composer",) if is_htmx(request) and target(request) == "reply" else ()
    return changed(request, ticket, words, blocks=blocks, draft=fresh)


def _check_filled(body: str) -> None:
    """Raise Invalid where a ready answer still has gaps."""
    if gaps := left_open(body):
        words = {"what": ", ".join(f"⟨{gap}⟩" for gap in gaps)}
        raise Invalid({"body": [_("Fill in %(what)s first.") % words]})


def _not_said(
    request: HttpRequest, ticket: Ticket, refused: Refused, body: str, public: bool
) -> HttpResponse:
    """The page again with the words still in the composer, and what is wrong."""
    user, now = who(request), timezone.now()
    problem = refused.detail
    if request.FILES:
        problem += " " + _("Your text is kept; choose the files again.")
    mode = "reply" if public else "note"
    draft: dict[str, Any] = {"value": body, "problem": problem, "mode": mode}
    draft |= {name: request.POST.get(name, "") for name in ticket_composer.NEXT}
    if not user.is_staff:
        return _refused(request, ticket, "comment", refused)
    draft["files"] = ticket_composer.files(user, ticket, named_files(request.POST))
    fresh = get_ticket(user, ticket.number)
    page = page_of(request, fresh, now)
    told = context(page, now, draft=draft)
    if is_htmx(request) and target(request) == "reply":
        response = render(
            request, TEMPLATE, told, block="composer", status=refused.status
        )
        response.headers["HX-Push-Url"] = "false"
        return response
    return render(request, TEMPLATE, told, status=refused.status)
