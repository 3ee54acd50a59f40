"""What people do with rules: make, change, switch, move and remove them.

A new rule is off: it is tried on what was, and switched on by a change.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import WrongState
from core.log import act, record
from itsm.monitoring.alert_rules.checking import require_whole, tidied
from itsm.monitoring.models import AlertRule
from people.changes import Changes, as_made, one_at_a_time, put
from people.models import User
from people.policy import require

VERB = "alert_rule.change"
TEXTS = frozenset({"name"})
STEP = 1000  # between two rules, so that moving one writes one row


def create_rule(*, by: User, at: datetime, name: str, **given: Any) -> AlertRule:
    """A new rule, the last and switched off. Raises Forbidden, Invalid."""
    with act():
        require(by, VERB)
        fields = {**tidied({"name": name, **given}), "is_active": False}
        one_at_a_time()
        last = AlertRule.objects.order_by("-position").first()
        position = last.position + STEP if last else STEP
        rule = AlertRule(position=position, created_at=at, **fields)
        require_whole(rule)
        rule.save()
        changes = as_made(fields, TEXTS)
        record("alert_rule.create", subject=rule, by=by, at=at, changes=changes)
    return rule


def change_rule(*, rule: AlertRule, by: User, at: datetime, **given: Any) -> AlertRule:
    """Change its fields, or switch it on or off. Raises Forbidden, Invalid."""
    with act():
        rule = _locked(rule)
        require(by, VERB)
        fields = tidied(given)
        wished = AlertRule(
            group_by=fields.get("group_by", rule.group_by),
            labels=fields.get("labels", rule.labels),
        )
        require_whole(wished)
        changes = put(rule, fields, texts=TEXTS, by=by, at=at)
        if changes:
            record("alert_rule.change", subject=rule, by=by, at=at, changes=changes)
    return rule


def move_rule(
    *, rule: AlertRule, by: User, at: datetime, after: AlertRule | None
) -> AlertRule:
    """Put it behind another, or first. One row is written while there is room.

    Raises Forbidden.
    """
    with act():
        one_at_a_time()
        require(by, VERB)
        rows = list(AlertRule.objects.select_for_update(of=("self",)))
        ids = [row.pk for row in rows]
        others = [row for row in rows if row.pk != rule.pk]
        kept = [row.pk for row in others]
        place = kept.index(after.pk) + 1 if after and after.pk in kept else 0
        rule = rows[ids.index(rule.pk)]
        if ids.index(rule.pk) != place:
            _put_between(rule, others, place)
            told: Changes = {"order": (ids.index(rule.pk) + 1, place + 1)}
            record("alert_rule.move", subject=rule, by=by, at=at, changes=told)
    return rule


def _put_between(rule: AlertRule, others: list[AlertRule], place: int) -> None:
    low = others[place - 1].position if place else 0
    high = others[place].position if place < len(others) else low + 2 * STEP
    if high - low > 1:
        rule.position = (low + high) // 2
        rule.save(update_fields=["position"])
        return
    for n, row in enumerate([*others[:place], rule, *others[place:]], 1):
        row.position = n * STEP
        row.save(update_fields=["position"])


def remove_rule(*, rule: AlertRule, by: User, at: datetime) -> None:
    """Take one that is off away for good; alerts keep what it decided.

    Raises Forbidden, WrongState.
    """
    with act():
        rule = _locked(rule)
        require(by, VERB)
        if rule.is_active:
            raise WrongState(_("Switch it off first."))
        record("alert_rule.remove", subject=rule, by=by, at=at)
        rule.delete()


def _locked(rule: AlertRule) -> AlertRule:
    rows = AlertRule.objects.select_related("source", "service")
    return rows.select_for_update(of=("self",)).get(pk=rule.pk)
