"""How the people room's rows are changed: old and new for the log, never typed text."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.texts import keep_versions
from people.models import User

Given = Mapping[str, Any]
Changes = dict[str, tuple[Any, Any]]
ONE_AT_A_TIME = 7_236_003


def one_at_a_time() -> None:
    """Nobody else makes people, or what they use, until this transaction ends.

    What was looked at first (is the address free? is there another administrator?)
    still holds when it is written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def plain(value: Any) -> Any:
    """What the log keeps of a value: an id for a row, the value itself otherwise."""
    if hasattr(value, "pk"):
        return value.pk
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "total_seconds"):
        return value.total_seconds()
    return str(value) if isinstance(value, Decimal) else value


def put(
    row: Any,
    given: Given,
    *,
    texts: Collection[str],
    by: User | None,
    at: datetime,
) -> Changes:
    """Set fields on a saved row and save it; answers what changed, for `record`."""
    changes: Changes = {}
    for name, new in given.items():
        old = getattr(row, name)
        if old == new:
            continue
        setattr(row, name, new)
        if name in texts:
            changes[name] = keep_versions(
                subject=row, field=name, old=_text(old), new=_text(new), by=by, at=at
            )
        else:
            changes[name] = (plain(old), plain(new))
    if changes:
        row.save(update_fields=list(changes))
    return changes


def put_many(row: Any, name: str, new: Iterable[Any] | None) -> Changes:
    """Set a many-to-many field; ids before and after where they differ."""
    if new is None:
        return {}
    field = getattr(row, name)
    old_ids = sorted(field.values_list("pk", flat=True))
    new_ids = sorted(one.pk for one in new)
    if old_ids == new_ids:
        return {}
    field.set(new_ids)
    return {name: (old_ids, new_ids)}


def as_made(given: Given, texts: Collection[str]) -> Changes:
    """What the log keeps of a new row: everything but its texts."""
    return {
        name: (None, plain(value))
        for name, value in given.items()
        if name not in texts and value not in (None, "", False, [])
    }


def new_slug(model: Any, name: str) -> str:
    """A slug of at most 50 letters from a name, free until this transaction ends."""
    one_at_a_time()
    base = slugify(name)[:40] or model.subject_type
    taken = set(
        model.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    if base not in taken:
        return base
    return next(s for n in range(2, 100_000) if (s := f"{base}-{n}") not in taken)


def require_name(given: Given) -> None:
    """Raise Invalid for a name that is given but empty."""
    if "name" in given and not str(given["name"]).strip():
        raise Invalid({"name": [_("Give it a name.")]})


def not_a_person(user: User) -> str:
    """Why a program cannot have a part that is for people."""
    sentence = _("%(name)s is a service account; choose a person.")
    return sentence % {"name": user.name}


def require_people(given: Given, *names: str) -> None:
    """Raise Invalid where one of these fields names a program."""
    wrong = {
        name: [not_a_person(found)]
        for name in names
        if isinstance(found := given.get(name), User) and found.is_machine
    }
    if wrong:
        raise Invalid(wrong)


def require_known(given: Given, known: Collection[str]) -> None:
    """Raise Invalid for fields that the row has not."""
    unknown = {name: [_("There is no such field.")] for name in given.keys() - known}
    if unknown:
        raise Invalid(unknown)


def _text(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value)
