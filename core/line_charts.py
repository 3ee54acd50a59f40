"""Lines and bands over days, drawn as `core.charts` draws: by tokens, every day a link.

What stands above nought is written in its own unit; the highest value is the top line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from core.charts import BOTTOM, HEIGHT, LEFT, MOST_LABELS, RIGHT, TOP, WIDTH

TALL = HEIGHT - TOP - BOTTOM


@dataclass(frozen=True, slots=True)
class Line:
    """One value for each day, None where there is none; `kind` is its class."""

    kind: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One day: what stands below it, what is read aloud, where it leads."""

    label: str
    says: str
    url: str


def lines(columns: Sequence[Column], drawn: Sequence[Line], label: str) -> Markup:
    """Lines over the same days; the first has a dot for each day."""
    most = max((v for line in drawn for v in line.values if v is not None), default=0)
    xs = _places(len(columns))
    ways = [_way(line, xs, most) for line in drawn]
    dots = [
        _dot(column, x, _y(value, most))
        for column, x, value in zip(columns, xs, drawn[0].values, strict=True)
        if value is not None
    ]
    return _svg(label, [*_frame(most), *_labels(columns, xs), *ways[::-1], *dots])


def bands(columns: Sequence[Column], drawn: Sequence[Line], label: str) -> Markup:
    """Bands upon each other, the first at the bottom; each day leads somewhere."""
    xs = _places(len(columns))
    totals = [0.0] * len(columns)
    edges = []
    for line in drawn:
        low = list(totals)
        totals = [t + (v or 0) for t, v in zip(totals, line.values, strict=True)]
        edges.append((line.kind, low, list(totals)))
    most = max(totals, default=0)
    areas = [_area(kind, xs, low, high, most) for kind, low, high in edges]
    step = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    days = [_reach(column, x, step) for column, x in zip(columns, xs, strict=True)]
    return _svg(label, [*_frame(most), *areas, *_labels(columns, xs), *days])


def _svg(label: str, inner: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, label, Markup("").join(inner))


def _places(n: int) -> list[float]:
    step = (WIDTH - LEFT - RIGHT) / max(1, n)
    return [LEFT + step * (i + 0.5) for i in range(n)]


def _y(value: float, most: float) -> float:
    return TOP + (1 - (value / most if most else 0)) * TALL


def _frame(most: float) -> list[Markup]:
    return [
        Markup(
            '<line class="rule" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text x="{}" y="{:.1f}" text-anchor="end">{:g}</text>'
        ).format(LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, value)
        for value in _ticks(most)
        for y in (_y(value, most),)
    ]


def _ticks(most: float) -> list[float]:
    """Nought, the highest value, and half of it where that is a whole number."""
    return sorted({0.0, most, *([most / 2] if most % 2 == 0 else [])})


def _labels(columns: Sequence[Column], xs: Sequence[float]) -> list[Markup]:
    every = -(-len(columns) // MOST_LABELS) if columns else 1
    return [
        Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            x, HEIGHT - 8, column.label
        )
        for n, (column, x) in enumerate(zip(columns, xs, strict=True))
        if n % every == 0
    ]


def _way(line: Line, xs: Sequence[float], most: float) -> Markup:
    way, is_on = [], False
    for x, value in zip(xs, line.values, strict=True):
        if value is not None:
            way.append(f"{'L' if is_on else 'M'}{x:.1f} {_y(value, most):.1f}")
        is_on = value is not None
    return Markup('<path class="way" data-line="{}" d="{}"/>').format(
        line.kind, " ".join(way)
    )


def _dot(column: Column, x: float, y: float) -> Markup:
    return Markup(
        '<a href="{}" aria-label="{}"><circle class="reach" cx="{:.1f}" cy="{:.1f}"'
        ' r="12"/><circle class="dot" cx="{:.1f}" cy="{:.1f}" r="4"/>'
        "<title>{}</title></a>"
    ).format(escape(column.url), column.says, x, y, x, y, column.says)


def _area(
    kind: str,
    xs: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    most: float,
) -> Markup:
    there = [f"{x:.1f} {_y(v, most):.1f}" for x, v in zip(xs, high, strict=True)]
    back = [f"{x:.1f} {_y(v, most):.1f}" for x, v in zip(xs, low, strict=True)]
    way = "M" + " L".join([*there, *back[::-1]]) + "Z" if xs else ""
    return Markup('<path class="band" data-band="{}" d="{}"/>').format(kind, way)


def _reach(column: Column, x: float, step: float) -> Markup:
    return Markup(
        '<a href="{}" aria-label="{}"><rect class="reach" x="{:.1f}" y="{}" '
        'width="{:.1f}" height="{}"/><title>{}</title></a>'
    ).format(
        *(escape(column.url), column.says, x - step / 2, TOP, step, TALL, column.says)
    )
