"""A process as an SVG drawn on the server: themed by tokens, every state a link.

Colours come from classes (static/css) and custom properties; no style element and no
script, as the content security policy asks. `rows` is the same in words, for the
table beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from processes.definition import Definition, Transition
from processes.diagram import HEIGHT, Layout, Node, Way, layout
from processes.spoken import named, spoken
from processes.words import length

LINE_LETTERS = {0: 15, 1: 12, 2: 15}
CORNER = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One way out of a state, in words."""

    state: str
    category: str
    verb: str
    to: str
    by: tuple[str, ...]
    requires: tuple[str, ...]
    notes: tuple[str, ...]


def rows(definition: Definition) -> list[Row]:
    """Every way out of every state, for the table that says what the drawing shows."""
    definition = spoken(definition)
    return [
        Row(
            state=state.name,
            category=state.category,
            verb=rule.label,
            to=definition.states[rule.to].name,
            by=tuple(named(one) for one in sorted(rule.by)),
            requires=tuple(map(named, definition.required(rule))),
            notes=tuple(_notes(rule)),
        )
        for state in definition.states.values()
        for rule in definition.rules
        if state.slug in rule.from_
    ]


def svg(
    definition: Definition,
    *,
    href: Callable[[str], str] = "#state-{}".format,
    counts: Mapping[str, int] | None = None,
) -> SafeString:
    """The drawing. `href` gives a state's link, `counts` the tickets in each state."""
    definition = spoken(definition)
    board = layout(definition)
    name = _("States and transitions of %(process)s") % {"process": definition.name}
    return format_html(
        '<svg class="process-map" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
        'role="group" aria-label="{name}">{defs}{ways}{labels}{nodes}</svg>',
        w=_px(board.width),
        h=_px(board.height),
        name=name,
        defs=_markers(definition.process),
        ways=_all_ways(definition, board),
        labels=format_html_join("", "{}", ((_label(w),) for w in board.ways)),
        nodes=format_html_join(
            "",
            "{}",
            (
                (_node(n, href(slug), (counts or {}).get(slug, 0)),)
                for slug, n in board.nodes.items()
            ),
        ),
    )


def _all_ways(definition: Definition, board: Layout) -> SafeString:
    ordered = sorted(board.ways, key=lambda way: way.channel == "line")
    return format_html_join(
        "", "{}", ((_way(way, definition.process),) for way in ordered)
    )


def _markers(process: str) -> SafeString:
    shape = (
        '<marker id="{0}-{1}" class="map-tip {1}" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0.5 8 4 0 7.5z"/></marker>'
    )
    kinds = [(process, "line"), (process, "side")]
    return format_html("<defs>{}</defs>", format_html_join("", shape, kinds))


def _way(way: Way, process: str) -> SafeString:
    kind = "line" if way.channel == "line" else "side"
    classes = f"map-way {kind}" + (" timed" if way.timed else "")
    return format_html_join(
        "",
        '<path class="{}" fill="none" d="{}" marker-end="url(#{}-{})"/>',
        ((classes, _path(points), process, kind) for points in way.lines),
    )


def _path(points: list[tuple[float, float]]) -> str:
    """A polyline with rounded corners."""
    (x, y), *rest = points
    parts = [f"M{_px(x)} {_px(y)}"]
    for number, (a, b) in enumerate(rest):
        if number + 1 == len(rest):
            parts.append(f"L{_px(a)} {_px(b)}")
            break
        c, d = rest[number + 1]
        r = min(CORNER, (abs(a - x) + abs(b - y)) / 2, (abs(c - a) + abs(d - b)) / 2)
        before = (a - _sign(a - x) * r, b - _sign(b - y) * r)
        after = (a + _sign(c - a) * r, b + _sign(d - b) * r)
        parts.append(f"L{_px(before[0])} {_px(before[1])}")
        parts.append(f"Q{_px(a)} {_px(b)} {_px(after[0])} {_px(after[1])}")
        x, y = a, b
    return " ".join(parts)


def _label(way: Way) -> SafeString:
    x, y = way.label_at
    return format_html(
        '<text class="map-verb" x="{}" y="{}" text-anchor="middle">{}</text>',
        _px(x),
        _px(y),
        way.label,
    )


def _node(node: Node, href: str, count: int) -> SafeString:
    state = node.state
    lines = _wrap(state.name, LINE_LETTERS[node.row])
    below = _below(node, count)
    first = node.y + 4 - 7 * (len(lines) - 1) - (6 if below else 0)
    text = format_html_join(
        "",
        '<tspan x="{}" y="{}">{}</tspan>',
        ((_px(node.x), _px(first + 14 * n), line) for n, line in enumerate(lines)),
    )
    note = format_html(
        '<text class="map-note" x="{}" y="{}" text-anchor="middle">{}</text>',
        _px(node.x),
        _px(first + 14 * len(lines) - 1),
        below,
    )
    return format_html(
        '<a class="map-state {}" href="{}"><title>{}</title>'
        '<rect x="{}" y="{}" width="{}" height="{}" rx="8"/>'
        '<text text-anchor="middle">{}</text>{}</a>',
        state.category,
        href,
        state.name,
        _px(node.x - node.width / 2),
        _px(node.y - HEIGHT / 2),
        node.width,
        HEIGHT,
        text,
        note if below else "",
    )


def _below(node: Node, count: int) -> str:
    if count:
        return ngettext("%(n)d ticket", "%(n)d tickets", count) % {"n": count}
    if node.state.work_limit:
        return _("at most %(n)d each") % {"n": node.state.work_limit}
    return ""


def _wrap(name: str, letters: int) -> list[str]:
    """The name on one or two lines, cut with an ellipsis where it does not fit."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= letters or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return [f"{s[: letters - 1]}…" if len(s) > letters else s for s in lines]


def _notes(rule: Transition) -> list[str]:
    notes = []
    if rule.after:
        notes.append(_("by itself after %(time)s") % {"time": length(rule.after)})
    if rule.within:
        notes.append(_("possible for %(time)s") % {"time": length(rule.within)})
    notes += [
        _("only when %(fact)s is %(values)s")
        % {"fact": named(fact), "values": ", ".join(map(named, values))}
        for fact, values in rule.when.items()
    ]
    return notes


def _px(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
