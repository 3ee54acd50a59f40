"""REST: webhooks, what was delivered, and telling it once more; for administrators."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, filters, idempotency, pages
from core.api.resources import paging
from core.api.schema import FLAG, INSTANT, Doc, Param, obj, page_of
from core.api.views import ApiView
from core.errors import Invalid
from itsm.webhooks import actions, queries
from itsm.webhooks import api_fields as shapes
from itsm.webhooks.models import Delivery, Replay, Webhook
from people import api_fields as fields
from people.policy import require

BY_ID = pages.Order(columns={"id": "pk"}, first="id")
NEWEST = pages.Order(columns={"id": "pk"}, first="-id")
FILTERS = (
    filters.choices("state", "state", Delivery.State.values),
    filters.since("created_since", "created_at"),
)
NO_BODY = obj({})


class Managing(ApiView):
    """Whoever may change webhooks."""

    collection = "webhooks"

    def check_allowed(self) -> None:
        """Administrators."""
        require(self.user, actions.VERB)


class WebhooksView(Managing):
    """`/webhooks/`."""

    docs = {
        "get": Doc("List webhooks", page_of("Webhook"), query=paging(BY_ID)),
        "post": Doc(
            "Add a webhook; its secret is told in this answer only",
            shapes.WITH_SECRET,
            status=201,
            body=obj(shapes.TAKEN, ("name", "url", "kinds")),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of them."""
        rows = queries.living()
        return answers.answer(pages.paginate(self.plain, rows, BY_ID, shapes.tell))

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Add one."""
        return _told_once(self, self._make)

    def _make(self) -> HttpResponse:
        given = shapes.read(self.fields(), None)
        if missing := {"name", "url", "kinds"} - given.keys():
            raise Invalid({name: [_("This is needed.")] for name in missing})
        row, secret = actions.create_webhook(by=self.user, at=self.at, **given)
        self.subject = row
        where = {"Location": f"/api/v1/webhooks/{row.pk}/"}
        told = {**shapes.tell_one(row), "secret": secret}
        return answers.item(self.plain, told, status=201, headers=where)

    def copied(self) -> Webhook | None:
        """Whose secret the answer holds."""
        return self.subject


class WebhookView(Managing):
    """`/webhooks/<id>/`."""

    docs = {
        "get": Doc("One of them", shapes.WEBHOOK, has_etag=True),
        "patch": Doc(
            "Change it", shapes.WEBHOOK, body=obj(shapes.TAKEN, ()), has_etag=True
        ),
        "delete": Doc("It hears nothing any more", None, status=204),
    }

    def find(self, **kwargs: Any) -> Webhook:
        """The webhook."""
        row = queries.living().filter(pk=kwargs["id"]).first()
        if row is None:
            raise Http404(_("There is no such webhook."))
        return row

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The webhook."""
        return self.item()

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        raw, row = self.fields(), self.subject
        answers.require_current(self.plain, lambda: shapes.tell_one(row))
        given = shapes.read(raw, row)
        if given:
            actions.change_webhook(webhook=row, by=self.user, at=self.at, **given)
        return self.item()

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Take it away."""
        self.check_query()
        actions.delete_webhook(webhook=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)

    def item(self) -> HttpResponse:
        """It, as it is now."""
        row = queries.living().get(pk=self.subject.pk)
        return answers.item(self.plain, shapes.tell_one(row))

    def copied(self) -> Webhook | None:
        """Whose secret an answer may hold."""
        return self.subject


class VerbView(WebhookView):
    """`POST /webhooks/<id>/<verb>/`."""

    http_method_names = ["post", "options"]

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once."""
        return self.once(self.act)

    def act(self) -> HttpResponse:
        """What the verb does."""
        raise NotImplementedError

    def known(self) -> dict[str, Any]:
        """What every action takes."""
        return {"webhook": self.subject, "by": self.user, "at": self.at}


class PauseView(VerbView):
    """`POST /webhooks/<id>/pause/`."""

    docs = {
        "post": Doc(
            "Let nothing leave; what happens meanwhile waits",
            shapes.WEBHOOK,
            body=NO_BODY,
            has_etag=True,
            is_keyed=True,
        )
    }

    def act(self) -> HttpResponse:
        """Pause it."""
        fields.read(self.fields(), {})
        actions.pause_webhook(**self.known())
        return self.item()


class ResumeView(VerbView):
    """`POST /webhooks/<id>/resume/`."""

    docs = {
        "post": Doc(
            "Let it go on, with what waits or (`skip`) without",
            shapes.WEBHOOK,
            body=obj({"skip": FLAG}, ()),
            has_etag=True,
            is_keyed=True,
        )
    }

    def act(self) -> HttpResponse:
        """Let it go on."""
        given = fields.read(self.fields(), {"skip": fields.flag})
        actions.resume_webhook(**self.known(), **given)
        return self.item()


