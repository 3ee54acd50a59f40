"""How many people ordered what: counted as they order, never over all orders."""

from django.db import models

from itsm.requests.models import Offering
from people.models import Organisation, User


class Ordered(models.Model):
    """Somebody ordered something, once or more often; where they worked at first."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offering", "person"], name="ordered_once_counted"
            )
        ]


class OrderedCount(models.Model):
    """How many people of an organisation ordered something; equals those rows."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.CASCADE, related_name="+"
    )
    people = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "offering"],
                nulls_distinct=False,
                name="ordered_count_once",
            )
        ]
