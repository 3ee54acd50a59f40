"""What no page can beat on this machine: same server, same settings, same middleware.

P: a signed-in view with one indexed query of fifty rows and three columns, rendered
without a base template by the pages' engine. W: an unsigned POST with one ORM insert
into a table with two indexes. N: a constant.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.views.decorators.csrf import csrf_exempt

from bench.models import Insert
from itsm.tickets.models import Ticket

ROWS = """<table>{% for number, title, state in rows %}
<tr><td>{{ number }}</td><td>{{ title }}</td><td>{{ state }}</td></tr>
{% endfor %}</table>"""
_template: Any = engines["jinja2"].from_string(ROWS)


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Floor P."""
    rows = Ticket.objects.workable().in_order().values_list("number", "title", "state")
    return HttpResponse(_template.render({"rows": list(rows[:50])}, request))


@csrf_exempt
def write(request: HttpRequest) -> HttpResponse:
    """Floor W."""
    Insert.objects.create(name="a row of Floor W")
    return HttpResponse("written")


def nothing(request: HttpRequest) -> HttpResponse:
    """Floor N."""
    return HttpResponse("nothing")
