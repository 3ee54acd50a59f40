"""The nine tables: whose rows they are, as far as a reader may see them, and columns.

What a reader may see is the other doors' answer: `visible_to` of tickets, the people
room's queries, files of tickets that are seen. A column that is for those who work here
does not exist for others: not in an answer, not in a query, not in an order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from itsm.table import choices, ids
from itsm.table.columns import (
    Choice,
    Column,
    Fixed,
    Moment,
    Reference,
    SysId,
    Text,
    Whole,
)
from itsm.table.journals import Journal, Parent
from itsm.tickets.models import Attachment, Ticket
from people import queries as visible
from people.models import Service, User
from people.policy import allows

Rows = Callable[[User], QuerySet[Any]]


@dataclass(frozen=True)
class Table:
    """One table. `rows(user)` are those the person may see; `scope` is a token's word.

    `columns` are told of every record, `walks` (`caller_id.email`) where asked for.
    """

    name: str
    label: str
    kind: str
    scope: str
    rows: Rows
    columns: tuple[Column, ...]
    ticket_type: str = ""
    walks: Mapping[str, Column] = field(default_factory=dict)

    def told_to(self, user: User) -> dict[str, Column]:
        """The columns there are for this reader, by name."""
        hidden = not user.is_staff
        return {c.name: c for c in self.columns if not (hidden and c.for_staff)}


def _person(name: str, path: str) -> Reference:
    return Reference(
        name=name,
        path=f"{path}_id",
        kind=ids.USER,
        shown=f"{path}__name",
        target="sys_user",
    )


def _team(name: str, path: str) -> Reference:
    return Reference(
        name=name,
        path=f"{path}_id",
        kind=ids.TEAM,
        shown=f"{path}__name",
        target="sys_user_group",
    )


def _service(name: str, path: str) -> Reference:
    return Reference(
        name=name,
        path=f"{path}_id",
        kind=ids.SERVICE,
        shown=f"{path}__name",
        target="cmdb_ci",
    )


def _walks(columns: tuple[Column, ...]) -> dict[str, Column]:
    """What of a record one refers to can be read and asked through the reference."""
    found: list[Column] = []
    for one in columns:
        if not isinstance(one, Reference) or isinstance(one, Parent):
            continue
        base = one.path.removesuffix("_id")
        found.append(SysId(name=f"{one.name}.sys_id", path=one.path, kind=one.kind))
        if one.kind != ids.TICKET:
            found.append(Text(name=f"{one.name}.name", path=f"{base}__name"))
        if one.kind == ids.USER:
            found += [
                Text(name=f"{one.name}.{word}", path=f"{base}__email")
                for word in ("email", "user_name")
            ]
    return {one.name: one for one in found}


def _upper(value: str) -> str:
    return value.strip().upper()


def _task(name: str, label: str, requester: str, kind: str) -> tuple[Column, ...]:
    """What every ticket's table has; `requester` is what the table calls them."""
    return (
        SysId(name="sys_id", kind=kind),
        Text(name="number", path="number", code=_upper),
        Fixed(name="sys_class_name", word=name, label=label),
        Text(name="short_description", path="title"),
        Text(name="description", path="description"),
        choices.STATE,
        Text(name="u_state", path="state", code=str.strip),
        Choice(name="active", path="state_category", options=choices.ACTIVE),
        choices.HOLD_REASON,
        choices.IMPACT,
        choices.URGENCY,
        Choice(name="priority", path="priority", options=choices.PRIORITIES),
        Text(name="category", path="category__slug", shown="category__name"),
        _person(requester, "requester"),
        Text(name="company", path="organisation__slug", shown="organisation__name"),
        _person("assigned_to", "owner"),
        _team("assignment_group", "team"),
        _service("business_service", "service"),
        _service("cmdb_ci", "service"),
        Parent(name="parent"),
        choices.CONTACT_TYPE,
        Text(name="correlation_id", path="external_ref", code=str.strip),
        Moment(name="opened_at", path="opened_at"),
        Moment(name="sys_created_on", path="opened_at"),
        Moment(name="sys_updated_on", path="updated_at"),
        Moment(name="resolved_at", path="resolved_at"),
        Moment(name="closed_at", path="closed_at"),
        Text(name="close_notes", path="resolution"),
        Whole(name="reassignment_count", path="handovers"),
        Whole(name="reopen_count", path="reopens"),
        Whole(name="sys_mod_count", path="version"),
        Journal(name="comments"),
        Journal(name="work_notes", for_staff=True),
    )


