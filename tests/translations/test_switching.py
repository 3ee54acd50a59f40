"""Which language a page, an answer and a mail speak; nobody hears another's."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from core import reader, wording
from core.models import Event
from itsm.tickets import actions
from people import invitations
from people.models import User
from tests.cast import Cast
from tests.factories import a_token, an_incident, as_, later, said, taken
from tests.translations.pages import foreign, names

pytestmark = pytest.mark.django_db
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-DE,de;q=0.9,en;q=0.5"}
FRENCH = {"HTTP_ACCEPT_LANGUAGE": "fr-FR"}
SIGN_IN = "/accounts/login/"


def speaks(user: User, language: str) -> User:
    user.language = language
    user.save(update_fields=["language"])
    return user


def text(answer) -> str:
    return answer.content.decode()


def test_a_stranger_is_spoken_to_as_their_browser_asks(cast: Cast):
    page = text(Client(**GERMAN).get(SIGN_IN))
    assert '<html lang="de">' in page
    assert "Passwort vergessen?" in page
    assert "Forgotten your password?" in text(Client().get(SIGN_IN))


def test_where_nothing_fits_the_installation_decides(cast: Cast, monkeypatch):
    assert '<html lang="en">' in text(Client(**FRENCH).get(SIGN_IN))
    monkeypatch.setattr(settings, "LANGUAGE_CODE", "de")
    for asked in ({}, FRENCH):
        page = text(Client(**asked).get(SIGN_IN))
        assert '<html lang="de">' in page, asked
    assert '<html lang="en">' in text(Client(HTTP_ACCEPT_LANGUAGE="en-US").get(SIGN_IN))


def test_a_persons_choice_counts_more_than_their_browsers(cast: Cast):
    browser = as_(speaks(cast.bob, "de"))
    page = browser.get("/queue/", HTTP_ACCEPT_LANGUAGE="en")
    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]
    assert "Warteschlange" in text(page)
    speaks(cast.bob, "en")
    assert "Warteschlange" not in text(browser.get("/queue/", **GERMAN))
    speaks(cast.bob, "")
    assert "Warteschlange" in text(browser.get("/queue/", **GERMAN))


def test_what_django_and_allauth_say_is_german_too(cast: Cast):
    answer = Client(**GERMAN).post(
        SIGN_IN, {"login": "nobody@x.example", "password": "x"}
    )
    said_so = text(answer)
    assert "e-mail address and/or password" not in said_so.lower()
    assert "Passwort" in said_so
    empty = text(Client(**GERMAN).post(SIGN_IN, {}))
    assert "This field is required" not in empty


def test_a_program_hears_what_it_asks_for_else_what_its_person_chose(cast: Cast):
    program = Client(HTTP_AUTHORIZATION=f"Bearer {a_token(cast.bob)}")
    speaks(cast.bob, "de")
    gone = program.get("/api/v1/incidents/INC-999999/").json()
    assert gone["title"] == "Nicht gefunden"
    assert gone["detail"] == "Das Ticket INC-999999 gibt es für Sie nicht."
    asked = program.get("/api/v1/incidents/INC-999999/", HTTP_ACCEPT_LANGUAGE="en")
    assert asked.json()["title"] == "Not Found"
    stranger = Client(**GERMAN).get("/api/v1/incidents/")
    assert stranger.status_code == 401
    assert "Melden Sie sich an" in stranger.json()["detail"]


def test_refusals_of_actions_are_worded_for_who_is_refused(cast: Cast):
    ticket = an_incident(cast)
    browser = as_(speaks(cast.bob, "de"))
    answer = browser.post(
        f"/api/v1/incidents/{ticket.number}/resume/", "{}", "application/json"
    ).json()
    assert answer["title"] == "In diesem Status nicht möglich"
    assert answer["detail"] == (
        f"{ticket.number} hat den Status „Neu“, deshalb ist „Weiterarbeiten“ "
        "im Moment nicht möglich."
    )


def test_what_is_refused_in_the_background_is_worded_as_it_was_asked(cast: Cast):
    """Nobody chose a language here: the browser's is remembered with the work."""
    open_ = an_incident(cast)
    sent = {"numbers": [open_.number], "verb": "close"}
    told = as_(cast.bob).post(
        "/api/v1/tickets/bulk/", sent, "application/json", **GERMAN
    )
    detail = told.json()["results"][0]["detail"]
    assert detail == (
        f"{open_.number} hat den Status „Neu“, deshalb ist „Schließen“ "
        "im Moment nicht möglich."
    )


