"""The policy table: read as a whole, cell by cell, and obeyed by every action."""

from itertools import product

import pytest

from core.errors import Forbidden
from people.models import User
from people.policy import POLICY, Scope, allows, require
from people.policy_words import VERBS, by_role
from people.roles import Role

FOR_REQUESTERS = {
    "ticket.open": Scope.OWN,
    "ticket.see": Scope.OWN,
    "ticket.comment": Scope.OWN,
    "ticket.attach": Scope.OWN,
    "ticket.transition": Scope.OWN,
    "ticket.copy": Scope.OWN,
    "ticket.approve": Scope.NAMED,
    "ticket.me_too": Scope.SEEN,
    "article.see": Scope.SEEN,
    "article.use": Scope.SEEN,
    "feedback.give": Scope.OWN,
    "service.see": Scope.ANY,
    "account.change": Scope.SELF,
    "delegation.change": Scope.SELF,
    "agreement.see": Scope.NAMED,
    "agreement.accept": Scope.NAMED,
    "recurring.end": Scope.OWN,
    "entitlement.see": Scope.SELF,
    "backlog.see": Scope.NAMED,
    "story.comment": Scope.SEEN,
    "idea.give": Scope.ANY,
    "review.give": Scope.NAMED,
}
ADMINISTRATORS_ONLY = {"people.change", "calendar.change", "tag.change", "admin.see"}


def person(*roles: Role, is_active: bool = True) -> User:
    return User(email="x@demo.example", roles=list(roles), is_active=is_active)


def expected(role: Role, verb: str, scope: Scope) -> bool:
    """The table cell by cell, every role a requester too."""
    cells = [POLICY[verb].get(role), POLICY[verb].get(Role.REQUESTER)]
    return any(cell in {scope, Scope.ANY} for cell in cells if cell is not None)


@pytest.mark.parametrize("verb", POLICY)
def test_each_cell_allows_exactly_its_scope(verb):
    for role, scope in product(Role, Scope):
        found = allows(person(role), verb, frozenset({scope}))
        assert found == expected(role, verb, scope), (role, scope)


@pytest.mark.parametrize("verb", POLICY)
def test_without_standing_only_what_is_for_everything_is_allowed(verb):
    for role in Role:
        found = allows(person(role), verb)
        cells = (POLICY[verb].get(role), POLICY[verb].get(Role.REQUESTER))
        assert found == (Scope.ANY in cells)


@pytest.mark.parametrize("verb", POLICY)
def test_whoever_left_may_nothing_whatever_they_were(verb):
    left = person(*Role, is_active=False)
    assert not allows(left, verb, frozenset(Scope))


def test_requesters_may_what_this_list_says_and_no_more():
    found = {verb: cells.get(Role.REQUESTER) for verb, cells in POLICY.items()}
    assert {v: scope for v, scope in found.items() if scope} == FOR_REQUESTERS


def test_settings_are_for_administrators_only():
    for verb in ADMINISTRATORS_ONLY:
        assert set(POLICY[verb]) == {Role.ADMINISTRATOR}
    for verb in ("ticket.restrict", "ticket.redact"):
        cells = POLICY[verb]
        assert cells[Role.ADMINISTRATOR] is Scope.ANY
        others = set(Role) - {Role.REQUESTER, Role.ADMINISTRATOR}
        assert {cells[role] for role in others} == {Scope.LED}


def test_nobody_approves_but_the_named_not_even_an_administrator():
    for role in Role:
        everything_else = frozenset(Scope) - {Scope.NAMED}
        assert not allows(person(role), "ticket.approve", everything_else)
        assert allows(person(role), "ticket.approve", frozenset({Scope.NAMED}))


def test_a_person_without_roles_is_a_requester():
    assert allows(person(), "ticket.comment", frozenset({Scope.OWN}))
    assert not allows(person(), "ticket.note", frozenset(Scope))


def test_several_roles_add_up():
    both = person(Role.AGENT, Role.DISPATCHER)
    assert allows(both, "ticket.assign_now")
    assert not allows(person(Role.AGENT), "ticket.assign_now")


def test_a_refusal_is_a_sentence():
    with pytest.raises(Forbidden, match=r"not yours to do\."):
        require(person(), "people.change")
    with pytest.raises(Forbidden, match="Ask Grace"):
        require(person(), "people.change", why="Ask Grace.")


def test_a_verb_that_the_table_lacks_is_a_mistake_and_never_a_permission():
    with pytest.raises(KeyError):
        allows(person(Role.ADMINISTRATOR), "ticket.explode", frozenset(Scope))


def test_every_verb_of_the_table_has_its_words():
    """Settings say what each role may do; say it in people/policy_words.py."""
    assert set(POLICY) - set(VERBS) == set()
    assert set(VERBS) - set(POLICY) == set()


def test_what_a_role_may_is_said_as_the_table_has_it():
    said = {role.title: dict(role.lines) for role in by_role()}
    change = str(VERBS["people.change"])
    assert [title for title, lines in said.items() if change in lines] == [
        "Administrator"
    ]
    assert said["Dispatcher"][str(VERBS["ticket.assign_now"])] == "for everything"
    everybody = said["Everybody who works here"]
    assert everybody[str(VERBS["ticket.assign_now"])] == "in teams they lead"
    assert str(VERBS["ticket.note"]) not in said["Requester"]
