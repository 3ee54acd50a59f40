"""Jinja2 as our pages use it: what every template knows, and how a view renders one.

Every template, and every macro, can use:

- `_()`, `gettext`, `ngettext`, `pgettext`: Django's translations, with `%(name)s`.
- `url(name, *args, **kwargs)`, `static(path)`, `icon(name)`, `portrait(name, tone)`,
  `now()`.
- `ui.<macro>`: every macro of `templates/components/_*.html`, without an import; an
  import at the top of a page would not reach a block that is rendered on its own.
- filters: `when`, `moment`, `span`, `day`, `month`, `number`, `exact`, `iso`,
  `duration`, `markdown`, `initials`, `tone`; `phrase` (a definition's text in the
  reader's language), `inside` (words that stand alone, for the middle of a sentence).
- `shell` and `user`, from the context processor below.
"""

from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.backends.utils import csrf_input, csrf_input_lazy, csrf_token_lazy
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from jinja2 import Environment, FileSystemBytecodeCache, Undefined
from jinja2_fragments import render_blocks
from markupsafe import Markup

from core import reader, wording
from core.escaping import QuickEnvironment
from core.faces import portrait
from core.icons import icon
from core.once import FIELD, new_key
from core.shell import Shell

COMPONENTS = "components/_"
COMPILED = "quick-%s.cache"  # another name whenever the compiler changes


class Components:
    """`ui` in templates: the macros of all component files under one name.

    Files are read at first use; again at every use where templates reload themselves.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._macros: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if not self._macros or self._environment.auto_reload:
            self._macros = dict(self._collect())
        try:
            macro = self._macros[name]
        except KeyError:
            raise AttributeError(f"No component file has a macro {name}.") from None
        if not self._environment.auto_reload:
            setattr(self, name, macro)
        return macro

    def _collect(self) -> Iterator[tuple[str, Any]]:
        seen: dict[str, str] = {}
        for file in self._environment.list_templates(extensions=["html"]):
            if not file.startswith(COMPONENTS):
                continue
            module = self._environment.get_template(file).module
            for name, macro in vars(module).items():
                if name.startswith("_") or not callable(macro):
                    continue
                if name in seen:
                    raise LookupError(f"{file} and {seen[name]} both have {name}.")
                seen[name] = file
                yield name, macro


def environment(**options: Any) -> Environment:
    """The Jinja2 environment that Django's backend asks for (config/settings.py)."""
    options["undefined"] = Undefined
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    options.setdefault("cache_size", -1)
    if not options.get("auto_reload"):
        options.setdefault("bytecode_cache", _bytecode_cache())
    env = QuickEnvironment(
        **{"autoescape": True, **options},
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        reader.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals.update(
        _=_words,
        gettext=_words,
        url=_url,
        static=static if options.get("auto_reload") else cache(static),
        icon=icon,
        portrait=portrait,
        now=timezone.now,
        once=_once,
        ui=Components(env),
    )
    env.filters.update(
        when=wording.when,
        moment=wording.moment,
        span=wording.span,
        exact=wording.exact,
        iso=wording.iso,
        iso_exact=wording.iso_exact,
        countdown=wording.countdown,
        duration=wording.duration,
        clock_words=wording.clock_words,
        day=wording.day_words,
        month=wording.month_words,
        number=wording.number,
        markdown=wording.markdown,
        initials=wording.initials,
        tone=wording.tone,
        phrase=reader.phrase,
        inside=reader.inside,
    )
    return env


def _words(message: str, **values: Any) -> Markup:
    """A translated text, ours and so not escaped, with escaped values in its places.

    As Jinja2 makes one, without asking the context for each of a page's seventy.
    """
    text = reader.gettext(message)
    return Markup(text) % values if values or "%" in text else Markup(text)  # noqa: S704


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def _once() -> Markup:
    """The hidden field by which a form that is sent twice is known (`core.once`)."""
    return Markup(f'<input type="hidden" name="{FIELD}" value="{new_key()}">')  # noqa: S704


def _bytecode_cache() -> FileSystemBytecodeCache:
    folder = Path(settings.VAR) / "templates"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(folder), pattern=COMPILED)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame around every page; it costs nothing until used."""
    user = getattr(request, "user", None) or SimpleNamespace(is_authenticated=False)
    once = SimpleLazyObject(partial(csrf_input, request))  # masked once for all forms
    return {"shell": Shell(request), "user": user, "csrf_input": once}


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    block: str | None = None,
    blocks: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Answer with a page, or with its blocks: one `block`, or several `blocks`.

    A block that stands alone sees the context and `ui`, not what its page imports or
    sets outside of the block. The view picks the block, never the client.
    """
    engine: Any = engines["jinja2"]
    wanted = [block] if block else list(blocks)
    with reader.reading():
        if not wanted:
            text = engine.get_template(template).render(dict(context or {}), request)
        else:
            text = render_blocks(engine.env, template, wanted, _full(request, context))
    response = HttpResponse(text, status=status)
    response.headers["Vary"] = "HX-Request"
    return response


def _full(request: HttpRequest, context: Mapping[str, Any] | None) -> dict[str, Any]:
    """The context as Django's Jinja2 backend completes it for a whole page."""
    engine: Any = engines["jinja2"]
    full = dict(context or {})
    full["request"] = request
    full["csrf_input"] = csrf_input_lazy(request)
    full["csrf_token"] = csrf_token_lazy(request)
    for processor in engine.template_context_processors:
        full.update(processor(request))
    return full
