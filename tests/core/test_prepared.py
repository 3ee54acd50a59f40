"""A compiled query answers what the queryset would, with other values."""

import pytest

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
