"""The definitions that come with the product, and how they reach the database."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext_noop

from core.log import act
from processes import actions, definition
from processes.models import Process, ProcessVersion

SHIPPED = Path(__file__).parent / "shipped"
PURPOSES = {
    "incident": gettext_noop("Restore normal service as quickly as possible."),
    "request": gettext_noop("Give people what they may have, as agreed."),
    "change": gettext_noop(
        "Change services often and safely, with just enough control."
    ),
    "problem": gettext_noop("Find the causes of incidents and reduce what they cost."),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What happened to one shipped definition."""

    slug: str
    version: ProcessVersion
    outcome: str  # released, drafted, kept


def texts() -> dict[str, str]:
    """The shipped definitions by process, as text, in the order of the menu."""
    return {
        slug: (SHIPPED / f"{slug}.yaml").read_text(encoding="utf-8")
        for slug in PURPOSES
    }


def load_all(*, at: datetime) -> list[Loaded]:
    """Load what is not there yet; twice changes nothing.

    A process that is new gets its shipped definition as version 1, released to all.
    Where the shipped text is one no version has, a draft holds it: nothing that
    tickets run on changes without its owner.
    """
    return [_load(slug, text, at) for slug, text in texts().items()]


def _load(slug: str, text: str, at: datetime) -> Loaded:
    with act():
        process, _created = Process.objects.get_or_create(
            slug=slug,
            defaults={"name": definition.load(text).name, "purpose": PURPOSES[slug]},
        )
        Process.objects.select_for_update().get(pk=process.pk)
        versions = list(process.versions.order_by("number"))
        for version in versions:
            if actions.text_of(version) == text:
                return Loaded(slug, version, "kept")
        note = gettext_noop("As shipped with Beeline")
        draft = actions.create_draft(
            process=process, by=None, at=at, text=text, note=note
        )
        if versions:
            return Loaded(slug, draft, "drafted")
        actions.release(version=draft, by=None, at=at)
        draft.refresh_from_db()
        return Loaded(slug, draft, "released")
