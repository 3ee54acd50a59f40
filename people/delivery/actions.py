"""What administrators do with routes, messages and paused addresses."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import outbound
from core.errors import Invalid, WrongState
from core.log import act, record
from core.outbound import OutboundError
from core.sealing import seal, unseal
from notify import bounces, rulebook
from notify.channels import hooks
from notify.lanes import channel_of
from notify.models import Channel, Lane, Message, Reach, Route
from people.changes import Changes, Given, as_made, put, require_known, require_name
from people.models import Service, Team, User
from people.policy import require

VERB = "delivery.change"
SECRETS = {"url": hooks.URL, "secret": hooks.SECRET}
FIELDS = frozenset({"name", "rules", "filters", "is_active", *SECRETS})
LONGEST_NAME, LONGEST_SECRET = 100, 1000
State = Message.State


def create_route(*, by: User, at: datetime, kind: str, **given: Any) -> Route:
    """A new way out. Its address is looked up before it is kept.

    Raises Forbidden, Invalid.
    """
    require(by, VERB)
    if kind not in Route.Kind.values:
        raise Invalid({"kind": [_("There is no such kind.")]})
    given = _checked({"name": "", "url": "", **given}, kind)
    with act():
        require(by, VERB)
        _require_free(given["name"], None)
        route = Route.objects.create(kind=kind, **_sealed(given))
        changes = as_made({**given, "kind": kind}, ())
        record(
            "route.create", subject=route, by=by, at=at, changes=_hidden(changes, {})
        )
    return route


def change_route(*, route: Route, by: User, at: datetime, **given: Any) -> Route:
    """Change what is given; an empty address or secret keeps the one that is there.

    A route that was paused by the other side goes on. Raises Forbidden, Invalid.
    """
    require(by, VERB)
    kept = {n: v for n, v in given.items() if not (n in SECRETS and v == "")}
    kept = _checked(kept, route.kind)
    with act():
        route = Route.objects.select_for_update().get(pk=route.pk)
        require(by, VERB)
        if "name" in kept:
            _require_free(kept["name"], route)
        was_set = {name: bool(getattr(route, name)) for name in SECRETS}
        changes = put(route, _sealed(kept), texts=(), by=by, at=at)
        changes |= _go_on(route, kept)
        if changes:
            told = _hidden(changes, was_set)
            record("route.change", subject=route, by=by, at=at, changes=told)
    return route


def _go_on(route: Route, given: Given) -> Changes:
    """What the other side refused is tried anew after a change, or when switched on."""
    if route.paused_at is None or not ({"url", "secret"} & given.keys()):
        return {}
    return _unpaused(route)


def _unpaused(route: Route) -> Changes:
    route.paused_at, route.failure = None, ""
    route.save(update_fields=["paused_at", "failure"])
    Lane.objects.filter(pk=f"route:{route.pk}").delete()
    return {"is_paused": (True, False)}


def pause_route(
    *, route: Route, by: User, at: datetime, is_paused: bool = True
) -> Route:
    """Let nothing leave on it, or go on; repeated it changes nothing."""
    with act():
        route = Route.objects.select_for_update().get(pk=route.pk)
        require(by, VERB)
        if is_paused and route.paused_at is None:
            route.paused_at = at
            route.save(update_fields=["paused_at"])
            changes: Changes = {"is_paused": (False, True)}
            record("route.pause", subject=route, by=by, at=at, changes=changes)
        elif not is_paused and route.paused_at is not None:
            changes = _unpaused(route)
            record("route.resume", subject=route, by=by, at=at, changes=changes)
    return route


def test_route(*, route: Route, by: User, at: datetime) -> Message:
    """Send a message to try it out; a gateway sends it to whoever asks.

    Raises Forbidden, WrongState where it is paused or has nowhere to send it.
    """
    with act():
        route = Route.objects.select_for_update().get(pk=route.pk)
        require(by, VERB)
        if not route.is_active or route.paused_at is not None:
            raise WrongState(_("The route is paused; let it go on first."))
        _require_reached(route, by)
        event = record("route.test", subject=route, by=by, at=at)
    channel = channel_of(route.kind)
    return Message.objects.create(
        channel=channel,
        user=by if channel == Channel.PAGE else None,
        route=route,
        subject_type=Route.subject_type,
        subject_id=route.pk,
        events=[["route.test", event.pk]],
        is_urgent=channel == Channel.PAGE,
        created_at=at,
        due_at=at,
    )


def _require_reached(route: Route, by: User) -> None:
    reach = Reach.objects.filter(pk=by.pk).first() or Reach()
    if route.kind == Route.Kind.SMS and not reach.page_phone:
        raise WrongState(_("A test goes to you, and you have no number for paging."))
    if route.kind == Route.Kind.NTFY and not reach.page_topic:
        raise WrongState(_("A test goes to you, and you have no topic of ntfy."))


def send_again(*, message: Message, by: User, at: datetime) -> Message:
    """Send one that failed again, with the Message-ID it had.

    Raises Forbidden, WrongState for one that did not fail.
    """
    with act():
        message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        require(by, VERB)
        if message.state != State.FAILED:
            raise WrongState(_("Only a message that failed can be sent again."))
        _wait_again([message.pk], at)
        changes: Changes = {"messages": (None, 1), "channel": (None, message.channel)}
        record("user.send_again", subject=by, by=by, at=at, changes=changes)
    message.refresh_from_db()
    return message


def send_all_again(*, channel: str, by: User, at: datetime) -> int:
    """Send all that failed on one channel again; how many."""
    with act():
        require(by, VERB)
        rows = Message.objects.filter(state=State.FAILED, channel=channel)
        ids = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
        if ids:
            _wait_again(ids, at)
            changes: Changes = {
                "messages": (None, len(ids)),
                "channel": (None, channel),
            }
            record("user.send_again", subject=by, by=by, at=at, changes=changes)
    return len(ids)


def _wait_again(ids: list[int], at: datetime) -> None:
    Message.objects.filter(pk__in=ids).update(
        state=State.WAITING, due_at=at, tries=0, failure="", runner=None
    )


def release_address(*, user: User, by: User, at: datetime) -> bool:
    """Mail goes to this person again; whether it was paused."""
    with act():
        user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        require(by, VERB)
        return bounces.release(user, by=by, at=at)


def _checked(given: Given, kind: str) -> dict[str, Any]:
    """What was given, clean. Looks the address up, so call it outside of `act`."""
    require_known(given, FIELDS)
    given = {n: v.strip() if isinstance(v, str) else v for n, v in given.items()}
    require_name(given)
    errors: dict[str, list[str]] = {}
    if len(given.get("name", "")) > LONGEST_NAME:
        errors["name"] = [_("That is too long.")]
    if "url" in given:
        try:
            outbound.check(given["url"])
        except OutboundError as no:
            errors["url"] = [str(no)]
    secret = given.get("secret", "")
    if len(secret) > LONGEST_SECRET or not (secret.isascii() and secret.isprintable()):
        errors["secret"] = [_("A secret is plain letters, digits and signs.")]
    errors |= _unheard(given, kind)
    if errors:
        raise Invalid(errors)
    return given


def _unheard(given: Given, kind: str) -> dict[str, list[str]]:
    """What is wrong with the rules a room hears, and where from."""
    is_room = channel_of(kind) == Channel.CHAT
    if not is_room and (given.get("rules") or given.get("filters")):
        return {"rules": [_("A gateway pages people; it hears no rules.")]}
    known = {rule.name for rule in rulebook.rules()}
    errors = {}
    if wrong := [name for name in given.get("rules", ()) if name not in known]:
        words = {"name": wrong[0]}
        errors["rules"] = [_("There is no rule “%(name)s”.") % words]
    models: Mapping[str, Any] = {"team": Team, "service": Service}
    for name, ids in given.get("filters", {}).items():
        model = models.get(name)
        if model is None or model.objects.filter(pk__in=ids).count() != len(set(ids)):
            errors["filters"] = [_("There is no such team or service.")]
    return errors


def _require_free(name: str, route: Route | None) -> None:
    others = Route.objects.filter(name__iexact=name)
    if others.exclude(pk=route.pk if route else 0).exists():
        raise Invalid({"name": [_("There is a route of that name already.")]})


def _sealed(given: Given) -> dict[str, Any]:
    return {
        name: seal(value, purpose=SECRETS[name]) if name in SECRETS and value else value
        for name, value in given.items()
    }


def _hidden(changes: Changes, was_set: Mapping[str, bool]) -> Changes:
    """For the log: that a secret was set, never what it is."""
    return {
        name: (was_set.get(name, False), True) if name in SECRETS else change
        for name, change in changes.items()
    }


def host_of(route: Route) -> str:
    """Where it leads, without what makes it a secret."""
    try:
        return outbound.look_at(unseal(route.url, purpose=hooks.URL)).named
    except OutboundError:
        return ""
