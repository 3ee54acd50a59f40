"""An article, every wording it had, the tickets it belongs to, and whom it helped."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from core.wording import day_words
from itsm.tickets.models import Ticket
from people.models import Organisation, Service, User

LONGEST_ARTICLE = 50_000  # characters


class ArticleState(models.TextChoices):
    """Written, in use, no longer true."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class Audience(models.TextChoices):
    """Who may read it once it is published."""

    EVERYBODY = "everybody", _("Everybody")
    ORGANISATION = "organisation", _("One organisation")
    STAFF = "staff", _("People who work here")


class Article(models.Model):
    """What is known about one thing. Its texts are erasable, its number is not."""

    subject_type: ClassVar[str] = "article"

    number = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=250)
    body = models.TextField(blank=True, default="")
    state = models.CharField(
        max_length=10, choices=ArticleState.choices, default=ArticleState.DRAFT
    )
    audience = models.CharField(
        max_length=12, choices=Audience.choices, default=Audience.STAFF
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT
    )  # the audience, where that is one organisation
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT
    )
    author = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="articles_written"
    )
    owner = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="articles_owned"
    )  # who looks at it again
    review_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)  # grows with each save
    document: Any = models.GeneratedField(  # what search reads; follows the texts
        expression=SearchVector("title", weight="A", config=Value("simple"))
        + SearchVector("body", weight="B", config=Value("simple")),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="organisation", organisation__isnull=False)
                | (~Q(audience="organisation") & Q(organisation__isnull=True)),
                name="article_audience",
            )
        ]
        indexes = [
            GinIndex(fields=["document"], name="article_document"),
            models.Index(fields=["state", "-updated_at"], name="article_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def review_day(self) -> str:
        """When it is looked at again, in words; empty where that is not said."""
        return day_words(self.review_on) if self.review_on else ""


class ArticleVersion(models.Model):
    """One wording of an article, the newest one too. Redaction empties it."""

    article = models.ForeignKey(
        Article, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=250)
    body = models.TextField(blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article", "number"], name="article_version_once"
            )
        ]


class ArticleLink(models.Model):
    """An article and a ticket that belong together."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="links")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="article_links"
    )
    is_source = models.BooleanField(default=False)  # it was written from this ticket
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "article"], name="article_link_once"
            )
        ]


class ArticleUse(models.Model):
    """Somebody says whether an article helped, once a ticket, or once a day."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="uses")
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.CASCADE, related_name="article_uses"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    day = models.DateField()
    at = models.DateTimeField()
    helped = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article", "ticket"],
                condition=Q(ticket__isnull=False),
                name="article_use_ticket_once",
            ),
            models.UniqueConstraint(
                fields=["article", "by", "day"],
                condition=Q(ticket__isnull=True),
                name="article_use_day_once",
            ),
        ]
