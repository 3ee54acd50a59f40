"""What somebody is signed in with: kept in sight, and ended.

A browser's row is written when it signs in, and touched at most every few minutes:
the session itself says when that was, so that a page asks the database nothing.
"""

from datetime import datetime
from importlib import import_module
from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset, password_set
from django.conf import settings
from django.contrib.auth import SESSION_KEY, user_logged_in
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from core.log import act, record
from people.models import SignIn, User

SEEN = "seen"  # in the session: [seconds, row, key]
TOUCH_EVERY = 300  # seconds


def opened(request: HttpRequest, user: User, at: datetime) -> None:
    """Somebody signed in here."""
    session = request.session
    if session.session_key is None:
        session.create()
    row, _made = SignIn.objects.update_or_create(
        session_key=session.session_key or "",
        defaults={"user": user, "opened_at": at, "seen_at": at, **_from(request)},
    )
    session[SEEN] = [int(at.timestamp()), row.pk, session.session_key]


def touch(request: HttpRequest, at: datetime) -> None:
    """They are still there; a key that was changed on the way is followed."""
    session = request.session
    seen = session.get(SEEN)
    now = int(at.timestamp())
    if seen and now - seen[0] < TOUCH_EVERY and seen[2] == session.session_key:
        return
    user: Any = request.user
    key = session.session_key
    if key is None or not user.is_authenticated:
        return
    now_here = {"session_key": key, "seen_at": at, **_from(request)}
    pk = seen[1] if seen else 0
    if SignIn.objects.filter(pk=pk, user=user).update(**now_here):
        session[SEEN] = [now, pk, key]
    else:
        opened(request, user, at)


def _from(request: HttpRequest) -> dict[str, Any]:
    try:
        ip = str(ip_address(get_adapter().get_client_ip(request)))
    except (PermissionDenied, ValueError):
        ip = None
    agent = request.headers.get("User-Agent", "").replace("\x00", "")
    return {"ip": ip, "agent": agent[:300]}


def of(user: User) -> list[SignIn]:
    """Where the person is signed in now, newest first; what is over is forgotten."""
    rows = list(SignIn.objects.filter(user=user).order_by("-seen_at", "-pk"))
    running = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows],
            expire_date__gt=timezone.now(),
        ).values_list("session_key", flat=True)
    )
    over = [row.pk for row in rows if row.session_key not in running]
    if over:
        SignIn.objects.filter(pk__in=over).delete()
    return [row for row in rows if row.session_key in running]


def end(row: SignIn) -> None:
    """Sign that browser out; its live channel ends with it."""
    _store(row.session_key).delete()
    row.delete()


def end_all(user: User, *, but: str | None = None) -> int:
    """Sign the person out everywhere; how many sessions that were.

    Reads all running sessions: a rare act, a few milliseconds per thousand.
    """
    ended = 0
    running = Session.objects.filter(expire_date__gt=timezone.now())
    for session in running.iterator(chunk_size=1000):
        mine = session.get_decoded().get(SESSION_KEY) == str(user.pk)
        if mine and session.session_key != but:
            _store(session.session_key).delete()
            ended += 1
    SignIn.objects.filter(user=user).exclude(session_key=but or "").delete()
    return ended


def forget_old(at: datetime) -> int:
    """Rows and sessions that are over: nobody's address is kept for longer."""
    Session.objects.filter(expire_date__lt=at).delete()
    seconds = at.timestamp() - settings.SESSION_COOKIE_AGE
    old = datetime.fromtimestamp(seconds, tz=at.tzinfo)
    return SignIn.objects.filter(seen_at__lt=old).delete()[0]


def _store(key: str) -> Any:
    engine: Any = import_module(settings.SESSION_ENGINE)
    return engine.SessionStore(key)


def _signed_in(sender: Any, request: Any, user: User, **more: Any) -> None:
    if request is not None and hasattr(request, "session"):
        opened(request, user, timezone.now())


def _new_password(sender: Any, request: Any, user: User, **more: Any) -> None:
    """A new password ends what was signed in with the old one."""
    here = request.session.session_key if request.user.is_authenticated else None
    end_all(user, but=here)
    with act():
        record("user.password", subject=user, by=user, at=timezone.now())


def listen() -> None:
    """Note sign-ins, and end sessions with their password."""
    user_logged_in.connect(_signed_in, dispatch_uid="people.sessions")
    for signal in (password_changed, password_set, password_reset):
        signal.connect(_new_password, dispatch_uid="people.sessions")


KNOWN = (  # the first that fits; Chrome calls itself Safari, Edge calls itself Chrome
    *(("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox")),
    *(("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")),
)
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")),
)


def device(agent: str) -> tuple[str, str]:
    """Browser and system, as far as the browser says; empty where it does not."""
    browser = next((name for sign, name in KNOWN if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return browser, system
