"""Every verb through action, page and REST: the same state, the same events."""

import pytest

from core.errors import Refused
from itsm.tickets.models import Ticket
from itsm.tickets.verbs import SPECS
from processes import definition, shipping
from tests.suite.cases import CASES, ready
from tests.suite.doors import DOORS, by_action, outcome

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("door", DOORS)
def test_a_verb_does_the_same_through_every_door(cast, case, door):
    ticket, fields = ready(cast, case)
    DOORS[door](ticket, case.verb, fields, cast.people[case.who])
    found = outcome(ticket)
    for name, value in case.after.items():
        assert found[name] == value, name
    if door != "action":
        twin, fields = ready(cast, case)
        by_action(twin, case.verb, fields, cast.people[case.who])
        assert found == outcome(twin)


def test_every_verb_has_its_case():
    tried = {(case.type, case.verb) for case in CASES}
    shared = {verb for _type, verb in tried}
    # a split is taken back on the ticket it made: tests/itsm/joining
    assert set(SPECS) | {"edit"} <= shared | {"unsplit"}
    for slug, text in shipping.texts().items():
        rules = definition.load(text).rules
        verbs = {rule.verb for rule in rules if rule.by != {"timer"}}  # nobody's door
        common = {"start", "wait", "resume", "resolve", "reopen", "close", "cancel"}
        for verb in verbs - common:
            assert (slug, verb) in tried or verb in {"approve", "reject"}, (slug, verb)
    assert {"approve", "reject"} <= shared


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nobody_else_can(cast, case):
    """Mallory sees nothing of it; what she may not, changes nothing."""
    ticket, fields = ready(cast, case)
    before = outcome(ticket)
    assert not Ticket.objects.visible_to(cast.mallory).filter(pk=ticket.pk).exists()
    with pytest.raises(Refused):
        by_action(ticket, case.verb, fields, cast.mallory)
    assert outcome(ticket) == before
