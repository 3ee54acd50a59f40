"""The lists of a process's profile, described once for its pages and for REST."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as T

from backlog.profile import actions, forms, queries
from backlog.profile.models import Aim, Member, Stakeholder, Statement
from people.models import User
from processes.models import Process


@dataclass(frozen=True, slots=True)
class Part:
    """One list: its rows, its form, and the actions that change it.

    `one` is what its rows are called in the actions.
    """

    slug: str
    one: str
    title: Any
    new: Any  # the words of the button
    teaches: Any
    model: type[Any]
    form: type[forms.PartForm]
    rows: Callable[[User, Process], Any]
    add: Callable[..., Any]
    change: Callable[..., Any]
    remove: Callable[..., None]


MEMBERS = Part(
    slug="members",
    one="member",
    title=T("Improvement team"),
    new=T("Add to the team"),
    teaches=T("Who plans and works the sprints on this process."),
    model=Member,
    form=forms.MemberForm,
    rows=lambda user, process: list(queries.members(process)),
    add=actions.add_member,
    change=actions.change_member,
    remove=actions.remove_member,
)
STAKEHOLDERS = Part(
    slug="stakeholders",
    one="stakeholder",
    title=T("Stakeholders"),
    new=T("Add a stakeholder"),
    teaches=T("Whom it concerns, how much they can move it, what they need to hear."),
    model=Stakeholder,
    form=forms.StakeholderForm,
    rows=queries.stakeholders,
    add=actions.add_stakeholder,
    change=actions.change_stakeholder,
    remove=actions.remove_stakeholder,
)
STATEMENTS = Part(
    slug="statements",
    one="statement",
    title=T("Policies, controls and guidelines"),
    new=T("Add a statement"),
    teaches=T("Policies say what must be, controls see to it, guidelines advise."),
    model=Statement,
    form=forms.StatementForm,
    rows=lambda user, process: queries.statements(process),
    add=actions.add_statement,
    change=actions.change_statement,
    remove=actions.remove_statement,
)
AIMS = Part(
    slug="aims",
    one="aim",
    title=T("Objectives and measures"),
    new=T("Add an aim"),
    teaches=T("From the purpose to objectives, their indicators and metrics."),
    model=Aim,
    form=forms.AimForm,
    rows=lambda user, process: queries.aims(process),
    add=actions.add_aim,
    change=actions.change_aim,
    remove=actions.remove_aim,
)
PARTS: Mapping[str, Part] = {
    part.slug: part for part in (MEMBERS, STAKEHOLDERS, STATEMENTS, AIMS)
}
