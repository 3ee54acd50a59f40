"""Texts are as alike as pg_trgm says they are, and so beyond its ASCII."""

import pytest
from django.db import connection

from backlog.refining.alike import alike

TEXTS = [
    "Ask for the cost centre only once",
    "Ask for the cost centre just once",
    "Tell people of outages EARLIER!",
    "tell people of outages earlier",
    "Train the night-shift",
    "A",
    "",
    "…",
]


def test_the_measure_is_that_of_postgresql(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for one, text in enumerate(TEXTS):
            for other in range(one + 1, len(TEXTS)):
                cursor.execute("SELECT similarity(%s, %s)", [text, TEXTS[other]])
                (expected,) = cursor.fetchone()
                found = alike([text, TEXTS[other]], first=2, least=0, most=1)
                share = found[0][2] if found else 0
                assert share == pytest.approx(expected, abs=1e-5), (text, TEXTS[other])


def test_the_likeliest_pairs_come_first_and_no_more_than_asked_for():
    texts = ["ask once", "ask once again", "ask once", "something else"]
    assert [pair[:2] for pair in alike(texts, first=4, least=0.5, most=9)] == [
        (0, 2),
        (0, 1),
        (1, 2),
    ]
    assert len(alike(texts, first=4, least=0.5, most=1)) == 1
    assert [p[:2] for p in alike(texts, first=1, least=0.5, most=9)] == [(0, 2), (0, 1)]


def test_words_of_other_alphabets_count_as_words():
    found = alike(["Störungen früher", "störungen FRÜHER"], first=2, least=0, most=1)
    assert found == [(0, 1, 1.0)]


def test_texts_without_letters_are_alike_to_nothing():
    assert alike(["", "…", ""], first=3, least=0, most=9) == []
