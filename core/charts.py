"""Charts as SVG, drawn on the server: coloured by the tokens, every point a link.

A chart is a picture of a table that stands below it, and never the only way to read
a number: that is for the page to see to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 200  # of the drawing; the page scales it
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 26
LINES = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST_LABELS = 12
WIDEST = 56  # a column, where they are few


@dataclass(frozen=True, slots=True)
class Point:
    """One value between 0 and 1, None where there is none; `says` is read aloud."""

    label: str
    value: float | None
    says: str
    url: str


def shares(points: Sequence[Point], label: str) -> Markup:
    """A line of shares over time, each a point that leads to what is behind it."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    places = [
        (LEFT + step * (n + 0.5), _y(p.value) if p.value is not None else None)
        for n, p in enumerate(points)
    ]
    inner = Markup("").join(
        [*_grid(), _line(places), *_labels(points, places), *_dots(points, places)]
    )
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, label, inner)


def _y(value: float) -> float:
    return TOP + (1 - min(1.0, max(0.0, value))) * (HEIGHT - TOP - BOTTOM)


def _grid() -> list[Markup]:
    return [
        Markup(
            '<line class="rule" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text x="{}" y="{:.1f}" text-anchor="end">{} %</text>'
        ).format(
            LEFT, WIDTH - RIGHT, _y(at), _y(at), LEFT - 6, _y(at) + 4, round(at * 100)
        )
        for at in LINES
    ]


def _line(places: Sequence[tuple[float, float | None]]) -> Markup:
    """The line, broken where there is no value."""
    way, is_on = [], False
    for x, y in places:
        if y is not None:
            way.append(f"{'L' if is_on else 'M'}{x:.1f} {y:.1f}")
        is_on = y is not None
    return Markup('<path class="way" d="{}"/>').format(" ".join(way))


def _labels(
    points: Sequence[Point], places: Sequence[tuple[float, float | None]]
) -> list[Markup]:
    """What stands below: every point's label, or every second where they are many."""
    every = -(-len(points) // MOST_LABELS) if points else 1
    return [
        Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            x, HEIGHT - 8, point.label
        )
        for n, (point, (x, _)) in enumerate(zip(points, places, strict=True))
        if n % every == 0
    ]


def _dots(
    points: Sequence[Point], places: Sequence[tuple[float, float | None]]
) -> list[Markup]:
    return [
        Markup(
            '<a href="{}" aria-label="{}"><circle class="reach" cx="{:.1f}" cy="{:.1f}"'
            ' r="12"/><circle class="dot" cx="{:.1f}" cy="{:.1f}" r="4"/>'
            "<title>{}</title></a>"
        ).format(escape(point.url), point.says, x, y, x, y, point.says)
        for point, (x, y) in zip(points, places, strict=True)
        if y is not None
    ]


def bars(points: Sequence[Point], label: str) -> Markup:
    """Counts as columns from nought to the highest of them; it alone is written."""
    most = max((p.value or 0 for p in points), default=0)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    places = [
        (LEFT + step * (n + 0.5), _y((p.value or 0) / most if most else 0))
        for n, p in enumerate(points)
    ]
    inner = Markup("").join(
        [
            *_ends(most),
            *_labels(points, places),
            *(
                _bar(point, x, y, step)
                for point, (x, y) in zip(points, places, strict=True)
            ),
        ]
    )
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, label, inner)


def _ends(most: float) -> list[Markup]:
    """The line they stand on and the one the highest reaches."""
    rows = ((0.0, 0), (1.0, most)) if most else ((0.0, 0),)
    return [
        Markup(
            '<line class="rule" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text x="{}" y="{:.1f}" text-anchor="end">{:g}</text>'
        ).format(
            LEFT, WIDTH - RIGHT, _y(share), _y(share), LEFT - 6, _y(share) + 4, value
        )
        for share, value in rows
    ]


def _bar(point: Point, x: float, y: float, step: float) -> Markup:
    """A column; the whole of its height leads to what is behind it, if there is."""
    wide = max(2.0, min(WIDEST, step * 0.7))
    column = Markup(
        '<rect class="reach" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>'
        '<rect class="bar1" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
        "<title>{}</title>"
    ).format(
        *(x - step / 2, TOP, step, HEIGHT - TOP - BOTTOM),
        *(x - wide / 2, y, wide, HEIGHT - BOTTOM - y),
        point.says,
    )
    if not point.url:
        return Markup("<g>{}</g>").format(column)
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(
        escape(point.url), point.says, column
    )
