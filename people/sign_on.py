"""Signing in with the organisation's own accounts (OpenID Connect).

One provider, set by administrators. What it says of an address is believed for the
domains they allow, and only where it says that the address is verified; who somebody
is afterwards is its lasting `sub`, never the address, which can move to another person.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid
from core.log import act, record
from core.sealing import seal, unseal
from people.changes import Changes, as_made, one_at_a_time
from people.models import SignOn, User
from people.policy import require

PURPOSE = "sign-on"
FIELDS = ("name", "issuer", "client_id", "domains", "is_active")
WAIT = 10  # seconds for an answer of the provider
MOST = 1_000_000  # bytes of one answer
LONGEST = 254  # characters of an address
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Unsafe(requests.RequestException):
    """An address that nothing is sent to."""


class Provider(requests.Session):
    """Asks the provider: over https outside this machine, short, never sent on."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer. Raises requests.RequestException."""
        if not is_safe(str(url)):
            raise Unsafe("not an https address")
        kwargs |= {"timeout": WAIT, "allow_redirects": False, "stream": True}
        answer = super().request(method, url, *args, **kwargs)
        body = b""
        for piece in answer.iter_content(65_536):
            body += piece
            if len(body) > MOST:
                raise Unsafe("too long an answer")
        answer._content = body
        return answer


def is_safe(url: str) -> bool:
    """Whether secrets may go there: https, or this machine itself."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.username or parts.password or not parts.hostname:
        return False
    here = parts.scheme == "http" and parts.hostname in LOOPBACK
    return parts.scheme == "https" or here


def discovered(issuer: str) -> Mapping[str, Any]:
    """What the issuer says of itself. Raises ValueError with a sentence."""
    if not is_safe(issuer):
        raise ValueError(_("The address has to begin with https://."))
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        with Provider() as session:
            answer = session.get(address)
            answer.raise_for_status()
            found = answer.json()
    except (requests.RequestException, ValueError) as no:
        sentence = _("No OpenID Connect provider answers at %(address)s.")
        raise ValueError(sentence % {"address": address}) from no
    named = found.get("issuer") if isinstance(found, dict) else None
    if str(named or "").rstrip("/") != issuer.rstrip("/"):
        raise ValueError(_("The provider there calls itself something else."))
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_safe(str(found.get(name, ""))):
            raise ValueError(_("The provider names an address that is not https."))
    return found


def current() -> SignOn | None:
    """The provider that is on."""
    return SignOn.objects.filter(is_active=True).first()


def provider_id(row: SignOn) -> str:
    """What its accounts are kept under: another issuer's `sub` is another person."""
    return "sso-" + blake2b(row.issuer.rstrip("/").encode(), digest_size=8).hexdigest()


def secret_of(row: SignOn) -> str:
    """The client secret, to be sent to the provider and nowhere else."""
    return unseal(row.secret, purpose=PURPOSE) if row.secret else ""


def save_sign_on(*, by: User, at: datetime, secret: str = "", **given: Any) -> SignOn:
    """Set the provider; an empty secret keeps the one that is there.

    Asks the issuer who it is before anything is kept. Raises Forbidden, Invalid.
    """
    require(by, "people.change")
    given = _checked(given, secret)
    with act():
        require(by, "people.change")
        one_at_a_time()
        row = SignOn.objects.select_for_update().first()
        is_new = row is None
        row = row or SignOn()
        old = {name: getattr(row, name) for name in FIELDS}
        for name in FIELDS:
            setattr(row, name, given.get(name, old[name]))
        if secret:
            row.secret = seal(secret, purpose=PURPOSE)
        row.save()
        if is_new:
            changes = as_made(given, ())
        else:
            new = {name: getattr(row, name) for name in FIELDS}
            changes = {n: (old[n], new[n]) for n in FIELDS if old[n] != new[n]}
        if secret:
            changes["secret"] = (not is_new, True)  # that it was set, never what it is
        if changes:
            kind = "sign_on.create" if is_new else "sign_on.change"
            record(kind, subject=row, by=by, at=at, changes=changes)
    return row


def _checked(given: Mapping[str, Any], secret: str) -> dict[str, Any]:
    row = SignOn.objects.first()
    errors: dict[str, list[str]] = {}
    given = {**given, "issuer": str(given.get("issuer", "")).strip().rstrip("/")}
    domains = [str(d).strip().lower().lstrip("@") for d in given.get("domains", ())]
    given["domains"] = sorted({d for d in domains if d})
    for name in ("name", "client_id"):
        if not str(given.get(name, "")).strip():
            errors[name] = [_("This is needed.")]
    wrong = [d for d in given["domains"] if not _is_domain(d)]
    if wrong:
        sentence = _("“%(domain)s” is not a domain like acme.example.")
        errors["domains"] = [sentence % {"domain": wrong[0]}]
    elif not given["domains"]:
        errors["domains"] = [_("Name at least one domain whose people may sign in.")]
    moved = row is None or row.issuer != given["issuer"]
    if moved and not secret:
        errors["secret"] = [_("The secret is needed with a new issuer.")]
    if moved or given.get("is_active"):
        try:
            discovered(given["issuer"])
        except ValueError as no:
            errors["issuer"] = [str(no)]
    if errors:
        raise Invalid(errors)
    return given