def test_a_mail_is_in_its_receivers_language_whoever_sends_it(cast: Cast):
    speaks(cast.carol, "de")
    with reader.speaking("en"):
        invitations.send(cast.carol, by=cast.grace)
        assert wording.duration(90) == "1 min"
    assert mail.outbox[-1].subject == "Ihr Zugang zu Beeline"
    assert mail.outbox[-1].body.startswith("Hallo Carol,")
    speaks(cast.carol, "en")
    with reader.speaking("de"):
        invitations.send(cast.carol, by=cast.grace)
    assert mail.outbox[-1].subject == "Your access to Beeline"


def test_the_log_holds_no_word_of_any_language(cast: Cast):
    speaks(cast.bob, "de")
    ticket = an_incident(cast, service=cast.services["vpn"])
    browser = as_(cast.bob)
    base = f"/incidents/{ticket.number}"
    browser.post(f"{base}/do/take/")
    browser.post(
        f"{base}/do/wait/", {"reason": "supplier", "until": "2031-01-05T09:00"}
    )
    browser.post(f"{base}/do/triage/", {"impact": "high", "urgency": "low"})
    events = Event.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    assert events.count() >= 3
    told = str(list(events.values_list("kind", "changes")))
    german = {"Wartet", "Neu", "Hoch", "Niedrig", "In Bearbeitung", "Auf einen"}
    assert not [word for word in german if word in told]


def test_the_timeline_reads_as_german_is_spoken(cast: Cast):
    number = talked_about(cast)
    page = text(as_(speaks(cast.bob, "de")).get(f"/incidents/{number}/"))
    for sentence in (
        "Carol hat es erfasst, P4",
        "Bob hat es übernommen und bleibt zuständig",
        "Auswirkung niedrig → hoch",
        "Priorität P4 → P3",
        "„In Bearbeitung“ auf „Wartet auf einen Lieferanten“ geändert",
    ):
        assert sentence in page, sentence


AT_WORK = (
    *("/", "/queue/", "/incidents/{n}/", "/queue/why/{n}/", "/new/incident/"),
    *("/processes/incident/versions/1/", "/account/", "/search/?q=vpn"),
    *("/settings/people/", "/incidents/{n}/do/assign/", "/incidents/{n}/do/resolve/"),
)
AT_HOME = ("/portal/", "/portal/tickets/", "/portal/{n}/", "/portal/order/")


def test_two_people_of_one_process_never_hear_each_others_language(cast: Cast):
    """What is kept between requests (words, macros, amounts) is kept by language."""
    number = talked_about(cast)
    browsers = {
        "de": as_(speaks(cast.bob, "de")),
        "en": as_(speaks(cast.alice, "en")),
    }
    assert not mixed(browsers, AT_WORK, number, cast)


def test_one_person_with_two_browsers_hears_what_each_asks_for(cast: Cast):
    number = talked_about(cast)
    browsers = {language: as_(cast.carol) for language in ("de", "en")}
    browsers["de"].defaults.update(GERMAN)
    assert not mixed(browsers, AT_HOME, number, cast)


def talked_about(cast: Cast) -> str:
    """A ticket with a bit of everything on its timeline."""
    ticket = taken(cast)
    said(ticket, by=cast.bob)
    actions.triage(
        ticket=ticket, by=cast.bob, at=later(4), impact="high", urgency="low"
    )
    actions.wait(ticket=ticket, by=cast.bob, at=later(5), reason="supplier")
    return ticket.number


def mixed(
    browsers: dict[str, Client], pages: tuple[str, ...], number: str, cast: Cast
) -> list[object]:
    """What was said in the wrong language, taking turns."""
    wrong: list[object] = []
    for language in ("de", "en", "de", "en"):
        browser = browsers[language]
        for address in (page.format(n=number) for page in pages):
            answer = browser.get(address)
            assert answer.status_code == 200, address
            said_so = foreign(text(answer), language, names(cast))
            wrong += [(language, address, words) for words in said_so]
        gone = browser.get("/api/v1/incidents/INC-999999/").json()
        assert gone["title"] == {"de": "Nicht gefunden", "en": "Not Found"}[language]
    return wrong
