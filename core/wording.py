"""How values are worded on pages: times, durations, names, markdown.

All times are the reader's: Django's current time zone, set per request.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote
from zlib import crc32

import nh3
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_noop, npgettext
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from core.reader import gettext as _
from core.reader import language, local

TONES = 8
MOST_BRACKETS = 2000  # each may begin a link that ends at the end of the text
# Translators: how a day is written, in the letters of Django's date filter
_FULL, _WITH_YEAR = gettext_noop("j F Y"), gettext_noop("j M Y")
_THIS_YEAR = gettext_noop("j M")
_MONTH = gettext_noop("F Y")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
_markdown.enable(["table", "strikethrough"])
_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
    *("h3", "h4", "h5", "h6", "img", "span"),
}
_ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "class", "loading"},
    "span": {"class"},
}
NUMBER = re.compile(r"\b[A-Z]{3}-[0-9]{1,12}\b")  # how tickets and stories are called
NAMED = re.compile(r"(?<![\w@.&/])@[a-zA-Z0-9][\w.-]*\w(?:@[\w-]+(?:\.[\w-]+)+)?")
_MARKS = re.compile(
    r"[*_`#\[\]<>|~\\]|&#?\w+;|https?://|^([^\S\n]*([-+=]|\d+[.)])| {4}|\t)", re.M
)  # a line at a time: \s would look through all empty lines from each of them
_EMPTY_LINES = re.compile(r"\n\s*\n")
_BARE_LINK = re.compile(r"(?<![\w(<\[\"'/])(https?://[^\s<>\"')\]]*[\w/=&#%-])")


def iso(at: datetime) -> str:
    """An instant as ISO 8601 with its offset, for attributes."""
    return at.isoformat(timespec="seconds")


def iso_exact(at: datetime) -> str:
    """An instant to the millisecond, for what a browser counts down to."""
    return at.isoformat(timespec="milliseconds")


def exact(at: datetime) -> str:
    """The exact time in words, for tooltips: 24 November 2026, 09:45 CET."""
    here = local(at)
    day = _date_words(here.date(), _FULL, language())
    return f"{day}, {_hour(here)} {here.tzname() or ''}"


def day_words(day: date) -> str:
    """A day in few letters: 3 May 2026."""
    return _date_words(day, _WITH_YEAR, language())


def month_words(day: date) -> str:
    """A month and its year: May 2026."""
    return _date_words(day, _MONTH, language())


def short_day(day: date) -> str:
    """A day without its year: 3 May."""
    return _date_words(day, _THIS_YEAR, language())


def _hour(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"


@lru_cache(maxsize=4096)
def _date_words(day: date, form: str, language: str | None) -> str:
    """A date in the language that is active; Django's formatter costs 0.04 ms."""
    return date_format(day, _(form))


def clock_words(at: datetime, *, now: datetime | None = None) -> str:
    """A point in time as people say it: 09:45, tomorrow 09:45, Tue 09:45, 3 May."""
    here, today = local(at), local(now or timezone.now())
    hour = _hour(here)
    match (here.date() - today.date()).days:
        case 0:
            return hour
        case 1:
            return _("tomorrow %(time)s") % {"time": hour}
        case -1:
            return _("yesterday %(time)s") % {"time": hour}
        case days if abs(days) < 7:
            return f"{_date_words(here.date(), 'D', language())} {hour}"
    if here.year == today.year:
        return f"{_date_words(here.date(), _THIS_YEAR, language())}, {hour}"
    return day_words(here.date())


def moment(at: datetime | None, *, now: datetime | None = None) -> Markup:
    """`<time>` with a point in time in words and the exact time in its title."""
    if at is None:
        return Markup("")
    title, words = exact(at), clock_words(at, now=now)
    return Markup(f'<time datetime="{iso(at)}" title="{title}">{words}</time>')  # noqa: S704 - our words


def span_words(start: datetime, end: datetime, *, now: datetime | None = None) -> str:
    """From when till when; the day once where both are on it: Tue 20:00 – 20:45."""
    return f"{clock_words(start, now=now)} – {_till(start, end, now)}"


