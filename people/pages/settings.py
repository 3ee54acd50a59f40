"""Settings: one list, one form and one page of new for every kind."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, Refused
from core.templating import render
from people import actions, history, policy
from people.forms import UserTokenForm
from people.machines import queries as machines
from people.models import ApiToken, Team, User
from people.pages import kinds
from people.pages.doors import page
from people.pages.kinds import Kind
from people.rotas import board
from people.second_step import kinds_of
from people.sign_on import is_linked

SIZE = 50


@page("people.see")
def start(request: HttpRequest) -> HttpResponse:
    """All settings there are, in their groups."""
    user: Any = request.user
    return render(request, "settings/start.html", {"tabs": tabs(user, "")})


@page("people.see")
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """One list: search, how many, fifty at a time by name."""
    kind = _kind(slug)
    user: Any = request.user
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = kind.rows(q)
    total = found.order_by().count()
    rows, more = _after(found, request.GET.get("after", ""))
    lines = [
        (f"/settings/{kind.slug}/{getattr(row, kind.key)}/", row.name, kind.cells(row))
        for row in rows
    ]
    context = {
        "kind": kind,
        "head": [str(words) for words in kind.head],
        "tabs": tabs(user, kind.slug),
        "lines": lines,
        "total": total,
        "q": q,
        "next": rows[-1].pk if more else None,
        "is_first": "after" not in request.GET,
        "may_add": kind.may_change(user),
        "warning": kind.warns(),
    }
    return render(request, "settings/list.html", context)


def _after(found: QuerySet[Any], after: str) -> tuple[list[Any], bool]:
    """The page behind the row with this id, by name; whether there is more."""
    if after.isascii() and after.isdigit() and len(after) < 19:
        last = found.model.objects.filter(pk=int(after)).first()
        if last is not None:
            same = Q(name=last.name, pk__gt=last.pk)
            found = found.filter(Q(name__gt=last.name) | same)
    rows = list(found.order_by("name", "pk")[: SIZE + 1])
    return rows[:SIZE], len(rows) > SIZE


def tabs(user: User, current: str) -> list[dict[str, Any]]:
    """The settings this person may open, in their groups and in order."""
    found: list[Kind | kinds.Tab] = [*kinds.all_kinds(), *kinds.all_tabs()]
    found.sort(key=lambda one: (kinds.GROUPS.index(kinds.group_of(one)), one.order))
    return [
        {
            "label": one.title,
            "url": f"/settings/{one.slug}/",
            "current": one.slug == current,
            "group": str(kinds.group_of(one)),
        }
        for one in found
        if policy.allows(user, one.see)
    ]


def _kind(slug: str) -> Kind:
    kind = kinds.get(slug)
    if kind is None:
        raise Http404(_("There is no such page."))
    return kind


@page("people.see")
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """A form for one more."""
    kind = _kind(slug)
    user: Any = request.user
    if not kind.may_change(user):
        raise Forbidden(_("Only administrators add to this list."))
    form = kind.form(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                row = kind.create(by=user, at=timezone.now(), **form.given())
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Added: %(name)s.") % {"name": row.name})
                return Redirect(f"/settings/{kind.slug}/{getattr(row, kind.key)}/")
        status = 422
    return _form(request, kind, form, None, status)


@page("people.see")
def edit(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """One row: its fields, for those who may change it; readable for staff."""
    kind = _kind(slug)
    user: Any = request.user
    row = _row(kind, key)
    may = kind.may_change(user, row)
    status = 200
    if request.method == "POST":
        if not may:
            raise Forbidden(_("Only administrators change this."))
        form = kind.form(request.POST, row=row)
        if form.is_valid():
            try:
                kind.change(
                    **{kind.subject: row}, by=user, at=timezone.now(), **form.given()
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved."))
                return Redirect(request.path)
        status = 422
    else:
        form = kind.form(row=row)
    if not may:
        for field in form.fields.values():
            field.disabled = True
    return _form(request, kind, form, row, status)


def _row(kind: Kind, key: str) -> Any:
    if kind.key == "pk" and not (key.isascii() and key.isdigit() and len(key) < 18):
        raise Http404(_("There is no such row."))
    row = kind.rows("").filter(**{kind.key: key}).first()
    if row is None:
        raise Http404(_("There is no such row."))
    return row


def _form(
    request: HttpRequest,
    kind: Kind,
    form: Any,
    row: Any,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    user: Any = request.user
    may = kind.may_change(user, row)
    members = []
    if isinstance(row, Team):
        found = row.memberships.select_related("user").order_by("user__name", "pk")
        members = list(found)
    context = {
        "kind": kind,
        "tabs": tabs(user, kind.slug),
        "form": form,
        "row": row,
        "may": may,
        "members": members,
        "problem": problem,
        "typed": request.POST,
        "tokens": _live_tokens(row) if isinstance(row, User) else 0,
        "duty": board.of_team(row, timezone.now()) if isinstance(row, Team) else None,
        "programs": list(machines.of_owner(row)) if isinstance(row, User) else [],
        "lacks_owner": isinstance(row, User) and machines.lacks_owner(row),
        "second_step": kinds_of(row) if isinstance(row, User) else [],
        "is_linked": isinstance(row, User) and is_linked(row),
        "history": history.of(row) if row is not None and may else [],
    }
    return render(request, "settings/form.html", context, status=status)


def _live_tokens(user: User) -> int:
    return ApiToken.objects.filter(user=user, revoked_at=None).count()


@page("people.change")
def membership(request: HttpRequest, slug: str) -> HttpResponse:
    """Add somebody to a team, make them lead, or take them out."""
    user: Any = request.user
    kind = _kind("teams")
    team = _row(kind, slug)
    if request.method == "POST":
        email = request.POST.get("person", "").replace("\x00", "").strip()
        person = User.objects.filter(email__iexact=email).first()
        wish = request.POST.get("role", "member")
        try:
            if person is None:
                raise Invalid(
                    {"person": [_("Nobody has the e-mail %(e)s.") % {"e": email}]}
                )
            actions.set_membership(
                team=team,
                user=person,
                by=user,
                at=timezone.now(),
                is_member=wish != "none",
                is_lead=wish == "lead",
            )
        except Refused as no:
            form = kind.form(row=team)
            return _form(request, kind, form, team, no.status, no.detail)
        messages.success(request, _("Saved."))
    return Redirect(f"/settings/teams/{team.slug}/")


@page("people.change")
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the invitation again."""
    user: Any = request.user
    person = _row(_kind("people"), str(pk))
    if request.method == "POST":
        actions.invite(user=person, by=user, at=timezone.now())
        messages.success(request, _("The mail is on its way."))
    return Redirect(f"/settings/people/{person.pk}/")


