"""The addresses of a collection of tickets."""

from collections.abc import Mapping
from typing import Any

from django.urls import URLPattern, path, register_converter

from core.api.schema import Doc, Schema, component, obj, one_of
from itsm.tickets.api import fields, lists, shapes
from itsm.tickets.api.calling import CHANNELS, CalledView
from itsm.tickets.api.events import TimelineView
from itsm.tickets.api.talk import CommentsView, FilesView, FileView
from itsm.tickets.api.tasks import TasksView, TaskView
from itsm.tickets.api.views import (
    ANY_TICKET,
    VERBS_DOC,
    EditableTicketView,
    OpeningView,
    OwnVerbView,
    TicketItemView,
    TicketsView,
    VerbsView,
    VerbView,
    item_doc,
    list_docs,
)


class NumberConverter:
    """A ticket's number; anything else is no address."""

    regex = r"[A-Za-z]{3}-[0-9]{1,12}"

    def to_python(self, value: str) -> str:
        """As it was written; the getter ignores its case."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


class VerbConverter(NumberConverter):
    """The name of a process's own verb."""

    regex = r"[a-z][a-z0-9_]{0,39}"


register_converter(NumberConverter, "ticket")
register_converter(VerbConverter, "verb")


def practice(
    type_: str,
    *,
    told: Mapping[str, Schema] | None = None,
    taken: Mapping[str, Schema] | None = None,
    opens: Mapping[str, Schema] | None = None,
    view: type[OpeningView] = OpeningView,
    required: tuple[str, ...] = ("title",),
) -> list[URLPattern]:
    """A practice's addresses; `told` and `taken` describe the fields of its own row,
    `opens` what is sent only when one is opened.
    """
    name, own = f"{type_}s", taken or {}
    shape = component(type_.title(), obj({**shapes.TICKET, **(told or {})}))
    known: dict[str, Any] = {"type": type_, "collection": name}
    opening = _opening_doc(type_, shape, {**own, **(opens or {})}, required)
    in_list = {"get": list_docs(name, lists.FILTERS), "post": opening}
    on_item = {"get": item_doc(shape), "patch": _editing_doc(type_, shape, own)}
    number = f"{name}/<ticket:number>/"
    answers = {"convert": ANY_TICKET}  # it is another practice's afterwards
    return [
        path(f"{name}/", view.as_view(**known, docs=in_list)),
        path(number, EditableTicketView.as_view(**known, docs=on_item)),
        *_around(name, known),
        *[
            path(
                f"{number}{verb}/",
                VerbView.as_view(
                    **known, verb=verb, docs=_verb_docs(verb, answers.get(verb, shape))
                ),
            )
            for verb in fields.VERBS
        ],
        path(
            f"{number}verbs/<verb:name>/",
            OwnVerbView.as_view(**known, docs=_verb_docs("", shape)),
        ),
    ]


def _opening_doc(
    type_: str, shape: Schema, own: Mapping[str, Schema], required: tuple[str, ...]
) -> Doc:
    return Doc(
        f"Open one of the {type_}s",
        shape,
        status=201,
        body=component(f"New{type_.title()}", fields.create_schema(own, required)),
        has_etag=True,
        is_keyed=True,
        needs_body=True,
    )


def _editing_doc(type_: str, shape: Schema, own: Mapping[str, Schema]) -> Doc:
    body = component(f"Edit{type_.title()}", fields.edit_schema(own))
    return Doc("Edit texts and fields", shape, body=body, has_etag=True)


def _verb_docs(verb: str, shape: Schema) -> dict[str, Doc]:
    body = fields.verb_schema(verb) if verb else fields.ANY_VERB
    return {
        "post": Doc(
            f"{verb.title()} it" if verb else "A verb of the process's own",
            shape,
            body=body,
            has_etag=True,
            is_guarded=True,
            is_keyed=True,
        )
    }


def _around(name: str, known: Mapping[str, Any]) -> list[URLPattern]:
    """What hangs on a ticket, whatever its practice."""
    base = f"{name}/<ticket:number>"
    verbs = VerbsView.as_view(**known, docs={"get": VERBS_DOC})
    return [
        path(f"{base}/verbs/", verbs),
        path(f"{base}/events/", TimelineView.as_view(**known)),
        path(f"{base}/comments/", CommentsView.as_view(**known)),
        path(f"{base}/tasks/", TasksView.as_view(**known)),
        path(f"{base}/tasks/<int:id>/", TaskView.as_view(**known)),
        path(f"{base}/attachments/", FilesView.as_view(**known)),
        path(f"{base}/attachments/<int:id>/", FileView.as_view(**known)),
    ]


CALLED = Doc(
    "Its requester rang or came by again",
    ANY_TICKET,
    body=obj({"channel": one_of(*CHANNELS)}, ()),
    has_etag=True,
    is_keyed=True,
)


def any_practice() -> list[URLPattern]:
    """`/tickets/`: all of them together, to read and follow."""
    filters = (lists.TYPE, *lists.FILTERS)
    known: dict[str, Any] = {"type": None, "collection": "tickets"}
    return [
        path(
            "tickets/",
            TicketsView.as_view(
                **known, filters=filters, docs={"get": list_docs("tickets", filters)}
            ),
        ),
        path(
            "tickets/<ticket:number>/",
            TicketItemView.as_view(**known, docs={"get": item_doc(ANY_TICKET)}),
        ),
        path(
            "tickets/<ticket:number>/called/",
            CalledView.as_view(**known, docs={"post": CALLED}),
        ),
        *_around("tickets", known),
    ]