def span(start: datetime, end: datetime, *, now: datetime | None = None) -> Markup:
    """The same as two `<time>`, the exact times in their titles."""
    title, words = exact(end), _till(start, end, now)
    last = f'<time datetime="{iso(end)}" title="{title}">{words}</time>'
    return moment(start, now=now) + Markup(f" – {last}")  # noqa: S704 - our words


def _till(start: datetime, end: datetime, now: datetime | None) -> str:
    is_same_day = local(start).date() == local(end).date()
    return _hour(local(end)) if is_same_day else clock_words(end, now=now)


def ago(at: datetime, *, now: datetime | None = None) -> str:
    """An instant relative to now, in one unit: 12 min ago, in 3 h, 2 days ago."""
    seconds = ((now or timezone.now()) - at).total_seconds()
    if abs(seconds) < _MINUTE:
        return _("just now")
    amount = _one_unit(abs(seconds))
    if abs(seconds) >= 30 * _DAY:
        return clock_words(at, now=now)
    return (_("%(time)s ago") if seconds > 0 else _("in %(time)s")) % {"time": amount}


def when(at: datetime | None, *, now: datetime | None = None) -> Markup:
    """`<relative-time>`: relative words that stay true in the browser, exact title."""
    if at is None:
        return Markup("")
    title, words = exact(at), ago(at, now=now)
    tag = f'<relative-time datetime="{iso(at)}" title="{title}">{words}</relative-time>'
    return Markup(tag)  # noqa: S704 - our words, nobody's text is in them


