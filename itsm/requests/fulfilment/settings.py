"""Profiles and courses among the settings, and the page of trainings."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from itsm.requests.entitlements import trainings
from itsm.requests.fulfilment import profiles
from itsm.requests.models import Course, Offering, Profile
from itsm.requests.pages import sections
from people.forms import SettingsForm
from people.pages import kinds

DAY = timedelta(days=1)


class ProfileForm(SettingsForm):
    """A kind of job, and what it gets."""

    many: ClassVar[tuple[str, ...]] = ("offerings",)
    name = forms.CharField(label=T("Name"), max_length=200)
    offerings = forms.ModelMultipleChoiceField(
        Offering.objects.filter(is_active=True, bundle="").order_by("name"),
        label=T("What people of this job get"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(label=T("In use"), required=False)


class CourseForm(SettingsForm):
    """A training. How long it lasts is typed in days."""

    name = forms.CharField(label=T("Name"), max_length=200)
    where = forms.CharField(
        label=T("Where to get it"),
        max_length=500,
        required=False,
        help_text=T("Words, or an address people can open."),
    )
    lasts = forms.IntegerField(
        label=T("Has to be done again after, in days"),
        min_value=1,
        max_value=36_500,
        required=False,
        help_text=T("Empty: once is enough."),
    )
    is_active = forms.BooleanField(label=T("In use"), required=False)

    @classmethod
    def initial_of(cls, row: Course) -> dict[str, Any]:
        """Days, as they are typed."""
        values = super().initial_of(row)
        values["lasts"] = row.lasts.days if row.lasts else None
        return values

    def given(self) -> dict[str, Any]:
        """How long as a duration."""
        values = dict(self.cleaned_data)
        days = values["lasts"]
        values["lasts"] = days * DAY if days else None
        return values


def _profiles(q: str) -> QuerySet[Profile]:
    rows = Profile.objects.filter(name__icontains=q)
    return rows.annotate(count=Count("offerings"))


def _courses(q: str) -> QuerySet[Course]:
    rows = Course.objects.filter(name__icontains=q)
    return rows.annotate(count=Count("trainings"))


def register() -> None:
    """Put them among the settings."""
    kinds.register(
        kinds.Kind(
            slug="profiles",
            title=T("Profiles"),
            one=T("profile"),
            teaches=T("A profile is what people of one job get when they join."),
            rows=_profiles,
            head=[T("Name"), T("Offerings"), T("Note")],
            cells=lambda p: [p.count, "" if p.is_active else _("Not in use")],
            form=ProfileForm,
            create=profiles.create_profile,
            change=profiles.change_profile,
            subject="profile",
            verb="profile.change",
            order=46,
        )
    )
    kinds.register(
        kinds.Kind(
            slug="courses",
            title=T("Courses"),
            one=T("course"),
            teaches=T("Some offerings ask for a training first."),
            rows=_courses,
            head=[T("Name"), T("Where to get it"), T("Done so far"), T("Note")],
            cells=lambda c: [c.where, c.count, "" if c.is_active else _("Not in use")],
            form=CourseForm,
            create=trainings.create_course,
            change=trainings.change_course,
            subject="course",
            verb="course.change",
            order=47,
        )
    )
    sections.add("steps", T("What happens"), order=15)
    tab = kinds.Tab("trainings", T("Trainings"), "training.note", 48)
    kinds.register_tab(tab)
