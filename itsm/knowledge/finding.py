"""Articles in search and in the command palette."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as T

from core import finders
from itsm.knowledge.search import search_articles


def found(user: Any, words: str, limit: int) -> list[finders.Hit]:
    """Articles for search and the palette; one query, more where a word is misspelt."""
    page = "article" if user.is_staff else "portal-article"
    return [
        finders.Hit(
            title=one.title,
            url=reverse(page, args=[one.number]),
            note=f"{one.number} · {one.service}" if one.service else one.number,
            icon="book",
        )
        for one in search_articles(user, words, limit + 1)
    ]


def register() -> None:
    """Join what can be found besides tickets."""
    finders.register(finders.Finder("articles", T("Articles"), "book", found, order=30))
