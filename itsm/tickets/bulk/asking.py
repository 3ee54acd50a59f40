"""What a person picked in a list, and what the form of a verb for many asks."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.tickets.bulk.acting import MOST
from itsm.tickets.bulk.verbs import check_verb
from itsm.tickets.exports.actions import is_list, tickets_at
from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_inputs import FormField, inputs_of
from itsm.tickets.queries import RELATED
from itsm.tickets.reckoning import definition_of
from itsm.tickets.tags.models import Tag
from itsm.tickets.verbs import OPTIONAL, SPECS
from people.models import User

SAMPLE = 50  # tickets in which a process that knows the verb is looked for
HELP = {
    "owner": lambda: _("By e-mail. Who has a ticket already is asked first."),
    "body": lambda: _("{first_name}, {number} and the like are filled in for each."),
}


@dataclass(frozen=True, slots=True)
class Picked:
    """The tickets a form is about: named ones, or all of a list."""

    numbers: tuple[str, ...]
    query: str  # the list's address where all of it was picked
    back: str  # where the person came from

    @property
    def count(self) -> int:
        """How many."""
        return len(self.numbers)


def picked(form: QueryDict, user: User, *, at: datetime) -> Picked:
    """Read the selection. Raises Invalid where nothing was selected, or too much."""
    back = form.get("list", "")
    query = form.get("query", "")
    if query:
        numbers = tuple(_of_list(query, user, at))
    else:
        named = [*form.getlist("t"), *form.getlist("numbers")]
        known = (n.strip().upper()[:16] for n in named if "\x00" not in n)
        numbers = tuple(dict.fromkeys(n for n in known if n))
    if not numbers:
        raise Invalid({"numbers": [_("Select at least one ticket.")]})
    if len(numbers) > MOST:
        words = _("At most %(n)s tickets at once; narrow the list first.") % {"n": MOST}
        raise Invalid({"numbers": [words]})
    return Picked(numbers, query, back if is_list(back) else "/queue/")


def _of_list(address: str, user: User, at: datetime) -> Any:
    """The numbers of a whole list, as far as the person sees it."""
    found = tickets_at(user, address, at=at).order_by("pk")
    return found.values_list("number", flat=True)[: MOST + 1]


def fields_for(verb: str, chosen: Picked, user: User) -> list[FormField]:
    """The inputs of a verb, empty; what a process asks for, it asks of each."""
    if problem := check_verb(verb):
        raise Invalid({"verb": [problem]})
    sample = _sample(verb, chosen, user)
    if sample is None:
        return []
    if verb in SPECS:
        required, optional = SPECS[verb].required, SPECS[verb].optional
    else:
        rules = definition_of(sample).transitions.get(verb, ())
        required = tuple(dict.fromkeys(n for rule in rules for n in rule.requires))
        optional = OPTIONAL.get(verb, ("comment",))
    names = [*required, *(name for name in optional if name not in required)]
    return [
        _empty(one, required=name in required)
        for name in names
        for one in inputs_of(sample, verb, name)
    ]


def _sample(verb: str, chosen: Picked, user: User) -> Ticket | None:
    """A ticket of a process that knows the verb; else any that the person sees."""
    rows = (
        Ticket.objects.visible_to(user)
        .filter(number__in=chosen.numbers[:SAMPLE])
        .select_related("process_version__process", *RELATED)
        .defer("process_version__definition")
        .order_by("pk")
    )
    found = list(rows)
    knows = (t for t in found if verb in SPECS or verb in definition_of(t).transitions)
    return next(knows, found[0] if found else None)


def _empty(one: FormField, *, required: bool) -> FormField:
    """Nothing of the one ticket that stood for all of them."""
    if one.name in {"add", "remove"}:
        tags = Tag.objects.order_by("name").filter(is_active=True)
        one = replace(one, options=list(tags.values_list("slug", "name")))
    keep = {"kind": "related", "public": "on"}
    help_ = HELP[one.name]() if one.name in HELP else one.help
    return replace(one, value=keep.get(one.name, ""), required=required, help=help_)
