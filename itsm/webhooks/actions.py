"""What administrators do with webhooks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import jobs, outbound
from core.errors import Invalid, WrongState
from core.log import act, record
from core.models import Event
from core.outbound import OutboundError
from itsm.tickets.states import TicketType
from itsm.webhooks import consumer, matching, replaying, signing
from itsm.webhooks.models import TEST, Delivery, Replay, Webhook
from people.changes import Changes, Given, as_made, put, require_known, require_name
from people.models import Organisation, Service, Team, User
from people.policy import require

VERB = "webhook.change"
FIELDS = frozenset({"name", "url", "kinds", "filters", "with_restricted", "owner"})
PLACES: Mapping[str, Any] = {
    "team": Team,
    "service": Service,
    "organisation": Organisation,
}
LONGEST_NAME, LONGEST_URL, MOST_KINDS = 100, 2000, 50
HEALED = ("failure", "failures", "failing_since", "rests_until")
State = Delivery.State


def create_webhook(*, by: User, at: datetime, **given: Any) -> tuple[Webhook, str]:
    """A new one, and its secret, which is told only now. It hears from now on.

    Its address is looked up before it is kept. Raises Forbidden, Invalid.
    """
    require(by, VERB)
    given = _checked({"name": "", "url": "", "kinds": [], "owner": by, **given})
    secret = signing.new_secret()
    with act():
        require(by, VERB)
        _require_free(given["name"], None)
        last = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
        webhook = Webhook.objects.create(
            **given, secret=signing.sealed(secret), after=last or 0, created_at=at
        )
        changes = _hidden(as_made(given, ()))
        record("webhook.create", subject=webhook, by=by, at=at, changes=changes)
    return webhook, secret


def change_webhook(
    *, webhook: Webhook, by: User, at: datetime, **given: Any
) -> Webhook:
    """Change what is given. What waits is sent to the new address.

    Raises Forbidden, Invalid.
    """
    require(by, VERB)
    given = _checked(given)
    with act():
        webhook = _locked(webhook)
        require(by, VERB)
        if "name" in given:
            _require_free(given["name"], webhook)
        changes = put(webhook, given, texts=(), by=by, at=at)
        if "url" in changes:
            _heal(webhook, keep_failure=not webhook.is_open)
        if changes:
            told = _hidden(changes)
            record("webhook.change", subject=webhook, by=by, at=at, changes=told)
    return webhook


def pause_webhook(*, webhook: Webhook, by: User, at: datetime) -> Webhook:
    """Let nothing leave; what happens meanwhile waits. Repeated it changes nothing."""
    with act():
        webhook = _locked(webhook)
        require(by, VERB)
        if webhook.paused_at is None:
            webhook.paused_at, webhook.failure = at, ""
            webhook.save(update_fields=["paused_at", "failure"])
            changes: Changes = {"is_paused": (False, True)}
            record("webhook.pause", subject=webhook, by=by, at=at, changes=changes)
    return webhook


def resume_webhook(
    *, webhook: Webhook, by: User, at: datetime, skip: bool = False
) -> Webhook:
    """Let it go on: with what waits, in order, or (`skip`) without it.

    Raises Forbidden, WrongState where its owner has no access any more.
    """
    with act():
        webhook = _locked(webhook)
        require(by, VERB)
        if webhook.paused_at is None:
            return webhook
        if not webhook.owner.is_active:
            raise WrongState(_("Its owner has no access any more: name another one."))
        webhook.paused_at = None
        webhook.save(update_fields=["paused_at"])
        _heal(webhook)
        changes: Changes = {"is_paused": (True, False)}
        if skip:
            changes["skipped"] = (None, _skip(webhook, at))
        else:
            _waiting(webhook).update(due_at=at, first_at=None, tries=0)
        record("webhook.resume", subject=webhook, by=by, at=at, changes=changes)
    return webhook


def rotate_secret(*, webhook: Webhook, by: User, at: datetime) -> tuple[Webhook, str]:
    """A new secret, told only now; the former one signs too for a day.

    Raises Forbidden.
    """
    secret = signing.new_secret()
    with act():
        webhook = _locked(webhook)
        require(by, VERB)
        webhook.old_secret, webhook.old_until = webhook.secret, at + signing.BOTH
        webhook.secret = signing.sealed(secret)
        webhook.save(update_fields=["secret", "old_secret", "old_until"])
        changes: Changes = {"secret": (True, True)}
        record("webhook.rotate", subject=webhook, by=by, at=at, changes=changes)
    return webhook, secret


def delete_webhook(*, webhook: Webhook, by: User, at: datetime) -> None:
    """It hears nothing any more and its secrets are gone; the log still knows it."""
    with act():
        webhook = _locked(webhook)
        require(by, VERB)
        _skip(webhook, at)
        webhook.deleted_at, webhook.secret, webhook.old_secret = at, "", ""
        webhook.save(update_fields=["deleted_at", "secret", "old_secret"])
        record("webhook.delete", subject=webhook, by=by, at=at)


def test_webhook(*, webhook: Webhook, by: User, at: datetime) -> Delivery:
    """Send an event of its own to try it out, also while it is paused."""
    with act():
        webhook = _locked(webhook)
        require(by, VERB)
        webhook.rests_until = None  # whoever tries it out does not wait
        webhook.save(update_fields=["rests_until"])
        event = record(TEST, subject=webhook, by=by, at=at)
    delivery = consumer.delivery_of(webhook, event, at)
    delivery.save()
    consumer.poke()
    return delivery


def send_again(*, delivery: Delivery, by: User, at: datetime) -> Delivery:
    """Send one that is over once more, out of turn and under the same id.

    Raises Forbidden, WrongState for one that is still on its way.
    """
    with act():
        webhook = _locked(delivery.webhook)
        require(by, VERB)
        delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
        if delivery.state in {State.PENDING, State.SENDING}:
            raise WrongState(_("It is on its way already."))
        replaying.ask_again(Delivery.objects.filter(pk=delivery.pk), at, is_again=True)
        changes: Changes = {"event": (None, delivery.event_id)}
        record("webhook.send_again", subject=webhook, by=by, at=at, changes=changes)
    consumer.poke()
    delivery.refresh_from_db()
    return delivery


def replay_since(
    *, webhook: Webhook, by: User, at: datetime, since: datetime
) -> Replay:
    """Tell everything since a moment once more, in the background and in order.

    Raises Forbidden, Invalid, WrongState while another replay runs.
    """
    with act():
        webhook = _locked(webhook)
        require(by, VERB)
        if since > at:
            raise Invalid({"since": [_("Choose a moment that is over.")]})
        if not webhook.is_open:
            raise WrongState(_("The webhook is paused; let it go on first."))
        if replaying.running(webhook).exists():
            raise WrongState(_("A replay is running; wait until it is done."))
        job = replaying.begin(webhook, by=by, since=since, at=at)
        changes: Changes = {"starts_at": (None, since.isoformat())}
        record("webhook.replay", subject=webhook, by=by, at=at, changes=changes)
        jobs.start(job)
    return job


def _locked(webhook: Webhook) -> Webhook:
    rows = Webhook.objects.select_for_update(of=("self",)).select_related("owner")
    return rows.get(pk=webhook.pk, deleted_at=None)


def _waiting(webhook: Webhook) -> QuerySet[Delivery]:
    return Delivery.objects.filter(webhook=webhook, state=State.PENDING)


def _skip(webhook: Webhook, at: datetime) -> int:
    return _waiting(webhook).update(
        state=State.DROPPED, failure="hook.skipped|", due_at=at
    )


def _heal(webhook: Webhook, *, keep_failure: bool = False) -> None:
    """Begin anew with the other side."""
    webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
    webhook.failure = webhook.failure if keep_failure else ""
    webhook.save(update_fields=HEALED)


def _checked(given: Given) -> dict[str, Any]:
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
    if "kinds" in given:
        errors |= _wrong_kinds(given["kinds"])
    if "filters" in given:
        errors |= _wrong_filters(given["filters"])
    owner = given.get("owner")
    if owner is not None and (not owner.is_active or owner.is_machine):
        errors["owner"] = [_("The owner is a person with access.")]
    if errors:
        raise Invalid(errors)
    return given


def _wrong_kinds(kinds: list[str]) -> dict[str, list[str]]:
    if not kinds:
        return {"kinds": [_("Choose what it hears.")]}
    if len(kinds) > MOST_KINDS:
        return {"kinds": [_("Those are too many.")]}
    wrong = [kind for kind in kinds if not matching.KIND.fullmatch(kind)]
    words = {"kind": wrong[0][:60]} if wrong else {}
    said = _("“%(kind)s” is no kind of event. Write ticket.resolve, ticket.* or *.")
    return {"kinds": [said % words]} if wrong else {}


def _wrong_filters(filters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Ids that name nothing; doors read names, so this is for callers of ours."""
    for name, wanted in filters.items():
        if name == "priority":
            is_known = wanted in range(1, 6)
        elif name == "type":
            is_known = bool(wanted) and set(wanted) <= set(TicketType.values)
        else:
            model = PLACES.get(name)
            found = model and model.objects.filter(pk__in=wanted).count()
            is_known = bool(found) and found == len(set(wanted))
        if not is_known:
            return {"filters": [_("There is no such team, service or customer.")]}
    return {}


def _require_free(name: str, webhook: Webhook | None) -> None:
    others = Webhook.objects.filter(name__iexact=name, deleted_at=None)
    if others.exclude(pk=webhook.pk if webhook else 0).exists():
        raise Invalid({"name": [_("There is a webhook of that name already.")]})


def _hidden(changes: Changes) -> Changes:
    """For the log: which host, never the whole address; it may hold a secret."""
    return {
        name: (_host(old), _host(new)) if name == "url" else (old, new)
        for name, (old, new) in changes.items()
    }


def _host(url: str | None) -> str | None:
    return host_of(url) if url else None


def host_of(url: str) -> str:
    """Where an address leads."""
    try:
        return outbound.look_at(url).named
    except OutboundError:
        return ""
