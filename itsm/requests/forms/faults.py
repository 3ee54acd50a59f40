"""Whether a form can be asked: each fault names its question and says what to do."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from itsm.requests.forms.definition import TAKES, Column, Field, Fields, Type


class Fault(NamedTuple):
    """What is wrong with one question."""

    slug: str
    says: str


def of(fields: Fields) -> list[Fault]:
    """All faults; a form without any can be released."""
    found: list[Fault] = []
    earlier: dict[str, Field] = {}
    for field in fields:
        said = [*_names(field, earlier), *_parts(field), *_limits(field)]
        said += [*_default(field), *_condition(field, earlier)]
        found += [Fault(field.slug, one) for one in said]
        earlier.setdefault(field.slug, field)
    return found


def _names(field: Field, earlier: dict[str, Field]) -> Iterator[str]:
    if not field.label.strip():
        yield _("Write the question.")
    if field.slug in earlier:
        yield _("Another question has the same slug.")


def _parts(field: Field) -> Iterator[str]:
    """Choices and columns, where its type has them."""
    if field.type == Type.CHOICE:
        yield from _choices(field)
    elif field.choices:
        yield _("Only a choice has answers to choose from.")
    if field.type == Type.TABLE:
        yield from _columns(field)
    elif field.columns:
        yield _("Only a table has columns.")


def _choices(one: Field | Column) -> Iterator[str]:
    if len(one.choices) < 2:
        yield _("Give at least two answers to choose from.")
    if not all(choice.strip() for choice in one.choices):
        yield _("An answer to choose from is empty.")
    if len(set(one.choices)) < len(one.choices):
        yield _("Two answers to choose from are the same.")


def _columns(field: Field) -> Iterator[str]:
    if not field.columns:
        yield _("Give the table a column.")
    if len({column.slug for column in field.columns}) < len(field.columns):
        yield _("Two columns are the same.")
    for column in field.columns:
        if not column.label.strip():
            yield _("A column has no name.")
        if column.type == Type.CHOICE:
            yield from _choices(column)


def _limits(field: Field) -> Iterator[str]:
    least, most = field.least, field.most
    if field.type in {Type.CHOICE, Type.PERSON, Type.SERVICE}:
        if least is not None or most is not None:
            yield _("This type of question has no smallest or largest answer.")
        return
    if least is not None and most is not None and least > most:
        yield _("The smallest is larger than the largest.")
    if field.type in {Type.NUMBER, Type.DATE}:
        return
    given = [one for one in (least, most) if one is not None]
    if any(one < 0 or one != int(one) for one in given) or most == 0:
        yield _("How many is a whole number.")


def _default(field: Field) -> Iterator[str]:
    if field.default and field.type in {Type.FILE, Type.TABLE, Type.PERSON}:
        yield _("This type of question cannot be filled in beforehand.")
    is_choice = field.type == Type.CHOICE
    if field.default and is_choice and field.default not in field.choices:
        yield _("What is filled in beforehand is not among the answers.")
    if field.takes and field.takes not in TAKES.get(field.type, ()):
        yield _("This type of question cannot be filled in from the person.")
    if field.takes and field.default:
        yield _("Fill it in beforehand, or from the person, not both.")


def _condition(field: Field, earlier: dict[str, Field]) -> Iterator[str]:
    if field.when is None:
        return
    other = earlier.get(field.when.field)
    if other is None:
        yield _("The question it depends on has to stand before it.")
    elif field.when.answers and other.type != Type.CHOICE:
        yield _("Only the answers of a choice can be named.")
    elif not set(field.when.answers) <= set(other.choices):
        yield _("It depends on an answer that cannot be chosen.")
