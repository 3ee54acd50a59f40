"""What people and programs can do to a story: one public function per verb.

Inside each one order: lock the row, check policy, guard the state, change, record.
"""

from backlog.stories.actions.checking import (
    add_criterion,
    edit_criterion,
    meet_criterion,
    remove_criterion,
)
from backlog.stories.actions.ideas import (
    decline_idea,
    give_idea,
    take_idea,
)
from backlog.stories.actions.linking import (
    add_evidence,
    link_story,
    remove_evidence,
    unlink_story,
)
from backlog.stories.actions.moving import (
    drop_story,
    move_story,
    order_by_wsjf,
    restore_story,
)
from backlog.stories.actions.splitting import merge_story, split_story
from backlog.stories.actions.talking import attach, redact_remark, remark, watch
from backlog.stories.actions.writing import create_story, edit_story

__all__ = [
    "add_criterion",
    "add_evidence",
    "attach",
    "create_story",
    "decline_idea",
    "drop_story",
    "edit_criterion",
    "edit_story",
    "give_idea",
    "link_story",
    "meet_criterion",
    "merge_story",
    "move_story",
    "order_by_wsjf",
    "redact_remark",
    "remark",
    "remove_criterion",
    "remove_evidence",
    "restore_story",
    "split_story",
    "take_idea",
    "unlink_story",
    "watch",
]
