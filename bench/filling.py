"""What the saved-view shapes ask for: as much in the small load as in the large one.

Growth compares a page with the same page. A hundredth of the tickets has a hundredth of
the tickets of a day, of a person, of a customer: moments are taken so that as many lie
behind them in either load, and where a set does not fill a page, it is filled. Only the
rare word stands in as few tickets as ever, of a team that has one.
"""

from datetime import datetime
from typing import Any

PAGE = 51  # and one, to see that there is another page
OF_A_DAY = 900  # tickets opened in one, at a million in three years
OF_A_WEEK = 500  # tickets resolved in one


def fill_pages(agent: Any) -> None:
    """Give each shape a page of tickets, from among those it might have had."""
    from itsm.tickets.models import Ticket
    from people.models import Organisation, Team

    found = Ticket.objects.open().filter(restricted=False)
    waiting = found.filter(state_category="waiting")
    urgent = found.filter(priority__in=[1, 2])
    team = Team.objects.get(slug="load-1")
    customer = Organisation.objects.get(slug="load-1")
    _fill_up(waiting, owner=agent)
    _fill_up(found.filter(owner=None), team=team)
    _fill_up(urgent, organisation=customer)


def _fill_up(rows: Any, **given: Any) -> None:
    missing = PAGE - rows.filter(**given).count()
    if missing > 0:
        others = rows.exclude(**given).order_by("-id").values_list("pk", flat=True)
        rows.model.objects.filter(pk__in=list(others[:missing])).update(**given)


def named(agent: Any) -> dict[str, str]:
    """Since when a day's tickets were opened and a week's resolved; whose a word is."""
    from itsm.tickets import search
    from itsm.tickets.models import Ticket
    from itsm.tickets.synthetic_words import RARE_WORD

    resolved = Ticket.objects.filter(state_category="resolved")
    rare = search.matching(agent, RARE_WORD).order_by("-id")
    return {
        "day": _nth(Ticket.objects, "opened_at", OF_A_DAY),
        "week": _nth(resolved, "state_since", OF_A_WEEK),
        "team": rare.values_list("team__slug", flat=True)[0],
    }


def _nth(rows: Any, column: str, n: int) -> str:
    """The n-th newest moment of these, as it stands in an address."""
    found: datetime = rows.order_by(f"-{column}").values_list(column, flat=True)[n - 1]
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")
