"""A definition as its reader calls things: names and sentences in their language."""

from dataclasses import replace

from django.utils.translation import gettext_noop

from core.reader import phrase
from processes.definition import Approval, Control, Definition, Field, State, Transition

# what a definition can name: its vocabulary, and the facts of shipped rules
NAMED = (
    gettext_noop("service"),
    gettext_noop("category"),
    gettext_noop("reason"),
    gettext_noop("resolution"),
    gettext_noop("resolution code"),
    gettext_noop("comment"),
    gettext_noop("impact"),
    gettext_noop("urgency"),
    gettext_noop("owner"),
    gettext_noop("team"),
    gettext_noop("until"),
    gettext_noop("plan"),
    gettext_noop("test"),
    gettext_noop("way back"),
    gettext_noop("window"),
    gettext_noop("result"),
    gettext_noop("workaround"),
    gettext_noop("causes"),
    gettext_noop("review date"),
    gettext_noop("threat"),
    gettext_noop("tasks"),
    gettext_noop("approval"),
    gettext_noop("model"),
    gettext_noop("priority"),
    gettext_noop("organisation"),
    gettext_noop("risk"),
    gettext_noop("kind"),
    gettext_noop("major"),
    gettext_noop("restricted"),
    gettext_noop("agent"),
    gettext_noop("requester"),
    gettext_noop("source"),
    gettext_noop("timer"),
    gettext_noop("lead"),
    gettext_noop("dispatcher"),
    gettext_noop("change authority"),
    gettext_noop("process owner"),
    gettext_noop("approver"),
    gettext_noop("peer"),
    gettext_noop("administrator"),
    gettext_noop("manager"),
    gettext_noop("data owner"),
    gettext_noop("hr"),
    gettext_noop("service owner"),
    gettext_noop("new"),
    gettext_noop("active"),
    gettext_noop("waiting"),
    gettext_noop("resolved"),
    gettext_noop("closed"),
    gettext_noop("cancelled"),
    gettext_noop("high"),
    gettext_noop("medium"),
    gettext_noop("low"),
    gettext_noop("response"),
    gettext_noop("update"),
    gettext_noop("swarm"),
    gettext_noop("tiers"),
    gettext_noop("mix"),
    gettext_noop("wsjf"),
    gettext_noop("cost of delay"),
    gettext_noop("triage"),
    gettext_noop("benefit"),
    gettext_noop("vip"),
    gettext_noop("shortest first"),
    gettext_noop("longest first"),
    gettext_noop("fifo"),
    gettext_noop("lifo"),
    gettext_noop("standard"),
    gettext_noop("normal"),
    gettext_noop("emergency"),
)


def spoken(definition: Definition) -> Definition:
    """The same rules, worded. For pages and sentences, never for running a ticket."""
    return replace(
        definition,
        name=phrase(definition.name),
        states={slug: _state(state) for slug, state in definition.states.items()},
        transitions={
            verb: tuple(_rule(rule) for rule in rules)
            for verb, rules in definition.transitions.items()
        },
        approvals=tuple(_approval(one) for one in definition.approvals),
        fields={slug: _field(field) for slug, field in definition.fields.items()},
        controls={key: _control(one) for key, one in definition.controls.items()},
    )


def named(slug: str) -> str:
    """A field, role or fact as words: `way_back`, `fields.cost`, `change_authority`."""
    return phrase(slug.removeprefix("fields.").replace("_", " "))


def _state(state: State) -> State:
    reasons = {
        slug: replace(reason, name=phrase(reason.name))
        for slug, reason in state.reasons.items()
    }
    return replace(state, name=phrase(state.name), reasons=reasons)


def _rule(rule: Transition) -> Transition:
    return replace(rule, label=phrase(rule.label))


def _approval(approval: Approval) -> Approval:
    return replace(approval, label=phrase(approval.label))


def _field(field: Field) -> Field:
    return replace(field, label=phrase(field.label), help=phrase(field.help))


def _control(control: Control) -> Control:
    return replace(control, serves=phrase(control.serves), owner=phrase(control.owner))
