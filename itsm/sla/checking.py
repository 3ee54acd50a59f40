"""What an agreement has to be like; a sentence for everything that is wrong with it."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.sla.models import Agreement, ClockKind
from itsm.sla.steps import ANY_PROMISE
from itsm.sla.terms import PROMISES
from people.models import User
from processes.definition import PRIORITIES
from processes.durations import WORKING_DAY, duration
from processes.reading import did_you_mean

PRIORITY_NAMES = [f"P{priority}" for priority in PRIORITIES]
CUSTOMER_PROMISES = [promise.value for promise in PROMISES]
HOUSE_PROMISES = [ClockKind.RESOLUTION.value]
CHANNELS = ("inbox", "mail", "chat", "page")
WHO = (
    *("owner", "team", "lead", "on_duty", "next_on_duty", "duty_manager"),
    *("service_owner", "customer_contact", "dispatcher"),
)
PERSON = "user:"
MOST_STEPS = 20
LONGEST_WARNINGS = 10
Wrong = Iterator[tuple[str, str]]  # field, sentence


def promises_of(kind: str) -> list[str]:
    """What an agreement of this kind can promise."""
    return CUSTOMER_PROMISES if kind == Agreement.Kind.CUSTOMER else HOUSE_PROMISES


def check(agreement: Agreement, given: Mapping[str, Any]) -> None:
    """Raise Invalid with all that is wrong with an agreement as it would be.

    `given` are the fields that are being set. Asks for overlaps last, so that ones
    that nobody can make sense of are not compared.
    """
    errors: dict[str, list[str]] = {}
    for rule in (_parties, _targets, _warnings, _steps, _days):
        for name, sentence in rule(agreement, given):
            errors.setdefault(name, []).append(sentence)
    if not errors and agreement.is_active:
        for name, sentence in _overlaps(agreement):
            errors.setdefault(name, []).append(sentence)
    if errors:
        raise Invalid(errors)


def _parties(agreement: Agreement, given: Mapping[str, Any]) -> Wrong:
    is_house = agreement.kind == Agreement.Kind.OPERATIONAL
    if is_house and agreement.team is None:
        yield "team", _("Say which team or supplier promises it.")
    if not is_house and agreement.team is not None:
        yield (
            "team",
            _("With a customer the whole house promises; leave the team empty."),
        )
    calendar = given.get("calendar")
    if calendar is not None and not calendar.is_active:
        words = {"name": calendar.name}
        yield "calendar", _("The calendar “%(name)s” is retired.") % words
    for priority in agreement.around_the_clock:
        if priority not in PRIORITIES:
            yield (
                "around_the_clock",
                _("There is no priority P%(n)s.") % {"n": priority},
            )


def _targets(agreement: Agreement, given: Mapping[str, Any]) -> Wrong:
    known = promises_of(agreement.kind)
    if not agreement.targets:
        yield "targets", _("Promise something: give a priority a target.")
    for name, promised in agreement.targets.items():
        if name not in PRIORITY_NAMES:
            words = {"name": name, "hint": did_you_mean(name, PRIORITY_NAMES)}
            yield "targets", _("There is no priority “%(name)s”%(hint)s.") % words
            continue
        lengths: dict[str, timedelta] = {}
        for promise, text in promised.items():
            path = f"targets.{name}.{promise}"
            if promise not in known:
                words = {"name": promise, "known": ", ".join(known)}
                yield (
                    path,
                    _("“%(name)s” is not promised here; known: %(known)s.") % (words),
                )
                continue
            try:
                lengths[promise] = duration(text, day=WORKING_DAY)
            except ValueError as wrong:
                yield path, _sentence(str(wrong))
        yield from _in_order(name, lengths)


def _in_order(name: str, lengths: Mapping[str, timedelta]) -> Wrong:
    response, resolution = lengths.get("response"), lengths.get("resolution")
    if response and resolution and response > resolution:
        yield (
            f"targets.{name}.response",
            _("%(p)s: the first response would come after the resolution.")
            % {"p": name},
        )


def _warnings(agreement: Agreement, given: Mapping[str, Any]) -> Wrong:
    if len(agreement.warnings) > LONGEST_WARNINGS:
        most = {"most": LONGEST_WARNINGS}
        yield "warnings", _("At most %(most)s warnings are possible.") % most
    for share in agreement.warnings:
        if not 1 <= share <= 99:
            yield (
                "warnings",
                _("Warn between 1 and 99 percent, not at %(n)s.") % {"n": share},
            )


def _steps(agreement: Agreement, given: Mapping[str, Any]) -> Wrong:
    if len(agreement.escalations) > MOST_STEPS:
        most = {"most": MOST_STEPS}
        yield "escalations", _("At most %(most)s steps are possible.") % most
        return
    if "escalations" not in given:
        return  # whoever left since is the concern of whoever is told instead
    for number, step in enumerate(agreement.escalations, 1):
        for sentence in _step(agreement, step):
            words = {"n": number, "sentence": sentence}
            yield "escalations", _("Step %(n)s: %(sentence)s") % words


def _step(agreement: Agreement, step: Any) -> Iterator[str]:
    if not isinstance(step, dict) or step.keys() - {
        *("when", "promise", "who", "channel")
    }:
        yield _("it has when, promise, who and channel.")
        return
    yield from _when(step.get("when"))
    of = [ANY_PROMISE, *(kind.value for kind in ClockKind)]
    if step.get("promise", ANY_PROMISE) not in of:
        yield _("it is about one of: %(known)s.") % {"known": ", ".join(of)}
    if step.get("channel") not in CHANNELS:
        yield _("its channel is one of: %(known)s.") % {"known": ", ".join(CHANNELS)}
    yield from _who(agreement, step.get("who"))


def _when(when: Any) -> Iterator[str]:
    if not isinstance(when, dict) or len(when) != 1:
        yield _("say when: a share, or a time before or after it is due.")
        return
    ((name, value),) = when.items()
    if name == "share":
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not 1 <= value <= 100:
            yield _("a share is between 1 and 100 percent.")
    elif name in {"before", "after"}:
        try:
            duration(value, day=WORKING_DAY)
        except ValueError as wrong:
            yield _sentence(str(wrong))
    else:
        yield _("say when: a share, or a time before or after it is due.")


def _who(agreement: Agreement, who: Any) -> Iterator[str]:
    names = who if isinstance(who, list) else []
    if not names or not all(isinstance(name, str) for name in names):
        yield _("say who is told.")
        return
    for name in names:
        if name.startswith(PERSON):
            email = name.removeprefix(PERSON)
            if not User.objects.people().filter(email__iexact=email).exists():
                yield _("nobody with access has the e-mail %(e)s.") % {"e": email}
        elif name not in WHO:
            words = {"name": name, "known": ", ".join(WHO)}
            yield _("“%(name)s” is nobody; known: %(known)s, user:<e-mail>.") % words
    if not any(_reaches(agreement, name) for name in names):
        yield _("it reaches nobody, because nobody has that part here.")


def _reaches(agreement: Agreement, name: str) -> bool:
    """Whether there can be somebody behind it, for what the agreement names."""
    if name == "service_owner" and agreement.service is not None:
        return agreement.service.owner_id is not None
    if name == "customer_contact" and agreement.organisation is not None:
        return agreement.organisation.contact_id is not None
    return True


def _days(agreement: Agreement, given: Mapping[str, Any]) -> Wrong:
    last = agreement.valid_until
    if last is not None and last < agreement.valid_from:
        yield "valid_until", _("It would end before it begins.")


def _overlaps(agreement: Agreement) -> Wrong:
    for other in rivals(agreement):
        common = sorted(agreement.targets.keys() & other.targets.keys())
        if common:
            words = {"name": other.name, "common": ", ".join(common)}
            yield (
                "valid_from",
                _(
                    "“%(name)s” says the same for %(common)s on some of these days. "
                    "End that one first, or name something more here."
                )
                % words,
            )


def rivals(agreement: Agreement) -> QuerySet[Agreement]:
    """Others about exactly the same things, valid on a day when this one is."""
    last = agreement.valid_until or date.max
    return (
        Agreement.objects.exclude(pk=agreement.pk)
        .filter(
            Q(valid_until=None) | Q(valid_until__gte=agreement.valid_from),
            is_active=True,
            kind=agreement.kind,
            service=agreement.service,
            organisation=agreement.organisation,
            type=agreement.type,
            team=agreement.team,
            valid_from__lte=last,
        )
        .order_by("pk")
    )


def _sentence(text: str) -> str:
    """What the reader of durations says, as a sentence."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
