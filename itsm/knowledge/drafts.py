"""Articles that were begun and not saved: kept for whoever writes them alone.

Written from a ticket it is a draft about that ticket, which goes with a text that is
removed there for good; else one without a ticket.
"""

from collections.abc import Mapping
from typing import Any

from itsm.knowledge.models import Article
from itsm.tickets.drafts import actions, places
from itsm.tickets.drafts.models import Draft
from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_composer import kept_words
from people.models import User

KIND = "article"


def form_of(article: Article | None, source: Ticket | None) -> str:
    """The form of a new article, of one from a ticket, or of one that is changed."""
    if article is not None:
        return f"{KIND}-{article.number}"
    return KIND if source else f"{KIND}-new"


def typed(
    user: User, article: Article | None, source: Ticket | None
) -> Mapping[str, Any]:
    """What was left in the form, with `said`: that it is kept; empty without any."""
    draft = actions.read(user, source, form_of(article, source))
    if draft is None:
        return {}
    return {**draft.fields, "body": draft.body, "said": kept_words(draft.at)}


def address(article: Article | None, source: Ticket | None) -> str:
    """The address that keeps it."""
    return places.address(source, form_of(article, source))


def sent(user: User, article: Article | None, source: Ticket | None) -> None:
    """It is saved, and no draft any more."""
    actions.drop(by=user, ticket=source, form=form_of(article, source))


def forget(article: Any) -> None:
    """A text of this article was removed for good: drafts may hold it."""
    if isinstance(article, Article):
        Draft.objects.filter(ticket=None, form=form_of(article, None)).delete()


def _place(form: str) -> str:
    number = form.partition("-")[2]
    return "/knowledge/new/" if number == "new" else f"/knowledge/{number}/edit/"


def register() -> None:
    """Say which forms keep drafts, and where each stands."""
    places.add(KIND, places.Form("article.write", ("title",), _place))
    places.add_on_ticket(KIND, lambda number: f"/knowledge/new/?ticket={number}")
