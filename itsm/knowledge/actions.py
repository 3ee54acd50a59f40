"""What people do with articles: write, edit, publish, retire, restore, link, use."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from core import texts
from core.errors import Forbidden, Invalid, Stale, WrongState
from core.log import act, record
from itsm.knowledge import kinds
from itsm.knowledge.models import (
    LONGEST_ARTICLE,
    Article,
    ArticleLink,
    ArticleState,
    ArticleUse,
    ArticleVersion,
    Audience,
)
from itsm.knowledge.policy import possible, relations, right_to_edit
from itsm.tickets.models import Ticket
from people import policy
from people.models import User

FIRST_NUMBER = 1000  # the first article is KBA-1001
REVIEW_AFTER = timedelta(days=180)
FACTS = ("audience", "organisation", "service", "owner", "review_on")
Given = Mapping[str, Any]


def write(
    *,
    by: User,
    at: datetime,
    title: str,
    body: str = "",
    source: Ticket | None = None,
    **facts: Any,
) -> Article:
    """A new draft, perhaps from a ticket; reviewed in half a year by who wrote it.

    `facts`: audience, organisation, service, owner, review_on. Raises Invalid.
    """
    policy.require(by, "article.write", why=_("Articles are written by staff."))
    with act():
        pk = _next_id()
        article = Article(
            pk=pk,
            number=f"KBA-{FIRST_NUMBER + pk}",
            author=by,
            created_at=at,
            updated_at=at,
            owner=by,
            review_on=timezone.localdate(at) + REVIEW_AFTER,
        )
        changes = _set(article, {"title": title, "body": body, **facts})
        article.save(force_insert=True)
        _keep_version(article, by, at)
        record(kinds.WRITE, subject=article, by=by, at=at, changes=changes)
        if source is not None:
            _link(article, source, by, at, is_source=True)
    return article


def edit(
    *,
    article: Article,
    by: User,
    at: datetime,
    given: Given,
    version: int | None = None,
) -> Article:
    """Change texts or facts; the former wording is kept.

    What is published is changed by those who may publish. `version` is the one the
    writer saw; a newer one is refused with Stale.
    """
    with act():
        article = _lock(article)
        _require(by, article, right_to_edit(article))
        if version is not None and version != article.version:
            raise Stale(
                _("Somebody saved a newer version. Look at theirs, then save again."),
                current=str(article.version),
            )
        changes = _set(article, given)
        if not changes:
            return article
        article.version += 1
        if "wording" in changes:
            changes["wording"] = (article.version - 1, article.version)
        article.updated_at = at
        article.save()
        if "wording" in changes:
            _keep_version(article, by, at)
        record(kinds.EDIT, subject=article, by=by, at=at, changes=changes)
    return article


def publish(*, article: Article, by: User, at: datetime) -> Article:
    """Let its readers have it. An article without an answer is refused."""
    return _move(
        article, ArticleState.PUBLISHED, (ArticleState.DRAFT,), kinds.PUBLISH, by, at
    )


def retire(*, article: Article, by: User, at: datetime) -> Article:
    """Take it away: it is no longer true, or no longer asked for."""
    return _move(
        article,
        ArticleState.RETIRED,
        (ArticleState.DRAFT, ArticleState.PUBLISHED),
        kinds.RETIRE,
        by,
        at,
    )


def restore(*, article: Article, by: User, at: datetime) -> Article:
    """Back to a draft, from which it is published again."""
    return _move(
        article, ArticleState.DRAFT, (ArticleState.RETIRED,), kinds.RESTORE, by, at
    )


def link(*, article: Article, ticket: Ticket, by: User, at: datetime) -> Article:
    """Say that an article belongs to a ticket; again is nothing new."""
    with act():
        article = _lock(article)
        _require(by, article, "article.link")
        _check_sees(by, ticket)
        if not article.links.filter(ticket=ticket).exists():
            _link(article, ticket, by, at)
    return article


def unlink(*, article: Article, ticket: Ticket, by: User, at: datetime) -> Article:
    """Take the two apart."""
    with act():
        article = _lock(article)
        _require(by, article, "article.link")
        _check_sees(by, ticket)
        gone, _each = article.links.filter(ticket=ticket).delete()
        if gone:
            changes = {"ticket": (ticket.pk, None)}
            record(kinds.UNLINK, subject=article, by=by, at=at, changes=changes)
    return article


def use(
    *,
    article: Article,
    by: User,
    at: datetime,
    helped: bool = True,
    ticket: Ticket | None = None,
) -> Article:
    """Say whether it helped: once for a ticket, else once a day and person.

    What was said before about the same is replaced, so that it is counted once.
    """
    with act():
        article = _lock(article)
        _require(by, article, "article.use")
        if ticket is not None:
            _check_sees(by, ticket)
        day = timezone.localdate(at)
        own: dict[str, Any] = (
            {"ticket": ticket} if ticket else {"by": by, "day": day, "ticket": None}
        )
        before = ArticleUse.objects.filter(article=article, **own).first()
        if before is not None and before.helped == helped:
            return article
        values = {"by": by, "day": day, "at": at, "helped": helped}
        ArticleUse.objects.update_or_create(article=article, **own, defaults=values)
        if ticket is not None and helped and not _is_linked(article, ticket):
            _link(article, ticket, by, at)
        changes: dict[str, tuple[Any, Any]] = {
            "helped": (before.helped if before else None, helped)
        }
        if ticket is not None:
            changes["ticket"] = (None, ticket.pk)
        record(kinds.USE, subject=article, by=by, at=at, changes=changes)
    return article


def redact(*, article: Article, by: User, at: datetime, why: str) -> Article:
    """Take its texts out for good, from every version; the log keeps who and why."""
    with act():
        article = _lock(article)
        _require(by, article, "article.redact")
        if not why.strip():
            raise Invalid({"why": [_("Say why it has to go; the log keeps this.")]})
        article.title = article.body = texts.REDACTED
        article.state = ArticleState.RETIRED
        article.version += 1
        article.updated_at = at
        article.save()
        article.versions.update(
            title=texts.REDACTED, body=texts.REDACTED, redacted_at=at
        )
        reason = texts.keep(
            subject=article, field="redaction", body=why.strip(), by=by, at=at
        )
        changes = {"why": (None, reason)}
        record(kinds.REDACT, subject=article, by=by, at=at, changes=changes)
        texts.redacted(article)
    return article


# parts


def _move(
    article: Article,
    to: ArticleState,
    from_: tuple[ArticleState, ...],
    kind: str,
    by: User,
    at: datetime,
) -> Article:
    with act():
        article = _lock(article)
        _require(by, article, "article.publish")
        if article.state not in from_:
            words = {"n": article.number, "state": article.get_state_display().lower()}
            raise WrongState(
                _("%(n)s is %(state)s; that is not possible now.") % words,
                allowed=possible(article, by),
            )
        if to == ArticleState.PUBLISHED and not article.body.strip():
            raise Invalid({"body": [_("Write the answer before it is published.")]})
        changes = {"state": (article.state, to.value)}
        article.state = to
        article.version += 1
        article.updated_at = at
        if to == ArticleState.PUBLISHED:
            article.published_at = at
        article.save()
        record(kind, subject=article, by=by, at=at, changes=changes)
    return article


def _require(by: User, article: Article, verb: str) -> None:
    why = _("You can read %(n)s, but this is not yours to do.") % {"n": article.number}
    policy.require(by, verb, relations(by, article), why=why)


def _check_sees(by: User, ticket: Ticket) -> None:
    if not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise Forbidden(_("There is no such ticket for you."))


def _lock(article: Article) -> Article:
    rows = Article.objects.select_for_update(of=("self",)).select_related("service")
    return rows.get(pk=article.pk)


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('itsm_article', 'id'))")
        return int(cursor.fetchone()[0])


def _set(article: Article, given: Given) -> dict[str, tuple[Any, Any]]:
    """Set what is given and differs; what the log keeps of it. Raises Invalid."""
    changes: dict[str, tuple[Any, Any]] = {}
    given = dict(given)
    for name in ("title", "body"):
        if name in given:
            text = str(given.pop(name)).strip()
            if text != getattr(article, name):
                setattr(article, name, text)
                changes["wording"] = (None, article.version)
    if given.get("audience", article.audience) != Audience.ORGANISATION:
        given["organisation"] = None
    for name in FACTS:
        if name in given and getattr(article, name) != given[name]:
            changes[name] = (_plain(getattr(article, name)), _plain(given[name]))
            setattr(article, name, given[name])
    _check(article)
    return changes


def _check(article: Article) -> None:
    errors: dict[str, list[str]] = {}
    if not article.title:
        errors["title"] = [_("Say in a few words what it answers.")]
    if len(article.title) > 250:
        errors["title"] = [_("At most %(n)s characters.") % {"n": 250}]
    if len(article.body) > LONGEST_ARTICLE:
        errors["body"] = [_("At most %(n)s characters.") % {"n": LONGEST_ARTICLE}]
    if article.audience == Audience.ORGANISATION and article.organisation is None:
        errors["organisation"] = [_("Say which organisation it is for.")]
    if article.owner is not None and not article.owner.is_staff:
        errors["owner"] = [_("Only somebody who works here can look after it.")]
    if errors:
        raise Invalid(errors)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value


def _keep_version(article: Article, by: User, at: datetime) -> None:
    ArticleVersion.objects.create(
        article=article,
        number=article.version,
        title=article.title,
        body=article.body,
        by=by,
        at=at,
    )


def _is_linked(article: Article, ticket: Ticket) -> bool:
    return article.links.filter(ticket=ticket).exists()


def _link(
    article: Article,
    ticket: Ticket,
    by: User,
    at: datetime,
    *,
    is_source: bool = False,
) -> None:
    _check_sees(by, ticket)
    ArticleLink.objects.create(
        article=article, ticket=ticket, at=at, by=by, is_source=is_source
    )
    changes = {"ticket": (None, ticket.pk)}
    record(kinds.LINK, subject=article, by=by, at=at, changes=changes)
