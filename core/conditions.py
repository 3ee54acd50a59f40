"""Conditions written in SQL, for what the ORM cannot say or says too slowly."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet


def any_of(column: str, ids: QuerySet[Any]) -> Func:
    """Whether a column holds one of these ids, as a condition.

    PostgreSQL asks for the ids first and then for each by its key; told `IN`, it may
    read all that the rest of the question lets through, and throw nearly all away.
    """
    among = Func(ArraySubquery(ids), function="ANY", output_field=BigIntegerField())
    return Func(
        F(column),
        among,
        template="%(expressions)s",
        arg_joiner=" = ",
        output_field=BooleanField(),
    )


class Condition(Func):
    """A condition over columns, under whatever alias they have in a query."""

    output_field = BooleanField()

    def told(self, columns: Sequence[str]) -> tuple[str, list[Any]]:
        """The SQL and its values."""
        raise NotImplementedError

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> tuple[str, list[Any]]:
        """As Django asks for it."""
        return self.told(
            [compiler.compile(e)[0] for e in self.get_source_expressions()]
        )
