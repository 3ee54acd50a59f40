"""Waking somebody: a gateway that sends SMS or calls, and ntfy.

The gateway gets (docs/admin.md): `{"to", "title", "text", "url", "id", "is_urgent"}`.
"""

from django.utils.translation import gettext as _

from core.reader import speaking
from notify.channels import Never
from notify.channels.hooks import Body, HookSession
from notify.letters import Letter
from notify.models import Message, Reach, Route

LONGEST_TEXT = 300  # two SMS, without the address
HIGHEST = 5  # of ntfy: rings although the phone is silent


def session(route: Route) -> HookSession:
    """The way over this gateway."""
    return HookSession(route, _build)


def _build(message: Message, letter: Letter, route: Route) -> tuple[Body, str]:
    reach = Reach.objects.filter(pk=message.user_id).first() or Reach()
    is_sms = route.kind == Route.Kind.SMS
    to = reach.page_phone if is_sms else reach.page_topic
    if not to:
        raise Never("page.none", is_address=False)
    with speaking(letter.reader.language):
        return (sms if is_sms else ntfy)(message, letter, to), to


def sms(message: Message, letter: Letter, to: str) -> Body:
    """What a gateway sends or reads aloud."""
    return {
        "to": to,
        "title": letter.title,
        "text": _text(letter),
        "url": letter.acknowledge,
        "id": message.reference.strip("<>"),
        "is_urgent": True,
    }


def ntfy(message: Message, letter: Letter, topic: str) -> Body:
    """As ntfy takes it at its root (https://docs.ntfy.sh/publish/#publish-as-json).

    The action opens the page where one acknowledges; opening it is not acknowledging.
    """
    return {
        "topic": topic,
        "title": letter.title,
        "message": _text(letter),
        "priority": HIGHEST,
        "tags": ["rotating_light"],
        "click": letter.url,
        "actions": [
            {
                "action": "view",
                "label": _("Acknowledge"),
                "url": letter.acknowledge,
                "clear": True,
            }
        ],
    }


def _text(letter: Letter) -> str:
    text = " ".join(letter.parts[-1].body.split()) or letter.title
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …"
