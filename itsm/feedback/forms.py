"""Reading what somebody pressed and typed; what the faces are called."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.errors import Invalid


def faces() -> list[tuple[int, str]]:
    """Satisfaction, 1 to 5, in words."""
    return [
        (1, _("Very unhappy")),
        (2, _("Unhappy")),
        (3, _("All right")),
        (4, _("Happy")),
        (5, _("Very happy")),
    ]


def efforts() -> list[tuple[int, str]]:
    """Effort, 1 to 5: how much it cost the person."""
    return [
        (1, _("Hardly any")),
        (2, _("A little")),
        (3, _("Some")),
        (4, _("Much")),
        (5, _("Far too much")),
    ]


def given(post: QueryDict) -> dict[str, Any]:
    """The fields as `give` takes them; Invalid where no face was chosen."""
    satisfaction = _number(post.get("satisfaction", ""))
    if satisfaction is None:
        raise Invalid({"satisfaction": [_("Choose one of the five faces.")]})
    return {
        "satisfaction": satisfaction,
        "effort": _number(post.get("effort", "")),
        "words": str(post["words"]).replace("\x00", "") if "words" in post else None,
    }


def _number(value: str) -> int | None:
    return int(value) if value in {"1", "2", "3", "4", "5"} else None
