"""Service accounts in settings: their list."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T
from django.utils.translation import ngettext

from people.machines import actions, queries
from people.machines.forms import ServiceAccountForm
from people.pages import kinds
from people.pages.kinds import Kind
from people.roles import Role


def _cells(row: Any) -> list[Any]:
    owner = row.manager.name if row.manager else ""
    return [
        row.email,
        ", ".join(str(role.label) for role in Role if role in row.roles),
        owner,
        row.n_tokens,
        _note(row),
    ]


def _note(row: Any) -> str:
    """What is worth knowing of it, the gravest first."""
    if not row.is_active:
        return _("Not in use")
    if queries.lacks_owner(row):
        return _("Needs somebody who answers for it")
    return ""


def _warns() -> str:
    n = queries.ownerless().count()
    if not n:
        return ""
    return ngettext(
        "%(num)s service account needs somebody who answers for it.",
        "%(num)s service accounts need somebody who answers for them.",
        n,
    ) % {"num": n}


SERVICE_ACCOUNTS = Kind(
    slug="service-accounts",
    title=T("Service accounts"),
    one=T("service account"),
    teaches=T(
        "A service account is a program that works here through tokens. It never "
        "signs in, and a person answers for it."
    ),
    rows=queries.listed,
    head=[
        *(T("Name"), T("Address"), T("Roles")),
        *(T("Answers for it"), T("Tokens"), T("Note")),
    ],
    cells=_cells,
    form=ServiceAccountForm,
    create=actions.create_service_account,
    change=actions.change_service_account,
    subject="service_account",
    key="pk",
    order=82,
    warns=_warns,
)


def register() -> None:
    """Put them into settings."""
    kinds.register(SERVICE_ACCOUNTS)
