"""Which stories somebody may see."""

from typing import Any

from django.db.models import Q, QuerySet

from people.models import User


class StoryQuerySet(QuerySet[Any]):
    """Chainable reads of stories."""

    def visible_to(self, user: User) -> "StoryQuerySet":
        """Staff see all; others what was published, and stories of their own ideas."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(Q(is_published=True) | Q(idea__by=user))
