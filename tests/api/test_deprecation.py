"""What is on its way out says so: in the schema, and in every answer of its own."""

from datetime import date

import pytest
from django.http import HttpResponse
from django.urls import include, path

from core.api.deprecation import Deprecated
from core.api.schema import TEXT, Doc, Generator
from core.api.views import ApiView

OLD = Deprecated(date(2026, 12, 1), date(2028, 1, 1), instead="/docs/api#old")


class OldView(ApiView):
    """A method that goes, beside one that stays."""

    docs = {
        "get": Doc("On its way out", TEXT, deprecated=OLD),
        "post": Doc("Here to stay", TEXT),
    }

    def get(self, request, **kwargs):
        return HttpResponse('"old"', content_type="application/json")

    post = get


urlpatterns = [path("api/v1/", include([path("old/", OldView.as_view())]))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def test_every_answer_says_since_when_until_when_and_what_instead(cast, api):
    for answer in (
        api(cast.bob).get("old/"),
        api(cast.bob).get("old/?x=1"),
        api(None).get("old/"),
    ):
        assert (
            answer["Deprecation"] == "@1796083200"
        )  # RFC 9745: 2026-12-01, in seconds
        assert answer["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"  # RFC 8594
        assert answer["Link"] == '</docs/api#old>; rel="deprecation"; type="text/html"'


def test_the_method_beside_it_says_nothing_of_the_kind(cast, api):
    answer = api(cast.bob).post("old/")
    assert answer.status_code == 200
    assert not {"Deprecation", "Sunset", "Link"} & set(answer.headers)


def test_the_schema_marks_it():
    told = Generator(patterns=urlpatterns).get_schema(request=None, public=True)
    methods = told["paths"]["/api/v1/old/"]
    assert methods["get"]["deprecated"] is True
    assert "deprecated" not in methods["post"]


def test_what_is_announced_works_for_a_year_at_least():
    assert "Sunset" not in Deprecated(date(2026, 12, 1)).headers
    with pytest.raises(ValueError, match="365 days"):
        Deprecated(date(2026, 12, 1), date(2027, 11, 30))
