"""The templates' words, macros and frame."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from core import icons, shell, slots, templating, wording

NOW = datetime(2026, 11, 24, 9, 31, tzinfo=UTC)


def env():
    return engines["jinja2"].env


def say(template, **context):
    return env().from_string(template).render(**context)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=12, seconds=40), "12 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=1, hours=2), "1 day ago"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(minutes=-14), "in 14 min"),
        (timedelta(days=40), "15 Oct, 09:31"),
    ],
)
def test_an_instant_is_told_relative_to_now(before, words):
    assert wording.ago(NOW - before, now=NOW) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW.replace(hour=7, minute=5), "07:05"),
        (NOW + timedelta(days=1), "tomorrow 09:31"),
        (NOW - timedelta(days=1), "yesterday 09:31"),
        (NOW + timedelta(days=3), "Fri 09:31"),
        (NOW - timedelta(days=60), "25 Sep, 09:31"),
        (NOW - timedelta(days=400), "20 Oct 2025"),
    ],
)
def test_a_point_in_time_is_told_as_people_say_it(at, words):
    assert wording.clock_words(at, now=NOW) == words


def test_a_span_names_its_day_once():
    start = NOW + timedelta(days=3)
    one_day = wording.span_words(start, start + timedelta(minutes=45), now=NOW)
    assert one_day == "Fri 09:31 – 10:16"
    longer = wording.span_words(start, start + timedelta(days=1), now=NOW)
    assert longer == "Fri 09:31 – Sat 09:31"
    html = wording.span(start, start + timedelta(minutes=45), now=NOW)
    assert html.count("<time ") == 2
    assert ">10:16</time>" in html


def test_times_are_the_readers_with_the_exact_time_in_the_title():
    with timezone.override("Europe/Berlin"):
        html = wording.moment(NOW, now=NOW)
    assert ">10:31<" in html
    assert 'title="24 November 2026, 10:31 CET"' in html
    assert 'datetime="2026-11-24T09:31:00+00:00"' in html


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=14), "14 min"),
        (timedelta(hours=1, minutes=5), "1 h 05"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(days=30, hours=4), "30 d"),
        (-90, "1 min"),
        (None, ""),
    ],
)
def test_a_duration_has_two_units_at_most(value, words):
    assert wording.duration(value) == words


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "plain <img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://evil.example/pixel.png)",
        "`<script>`",
        "a & <b onclick=x>",
        'https://e.example/"onmouseover=alert(1)',
    ],
)
def test_no_text_becomes_a_script_or_a_picture(text):
    html = wording.markdown(text)
    assert "<script" not in html
    assert "<img" not in html
    assert "onerror=" not in html.replace("&lt;img src=x onerror=", "")
    assert "<b " not in html
    assert 'href="javascript:' not in html
    assert 'href="data:' not in html


def test_links_in_a_text_are_not_followed_by_machines():
    html = wording.markdown("See https://example.com/kb/9.")
    assert (
        '<a href="https://example.com/kb/9" rel="nofollow noopener noreferrer">' in html
    )
    assert html.rstrip().endswith("</a>.</p>")


def test_a_plain_text_reads_the_same_with_and_without_the_parser():
    plain = "First line\nsecond line & more\n\nNew paragraph"
    quick = wording.markdown(plain)
    parsed = wording._markdown.render(plain)
    squeezed = [part.replace("<br />", "<br>").split() for part in (quick, parsed)]
    assert squeezed[0] == squeezed[1]


@pytest.mark.parametrize(
    "text",
    ["a" + "\n" * 25_000 + "b", "![" * 12_500, "[" * 25_000, " \n" * 12_500 + "x"],
    ids=["empty lines", "pictures", "brackets", "blank lines"],
)
def test_no_text_costs_more_than_its_length(text):
    """Of the longest text, empty lines once took 110 seconds, pictures 2.7."""
    begin = time.process_time()
    wording.markdown(text + text)
    assert time.process_time() - begin < 2


def test_many_brackets_are_shown_as_they_were_typed():
    text = "[" * (wording.MOST_BRACKETS + 1) + "*bold* <b>"
    assert "*bold* &lt;b&gt;</p>" in wording.markdown(text)
    assert "<em>bold</em>" in wording.markdown("[a] *bold*")


def test_a_headline_in_a_text_never_outranks_the_page():
    assert "<h3>Loud</h3>" in wording.markdown("# Loud")


def test_faces_have_initials_and_a_stable_colour():
    assert wording.initials("Amara Osei") == "AO"
    assert wording.initials("grace@demo.example") == "G"
    assert wording.initials("") == "?"
    assert {wording.tone(n) for n in range(8)} == set(range(1, 9))
    assert wording.tone("Amara Osei") == wording.tone("Amara Osei")


def test_an_unknown_icon_is_a_mistake_not_a_blank():
    with pytest.raises(LookupError, match="no-such-icon"):
        icons.icon("no-such-icon")


def test_every_macro_escapes_what_it_is_given():
    nasty = '"><script>x</script>'
    html = say(
        "{{ ui.state(n, 'new') }}{{ ui.chip(n) }}{{ ui.face({'name': n}) }}"
        "{{ ui.why(n) }}{{ ui.btn(n, href=n) }}{{ ui.banner(n) }}{{ ui.toast(n) }}"
        "{{ ui.fact(n, n) }}{{ ui.event(n) }}{{ ui.input('a', n, n) }}"
        "{{ ui.textarea('a', n, n) }}{{ ui.select('a', n, [(n, n)]) }}",
        n=nasty,
    )
    assert "<script" not in html
    assert 'title=""' not in html


def test_a_row_takes_objects_and_dicts_alike():
    facts = {
        "number": "INC-1",
        "url": "/incidents/INC-1/",
        "title": "Broken",
        "service": "",
        "requester": "Carol",
        "state": "New",
        "category": "new",
        "priority": 2,
        "owner": None,
        "clock": None,
        "handovers": 2,
        "read": False,
        "waiting_on": "",
    }
    macro = "{{ ui.rows([t], current='INC-1') }}"
    html = say(macro, t=facts)
    assert html == say(macro, t=SimpleNamespace(**facts))
    assert 'aria-current="true"' in html
    assert "Handed over 2 times" in html
    assert "No owner" in html
    assert "No service" in html


class Report(forms.Form):
    title = forms.CharField(help_text="One sentence.")
    kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    urgent = forms.BooleanField(required=False)


def test_a_field_ties_its_help_and_its_fault_to_itself():
    html = say("{{ ui.fields(f) }}", f=Report({"title": ""}))
    assert 'aria-describedby="id_title-help id_title-fault"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_title-fault"' in html
    assert "<fieldset" in html
    assert "<legend" in html


def request_for(path="/queue/", user=None):
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    return request


def test_the_rail_marks_where_we_are_once():
    items = [
        shell.NavItem("My work", "/", "inbox"),
        shell.NavItem("Queue", "/queue/", "queue"),
    ]
    slots.fill("rail", "test", lambda request: items)
    try:
        marked = [i.label for i in shell.Shell(request_for("/queue/mine/")).nav]
        current = [
            i.label for i in shell.Shell(request_for("/queue/")).nav if i.current
        ]
    finally:
        slots._slots["rail"] = [f for f in slots._slots["rail"] if f.name != "test"]
    assert {"My work", "Queue"} <= set(marked)
    assert current == ["Queue"]


def test_the_frame_costs_no_query(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = templating.render(request_for(), "gallery.html")
    assert response.status_code == 200
    assert b"Skip to content" in response.content


def test_a_block_can_be_rendered_alone_and_knows_the_macros(db):
    whole = templating.render(request_for(), "gallery.html")
    part = templating.render(request_for(), "gallery.html", block="title", status=422)
    assert part.content == b"Look"
    assert part.status_code == 422
    assert len(whole.content) > 10_000


@pytest.mark.parametrize("code", ["400", "403", "404", "409", "429", "500", "403_csrf"])
def test_every_error_page_renders_without_a_request(code):
    html = engines["jinja2"].get_template(f"errors/{code}.html").render({})
    assert "<h1>" in html
    assert "<style" not in html


def test_no_template_holds_inline_script_or_style():
    for name in env().list_templates(extensions=["html"]):
        source, _, _ = env().loader.get_source(env(), name)
        # a mail is no page of ours: it has no policy, and nothing else to be styled by
        assert "<style" not in source or name == "notify/mail.html", name
        assert "onclick=" not in source, name
        for part in source.split("<script")[1:]:
            assert " src=" in part.split(">", 1)[0], name
        for part in source.split(' style="')[1:]:
            assert part.startswith("--"), (name, part[:40])
