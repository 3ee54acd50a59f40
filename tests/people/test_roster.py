"""People as a file: looked at first, applied as one act, safe to do twice."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.errors import Forbidden, Invalid
from core.models import Event
from people import actions, roster
from people.models import User
from tests.cast import AT, Cast
from tests.factories import as_

pytestmark = pytest.mark.django_db
PAGE = "/settings/people/import/"
HEAD = "e-mail;name;organisation;teams;roles;manager;phone;language\n"
NEW = (
    HEAD
    + "nora@demo.example;Nora New;;desk|network;agent;omar@demo.example;+49 30 1;de\n"
    + "omar@demo.example;Omar Other;Acme;;;;;\n"
    + "bob@demo.example;Robert;;desk;agent;;;\n"
)


def test_a_dry_run_says_what_would_happen_and_does_nothing(cast: Cast):
    before = (User.objects.count(), Event.objects.count())
    page = as_(cast.grace).post(PAGE, {"text": NEW})
    assert page.status_code == 200
    text = page.content.decode()
    assert "2 new, 1 changed, 0 as they are" in text
    assert "Robert" in text
    assert (User.objects.count(), Event.objects.count()) == before


def test_it_is_applied_as_one_act_and_the_second_time_changes_nothing(cast: Cast):
    shown = roster.plan(NEW, by=cast.grace).fingerprint
    sent = {"text": NEW, "apply": "1", "shown": shown}
    assert as_(cast.grace).post(PAGE, sent).status_code == 302
    nora = User.objects.get(email="nora@demo.example")
    assert nora.manager.email == "omar@demo.example"
    assert {team.slug for team in nora.teams.all()} == {"desk", "network"}
    assert (nora.roles, nora.phone, nora.language) == (["agent"], "+49 30 1", "de")
    cast.bob.refresh_from_db()
    assert cast.bob.name == "Robert"
    ids = Event.objects.filter(subject_type__in=["user", "team"])
    assert len(set(ids.values_list("request_id", flat=True))) == 1
    count = Event.objects.count()
    again = roster.plan(NEW, by=cast.grace)
    assert again.counts == {"same": 3}
    roster.apply(NEW, by=cast.grace, at=AT, shown=again.fingerprint)
    assert Event.objects.count() == count


def test_whoever_leads_a_team_goes_on_leading_it(cast: Cast):
    text = "email,teams\nalice@demo.example,desk|network\n"
    shown = roster.plan(text, by=cast.grace).fingerprint
    roster.apply(text, by=cast.grace, at=AT, shown=shown)
    assert cast.alice.memberships.get(team__slug="desk").is_lead


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("name\nNora\n", 1, "email", "needed"),
        ("email,shoe\nx@demo.example,44\n", 1, "shoe", "known are"),
        ("email,name\nnonsense,Nora\n", 2, "email", "not an e-mail"),
        ("email,name\nx@demo.example,\n", 2, "name", "needed"),
        ("email,name\nx@demo.example,A,B\n", 2, "", "3 cells"),
        ("email,name\nx@demo.example,A\nX@demo.example,B\n", 3, "email", "line 2"),
        ("email,teams\nbob@demo.example,nowhere\n", 2, "teams", "desk"),
        ("email,teams\ncarol@demo.example,desk\n", 2, "teams", "role"),
        ("email,roles\nbob@demo.example,king\n", 2, "roles", "administrator"),
        ("email,organisation\nbob@demo.example,Nil\n", 2, "organisation", "acme"),
        ("email,manager\nbob@demo.example,x@y.example\n", 2, "manager", "Nobody"),
        ("email,manager\nbob@demo.example,bob@demo.example\n", 2, "manager", "own"),
        ("email,language\nbob@demo.example,xx\n", 2, "language", "de"),
        ('email,name\n"\n', 1, "", "Nobody"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_is_expected(
    cast: Cast, text: str, line: int, column: str, words: str
):
    found = roster.plan(text, by=cast.grace)
    fault = found.faults[0]
    assert column in {fault.column, ""}
    assert fault.line in {line, line - 1}
    assert words in fault.what
    shown = roster.Plan().fingerprint
    with pytest.raises(Invalid):
        roster.apply(text, by=cast.grace, at=AT, shown=shown)
    assert as_(cast.grace).post(PAGE, {"text": text}).status_code == 422


def test_what_changed_since_it_was_shown_is_shown_again(cast: Cast):
    shown = roster.plan(NEW, by=cast.grace).fingerprint
    User.objects.filter(pk=cast.bob.pk).update(name="Bobby")
    sent = {"text": NEW, "apply": "1", "shown": shown}
    answer = as_(cast.grace).post(PAGE, sent)
    assert answer.status_code == 422
    assert "Look again" in answer.content.decode()
    assert not User.objects.filter(email="nora@demo.example").exists()


def test_the_last_administrator_is_not_lost_to_a_file(cast: Cast):
    text = "email,roles\nbob@demo.example,expert\ngrace@demo.example,agent\n"
    shown = roster.plan(text, by=cast.grace).fingerprint
    with pytest.raises(Invalid, match="Line 3"):
        roster.apply(text, by=cast.grace, at=AT, shown=shown)
    cast.bob.refresh_from_db()
    assert cast.bob.roles == ["agent"]  # all of it or nothing


def test_an_export_is_safe_in_a_spreadsheet_and_comes_in_again_unchanged(cast: Cast):
    evil = '=HYPERLINK("https://evil.test","x")'
    User.objects.filter(pk=cast.bob.pk).update(name=evil, phone="+49 30 123")
    answer = as_(cast.grace).get("/settings/people/export/")
    text = b"".join(answer.streaming_content).decode()
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    found = roster.plan(text, by=cast.grace)
    assert found.faults == []
    assert found.counts == {"same": User.objects.count()}


def test_a_file_of_excel_is_read(cast: Cast):
    text = "\ufeffE-Mail;Name\r\nzoë@demo.example;Zoë\r\n"
    text = text.replace("zoë@", "zoe@")
    for encoding in ("utf-8", "cp1252"):
        raw = text.lstrip("\ufeff" if encoding == "cp1252" else "").encode(encoding)
        file = SimpleUploadedFile("people.csv", raw, "text/csv")
        page = as_(cast.grace).post(PAGE, {"file": file}).content.decode()
        assert "1 new" in page
        assert "Zoë" in page


def test_only_administrators_bring_people_in_or_out(cast: Cast):
    for who in (cast.alice, cast.bob, cast.carol):
        assert as_(who).get(PAGE).status_code == 403
        assert as_(who).post(PAGE, {"text": NEW}).status_code == 403
        assert as_(who).get("/settings/people/export/").status_code == 403
        with pytest.raises(Forbidden):
            roster.apply(NEW, by=who, at=AT, shown="")


def test_a_plan_costs_the_same_for_few_and_many(
    cast: Cast, django_assert_max_num_queries
):
    rows = "".join(f"p{n}@demo.example,P {n},desk,agent\n" for n in range(300))
    with django_assert_max_num_queries(5):
        found = roster.plan("email,name,teams,roles\n" + rows, by=cast.grace)
    assert found.counts == {"create": 300}


def test_faults_cost_no_more_than_what_is_right(
    cast: Cast, django_assert_max_num_queries
):
    rows = "".join(f"p{n}@x.example,P,nowhere,nobody\n" for n in range(30))
    with django_assert_max_num_queries(5):
        found = roster.plan("email,name,teams,organisation\n" + rows, by=cast.grace)
    assert len(found.faults) == 60
    assert "there are: desk, network, platform" in found.faults[1].what


def test_an_address_longer_than_one_can_be_is_a_fault_not_an_error(cast: Cast):
    long = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"
    found = roster.plan(f"email,name\n{long},A", by=cast.grace)
    assert [fault.column for fault in found.faults] == ["email"]
    with pytest.raises(Invalid):
        actions.create_user(by=cast.grace, at=AT, email=long, name="A")
