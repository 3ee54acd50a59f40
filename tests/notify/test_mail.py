"""What a mail looks like: its headers, thread, words, and an id that proves itself."""

import re
from datetime import datetime
from email.utils import parseaddr

import pytest

from core.sealing import seal
from notify import message_ids, rulebook, sending
from notify.channels import mail as channel
from notify.models import Message, Wording
from people.models import User
from tests.notify.telling import NOW, a_message, reach, rule

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "127.0.0.1"  # of BASE_URL in the tests


def sent(mail, clock, *messages):
    sending.send_due(clock=clock)
    assert len(mail.received) == len(messages) or not messages
    return mail.mails


def text(found):
    return found.get_body(("plain",)).get_content()


def html(found):
    return found.get_body(("html",)).get_content()


def test_a_mail_says_what_happened_in_text_and_html(cast, things, mail, clock):
    message = a_message(cast.carol)
    things.texts[message.events[0][1]] = "It is **back**.\n\n- one\n- two"
    (found,) = sent(mail, clock, message)
    assert found["Subject"] == "THG-7 VPN drops every hour"
    assert parseaddr(found["To"])[1] == cast.carol.email
    assert "It is **back**." in text(found)
    assert "Service: VPN" in text(found)
    assert "/things/THG-7/" in text(found)
    assert "<strong>back</strong>" in html(found)
    assert "<li>one</li>" in html(found)
    assert re.search(r'<a class="go" href="http://[^"]+/things/THG-7/">', html(found))
    assert "prefers-color-scheme: dark" in html(found)


def test_headers_say_that_a_machine_wrote_it_and_where_to_choose(
    cast, things, mail, clock, settings
):
    settings.REPLY_TO = "desk@acme.example"
    (found,) = sent(mail, clock, a_message(cast.carol))
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["X-Auto-Response-Suppress"] == "All"
    assert found["Precedence"] == "bulk"
    assert found["List-Id"] == f"Beeline <notifications.{HOST}>"
    assert found["Reply-To"] == "desk@acme.example"
    assert found["List-Unsubscribe"].endswith(f"{channel.CHOICES}>")
    assert channel.CHOICES in text(found)
    assert found["Importance"] is None


def test_what_nobody_can_choose_offers_no_choice(cast, things, mail, clock):
    (found,) = sent(mail, clock, a_message(cast.carol, kind="thing.fixed"))
    assert found["List-Unsubscribe"] is None
    assert channel.CHOICES not in text(found) + html(found)


def test_mails_on_one_thing_are_one_thread_and_on_another_are_not(
    cast, things, mail, clock
):
    for subject_id in (7, 7, 8):
        a_message(cast.carol, subject_id=subject_id)
    first, second, other = sent(mail, clock)
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert first["References"] == message_ids.thread("thing", 7)
    assert first["Thread-Topic"] == second["Thread-Topic"] == "THG-7"
    assert first["Subject"] == second["Subject"]
    assert other["References"] != first["References"]
    assert len({m["Message-ID"] for m in (first, second, other)}) == 3


def test_ids_are_not_folded_away_from_their_headers(cast, things, mail, clock):
    a_message(cast.carol, subject_id=10**15)
    sent(mail, clock)
    (_to, raw) = mail.received[0]
    for name in (b"Message-ID", b"References", b"In-Reply-To"):
        assert re.search(rb"^" + name + rb": <[^\s>]+>\r$", raw, re.M)


def test_joined_events_are_a_list_in_the_order_of_the_log(cast, things, mail, clock):
    message = a_message(cast.carol, events=3)
    first, second, third = sorted(pk for _rule, pk in message.events)
    shuffled = [["thing.said", pk] for pk in (third, first, second)]
    Message.objects.filter(pk=message.pk).update(events=shuffled)
    (found,) = sent(mail, clock, message)
    at = [text(found).index(f"text of {pk}") for pk in (first, second, third)]
    assert at == sorted(at)
    assert text(found).count("Service: VPN") == 1


def test_a_digest_says_how_much_there_is(cast, things, mail, clock):
    message = a_message(
        cast.carol, events=2, is_digest=True, subject_type="", subject_id=0
    )
    Message.objects.filter(pk=message.pk).update(subject_id=0)
    (found,) = sent(mail, clock, message)
    assert found["Subject"] == "2 pieces of news"
    assert found["References"] is None
    assert message_ids.verify(found["Message-ID"]) == ("", 0, cast.carol.pk)


def test_a_mail_speaks_its_readers_language(cast, things, mail, clock):
    User.objects.filter(pk=cast.carol.pk).update(language="de")
    (found,) = sent(mail, clock, a_message(cast.carol))
    assert 'lang="de"' in html(found)
    assert ">In Beeline öffnen</a>" in html(found)


def test_an_organisations_own_words_are_used(cast, things, mail, clock):
    Wording.objects.create(
        rule="thing.said",
        language="en",
        title="[{number}]",
        body="Hi!\n\n{text}",
        at=NOW,
    )
    (found,) = sent(mail, clock, a_message(cast.carol))
    assert found["Subject"] == "[THG-7]"
    assert text(found).startswith("Hi!")


