"""Who may do what: one table, role x verb x scope. Every action consults it.

Scopes say for which subjects a rule holds:
  OWN           the person requested it or is copied on
  ORGANISATION  it is their organisation's, and that shares its tickets
  SEEN          anything they can see
  LED           a team they lead works on it
  OWNED         a process, service or record they own
  MEMBER        a process in whose improvement team they are; its owner, too
  SELF          the record is themselves
  NAMED         an approval that names them or their authority; what their
                organisation agreed, for whom speaks for it; a process whose
                stakeholder they are
  ANY           everything
Which of these hold for one subject is said by the room that knows it (`relations`).
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext as _

from core.errors import Forbidden
from people.models import User
from people.roles import Role


class Scope(StrEnum):
    """How far a rule reaches; see the module."""

    OWN = "own"
    ORGANISATION = "organisation"
    SEEN = "seen"
    LED = "led"
    OWNED = "owned"
    MEMBER = "member"
    SELF = "self"
    NAMED = "named"
    ANY = "any"


Q, A, E, D, C, H, P, S, X = (
    Role.REQUESTER,
    Role.AGENT,
    Role.EXPERT,
    Role.DISPATCHER,
    Role.COMMANDER,
    Role.CHANGE_AUTHORITY,
    Role.PROCESS_OWNER,
    Role.SERVICE_OWNER,
    Role.ADMINISTRATOR,
)
STAFF = (A, E, D, C, H, P, S, X)


def _staff(scope: Scope) -> dict[Role, Scope]:
    return dict.fromkeys(STAFF, scope)


OWN, ORGANISATION, SEEN, LED, OWNED, MEMBER, SELF, NAMED, ANY = (
    Scope.OWN,
    Scope.ORGANISATION,
    Scope.SEEN,
    Scope.LED,
    Scope.OWNED,
    Scope.MEMBER,
    Scope.SELF,
    Scope.NAMED,
    Scope.ANY,
)

# fmt: off
POLICY: Mapping[str, Mapping[Role, Scope]] = {
    # verb                    who, and how far
    "ticket.open":           {Q: OWN, **_staff(ANY)},       # OWN: for themselves
    "ticket.see":            {Q: OWN, **_staff(SEEN)},      # and their organisation's
    "ticket.comment":        {Q: OWN, **_staff(SEEN)},      # a requester's is public
    "ticket.note":           _staff(SEEN),
    "ticket.renew":          _staff(SEEN),                  # a time for the next word
    "ticket.attach":         {Q: OWN, **_staff(SEEN)},
    "ticket.take":           _staff(SEEN),
    "ticket.assign":         _staff(SEEN),                  # an offer where owned
    "ticket.ask":            _staff(SEEN),                  # its owner for it
    "ticket.assign_now":     {**_staff(LED), D: ANY, X: ANY},
    "ticket.triage":         _staff(SEEN),
    "ticket.edit":           _staff(SEEN),
    "ticket.transition":     {Q: OWN, **_staff(SEEN)},      # and the definition's `by`
    "ticket.approve":        {Q: NAMED, **_staff(NAMED)},
    "task.do":               _staff(SEEN),                  # its ticket, or its team's
    "ticket.link":           _staff(SEEN),
    "ticket.tag":            _staff(SEEN),
    "ticket.merge":          _staff(SEEN),                  # of both tickets
    "ticket.split":          _staff(SEEN),
    "ticket.convert":        _staff(SEEN),
    "ticket.watch":          _staff(SEEN),
    "ticket.copy":           {Q: OWN, **_staff(SEEN)},
    "ticket.restrict":       {**_staff(LED), X: ANY},
    "ticket.redact":         {**_staff(LED), X: ANY},
    "ticket.queue":          _staff(ANY),
    "ticket.page":           _staff(SEEN),                  # wake who is on duty
    "ticket.acknowledge":    _staff(SEEN),                  # say that one is on it

    "reply_template.change": _staff(OWNED),                 # one's own, a led team's
    "view.save":             _staff(ANY),                   # one's own
    "view.share":            {**_staff(LED), X: ANY},       # a team's
    "export.make":           _staff(ANY),                   # what they see
    "ticket.announce":       {**_staff(LED), D: ANY, H: ANY, X: ANY},  # a known outage
    "ticket.me_too":         {Q: SEEN, **_staff(SEEN)},     # an outage told to them

    "article.see":           {Q: SEEN, **_staff(SEEN)},
    "article.write":         _staff(ANY),                   # drafts
    "article.publish":       {**_staff(OWNED), X: ANY},     # its service's team, leads
    "article.link":          _staff(ANY),
    "article.use":           {Q: SEEN, **_staff(SEEN)},     # "this solved it"
    "article.redact":        {**_staff(LED), X: ANY},

    "feedback.give":         {Q: OWN, **_staff(OWN)},
    "feedback.see":          _staff(ANY),                   # theirs, their team's
    "feedback.answer":       {**_staff(OWNED), X: ANY},     # its owner, who leads
    "feedback.redact":       {**_staff(LED), X: ANY},

    "process.see":           _staff(ANY),
    "process.draft":         {**_staff(OWNED), X: ANY},
    "process.release":       {**_staff(OWNED), X: ANY},
    "process.migrate":       {**_staff(OWNED), X: ANY},

    "process.make":         {P: ANY, X: ANY},

    "backlog.see":          {Q: NAMED, **_staff(ANY)},      # Q: what was published
    "backlog.describe":     {**_staff(MEMBER), X: ANY},     # profile, stream, map
    "stakeholder.opinion":  _staff(MEMBER),                 # to read and write it
    "story.write":          {**_staff(MEMBER), X: ANY},
    "story.rank":           {**_staff(MEMBER), X: ANY},
    "story.comment":        {Q: SEEN, **_staff(SEEN)},
    "story.redact":         {**_staff(OWNED), X: ANY},
    "idea.give":            {Q: ANY, **_staff(ANY)},
    "idea.answer":          {**_staff(MEMBER), X: ANY},
    "poker.vote":           _staff(MEMBER),
    "sprint.plan":          {**_staff(MEMBER), X: ANY},
    "sprint.work":          _staff(MEMBER),                 # board, daily, retro
    "sprint.cancel":        _staff(OWNED),                  # the owner alone
    "impediment.resolve":   {**_staff(MEMBER), X: ANY},
    "review.give":          {Q: NAMED, **_staff(ANY)},      # feedback at a review
    "review.answer":        {**_staff(MEMBER), X: ANY},
    "increment.plan":       {**_staff(MEMBER), X: ANY},
    "increment.release":    _staff(OWNED),

    "people.see":            _staff(ANY),
    "people.change":         {X: ANY},
    "calendar.see":          _staff(ANY),
    "calendar.change":       {X: ANY},
    "rota.see":              _staff(ANY),
    "rota.change":           {**_staff(LED), X: ANY},
    "rota.swap":             _staff(NAMED),                 # a turn of one's own
    "absence.change":        {**_staff(OWNED), X: ANY},     # one's own, a led team's
    "tag.change":            {X: ANY},
    "authority.change":      {P: ANY, X: ANY},              # who decides on changes
    "delegation.change":     {Q: SELF, **_staff(SELF), X: ANY},
    "service.see":           {Q: ANY, **_staff(ANY)},
    "service.change":        {S: OWNED, X: ANY},
    "offering.change":       {S: OWNED, X: ANY},
    "recurring.end":         {Q: OWN, **_staff(OWN), X: ANY},  # an order of theirs
    "charge.see":            {X: ANY},                      # by cost centre
    "change_kind.see":       _staff(ANY),
    "change_kind.change":    {**_staff(OWNED), H: ANY, P: ANY, X: ANY},  # a led team's
    "change_kind.authorise": {P: OWNED, X: ANY},            # the process's owner
    "profile.change":        {X: ANY},
    "course.change":         {X: ANY},
    "training.note":         _staff(ANY),                   # that somebody did it
    "bundle.order":          _staff(ANY),                   # who joins, moves, leaves
    "entitlement.see":       {Q: SELF, **_staff(ANY)},
    "entitlement.confirm":   {**_staff(OWNED), X: ANY},     # of a service of theirs
    "promise.report":        _staff(ANY),                   # of tickets they see
    "agreement.see":         {Q: NAMED, **_staff(ANY)},     # the customer's contact
    "agreement.change":      {S: OWNED, X: ANY},            # of a service of theirs
    "agreement.accept":      {Q: NAMED, X: ANY},            # X: in the customer's name
    "account.change":        {Q: SELF, **_staff(SELF)},
    "notification.word":     {X: ANY},                      # in whose words
    "delivery.change":       {X: ANY},                      # routes, messages
    "source.see":           _staff(ANY),                   # not its key
    "source.change":        {X: ANY},
    "alert.see":            _staff(ANY),
    "alert_rule.change":    {P: ANY, X: ANY},
    "maintenance.change":   _staff(ANY),
    "freeze.see":           _staff(ANY),
    "freeze.change":        {H: ANY, P: ANY, X: ANY},
    "deployment.report":    _staff(ANY),                   # pipelines, by a token
    "change.gate":          _staff(ANY),                   # pipelines too
    "change.measures":      _staff(ANY),                   # of changes they see
    "webhook.change":       {X: ANY},
    "log.see":               _staff(SEEN),
    "admin.see":             {X: ANY},
}
# fmt: on

# What needs somebody's hands, ears or judgement: no program does it, in any role.
FOR_PEOPLE = frozenset(
    {
        *("ticket.take", "ticket.ask", "ticket.approve", "ticket.me_too"),
        *("feedback.give", "agreement.accept", "rota.swap", "delegation.change"),
        *("change_kind.authorise", "poker.vote", "sprint.cancel", "increment.release"),
    }
)


def allows(user: User, verb: str, relations: frozenset[Scope] = frozenset()) -> bool:
    """Whether a person may; `relations` are the scopes that hold for the subject."""
    if not user.is_active or (user.is_machine and verb in FOR_PEOPLE):
        return False
    rules = POLICY[verb]
    roles = {*user.roles, Role.REQUESTER}  # everybody can be a requester
    return any(
        (scope := rules.get(Role(role))) is not None
        and (scope is ANY or scope in relations)
        for role in roles
    )


def require(
    user: User, verb: str, relations: frozenset[Scope] = frozenset(), *, why: str = ""
) -> None:
    """Raise Forbidden, with a sentence, where the table does not allow it."""
    if not allows(user, verb, relations):
        if user.is_machine and verb in FOR_PEOPLE:
            why = _("This is for people; a service account does not do it.")
        raise Forbidden(why or _("This is not yours to do."))
