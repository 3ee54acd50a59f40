"""The sign-in page, and the way to the provider and back."""

from typing import Any

import requests
from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.views import LoginView
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
)
from allauth.socialaccount.providers.openid_connect.views import (
    OpenIDConnectOAuth2Adapter,
)
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Forbidden
from core.templating import render
from people import sign_on

BROKEN = (requests.RequestException, OAuth2Error, KeyError, ValueError, TypeError)


class SignIn(LoginView):
    """The sign-in page; it knows whether there is a provider."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the provider that is on."""
        return {**super().get_context_data(**kwargs), "sign_on": sign_on.current()}


class Ours(OpenIDConnectOAuth2Adapter):
    """OpenID Connect as allauth does it, held to what we insist on."""

    @property
    def openid_config(self) -> Any:
        """The issuer's description; it has to be the issuer's own."""
        if not hasattr(self, "_openid_config"):
            issuer = self.get_provider().app.settings["server_url"]
            self._openid_config = dict(sign_on.discovered(issuer))
        return self._openid_config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Where the provider sends people back to: under BASE_URL, whoever asks."""
        return callback_url()

    def complete_login(
        self, request: HttpRequest, app: Any, token: Any, **kwargs: Any
    ) -> SocialLogin:
        """Whose login it is; the signed word and the told one name the same person."""
        told = kwargs["response"].get("id_token")
        claims = self._decode_id_token(app, told) if told else {}
        if not claims.get("sub"):
            raise OAuth2Error("no id_token")
        said = {"id_token": claims}
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            more = self._fetch_user_info(token.token)
            if more.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo is another person's")
            said["userinfo"] = more
        login = self.get_provider().sociallogin_from_response(request, said)
        request.sign_on_claims = said.get("userinfo") or claims  # type: ignore[attr-defined]
        login.account.extra_data = {}  # what it says of a person is not kept
        return login


class OurProvider(OpenIDConnectProvider):
    """With our adapter."""

    oauth2_adapter_class = Ours


class Sociable(DefaultSocialAccountAdapter):
    """Who comes in through the provider is for `people.sign_on` to say."""

    def list_apps(
        self, request: HttpRequest, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        """The one provider that administrators set, if it is on."""
        row = sign_on.current()
        return [_app(row)] if row is not None else []

    def get_provider(
        self, request: HttpRequest, provider: Any, client_id: Any = None
    ) -> OurProvider:
        """It, or 404."""
        apps = self.list_apps(request)
        if not apps:
            raise Http404
        return OurProvider(request, app=apps[0])

    def get_requests_session(self) -> requests.Session:
        """Guarded: https, short answers, no redirects."""
        return sign_on.Provider()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody signs up by themselves."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the person; a page says why not."""
        row = sign_on.current()
        claims = getattr(request, "sign_on_claims", None)
        if row is None or claims is None:
            raise Http404
        try:
            user, account = sign_on.person_for(
                row, uid=sociallogin.account.uid, claims=claims, at=timezone.now()
            )
        except Forbidden as no:
            raise ImmediateHttpResponse(refused(request, no.detail, 403)) from no
        sociallogin.user, sociallogin.account = user, account


def _app(row: Any) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=sign_on.provider_id(row),
        name=row.name,
        client_id=row.client_id,
        secret=sign_on.secret_of(row),
        settings={"server_url": row.issuer, "oauth_pkce_enabled": True},
    )


def callback_url() -> str:
    """What an administrator tells the provider."""
    return settings.BASE_URL + reverse("sign-on-back")


def refused(request: HttpRequest, why: str, status: int) -> HttpResponse:
    """A page that says why nobody was signed in."""
    page = "socialaccount/refused.html"
    return render(request, page, {"why": why, "row": sign_on.current()}, status=status)


def _did_not_answer(request: HttpRequest) -> HttpResponse:
    return refused(request, _("The provider did not answer as it should."), 502)


def start(request: HttpRequest) -> HttpResponse:
    """To the provider, by way of a page of ours: a form of ours may end only here."""
    row = sign_on.current()
    if row is None:
        raise Http404
    if request.method != "POST":
        return Redirect(reverse("account_login"))
    next_url = request.POST.get("next", "")
    if not account_adapter(request).is_safe_url(next_url):
        next_url = ""
    provider = OurProvider(request, app=_app(row))
    try:
        answer = provider.redirect(request, process="login", next_url=next_url or None)
    except BROKEN:
        return _did_not_answer(request)
    where = answer.headers.get("Location", "")
    if not sign_on.is_safe(where):
        return _did_not_answer(request)
    page = "socialaccount/onward.html"
    return render(request, page, {"where": where, "row": row})


def back(request: HttpRequest) -> HttpResponse:
    """From the provider, with a code."""
    row = sign_on.current()
    if row is None:
        raise Http404
    if request.GET.get("error") == "access_denied":
        return refused(request, _("You did not go on at the provider."), 403)
    view = OAuth2CallbackView.adapter_view(Ours(request, sign_on.provider_id(row)))
    try:
        answer: HttpResponse = view(request)
    except BROKEN:
        return _did_not_answer(request)
    return answer
