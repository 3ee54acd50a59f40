"""How a person stands to an article, and which of them they may read."""

from django.db.models import Q, QuerySet

from itsm.knowledge.models import Article, ArticleState, Audience
from people.models import User
from people.policy import Scope, allows


def visible_to(user: User) -> QuerySet[Article]:
    """Those who work here read all; others what is published, and meant for them."""
    rows = Article.objects.all()
    if not user.is_active:
        return rows.none()
    if user.is_staff:
        return rows
    theirs = Q(audience=Audience.EVERYBODY)
    if user.organisation_id is not None:
        theirs |= Q(
            audience=Audience.ORGANISATION, organisation_id=user.organisation_id
        )
    return rows.filter(theirs, state=ArticleState.PUBLISHED)


def relations(user: User, article: Article) -> frozenset[Scope]:
    """The scopes of the policy table that hold; at most two queries.

    OWNED: they work in a team of its service, own the service, or lead any team.
    LED: they lead a team of its service, or any team where it has no service.
    """
    found = {Scope.SEEN}  # whoever has the article in hand was given it by visible_to
    if not user.is_staff:
        return frozenset(found)
    if user.led_team_ids:
        found.add(Scope.OWNED)
    service = article.service
    if service is None:
        return frozenset(found | ({Scope.LED} if user.led_team_ids else set()))
    supporting = set(service.support_teams.values_list("pk", flat=True))
    if supporting & user.led_team_ids:
        found.add(Scope.LED)
    works_there = user.memberships.filter(team_id__in=supporting)
    if service.owner_id == user.pk or works_there.exists():
        found.add(Scope.OWNED)
    return frozenset(found)


def possible(article: Article, user: User) -> list[str]:
    """The verbs this person may use on it now. Reads only."""
    standing = relations(user, article)
    found = []
    if allows(user, right_to_edit(article), standing):
        found.append("edit")
    if allows(user, "article.publish", standing):
        found += {
            ArticleState.DRAFT: ["publish", "retire"],
            ArticleState.PUBLISHED: ["retire"],
            ArticleState.RETIRED: ["restore"],
        }[ArticleState(article.state)]
    if allows(user, "article.redact", standing):
        found.append("redact")
    return found


def right_to_edit(article: Article) -> str:
    """What changing its texts needs: a draft is anybody's here."""
    is_draft = article.state == ArticleState.DRAFT
    return "article.write" if is_draft else "article.publish"
