"""The base of every REST view: who asks, what they may see, and in which order it
is looked at: 401, 429, 404, 403, and only then what was sent."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api import bodies, idempotency, limits
from core.api.problems import exception_handler
from core.api.schema import ApiSchema, Doc
from core.errors import Forbidden
from core.log import Subject

READ_SCOPE = "read"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Work = Callable[[], HttpResponse]


class ApiView(APIView):
    """One address. `find` gets its subject or raises 404; `docs` describes methods."""

    collection = ""  # the scope that allows it
    docs: ClassVar[Mapping[str, Doc]] = {}
    schema = ApiSchema()
    subject: Any = None
    request: Request
    headers: dict[str, str]  # of the answer, whatever it is

    @cached_property
    def at(self) -> datetime:
        """The one moment of this request."""
        return timezone.now()

    @property
    def plain(self) -> HttpRequest:
        """Django's request."""
        return cast(HttpRequest, self.request._request)

    @property
    def user(self) -> Any:
        """Who asks."""
        return self.request.user

    @property
    def doc(self) -> Doc | None:
        """What describes the method that is asked for."""
        return self.docs.get((self.request.method or "").lower().replace("head", "get"))

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Of every answer: besides DRF's own, that its method is on its way out."""
        found: dict[str, str] = super().default_response_headers
        doc = self.doc
        return found | (doc.deprecated.headers if doc and doc.deprecated else {})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who, how often, what, whether: before anything that was sent is read."""
        self.perform_authentication(request)
        if request.user is None:
            raise exceptions.NotAuthenticated
        if (quota := limits.count(request)) is not None:
            self.headers |= quota.headers
            quota.require()
        self.subject = self.find(**kwargs)
        self.check_scopes(request)
        self.check_allowed()
        if request.method in SAFE:
            self.check_query()

    def find(self, **kwargs: Any) -> Any:
        """What the address names, as far as this person may see it; Http404 if not."""
        return None

    def check_allowed(self) -> None:
        """Raise Forbidden where the person may not, whatever they sent."""

    def check_scopes(self, request: Request) -> None:
        """Raise Forbidden where the token is for something else."""
        scopes = set(getattr(request.auth, "scopes", ()) or ())
        if not scopes:
            return
        names = scopes - {READ_SCOPE}
        if READ_SCOPE in scopes and request.method not in SAFE:
            raise Forbidden(_("This token may only read."))
        if names and self.collection not in names:
            words = {"scopes": ", ".join(sorted(names))}
            raise Forbidden(_("This token is for: %(scopes)s.") % words)

    def check_query(self) -> None:
        """Raise Malformed for parameters that nobody reads."""
        doc = self.doc
        bodies.check_query(self.plain, [p.name for p in doc.query] if doc else [])

    def fields(self) -> bodies.Fields:
        """The JSON object that was sent."""
        self.check_query()
        return bodies.read_object(self.plain)

    def once(
        self,
        work: Work,
        *,
        again: idempotency.Again | None = None,
        is_secret: bool = False,
    ) -> HttpResponse:
        """Do a POST's work once for its Idempotency-Key, if it has one."""
        if idempotency.HEADER not in self.request.headers:
            return work()
        return idempotency.once(
            self.plain,
            lambda: self.safely(work),
            user_id=self.user.pk,
            at=self.at,
            subject=self.copied,
            again=again,
            is_secret=is_secret,
        )

    def safely(self, work: Work) -> HttpResponse:
        """The work, or its refusal as an answer, with everything undone."""
        try:
            with transaction.atomic():
                return work()
        except Exception as refusal:
            return self.handle_exception(refusal)

    def copied(self) -> Subject | None:
        """Whose texts the answer holds."""
        return None

    def handle_exception(self, exc: Exception) -> Any:
        """Any refusal as a problem; what is not a refusal is raised on."""
        if isinstance(
            exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed
        ):
            exc.auth_header = "Bearer"  # type: ignore[union-attr]
        return exception_handler(exc, {"view": self})

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Which methods there are."""
        allowed = ", ".join(self.allowed_methods)
        return HttpResponse(status=204, headers={"Allow": allowed})

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """405, with what is possible."""
        from core.api.problems import problem

        return problem(
            405,
            detail=_("%(method)s is not possible here.") % {"method": request.method},
            headers={"Allow": ", ".join(self.allowed_methods)},
        )
