"""What was meant: typos find it, say so, and never tell of what may not be seen."""

import pytest
from django.db import connection

from core.log import act
from itsm.tickets import actions, search
from itsm.tickets.finding import vocabulary
from itsm.tickets.finding.models import SearchWord
from itsm.tickets.models import TicketSearch
from people.models import User
from people.roles import Role
from tests.itsm.tickets.rows import AT, person, said, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return person("bob", Role.AGENT)


@pytest.fixture
def carol() -> User:
    return person("carol", Role.REQUESTER)


def indexed(title, **fields):
    made = ticket(title, **fields)
    search.index([made.pk])
    return made


def meant(user, q):
    found = search.search(user, q, at=AT)
    return (found.meant.words if found.meant else None, [r.title for r in found.rows])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("pritner", "printer"),  # two letters swapped
        ("prnter", "printer"),  # one missing
        ("printter", "printer"),  # one too many
        ("prinder", "printer"),  # another one
        ("rpinter", "printer"),
        ("passwrod", "password"),
        ("mial", "mail"),
        ("Pritner", "printer"),
        ("vpm", "vpn"),
        ("vnp", "vpn"),
        ("vpnn", "vpn"),
    ],
)
def test_a_slip_of_the_finger_finds_what_was_meant(bob, typed, words):
    indexed("Printer needs a password for mail and VPN")
    assert meant(bob, typed) == (words, ["Printer needs a password for mail and VPN"])


def test_a_short_word_that_somebody_uses_is_never_a_typo(bob):
    for n in range(8):
        indexed(f"The MAP of floor {n}")
    indexed("SAP is slow")
    assert meant(bob, "sap") == (None, ["SAP is slow"])
    assert meant(bob, "mab")[0] == "map"
    assert meant(bob, "xab") == (None, [])  # two slips away


def test_a_word_of_three_letters_that_may_not_be_seen_is_not_told(bob, carol):
    indexed("VPN of the board", restricted=True)
    assert meant(bob, "vpm") == (None, [])
    assert meant(carol, "vpm") == (None, [])


def test_it_says_what_was_done_and_how_to_get_what_was_typed(bob):
    indexed("Printer in Vienna")
    found = search.search(bob, "pritner vienna owner:none", at=AT).meant
    assert found.instead
    assert (found.typed, found.words) == ("pritner", "printer")
    assert found.q == "printer vienna owner:none"
    assert found.literal == '"pritner" vienna owner:none'
    assert search.search(bob, found.literal, at=AT).rows == []


def test_what_was_typed_stands_before_what_may_have_been_meant(bob):
    for n in range(8):
        indexed(f"Printer {n}")
    indexed("Pritner is a name, too")
    found = search.search(bob, "pritner", at=AT)
    assert found.rows[0].title == "Pritner is a name, too"
    assert not found.meant.instead
    assert len(found.rows) == 9


def test_nobody_is_corrected_who_found_enough_or_who_was_exact(bob):
    for n in range(4):
        indexed(f"Pritner {n}")
    for n in range(40):
        indexed(f"Printer {n}")
    assert meant(bob, "pritner")[0] is None
    indexed("Rare skanner")
    for q in ('"scanner"', "skann", "-scanner", "rare -scanner", "printer 2"):
        assert meant(bob, q)[0] is None, q
    assert meant(bob, "xqzwv")[0] is None


def test_numbers_and_codes_are_never_corrected(bob):
    made = indexed("Host srv-0042 shows 0x80aa")
    assert meant(bob, made.number[:-1] + "0") == (None, [])
    assert meant(bob, "srv-0043") == (None, [])
    assert not SearchWord.objects.filter(text__regex="[0-9]").exists()


def test_only_the_unknown_word_of_several_is_replaced(bob):
    indexed("Laptops and a laptop beside the printer")
    assert meant(bob, "pritner laptop")[0] == "printer"


def test_a_correction_never_tells_of_what_may_not_be_seen(bob, carol):
    own = indexed("Phone is silent", requester=carol)
    said(own, "suspect sabotage", public=False)
    search.index([own.pk])
    indexed("Payroll complaint", restricted=True)
    indexed("Somebody else has trouble with Kubernetes")
    assert meant(carol, "sabotgae") == (None, [])
    assert meant(carol, "kuberntes") == (None, [])
    assert meant(bob, "payrol1") == (None, [])
    assert meant(bob, "payrlol") == (None, [])
    assert meant(bob, "sabotgae")[0] == "sabotage"
    assert meant(carol, "phoen")[0] == "phone"


def test_words_are_counted_with_the_documents_and_go_with_them(bob):
    one, two = indexed("Hunter phones"), indexed("Hunter calls")
    assert SearchWord.objects.get(text="hunter").documents == 2
    for made in (one, two):
        made.title = "Somebody"
        made.save()
        search.index([made.pk])
    assert not SearchWord.objects.filter(text="hunter").exists()
    assert SearchWord.objects.get(text="somebody").documents == 2
    with connection.cursor() as cursor:
        before = set(SearchWord.objects.values_list("text", "documents"))
        vocabulary.fill(cursor)
    assert set(SearchWord.objects.values_list("text", "documents")) == before


def test_a_redacted_word_is_forgotten_at_once(cast, django_capture_on_commit_callbacks):
    from tests.factories import an_incident

    made = an_incident(cast, title="Account", description="topsecretword")
    search.index([made.pk])
    assert SearchWord.objects.filter(text="topsecretword").exists()
    with act():
        actions.redact(
            ticket=made, by=cast.grace, at=AT, why="pasted", field="description"
        )
    assert not SearchWord.objects.filter(text="topsecretword").exists()
    assert "topsecret" not in str(TicketSearch.objects.get(ticket=made).document)


def test_slips_are_counted_like_people_make_them():
    for one, other, slips in (
        ("printer", "printer", 0),
        ("pritner", "printer", 1),
        ("prnter", "printer", 1),
        ("printerr", "printer", 1),
        ("abcd", "bcde", 2),
        ("", "abc", 3),
    ):
        assert vocabulary.apart(one, other) == slips
        assert vocabulary.apart(other, one) == slips
