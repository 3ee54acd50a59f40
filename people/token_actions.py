"""Issuing and revoking API tokens: one's own, or (administrators) anybody's."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid
from core.log import act, record
from people import tokens
from people.changes import Changes
from people.models import ApiToken, User
from people.policy import Scope, allows

SCOPES = (
    "read",  # of whatever else is named; by itself, of everything
    *("incidents", "requests", "changes", "problems", "tickets", "events"),
    *("services", "categories", "offerings", "teams", "users", "organisations"),
    *("processes", "articles", "feedback", "tags", "reply-templates", "exports"),
    *("views", "mentions", "handovers", "outages", "calendars", "rotas"),
    *("absences", "agreements", "promises", "notifications", "notification-texts"),
    *("messages", "routes", "sources", "alerts", "alert-rules", "maintenance"),
    *("freezes", "change-kinds", "change-proposals", "approvals", "authorities"),
    *("delegations", "shelves", "recurring", "charges", "tasks", "entitlements"),
    *("courses", "trainings", "profiles", "stories", "ideas", "sprints"),
    *("impediments", "increments", "activities", "refinements"),
    *("deployments", "webhooks", "service-accounts", "me"),
)
MOST_PER_MINUTE = 1_000_000


def issue_token(
    *,
    user: User,
    by: User,
    at: datetime,
    name: str,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
    per_minute: int | None = None,
) -> tuple[ApiToken, str]:
    """A token for oneself, or (administrators) for somebody; its secret is told once.

    Raises Forbidden, Invalid.
    """
    with act():
        user = User.objects.select_for_update().get(pk=user.pk)
        _require_token(user, by)
        if not name.strip():
            raise Invalid({"name": [_("Say what the token is for.")]})
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown:
            raise Invalid({"scopes": [_("There is no “%(s)s”.") % {"s": unknown[0]}]})
        if expires_at is not None and expires_at <= at:
            raise Invalid({"expires_at": [_("Choose a day that is still ahead.")]})
        if per_minute is not None and not 1 <= per_minute <= MOST_PER_MINUTE:
            words = {"most": MOST_PER_MINUTE}
            wrong = _("Send a whole number, 1 to %(most)s.") % words
            raise Invalid({"per_minute": [wrong]})
        if not user.is_active:
            raise Invalid({"user": [_("This person has no access.")]})
        row, secret = tokens.issue(
            user=user,
            name=name.strip()[:100],
            at=at,
            scopes=scopes,
            expires_at=expires_at,
            per_minute=per_minute,
        )
        changes: Changes = {"user": (None, user.pk), "scopes": (None, list(scopes))}
        record("token.issue", subject=row, by=by, at=at, changes=changes)
    return row, secret


def revoke_token(*, token: ApiToken, by: User, at: datetime) -> ApiToken:
    """A token works no longer. Doing it again changes nothing."""
    with act():
        token = (
            ApiToken.objects.select_for_update(of=("self",))
            .select_related("user")
            .get(pk=token.pk)
        )
        _require_token(token.user, by)
        if token.revoked_at is None:
            note_revoked(token, by, at)
    return token


def note_revoked(token: ApiToken, by: User, at: datetime) -> None:
    """Mark a locked token and say so in the log."""
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    changes: Changes = {"revoked_at": (None, at.isoformat())}
    record("token.revoke", subject=token, by=by, at=at, changes=changes)


def _require_token(user: User, by: User) -> None:
    own = frozenset({Scope.SELF}) if user.pk == by.pk else frozenset()
    if not (allows(by, "account.change", own) or allows(by, "people.change")):
        raise Forbidden(_("Tokens are issued by their person or an administrator."))
