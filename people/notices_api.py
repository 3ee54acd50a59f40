"""The inbox, what one hears of, and the words of notifications, over REST."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.problems import Malformed
from core.api.resources import paging
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Param,
    Schema,
    array,
    component,
    obj,
    one_of,
    page_of,
)
from core.api.views import ApiView
from core.errors import Invalid
from notify import bell, inbox, rulebook, texts
from notify.failures import words
from notify.models import Choice, Notice, Reach
from notify.rulebook import Rule
from people import api_fields as fields
from people import notice_actions as actions
from people.policy import require

ORDER = pages.Order(columns={"at": "at"}, first="-at")
component(
    "Notification",
    obj(
        {
            "id": WHOLE,
            "at": INSTANT,
            "is_unread": FLAG,
            "is_urgent": FLAG,
            "number": TEXT,
            "title": TEXT,
            "url": TEXT,
            "sentences": array(TEXT),
            "events": WHOLE,
        }
    ),
)
COUNT = component("NotificationCount", obj({"changed": WHOLE, "unread": WHOLE}))
RULE = obj(
    {
        "rule": TEXT,
        "title": TEXT,
        "teaches": TEXT,
        "channels": array(TEXT),
        "is_fixed": FLAG,
    }
)
TIMES = ("quiet_from", "quiet_until", "digest_at")
_HOUR = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
HOUR: Schema = {"type": ["string", "null"], "pattern": f"^{_HOUR.pattern}$"}
PAGED = {name: {"type": "string"} for name in ("page_phone", "page_topic")}
CHOICES = component(
    "NotificationChoices",
    obj(
        {
            "rules": array(RULE),
            **dict.fromkeys(TIMES, HOUR),
            **dict.fromkeys(PAGED, TEXT),
            "mail_paused": OPTIONAL_TEXT,
        }
    ),
)
component(
    "NotificationText",
    obj(
        {
            "rule": TEXT,
            "language": one_of(*actions.LANGUAGES),
            "title": TEXT,
            "body": TEXT,
            "is_own": FLAG,
            "fields": array(TEXT),
        }
    ),
)


class NoticesView(ApiView):
    """`GET /notifications/`."""

    collection = "notifications"
    docs = {
        "get": Doc(
            "What one was told, the newest first; one line per thing while unread",
            page_of("Notification"),
            query=(*paging(ORDER), Param("unread", one_of("true", "false"))),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One's own, worded as on the page."""
        rows = Notice.objects.filter(user=self.user)
        if (wanted := _flag(self.plain.GET.get("unread"))) is not None:
            rows = rows.filter(read_at__isnull=wanted)
        page = pages.paginate(self.plain, rows, ORDER, self._told)
        return answers.answer(page)

    def _told(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        lines = inbox.worded(rows, self.user)
        return [
            {
                "id": row.pk,
                "at": row.at,
                "is_unread": line.is_unread,
                "is_urgent": row.is_urgent,
                "number": line.number,
                "title": line.title,
                "url": line.url,
                "sentences": list(line.sentences),
                "events": len(row.events),
            }
            for row, line in zip(rows, lines, strict=True)
        ]


def _flag(given: str | None) -> bool | None:
    if given is None:
        return None
    if given not in {"true", "false"}:
        words = {"words": "true, false"}
        sentence = _("Choose one of: %(words)s.") % words
        raise Malformed(sentence, {"unread": [sentence]})
    return given == "true"


class MarkView(ApiView):
    """`POST /notifications/read/` and `…/unread/`."""

    collection = "notifications"
    is_read = True

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Mark one's own lines; without ids, as read, all of them."""
        return self.once(self._mark)

    def _mark(self) -> HttpResponse:
        given = fields.read(self.fields(), {"ids": _ids})
        ids = given.get("ids")
        own: dict[str, Any] = {"user": self.user, "by": self.user}
        if self.is_read:
            changed = actions.read_notices(**own, at=self.at, ids=ids)
        else:
            changed = actions.unread_notices(**own, ids=ids or ())
        if changed:
            bell.ring({self.user.pk: set()})
        unread = Notice.objects.filter(user=self.user, read_at=None).count()
        return answers.answer({"changed": changed, "unread": unread})


class ReadView(MarkView):
    """As read."""

    docs = {
        "post": Doc(
            "These lines are read; without `ids` all of them",
            COUNT,
            body=obj({"ids": array(WHOLE)}, ()),
            is_keyed=True,
        )
    }


class UnreadView(MarkView):
    """As unread."""

    is_read = False
    docs = {
        "post": Doc(
            "These lines are unread again, unless their thing has a newer unread one",
            COUNT,
            body=obj({"ids": array(WHOLE)}, ()),
            is_keyed=True,
        )
    }


def _ids(value: Any) -> list[int]:
    is_list = isinstance(value, list) and len(value) <= 1000
    if not is_list or any(type(one) is not int or abs(one) >= 2**63 for one in value):
        raise ValueError(_("Send a list of whole numbers, at most 1,000."))
    return list(value)


class ChoicesView(ApiView):
    """`/me/notifications/`."""

    collection = "me"
    docs = {
        "get": Doc("What one hears of, and when one is left alone", CHOICES),
        "patch": Doc(
            "Choose it; `channels` holds a list of channels for each rule to change",
            CHOICES,
            body=obj(
                {
                    "channels": {
                        "type": "object",
                        "additionalProperties": array(one_of(*actions.CHANNELS)),
                    },
                    **dict.fromkeys(TIMES, HOUR),
                    **PAGED,
                },
                (),
            ),
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """As they are now."""
        return self._choices()

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        readers: dict[str, fields.Reader] = {
            "channels": _channels,
            **dict.fromkeys(TIMES, _hour),
            "page_phone": fields.text(40),
            "page_topic": fields.text(64),
        }
        given = fields.read(self.fields(), readers)
        actions.set_notifications(user=self.user, by=self.user, at=self.at, **given)
        return self._choices()

    def _choices(self) -> HttpResponse:
        rows = Choice.objects.filter(user=self.user)
        chosen = dict(rows.values_list("rule", "channels"))
        reach = Reach.objects.filter(user=self.user).first() or Reach(user=self.user)
        told = {
            "rules": [
                {
                    "rule": rule.name,
                    "title": str(rule.title),
                    "teaches": str(rule.teaches),
                    "channels": chosen.get(rule.name, list(rule.channels)),
                    "is_fixed": rule.is_fixed or rule.is_page,
                }
                for rule in actions.offered(self.user)
            ],
            **{name: _told_hour(getattr(reach, name)) for name in TIMES},
            **{name: getattr(reach, name) for name in PAGED},
            "mail_paused": words(reach.mail_failure) if reach.mail_paused_at else None,
        }
        return answers.answer(told)


def _channels(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, dict) or any(
        not isinstance(some, list) or any(not isinstance(one, str) for one in some)
        for some in value.values()
    ):
        raise ValueError(_("Send an object: a list of channels for each rule."))
    return dict(value)


def _hour(value: Any) -> time | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _HOUR.fullmatch(value):
        raise ValueError(_("Send a time such as 07:30, or null."))
    return time.fromisoformat(value)


def _told_hour(value: time | None) -> str | None:
    return None if value is None else f"{value:%H:%M}"


class TextsView(ApiView):
    """`GET /notification-texts/`."""

    collection = "notification-texts"
    docs = {
        "get": Doc(
            "What each notification says, in every language",
            obj({"results": array({"$ref": "#/components/schemas/NotificationText"})}),
        )
    }

    def check_allowed(self) -> None:
        """For those who write them."""
        require(self.user, "notification.word")

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of them."""
        rules = actions.worded()
        words = texts.of(rules, actions.LANGUAGES)
        results = [
            _text(rule, language, words[rule.name, language])
            for rule in rules
            for language in actions.LANGUAGES
        ]
        return answers.answer({"results": results})


def _text(rule: Rule, language: str, words: texts.Text) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "language": language,
        "title": words.title,
        "body": words.body,
        "is_own": words.is_own,
        "fields": list(texts.fields_of(rule)),
    }


class TextView(ApiView):
    """`/notification-texts/<rule>/<language>/`."""

    collection = "notification-texts"
    docs = {
        "get": Doc("One text", {"$ref": "#/components/schemas/NotificationText"}),
        "put": Doc(
            "Write it in one's own words",
            {"$ref": "#/components/schemas/NotificationText"},
            body=obj({"title": TEXT, "body": TEXT}),
        ),
        "delete": Doc("Back to the shipped text", None, status=204),
    }

    def check_allowed(self) -> None:
        """For those who write them."""
        require(self.user, "notification.word")

    def find(self, **kwargs: Any) -> tuple[Rule, str]:
        """The rule, and a language that we speak."""
        try:
            rule = rulebook.get(kwargs["rule"])
        except KeyError:
            raise Http404(_("There is no such notification.")) from None
        if kwargs["language"] not in actions.LANGUAGES:
            raise Http404(_("There is no such language."))
        return rule, kwargs["language"]

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """As it stands."""
        rule, language = self.subject
        words = texts.of([rule], [language])[rule.name, language]
        return answers.answer(_text(rule, language, words))

    def put(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Both parts, whole."""
        readers = {
            "title": fields.text(actions.LONGEST_TITLE),
            "body": fields.text(actions.LONGEST_BODY),
        }
        given = fields.read(self.fields(), readers)
        if missing := readers.keys() - given.keys():
            raise Invalid({name: [_("This is needed.")] for name in sorted(missing)})
        rule, language = self.subject
        key = {"rule": rule.name, "language": language}
        actions.set_wording(**key, by=self.user, at=self.at, **given)
        return self.get(request, **kwargs)

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The shipped one."""
        self.check_query()
        rule, language = self.subject
        key = {"rule": rule.name, "language": language}
        actions.reset_wording(**key, by=self.user, at=self.at)
        return HttpResponse(status=204)


def urls() -> list[URLPattern]:
    """The addresses of notifications."""
    return [
        path("notifications/", NoticesView.as_view()),
        path("notifications/read/", ReadView.as_view()),
        path("notifications/unread/", UnreadView.as_view()),
        path("me/notifications/", ChoicesView.as_view()),
        path("notification-texts/", TextsView.as_view()),
        path("notification-texts/<str:rule>/<str:language>/", TextView.as_view()),
    ]
