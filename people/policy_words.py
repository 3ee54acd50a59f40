"""The policy table in words, for people: what a role may do, and how far."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from people.policy import POLICY, STAFF, Scope
from people.roles import Role

VERBS: Mapping[str, Any] = {
    "ticket.open": T("Report and order"),
    "ticket.see": T("See tickets"),
    "ticket.comment": T("Reply"),
    "ticket.note": T("Write internal notes"),
    "ticket.renew": T("Promise the next word by a time"),
    "ticket.attach": T("Add files"),
    "ticket.take": T("Take a ticket"),
    "ticket.assign": T("Offer a ticket to somebody, or assign one without an owner"),
    "ticket.ask": T("Ask an owner for a ticket"),
    "ticket.assign_now": T("Assign a ticket that has an owner, without asking"),
    "ticket.triage": T("Set impact, urgency, category and service"),
    "ticket.edit": T("Edit title and fields"),
    "ticket.transition": T("Move a ticket on, as its process allows"),
    "ticket.approve": T("Approve and reject"),
    "authority.change": T("Say who decides on changes"),
    "delegation.change": T("Let somebody else decide for a while"),
    "ticket.link": T("Link tickets"),
    "ticket.merge": T("Merge tickets"),
    "ticket.split": T("Split a ticket in two"),
    "ticket.convert": T("Make another type of ticket of it"),
    "ticket.tag": T("Tag"),
    "ticket.watch": T("Watch"),
    "ticket.copy": T("Copy people on"),
    "ticket.restrict": T("Restrict who sees a ticket"),
    "ticket.redact": T("Take a text out for good"),
    "ticket.page": T("Wake whoever is on duty"),
    "ticket.acknowledge": T("Say “I am on it”"),
    "ticket.queue": T("Work in the queue"),
    "ticket.announce": T("Announce a known outage"),
    "ticket.me_too": T("Say “me too” to a known outage"),
    "view.save": T("Save views of their own"),
    "view.share": T("Share a view with a team"),
    "export.make": T("Export lists"),
    "reply_template.change": T("Change reply templates"),
    "tag.change": T("Change the list of tags"),
    "article.see": T("Read articles"),
    "article.write": T("Draft articles"),
    "article.publish": T("Publish and retire articles"),
    "article.link": T("Link articles to tickets"),
    "article.use": T("Say “this solved it”"),
    "article.redact": T("Take an article's text out for good"),
    "feedback.give": T("Give feedback"),
    "feedback.see": T("Read feedback"),
    "feedback.answer": T("Answer feedback"),
    "feedback.redact": T("Take a feedback's words out for good"),
    "process.see": T("Read processes"),
    "process.draft": T("Draft the next version of a process"),
    "process.release": T("Release a version of a process, and roll it back"),
    "process.migrate": T("Move tickets to another version"),
    "delivery.change": T("Change routes, and send messages again"),
    "webhook.change": T("Change webhooks, and send deliveries again"),
    "people.see": T("See people, teams and organisations"),
    "people.change": T("Change people, teams, organisations and sign-on"),
    "calendar.see": T("See calendars"),
    "calendar.change": T("Change calendars and which one is the default"),
    "rota.see": T("See who is on duty and who is away"),
    "rota.change": T("Change a rota, and say who is on duty instead"),
    "rota.swap": T("Swap turns on duty, if both agree"),
    "absence.change": T("Enter absences and who covers them"),
    "service.see": T("See services"),
    "service.change": T("Change services and categories"),
    "offering.change": T("Change what can be ordered"),
    "recurring.end": T("End an order that comes again"),
    "charge.see": T("See charges by cost centre"),
    "task.do": T("Do the steps of an order, also of another team's ticket"),
    "profile.change": T("Say what people of a job get"),
    "course.change": T("Change the list of courses"),
    "training.note": T("Note that somebody did a course"),
    "bundle.order": T("Order for who joins, moves or leaves"),
    "entitlement.see": T("See what people may use"),
    "entitlement.confirm": T("Confirm or end what people may use"),
    "promise.report": T("Read how promises were kept"),
    "agreement.see": T("Read agreements"),
    "agreement.change": T("Make, change and end agreements"),
    "agreement.accept": T("Accept an agreement in the customer's name"),
    "account.change": T("Change name, password and settings"),
    "notification.word": T("Write the texts of notifications"),
    "source.see": T("See the tools that report, and how they are"),
    "source.change": T("Set up the tools that report"),
    "alert.see": T("See alerts"),
    "alert_rule.change": T("Say what becomes of alerts"),
    "maintenance.change": T("Announce maintenance"),
    "freeze.see": T("See planned changes and freezes"),
    "freeze.change": T("Set freezes"),
    "deployment.report": T("Report what was deployed"),
    "change.gate": T("Ask whether a version may be deployed"),
    "change_kind.see": T("See kinds of change and their records"),
    "change_kind.change": T("Write kinds of change"),
    "change_kind.authorise": T("Give and take standard status, decide on proposals"),
    "change.measures": T("Read how changes flow"),
    "process.make": T("Make a process"),
    "backlog.see": T("Read the backlog of a process"),
    "backlog.describe": T("Describe a process, its steps and its map"),
    "stakeholder.opinion": T("Read and note what stakeholders think"),
    "story.write": T("Write and edit stories"),
    "story.rank": T("Put stories in order"),
    "story.comment": T("Comment on stories"),
    "story.redact": T("Take a text out of a story for good"),
    "idea.give": T("Drop an idea"),
    "idea.answer": T("Answer ideas"),
    "poker.vote": T("Estimate stories"),
    "sprint.plan": T("Plan, start and close sprints"),
    "sprint.work": T("Work on the board, daily scrum and retrospective"),
    "sprint.cancel": T("Cancel a sprint"),
    "impediment.resolve": T("Say that an impediment is out of the way"),
    "review.give": T("Give feedback at a sprint review"),
    "review.answer": T("Answer feedback of a sprint review"),
    "increment.plan": T("Plan increments"),
    "increment.release": T("Decide on the release of an increment"),
    "log.see": T("Read what happened"),
    "admin.see": T("Look into Django's own pages"),
}
SCOPES: Mapping[Scope, Any] = {
    Scope.OWN: T("for what they asked for or are copied on"),
    Scope.ORGANISATION: T("in their organisation, where it shares"),
    Scope.SEEN: T("for all they can see"),
    Scope.LED: T("in teams they lead"),
    Scope.OWNED: T("for what they own"),
    Scope.MEMBER: T("for processes they help improve"),
    Scope.SELF: T("for themselves"),
    Scope.NAMED: T("where they are named"),
    Scope.ANY: T("for everything"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A role and what it may do beyond those before it."""

    title: str
    what: str
    lines: list[tuple[str, str]]  # verb, how far


