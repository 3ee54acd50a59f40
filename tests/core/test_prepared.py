"""A compiled query answers what the queryset would, with other values."""

import pytest
from django.db import DatabaseError, connection, transaction

from core import prepared
from people.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(prepared, "_known", {})


def named(name: str, least: int):
    found = Organisation.objects.filter(name=name, pk__gte=least, is_active=True)
    return found.order_by("pk").values_list("slug", "name")


def test_it_is_compiled_once_and_filled_in_each_time(django_assert_num_queries):
    made = [
        Organisation.objects.create(slug=slug, name=name)
        for slug, name in (("a", "Acme"), ("b", "Globex"), ("c", "Acme"))
    ]
    built = []

    def build(**values):
        built.append(values)
        return named(**values)

    for name, least in (("Acme", 0), ("Globex", 0), ("Acme", made[2].pk), ("x", 0)):
        with django_assert_num_queries(1):
            found = prepared.fetch("named", build, name=name, least=least)
        assert found == list(named(name, least))
    assert len(built) == 1


def test_values_are_never_part_of_the_statement():
    Organisation.objects.create(slug="a", name="'; DROP TABLE x; --")
    for name in ("'; DROP TABLE x; --", "%s", "' OR true --"):
        found = prepared.fetch("named", named, name=name, least=0)
        assert found == list(named(name, 0))


def test_a_value_that_is_no_parameter_of_its_own_is_a_mistake():
    with pytest.raises(LookupError, match="no parameter of its own: n"):
        prepared.fetch(
            "cut", lambda n: Organisation.objects.values_list("pk")[: abs(n)], n=3
        )


def test_questions_that_differ_in_a_constant_alone_do_not_answer_each_other():
    for slug in ("a", "b"):
        Organisation.objects.create(slug=slug, name="Same")
    for slug in ("a", "b", "a"):

        def build(name: str, slug: str = slug):
            found = Organisation.objects.filter(slug=slug, name=name)
            return found.values_list("slug")

        assert prepared.fetch(("one", slug), build, name="Same") == [(slug,)]
        assert prepared.count(("one", slug), build, name="Other") == 0


def test_a_plan_survives_a_transaction_that_is_undone():
    made = Organisation.objects.create(slug="a", name="Acme")
    with transaction.atomic():
        assert prepared.fetch("named", named, name="Acme", least=0)
        transaction.set_rollback(True)
    for least, count in ((0, 1), (made.pk + 1, 0)):
        found = prepared.fetch("named", named, name="Acme", least=least)
        assert len(found) == count


def test_a_plan_that_no_longer_fits_is_made_again_after_one_failure():
    Organisation.objects.create(slug="a", name="Acme")
    for _ in range(2):
        prepared.fetch("named", named, name="Acme", least=0)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a contact may be named
        cursor.execute("ALTER TABLE people_organisation ALTER name TYPE text")
    with pytest.raises(DatabaseError, match="cached plan"), transaction.atomic():
        prepared.fetch("named", named, name="Acme", least=0)
    assert prepared.fetch("named", named, name="Acme", least=0) == [("a", "Acme")]


def test_our_own_sql_takes_values_by_name_as_often_as_it_likes():
    sql = "SELECT %(low)s::int, 'a' || %(word)s, %(low)s::int + 1"
    assert prepared.select(sql, low=1, word="x") == [(1, "ax", 2)]
    assert prepared.select(sql, low=5, word="%s'") == [(5, "a%s'", 6)]


def test_a_question_without_values_and_one_that_is_planned_anew():
    Organisation.objects.create(slug="a", name="100 %")
    for plan_anew in (False, True):
        found = prepared.fetch(
            ("all", plan_anew),
            lambda: Organisation.objects.filter(name="100 %").values_list("slug"),
            plan_anew=plan_anew,
        )
        assert found == [("a",)]
