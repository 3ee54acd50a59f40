"""Where the states of a process and the ways between them stand on a drawing.

The main line is the longest way forward, straight from left to right. States where
tickets wait for a reason stand below it, other ends below those. Every other way
runs along a lane: leaps forward above the main line, the rest in the channels below.
`drawing.svg` makes the picture; everything here is plain numbers in pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from processes.definition import Definition, State, Transition

PITCH, WIDTH, NARROW, HEIGHT = 132, 112, 84, 46
LANE, EDGE, LABEL = 24, 20, 6.1  # lane height, margin, width of a label's letter
LETTERS = 21  # of a label on the main line
THROUGH = (46, 52)  # lines that pass a narrow node run this far beside its middle


@dataclass(slots=True)
class Node:
    """A state on the drawing, by its middle."""

    state: State
    row: int
    column: int
    x: float = 0
    y: float = 0

    @property
    def width(self) -> int:
        """Nodes below the main line leave room for lines that pass them."""
        return NARROW if self.row == 1 else WIDTH


@dataclass(slots=True)
class Way:
    """A verb's way from some states to one, with its polyline per source."""

    verb: str
    label: str
    sources: tuple[Node, ...]
    target: Node
    timed: bool
    channel: str  # line, above, first, second
    lane: int = 0
    lines: list[list[tuple[float, float]]] = field(default_factory=list)
    label_at: tuple[float, float] = (0, 0)


@dataclass(frozen=True, slots=True)
class Layout:
    """The finished drawing board."""

    nodes: dict[str, Node]
    ways: list[Way]
    width: float
    height: float


def layout(definition: Definition) -> Layout:
    """Place states, then ways, then lanes."""
    nodes = _nodes(definition)
    ways = _ways(definition, nodes)
    x_of = _ports(ways)
    lanes = {c: _allot(ways, c, x_of) for c in ("above", "first", "second")}
    _place_rows(nodes, lanes)
    for way in ways:
        _draw(way, x_of, nodes)
    right = max(n.x for n in nodes.values()) + WIDTH / 2 + EDGE
    points = (y for way in ways for line in way.lines for _x, y in line)
    bottom = max(*(n.y + HEIGHT / 2 for n in nodes.values()), *points)
    return Layout(nodes, ways, right, bottom + EDGE)


def main_line(definition: Definition) -> list[str]:
    """The longest way forward through the states in their written order."""
    slugs = [
        s.slug
        for s in definition.states.values()
        if s.category != "cancelled" and not s.reasons
    ]
    steps = {(source, rule.to) for rule in definition.rules for source in rule.from_}
    longest: dict[str, list[str]] = {}
    for slug in slugs:
        before = [way for last, way in longest.items() if (last, slug) in steps]
        if before or slug == definition.initial.slug:
            longest[slug] = [*max(before, key=len, default=[]), slug]
    ends = [way for s, way in longest.items() if definition.states[s].is_final]
    return max(ends or longest.values(), key=len)


def _nodes(definition: Definition) -> dict[str, Node]:
    line = main_line(definition)
    columns = {slug: number for number, slug in enumerate(line)}
    nodes = {s: Node(definition.states[s], 0, column) for s, column in columns.items()}
    taken: set[tuple[int, int]] = set()
    for state in definition.states.values():
        if state.slug in nodes:
            continue
        sources = [
            columns[s]
            for rule in definition.rules
            if rule.to == state.slug
            for s in rule.from_
            if s in columns
        ]
        row = 2 if state.is_final else 1
        column = max(sources, default=0)
        while (row, column) in taken:
            column += 1
        taken.add((row, column))
        nodes[state.slug] = Node(state, row, column)
    return {slug: nodes[slug] for slug in definition.states}


def _ways(definition: Definition, nodes: dict[str, Node]) -> list[Way]:
    groups: dict[tuple[str, str, str], list[Node]] = {}
    rules: dict[tuple[str, str, str], Transition] = {}
    steps = _steps(definition)
    for rule in definition.rules:
        for slug in rule.from_:
            on_line = steps.get((slug, rule.to)) == rule.verb
            channel = _channel(nodes[slug], nodes[rule.to], on_line)
            key = (rule.verb, rule.to, channel)
            if nodes[slug] not in groups.setdefault(key, []):
                groups[key].append(nodes[slug])
            rules.setdefault(key, rule)
    ways = []
    for (verb, to, channel), sources in groups.items():
        rule = rules[verb, to, channel]
        # On the line each step is its own arrow; elsewhere sources share one.
        for some in [[s] for s in sources] if channel == "line" else [sources]:
            ways.append(
                Way(
                    verb,
                    _cut(rule.label) if channel == "line" else rule.label,
                    tuple(some),
                    nodes[to],
                    rule.after is not None,
                    channel,
                )
            )
    return ways


def _cut(label: str) -> str:
    """A label on the main line has the room of one column."""
    return label if len(label) <= LETTERS else f"{label[: LETTERS - 1]}…"


def _steps(definition: Definition) -> dict[tuple[str, str], str]:
    """Which verb takes each step of the main line: the one with the fewest sources."""
    line = main_line(definition)
    steps = {}
    for step in pairwise(line):
        verbs = [
            (len({s for r in rules for s in r.from_}), number, verb)
            for number, (verb, rules) in enumerate(definition.transitions.items())
            if any(step[0] in r.from_ and step[1] == r.to for r in rules)
        ]
        steps[step] = min(verbs)[2]
    return steps


