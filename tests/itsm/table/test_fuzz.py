"""Whatever is asked or sent: an answer in this shape, and never a 500."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from itsm.table.query import OPERATORS
from itsm.table.tables import TABLES
from itsm.tickets.models import Ticket
from tests.factories import an_incident, attached, taken

pytestmark = pytest.mark.django_db
MUCH = hypothesis_settings(
    max_examples=120,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
PARTS = [*OPERATORS, "^", "^OR", "^NQ", "^^", "ORDERBY", "ORDERBYDESC", "@", ","]
VALUES = ["1", "-1", "true", "", "NULL", "2026-03-02", "9" * 30, "%", "'", "\\", "x"]
VALUES += ["2026-03-02 09:00:00", "0" * 32, "bob@demo.example", "🐝", "1e309", "٣"]


def fields(table):
    return [*(c.name for c in table.columns), *table.walks]


@st.composite
def questions(draw, table):
    """A condition that makes sense, or parts of several in any order."""
    words = st.sampled_from([*fields(table), *PARTS, *VALUES])
    whole = st.tuples(
        st.sampled_from(fields(table)),
        st.sampled_from(OPERATORS),
        st.sampled_from(VALUES),
    ).map("".join)
    joined = st.lists(whole, min_size=1, max_size=4).map(
        draw(st.sampled_from(["^", "^OR", "^NQ"])).join
    )
    return draw(
        st.one_of(
            joined, st.lists(words, max_size=8).map("".join), st.text(max_size=30)
        )
    )


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_no_question_breaks_it(cast, desk, who):
    attached(taken(cast, an_incident(cast, service=cast.services["vpn"])), by=cast.bob)
    one = desk(cast.people[who])

    @MUCH
    @given(st.data())
    def ask(data):
        name = data.draw(st.sampled_from(list(TABLES)))
        given = {
            "query": data.draw(questions(TABLES[name])),
            "display_value": data.draw(st.sampled_from(["true", "false", "all"])),
            "limit": data.draw(st.sampled_from(["", "0", "1", "10000"])),
            "offset": data.draw(st.sampled_from(["", "1", "99999999"])),
        }
        answer = one.ask(name, **given)
        assert answer.status_code in {200, 400}, (given, answer.content)
        assert answer["Content-Type"] == "application/json"
        if answer.status_code == 200 and given["limit"] == "10000":
            assert len(answer.json()["result"]) <= int(answer["X-Total-Count"])

    ask()


SENT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(VALUES),
)


@pytest.mark.parametrize("who", ["grace", "carol"])
def test_nothing_that_is_sent_breaks_it(cast, desk, who):
    taken(cast, an_incident(cast, service=cast.services["vpn"]))
    one = desk(cast.people[who])
    written = [name for name in TABLES if name != "sys_attachment"]
    listed = {name: one.find(name) for name in written}

    @MUCH
    @given(st.data())
    def send(data):
        name = data.draw(st.sampled_from(written))
        names = st.sampled_from([c.name for c in TABLES[name].columns])
        value = st.one_of(SENT, st.dictionaries(st.just("value"), SENT))
        body, path, method = data.draw(st.dictionaries(names, value)), name, "post"
        if listed[name] and data.draw(st.booleans()):
            path, method = f"{name}/{listed[name][0]['sys_id']}", "put"
        answer = one.send(method, path, body)
        assert answer.status_code in {200, 201, 400, 403, 404}, (body, answer.content)
        assert "result" in answer.json() or answer.json()["status"] == "failure"

    send()
    assert Ticket.objects.filter(title="").count() == 0
