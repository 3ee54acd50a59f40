"""What templates print is escaped exactly as Jinja2 and MarkupSafe would."""

from enum import IntEnum

import pytest
from django.template import engines
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from jinja2 import Environment
from markupsafe import Markup

from core.escaping import QuickEnvironment

NASTY = "<b>&\"'</b>"


class Level(IntEnum):
    HIGH = 3


class Told:
    def __html__(self):
        return "<i>told</i>"

    def __str__(self):
        return NASTY


class Plain:
    def __str__(self):
        return NASTY


class Text(str):
    __slots__ = ()


VALUES = [
    *(NASTY, Markup(NASTY), mark_safe(NASTY), Text(NASTY), gettext_lazy("No & yes")),
    *(Told(), Plain(), None, True, 5, 5.25, Level.HIGH, [NASTY], {"a": NASTY}),
]
TEMPLATES = [
    "{{ v }}",
    "{% set held %}<p>{{ v }}</p>{% endset %}{{ held }}",
    "{% macro m(x) %}<p>{{ x }}</p>{% endmacro %}{{ m(v) }}{{ m(m(v)) }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ v }}{% endcall %}",
    "{% filter upper %}{{ v }}{% endfilter %}",
    "{{ v ~ '<' }}{{ (v|string)[:2] }}{{ [v, '<']|join('<') }}",
    "{% autoescape false %}{{ v }}{% endautoescape %}{{ v|e }}{{ v|e|e }}",
    "{% for x in [v] %}{{ loop.index }}{{ x }}{% endfor %}",
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_value_is_printed_as_jinja_prints_it(template, value):
    quick = QuickEnvironment(autoescape=True).from_string(template)
    usual = Environment(autoescape=True).from_string(template)
    assert quick.render(v=value) == usual.render(v=value)


def test_the_pages_are_printed_by_it_and_nothing_runs_in_them():
    env = engines["jinja2"].env
    assert isinstance(env, QuickEnvironment)
    said = env.from_string("<p title='{{ v }}'>{{ v }}</p>").render(v="'><script>")
    assert said == "<p title='&#39;&gt;&lt;script&gt;'>&#39;&gt;&lt;script&gt;</p>"
