"""What was said is forgotten when a text of its subject is removed."""

from core import texts
from core.log import Subject
from itsm.webhooks.models import Delivery


def forget(subject: Subject) -> None:
    """Empty the bodies that are kept of what was sent about it."""
    rows = Delivery.objects.filter(
        subject_type=subject.subject_type, subject_id=subject.pk
    )
    rows.exclude(body="").update(body="")


def register() -> None:
    """Hear of what is removed."""
    texts.on_redact(forget)
