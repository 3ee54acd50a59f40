"""What the rows of a file can name, and which stories came before them."""

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext as _

from backlog.stories.models import Story
from people.models import User
from processes.models import Process

HERE = 0  # in place of a row's number: the backlog has it


class Known:
    """Asked once, in four queries; names in small letters."""

    def __init__(self, process: Process) -> None:
        self.activity = {one.name.lower(): one for one in process.activities.all()}
        self.increment = {one.name.lower(): one for one in process.increments.all()}
        self.assignee = _people()
        stories = Story.objects.filter(process=process)
        rows = list(stories.values_list("external_ref", "title"))
        self._refs = {ref: HERE for ref, _title in rows if ref}
        self._titles = {title.lower(): HERE for _ref, title in rows}

    def before(self, number: int, title: str, ref: str) -> str:
        """Why this row is left out: it came before. Empty: it is new, and known now.

        What has a number elsewhere is told by that, the rest by its title.
        """
        key = title.lower()
        row = self._refs.get(ref) if ref else self._titles.get(key)
        if row is None:
            self._titles.setdefault(key, number)
            if ref:
                self._refs[ref] = number
            return ""
        if row != HERE:
            return _("The same as row %(n)s") % {"n": row}
        if ref:
            return _("%(ref)s came before") % {"ref": ref}
        return _("A story of this title is here already")


def _people() -> Mapping[str, User]:
    """By address, and by name where only one has it."""
    people = list(User.objects.people())
    named = Counter(one.name.lower() for one in people)
    found = {one.name.lower(): one for one in people if named[one.name.lower()] == 1}
    return found | {one.email.lower(): one for one in people}