@page("people.change")
def tokens(request: HttpRequest) -> HttpResponse:
    """Everybody's tokens, and a new one; its secret is shown once, here."""
    user: Any = request.user
    form = UserTokenForm(request.POST or None)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                _new, secret = actions.issue_token(by=user, at=timezone.now(), **given)
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                form, status = UserTokenForm(), 200
    rows = ApiToken.objects.select_related("user").order_by("revoked_at", "-pk")
    live = rows.filter(revoked_at=None)
    context = {
        "tabs": tabs(user, "tokens"),
        "form": form,
        "secret": secret,
        "rows": list(live[:200]),
        "total": live.count(),
    }
    response = render(request, "settings/tokens.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@page()
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """A token works no longer: one's own, or (administrators) anybody's."""
    user: Any = request.user
    may_all = policy.allows(user, "people.change")
    rows = ApiToken.objects.all() if may_all else ApiToken.objects.filter(user=user)
    token = rows.filter(pk=pk).first()
    if token is None:
        raise Http404(_("There is no such token."))
    if request.method == "POST":
        actions.revoke_token(token=token, by=user, at=timezone.now())
        messages.success(request, _("That token works no longer."))
    is_own = request.POST.get("back") == "account" or not may_all
    if request.POST.get("back") == "service-account" and not is_own:
        return Redirect(f"/settings/service-accounts/{token.user_id}/tokens/")
    return Redirect("/account/" if is_own else "/settings/tokens/")


@page("people.change")
def look(request: HttpRequest) -> HttpResponse:
    """Every part in every state, for whoever builds or changes a page."""
    return render(request, "gallery.html")
