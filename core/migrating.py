"""What several migrations share."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Together(SeparateDatabaseAndState):
    """Operations of which Django learns at once: one look at all models for all.

    Each operation otherwise makes all related models anew. For models and indexes that
    do not build on each other.
    """

    def __init__(self, *operations: Operation) -> None:
        super().__init__(database_operations=operations, state_operations=operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Tell the state; its models are made when somebody asks for one."""
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Do them in their order."""
        for one in self.database_operations:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Undo them, the last one first."""
        for one in reversed(self.database_operations):
            one.database_backwards(app_label, schema_editor, from_state, to_state)


class AddIndexBeside(AddIndexConcurrently):
    """Build an index beside running work, and again where that was interrupted.

    PostgreSQL keeps what it had built by then, perhaps for no use, under the name: the
    next attempt would fail on it for ever.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: Any,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Build it; what an attempt before left of it goes first."""
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, concurrently=True)
        super().database_forwards(app_label, schema_editor, from_state, to_state)
