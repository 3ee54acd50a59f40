"""Where a source says something in English that no catalogue can translate.

Heuristics: text and spoken attributes of templates, prose among the strings of Python
and of scripts. What they take for words and is none is named in the tests beside.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
GETTEXT = {
    *("_", "T", "gettext", "ngettext", "pgettext", "npgettext", "gettext_lazy"),
    *("ngettext_lazy", "pgettext_lazy", "npgettext_lazy", "gettext_noop", "phrase"),
}
SPOKEN = {"title", "aria-label", "placeholder", "alt", "aria-description", "label"}
SILENT = {"script", "style", "code", "kbd", "pre", "samp"}
HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"  # where a template prints something
WORD = re.compile(r"[A-Za-zÄÖÜäöü]{2,}")
# "Not yours", "3 new ones"; not "btn quiet", "/queue/", "text/html", "#dialog"
PROSE = re.compile(r"^[\W\d]*[A-Z][a-z']*( |…|\.$|$)")

_environment = Environment(
    extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"]
)


class Spoken(HTMLParser):
    """Collects what a person would read or hear of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        is_button = dict(attrs).get("type") in {"submit", "button", "reset"}
        for name, value in attrs:
            says = name in SPOKEN or (is_button and name == "value")
            if says and value:
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.extend(data.split(HOLE))


def _called(node: nodes.Node) -> str:
    return node.node.name if isinstance(getattr(node, "node", None), nodes.Name) else ""


def _flat(node: nodes.Node) -> Iterator[str]:
    """The literal HTML of a template in its order, holes where something is printed."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Output):
        for child in node.nodes:
            yield from _flat(child)
    elif isinstance(node, nodes.Expr):
        yield HOLE
    else:
        for child in node.iter_child_nodes():
            yield from _flat(child)


def _strings(node: nodes.Node) -> Iterator[str]:
    """Strings in a template's expressions that go through no gettext."""
    if isinstance(node, nodes.Call) and _called(node) in GETTEXT:
        return
    if isinstance(node, nodes.Compare | nodes.Getitem | nodes.Test):
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _strings(child)


def said_in_template(source: str) -> list[str]:
    """English words of a template that are not translated."""
    tree = _environment.parse(source)
    reader = Spoken()
    reader.feed("".join(_flat(tree)))
    reader.close()
    plain = [words.strip() for words in reader.found if WORD.search(words)]
    return [*plain, *(text for text in _strings(tree) if PROSE.match(text))]


NOT_SAID = re.compile(  # who hears these calls is no reader of a page
    r"(Error|Exception|Configured|Unreadable|^debug|^info|^warning|^error|^exception"
    r"|^write|^compile|^print|^execute|^filter|^register_|^RunSQL|^Raise)$"
)


def said_in_python(
    source: str, only_refusals: bool = False
) -> Iterator[tuple[int, str]]:
    """Line and text of the prose in a module that is not translated."""
    tree = ast.parse(source)
    if not only_refusals:
        yield from _prose(tree)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            yield from _prose(node)
            if isinstance(node.exc, ast.Call) and _name(node.exc) == "ValueError":
                for word in node.exc.args:  # what a reader of fields is told is wrong
                    yield from _prose(word)


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _prose(node: ast.AST) -> Iterator[tuple[int, str]]:
    is_call = isinstance(node, ast.Call)
    if is_call and (_name(node) in GETTEXT or NOT_SAID.search(_name(node))):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Compare | ast.Subscript | ast.Assert):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if PROSE.match(node.value):
            yield node.lineno, node.value
        return
    for child in ast.iter_child_nodes(node):
        yield from _prose(child)


_JS_COMMENT = re.compile(r"^\s*(//|\*|/\*).*$|\s//\s.*$", re.M)
_JS_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"' r"|'((?:[^'\\\n]|\\.)*)'|`([^`]*)`")
_JS_TEXT = re.compile(r">\s*([^<>${}]*[A-Za-z]{2,}[^<>${}]*)<")


def said_in_script(source: str) -> list[str]:
    """Prose in the strings of a script, and text in the HTML it writes."""
    found: list[str] = []
    for match in _JS_STRING.finditer(_JS_COMMENT.sub("", source)):
        text = next(group for group in match.groups() if group is not None)
        found.extend(part.strip() for part in _JS_TEXT.findall(text))
        if PROSE.match(text) and " " in text.strip():
            found.append(text)
    return found


def early(source: str) -> Iterator[int]:
    """Lines that translate while a module is read: in nobody's language."""
    tree = ast.parse(source)
    names = _at_once(tree)

    def visit(node: ast.AST) -> Iterator[int]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            for default in defaults:
                yield from visit(default)
            return
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if is_call and node.func.id in names:
            yield node.lineno
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    yield from visit(tree)


def _at_once(tree: ast.AST) -> set[str]:
    """The names under which a module knows functions that translate at once."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in {"gettext", "ngettext", "pgettext", "npgettext", "phrase"}
    }
