"""Long pages travel compressed; short ones, programs' answers and files do not."""

import gzip

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from core.compressing import SHORT, CompressionMiddleware

LONG = "<p>Checkout answers 502.</p>" * 2000


def answered(response: HttpResponse, accepts: str = "gzip, br") -> HttpResponse:
    request: HttpRequest = RequestFactory().get("/", HTTP_ACCEPT_ENCODING=accepts)
    return CompressionMiddleware(lambda _request: response)(request)


def test_a_long_page_is_compressed_and_says_so():
    response = answered(HttpResponse(LONG))
    assert response["Content-Encoding"] == "gzip"
    assert int(response["Content-Length"]) == len(response.content) < len(LONG) / 3
    assert "Accept-Encoding" in response["Vary"]
    assert gzip.decompress(response.content).decode() == LONG


def test_two_answers_of_the_same_page_differ_in_length():
    lengths = {len(answered(HttpResponse(LONG)).content) for _ in range(40)}
    assert len(lengths) > 5


@pytest.mark.parametrize(
    ("response", "accepts"),
    [
        (HttpResponse("x" * (SHORT - 1)), "gzip"),
        (HttpResponse(LONG), "identity"),
        (HttpResponse(LONG, content_type="application/json"), "gzip"),
        (HttpResponse(LONG, headers={"Content-Encoding": "br"}), "gzip"),
        (StreamingHttpResponse([LONG]), "gzip"),
    ],
    ids=["short", "not accepted", "json", "compressed already", "streamed"],
)
def test_everything_else_stays_as_it_is(response: HttpResponse, accepts: str):
    before = response.get("Content-Encoding")
    assert answered(response, accepts).get("Content-Encoding") == before