def by_role() -> list[Words]:
    """Requesters, then all who work here, then what each role may besides."""
    shared = {
        verb: scopes[0]
        for verb, cells in POLICY.items()
        if len(scopes := [cells[r] for r in STAFF if r in cells]) == len(STAFF)
    }
    for verb, cells in POLICY.items():
        if verb in shared:  # what all of them have is what the least of them has
            found = {cells[role] for role in STAFF}
            shared[verb] = found.pop() if len(found) == 1 else _least(found)
    asks = {v: c[Role.REQUESTER] for v, c in POLICY.items() if Role.REQUESTER in c}
    words = [
        Words(str(Role.REQUESTER.label), _("Everybody is one."), _lines(asks)),
        Words(_("Everybody who works here"), _("Whatever their role."), _lines(shared)),
    ]
    for role in STAFF:
        own = {
            verb: cells[role]
            for verb, cells in POLICY.items()
            if role in cells and shared.get(verb) is not cells[role]
        }
        words.append(Words(str(role.label), _extra(role), _lines(own)))
    return words


def _least(scopes: set[Scope]) -> Scope:
    return next(scope for scope in scopes if scope is not Scope.ANY)


def _lines(cells: Mapping[str, Scope]) -> list[tuple[str, str]]:
    return [
        (str(VERBS.get(verb, verb.replace(".", " "))), str(SCOPES[scope]))
        for verb, scope in cells.items()
    ]


def _extra(role: Role) -> str:
    words = {
        Role.AGENT: _("Works the queue. Nothing besides."),
        Role.EXPERT: _("Is asked for what they know. Nothing besides."),
        Role.DISPATCHER: _("Sees to it that new tickets find somebody."),
        Role.COMMANDER: _("Leads in a major incident. Nothing besides for now."),
        Role.CHANGE_AUTHORITY: _("Is named where a risky change needs a yes."),
        Role.PROCESS_OWNER: _("Owns a process; which one stands on its page."),
        Role.SERVICE_OWNER: _("Owns services; which ones stand on theirs."),
        Role.ADMINISTRATOR: _("Sets Beeline up. Approves nothing by that alone."),
    }
    return words[role]
