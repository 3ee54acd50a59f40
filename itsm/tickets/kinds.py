"""The kinds of event a ticket can have: `ticket.<verb>`, one vocabulary for all doors.

Public kinds may be seen by the requester. A transition (also one that only a
definition knows) is recorded as `ticket.<its verb>` with `changes.state`. Old and new
values are ids for rows, plain values otherwise: `owner`, `team`, `requester`,
`service`, `category`, `offered_to`, `asked`, `parent`, `comment`, `attachment`,
`link` hold ids; `title`, `description`, `resolution` hold ids of `core.TextVersion`
or, when they are first written, null.
"""

PREFIX = "ticket."

OPEN = "ticket.open"  # changes: type, state, priority, impact, urgency, team … as set
TAKE = "ticket.take"  # owner, offered_to
ASSIGN = "ticket.assign"  # owner, team
OFFER = "ticket.offer"  # offered_to
DECLINE = "ticket.decline"  # offered_to, by the one it was offered to
WITHDRAW = "ticket.withdraw"  # offered_to
ASK = "ticket.ask"  # asked: [null, user id]
KEEP = "ticket.keep"  # asked: [user id, null]
GRANT = "ticket.grant"  # owner, offered_to: to somebody who asked
TRIAGE = "ticket.triage"  # impact, urgency, priority, category, service, size, affected
EDIT = "ticket.edit"  # title, description, details and custom fields
COMMENT = "ticket.comment"  # comment: [null, id], public text
NOTE = "ticket.note"  # comment: [null, id], internal text
ATTACH = "ticket.attach"  # attachment: [null, id]
LINK = "ticket.link"  # link: [null, {kind, ticket}]
UNLINK = "ticket.unlink"  # link: [{kind, ticket}, null]
WATCH = "ticket.watch"  # watcher: [null, user id]
UNWATCH = "ticket.unwatch"
COPY = "ticket.copy"  # copied: [null, user id]
MENTION = "ticket.mentioned"  # comment, and mentioned, mentioned_team or reference
TASK = "ticket.task"  # task, and what of it changed
CALLED = "ticket.called_again"  # channel: [null, phone or walk_in]
RESTRICT = "ticket.restrict"  # restricted: [false, true]
TAG = "ticket.tag"  # tags: [ids before, ids after]
UNDO = "ticket.undo"  # what a batch changed, from what it was to what it is again
MERGE = "ticket.merge"  # merged_into: [null, id], state
MERGED_HERE = "ticket.merged_here"  # merged: [null, id]
UNMERGE = "ticket.unmerge"  # merged_into: [id, null], state
UNMERGED_HERE = "ticket.unmerged_here"  # merged: [id, null]
SPLIT = "ticket.split"  # split_off: [null, id]
SPLIT_HERE = "ticket.split_here"  # split_from: [null, id], comments, attachments: ids
UNSPLIT = "ticket.unsplit"  # split_off: [id, null], comments, attachments: ids
CONVERT = "ticket.convert"  # type, number, process_version, state
REDACT = "ticket.redact"  # what: [what it was, null], and an id
MIGRATE = "ticket.migrate"  # process_version, state
PROMISE = "ticket.promise"  # response_promise, resolution_promise …: terms, by id
RENEW = "ticket.renew"  # until: [former due, the time given to the requester]
WARN = "ticket.warn"  # clock: [null, [kind, team, cycle]], share, due, step
ESCALATE = "ticket.escalate"  # clock, escalation: [null, its place], due, step
MISS = "ticket.miss"  # clock, due, step: a promise that was not kept, once
PAGE = "ticket.page"  # page: [null, id], paged: [former, user id]
ACKNOWLEDGE = "ticket.acknowledge"  # page: [id, null], paged: [user id, null]
DEPLOYED = "ticket.deployed"  # ended_at, result: as a pipeline reports it
FAILED = "ticket.failed"
ROLLED_BACK = "ticket.rolled_back"
ALERT = "ticket.alert"  # alerts: [open ones before, open ones now], alert: [null, id]
CLOCKS = frozenset({PROMISE, RENEW, WARN, ESCALATE, MISS})  # said by promises alone
IMPORTED = "ticket.update"  # a row of a foreign log that changed something

# Decisions: `approval` is its id (of the new one, beside that of the one it replaces),
# `approver` a user's id, `authority` a word of the process.
ASKED = "approval.asked"  # approval, authority, approver
VOTED = "approval.voted"  # approval, vote, answer, on_behalf_of
DECIDED = "approval.decided"  # approval, decision: approved, rejected, withdrawn
EXPIRED = "approval.expired"  # approval: [old, new], approver, why: expired or left
REMINDED = "approval.reminded"  # approval
OF_DECISIONS = frozenset({ASKED, VOTED, DECIDED, EXPIRED, REMINDED})
ASK_ANEW = "ticket.ask_anew"  # state: back to where it is decided

# Transitions of the shipped processes; a definition may add verbs of its own.
START = "ticket.start"
WAIT = "ticket.wait"  # state, wait_reason, wake_at
RESUME = "ticket.resume"
RESOLVE = "ticket.resolve"  # state, resolution_code
REOPEN = "ticket.reopen"
CLOSE = "ticket.close"  # state, verified_by
CANCEL = "ticket.cancel"

PUBLIC = frozenset(
    {OPEN, TAKE, COMMENT, START, WAIT, RESUME, RESOLVE, REOPEN, CLOSE, CANCEL, CONVERT}
)


def of(verb: str) -> str:
    """The kind of event that a verb records."""
    return f"{PREFIX}{verb}"