def _channel(source: Node, target: Node, on_line: bool) -> str:
    if source.row == target.row == 0:
        if on_line:
            return "line"
        return "above" if target.column >= source.column else "first"
    return "second" if 2 in {source.row, target.row} else "first"


Ports = dict[tuple[int, str, str], float]  # way's id, node's slug, end -> x


def _ports(ways: list[Way]) -> Ports:
    """Spread the ends of ways over each side of each node, so that none coincide."""
    sides: dict[tuple[str, str], list[tuple[float, int, str]]] = {}
    ports: Ports = {}
    passing: dict[tuple[str, str], int] = {}
    for node in _each_node(ways):
        node.x = EDGE + WIDTH / 2 + node.column * PITCH
    for way in ways:
        if way.channel == "line":
            continue
        ends = [(s, way.target, "out") for s in way.sources]
        far = way.sources[0]
        for node, other, end in [*ends, (way.target, far, "in")]:
            if _passes(node, other):
                slug, sign = node.state.slug, 1 if end == "out" else -1
                number = passing[slug, end] = passing.get((slug, end), 0) + 1
                ports[id(way), slug, end] = node.x + sign * THROUGH[number % 2]
                continue
            side = _side(node, other, way.channel)
            sides.setdefault((node.state.slug, side), []).append(
                (other.x, id(way), end)
            )
    by_slug = {n.state.slug: n for n in _each_node(ways)}
    for (slug, _side_name), ends_here in sides.items():
        node, room = by_slug[slug], by_slug[slug].width - 32
        for number, (_x, way_id, end) in enumerate(sorted(ends_here), 1):
            offset = room * (number / (len(ends_here) + 1) - 0.5)
            ports[way_id, slug, end] = node.x + offset
    return ports


def _each_node(ways: list[Way]) -> Iterable[Node]:
    return {
        n.state.slug: n for way in ways for n in (*way.sources, way.target)
    }.values()


def _passes(node: Node, other: Node) -> bool:
    return node.row == 0 and other.row == 2


def _side(node: Node, other: Node, channel: str) -> str:
    if channel == "above":
        return "top"
    if node.row == other.row:
        return "bottom" if node.row == 0 else "top"
    return "bottom" if node.row < other.row else "top"


def _allot(ways: list[Way], channel: str, ports: Ports) -> int:
    """Give each way the first lane that is free along it; how many lanes there are."""
    here = [way for way in ways if way.channel == channel]
    lanes: list[list[tuple[float, float]]] = []

    def span(way: Way) -> tuple[float, float]:
        xs = [ports[id(way), n.state.slug, "out"] for n in way.sources]
        xs.append(ports[id(way), way.target.state.slug, "in"])
        middle, half = (min(xs) + max(xs)) / 2, len(way.label) * LABEL / 2 + 6
        return min(min(xs), middle - half), max(max(xs), middle + half)

    for way in sorted(here, key=lambda w: span(w)[1] - span(w)[0]):
        low, high = span(way)
        free = (
            n
            for n, lane in enumerate(lanes)
            if all(high < a - 8 or low > b + 8 for a, b in lane)
        )
        way.lane = next(free, len(lanes))
        if way.lane == len(lanes):
            lanes.append([])
        lanes[way.lane].append((low, high))
    return len(lanes)


def _place_rows(nodes: dict[str, Node], lanes: dict[str, int]) -> None:
    rows = {n.row for n in nodes.values()}
    tops = [EDGE + LANE * lanes["above"] + 18]
    tops.append(tops[0] + HEIGHT + LANE * lanes["first"] + 24)
    second = tops[1] + (HEIGHT + 8 if 1 in rows else -16)
    tops.append(second + LANE * lanes["second"] + 16)
    for node in nodes.values():
        node.y = tops[node.row] + HEIGHT / 2


def _draw(way: Way, ports: Ports, nodes: dict[str, Node]) -> None:
    target = way.target
    if way.channel == "line":
        (source,) = way.sources
        start, end = source.x + WIDTH / 2, target.x - WIDTH / 2
        way.lines = [[(start, source.y), (end, source.y)]]
        way.label_at = ((start + end) / 2, source.y - HEIGHT / 2 - 6)
        return
    y = _lane_y(way, nodes)
    into = ports[id(way), target.state.slug, "in"]
    up = target.y > y
    arrive = target.y + (-1 if up else 1) * HEIGHT / 2
    xs = [into]
    for source in way.sources:
        x = ports[id(way), source.state.slug, "out"]
        leave = source.y + (-1 if source.y > y else 1) * HEIGHT / 2
        way.lines.append([(x, leave), (x, y), (into, y), (into, arrive)])
        xs.append(x)
    way.label_at = ((min(xs) + max(xs)) / 2, y - 4)


def _lane_y(way: Way, nodes: dict[str, Node]) -> float:
    rows = {n.row: n.y for n in nodes.values()}
    if way.channel == "above":
        return rows[0] - HEIGHT / 2 - 24 - LANE * way.lane
    if way.channel == "first":
        return rows[0] + HEIGHT / 2 + 20 + LANE * way.lane
    return rows[2] - HEIGHT / 2 - 20 - LANE * way.lane
