"""What people and programs can do to a story: one public function per verb.

Inside each one order: lock the row, check policy, guard the state, change, record.
"""

from backlog.stories.actions.moving import drop_story, move_story, restore_story
from backlog.stories.actions.writing import create_story, edit_story

__all__ = ["create_story", "drop_story", "edit_story", "move_story", "restore_story"]
