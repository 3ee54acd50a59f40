"""`/settings/texts/`: the words of notifications, one language at a time."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import reader
from core.errors import Invalid
from core.templating import render
from notify import rulebook, texts
from notify.rulebook import Rule
from people import notice_actions as actions
from people.forms import ActionForm
from people.pages import kinds
from people.pages.doors import page, who
from people.pages.settings import tabs

HERE = "/settings/texts/"
VERB = "notification.word"


class WordingForm(ActionForm):
    """Subject and body of one notification."""

    title = forms.CharField(label=T("Subject"), max_length=actions.LONGEST_TITLE)
    body = forms.CharField(
        label=T("Text"),
        max_length=actions.LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 9}),
    )


@page(VERB)
def listing(request: HttpRequest) -> HttpResponse:
    """Every notification, and in which languages its words are one's own."""
    rules = actions.worded()
    words = texts.of(rules, actions.LANGUAGES)
    lines = [(rule, _own(rule, words)) for rule in rules]
    told = {"tabs": tabs(who(request), "texts"), "lines": lines}
    return render(request, "settings/texts.html", told)


def _own(rule: Rule, words: Mapping[tuple[str, str], texts.Text]) -> list[str]:
    """The languages in which the words are one's own."""
    return [name for code, name in settings.LANGUAGES if words[rule.name, code].is_own]


@page(VERB)
def edit(request: HttpRequest, rule: str) -> HttpResponse:
    """One text in one language: write, look at it, save, or take the shipped one.

    `look` previews what is typed and saves nothing.
    """
    entry, language = _rule(rule), _language(request)
    by, at = who(request), timezone.now()
    now = texts.of([entry], [language])[rule, language]
    form = WordingForm(
        request.POST or None, initial={"title": now.title, "body": now.body}
    )
    if request.method != "POST":
        return _page(request, entry, language, form)
    key: dict[str, Any] = {"rule": rule, "language": language, "by": by, "at": at}
    if "reset" in request.POST:
        actions.reset_wording(**key)
        messages.success(request, _("The text that is shipped stands again."))
        return Redirect(f"{HERE}{rule}/?language={language}")
    if form.is_valid():
        try:
            if "look" in request.POST:
                actions.check_wording(entry, **form.cleaned_data)
                return _page(request, entry, language, form)
            actions.set_wording(**key, **form.cleaned_data)
        except Invalid as no:
            form.add_refusal(no.errors)
        else:
            messages.success(request, _("Saved."))
            return Redirect(f"{HERE}{rule}/?language={language}")
    return _page(request, entry, language, form, 422)


def _rule(name: str) -> Rule:
    found = next((rule for rule in actions.worded() if rule.name == name), None)
    if found is None:
        raise Http404(_("There is no such page."))
    return found


def _language(request: HttpRequest) -> str:
    """Which language is written: as the address says, else the reader's own."""
    given = request.GET.get("language", "")
    here = reader.language() or ""
    known = actions.LANGUAGES
    return given if given in known else here if here in known else known[0]


def _page(
    request: HttpRequest, rule: Rule, language: str, form: Any, status: int = 200
) -> HttpResponse:
    now = texts.of([rule], [language])[rule.name, language]
    told = {
        "tabs": tabs(who(request), "texts"),
        "rule": rule,
        "form": form,
        "language": language,
        "languages": settings.LANGUAGES,
        "text": now,
        "shipped": texts.shipped(rule, language),
        "known": texts.fields_of(rule),
        "preview": _preview(rule, language, form, now),
    }
    if request.headers.get("HX-Request") and "look" in request.POST:
        page_, block = "settings/text.html", "preview"
        return render(request, page_, told, block=block)
    return render(request, "settings/text.html", told, status=status)


def _preview(
    rule: Rule, language: str, form: Any, now: texts.Text
) -> texts.Text | None:
    """How it reads with a ticket as there might be one; None while it has faults."""
    teller = rulebook.teller_of(rule.subject_type)
    if form.errors:
        return None
    given = form.cleaned_data if form.is_bound else {}
    title, body = given.get("title", now.title), given.get("body", now.body)
    with reader.speaking(language):
        told = teller.example() if teller and teller.example else None
    fields = told.fields if told else {}
    return texts.Text(texts.fill_line(title, fields), texts.fill(body, fields))


def register() -> None:
    """Put the texts among the settings."""
    kinds.register_tab(kinds.Tab("texts", T("Texts"), see=VERB, order=77))