def _is_domain(domain: str) -> bool:
    try:
        validate_email(f"x@{domain}")
    except ValidationError:
        return False
    return "." in domain


def person_for(
    row: SignOn, *, uid: str, claims: Mapping[str, Any], at: datetime
) -> tuple[User, SocialAccount]:
    """Whom the provider signs in: known by `sub`, else by a verified, allowed address.

    Raises Forbidden with a sentence for the person.
    """
    with act():
        account = _known(row, uid)
        if account is None:
            one_at_a_time()  # somebody new may come back from the provider in two tabs
            account = _known(row, uid) or _linked(row, uid, claims, at)
        return _active(account.user), account


def _known(row: SignOn, uid: str) -> SocialAccount | None:
    rows = SocialAccount.objects.select_for_update(of=("self",)).select_related("user")
    found: SocialAccount | None = rows.filter(
        provider=provider_id(row), uid=uid
    ).first()
    return found


def _linked(
    row: SignOn, uid: str, claims: Mapping[str, Any], at: datetime
) -> SocialAccount:
    """The person of that address, from now on known by `sub`; made where there is none.

    Raises Forbidden.
    """
    email = _address(row, claims)
    rows = User.objects.select_for_update(of=("self",))
    user = rows.filter(email__iexact=email).first()
    if user is None:
        user = _created(row, email, claims, at)
    _active(user)
    theirs = SocialAccount.objects.filter(user=user, provider=provider_id(row))
    if theirs.exists():  # the address is somebody else's now, or was
        raise Forbidden(
            _("%(email)s belongs to another account of %(name)s here.")
            % {"email": email, "name": row.name}
        )
    account = SocialAccount.objects.create(
        user=user, provider=provider_id(row), uid=uid, extra_data={}
    )
    changes: Changes = {"sign_on": (None, row.pk)}
    record("user.sign_on_link", subject=user, by=user, at=at, changes=changes)
    return account


def _active(user: User) -> User:
    if not user.is_active or user.is_machine:
        raise Forbidden(_("This account is closed."))
    return user


def _address(row: SignOn, claims: Mapping[str, Any]) -> str:
    """The address the provider vouches for, of a domain that is allowed."""
    email = str(claims.get("email") or "").strip().lower()
    try:
        validate_email(email)
        if len(email) > LONGEST:
            raise ValidationError("too long")
    except ValidationError:
        raise Forbidden(
            _("%(name)s told us no e-mail address.") % {"name": row.name}
        ) from None
    verified = _is_verified(claims)
    if not verified:
        words = {"name": row.name, "email": email}
        raise Forbidden(
            _(
                "%(name)s does not say whether %(email)s is verified, so nobody is "
                "signed in by it. Settings, Sign-on, says what an administrator can do."
            )
            % words
            if verified is None
            else _("%(name)s has not verified %(email)s.") % words
        )
    if email.rpartition("@")[2] not in row.domains:
        words = {"email": email}
        raise Forbidden(
            _("People with %(email)s do not sign in this way here.") % words
        )
    return email


def _is_verified(claims: Mapping[str, Any]) -> bool | None:
    """Whether the address is verified; None where the provider says nothing of it.

    Microsoft Entra knows no `email_verified`: its `xms_edov` ("email domain owner
    verified") is the same, and is sent as true or as 1.
    https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
    """
    if "email_verified" in claims:
        return claims["email_verified"] is True
    if "xms_edov" in claims:
        return claims["xms_edov"] in (True, "1", "true")
    return None


def _created(row: SignOn, email: str, claims: Mapping[str, Any], at: datetime) -> User:
    """A requester: what more they may do is for administrators to say."""
    said = str(claims.get("name") or "").replace("\x00", "")
    name = " ".join(said.split())[:200] or email.partition("@")[0]
    user = User(email=email, name=name, created_at=at)
    user.set_unusable_password()
    user.save()
    changes: Changes = {"sign_on": (None, row.pk)}
    record("user.create", subject=user, by=None, at=at, changes=changes)
    return user


def is_linked(user: User) -> bool:
    """Whether the provider signs this person in."""
    return SocialAccount.objects.filter(user_id=user.pk).exists()


def unlink_sign_on(*, user: User, by: User, at: datetime) -> int:
    """The provider's account is no longer this person's (the address moved on)."""
    with act():
        user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        require(by, "people.change")
        count, _kinds = SocialAccount.objects.filter(user=user).delete()
        if count:
            changes: Changes = {"sign_on": (True, None)}
            record("user.sign_on_unlink", subject=user, by=by, at=at, changes=changes)
    return count
