"""A form sent twice does its work once: a double click, a reload, going back."""

import re
import threading
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from itsm.tickets.models import Attachment, Comment, Ticket
from tests.cast import make_cast
from tests.factories import PNG, an_incident, as_, taken

REPORT = {"what": "Locked out", "urgency": "slower", "service": ""}


def key_on(client, path):
    return re.search(r'name="once" value="(\w+)"', client.get(path).text)[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "path", "sent"),
    [
        ("carol", "/portal/report/", REPORT),
        ("carol", "/portal/order/vpn-access/", {"more": "For the trip"}),
        ("bob", "/new/", {"type": "incident", "title": "Locked out"}),
    ],
)
def test_the_same_form_again_leads_to_the_same_ticket(cast, who, path, sent):
    client = as_(cast.people[who])
    sent = {**sent, "once": key_on(client, path)}
    answers = [client.post(path, sent) for _ in range(3)]
    assert {a["Location"] for a in answers} == {answers[0]["Location"]}
    went = urlsplit(answers[0]["Location"]).path
    assert went.strip("/").endswith(Ticket.objects.get().number)
    client.post(path, {**sent, "once": key_on(client, path)})
    assert Ticket.objects.count() == 2


@pytest.mark.django_db
def test_other_words_in_the_same_form_are_another_ticket(cast):
    client = as_(cast.carol)
    sent = {**REPORT, "once": key_on(client, "/portal/report/")}
    client.post("/portal/report/", sent)
    client.post("/portal/report/", {**sent, "what": "The printer, too"})
    assert Ticket.objects.count() == 2


@pytest.mark.django_db
def test_what_was_refused_can_be_sent_again(cast):
    client = as_(cast.carol)
    sent = {**REPORT, "once": key_on(client, "/portal/report/")}
    bad = SimpleUploadedFile("virus.exe", b"MZ" + b"\x00" * 64)
    assert client.post("/portal/report/", {**sent, "files": bad}).status_code == 422
    assert client.post("/portal/report/", sent).status_code == 302
    assert Ticket.objects.count() == 1


@pytest.mark.django_db
def test_an_answer_with_its_file_is_said_once(cast):
    client, ticket = as_(cast.carol), taken(cast)
    path = f"/portal/{ticket.number}/"
    sent = {"body": "It still fails", "once": key_on(client, path)}
    for _ in range(2):
        file = SimpleUploadedFile("screen.png", PNG)
        client.post(f"{path}reply/", {**sent, "files": file})
    assert (Comment.objects.count(), Attachment.objects.count()) == (1, 1)
    other = an_incident(cast)
    client.post(f"/portal/{other.number}/reply/", sent)
    assert Comment.objects.filter(ticket=other).count() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_its_person_and_nobody_must_send_one(cast):
    for person in (cast.carol, cast.mallory):
        as_(person).post("/portal/report/", {**REPORT, "once": "abc"})
    as_(cast.carol).post("/portal/report/", REPORT)
    as_(cast.carol).post("/portal/report/", {**REPORT, "once": "x" * 500})
    as_(cast.carol).post("/portal/report/", {**REPORT, "once": "a b\x00"})
    assert Ticket.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_make_one_ticket():
    cast = make_cast()
    both, places = threading.Barrier(2), []

    def click():
        try:
            client = as_(cast.carol)
            both.wait()
            answer = client.post("/portal/report/", {**REPORT, "once": "k1"})
            places.append(answer["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places) == 2
    assert len(set(places)) == 1
    assert Ticket.objects.count() == 1
