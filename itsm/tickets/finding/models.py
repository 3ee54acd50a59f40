"""What search knows of words, beside the documents themselves."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class SearchWord(models.Model):
    """One word that stands in some document, for finding what a typo meant.

    `near` are its spellings with one letter left out: two words that share one, or of
    which one is the other's, are one slip of the finger apart. Kept with the documents
    and emptied with them: a word that no document holds any more goes.
    """

    text = models.TextField(primary_key=True)
    documents = models.IntegerField()
    near = ArrayField(models.TextField())

    class Meta:
        indexes = [GinIndex(fields=["near"], name="search_word_near")]

    def __str__(self) -> str:
        return self.text
