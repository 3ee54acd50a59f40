"""Every empty page says what to do next: a sentence, and where it is done."""

import re

import pytest

from itsm.requests.models import Offering
from itsm.tickets import queue
from itsm.tickets.states import TicketType
from people.models import Category, Organisation, Service, User
from people.roles import Role
from tests.cast import AT
from tests.factories import as_

pytestmark = pytest.mark.django_db
SEARCHES = ("", "&in=people", "&in=articles")
AGENT = [
    "/",
    *(f"/queue/?view={slug}" for slug in queue.VIEWS),
    "/queue/?service=none&priority=1",
    *(f"/{type_}s/" for type_ in TicketType.values),
    "/queue/bulk/",
    "/exports/",
    "/knowledge/",
    *(f"/knowledge/?state={s}" for s in ("draft", "published", "retired", "due")),
    "/knowledge/?q=zzz",
    "/feedback/",
    *(f"/search/?q=zzz{which}" for which in SEARCHES),
    "/notifications/",
    "/settings/templates/",
    "/settings/templates/?q=zzz",
    "/settings/tags/",
]
ADMINISTRATOR = [
    "/settings/tags/",
    "/settings/offerings/",
    "/settings/services/",
    "/settings/organisations/",
    "/settings/categories/",
    "/settings/teams/",
    "/settings/people/?q=zzz",
    "/settings/tokens/",
]
REQUESTER = [
    "/notifications/",
    "/portal/",
    "/portal/tickets/",
    "/portal/tickets/?tab=done",
    "/portal/tickets/?q=zzz",
    "/portal/order/",
    "/portal/order/?q=zzz",
    "/portal/articles/",
    "/portal/articles/?q=zzz",
    "/search/?q=zzz",
]
PAGES = [
    *((Role.AGENT, path) for path in AGENT),
    *((Role.ADMINISTRATOR, path) for path in ADMINISTRATOR),
    *((Role.REQUESTER, path) for path in REQUESTER),
]


@pytest.fixture
def nothing(db):
    """Somebody in a product that nobody has used yet."""
    for model in (Offering, Category, Service, Organisation):
        assert not model.objects.exists()

    def one(role: Role) -> User:
        made = {"name": "Nobody", "roles": [role.value], "created_at": AT, "tour": 5}
        return User.objects.create(email=f"{role.value}@demo.example", **made)

    return one


@pytest.mark.parametrize(("role", "path"), PAGES)
def test_an_empty_page_says_what_to_do_next(nothing, role, path):
    answer = as_(nothing(role)).get(path)
    assert answer.status_code == 200, answer
    page = answer.content.decode()
    boxes = re.findall(r'<div class="empty">(.*?)</div>', page, re.DOTALL)
    assert boxes, "nothing says that it is empty"
    for box in boxes:
        words = re.search(r"<p>(.{15,}?)</p>", box, re.DOTALL)
        assert words, "it does not say what to do"
        leads = re.search(r'<a class="btn"[^>]*href="[^"]+"', box)
        assert leads, "it does not lead there"
