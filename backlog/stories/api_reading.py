"""Reading what a program sends of stories and ideas: strict, as far as it may see."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from backlog.standing import get_process
from backlog.stories import evidence
from backlog.stories.actions.common import LONGEST, PARTS
from backlog.stories.actions.linking import EVIDENCE
from backlog.stories.models import MOST_OF_ONE, SCALE, Story, StoryLink
from backlog.stories.queries import get_story
from core.api.schema import (
    FLAG,
    OPTIONAL_TEXT,
    WHOLE,
    Schema,
    array,
    obj,
    one_of,
)
from core.errors import Invalid
from people import api_fields as fields
from people.models import User
from processes.models import Process

OPTIONAL_WHOLE: Schema = {"type": ["integer", "null"]}
ON_SCALE: Schema = {"type": ["integer", "null"], "enum": [*SCALE, None]}
CRITERIA: Schema = array({"type": "string", "maxLength": MOST_OF_ONE})
NUMBER: Schema = {"type": "string", "examples": ["STO-12"]}
TEXTS: Mapping[str, Schema] = {
    name: {"type": "string", "maxLength": most} for name, most in LONGEST.items()
}
WRITTEN: Mapping[str, Schema] = {
    **TEXTS,
    **dict.fromkeys((*PARTS, "points"), ON_SCALE),
    "activity": OPTIONAL_TEXT,
    "stakeholder": OPTIONAL_TEXT,
    "increment": OPTIONAL_WHOLE,
    "assignee": OPTIONAL_TEXT,
    "is_published": FLAG,
}


def on_scale(value: Any) -> int | None:
    """A number of the scale, or null."""
    if value is None:
        return None
    if type(value) is not int or value not in SCALE:
        words = {"scale": ", ".join(map(str, SCALE))}
        raise ValueError(_("One of %(scale)s.") % words)
    return value


def whole(value: Any) -> int:
    """The id of something."""
    if type(value) is not int or not 0 < value < 2**63:
        raise ValueError(_("Send a whole number."))
    return value


def criteria(value: Any) -> list[str]:
    """Texts, one for each criterion."""
    if not isinstance(value, list) or len(value) > 50:
        raise ValueError(_("Send a list."))
    return [fields.text(MOST_OF_ONE)(one) for one in value]


def process(user: User) -> fields.Reader:
    """A process by its slug, as far as this person may see its backlog."""

    def reader(value: Any) -> Process:
        try:
            return get_process(user, str(fields.text(50)(value)))
        except Http404 as none:
            raise ValueError(str(none)) from none

    return reader


def any_process(value: Any) -> Process:
    """A process by its slug: anybody may have an idea for any."""
    found = Process.objects.filter(slug=fields.text(50)(value)).first()
    if found is None:
        raise ValueError(_("There is no such process."))
    return found


def story(user: User) -> fields.Reader:
    """A story by its number."""

    def reader(value: Any) -> Story:
        try:
            return get_story(user, str(fields.text(30)(value)))
        except Http404 as none:
            raise ValueError(str(none)) from none

    return reader


def readers(process: Process) -> Mapping[str, fields.Reader]:
    """The fields of a story of this process."""

    def named(rows: Any) -> fields.Reader:
        return fields.optional(fields.row(lambda: rows, "name"))

    def increment(value: Any) -> Any:
        found = process.increments.filter(pk=whole(value)).first()
        if found is None:
            raise ValueError(_("There is no such increment."))
        return found

    return {
        **{name: fields.text(most) for name, most in LONGEST.items()},
        **dict.fromkeys((*PARTS, "points"), on_scale),
        "activity": named(process.activities.all()),
        "stakeholder": named(process.stakeholders.all()),
        "increment": fields.optional(increment),
        "assignee": fields.optional(fields.PERSON),
        "is_published": fields.flag,
    }


PART: Schema = obj(
    {**{n: s for n, s in WRITTEN.items() if n in TEXTS}, "criteria": CRITERIA},
    ("title",),
)


def parts(process: Process) -> fields.Reader:
    """The parts into which a story is split."""
    known = {**readers(process), "criteria": criteria}

    def reader(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or len(value) > 20:
            raise ValueError(_("Send a list."))
        found = []
        for one in value:
            if not isinstance(one, dict):
                raise ValueError(_("Send an object."))
            try:
                found.append({"title": "", **fields.read(one, known)})
            except Invalid as wrong:
                raise ValueError(wrong.detail) from wrong
        return found

    return reader


def about(user: User) -> fields.Reader:
    """A ticket by its number, or {"type", "id"} of what may speak for a story."""

    def reader(value: Any) -> tuple[str, int]:
        if isinstance(value, dict) and value.keys() == {"type", "id"}:
            shown = evidence.find(user, str(value["type"]), str(value["id"]))
        else:
            shown = evidence.named(user, str(fields.text(30)(value)))
        if shown is None:
            raise ValueError(_("There is no such thing for you."))
        return shown.type, shown.pk

    return reader


ABOUT: Schema = {
    "oneOf": [
        {"type": "string", "examples": ["INC-1042"]},
        obj({"type": one_of(*EVIDENCE), "id": WHOLE}),
    ]
}
KIND = one_of(*StoryLink.Kind.values)


def need(given: Mapping[str, Any], *names: str) -> None:
    """Raise Invalid for those that were not sent."""
    missing = {name: [_("This is needed.")] for name in names if name not in given}
    if missing:
        raise Invalid(missing)
