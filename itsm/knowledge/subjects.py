"""How the log, search, links and live updates know an article."""

from collections.abc import Iterable, Mapping

from core import subjects
from itsm.knowledge.models import Article
from itsm.knowledge.policy import visible_to


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """Numbers by id; one query."""
    return dict(Article.objects.filter(pk__in=set(ids)).values_list("pk", "number"))


def url(number: str) -> str:
    """An article's page; requesters are led on to the portal's."""
    return f"/knowledge/{number}/"


def register() -> None:
    """Make articles a subject."""
    subjects.register(
        subjects.SubjectType(
            name=Article.subject_type, visible_to=visible_to, numbers=numbers, url=url
        )
    )
