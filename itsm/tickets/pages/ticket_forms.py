"""The form of a verb: which fields, with what in them, and what is wrong.

What a verb asks for comes from the ticket's process (`requires`) and from what doors
take beyond that; `ticket_inputs` gives each its label and input.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from itsm.tickets import details
from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_inputs import FormField, inputs_of
from itsm.tickets.reckoning import definition_of
from itsm.tickets.together.saves import mark
from itsm.tickets.verbs import OPTIONAL, SPECS

VERSIONED = frozenset({"edit", "triage", "assign"})  # refused over a newer save


def fields_of(
    ticket: Ticket,
    verb: str,
    *,
    requires: Iterable[str] = (),
    only: Iterable[str] = (),
) -> list[FormField]:
    """The fields a verb's form shows, with what the ticket holds already.

    Costs a query for each list of services, categories or teams that is shown.
    """
    required = list(dict.fromkeys(requires))
    names = [*required, *(n for n in _optional(ticket, verb) if n not in required)]
    wanted = set(only)
    if wanted:
        names = [
            name for name in names if name in wanted or name.split(".")[0] in wanted
        ]
    found: list[FormField] = []
    for name in names:
        for made in inputs_of(ticket, verb, name):
            must = name in required or made.required
            found.append(replace(made, required=must, seen=mark(made.value)))
    if verb == "resolve" and not wanted and (below := children(ticket)):
        found.append(below)
    return found


def children(ticket: Ticket) -> FormField | None:
    """Tickets below that may be resolved with the same words; None without any."""
    rows = Ticket.objects.filter(parent_id=ticket.pk, restricted=False).open()
    options = [
        (number, f"{number} {title}")
        for number, title in rows.order_by("pk").values_list("number", "title")[:100]
    ]
    if not options:
        return None
    help_ = _("Each is answered for by itself, and can be undone for a minute.")
    words = _("Resolve these below it too, with the same words")
    return FormField("children", words, "checks", "", options, help=help_)


def _optional(ticket: Ticket, verb: str) -> tuple[str, ...]:
    detail = details.of(ticket.type)
    if verb == "edit":
        custom = tuple(f"fields.{slug}" for slug in definition_of(ticket).fields)
        own = tuple(n for n in detail.fields if n != "model") if detail else ()
        return ("title", "description", *own, *custom)
    if verb in SPECS:
        return SPECS[verb].optional
    return tuple(n for n in OPTIONAL.get(verb, ("comment",)) if n != "tasks")


def filled(
    fields: Iterable[FormField],
    form: QueryDict,
    errors: Mapping[str, list[str]],
) -> list[FormField]:
    """The fields with what was typed, and what is wrong with it."""
    return [
        replace(
            one,
            value=_typed(one, form),
            problem=" ".join(_problems(one.name, errors)),
        )
        for one in fields
    ]


def _typed(one: FormField, form: QueryDict) -> str:
    if one.kind == "checks":
        return ",".join(form.getlist(one.name))
    return str(form.get(one.name, "" if form else one.value))


def _problems(name: str, errors: Mapping[str, list[str]]) -> list[str]:
    found = errors.get(name, [])
    if name == "window.start":
        found = [*found, *errors.get("window", [])]
    if name.startswith("fields."):
        found = [*found, *errors.get("extra", [])]
    return list(dict.fromkeys(found))