class RotateView(VerbView):
    """`POST /webhooks/<id>/rotate/`."""

    docs = {
        "post": Doc(
            "A new secret, told in this answer only; the former signs too for a day",
            shapes.WITH_SECRET,
            body=NO_BODY,
            has_etag=True,
            is_keyed=True,
        )
    }

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Make one."""
        return _told_once(self, self.act)

    def act(self) -> HttpResponse:
        """Rotate it."""
        fields.read(self.fields(), {})
        row, secret = actions.rotate_secret(**self.known())
        return answers.item(self.plain, {**shapes.tell_one(row), "secret": secret})


class TestView(VerbView):
    """`POST /webhooks/<id>/test/`."""

    docs = {
        "post": Doc(
            "Send a test; how it went is told by the delivery",
            shapes.DELIVERY,
            status=202,
            body=NO_BODY,
            is_keyed=True,
        )
    }

    def act(self) -> HttpResponse:
        """Write the delivery; a worker sends it."""
        fields.read(self.fields(), {})
        delivery = actions.test_webhook(**self.known())
        return answers.answer(shapes.tell_deliveries([delivery])[0], status=202)


class ReplayView(VerbView):
    """`POST /webhooks/<id>/replay/`."""

    docs = {
        "post": Doc(
            "Tell everything since a moment once more, in order",
            shapes.REPLAY,
            status=202,
            body=obj({"since": INSTANT}),
            is_keyed=True,
            needs_body=True,
        )
    }

    def act(self) -> HttpResponse:
        """Begin it."""
        given = fields.read(self.fields(), {"since": fields.instant})
        if "since" not in given:
            raise Invalid({"since": [_("This is needed.")]})
        job = actions.replay_since(**self.known(), **given)
        return answers.answer(shapes.tell_replay(job), status=202)


class OneReplayView(Managing):
    """`/webhooks/<id>/replays/<id>/`."""

    docs = {"get": Doc("How far a replay is", shapes.REPLAY, has_etag=True)}

    def find(self, **kwargs: Any) -> Replay:
        """The replay."""
        rows = Replay.objects.filter(webhook=kwargs["id"], webhook__deleted_at=None)
        row = rows.filter(pk=kwargs["item"]).first()
        if row is None:
            raise Http404(_("There is no such replay."))
        return row

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The replay."""
        return answers.item(self.plain, shapes.tell_replay(self.subject))


class DeliveriesView(WebhookView):
    """`/webhooks/<id>/deliveries/`."""

    http_method_names = ["get", "head", "options"]
    docs = {
        "get": Doc(
            "What was delivered, and what was not; the newest first",
            page_of("Delivery"),
            query=(*(Param(f.name, f.schema) for f in FILTERS), *paging(NEWEST)),
        )
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page."""
        rows = Delivery.objects.filter(webhook=self.subject).defer("body")
        rows = filters.apply(self.plain, rows, FILTERS, self.user)
        page = pages.paginate(self.plain, rows, NEWEST, shapes.tell_deliveries)
        return answers.answer(page)


class DeliveryView(Managing):
    """`/webhooks/<id>/deliveries/<id>/`."""

    docs = {"get": Doc("One of them, with what was sent", shapes.SENT, has_etag=True)}

    def find(self, **kwargs: Any) -> Delivery:
        """The delivery."""
        row = queries.delivery(kwargs["id"], kwargs["item"])
        if row is None:
            raise Http404(_("There is no such delivery."))
        return row

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The delivery."""
        told = {**shapes.tell_deliveries([self.subject])[0], "body": self.subject.body}
        return answers.item(self.plain, told)


class ResendView(DeliveryView):
    """`POST /webhooks/<id>/deliveries/<id>/resend/`."""

    http_method_names = ["post", "options"]
    docs = {
        "post": Doc(
            "Send one that is over once more, out of turn and under the same id",
            shapes.DELIVERY,
            status=202,
            body=NO_BODY,
            is_keyed=True,
        )
    }

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Let it wait again; a worker sends it."""
        return self.once(self._resend)

    def _resend(self) -> HttpResponse:
        fields.read(self.fields(), {})
        row = actions.send_again(delivery=self.subject, by=self.user, at=self.at)
        return answers.answer(shapes.tell_deliveries([row])[0], status=202)


def _told_once(view: Any, work: Any) -> HttpResponse:
    """An answer with a secret: repeated by its key it is given without.

    Nothing of the secret is kept with the key, not even until the end of the request.
    """

    def again(pk: int) -> HttpResponse:
        row = queries.living().get(pk=pk)
        return answers.item(view.plain, {**shapes.tell_one(row), "secret": None})

    with transaction.atomic():
        answer: HttpResponse = view.once(work, again=again)
        if view.subject is not None:
            idempotency.forget_texts(view.subject)
    return answer


def urls() -> list[URLPattern]:
    """The addresses."""
    one = "webhooks/<int:id>/"
    verbs: Mapping[str, Any] = {
        "pause": PauseView,
        "resume": ResumeView,
        "rotate": RotateView,
        "test": TestView,
        "replay": ReplayView,
    }
    views: Sequence[tuple[str, Any]] = (
        ("webhooks/", WebhooksView),
        (one, WebhookView),
        *((f"{one}{name}/", view) for name, view in verbs.items()),
        (f"{one}replays/<int:item>/", OneReplayView),
        (f"{one}deliveries/", DeliveriesView),
        (f"{one}deliveries/<int:item>/", DeliveryView),
        (f"{one}deliveries/<int:item>/resend/", ResendView),
    )
    return [path(address, view.as_view()) for address, view in views]
