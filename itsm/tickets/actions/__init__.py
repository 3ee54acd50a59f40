"""What people and programs can do to a ticket: one public function per verb.

Inside each one order: lock the row, check policy, guard the state, change, record.
"""

from itsm.tickets.actions.calling import called_again
from itsm.tickets.actions.converting import convert
from itsm.tickets.actions.erasing import redact
from itsm.tickets.actions.handing import ask, decline, grant, keep, withdraw
from itsm.tickets.actions.linking import copy_in, link, unlink, unwatch, watch
from itsm.tickets.actions.merging import merge, unmerge
from itsm.tickets.actions.moving import (
    cancel,
    close,
    reopen,
    resolve,
    resume,
    start,
    transition,
    wait,
)
from itsm.tickets.actions.opening import open_ticket
from itsm.tickets.actions.owning import assign, take
from itsm.tickets.actions.sorting import edit, restrict, triage
from itsm.tickets.actions.splitting import split, unsplit
from itsm.tickets.actions.tagging import tag
from itsm.tickets.actions.talking import attach, attach_all, comment

__all__ = [
    "ask",
    "assign",
    "attach",
    "attach_all",
    "called_again",
    "cancel",
    "close",
    "comment",
    "convert",
    "copy_in",
    "decline",
    "edit",
    "grant",
    "keep",
    "link",
    "merge",
    "open_ticket",
    "redact",
    "reopen",
    "resolve",
    "restrict",
    "resume",
    "split",
    "start",
    "tag",
    "take",
    "transition",
    "triage",
    "unlink",
    "unmerge",
    "unsplit",
    "unwatch",
    "wait",
    "watch",
    "withdraw",
]
