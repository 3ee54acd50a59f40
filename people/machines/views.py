"""The tokens of one service account."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.templating import render
from people import token_actions
from people.forms import TokenForm
from people.machines import queries
from people.models import User
from people.pages.doors import page, who
from people.pages.settings import tabs


@page("people.change")
def tokens(request: HttpRequest, pk: int) -> HttpResponse:
    """Its tokens, and a new one; its secret is shown once, here."""
    user, account = who(request), _account(request, pk)
    form = TokenForm(request.POST or None)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given, at = form.cleaned_data, timezone.now()
            try:
                _new, secret = token_actions.issue_token(
                    user=account, by=user, at=at, **given
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                form, status = TokenForm(), 200
    context = {
        "tabs": tabs(user, "service-accounts"),
        "account": account,
        "form": form,
        "secret": secret,
        "rows": list(queries.tokens_of(account)),
    }
    response = render(request, "settings/machine_tokens.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _account(request: HttpRequest, pk: int) -> User:
    found = queries.visible_to(who(request)).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such service account."))
    return found
