"""People as a file over REST, invitations, and who is in a team: for administrators."""

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.schema import FLAG, TEXT, WHOLE, Doc, Schema, array, obj, one_of, ref
from core.api.views import ApiView
from core.errors import Invalid
from people import actions, api, roster
from people import api_fields as fields
from people.models import User
from people.policy import require


class Managing(ApiView):
    """Whoever may change people."""

    def check_allowed(self) -> None:
        """Administrators."""
        require(self.user, "people.change")


CHANGE: Schema = obj({"field": TEXT, "old": TEXT, "new": TEXT})
LINE: Schema = obj(
    {
        "line": WHOLE,
        "email": TEXT,
        "does": one_of("create", "change", "same"),
        "changes": array(CHANGE),
    }
)
PLAN: Schema = obj(
    {
        "applied": FLAG,
        "shown": TEXT,
        "created": WHOLE,
        "changed": WHOLE,
        "same": WHOLE,
        "lines": array(LINE),
        "faults": array(obj({"line": WHOLE, "column": TEXT, "what": TEXT})),
    }
)
FILE: Schema = obj(
    {
        "text": {"type": "string", "minLength": 1, "maxLength": roster.MOST_LETTERS},
        "shown": {
            "type": "string",
            "description": "What the dry run answered; without it nothing is done",
        },
        "invite": FLAG,
    },
    ("text",),
)


class RosterView(Managing):
    """`/roster/`: people as CSV."""

    collection = "users"
    docs = {
        "get": Doc("Everybody with access, as CSV", TEXT, answered_as="text/csv"),
        "post": Doc(
            "What a file of people would do; with `shown`, do it",
            PLAN,
            body=FILE,
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> StreamingHttpResponse:
        """The file, as it can be brought in again."""
        lines = roster.exported(self.user)
        headers = {"Cache-Control": "no-store"}
        kind = "text/csv; charset=utf-8"
        return StreamingHttpResponse(lines, content_type=kind, headers=headers)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """A dry run, or the run."""
        return self.once(self._post)

    def _post(self) -> HttpResponse:
        most = fields.text(roster.MOST_LETTERS)
        readers = {"text": most, "shown": fields.text(100), "invite": fields.flag}
        given = fields.read(self.fields(), readers)
        if not given.get("text", "").strip():
            raise Invalid({"text": [_("This is needed.")]})
        if "shown" not in given:
            plan = roster.plan(given["text"], by=self.user)
            return answers.answer(_told(plan, applied=False))
        done = roster.apply(by=self.user, at=self.at, **given)
        return answers.answer(_told(done, applied=True))


def _told(plan: roster.Plan, *, applied: bool) -> dict[str, Any]:
    n = plan.done if applied else plan.counts
    return {
        "applied": applied,
        "shown": plan.fingerprint,
        "created": n["create"],
        "changed": n["change"],
        "same": n["same"],
        "lines": []
        if applied
        else [
            {
                "line": one.number,
                "email": one.email,
                "does": one.does,
                "changes": [
                    {"field": f, "old": old, "new": new} for f, old, new in one.changes
                ],
            }
            for one in plan.lines
        ],
        "faults": [
            {"line": one.line, "column": one.column, "what": one.what}
            for one in plan.faults
        ],
    }


class InviteView(Managing):
    """`POST /users/<e-mail>/invite/`."""

    collection = "users"
    docs = {
        "post": Doc(
            "Send the mail with which they choose a password",
            ref("User"),
            has_etag=True,
            is_keyed=True,
            body=obj({}),
        )
    }

    def find(self, key: str = "", **kwargs: Any) -> User:
        """Somebody who is there."""
        rows = api.USERS.rows(self.user)
        row = None if "\x00" in key else rows.filter(email__iexact=key).first()
        if row is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return row

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Send it (again)."""
        return self.once(self._invite)

    def _invite(self) -> HttpResponse:
        fields.read(self.fields(), {})
        actions.invite(user=self.subject, by=self.user, at=self.at)
        return answers.item(self.plain, api.USERS.tell(self.subject))


class MembersView(Managing):
    """`POST /teams/<slug>/members/`."""

    collection = "teams"
    docs = {
        "post": Doc(
            "Put somebody into a team, make them lead, or take them out",
            ref("Team"),
            body=obj(
                {"person": TEXT, "role": one_of("member", "lead", "none")},
                ("person", "role"),
            ),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        )
    }

    def find(self, key: str = "", **kwargs: Any) -> Any:
        """The team."""
        rows = api.TEAMS.rows(self.user)
        row = None if "\x00" in key else rows.filter(slug=key).first()
        if row is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return row

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Say what somebody is there."""
        return self.once(self._put)

    def _put(self) -> HttpResponse:
        roles = fields.choice("member", "lead", "none")
        readers = {"person": fields.PERSON_OR_PROGRAM, "role": roles}
        given = fields.read(self.fields(), readers)
        if missing := readers.keys() - given.keys():
            raise Invalid({name: [_("This is needed.")] for name in missing})
        actions.set_membership(
            team=self.subject,
            user=given["person"],
            by=self.user,
            at=self.at,
            is_member=given["role"] != "none",
            is_lead=given["role"] == "lead",
        )
        fresh = api.TEAMS.rows(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, api.TEAMS.tell(fresh))


def urls() -> list[URLPattern]:
    """The addresses."""
    return [
        path("roster/", RosterView.as_view()),
        path("users/<str:key>/invite/", InviteView.as_view()),
        path("teams/<str:key>/members/", MembersView.as_view()),
    ]
