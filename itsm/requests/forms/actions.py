"""Building a form: one draft at a time, released as the next version.

A released version never changes (the database refuses it too): whoever filled it in
was asked exactly that.
"""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, record
from itsm.requests.catalogue.standing import require_offering
from itsm.requests.forms import definition, faults, queries
from itsm.requests.models import Form, Offering
from people.models import User


def edit_form(*, offering: Offering, by: User, at: datetime, fields: Any) -> Form:
    """Keep a draft of these questions, also an unfinished one. The first is recorded.

    Raises Forbidden, Invalid.
    """
    with act():
        offering = require_offering(offering, by)
        asked = definition.dump(_read(fields))
        draft = queries.draft(offering)
        if draft is None:
            draft = Form(offering=offering, number=_next(offering), created_at=at)
            draft.created_by = by
            changes = {"form": (None, draft.number)}
            record("offering.form", subject=offering, by=by, at=at, changes=changes)
        draft.fields = asked
        draft.save()
    return draft


def write_form(
    *, offering: Offering, by: User, at: datetime, fields: Any, release: bool
) -> Form:
    """Keep a draft of these questions, and release it at once where that is wished."""
    with act():
        form = edit_form(offering=offering, by=by, at=at, fields=fields)
        return release_form(offering=offering, by=by, at=at) if release else form


def release_form(*, offering: Offering, by: User, at: datetime) -> Form:
    """Ask the draft's questions from now on. Raises Forbidden, WrongState, Invalid."""
    with act():
        offering = require_offering(offering, by)
        draft = _draft(offering)
        asked = _read(draft.fields)
        if wrong := faults.of(asked):
            said = {one.slug: one.label or one.slug for one in asked}
            errors: dict[str, list[str]] = {}
            for slug, says in wrong:
                errors.setdefault(slug, []).append(f"{said[slug]}: {says}")
            raise Invalid(errors)
        draft.released_at = at
        draft.save(update_fields=["released_at"])
        changes = {"form": (draft.number - 1 or None, draft.number)}
        record("offering.form_release", subject=offering, by=by, at=at, changes=changes)
    return draft


def discard_form(*, offering: Offering, by: User, at: datetime) -> None:
    """Throw the draft away; what is asked now stays."""
    with act():
        offering = require_offering(offering, by)
        draft = _draft(offering)
        changes = {"form": (draft.number, None)}
        draft.delete()
        record("offering.form_discard", subject=offering, by=by, at=at, changes=changes)


def _read(fields: Any) -> list[definition.Field]:
    try:
        return definition.read(fields)
    except definition.Garbled as wrong:
        raise Invalid({"fields": [str(wrong)]}) from wrong


def _draft(offering: Offering) -> Form:
    draft = queries.draft(offering)
    if draft is None:
        raise WrongState(_("There is no draft. Change something first."))
    return draft


def _next(offering: Offering) -> int:
    last = Form.objects.filter(offering=offering).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
