"""Icons: one sprite, `static/img/icons.svg`, served once and referred to by name."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from markupsafe import Markup, escape

SPRITE = "img/icons.svg"


@cache
def names() -> frozenset[str]:
    """The icons there are; a name outside it is a mistake in a template."""
    text = (Path(settings.BASE_DIR) / "static" / SPRITE).read_text("utf-8")
    return frozenset(part.split('"', 1)[0] for part in text.split('<symbol id="')[1:])


@cache
def icon(name: str, *, size: str = "", label: str = "") -> Markup:
    """One icon as inline SVG.

    It is decoration unless `label` says otherwise: words stand beside it. `size` is
    empty (1 rem) or "l" (1.25 rem). An unknown name raises `LookupError`.
    """
    if name not in names():
        raise LookupError(f'There is no icon "{name}" in static/{SPRITE}.')
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    sized = f' data-size="{escape(size)}"' if size else ""
    return Markup(  # noqa: S704 - a name we know, the rest escaped
        f'<svg class="i"{sized} {said}><use href="{static(SPRITE)}#{name}"/></svg>'
    )
