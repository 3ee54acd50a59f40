"""How the log knows views and files, and the places where they register."""

from collections.abc import Iterable, Mapping
from typing import Any

from core import jobs, subjects, texts
from itsm.tickets.exports import actions
from itsm.tickets.exports.models import Export
from itsm.tickets.views.actions import seen_by
from itsm.tickets.views.models import SavedView
from people.models import User


def _exports(user: User) -> Any:
    return Export.objects.filter(by_id=user.pk)


def _views(user: User) -> Any:
    if not user.is_staff:
        return SavedView.objects.none()
    return SavedView.objects.filter(seen_by(user))


def _ids(ids: Iterable[int]) -> Mapping[int, str]:
    return {pk: str(pk) for pk in ids}


def register() -> None:
    """Make both subjects, let workers look for files, and renew them on redaction."""
    for name, visible, url in (
        (Export.subject_type, _exports, "/exports/"),
        (SavedView.subject_type, _views, "/queue/views/"),
    ):
        subjects.register(
            subjects.SubjectType(
                name=name,
                visible_to=visible,
                numbers=_ids,
                url=lambda number, url=url: url,  # type: ignore[misc]
            )
        )
    jobs.register(Export)
    texts.on_redact(actions.forget)
