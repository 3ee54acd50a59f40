"""What a mistyped name answers tells nobody more than they may see."""

import pytest

from people.models import Category, Service

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(cast):
    """A service and a category that are there for Globex alone."""
    service = Service.objects.create(slug="globex-till", name="Till")
    service.organisations.add(cast.organisations["globex"])
    category = Category.objects.create(slug="globex-cash", name="Cash")
    category.services.add(service)
    return service


def refusal(client, **fields):
    answer = client.post("incidents/", {"title": "x", **fields})
    assert answer.status_code == 422, answer.content
    return str(answer.json()["errors"])


@pytest.mark.parametrize(
    ("field", "hidden", "open_"),
    [("service", "globex-till", "printing"), ("category", "globex-cash", "print")],
)
def test_a_suggestion_names_only_what_one_may_see(
    cast, api, theirs, field, hidden, open_
):
    near = {field: hidden + "s"}
    assert hidden in refusal(api(cast.mallory), **near).replace(hidden + "s", "")
    assert hidden in refusal(api(cast.bob), **near).replace(hidden + "s", "")
    assert hidden not in refusal(api(cast.carol), **near).replace(hidden + "s", "")
    assert f"“{open_}”" in refusal(api(cast.carol), **{field: open_ + "x"})


def test_what_one_does_not_see_cannot_be_told_from_what_is_not_there(cast, api, theirs):
    known = refusal(api(cast.carol), service="globex-till")
    assert known.replace("till", "sink") == refusal(
        api(cast.carol), service="globex-sink"
    )
    assert (
        api(cast.mallory)
        .post("incidents/", {"title": "x", "service": "globex-till"})
        .status_code
        == 201
    )


def test_the_lists_name_nothing_besides_that_one_does_not_see(cast, api, theirs):
    cast.services["vpn"].depends_on.add(theirs)
    theirs.organisations.add(cast.organisations["acme"])
    cast.categories["data"].services.add(cast.services["vpn"], theirs)
    told = api(cast.carol).get("services/globex-till/").json()
    assert told["organisations"] == ["acme"]
    theirs.organisations.remove(cast.organisations["acme"])
    client = api(cast.carol)
    assert client.get("services/vpn/").json()["depends_on"] == ["sign-in"]
    assert client.get("categories/data/").json()["services"] == ["vpn"]
    assert client.get("categories/globex-cash/").status_code == 404
    staff = api(cast.bob).get("services/vpn/").json()
    assert staff["depends_on"] == ["globex-till", "sign-in"]


@pytest.mark.parametrize("more", [{}, {"titel": "x"}])
def test_reporting_for_others_tells_of_no_account(cast, api, more):
    client = api(cast.carol)
    answers = [
        client.post("incidents/", {"title": "x", "requester": email, **more})
        for email in ("mallory@demo.example", "nobody@demo.example")
    ]
    assert [a.status_code for a in answers] == [403, 403]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
