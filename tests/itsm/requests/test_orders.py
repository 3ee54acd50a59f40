"""Ordering: who may, for whom, what is asked, what it costs, what is counted."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from itsm.requests.catalogue import counting
from itsm.requests.catalogue.models import OrderedCount
from itsm.requests.forms import actions as forms
from itsm.requests.forms.settling import Changed
from itsm.requests.models import (
    Course,
    Form,
    Offering,
    Price,
    Request,
    Training,
)
from itsm.requests.orders import order
from itsm.tickets import actions
from itsm.tickets.actions import open_ticket
from itsm.tickets.models import Approval, Attachment, Ticket
from people.models import User
from tests.cast import AT
from tests.factories import later
from tests.itsm.checks import forbidden, fresh, invalid, kinds, last
from tests.itsm.requests.forms.samples import LAPTOP

GOOD = {"why": "First one", "place": "Desk 4"}


def ordered(cast, slug="vpn-access", by=None, **more) -> Ticket:
    return order(
        offering=Offering.objects.get(slug=slug),
        by=by or cast.carol,
        at=more.pop("at", AT),
        **more,
    )


def asks(cast, fields=LAPTOP, slug="vpn-access") -> Form:
    given = {"offering": cast.offerings[slug], "by": cast.grace, "at": AT}
    return forms.write_form(fields=fields, release=True, **given)


def priced(cast, amount="40", slug="vpn-access", **more) -> Price:
    return Price.objects.create(
        offering=cast.offerings[slug],
        amount=Decimal(amount),
        valid_from=AT.date(),
        **more,
    )


def row_of(ticket: Ticket) -> Request:
    return Request.objects.get(ticket=ticket)


# who may


def test_only_the_roles_and_organisations_it_is_for_get_it(cast):
    vpn = cast.offerings["vpn-access"]
    vpn.for_organisations.add(cast.organisations["globex"])
    with invalid() as no:
        ordered(cast)
    assert set(no.value.errors) == {"offering"}
    assert ordered(cast, by=cast.mallory).requester == cast.mallory
    vpn.for_organisations.clear()
    vpn.for_roles = ["agent"]
    vpn.save()
    with invalid():
        ordered(cast)
    assert ordered(cast, by=cast.bob)


def test_staff_get_nobody_what_is_not_for_them(cast):
    vpn = cast.offerings["vpn-access"]
    vpn.for_roles = ["agent"]
    vpn.save()
    with invalid() as no:
        ordered(cast, by=cast.bob, requester=cast.carol)
    assert "Carol" in no.value.detail
    with invalid():
        open_ticket(
            type="request",
            title="x",
            by=cast.bob,
            at=AT,
            requester=cast.carol,
            detail={"offering": vpn},
        )
    assert not Ticket.objects.exists()


def test_a_manager_orders_for_who_reports_to_them_and_follows_it(cast):
    cast.mallory.manager = cast.carol
    cast.mallory.save()
    ticket = ordered(cast, requester=User.objects.get(pk=cast.mallory.pk))
    assert ticket.requester == cast.mallory
    assert row_of(ticket).ordered_by == cast.carol
    assert Ticket.objects.visible_to(cast.carol).filter(pk=ticket.pk).exists()
    assert "copy" in kinds(ticket)
    with forbidden():
        ordered(cast, by=cast.mallory, requester=cast.carol)


def test_it_says_who_asked_only_where_that_is_somebody_else(cast):
    assert row_of(ordered(cast)).ordered_by is None
    ticket = ordered(cast, by=cast.bob, requester=cast.carol)
    assert row_of(ticket).ordered_by == cast.bob


def test_training_that_is_missing_or_too_old_says_where_to_get_it(cast):
    course = Course.objects.create(
        slug="safe",
        name="Safe",
        where="https://learn.example",
        lasts=timedelta(days=30),
    )
    Offering.objects.filter(slug="vpn-access").update(needs=course)

    def trained(days: int) -> None:
        done = AT - timedelta(days=days)
        Training.objects.create(course=course, person=cast.carol, done_at=done)

    for days in (None, -1, 30):
        if days is not None:
            trained(days)
        with invalid() as no:
            ordered(cast)
        assert "https://learn.example" in no.value.detail
    trained(29)
    assert ordered(cast)


# what is asked


def test_answers_are_kept_with_the_version_they_were_given_to(cast):
    asks(cast)
    ticket = ordered(cast, answers={**GOOD, "how_many": "2"})
    row = row_of(ticket)
    assert (row.form.number, row.answers) == (1, {**GOOD, "how_many": 2})
    assert "answers" in kinds(ticket)
    with invalid() as no:
        ordered(cast, answers={"why": "Lost"})
    assert set(no.value.errors) == {"answers.place"}


def test_no_other_door_gets_past_the_questions(cast):
    asks(cast)
    with invalid() as no:
        open_ticket(
            type="request",
            title="x",
            by=cast.bob,
            at=AT,
            detail={"offering": cast.offerings["vpn-access"]},
        )
    assert set(no.value.errors) == {"offering"}


def test_files_become_the_ticket_s_and_the_answer_names_them(cast):
    asks(cast)
    files = [ContentFile(b"hello", name="a.txt"), ContentFile(b"you", name="b.txt")]
    ticket = ordered(cast, answers={**GOOD, "photo": files})
    kept = list(Attachment.objects.filter(ticket=ticket).order_by("pk"))
    assert [one.name for one in kept] == ["a.txt", "b.txt"]
    assert row_of(ticket).answers["photo"] == [one.pk for one in kept]
    bad = [ContentFile(b"MZ\x00", name="a.exe")]
    with invalid():
        ordered(cast, answers={**GOOD, "photo": bad})
    assert Ticket.objects.count() == 1


def test_the_version_they_began_with_counts_while_it_is_enough(cast):
    asks(cast)
    more = {"slug": "note", "label": "Note", "type": "text"}
    asks(cast, [*LAPTOP, more])
    row = row_of(ordered(cast, answers=GOOD, form=1))
    assert row.form.number == 1
    needed = {**more, "slug": "size", "label": "Size?", "required": True}
    asks(cast, [*LAPTOP, needed])
    with pytest.raises(Changed) as no:
        ordered(cast, answers=GOOD, form=1)
    assert [one.label for one in no.value.new] == ["Size?"]
    assert set(no.value.errors) == {"answers.size"}
    assert Ticket.objects.count() == 1
    row = row_of(ordered(cast, answers={**GOOD, "size": "L"}, form=3))
    assert row.form.number == 3


def test_a_version_that_never_was_is_the_newest(cast):
    asks(cast)
    assert row_of(ordered(cast, answers=GOOD, form=77)).form.number == 1


def test_a_released_form_never_changes_not_even_by_hand(cast):
    form = asks(cast)
    form.fields = []
    with pytest.raises(ProgrammingError, match="never changes"), transaction.atomic():
        form.save()
    assert Form.objects.get().fields == LAPTOP


def test_a_form_is_built_by_who_may_and_released_without_faults(cast):
    vpn = cast.offerings["vpn-access"]
    with forbidden():
        forms.edit_form(offering=vpn, by=cast.bob, at=AT, fields=LAPTOP)
    bad = [{"slug": "a", "label": "A", "type": "choice"}]
    forms.edit_form(offering=vpn, by=cast.grace, at=AT, fields=bad)
    with invalid() as no:
        forms.release_form(offering=vpn, by=cast.grace, at=AT)
    assert set(no.value.errors) == {"a"}
    with invalid():
        forms.edit_form(offering=vpn, by=cast.grace, at=AT, fields=[{"slug": 4}])
    forms.discard_form(offering=vpn, by=cast.grace, at=AT)
    assert not Form.objects.exists()


def test_what_somebody_answered_can_be_taken_out_for_good(cast):
    asks(cast)
    ticket = ordered(cast, answers=GOOD)
    event = next(e for e in [last(ticket)] if e.kind == "ticket.answers")
    actions.redact(ticket=ticket, by=cast.alice, at=later(1), why="x", event=event.pk)
    assert set(row_of(ticket).answers.values()) == {"[removed]"}


# what it costs


def test_an_order_keeps_its_price_its_basis_and_who_pays(cast):
    cast.carol.cost_centre = "4130"
    priced(cast, basis="market")
    row = row_of(ordered(cast))
    told = (row.price, row.currency, row.basis, row.cost_centre)
    assert told == (Decimal(40), "EUR", "market", "4130")
    asks(cast, [{"slug": "cost_centre", "label": "Who pays?", "type": "text"}])
    row = row_of(ordered(cast, answers={"cost_centre": "77"}))
    assert row.cost_centre == "77"


def test_nobody_is_charged_another_price_than_they_were_told(cast):
    priced(cast)
    with invalid() as no:
        ordered(cast, agreed=Decimal("39.99"))
    assert set(no.value.errors) == {"agreed"}
    assert "€40.00" in no.value.detail
    assert ordered(cast, agreed=Decimal("40.00"))


def test_from_a_price_on_the_manager_decides(cast):
    Offering.objects.filter(slug="vpn-access").update(asks_manager_over=40)
    assert fresh(ordered(cast)).state == "new"
    priced(cast, "39.99")
    assert fresh(ordered(cast)).state == "new"
    priced(cast, "40")
    ticket = ordered(cast)
    assert fresh(ticket).state == "approval"
    assert Approval.objects.get(ticket=ticket).approver == cast.frank


# what is counted


def counted(cast, user) -> int:
    rows = Offering.objects.annotate(n=counting.colleagues(user))
    return rows.get(slug="vpn-access").n


def test_a_person_counts_once_and_not_for_themselves(cast):
    ann = User.objects.create(
        email="ann@demo.example",
        name="Ann",
        organisation=cast.organisations["acme"],
        created_at=AT,
    )
    ordered(cast)
    ordered(cast)
    ordered(cast, by=cast.mallory)
    assert counted(cast, cast.carol) == 0
    assert counted(cast, ann) == 1
    ordered(cast, by=ann)
    assert (counted(cast, cast.carol), counted(cast, ann)) == (1, 1)
    assert counted(cast, cast.bob) == 0  # of no organisation
    assert counting.disagreeing() == []
    OrderedCount.objects.update(people=7)
    assert len(counting.disagreeing()) == 2


def test_a_refused_order_counts_nobody(cast):
    asks(cast)
    with invalid():
        ordered(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM itsm_ordered")
        assert cursor.fetchone() == (0,)
