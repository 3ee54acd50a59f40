"""IEEE 1849 XES: the log as process mining tools read it, one trace per ticket."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TextIO
from xml.sax.saxutils import quoteattr

from itsm.tickets import kinds
from itsm.tickets.exchange import reading
from itsm.tickets.exchange.cells import write_instant
from itsm.tickets.exchange.progress import Bar
from itsm.tickets.exchange.reading import Change, Names

# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" \
xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" \
uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" \
uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" \
uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>\
<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>\
<string key="lifecycle:transition" value="complete"/></global>
<classifier name="Activity" keys="concept:name"/>
"""


def write(out: TextIO, *, restricted: bool, bar: Bar) -> int:
    """Write all changes; how many. An event's activity is its verb."""
    names = Names()
    out.write(HEAD)
    written = 0
    changes = reading.changes(restricted=restricted)
    for _, trace in groupby(changes, key=lambda change: change.ticket_id):
        for line in _trace(trace, names):
            out.write(line)
            if line.startswith("<event>"):
                written += 1
        bar.at(written)
    out.write("</log>\n")
    return written


def _trace(changes: Iterable[Change], names: Names) -> Iterator[str]:
    started = False
    for change in changes:
        if not started:
            started = True
            yield "<trace>\n" + _string("concept:name", change.number)
            yield _string("title", change.title)
        yield f"<event>{_event(change, names)}</event>\n"
    yield "</trace>\n"


def _event(change: Change, names: Names) -> str:
    now = change.values
    facts = {
        "concept:name": change.kind.removeprefix(kinds.PREFIX),
        "lifecycle:transition": "complete",
        "org:resource": names.people.get(change.actor, ""),
        "org:group": names.teams.get(now.get("team"), ""),
        "state": now.get("state") or "",
        "owner": names.people.get(now.get("owner"), ""),
        "service": names.services.get(now.get("service"), ""),
        "category": names.categories.get(now.get("category"), ""),
        "impact": now.get("impact") or "",
        "urgency": now.get("urgency") or "",
    }
    at = f'<date key="time:timestamp" value="{write_instant(change.at)}"/>'
    return at + "".join(_string(key, value) for key, value in facts.items() if value)


def _string(key: str, value: str) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(_NOT_XML.sub('', value))}/>"