CLOSE_CODE = Text(name="close_code", path="resolution_code")
INCIDENT = (
    Choice(name="incident_state", path="state_category", options=choices.STATES),
    CLOSE_CODE,
)
CHANGE = (
    choices.TYPE,
    choices.CLOSE_CODE_OF_CHANGE,
    Text(name="implementation_plan", path="change__plan", for_staff=True),
    Text(name="test_plan", path="change__test", for_staff=True),
    Text(name="backout_plan", path="change__way_back", for_staff=True),
    Moment(name="start_date", path="change__window_start"),
    Moment(name="end_date", path="change__window_end"),
)
PROBLEM = (
    CLOSE_CODE,
    Text(name="workaround", path="problem__workaround", for_staff=True),
    Text(name="cause_notes", path="problem__causes", for_staff=True),
)
ITEM = (
    CLOSE_CODE,
    Text(
        name="cat_item",
        path="request__offering__slug",
        shown="request__offering__name",
    ),
    Reference(
        name="request",
        path="id",
        kind=ids.TICKET,
        shown="number",
        target="sc_request",
    ),
)


def _tickets(type_: str) -> Rows:
    return lambda user: Ticket.objects.visible_to(user).filter(type=type_)


def _ticket_table(
    name: str,
    label: str,
    type_: str,
    requester: str,
    own: tuple[Column, ...],
    kind: str = ids.TICKET,
) -> Table:
    columns = (*_task(name, label, requester, kind), *own)
    return Table(
        name=name,
        label=label,
        kind=kind,
        scope=f"{type_}s",
        rows=_tickets(type_),
        columns=columns,
        ticket_type=type_,
        walks=_walks(columns),
    )


def _users(user: User) -> QuerySet[User]:
    rows = User.objects.filter(anonymised_at=None)
    return rows if allows(user, "people.see") else rows.filter(pk=user.pk)


def _files(user: User) -> QuerySet[Attachment]:
    """Those of tickets the person sees: requesters the public ones."""
    seen = Ticket.objects.visible_to(user)
    rows = Attachment.objects.filter(ticket__in=seen, redacted_at=None)
    return rows if user.is_staff else rows.filter(is_public=True)


USER = (
    SysId(name="sys_id", kind=ids.USER),
    Fixed(name="sys_class_name", word="sys_user", label="User"),
    Text(name="user_name", path="email"),
    Text(name="email", path="email"),
    Text(name="name", path="name"),
    Text(name="phone", path="phone"),
    Text(name="location", path="place"),
    Text(name="time_zone", path="time_zone"),
    Text(name="company", path="organisation__slug", shown="organisation__name"),
    _person("manager", "manager"),
    Choice(name="vip", path="is_vip", options=choices.YES_NO),
    Choice(name="active", path="is_active", options=choices.YES_NO),
    Choice(name="web_service_access_only", path="is_machine", options=choices.YES_NO),
    Moment(name="sys_created_on", path="created_at"),
)
GROUP = (
    SysId(name="sys_id", kind=ids.TEAM),
    Fixed(name="sys_class_name", word="sys_user_group", label="Group"),
    Text(name="name", path="name"),
    Text(name="description", path="purpose"),
    Text(name="u_slug", path="slug"),
    Choice(name="u_supplier", path="is_supplier", options=choices.YES_NO),
    Choice(name="active", path="is_active", options=choices.YES_NO),
)
SERVICE = (
    SysId(name="sys_id", kind=ids.SERVICE),
    Fixed(name="sys_class_name", word="cmdb_ci_service", label="Service"),
    Text(name="name", path="name"),
    Text(name="short_description", path="description"),
    Text(name="u_slug", path="slug"),
    Choice(
        name="u_criticality",
        path="criticality",
        options=tuple(
            choices.Option(value, str(value).title(), (value,))
            for value in Service.Criticality.values
        ),
    ),
    _person("owned_by", "owner"),
    Choice(name="operational_status", path="is_active", options=choices.OPERATIONAL),
)
FILE = (
    SysId(name="sys_id", kind=ids.FILE),
    Text(name="file_name", path="name"),
    Text(name="content_type", path="content_type"),
    Whole(name="size_bytes", path="size"),
    Text(name="hash", path="digest"),
    Choice(name="table_name", path="ticket__type", options=choices.TABLES),
    SysId(name="table_sys_id", path="ticket_id", kind=ids.TICKET),
    Choice(name="u_public", path="is_public", options=choices.YES_NO, for_staff=True),
    Text(name="sys_created_by", path="author__email"),
    Moment(name="sys_created_on", path="at"),
)
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _ticket_table("incident", "Incident", "incident", "caller_id", INCIDENT),
        _ticket_table(
            "change_request", "Change Request", "change", "requested_by", CHANGE
        ),
        _ticket_table("problem", "Problem", "problem", "opened_by", PROBLEM),
        _ticket_table(
            "sc_request", "Request", "request", "requested_for", (CLOSE_CODE,)
        ),
        _ticket_table(
            *("sc_req_item", "Requested Item", "request", "requested_for"),
            ITEM,
            ids.ITEM,
        ),
        Table("sys_user", "User", ids.USER, "users", _users, USER, "", _walks(USER)),
        Table("sys_user_group", "Group", ids.TEAM, "teams", visible.teams, GROUP),
        Table(
            *("cmdb_ci", "Configuration Item", ids.SERVICE, "services"),
            visible.services,
            SERVICE,
            "",
            _walks(SERVICE),
        ),
        Table("sys_attachment", "Attachment", ids.FILE, "tickets", _files, FILE),
    )
}
