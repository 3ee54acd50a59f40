"""Who did which training, and noting that somebody did."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.errors import Invalid
from core.templating import render
from itsm.requests.entitlements import trainings
from itsm.requests.models import Course, Training
from people.forms import ActionForm, PersonField
from people.pages.doors import page, who
from people.pages.settings import tabs

SHOWN = 100


class TrainingForm(ActionForm):
    """Somebody did a course on a day."""

    person = PersonField(label=T("Who"))
    course = forms.ModelChoiceField(
        Course.objects.filter(is_active=True).order_by("name"),
        label=T("Course"),
        empty_label=T("Choose"),
    )
    done_at = forms.DateField(
        label=T("Done on"), widget=forms.DateInput(attrs={"type": "date"})
    )


@page("training.note")
def listing(request: HttpRequest) -> HttpResponse:
    """The newest, of all or of one person, and one more."""
    user, at = who(request), timezone.now()
    form = TrainingForm(
        request.POST or None, initial={"done_at": timezone.localdate(at)}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            is_today = given["done_at"] == timezone.localdate(at)
            given["done_at"] = at if is_today else _noon(given["done_at"])
            try:
                noted = trainings.note_training(**given, by=user, at=at)
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                words = {"name": noted.person.name}
                messages.success(request, _("Noted for %(name)s.") % words)
                return Redirect(request.path)
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    rows = Training.objects.filter(person__name__icontains=q)
    rows = rows.select_related("person", "course", "noted_by").order_by("-done_at")
    context: dict[str, Any] = {
        "tabs": tabs(user, "trainings"),
        "form": form,
        "rows": list(rows[:SHOWN]),
        "count": rows.order_by().count(),
        "q": q,
        "at": at,
    }
    return render(request, "itsm/requests/trainings.html", context, status=status)


def _noon(day: Any) -> datetime:
    """A day is kept as its noon; a day ahead stays one."""
    return timezone.make_aware(datetime.combine(day, time(12)))
