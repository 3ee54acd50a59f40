"""A person's face: initials on their colour, made once for each person and size."""

from functools import lru_cache

from markupsafe import Markup, escape

from core.wording import initials


@lru_cache(maxsize=8192)
def portrait(name: str, tone: int, *, size: str = "", here: bool = False) -> Markup:
    """A face as HTML; the name stands beside it, so it is decoration with a title.

    `tone` is 1 to 8 (`core.wording.tone`), `size` empty or "l", `here` marks presence.
    """
    sized = f' data-size="{escape(size)}"' if size else ""
    marked = " data-here" if here else ""
    return Markup(  # noqa: S704 - what people wrote is escaped
        f'<span class="face" data-tone="{int(tone)}"{sized}{marked} '
        f'title="{escape(name)}" aria-hidden="true">{escape(initials(name))}</span>'
    )
