"""What is found, in which order, and by whom."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import consumers
from core.log import act, record
from itsm.tickets import kinds, search, wordstats
from itsm.tickets.models import Participant, Ticket, TicketSearch
from itsm.tickets.wordstats import Word, WordStatistics
from people.models import Organisation, User
from people.roles import Role
from tests.itsm.tickets.rows import AT, person, said, team, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return person("bob", Role.AGENT)


@pytest.fixture
def carol() -> User:
    acme = Organisation.objects.create(slug="acme", name="Acme")
    return person("carol", Role.REQUESTER, organisation=acme)


def titles(user: User, q: str) -> list[str]:
    return [t.title for t in search.search(user, q, at=AT).rows]


def indexed(title: str, **fields: object) -> Ticket:
    made = ticket(title, **fields)
    search.index([made.pk])
    return made


def test_a_ticket_is_found_by_words_of_its_title_description_and_conversation(bob):
    made = ticket("VPN drops", description="Firmware 7.2 on the gateway")
    said(made, "Restarted the concentrator")
    search.index([made.pk])
    for q in ("vpn", "gateway", "firmware 7.2", "concentrator", "VPN gateway"):
        assert titles(bob, q) == ["VPN drops"], q
    assert titles(bob, "vpn telephony") == []


def test_the_last_word_may_be_unfinished_and_the_others_may_not(bob):
    indexed("Docking station does not charge")
    assert titles(bob, "docking stat") == ["Docking station does not charge"]
    assert titles(bob, "dock station") == []


@pytest.mark.parametrize("quotes", ["“{}”", "„{}“", "«{}»"])
def test_quotes_as_telephones_and_other_languages_write_them_hold_a_phrase(bob, quotes):
    indexed("printer jams on floor two")
    indexed("two printers on floor nine jam")
    assert titles(bob, quotes.format("floor two")) == ["printer jams on floor two"]


def test_phrases_and_excluded_words_are_understood(bob):
    indexed("Wi-Fi in the red house")
    indexed("House of the red printer")
    assert titles(bob, '"red house"') == ["Wi-Fi in the red house"]
    assert titles(bob, "house -printer") == ["Wi-Fi in the red house"]
    assert titles(bob, "-printer") == []


def test_accents_and_punctuation_make_no_difference(bob):
    indexed("Drucker in Köln: Fehler 0x80-41, mail.acme.example")
    for q in ("koln", "Köln", "KÖLN", "acme", "0x80-41", "mail.acme.example"):
        assert len(titles(bob, q)) == 1, q


def test_an_exact_number_stands_first_whatever_else_mentions_it(bob):
    first = indexed("Checkout answers 502")
    indexed(f"Same as {first.number} again")
    for q in (first.number, first.number.lower(), first.number.replace("-", " ")):
        found = search.search(bob, q, at=AT)
        assert found.rows[0].pk == first.pk, q
    assert len(found.rows) == 2
    assert titles(bob, first.number.removeprefix("INC-"))[0] == first.title


def test_a_hit_in_the_title_goes_before_one_in_a_note_and_new_before_old(bob):
    noted = ticket("Something else")
    said(noted, "perhaps the scanner", public=False)
    search.index([noted.pk])
    old = indexed("Scanner is slow", opened_at=AT - timedelta(days=700))
    new = indexed("Scanner is loud", opened_at=AT)
    found = search.search(bob, "scanner", at=AT).rows
    assert [t.pk for t in found] == [new.pk, old.pk, noted.pk]


def test_an_internal_note_is_found_by_staff_and_never_by_its_requester(bob, carol):
    made = ticket("Phone is silent", requester=carol)
    said(made, "user is impossible, suspect sabotage", public=False)
    said(made, "we are on it")
    search.index([made.pk])
    assert titles(bob, "sabotage") == ["Phone is silent"]
    assert titles(carol, "sabotage") == []
    assert titles(carol, "sabot") == []
    assert titles(carol, '"suspect sabotage"') == []
    assert titles(carol, "phone -sabotage") == ["Phone is silent"]
    assert titles(carol, "on it") == ["Phone is silent"]
    assert list(search.matching(carol, "sabotage")) == []


def test_requesters_find_their_own_and_what_they_are_copied_on(carol):
    indexed("Badge of mine", requester=carol)
    copied = indexed("Badge I am copied on")
    Participant.objects.create(
        ticket=copied, user=carol, role=Participant.Role.COPIED, at=AT
    )
    indexed("Badge of somebody else")
    same = indexed("Badge of a colleague", organisation=carol.organisation)
    assert set(titles(carol, "badge")) == {"Badge of mine", "Badge I am copied on"}
    Organisation.objects.update(shares_tickets=True)
    carol = User.objects.get(pk=carol.pk)
    assert "Badge of a colleague" in titles(carol, "badge")
    same.restricted = True
    same.save()
    assert "Badge of a colleague" not in titles(carol, "badge")


def test_restricted_tickets_are_absent_also_by_number(bob):
    secret = indexed("Payroll complaint", restricted=True)
    assert titles(bob, "payroll") == []
    assert titles(bob, secret.number) == []
    secret.owner = bob
    secret.save()
    assert titles(bob, secret.number) == ["Payroll complaint"]


def test_of_many_matches_the_newest_are_ranked_and_the_rest_is_admitted(
    bob, monkeypatch
):
    monkeypatch.setattr(search, "NEWEST", 5)
    for n in range(7):
        indexed(f"Laptop {n}")
    found = search.search(bob, "laptop", at=AT, limit=3)
    assert len(found.rows) == 3
    assert (found.matches, found.more, found.label) == (5, True, "5+")
    rest = search.search(bob, "laptop", at=AT, limit=3, offset=3)
    seen = {t.title for t in [*found.rows, *rest.rows]}
    assert seen == {f"Laptop {n}" for n in range(2, 7)}


def test_it_costs_the_same_queries_for_one_hit_and_for_many(
    bob, django_assert_num_queries
):
    for n in range(30):
        indexed(f"Laptop {n}", requester=bob, team=team(f"team-{n}"))
    search.search(bob, "laptop", at=AT)  # process versions are known from here on
    with django_assert_num_queries(2):
        for hit in search.search(bob, "laptop", at=AT).rows:
            assert hit.requester
            assert hit.title
    with django_assert_num_queries(2):
        search.search(bob, "INC-5001", at=AT)


@pytest.mark.parametrize(
    "q",
    [
        "", " ", "'", "''", "\\", "\\'", "a\x00b", ":*", "a:*", "!", "!a", "-", '"',
        '""', '"a', "a & b | !c <-> d", "(((", "))", "a' | 'b':*A", "%s",
        "{id}", "\ud800",
        "x" * 5000, "word " * 500, "<b>&amp;</b>", "١٢٣", "日本語", "²", "-a -b",
        "INC-99999999999999999999", "INC-", "--", "';DROP TABLE itsm_ticket;--",
        "http://a.b/c?d=e&f", "a@b.c", "/etc/passwd", "1e400", "-1", "0x", "🐝",
    ],
)  # fmt: skip
def test_any_text_is_an_answerable_query(bob, q):
    indexed("An ordinary ticket")
    search.search(bob, q, at=AT)
    list(search.matching(bob, q))


@given(st.text(max_size=40))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_at_all_breaks_it(bob, q):
    search.search(bob, q, at=AT)


def test_whatever_was_typed_into_a_ticket_can_be_searched_for(bob):
    for text in ("I/O error (disk #4)", "C:\\temp\\x.log", "50% CPU @ srv-01", "a_b_c"):
        made = indexed(text)
        assert made.title in titles(bob, text), text
        assert made.title in titles(bob, f'"{text}"'), text


def test_the_reader_of_the_log_indexes_what_changed(bob):
    search.register()
    made = ticket("Fax is dead")
    with act():
        record(kinds.OPEN, subject=made, by=bob, at=AT)
    consumers.advance("search", at=AT)
    consumers.advance("search", at=AT)
    assert titles(bob, "fax") == ["Fax is dead"]
    made.title = "Fax is alive"
    made.save()
    with act():
        record(kinds.EDIT, subject=made, by=bob, at=AT)
    consumers.advance("search", at=AT)
    assert titles(bob, "dead") == []
    assert titles(bob, "alive") == ["Fax is alive"]


def test_a_redacted_text_is_forgotten_at_once(bob):
    made = ticket("Account locked", description="password hunter2")
    spoken = said(made, "it was hunter3")
    search.index([made.pk])
    made.description = ""
    made.save()
    spoken.body, spoken.redacted_at = "[removed]", AT
    spoken.save()
    search.forget(made)
    assert titles(bob, "hunter") == []
    assert "hunter" not in str(TicketSearch.objects.get(ticket=made).document)


def common(words: dict[str, float], documents: float = 1_000_000) -> object:
    return lambda: WordStatistics(documents, words)


def test_walking_from_the_newest_finds_what_the_index_finds(bob, monkeypatch):
    monkeypatch.setattr(search, "NEWEST", 4)
    for n in range(9):
        indexed(f"Laptop {n}", opened_at=AT)
    looked_up = search.search(bob, "laptop", at=AT)
    walked: list[int] = []
    ask = search.ask

    def counted(user: User, key: object, build: object, **values: object) -> object:
        walked.extend([values["steps"]] if "steps" in values else [])
        return ask(user, key, build, **values)

    monkeypatch.setattr(search, "ask", counted)
    monkeypatch.setattr(search.wordstats, "current", common({"laptop": 0.5}))
    found = search.search(bob, "laptop", at=AT)
    assert walked == [4 * 4 / 0.5]
    assert (found.rows, found.label) == (looked_up.rows, "4+")


def test_a_walk_that_finds_too_little_leaves_it_to_the_index(bob, monkeypatch):
    monkeypatch.setattr(search.wordstats, "current", common({"laptop": 0.5}))
    indexed("Laptop of long ago")
    for n in range(5):
        indexed(f"Monitor {n}")
    assert titles(bob, "laptop") == ["Laptop of long ago"]


def test_a_walk_never_shows_what_the_person_may_not_see(bob, carol, monkeypatch):
    monkeypatch.setattr(search, "NEWEST", 2)
    monkeypatch.setattr(search.wordstats, "current", common({"laptop": 0.5}))
    for n in range(6):
        indexed(f"Laptop {n}", restricted=n % 2 == 0, requester=carol)
    assert set(titles(bob, "laptop")) == {"Laptop 3", "Laptop 5"}
    assert len(titles(carol, "laptop")) == 2


def test_how_common_words_are_together_is_estimated_between_and_and_least():
    known = WordStatistics(1_000_000, {"laptop": 0.2, "vienna": 0.04, "vienne": 0.01})
    assert known.share([Word("laptop")]) == 0.2
    assert known.share([Word("vien", is_prefix=True)]) == pytest.approx(0.05)
    both = known.share([Word("laptop"), Word("vienna")])
    assert 0.2 * 0.04 < both < 0.04
    assert known.share([Word("quicksilver")]) < 0.001
    assert known.share([]) == 1.0


def test_statistics_are_read_from_what_analyze_keeps(bob):
    for n in range(30):
        indexed(f"Laptop {n}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE itsm_ticketsearch")
    known = wordstats._read()
    assert known.documents == 30
    assert known.share([Word("laptop")]) == pytest.approx(1.0)
