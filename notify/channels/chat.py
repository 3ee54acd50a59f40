"""Rooms in a chat, by incoming webhook: Slack, Microsoft Teams, Mattermost.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/
https://developers.mattermost.com/integrate/webhooks/incoming/
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.reader import speaking
from notify.channels.hooks import Body, HookSession
from notify.letters import Letter, Part
from notify.models import Message, Route

LONGEST = 1500  # letters of what was written; a chat is no place for more
LONGEST_TITLE = 150
MOST_PARTS = 10
PING = "@\u200b"  # nobody is rung up because a text happens to name them
URGENT = "#c2410c"


def session(route: Route) -> HookSession:
    """The way into this room."""
    return HookSession(route, _build)


def _build(message: Message, letter: Letter, route: Route) -> tuple[Body, str]:
    build = {
        Route.Kind.SLACK.value: slack,
        Route.Kind.TEAMS.value: teams,
        Route.Kind.MATTERMOST.value: mattermost,
    }[route.kind]
    with speaking(letter.reader.language):
        return build(message, letter), route.name


def slack(message: Message, letter: Letter) -> Body:
    """Blocks, and the text that notifications show."""
    title = _mrkdwn(_title(message, letter))
    sections = [f"*<{letter.url}|{title}>*", *map(_mrkdwn, _bodies(letter))]
    blocks: list[Body] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        for text in sections
    ]
    if facts := _facts(letter):
        said = "  ·  ".join(_mrkdwn(f"{name}: {value}") for name, value in facts)
        blocks.append(
            {"type": "context", "elements": [{"type": "mrkdwn", "text": said}]}
        )
    return {"text": title, "blocks": blocks, "unfurl_links": False}


def teams(message: Message, letter: Letter) -> Body:
    """An adaptive card, as Workflows take it."""
    heading = {
        "type": "TextBlock",
        "text": _title(message, letter),
        "weight": "Bolder",
        "size": "Medium",
        "wrap": True,
    }
    if message.is_urgent:
        heading["color"] = "Attention"
    body: list[Body] = [heading]
    body += [{"type": "TextBlock", "text": t, "wrap": True} for t in _bodies(letter)]
    if facts := _facts(letter):
        rows = [{"title": name, "value": value} for name, value in facts]
        body.append({"type": "FactSet", "facts": rows})
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [
            {"type": "Action.OpenUrl", "title": _("Open in Beeline"), "url": letter.url}
        ],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def mattermost(message: Message, letter: Letter) -> Body:
    """An attachment in Markdown."""
    title = _title(message, letter)
    attachment: dict[str, object] = {
        "fallback": title,
        "title": title.replace("@", PING),
        "title_link": letter.url,
        "text": "\n\n".join(_bodies(letter)).replace("@", PING),
        "fields": [
            {"short": True, "title": name, "value": value.replace("@", PING)}
            for name, value in _facts(letter)
        ],
    }
    if message.is_urgent:
        attachment["color"] = URGENT
    return {"attachments": [attachment]}


def _title(message: Message, letter: Letter) -> str:
    title = letter.title[:LONGEST_TITLE]
    return _("Urgent: %(subject)s") % {"subject": title} if message.is_urgent else title


def _bodies(letter: Letter) -> list[str]:
    """What each part says; of very many the newest."""
    parts: Sequence[Part] = letter.parts[-MOST_PARTS:]
    said = [part.body for part in parts if part.body]
    return [one if len(one) <= LONGEST else f"{one[:LONGEST]} …" for one in said]


def _facts(letter: Letter) -> Sequence[tuple[str, str]]:
    return letter.parts[-1].facts


def _mrkdwn(text: str) -> str:
    """Slack's own escapes, which also keep `<!channel>` from ringing everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