@pytest.mark.parametrize(
    "title",
    [
        "a\r\nBcc: mallory@globex.example",
        "a\nX-Evil: 1\n\nbody",
        "a\x00b\x0bc\u2028d\u0085e",
        "ü" * 300,
        "=?utf-8?q?=0d=0aBcc:_m@x.example?=",
        "",
    ],
)
def test_nothing_in_a_title_becomes_a_header(title, cast, things, mail, clock):
    things.title = title
    (found,) = sent(mail, clock, a_message(cast.carol))
    assert found["Bcc"] is None
    assert found["X-Evil"] is None
    assert mail.addresses == {cast.carol.email: 1}
    assert "\n" not in found["Subject"]


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![spy](https://evil.example/pixel.png)",
    ],
)
def test_nothing_in_a_text_runs_or_calls_home(written, cast, things, mail, clock):
    message = a_message(cast.carol)
    things.texts[message.events[0][1]] = written
    (found,) = sent(mail, clock, message)
    assert "<script" not in html(found)
    assert "<img" not in html(found)
    assert "javascript:" not in re.findall(r'href="([^"]*)"', html(found))


def test_an_address_that_no_server_takes_is_refused_and_paused(
    cast, things, mail, clock
):
    User.objects.filter(pk=cast.carol.pk).update(email="cärol@acme.example")
    message, fine = a_message(cast.carol), a_message(cast.bob)
    sending.send_due(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.failure[:12]) == ("failed", "mail.address")
    assert mail.addresses == {cast.bob.email: 1}
    assert fine.pk


def test_a_page_that_goes_by_mail_is_marked_urgent(cast, things, mail, clock):
    message = a_message(cast.carol, kind="thing.page", channel="page")
    (found,) = sent(mail, clock, message)
    assert found["Subject"].startswith("Urgent: THG-7")
    assert (found["Importance"], found["X-Priority"]) == ("high", "1")
    for part in ("plain", "html"):  # there is no other way to say that one is on it
        body = found.get_body((part,)).get_content()
        assert "/things/THG-7/acknowledge/" in body
    message.refresh_from_db()
    assert (message.channel, message.state) == ("mail", "sent")


def test_a_page_is_not_mailed_to_somebody_with_a_gateway(cast, things, mail, clock):
    reach(cast.carol, page_phone="+49 30 1234")
    a_message(cast.carol, kind="thing.page", channel="page")
    sending.send_due(clock=clock)  # there is no gateway at all
    assert len(mail.received) == 1


class TestMessageIds:
    ID = (12, 5, "ticket", 1042)

    def test_ours_verifies(self):
        made = message_ids.make(*self.ID)
        assert message_ids.verify(made) == ("ticket", 1042, 5)
        assert message_ids.verify(f" {made} ") == ("ticket", 1042, 5)
        assert message_ids.verify(made.strip("<>")) == ("ticket", 1042, 5)

    def test_the_host_may_have_moved(self, settings):
        made = message_ids.make(*self.ID)
        settings.BASE_URL = "https://desk.example.org"
        assert message_ids.verify(made) == ("ticket", 1042, 5)
        assert message_ids.make(*self.ID).endswith("@desk.example.org>")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("bl.12.", "bl.13."),
            (".5.", ".6."),
            (".ticket.", ".story."),
            (".1042.", ".1043."),
            (".1042.", ".01042."),
        ],
    )
    def test_an_altered_one_fails(self, old, new):
        made = message_ids.make(*self.ID)
        assert old in made
        assert message_ids.verify(made.replace(old, new, 1)) is None

    def test_a_forged_one_fails(self, settings):
        made = message_ids.make(*self.ID)
        proof = made.rpartition("@")[0].rpartition(".")[2]
        for digit in range(len(proof)):
            other = "0" if proof[digit] != "0" else "1"
            forged = proof[:digit] + other + proof[digit + 1 :]
            assert message_ids.verify(made.replace(proof, forged)) is None
        assert message_ids.verify(made.replace(proof, "")) is None
        assert message_ids.verify(made.replace(proof, "0" * 40)) is None

    def test_one_of_another_installation_fails(self, settings):
        made = message_ids.make(*self.ID)
        settings.SECRET_KEY = "another one " * 8
        assert message_ids.verify(made) is None

    @pytest.mark.parametrize(
        "given",
        [
            *("", "<>", "bl", "<x@y>", "<bl.1.2.ticket.3@host>", "a" * 10_000),
            "<bl.1.2.ticket.3.٠٠٠@host>",
            "<bl.1.2.ticket.3." + "a" * 40 + "@host>\r\nBcc: x",
            "<bl." + "9" * 400 + ".2.ticket.3." + "a" * 40 + "@host>",
        ],
    )
    def test_what_is_no_id_of_ours_fails(self, given):
        assert message_ids.verify(given) is None

    def test_the_key_is_for_this_alone(self):
        assert message_ids.verify(seal("bl.1.2.ticket.3", purpose="x")) is None


def test_a_date_is_the_moment_it_is_sent(cast, things, mail, clock):
    (found,) = sent(mail, clock, a_message(cast.carol))
    assert isinstance(found["Date"].datetime, datetime)


def test_a_rule_that_no_room_knows_any_more_is_left_out(cast, things, mail, clock):
    rulebook.rule(rule("thing.old"))
    message = a_message(cast.carol, kind="thing.old")
    del rulebook._rules["thing.old"]
    sending.send_due(clock=clock)
    message.refresh_from_db()
    assert message.state == "dropped"
