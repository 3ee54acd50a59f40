"""The retrospective of a sprint over REST, as anonymous as its page.

A note belongs to a secret that its author chooses and keeps. Before all are shown
together nobody reads notes but with the secret they were written with; until the team
decides, nobody reads votes but their own. Ids of notes and secrets travel in bodies
and never in addresses, which servers write down; and nothing is kept for an
Idempotency-Key, because that would stand beside a person's name.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.urls import URLPattern
from django.utils.translation import gettext as _

from backlog.sprints import api_reading as reading
from backlog.sprints import part_api, queries, retro_actions
from backlog.sprints.formats import ACT, FORMATS, PHASES, WRITE
from backlog.sprints.models import RetroNote, Sprint
from backlog.sprints.part_api import Asked, Part, PartVerb
from backlog.stories.actions.common import LONGEST as LONGEST_OF
from core.api.schema import (
    FLAG,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from people import api_fields as fields
from people.models import User

SHORTEST_SECRET, LONGEST_SECRET = 16, 200
OPTIONAL_WHOLE: Schema = {"type": ["integer", "null"]}
CATEGORIES = sorted({name for one in FORMATS.values() for name in one.categories})
NOTE = obj(
    {
        "id": WHOLE,
        "category": TEXT,
        "text": TEXT,
        "under": OPTIONAL_WHOLE,
        "is_mine": FLAG,
        "my_votes": WHOLE,
        "votes": {**OPTIONAL_WHOLE, "description": "null until the team decides"},
        "story": OPTIONAL_TEXT,
    }
)
BEFORE = obj(
    {
        "sprint": WHOLE,
        "actions": array(obj({"text": TEXT, "story": OPTIONAL_TEXT, "state": TEXT})),
    }
)
RETRO = component(
    "Retrospective",
    obj(
        {
            "format": OPTIONAL_TEXT,
            "phase": one_of(*PHASES, empty=True),
            "categories": array(TEXT),
            "count": WHOLE,
            "votes_left": WHOLE,
            "notes": {
                **array(NOTE),
                "description": "in `write` only those of the `secret` that was sent",
            },
            "before": {"anyOf": [BEFORE, {"type": "null"}]},
        }
    ),
)


def _tell(sprint: Sprint, user: User, at: datetime, asked: Asked) -> Mapping[str, Any]:
    found = queries.heaps(sprint, retro_actions.voter_key(sprint, user))
    heaps = [heap for some in found.values() for heap in some]
    secret = asked.get("secret")
    mine = retro_actions.key_of(secret) if secret else None
    notes = [note for heap in heaps for note in _tell_heap(heap, sprint, mine)]
    format_ = FORMATS.get(sprint.retro_format)
    is_hidden = sprint.retro_phase == WRITE
    return {
        "format": sprint.retro_format or None,
        "phase": sprint.retro_phase or None,
        "categories": list(format_.categories) if format_ else [],
        "count": len(notes),
        "votes_left": retro_actions.VOTES - sum(heap.mine for heap in heaps),
        "notes": [note for note in notes if note["is_mine"] or not is_hidden],
        "before": _tell_before(sprint),
    }


def _tell_heap(
    heap: queries.Heap, sprint: Sprint, mine: str | None
) -> list[Mapping[str, Any]]:
    """A note and those under it; votes stand on the first, for all."""
    votes = heap.votes if sprint.retro_phase == ACT else None
    head = _tell_note(heap.note, mine) | {"votes": votes, "my_votes": heap.mine}
    return [head, *(_tell_note(note, mine) for note in heap.under)]


def _tell_note(note: RetroNote, mine: str | None) -> dict[str, Any]:
    return {
        "id": note.pk,
        "category": note.category,
        "text": note.text,
        "under": note.group_id,
        "is_mine": mine is not None and note.author_key == mine,
        "my_votes": 0,
        "votes": None,
        "story": note.became.number if note.became else None,
    }


def _tell_before(sprint: Sprint) -> Mapping[str, Any] | None:
    before, actions = queries.last_actions(sprint)
    if before is None:
        return None
    told = [
        {
            "text": note.text,
            "story": note.became.number if note.became else None,
            "state": note.became.state if note.became else "",
        }
        for note in actions
    ]
    return {"sprint": before.pk, "actions": told}


def _secret(value: Any) -> str:
    found = str(fields.text(LONGEST_SECRET)(value))
    if len(found) < SHORTEST_SECRET:
        words = {"least": SHORTEST_SECRET}
        raise ValueError(
            _("Send %(least)s characters or more that nobody can guess.") % words
        )
    return found


def _votes(value: Any) -> int:
    most = retro_actions.VOTES
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        words = {"least": 0, "most": most}
        raise ValueError(_("Send a whole number, %(least)s to %(most)s.") % words)
    return value


def _note(sprint: Sprint) -> fields.Reader:
    return reading.by_id(sprint.notes.all, _("There is no such note."))


def _with_note(action: Any, *, sprint: Sprint, **given: Any) -> Any:
    return action(**given)


TEXT_OF_NOTE = {
    "type": "string",
    "minLength": 1,
    "maxLength": retro_actions.LONGEST,
}
SECRET = {
    "type": "string",
    "minLength": SHORTEST_SECRET,
    "maxLength": LONGEST_SECRET,
    "description": "chosen by the author, kept by nobody else",
}
TITLE = {"type": "string", "minLength": 1, "maxLength": LONGEST_OF["title"]}
VOTES: Schema = {"type": "integer", "minimum": 0, "maximum": retro_actions.VOTES}
VERBS: Mapping[str, PartVerb] = {
    "phase": PartVerb(
        says="Go to a phase; the format is chosen before the first note",
        policy="sprint.work",
        do=retro_actions.set_retro,
        body={"phase": one_of(*PHASES), "format": one_of(*FORMATS)},
        readers=lambda user, sprint: {
            "phase": fields.choice(*PHASES),
            "format": fields.choice(*FORMATS),
        },
        required=("phase",),
        is_keyed=False,
    ),
    "note": PartVerb(
        says="Write a note that nobody can trace",
        policy="sprint.work",
        do=retro_actions.add_note,
        body={
            "category": one_of(*CATEGORIES),
            "text": TEXT_OF_NOTE,
            "secret": SECRET,
        },
        readers=lambda user, sprint: {
            "category": fields.text(20),
            "text": fields.text(retro_actions.LONGEST),
            "secret": _secret,
        },
        required=("category", "text", "secret"),
        is_keyed=False,
    ),
    "take-back": PartVerb(
        says="Take a note back with the secret it was written with",
        policy="sprint.work",
        do=partial(_with_note, retro_actions.take_back),
        body={"note": WHOLE, "secret": SECRET},
        readers=lambda user, sprint: {"note": _note(sprint), "secret": _secret},
        required=("note", "secret"),
        is_keyed=False,
    ),
    "group": PartVerb(
        says="It says the same as another; null: it stands alone again",
        policy="sprint.work",
        do=partial(_with_note, retro_actions.group_note),
        body={"note": WHOLE, "under": OPTIONAL_WHOLE},
        readers=lambda user, sprint: {
            "note": _note(sprint),
            "under": fields.optional(_note(sprint)),
        },
        required=("note", "under"),
        is_keyed=False,
    ),
    "vote": PartVerb(
        says="Give a note so many of one's votes, or none",
        policy="sprint.work",
        do=partial(_with_note, retro_actions.vote),
        body={"note": WHOLE, "n": VOTES},
        readers=lambda user, sprint: {"note": _note(sprint), "n": _votes},
        required=("note", "n"),
        is_keyed=False,
    ),
    "story": PartVerb(
        says="Make a story of what is to be done about it",
        policy="sprint.work",
        do=partial(_with_note, retro_actions.make_story_of_note),
        body={"note": WHOLE, "title": TITLE},
        readers=lambda user, sprint: {
            "note": _note(sprint),
            "title": fields.text(LONGEST_OF["title"]),
        },
        required=("note", "title"),
        is_keyed=False,
    ),
}
PART = Part(
    name="retro",
    says="Its retrospective, as far as it is shown",
    shape=RETRO,
    tell=_tell,
    verbs=VERBS,
)


def urls() -> list[URLPattern]:
    """The addresses of the retrospective."""
    return part_api.urls(PART)