def duration(value: timedelta | int | float | None) -> str:
    """A duration (or seconds) in at most two units: 14 min, 1 h 05, 3 d 4 h."""
    if value is None:
        return ""
    total = value.total_seconds() if isinstance(value, timedelta) else float(value)
    seconds = abs(int(total))
    if seconds < _MINUTE:
        return _("%(n)d s") % {"n": seconds}
    if seconds < _HOUR:
        return _("%(n)d min") % {"n": seconds // _MINUTE}
    if seconds < _DAY:
        hours, minutes = divmod(seconds // _MINUTE, 60)
        if not minutes:
            return _("%(h)d h") % {"h": hours}
        return _("%(h)d h %(m)02d") % {"h": hours, "m": minutes}
    days, hours = divmod(seconds // _HOUR, 24)
    if not hours or days >= 10:
        return _("%(d)d d") % {"d": days}
    return _("%(d)d d %(h)d h") % {"d": days, "h": hours}


def number(value: Any) -> str:
    """A number as the reader's language writes it, with a decimal where it has one."""
    rounded = round(float(value), 1)
    return str(number_format(rounded, 0 if rounded == int(rounded) else 1))


def countdown(left: timedelta) -> str:
    """How much is left, or by how much it is over: never more than there is.

    Rounded down, in seconds within the last minute; relative-time.js says the same.
    """
    seconds = int(abs(left).total_seconds())
    return _("under 1 s") if not seconds else duration(seconds)


def worked(length: timedelta) -> str:
    """Working time rounded down; days are no unit of it: 21 h 20, 35 min, 40 s."""
    hours, minutes = divmod(int(length.total_seconds()) // _MINUTE, 60)
    if not hours:
        return countdown(length)
    if not minutes:
        return _("%(h)d h") % {"h": hours}
    return _("%(h)d h %(m)02d") % {"h": hours, "m": minutes}


def _one_unit(seconds: float) -> str:
    if seconds < _HOUR:
        return _("%(n)d min") % {"n": seconds // _MINUTE}
    if seconds < _DAY:
        return _("%(h)d h") % {"h": seconds // _HOUR}
    days = int(seconds // _DAY)
    # Translators: stands in "%(time)s ago" and "in %(time)s"
    return npgettext("ago", "%(n)d day", "%(n)d days", days) % {"n": days}


@dataclass(frozen=True, slots=True)
class Around:
    """What a text may mean: pictures by file name, pages by number, people by `@`."""

    pictures: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    names: bool = False

    def __bool__(self) -> bool:
        return bool(self.pictures or self.links or self.names)


NOTHING = Around()


def markdown(text: str | None, around: Around = NOTHING) -> Markup:
    """A person's text as safe HTML: a small subset, no raw HTML.

    Links get `nofollow noopener noreferrer`; headings start at h3 so that a text never
    outranks the page around it. Bare addresses become links. Pictures are only those
    that `around` knows by name: nothing is fetched from anywhere else.
    """
    if not text:
        return Markup("")
    plain = not _MARKS.search(text)  # most texts: forty times quicker than parsing
    if plain or text.count("[") > MOST_BRACKETS:
        told = _paragraphs(text)
        return Markup(_related(str(told), around)) if around else told  # noqa: S704
    tokens = _markdown.parse(_BARE_LINK.sub(r"<\1>", text))
    _mean(tokens, around)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    html = re.sub(r"<(/?)h[12]>", r"<\1h3>", html)
    return Markup(  # noqa: S704 - cleaned in this very line
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_fit,
            url_schemes={"http", "https", "mailto", "tel"},
            link_rel="nofollow noopener noreferrer",
        )
    )


def _fit(tag: str, name: str, value: str) -> str | None:
    """Pictures are ours alone, and only we give classes."""
    if tag == "img" and name == "src":
        return value if value.startswith("/") and value[1:2] != "/" else None
    if name == "class":
        return value if value in {"named", "inline", "ref"} else None
    return value


def _related(html: str, around: Around) -> str:
    """Numbers that are pages as links, people marked, in HTML that is only text."""
    if around.links:
        html = NUMBER.sub(
            lambda m: (
                f'<a class="ref" href="{around.links[m[0]]}">{m[0]}</a>'
                if m[0] in around.links
                else m[0]
            ),
            html,
        )
    return (
        NAMED.sub(r'<span class="named">\g<0></span>', html) if around.names else html
    )


def _mean(tokens: Sequence[Token], around: Around) -> None:
    """Turn pictures, numbers and names of a parsed text into what they mean here."""
    for token in tokens:
        if token.type != "inline" or not token.children:
            continue
        depth, children = 0, []
        for child in token.children:
            depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type == "image":
                child = _picture(child, around)
            elif child.type == "text" and not depth and around:
                told = _related(str(escape(child.content)), around)
                child = Token("html_inline", "", 0, content=told)
            children.append(child)
        token.children = children


def _picture(token: Token, around: Around) -> Token:
    """A picture that we have, else what it is called."""
    source = unquote(str(token.attrGet("src") or ""))
    called = str(escape(token.content or source))
    url = around.pictures.get(source)
    if url is None:
        return Token("html_inline", "", 0, content=called)
    html = f'<img class="inline" src="{escape(url)}" alt="{called}" loading="lazy">'
    return Token("html_inline", "", 0, content=html)


def _paragraphs(text: str) -> Markup:
    """Plain text, escaped once and as a whole: an empty line ends a paragraph."""
    safe = str(escape(text.strip()))
    if "\n" not in safe:
        return Markup(f"<p>{safe}</p>")  # noqa: S704
    safe = safe.replace("\r\n", "\n")
    paragraphs = (
        "<br>\n".join(line.strip() for line in part.split("\n"))
        for part in _EMPTY_LINES.split(safe)
    )
    return Markup("\n".join(f"<p>{one}</p>" for one in paragraphs))  # noqa: S704


@lru_cache(maxsize=8192)
def initials(name: str) -> str:
    """One or two letters for a face: Amara Osei is AO, grace@demo.example is G."""
    words = [w for w in re.split(r"[\s._-]+", (name or "").split("@")[0]) if w]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


@lru_cache(maxsize=8192)
def tone(key: object) -> int:
    """A stable colour 1 to 8 for a person's face, from an id, number or name."""
    if isinstance(key, int):
        return key % TONES + 1
    return crc32(str(key).encode()) % TONES + 1
